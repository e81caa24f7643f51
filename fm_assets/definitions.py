"""The Dagster definitions: what `workspace.yaml` loads."""

from __future__ import annotations

from collections.abc import Sequence

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
from fm_assets.variants.resolve import usable_variants
from fm_assets.videos import assets as videos

FOLDERS = (videos, clips, detections, tracks, motion, captions, qa, benchmark, export, propagation)


def build(settings: Settings, pipeline: Pipeline | None = None, variants: Sequence[Settings] = ()) -> dg.Definitions:
    """All definitions under given settings.

    Args:
        settings: Validated settings; producers, and so the assets' code versions, are computed from them.
        pipeline: The assets' common ground; default: a new one.
        variants: Settings of variants; each one's own stages become assets beside main's.
    """
    beside = [folder.build(v) for v in variants for folder in FOLDERS if folder.STAGE.name in v.variant.own]
    return dg.Definitions(
        assets=[*(folder.build(settings) for folder in FOLDERS), *beside],
        jobs=[
            automation.process_batch,
            automation.analyse,
            *(automation.process_variant(v.variant) for v in variants),
        ],
        sensors=[automation.ingestion_sensor(settings), automation.automation_sensor(settings)],
        schedules=[automation.ingestion_schedule(settings)],
        executor=dg.in_process_executor,
        resources={"pipeline": pipeline or Pipeline(settings)},
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Loaded by Dagster; settings and variants are read when it does."""
    settings = load_settings()
    return build(settings, variants=usable_variants(settings))
