"""Row type of `benchmark_splits`: one row per shipped question."""

import pyarrow as pa

from fm_resources.rows import col, schema

BENCHMARK_SPLITS = schema(
    col("qa_id", pa.string(), "The question.", of=("qa_pairs.qa_id",)),
    col("clip_id", pa.string(), "Its clip.", of=("qa_pairs.clip_id",)),
    col("video_id", pa.string(), "Its video.", of=("qa_pairs.clip_id",)),
    col(
        "group_id",
        pa.string(),
        "Videos of one group share a split: the video itself, or its near-duplicates.",
        of=("qa_pairs.clip_id",),
    ),
    col("split", pa.string(), "train, val or test.", of=("qa_pairs.clip_id",)),
    col("domain", pa.string(), "Domain of the video.", of=("source_videos.domain",)),
    col("reason", pa.string(), "Why the question is in this split.", of=("qa_pairs.clip_id",)),
    keys=["video_id", "qa_id"],
)
