"""Row type of `error_propagation`: one row per change."""

import pyarrow as pa

from fm_resources.rows import col, schema

CAUSE = pa.struct(
    [
        col("stage", pa.string(), "`motion_scores` or `tracks`."),
        col("change", pa.string(), "What became of it."),
        col("before_id", pa.string(), "Its id before; empty for what is new."),
        col("after_id", pa.string(), "Its id after; empty for what vanished."),
        col("words", pa.string(), "What it was, and what it became."),
        col("start_s", pa.float64(), "Where it differs, from the clip's start.", unit="seconds", rounding="time"),
        col("end_s", pa.float64(), "Until where.", unit="seconds", rounding="time"),
        col("frame0", pa.int32(), "First sampled frame of that time."),
        col("frame1", pa.int32(), "Last one."),
    ]
)

ERROR_PROPAGATION = schema(
    col("view", pa.string(), "`faults`: injected, `truth`: against the scene, `producers`: two versions of the lake."),
    col("fault", pa.string(), "The injected fault; empty where there is none."),
    col("rate", pa.float64(), "Its rate, 0 to 1; see the fault for what it is a share of.", rounding="score"),
    col("video_id", pa.string(), "The video."),
    col("clip_id", pa.string(), "The clip; empty where a row counts what did not change."),
    col("stage", pa.string(), "tracks, motion_scores, captions or qa_pairs."),
    col("kind", pa.string(), "Class of the track, kind of the fact, section of the sentence, category of the question."),
    col("change", pa.string(), "unchanged, moved, changed, flipped, vanished or new."),
    col("above", pa.string(), "Gravest change of what it rests on: a fact's tracks, a sentence's or question's facts."),
    col("items", pa.int32(), "Items that the row stands for: 1, or how many did not change (or only moved)."),
    col("before_id", pa.string(), "Id before; empty for what is new."),
    col("after_id", pa.string(), "Id after; empty for what vanished."),
    col("before", pa.string(), "What it said before."),
    col("after", pa.string(), "What it says after."),
    col("cause", pa.string(), "The path on which the change came, in words."),
    col(
        "causes",
        pa.list_(pa.field("item", CAUSE, nullable=False)),
        "The same: facts, each followed by its tracks and the frames in which they differ.",
    ),
    keys=[
        "view", "fault", "rate", "video_id", "stage", "clip_id", "kind", "change", "above", "before_id", "after_id",
    ],
)  # fmt: skip
