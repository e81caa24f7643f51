"""`motion_scores` as the loop sees it: inputs, row type, producer."""

from __future__ import annotations

from fm_assets.motion.rows import MOTION_SCORES
from fm_assets.settings import Settings
from fm_assets.stage import Stage
from fm_resources.provenance import Producer, libraries

#: Bump when equal inputs and parameters give other rows; the golden test says when.
LOGIC_VERSION = "10"


def producer(settings: Settings) -> Producer:
    """What decides the rows of `motion_scores` besides its inputs."""
    return Producer(
        "motion_scores", LOGIC_VERSION, settings.motion.model_dump(mode="json"), libraries("numpy", "scipy")
    )


STAGE = Stage("motion_scores", ("tracks",), MOTION_SCORES, "fm_assets.motion.compute:compute", producer)
