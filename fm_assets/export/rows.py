"""Row type of `training_export`: one row per written file."""

import pyarrow as pa

from fm_resources.rows import col, schema

TRAINING_EXPORT = schema(
    col("path", pa.string(), "Path below the export's folder."),
    col("layout", pa.string(), "official, llamafactory or clips."),
    col("split", pa.string(), "Split of the questions in the file; empty for files of all splits."),
    col("sha256", pa.string(), "Hash of the file's bytes."),
    col("size_bytes", pa.int64(), "Size of the file.", unit="bytes"),
    col("questions", pa.int64(), "Questions in the file."),
    keys=["path"],
)
