"""`benchmark_splits` as the loop sees it: inputs, row type, producer."""

from __future__ import annotations

from fm_assets.benchmark.rows import BENCHMARK_SPLITS
from fm_assets.settings import Settings
from fm_assets.stage import Stage
from fm_resources.provenance import Producer

#: Bump when equal inputs and parameters give other rows; the golden test says when.
LOGIC_VERSION = "1"


def producer(settings: Settings) -> Producer:
    """What decides the rows of `benchmark_splits` besides its inputs."""
    parameters = settings.benchmark.model_dump(mode="json") | {"ship_unverifiable": settings.qa.ship_unverifiable}
    return Producer("benchmark_splits", LOGIC_VERSION, parameters)


STAGE = Stage(
    "benchmark_splits",
    ("qa_pairs", "source_videos"),
    BENCHMARK_SPLITS,
    "fm_assets.benchmark.compute:compute",
    producer,
    corpus=True,
)
