"""`benchmark_splits` as a Dagster asset."""

from __future__ import annotations

import dagster as dg

from fm_assets.asset import stage_asset
from fm_assets.benchmark.spec import STAGE
from fm_assets.checks import Batch, Check, Outcome
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
        checks=[Check("no_video_in_two_splits", "All questions of a video are in one split.", no_video_in_two_splits)],
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
