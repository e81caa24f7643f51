"""`source_videos` as a Dagster asset."""

from __future__ import annotations

import dagster as dg

from fm_assets.asset import stage_asset
from fm_assets.settings import Settings
from fm_assets.videos.spec import STAGE


def build(settings: Settings) -> dg.AssetsDefinition:
    """The asset under given settings."""
    return stage_asset(
        STAGE,
        settings,
        group="1_ingestion",
        kinds={"ffmpeg", "parquet"},
        description="Every registered video, probed and validated; an unusable file is rejected with its reason.",
    )
