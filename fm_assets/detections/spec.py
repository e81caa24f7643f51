"""`detections` as the loop sees it: inputs, row type, producer."""

from __future__ import annotations

from fm_assets.detections import producer as detector
from fm_assets.detections.rows import DETECTIONS
from fm_assets.settings import Settings
from fm_assets.stage import Stage
from fm_resources.provenance import Producer, libraries

#: Bump when equal inputs and parameters give other rows; the golden test says when.
LOGIC_VERSION = "3"


def producer(settings: Settings) -> Producer:
    """What decides the rows of `detections` besides its inputs."""
    found = detector.specs(settings)
    return Producer(
        "detections",
        LOGIC_VERSION,
        detector.parameters(settings, found),
        libraries(*detector.library_names(found)),
        detector.weights(found),
    )


STAGE = Stage(
    "detections", ("filtered_clips", "source_videos"), DETECTIONS, "fm_assets.detections.compute:compute", producer
)
