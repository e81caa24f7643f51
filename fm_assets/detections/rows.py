"""Row type of `detections`: one row per sampled frame, with its boxes (frames without a box are rows too)."""

import pyarrow as pa

from fm_resources.rows import col, schema

BOX = pa.struct(
    [
        col("x1", pa.float32(), "Left edge.", unit="pixels", rounding="box"),
        col("y1", pa.float32(), "Top edge.", unit="pixels", rounding="box"),
        col("x2", pa.float32(), "Right edge.", unit="pixels", rounding="box"),
        col("y2", pa.float32(), "Bottom edge.", unit="pixels", rounding="box"),
        col("score", pa.float32(), "Confidence of the detector, 0 to 1.", rounding="score"),
        col("class", pa.string(), "Class name of the detector; `object` where it knows none."),
        col("colour", pa.string(), "Basic colour term of the box's dominant colour; empty when there is none."),
        col("colour_share", pa.float32(), "Share of the object's pixels with that colour, 0 to 1.", rounding="score"),
    ]
)

DETECTIONS = schema(
    col("clip_id", pa.string(), "The clip."),
    col("frame", pa.int32(), "Number of the sampled frame in the clip, from 0."),
    col("t_s", pa.float64(), "Presentation time from the clip's start.", unit="seconds", rounding="time"),
    col("width", pa.int32(), "Frame width in display orientation.", unit="pixels"),
    col("height", pa.int32(), "Frame height in display orientation.", unit="pixels"),
    col(
        "boxes",
        pa.list_(pa.field("item", BOX, nullable=False)),
        "Detected boxes, by falling score, in pixels of the display orientation.",
    ),
    keys=["clip_id", "frame"],
)
