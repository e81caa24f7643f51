"""The Dagster definitions: what `workspace.yaml` loads."""

from __future__ import annotations

import dagster as dg

from fm_assets import automation
from fm_assets.benchmark import assets as benchmark
from fm_assets.captions import assets as captions
from fm_assets.clips import assets as clips
from fm_assets.detections import assets as detections
from fm_assets.export import assets as export
from fm_assets.motion import assets as motion
from fm_assets.pipeline import Pipeline
from fm_assets.propagation import assets as propagation
from fm_assets.qa import assets as qa
from fm_assets.settings import Settings, load_settings
from fm_assets.tracks import assets as tracks
from fm_assets.videos import assets as videos

FOLDERS = (videos, clips, detections, tracks, motion, captions, qa, benchmark, export, propagation)


def build(settings: Settings, pipeline: Pipeline | None = None) -> dg.Definitions:
    """All definitions under given settings.

    Args:
        settings: Validated settings; producers, and so the assets' code versions, are computed from them.
        pipeline: The assets' common ground; default: a new one.
    """
    return dg.Definitions(
        assets=[folder.build(settings) for folder in FOLDERS],
        jobs=[automation.process_batch, automation.analyse],
        sensors=[automation.ingestion_sensor(settings), automation.automation_sensor(settings)],
        schedules=[automation.ingestion_schedule(settings)],
        executor=dg.in_process_executor,
        resources={"pipeline": pipeline or Pipeline(settings)},
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Loaded by Dagster; settings are read when it does."""
    return build(load_settings())
