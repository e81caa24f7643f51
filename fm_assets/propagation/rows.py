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

_IDS = ("tracks.track_id", "motion_scores.fact_id", "captions.caption_id", "qa_pairs.qa_id")
_WORDS = ("tracks.class", "motion_scores.value", "captions.sentences", "qa_pairs.question", "qa_pairs.answer")
#: What decides whether an item changed: what was detected and tracked, and what was made of it.
_ALL = ("detections.boxes", "tracks.boxes", "motion_scores.value", "captions.sentences", "qa_pairs.evidence")

ERROR_PROPAGATION = schema(
    col("view", pa.string(), "`faults`: injected, `truth`: against the scene, `producers`: two versions of the lake."),
    col("fault", pa.string(), "The injected fault; empty where there is none."),
    col("rate", pa.float64(), "Its rate, 0 to 1; see the fault for what it is a share of.", rounding="score"),
    col("video_id", pa.string(), "The video.", of=("filtered_clips.clip_id",)),
    col("clip_id", pa.string(), "The clip; empty where a row counts what did not change.", of=("filtered_clips.clip_id",)),
    col("stage", pa.string(), "tracks, motion_scores, captions or qa_pairs."),
    col("kind", pa.string(), "Class of the track, kind of the fact, section of the sentence, category of the question.", of=("tracks.class", "motion_scores.kind", "captions.sentences", "qa_pairs.category")),
    col("change", pa.string(), "unchanged, moved, changed, flipped, vanished or new.", of=_ALL),
    col("above", pa.string(), "Gravest change of what it rests on: a fact's tracks, a sentence's or question's facts.", of=_ALL),
    col("items", pa.int32(), "Items that the row stands for: 1, or how many did not change (or only moved).", of=_ALL),
    col("before_id", pa.string(), "Id before; empty for what is new.", of=_IDS),
    col("after_id", pa.string(), "Id after; empty for what vanished.", of=_IDS),
    col("before", pa.string(), "What it said before.", of=_WORDS),
    col("after", pa.string(), "What it says after.", of=_WORDS),
    col("cause", pa.string(), "The path on which the change came, in words.", of=_ALL),
    col(
        "causes",
        pa.list_(pa.field("item", CAUSE, nullable=False)),
        "The same: facts, each followed by its tracks and the frames in which they differ.",
        of=_ALL,
    ),
    keys=[
        "view", "fault", "rate", "video_id", "stage", "clip_id", "kind", "change", "above", "before_id", "after_id",
    ],
)  # fmt: skip
