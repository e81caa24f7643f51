"""`qa_pairs` as a Dagster asset."""

from __future__ import annotations

import dagster as dg

from fm_assets.asset import stage_asset
from fm_assets.checks import Batch, Check, Outcome
from fm_assets.drift import drift_check, rows_per
from fm_assets.qa import bias
from fm_assets.qa.bias import LETTERS
from fm_assets.qa.spec import STAGE
from fm_assets.settings import Settings


def build(settings: Settings) -> dg.AssetsDefinition:
    """The asset under given settings."""
    return stage_asset(
        STAGE,
        settings,
        group="4_language",
        kinds={"litellm" if settings.llm.model else "python", "parquet"},
        description="Questions with four options: the right one entailed, the wrong ones refuted by facts.",
        checks=[
            Check(
                "every_pair_has_evidence", "Every verified pair cites the facts that prove it.", every_pair_has_evidence
            ),
            Check("options_distinct", "The four options of a question differ.", options_distinct),
            Check(
                "letters_balanced",
                "The right answer is equally often A, B, C and D (chi-square, p > 0.001).",
                letters_balanced,
            ),
            Check(
                "right_not_longest",
                "The right option is not the longest more often than chance would have it (p > 0.001).",
                right_not_longest,
                blocking=False,
            ),
            drift_check({"pairs_per_clip": rows_per("filtered_clips")}),
        ],
        examples=examples,
    )


def every_pair_has_evidence(batch: Batch) -> Outcome:
    """A verified pair has a `right` fact, and none is contradicted."""
    rows = batch.rows.select(["verdict", "evidence"]).to_pylist()
    bare = sum(r["verdict"] == "verified" and not any(e["role"] == "right" for e in r["evidence"]) for r in rows)
    contradicted = sum(r["verdict"] == "contradicted" for r in rows)
    return Outcome(
        bare + contradicted == 0, {"pairs": len(rows), "without_evidence": bare, "contradicted": contradicted}
    )


def options_distinct(batch: Batch) -> Outcome:
    """Options differ, letter case and outer spaces aside."""
    columns = [f"option_{letter.lower()}" for letter in LETTERS]
    rows = batch.rows.select(columns).to_pylist()
    same = sum(len({str(r[c]).strip().lower() for c in columns}) < len(columns) for r in rows)
    return Outcome(same == 0, {"pairs": len(rows), "with_equal_options": same})


def letters_balanced(batch: Batch) -> Outcome:
    """Chi-square test of the answer letters against the uniform distribution."""
    counts, p = bias.letters(batch.rows.select(["answer"]).to_pylist())
    return Outcome(p > 0.001, {**counts, "p": round(p, 4)})


def right_not_longest(batch: Batch) -> Outcome:
    """How often the right option is the longest, against chance."""
    columns = ["clip_id", "answer", *(f"option_{letter.lower()}" for letter in LETTERS)]
    share = bias.longest(batch.rows.select(columns).to_pylist())
    figures: dict[str, float] = {"pairs": share.questions}
    if share.questions:
        figures |= {"longest_is_right": round(share.share, 4), "standard_error": round(share.error, 4)}
    return Outcome(bias.longest_by_chance(share), figures)


def examples(batch: Batch) -> str:
    """One question of each category as Markdown."""
    rows = sorted(batch.rows.drop_columns(["evidence"]).to_pylist(), key=lambda r: r["qa_id"], reverse=True)
    lines = []
    for row in {r["category"]: r for r in rows}.values():
        options = "  ".join(f"{k}. {row[f'option_{k.lower()}']}" for k in LETTERS)
        lines.append(
            f"**{row['question']}**  \n{options}  \nAnswer: {row['answer']} (`{row['qa_id']}`, {row['category']})"
        )
    return "\n\n".join(lines)
