"""Row type of `source_videos`: one row per video."""

import pyarrow as pa

from fm_resources.rows import col, schema

SOURCE_VIDEOS = schema(
    col("video_id", pa.string(), "Slug of the file name and the first 8 hex digits of its sha256."),
    col("sha256", pa.string(), "Hash of the file's bytes."),
    col("size_bytes", pa.int64(), "Size of the file.", unit="bytes"),
    col("container", pa.string(), "Container format as ffmpeg names it."),
    col("codec", pa.string(), "Video codec as ffmpeg names it."),
    col("width", pa.int32(), "Width in display orientation.", unit="pixels"),
    col("height", pa.int32(), "Height in display orientation.", unit="pixels"),
    col("rotation", pa.int32(), "Clockwise rotation that brings stored frames to display orientation.", unit="degrees"),
    col("fps", pa.float64(), "Average frame rate.", unit="1/s", rounding="time"),
    col("duration_s", pa.float64(), "From the first to the end of the last frame.", unit="seconds", rounding="time"),
    col("frames", pa.int64(), "Number of video frames that the container declares or, failing that, an estimate."),
    col("variable_fps", pa.bool_(), "Whether the presentation timestamps of the first seconds are unevenly spaced."),
    col("has_audio", pa.bool_(), "Whether there is an audio stream."),
    col("domain", pa.string(), "Where the footage comes from: given at ingestion, or `rendered` for our scenes."),
    col("licence", pa.string(), "Licence given at ingestion; empty when unknown."),
    col(
        "poster",
        pa.binary(),
        "A small frame from the middle, as JPEG; null where none decodes.",
        hashed=False,
        nullable=True,
    ),
    keys=["video_id"],
)
