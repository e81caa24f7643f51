"""Row type of `captions`: one row per clip."""

import pyarrow as pa

from fm_resources.rows import col, schema

SENTENCE = pa.struct(
    [
        col("section", pa.string(), "One of the seven sections of the paper."),
        col("text", pa.string(), "The sentence."),
        col("verdict", pa.string(), "verified, contradicted or unverifiable."),
        col(
            "fact_ids",
            pa.list_(pa.field("item", pa.string(), nullable=False)),
            "Facts that prove (or refute) the sentence.",
        ),
    ]
)

CAPTIONS = schema(
    col("caption_id", pa.string(), "`<clip_id>.cap`.", of=("motion_scores.clip_id",)),
    col("clip_id", pa.string(), "The clip.", of=("motion_scores.clip_id",)),
    col("writer", pa.string(), "`embedded`, or the LLM's model name."),
    col(
        "text",
        pa.string(),
        "The caption as it ships: all sentences that were not contradicted.",
        of=("motion_scores.value", "motion_scores.margin", "filtered_clips.thumbnails"),
    ),
    col(
        "sentences",
        pa.list_(pa.field("item", SENTENCE, nullable=False)),
        "Every sentence with its section, verdict and facts; contradicted ones are kept here and left out of `text`.",
        of=("motion_scores.fact_id", "motion_scores.value", "motion_scores.margin", "filtered_clips.thumbnails"),
    ),
    keys=["clip_id"],
)
