"""Row type of `benchmark_splits`: one row per shipped question."""

import pyarrow as pa

from fm_resources.rows import col, schema

BENCHMARK_SPLITS = schema(
    col("qa_id", pa.string(), "The question."),
    col("clip_id", pa.string(), "Its clip."),
    col("video_id", pa.string(), "Its video."),
    col("group_id", pa.string(), "Videos of one group share a split: the video itself, or its near-duplicates."),
    col("split", pa.string(), "train, val or test."),
    col("domain", pa.string(), "Domain of the video."),
    col("reason", pa.string(), "Why the question is in this split."),
    keys=["video_id", "qa_id"],
)
