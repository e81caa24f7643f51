"""Row type of `motion_scores`: one row per fact."""

import pyarrow as pa

from fm_resources.rows import col, schema

MOTION_SCORES = schema(
    col(
        "fact_id",
        pa.string(),
        "`<clip_id>.f-<10 hex>`: a hash of what is stated, so equal facts keep their id.",
        of=("tracks.track_id", "tracks.boxes"),
    ),
    col("clip_id", pa.string(), "The clip.", of=("tracks.clip_id",)),
    col("kind", pa.string(), "Kind of the statement, a key of `vocabulary.KINDS`.", of=("tracks.boxes",)),
    col(
        "subject_track_id",
        pa.string(),
        "The track that the statement is about; null for the whole clip.",
        nullable=True,
        of=("tracks.track_id",),
    ),
    col("object_track_id", pa.string(), "The second track of a relation.", nullable=True, of=("tracks.track_id",)),
    col(
        "t0",
        pa.float64(),
        "Start of the interval that the statement holds in, from the clip's start.",
        unit="seconds",
        rounding="time",
        of=("tracks.boxes",),
    ),
    col("t1", pa.float64(), "End of the interval.", unit="seconds", rounding="time", of=("tracks.boxes",)),
    col(
        "value",
        pa.string(),
        "The value in the vocabulary of the kind; for quantities the number as text.",
        of=("tracks.boxes", "tracks.class", "tracks.colour", "tracks.contacts"),
    ),
    col(
        "number",
        pa.float64(),
        "The quantity or the measured value behind a category.",
        rounding="fact",
        nullable=True,
        of=("tracks.boxes",),
    ),
    col("unit", pa.string(), "Unit of `number`; empty when there is none.", of=("tracks.boxes",)),
    col(
        "margin",
        pa.float64(),
        "Distance to the boundary where the statement would change, in standard errors.",
        rounding="fact",
        of=("tracks.boxes", "tracks.noise_px"),
    ),
    col(
        "confidence",
        pa.float64(),
        "Quality of the evidence, 0 to 1.",
        rounding="fact",
        of=("tracks.boxes", "tracks.mean_score"),
    ),
    col("frame_of_reference", pa.string(), "image or stabilised.", of=("tracks.frame_of_reference",)),
    col("frame0", pa.int32(), "First sampled frame that the fact rests on.", of=("tracks.boxes",)),
    col("frame1", pa.int32(), "Last sampled frame that the fact rests on.", of=("tracks.boxes",)),
    keys=["clip_id", "kind", "subject_track_id", "object_track_id", "t0", "value", "fact_id"],
)
