"""One computation: sent to a worker, computed, committed to the lake; its failure is a result too."""

from __future__ import annotations

import importlib
import logging
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from fm_assets.settings import Settings
from fm_assets.task import CORPUS, Computed, CorpusTask, Item, Outcome, Rejected, SourceFile, Task
from fm_resources.lake import DamagedArtifact, Lake, LakeError
from fm_resources.provenance import InputRef, Producer, Receipt, Status
from fm_resources.rows import canonical, data_version

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """One computation, as it is sent to a worker."""

    stage: str
    compute: str
    schema: pa.Schema
    producer: Producer
    video_id: str
    sources: Mapping[str, SourceFile]
    artifact_id: str
    inputs: tuple[InputRef, ...]
    lake_url: str
    run_id: str
    settings: Settings
    picks: bool = False


def execute(job: Job) -> Item:
    """Computes and commits one artifact; runs in a worker.

    Raises:
        LakeError: The lake cannot be written; every other failure becomes an item with its reason.
    """
    lake = Lake(job.lake_url)
    began = time.perf_counter()
    try:
        done, status, reason = compute(job, lake)
    except (LakeError, MemoryError):
        raise
    except DamagedArtifact as error:
        if error.name is not None:
            lake.set_aside(error.name)  # missing now, so that the next run of its stage makes it anew
        return commit_failure(job, lake, str(error), time.perf_counter() - began)
    except Exception as error:
        log.debug("%s", traceback.format_exc())
        return commit_failure(job, lake, explain(error, job.settings), time.perf_counter() - began)
    return _commit(job, lake, done, status, reason, time.perf_counter() - began)


def compute(job: Job, lake: Lake) -> tuple[Computed, Status, str]:
    """What a job gives, its rows in canonical form, with status `ok` or `rejected` and the reason; writes nothing.

    Raises:
        DamagedArtifact: An input is damaged or missing.
        Exception: Whatever the stage's function raises.
    """
    try:
        result = call(job.compute, _task(job, lake), job.settings)
    except Rejected as verdict:
        rows = canonical(verdict.rows, job.schema) if verdict.rows is not None else job.schema.empty_table()
        return Computed(rows), "rejected", verdict.reason
    return replace(result, rows=canonical(result.rows, job.schema)), "ok", ""


def _task(job: Job, lake: Lake) -> Task | CorpusTask:
    parts: dict[str, list[pa.Table]] = {}
    for ref in job.inputs if not job.picks else ():
        if ref.stage != "file":
            parts.setdefault(ref.stage, []).append(lake.read(ref.stage, ref.video_id, ref.artifact_id))
    tables = {stage: pa.concat_tables(tables) for stage, tables in parts.items()}
    if job.video_id == CORPUS:
        return CorpusTask(job.stage, job.artifact_id, job.sources, tables, job.inputs, job.lake_url)
    return Task(job.stage, job.video_id, job.sources[job.video_id], tables)


def call(compute: str, task: Task | CorpusTask, settings: Settings) -> Computed:
    """Calls a stage's compute function by its dotted name."""
    module, _, function = compute.partition(":")
    result = getattr(importlib.import_module(module), function)(task, settings)
    return result if isinstance(result, Computed) else Computed(result)


def commit_failure(job: Job, lake: Lake, reason: str, seconds: float) -> Item:
    return _commit(job, lake, Computed(job.schema.empty_table()), "failed", reason, seconds)


def _commit(job: Job, lake: Lake, done: Computed, status: Status, reason: str, seconds: float) -> Item:
    started = datetime.fromtimestamp(time.time() - seconds, UTC).isoformat(timespec="milliseconds")
    receipt = Receipt(
        artifact_id=job.artifact_id,
        stage=job.stage,
        video_id=job.video_id,
        producer=job.producer,
        inputs=job.inputs,
        data_version=data_version(done.rows),
        status=status,
        reason=reason,
        run_id=job.run_id,
        started=started,
        seconds=round(seconds, 3),
        rows=done.rows.num_rows,
        cost_usd=done.cost_usd,
        timing={name: round(spent, 3) for name, spent in done.timing.items()},
        counts=dict(done.counts),
    )
    lake.write(done.rows, receipt)
    outcome: Outcome = "computed" if status == "ok" else status
    return Item(
        job.video_id,
        outcome,
        job.artifact_id,
        receipt.data_version,
        receipt.rows,
        receipt.seconds,
        receipt.cost_usd,
        reason,
        receipt.timing,
        receipt.counts,
    )


def explain(error: Exception, settings: Settings) -> str:
    """An error as one line: its type where the message alone says little, its place in our code, no secret."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "fm_" in f.filename]
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    text = f"{type(error).__name__}: {error}{place}"
    key = settings.llm.api_key.get_secret_value()
    return text.replace(key, "***") if key else text
