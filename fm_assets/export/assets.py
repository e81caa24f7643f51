"""`training_export` as a Dagster asset."""

from __future__ import annotations

import dagster as dg
import pyarrow.compute as pc

from fm_assets.asset import stage_asset
from fm_assets.checks import Batch, Check, Outcome
from fm_assets.export.spec import STAGE
from fm_assets.settings import Settings


def build(settings: Settings) -> dg.AssetsDefinition:
    """The asset under given settings."""
    return stage_asset(
        STAGE,
        settings,
        group="5_dataset",
        kinds={"json", "ffmpeg"},
        description="The dataset as files: the paper's JSON per video, and LLaMA-Factory's ShareGPT files with cut "
        "clips; the rows are the manifest.",
        checks=[
            Check(
                "every_question_exported", "Both layouts hold every question that has a split.", every_question_exported
            )
        ],
    )


def every_question_exported(batch: Batch) -> Outcome:
    """Questions in the official files, in LLaMA-Factory's, and in `benchmark_splits` are equally many."""
    rows = batch.rows
    counts = {
        layout: int(pc.sum(rows.filter(pc.equal(rows["layout"], layout))["questions"]).as_py() or 0)
        for layout in ("official", "llamafactory")
    }
    splits = batch.upstream("benchmark_splits").num_rows
    return Outcome(set(counts.values()) == {splits}, {**counts, "benchmark_splits": splits, "files": rows.num_rows})
