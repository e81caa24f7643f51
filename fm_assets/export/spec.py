"""`training_export` as the loop sees it: inputs, row type, producer."""

from __future__ import annotations

from fm_assets.export.folder import altered, is_present
from fm_assets.export.rows import TRAINING_EXPORT
from fm_assets.settings import Settings
from fm_assets.stage import Stage
from fm_resources.provenance import Producer, libraries

#: Bump when equal inputs and parameters give other rows; the golden test says when.
LOGIC_VERSION = "1"


def producer(settings: Settings) -> Producer:
    """What decides the files besides its inputs."""
    return Producer(
        "training_export",
        LOGIC_VERSION,
        settings.export.model_dump(mode="json") | {"split": settings.benchmark.model_dump(mode="json")},
        libraries("imageio-ffmpeg"),
    )


STAGE = Stage(
    "training_export",
    ("benchmark_splits", "qa_pairs", "captions", "filtered_clips", "tracks"),
    TRAINING_EXPORT,
    "fm_assets.export.compute:compute",
    producer,
    corpus=True,
    present=is_present,
    altered=altered,
)
