"""Row type of `filtered_clips`: one row per clip, with the camera's motion per sampled frame."""

import pyarrow as pa

from fm_resources.rows import col, schema

CAMERA_STEP = pa.struct(
    [
        col("t_s", pa.float64(), "Time of the frame from the clip's start.", unit="seconds", rounding="time"),
        col("a", pa.float64(), "Scale times cosine; x' = a*x - b*y + tx, y' = b*x + a*y + ty.", rounding="matrix"),
        col("b", pa.float64(), "Scale times sine.", rounding="matrix"),
        col(
            "tx",
            pa.float64(),
            "Shift of the previous sampled frame's pixels to this one's.",
            unit="pixels",
            rounding="matrix",
        ),
        col(
            "ty",
            pa.float64(),
            "Shift of the previous sampled frame's pixels to this one's.",
            unit="pixels",
            rounding="matrix",
        ),
        col("inliers", pa.int32(), "Corners that agree with the transform."),
        col("inlier_ratio", pa.float64(), "Inliers over tracked corners.", rounding="score"),
        col(
            "residual_px",
            pa.float64(),
            "Median residual of the inliers, in full-size pixels.",
            unit="pixels",
            rounding="score",
        ),
        col("reliable", pa.bool_(), "False where the estimate may not be used; the transform is then the identity."),
    ]
)

THUMBNAIL = pa.struct(
    [
        col("t_s", pa.float64(), "Time of the frame from the clip's start.", unit="seconds", rounding="time"),
        col("jpeg", pa.binary(), "The frame, small, as JPEG.", hashed=False),
    ]
)

FILTERED_CLIPS = schema(
    col("clip_id", pa.string(), "`<video_id>.c<number>`.", of=("source_videos.video_id",)),
    col("video_id", pa.string(), "The video that the clip is a part of.", of=("source_videos.video_id",)),
    col(
        "start_s",
        pa.float64(),
        "Start of the clip in the video.",
        unit="seconds",
        rounding="time",
        of=("source_videos.duration_s", "source_videos.video_id"),
    ),
    col(
        "end_s",
        pa.float64(),
        "End of the clip in the video.",
        unit="seconds",
        rounding="time",
        of=("source_videos.duration_s", "source_videos.video_id"),
    ),
    col("width", pa.int32(), "Frame width in display orientation.", unit="pixels", of=("source_videos.width",)),
    col("height", pa.int32(), "Frame height in display orientation.", unit="pixels", of=("source_videos.height",)),
    col(
        "camera_score",
        pa.float64(),
        "s_m = a*mean_dt + b*mean_dr + c*max_dt + d*max_dr (paper, section 3.1).",
        rounding="fact",
        of=("source_videos.sha256",),
    ),
    col(
        "camera_mean_dt",
        pa.float64(),
        "Mean camera translation.",
        unit="frame diagonals/s",
        rounding="fact",
        of=("source_videos.sha256",),
    ),
    col(
        "camera_mean_dr",
        pa.float64(),
        "Mean camera rotation in the image plane.",
        unit="rad/s",
        rounding="fact",
        of=("source_videos.sha256",),
    ),
    col(
        "camera_max_dt",
        pa.float64(),
        "Largest single translation.",
        unit="frame diagonals/s",
        rounding="fact",
        of=("source_videos.sha256",),
    ),
    col(
        "camera_max_dr",
        pa.float64(),
        "Largest single rotation.",
        unit="rad/s",
        rounding="fact",
        of=("source_videos.sha256",),
    ),
    col(
        "camera_verdict", pa.string(), "static, compensated, unreliable, kept or dropped.", of=("source_videos.sha256",)
    ),
    col(
        "frame_of_reference",
        pa.string(),
        "image, stabilised, or none where no motion may be stated.",
        of=("source_videos.sha256",),
    ),
    col("status", pa.string(), "keep or drop.", of=("source_videos.sha256",)),
    col("reason", pa.string(), "Why the clip was dropped; empty when kept.", of=("source_videos.sha256",)),
    col(
        "camera",
        pa.list_(pa.field("item", CAMERA_STEP, nullable=False)),
        "Camera transform per sampled frame.",
        of=("source_videos.sha256",),
    ),
    col(
        "thumbnails",
        pa.list_(pa.field("item", THUMBNAIL, nullable=False)),
        "Small frames for contact sheets.",
        hashed=False,
        of=("source_videos.sha256",),
    ),
    keys=["clip_id"],
)
