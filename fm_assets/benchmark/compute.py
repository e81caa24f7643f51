"""`benchmark_splits` in a worker: questions of all videos in, assignments out."""

from __future__ import annotations

import pyarrow as pa

from fm_assets.benchmark.rows import BENCHMARK_SPLITS
from fm_assets.benchmark.splits import assign
from fm_assets.settings import Settings
from fm_assets.stage import CorpusTask
from fm_resources.rows import from_pylist


def compute(task: CorpusTask, settings: Settings) -> pa.Table:
    """Assigns every shipped question to a split."""
    if "qa_pairs" not in task.tables:
        return BENCHMARK_SPLITS.empty_table()
    domains = dict(zip(*(task.tables["source_videos"][c].to_pylist() for c in ("video_id", "domain")), strict=True))
    pairs = task.tables["qa_pairs"].select(["qa_id", "clip_id", "verdict"]).to_pylist()
    rows = assign(pairs, domains, settings.benchmark, unverifiable=settings.qa.ship_unverifiable)
    return from_pylist(rows, BENCHMARK_SPLITS)
