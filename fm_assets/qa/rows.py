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
    col("qa_id", pa.string(), "`q-<12 hex>`: a hash of clip, question and options."),
    col("clip_id", pa.string(), "The clip."),
    col("category", pa.string(), "One of the seven categories."),
    col("what_how", pa.string(), "`what` (which object, which action) or `how` (in which manner it moves)."),
    col("difficulty", pa.string(), "easy, medium or hard: by margin and number of objects."),
    col("template", pa.string(), "Name of the question template, or the LLM's model name."),
    col("question", pa.string(), "The question."),
    col("option_a", pa.string(), "Option A."),
    col("option_b", pa.string(), "Option B."),
    col("option_c", pa.string(), "Option C."),
    col("option_d", pa.string(), "Option D."),
    col("answer", pa.string(), "Letter of the right option."),
    col("verdict", pa.string(), "verified, contradicted or unverifiable; only verified pairs ship by default."),
    col("writer", pa.string(), "`embedded`, or the LLM's model name."),
    col(
        "evidence",
        pa.list_(pa.field("item", EVIDENCE, nullable=False)),
        "Facts that prove the right option and refute the others.",
    ),
    keys=["clip_id", "qa_id"],
)
