"""`tracks` as a Dagster asset."""

from __future__ import annotations

import dagster as dg
import numpy as np

from fm_assets.asset import stage_asset
from fm_assets.checks import BOXES_INSIDE_FRAME, Batch, Check, Outcome
from fm_assets.drift import drift_check, rows_per
from fm_assets.settings import Settings
from fm_assets.tracks.spec import STAGE
from fm_resources.rows import struct_columns


def build(settings: Settings) -> dg.AssetsDefinition:
    """The asset under given settings."""
    return stage_asset(
        STAGE,
        settings,
        group="2_perception",
        kinds={"ultralytics", "parquet"},
        description="Objects over time: association of the stored detections, short gaps interpolated and marked, "
        "centres in the image and in the stabilised frame. No video is decoded here.",
        checks=[
            Check("monotonic_in_time", "The boxes of a track follow each other in time.", monotonic_in_time),
            BOXES_INSIDE_FRAME,
            Check("one_box_per_frame", "No track has two boxes in a frame.", one_box_per_frame),
            drift_check({"tracks_per_clip": rows_per("filtered_clips")}),
        ],
    )


def monotonic_in_time(batch: Batch) -> Outcome:
    """Time rises strictly within each track."""
    return _rising(batch, "t_s")


def one_box_per_frame(batch: Batch) -> Outcome:
    """Frame numbers rise strictly within each track."""
    return _rising(batch, "frame")


def _rising(batch: Batch, field: str) -> Outcome:
    lengths, box = struct_columns(batch.rows, "boxes")
    track = np.repeat(np.arange(len(lengths)), lengths)
    bad = (np.diff(track) == 0) & (np.diff(box[field]) <= 0)
    return Outcome(not bad.any(), {"tracks": len(lengths), "out_of_order": int(bad.sum())})
