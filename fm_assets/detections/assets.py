"""`detections` as a Dagster asset."""

from __future__ import annotations

import dagster as dg
import numpy as np

from fm_assets.asset import stage_asset
from fm_assets.checks import Batch, Check, Outcome
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
            Check("boxes_inside_frame", "Every box has an area and lies inside the frame.", boxes_inside_frame),
            Check("not_all_empty", "Some video of the batch has a box.", not_all_empty, blocking=False),
        ],
        notes=spoken(specs(settings)),
    )


def boxes_inside_frame(batch: Batch) -> Outcome:
    """0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height."""
    lengths, box = struct_columns(batch.rows, "boxes")
    width, height = (np.repeat(batch.rows[n].to_numpy(), lengths) for n in ("width", "height"))
    inside = (box["x1"] >= 0) & (box["y1"] >= 0) & (box["x2"] <= width) & (box["y2"] <= height)
    inside &= (box["x1"] < box["x2"]) & (box["y1"] < box["y2"])
    return Outcome(bool(inside.all()), {"boxes": len(inside), "outside": int((~inside).sum())})


def not_all_empty(batch: Batch) -> Outcome:
    """A batch without a single box points at the detector, not at the videos."""
    lengths, _ = struct_columns(batch.rows, "boxes")
    return Outcome(
        batch.rows.num_rows == 0 or int(lengths.sum()) > 0, {"frames": len(lengths), "boxes": int(lengths.sum())}
    )
