"""Row type of `training_export`: one row per written file."""

import pyarrow as pa

from fm_resources.rows import col, schema

TRAINING_EXPORT = schema(
    col(
        "path",
        pa.string(),
        "Path below the export's folder.",
        of=("qa_pairs.clip_id", "captions.clip_id", "tracks.clip_id"),
    ),
    col("layout", pa.string(), "official, llamafactory or clips."),
    col(
        "split",
        pa.string(),
        "Split of the questions in the file; empty for files of all splits.",
        of=("benchmark_splits.split",),
    ),
    col(
        "sha256",
        pa.string(),
        "Hash of the file's bytes.",
        of=(
            "qa_pairs.question",
            "qa_pairs.answer",
            "captions.text",
            "tracks.boxes",
            "filtered_clips.start_s",
            "filtered_clips.end_s",
        ),
    ),
    col(
        "size_bytes",
        pa.int64(),
        "Size of the file.",
        unit="bytes",
        of=("qa_pairs.question", "captions.text", "tracks.boxes"),
    ),
    col("questions", pa.int64(), "Questions in the file.", of=("qa_pairs.qa_id", "benchmark_splits.qa_id")),
    keys=["path"],
)
