"""`source_videos` as the loop sees it: inputs, row type, producer."""

from __future__ import annotations

from fm_assets.settings import Settings
from fm_assets.stage import Stage
from fm_assets.videos.rows import SOURCE_VIDEOS
from fm_resources.provenance import Producer, libraries

#: Bump when equal inputs and parameters give other rows; the golden test says when.
LOGIC_VERSION = "1"


def producer(settings: Settings) -> Producer:
    """What decides the rows of `source_videos` besides its inputs."""
    return Producer("source_videos", LOGIC_VERSION, settings.videos.model_dump(mode="json"), libraries("av"))


STAGE = Stage("source_videos", (), SOURCE_VIDEOS, "fm_assets.videos.compute:compute", producer)
