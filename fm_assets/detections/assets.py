"""`detections` as a Dagster asset."""

from __future__ import annotations

import dagster as dg

from fm_assets.asset import stage_asset
from fm_assets.checks import BOXES_INSIDE_FRAME, Batch, Check, Outcome
from fm_assets.detections.producer import specs, spoken
from fm_assets.detections.spec import STAGE
from fm_assets.settings import Settings
from fm_resources.rows import struct_columns


def build(settings: Settings) -> dg.AssetsDefinition:
    """The asset under given settings."""
    return stage_asset(
        STAGE,
        settings,
        group="2_perception",
        kinds={"ultralytics", "parquet"},
        description="Boxes, scores, classes and colours on the sampled frames of each clip.",
        checks=[
            BOXES_INSIDE_FRAME,
            Check("not_all_empty", "Some video of the batch has a box.", not_all_empty, blocking=False),
        ],
        notes=spoken(specs(settings)),
    )


def not_all_empty(batch: Batch) -> Outcome:
    """A batch without a single box points at the detector, not at the videos."""
    lengths, _ = struct_columns(batch.rows, "boxes")
    return Outcome(
        batch.rows.num_rows == 0 or int(lengths.sum()) > 0, {"frames": len(lengths), "boxes": int(lengths.sum())}
    )
