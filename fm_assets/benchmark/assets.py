"""`benchmark_splits` as a Dagster asset."""

from __future__ import annotations

from typing import Any

import dagster as dg

from fm_assets.asset import stage_asset
from fm_assets.benchmark.spec import STAGE
from fm_assets.checks import Batch, Check, Outcome
from fm_assets.qa import bias
from fm_assets.settings import Settings


def build(settings: Settings) -> dg.AssetsDefinition:
    """The asset under given settings."""
    return stage_asset(
        STAGE,
        settings,
        group="5_dataset",
        kinds={"parquet"},
        description="Every shipped question in train, val or test: by source video, decided by a hash, so that new "
        "videos never move old ones.",
        checks=[
            Check("no_video_in_two_splits", "All questions of a video are in one split.", no_video_in_two_splits),
            Check(
                "not_guessed_blind",
                "Who learns from the training questions which options are right, and sees no video, guesses the others "
                f"no better than chance + {bias.ALLOWED:.0%}.",
                not_guessed_blind,
                blocking=False,
            ),
        ],
    )


def no_video_in_two_splits(batch: Batch) -> Outcome:
    """No video, and no group of videos, has questions in two splits."""
    figures: dict[str, int] = {}
    torn = 0
    for key in ("video_id", "group_id"):
        pairs = batch.rows.group_by([key]).aggregate([("split", "count_distinct")])
        torn += sum(n > 1 for n in pairs["split_count_distinct"].to_pylist())
    for entry in batch.rows.group_by(["split"]).aggregate([([], "count_all")]).to_pylist():
        figures[entry["split"]] = entry["count_all"]
    return Outcome(torn == 0, {**figures, "torn": torn})


def not_guessed_blind(batch: Batch) -> Outcome:
    """Accuracy of the blind guesser on held-out videos; without enough questions it tells nothing, and says so."""
    split = dict(zip(batch.rows["qa_id"].to_pylist(), batch.rows["split"].to_pylist(), strict=True))
    columns = ["qa_id", "clip_id", "template", "question", "answer", *(f"option_{x.lower()}" for x in bias.LETTERS)]
    rows = [row for row in batch.upstream("qa_pairs", columns).to_pylist() if row["qa_id"] in split]
    learn, held = ([r for r in rows if (split[r["qa_id"]] == "train") is wanted] for wanted in (True, False))
    found = bias.blind(learn, held)
    figures: dict[str, Any] = {"learned_from": found.learned, "guessed_at": found.overall.questions}
    if not found.enough:
        return Outcome(True, {**figures, "note": f"too few to tell: from {bias.LEARN} and {bias.GUESS} on"})
    figures |= {"accuracy": round(found.overall.share, 4), "standard_error": round(found.overall.error, 4)}
    figures |= {f"accuracy_{name}": round(share.share, 4) for name, share in found.templates.items()}
    return Outcome(not found.overall.above(bias.CHANCE + bias.ALLOWED), figures)
