"""`error_propagation`: a sample of the videos under every fault and rate, against truth, and against another version."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fm_assets.propagation.change import COMPARED
from fm_assets.propagation.folder import report_folder
from fm_assets.propagation.others import other_artifacts
from fm_assets.propagation.rates import change_rates, measure_rates
from fm_assets.propagation.report import write_report
from fm_assets.propagation.rows import ERROR_PROPAGATION
from fm_assets.propagation.trial import Found, Row, Trial, change_rows, run_trial
from fm_assets.settings import Settings
from fm_assets.stage import Computed, CorpusTask
from fm_assets.workers import WorkerDied, WorkerPool
from fm_resources.lake import Lake
from fm_resources.provenance import InputRef
from fm_resources.rows import from_pylist


def compute(task: CorpusTask, settings: Settings) -> Computed:
    """The table of changes; the report is written beside it.

    Raises:
        ScratchError: A stage failed on tampered rows.
        LookupError: There is no other version to compare with.
        WorkerDied: A video took too long, or its worker died.
    """
    refs: dict[str, dict[str, InputRef]] = defaultdict(dict)
    for ref in task.inputs:
        refs[ref.video_id][ref.stage] = ref
    usable = [video for video, own in refs.items() if {"filtered_clips", "detections"} <= own.keys()]
    chosen = sample(usable, settings.errors.sample, settings.errors.seed)
    lake = Lake(task.lake_url)
    found = _trials(task, [(video, refs[video]) for video in chosen], lake, settings)
    for rows in _other_version([(video, refs[video]) for video in chosen], lake, settings):
        found.rows += rows
    table = from_pylist(found.rows, ERROR_PROPAGATION) if found.rows else ERROR_PROPAGATION.empty_table()
    seed = settings.errors.seed
    rates = [*change_rates(table, seed), *measure_rates(found.measures, seed)]
    sources = {video: task.sources[video].path for video in chosen}
    write_report(report_folder(settings, task.artifact_id), table, rates, found.examples, sources, settings)
    return Computed(
        table, counts={"videos": len(chosen), "videos with truth": len({m.video_id for m in found.measures})}
    )


def sample(videos: Iterable[str], most: int, seed: int) -> list[str]:
    """At most so many of the videos (0: all), by a hash of seed and id: growth changes few of them; sorted.

    Args:
        videos: Video ids.
        most: How many at most.
        seed: Seed.
    """
    ranked = sorted(videos, key=lambda v: hashlib.sha256(f"{seed}\0{v}".encode()).hexdigest())
    return sorted(ranked[:most] if most else ranked)


def _trials(
    task: CorpusTask, chosen: Sequence[tuple[str, Mapping[str, InputRef]]], lake: Lake, settings: Settings
) -> Found:
    given = {
        video: {stage: _rows(lake, own[stage]) for stage in ("filtered_clips", "detections")} for video, own in chosen
    }
    boxes = [rows["detections"]["boxes"].combine_chunks().flatten().field("class") for rows in given.values()]
    classes = tuple(sorted({name for column in boxes for name in pc.unique(column).to_pylist()}))
    trials = [Trial(video, task.sources[video], rows, settings, classes) for video, rows in given.items()]
    results: dict[str, Found] = {}
    pool = WorkerPool(settings.workers)
    try:
        for trial, result in pool.map(run_trial, trials, timeout_s=settings.workers.task_timeout_s):
            if isinstance(result, BaseException):
                raise WorkerDied(f"{trial.video_id}: {result}") if isinstance(result, WorkerDied) else result
            results[trial.video_id] = result
    finally:
        pool.close()
    whole = Found()
    for _, result in sorted(results.items()):
        whole.rows += result.rows
        whole.measures += result.measures
        whole.examples += result.examples
    return whole


def _other_version(
    chosen: Sequence[tuple[str, Mapping[str, InputRef]]], lake: Lake, settings: Settings
) -> Iterable[list[Row]]:
    """Rows of the view `producers`: the other version before, the current one after."""
    if not settings.errors.against:
        return
    others = other_artifacts(lake.url, settings.errors.against, needed=True)
    for video, own in chosen:
        stages = [stage for stage in COMPARED if stage in own]
        if video not in others:
            continue
        after: dict[str, Any] = {stage: _rows(lake, own[stage]) for stage in stages}
        before = {
            stage: lake.read(stage, video, others[video][stage]) if stage in others[video] else after[stage]
            for stage in stages
        }
        yield change_rows("producers", video, before, after)


def _rows(lake: Lake, ref: InputRef) -> pa.Table:
    return lake.read(ref.stage, ref.video_id, ref.artifact_id)
