"""`motion_scores` as a Dagster asset."""

from __future__ import annotations

import dagster as dg
import pyarrow.compute as pc

from fm_assets.asset import stage_asset
from fm_assets.checks import Batch, Check, Outcome
from fm_assets.drift import abstention_rate, drift_check, rows_per
from fm_assets.motion.spec import STAGE
from fm_assets.motion.vocabulary import KINDS
from fm_assets.settings import Settings


def build(settings: Settings) -> dg.AssetsDefinition:
    """The asset under given settings."""
    return stage_asset(
        STAGE,
        settings,
        group="3_motion",
        kinds={"numpy", "parquet"},
        description="The motion calculus: facts with value, unit, interval, margin and the frames they rest on.",
        checks=[
            Check("in_vocabulary", "Every fact is of a known kind, with a value of that kind.", in_vocabulary),
            drift_check({"facts_per_track": rows_per("tracks"), "abstention_rate": abstention_rate}),
        ],
    )


def in_vocabulary(batch: Batch) -> Outcome:
    """Kinds and categorical values are those of `vocabulary.KINDS`."""
    pairs = batch.rows.group_by(["kind", "value"]).aggregate([([], "count_all")]).to_pylist()
    unknown = [
        f"{p['kind']}={p['value']}"
        for p in pairs
        if p["kind"] not in KINDS or (KINDS[p["kind"]].values and p["value"] not in KINDS[p["kind"]].values)
    ]
    strong = int(pc.sum(pc.greater_equal(batch.rows["margin"], 1.5)).as_py() or 0)
    figures = {"facts": batch.rows.num_rows, "with_margin_1.5": strong, "unknown": ", ".join(sorted(unknown)[:20])}
    return Outcome(not unknown, figures)
