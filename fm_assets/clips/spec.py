"""`filtered_clips` as the loop sees it: inputs, row type, producer."""

from __future__ import annotations

from fm_assets.clips.rows import FILTERED_CLIPS
from fm_assets.settings import Settings
from fm_assets.stage import Stage
from fm_resources.provenance import Producer, libraries

#: Bump when equal inputs and parameters give other rows; the golden test says when.
LOGIC_VERSION = "3"


def producer(settings: Settings) -> Producer:
    """What decides the rows of `filtered_clips` besides its inputs."""
    return Producer(
        "filtered_clips",
        LOGIC_VERSION,
        settings.clips.model_dump(mode="json"),
        libraries("av", "numpy", "opencv-python", "scenedetect", "scipy"),
    )


STAGE = Stage("filtered_clips", ("source_videos",), FILTERED_CLIPS, "fm_assets.clips.compute:compute", producer)
