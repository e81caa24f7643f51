"""Row type of `tracks`: one row per track, with its box in every sampled frame of its life."""

import pyarrow as pa

from fm_assets.detections.rows import SHAPE
from fm_resources.rows import col, schema

TRACK_POINT = pa.struct(
    [
        col("frame", pa.int32(), "Number of the sampled frame in the clip, from 0."),
        col("t_s", pa.float64(), "Presentation time from the clip's start.", unit="seconds", rounding="time"),
        col("x1", pa.float32(), "Left edge, smoothed.", unit="pixels", rounding="box"),
        col("y1", pa.float32(), "Top edge, smoothed.", unit="pixels", rounding="box"),
        col("x2", pa.float32(), "Right edge, smoothed.", unit="pixels", rounding="box"),
        col("y2", pa.float32(), "Bottom edge, smoothed.", unit="pixels", rounding="box"),
        col("score", pa.float32(), "Detector's confidence; 0 where interpolated.", rounding="score"),
        col("observed", pa.bool_(), "False where the box was interpolated over a gap."),
        col(
            "cx",
            pa.float32(),
            "Centre in the image as detected, not smoothed.",
            unit="pixels",
            rounding="box",
        ),
        col(
            "cy",
            pa.float32(),
            "Centre in the image as detected, not smoothed.",
            unit="pixels",
            rounding="box",
        ),
        col(
            "sx",
            pa.float32(),
            "The same in the stabilised frame (the clip's first frame).",
            unit="pixels",
            rounding="box",
        ),
        col(
            "sy",
            pa.float32(),
            "The same in the stabilised frame (the clip's first frame).",
            unit="pixels",
            rounding="box",
        ),
        *SHAPE,
    ]
)

CONTACT = pa.struct(
    [
        col("track_id", pa.string(), "The track that is touched."),
        col("start_s", pa.float64(), "First sample in contact.", unit="seconds", rounding="time"),
        col("end_s", pa.float64(), "Last sample in contact.", unit="seconds", rounding="time"),
        col("samples", pa.int32(), "Sampled frames in contact."),
    ]
)

TRACKS = schema(
    col(
        "track_id",
        pa.string(),
        "`<clip_id>.t<number>`, numbered by first appearance.",
        of=("detections.clip_id", "detections.boxes"),
    ),
    col("clip_id", pa.string(), "The clip.", of=("filtered_clips.clip_id",)),
    col("class", pa.string(), "Class by score-weighted vote of the track's boxes.", of=("detections.boxes",)),
    col(
        "class_share",
        pa.float64(),
        "Share of the vote that the class got, 0 to 1.",
        rounding="score",
        of=("detections.boxes",),
    ),
    col(
        "colour",
        pa.string(),
        "Colour by vote of the track's boxes; empty when there is none.",
        of=("detections.boxes",),
    ),
    col(
        "colour_share",
        pa.float64(),
        "Share of the vote that the colour got, 0 to 1.",
        rounding="score",
        of=("detections.boxes",),
    ),
    col(
        "start_s",
        pa.float64(),
        "First box, from the clip's start.",
        unit="seconds",
        rounding="time",
        of=("detections.t_s",),
    ),
    col(
        "end_s",
        pa.float64(),
        "Last box, from the clip's start.",
        unit="seconds",
        rounding="time",
        of=("detections.t_s",),
    ),
    col("frames", pa.int32(), "Number of boxes, interpolated ones included.", of=("detections.frame",)),
    col("observed", pa.int32(), "Number of boxes that the detector saw.", of=("detections.boxes",)),
    col("gaps", pa.int32(), "Number of interpolated gaps.", of=("detections.boxes",)),
    col(
        "mean_score", pa.float64(), "Mean confidence of the observed boxes.", rounding="score", of=("detections.boxes",)
    ),
    col(
        "parent_track_id",
        pa.string(),
        "The track that this one is a part of (hand -> person).",
        nullable=True,
        of=("detections.boxes",),
    ),
    col(
        "side",
        pa.string(),
        "left or right for a hand; null for what has no side.",
        nullable=True,
        of=("detections.boxes",),
    ),
    col(
        "contacts",
        pa.list_(pa.field("item", CONTACT, nullable=False)),
        "When this hand overlaps and moves with another track, by time; null for what is no hand.",
        nullable=True,
        of=("detections.boxes",),
    ),
    col(
        "noise_px",
        pa.float64(),
        "Noise of one coordinate of a detected centre, from the smoothing's residual.",
        unit="pixels",
        rounding="fact",
        of=("detections.boxes",),
    ),
    col("width", pa.int32(), "Frame width in display orientation.", unit="pixels", of=("filtered_clips.width",)),
    col("height", pa.int32(), "Frame height in display orientation.", unit="pixels", of=("filtered_clips.height",)),
    col(
        "clip_s",
        pa.float64(),
        "Length of the clip.",
        unit="seconds",
        rounding="time",
        of=("filtered_clips.start_s", "filtered_clips.end_s"),
    ),
    col(
        "frame_of_reference",
        pa.string(),
        "image, stabilised, or none where no motion may be stated.",
        of=("filtered_clips.frame_of_reference", "detections.camera"),
    ),
    col(
        "boxes",
        pa.list_(pa.field("item", TRACK_POINT, nullable=False)),
        "The box in every sampled frame, by time.",
        of=("detections.boxes", "detections.t_s", "detections.camera", "filtered_clips.camera"),
    ),
    keys=["clip_id", "track_id"],
)
