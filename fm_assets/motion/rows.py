"""Row type of `motion_scores`: one row per fact."""

import pyarrow as pa

from fm_resources.rows import col, schema

MOTION_SCORES = schema(
    col("fact_id", pa.string(), "`<clip_id>.f-<10 hex>`: a hash of what is stated, so equal facts keep their id."),
    col("clip_id", pa.string(), "The clip."),
    col("kind", pa.string(), "Kind of the statement, a key of `vocabulary.KINDS`."),
    col(
        "subject_track_id",
        pa.string(),
        "The track that the statement is about; null for the whole clip.",
        nullable=True,
    ),
    col("object_track_id", pa.string(), "The second track of a relation.", nullable=True),
    col(
        "t0",
        pa.float64(),
        "Start of the interval that the statement holds in, from the clip's start.",
        unit="seconds",
        rounding="time",
    ),
    col("t1", pa.float64(), "End of the interval.", unit="seconds", rounding="time"),
    col("value", pa.string(), "The value in the vocabulary of the kind; for quantities the number as text."),
    col(
        "number", pa.float64(), "The quantity or the measured value behind a category.", rounding="fact", nullable=True
    ),
    col("unit", pa.string(), "Unit of `number`; empty when there is none."),
    col(
        "margin",
        pa.float64(),
        "Distance to the boundary where the statement would change, in standard errors.",
        rounding="fact",
    ),
    col("confidence", pa.float64(), "Quality of the evidence, 0 to 1.", rounding="fact"),
    col("frame_of_reference", pa.string(), "image or stabilised."),
    col("frame0", pa.int32(), "First sampled frame that the fact rests on."),
    col("frame1", pa.int32(), "Last sampled frame that the fact rests on."),
    keys=["clip_id", "kind", "subject_track_id", "object_track_id", "t0", "value", "fact_id"],
)
