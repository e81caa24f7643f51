"""Row type of `detections`: one row per sampled frame, with its boxes (frames without a box are rows too)."""

import pyarrow as pa

from fm_assets.clips.rows import CAMERA_STEP
from fm_resources.rows import col, schema

KEYPOINT = pa.struct(
    [
        col("x", pa.float32(), "Position.", unit="pixels", rounding="box"),
        col("y", pa.float32(), "Position.", unit="pixels", rounding="box"),
        col("score", pa.float32(), "Confidence, 0 to 1.", rounding="score"),
    ]
)

#: What only some weights tell of a box.
SHAPE = [
    col(
        "keypoints",
        pa.list_(pa.field("item", KEYPOINT, nullable=False)),
        "The body's 17 COCO keypoints in their order; null where the weights give none.",
        nullable=True,
    ),
    col(
        "mask_area",
        pa.float32(),
        "Area of the object's mask; null where the weights give none.",
        unit="square pixels",
        rounding="box",
        nullable=True,
    ),
    col(
        "mask_angle",
        pa.float32(),
        "Direction of the mask's longer principal axis, 0 = right, 90 = up, from 0 to 180.",
        unit="degrees",
        rounding="score",
        nullable=True,
    ),
    col(
        "mask_elongation",
        pa.float32(),
        "Standard deviation along the mask's longer principal axis over that along the shorter one.",
        rounding="score",
        nullable=True,
    ),
]

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
        *SHAPE,
    ]
)

DETECTIONS = schema(
    col("clip_id", pa.string(), "The clip.", of=("filtered_clips.clip_id",)),
    col(
        "frame",
        pa.int32(),
        "Number of the sampled frame in the clip, from 0.",
        of=("filtered_clips.start_s", "filtered_clips.end_s"),
    ),
    col(
        "t_s",
        pa.float64(),
        "Presentation time from the clip's start.",
        unit="seconds",
        rounding="time",
        of=("filtered_clips.start_s", "source_videos.sha256"),
    ),
    col("width", pa.int32(), "Frame width in display orientation.", unit="pixels", of=("filtered_clips.width",)),
    col("height", pa.int32(), "Frame height in display orientation.", unit="pixels", of=("filtered_clips.height",)),
    col(
        "missing",
        pa.int32(),
        "Frames that were to be decoded and are lost to damage, since the previous sampled frame.",
        nullable=True,
        of=("source_videos.sha256",),
    ),
    col(
        "camera",
        pa.list_(pa.field("item", CAMERA_STEP, nullable=False)),
        "Camera step from the previous sampled frame, measured again with the boxes masked out; empty where that of "
        "`filtered_clips` stands.",
        nullable=True,
        of=("filtered_clips.camera", "source_videos.sha256"),
    ),
    col(
        "boxes",
        pa.list_(pa.field("item", BOX, nullable=False)),
        "Detected boxes, by falling score, in pixels of the display orientation.",
        of=("source_videos.sha256", "filtered_clips.start_s", "filtered_clips.end_s"),
    ),
    keys=["clip_id", "frame"],
)
