"""`tracks` as the loop sees it: inputs, row type, producer."""

from __future__ import annotations

from fm_assets.settings import Settings
from fm_assets.stage import Stage
from fm_assets.tracks.producer import library_names, parameters, weights
from fm_assets.tracks.rows import TRACKS
from fm_resources.provenance import Producer, libraries

#: Bump when equal inputs and parameters give other rows; the golden test says when.
LOGIC_VERSION = "2"


def producer(settings: Settings) -> Producer:
    """What decides the rows of `tracks` besides its inputs."""
    return Producer(
        "tracks", LOGIC_VERSION, parameters(settings), libraries(*library_names(settings)), weights(settings)
    )


STAGE = Stage("tracks", ("detections", "filtered_clips"), TRACKS, "fm_assets.tracks.compute:compute", producer)
