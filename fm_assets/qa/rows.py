"""Row type of `qa_pairs`: one row per question with four options."""

import pyarrow as pa

from fm_resources.rows import col, schema

EVIDENCE = pa.struct(
    [
        col("role", pa.string(), "`right`, or the option that the fact refutes: `distractor_a` ... `distractor_d`."),
        col("fact_id", pa.string(), "The fact."),
    ]
)

QA_PAIRS = schema(
    col(
        "qa_id",
        pa.string(),
        "`q-<12 hex>`: a hash of clip, question and options.",
        of=("motion_scores.clip_id", "motion_scores.value"),
    ),
    col("clip_id", pa.string(), "The clip.", of=("motion_scores.clip_id",)),
    col("category", pa.string(), "One of the seven categories.", of=("motion_scores.kind",)),
    col(
        "what_how",
        pa.string(),
        "`what` (which object, which action) or `how` (in which manner it moves).",
        of=("motion_scores.kind",),
    ),
    col(
        "difficulty",
        pa.string(),
        "easy, medium or hard: by margin and number of objects.",
        of=("motion_scores.margin",),
    ),
    col("template", pa.string(), "Name of the question template, or the LLM's model name.", of=("motion_scores.kind",)),
    col(
        "question",
        pa.string(),
        "The question.",
        of=("motion_scores.value", "motion_scores.margin", "captions.text", "filtered_clips.thumbnails"),
    ),
    col(
        "option_a",
        pa.string(),
        "Option A.",
        of=("motion_scores.value", "motion_scores.margin", "captions.text", "filtered_clips.thumbnails"),
    ),
    col(
        "option_b",
        pa.string(),
        "Option B.",
        of=("motion_scores.value", "motion_scores.margin", "captions.text", "filtered_clips.thumbnails"),
    ),
    col(
        "option_c",
        pa.string(),
        "Option C.",
        of=("motion_scores.value", "motion_scores.margin", "captions.text", "filtered_clips.thumbnails"),
    ),
    col(
        "option_d",
        pa.string(),
        "Option D.",
        of=("motion_scores.value", "motion_scores.margin", "captions.text", "filtered_clips.thumbnails"),
    ),
    col(
        "answer",
        pa.string(),
        "Letter of the right option.",
        of=("motion_scores.value", "motion_scores.margin", "captions.text", "filtered_clips.thumbnails"),
    ),
    col(
        "verdict",
        pa.string(),
        "verified, contradicted or unverifiable; only verified pairs ship by default.",
        of=("motion_scores.value", "motion_scores.margin", "captions.text", "filtered_clips.thumbnails"),
    ),
    col("writer", pa.string(), "`embedded`, or the LLM's model name."),
    col(
        "evidence",
        pa.list_(pa.field("item", EVIDENCE, nullable=False)),
        "Facts that prove the right option and refute the others.",
        of=("motion_scores.fact_id",),
    ),
    keys=["clip_id", "qa_id"],
)
