"""`filtered_clips` as a Dagster asset."""

from __future__ import annotations

import dagster as dg
import pyarrow.compute as pc

from fm_assets.asset import stage_asset
from fm_assets.checks import Batch, Check, Outcome
from fm_assets.clips.spec import STAGE
from fm_assets.settings import Settings


def build(settings: Settings) -> dg.AssetsDefinition:
    """The asset under given settings."""
    return stage_asset(
        STAGE,
        settings,
        group="1_ingestion",
        kinds={"opencv", "parquet"},
        description="The seconds of each video that are looked at, with the camera's motion per sampled frame: "
        "kept, dropped, or kept and judged in the stabilised frame. Clips are virtual: start and end, no file.",
        checks=[Check("inside_video", "Every clip has a length and starts at or after zero.", inside_video)],
    )


def inside_video(batch: Batch) -> Outcome:
    """Clips start at zero or later and end after they start."""
    rows = batch.rows
    bad = pc.or_(pc.less(rows["start_s"], 0), pc.less_equal(rows["end_s"], rows["start_s"]))
    count = int(pc.sum(bad).as_py() or 0)
    return Outcome(count == 0, {"clips": rows.num_rows, "outside": count})
