"""The one loop that every per-video asset runs through: memo, compute, commit, report.

A stage is a pure function from the rows above it to its own rows. The loop names each video's artifact by
its producer and input data versions, reuses what the lake already holds, maps the rest over worker
processes, and makes the results current. It knows nothing of Dagster.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from fm_assets.job import Job, commit_failure, execute
from fm_assets.settings import Settings
from fm_assets.task import CORPUS, OUTCOMES, Computed, CorpusTask, Item, Outcome, Rejected, SourceFile, Task
from fm_assets.workers import WorkerDied, WorkerPool
from fm_resources.lake import Head, Lake
from fm_resources.provenance import InputRef, Producer, Status, artifact_id, content_hash
from fm_resources.registry import Registry

__all__ = [
    "CORPUS", "OUTCOMES", "Computed", "CorpusTask", "Item", "Rejected", "SourceFile", "Stage", "StageReport", "Task",
    "Workshop", "run_stage",
]  # fmt: skip

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Stage:
    """What the loop needs to know of a stage.

    Attributes:
        name: Name of the asset and of its folder in the lake.
        upstream: Stages whose rows it reads, nearest first.
        schema: Row type.
        compute: `module:function` of type `(Task, Settings) -> pa.Table | Computed`; imported in workers only.
        producer: The producer under given settings; computed when definitions load, so it imports nothing heavy.
        corpus: Whether it looks at all videos together; its function then takes a `CorpusTask`.
        present: For stages that write files besides rows: whether those of an artifact are still there.
        altered: For the same stages: the files of an artifact that are not as its rows say, with what is wrong.
        picks: For a corpus stage that looks at a few videos of many: it reads those of its inputs that it wants itself.
    """

    name: str
    upstream: tuple[str, ...]
    schema: pa.Schema
    compute: str
    producer: Callable[[Settings], Producer]
    corpus: bool = False
    present: Callable[[Settings, str], bool] | None = None
    altered: Callable[[Settings, str, pa.Table], Iterator[tuple[Path, str]]] | None = None
    picks: bool = False


@dataclass
class StageReport:
    """What became of a batch in one stage; `jobs` were sent to workers, whatever came of them."""

    stage: str
    batch: str
    producer: Producer
    items: list[Item]
    seconds: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    jobs: int = 0

    @property
    def data_version(self) -> str:
        """Data version of the partition: hash over its videos' data versions."""
        return content_hash([[i.video_id, i.data_version] for i in self.items if i.data_version])

    @property
    def rows(self) -> int:
        """Rows of all videos."""
        return sum(i.rows for i in self.items)


Progress = Callable[[str, int, int], None]
"""Called with (stage, videos done, videos in all)."""


@dataclass(frozen=True)
class Workshop:
    """What a stage is run with."""

    settings: Settings
    lake: Lake
    registry: Registry
    pool: WorkerPool
    run_id: str = ""
    progress: Progress | None = None


class Known(Protocol):
    """What must be known of an artifact to reuse it; a receipt says it."""

    @property
    def status(self) -> Status: ...

    @property
    def data_version(self) -> str: ...

    @property
    def rows(self) -> int: ...

    @property
    def reason(self) -> str: ...


class Shelf(Protocol):
    """Where artifacts are looked up: the lake, or what a plan expects it to become."""

    def heads(self, stage: str, batch: str) -> Mapping[str, Head]:
        """Current artifacts of a batch in a stage."""

    def rejected(self, batch: str) -> Set[str]:
        """Videos of a batch that some stage rejected."""

    def read_receipt(self, stage: str, video_id: str, artifact_id: str) -> Known | None:
        """What is known of a complete artifact; None where there is none."""


class Records(Protocol):
    """Where it is written what there is."""

    @property
    def lake(self) -> Shelf: ...

    @property
    def registry(self) -> Registry: ...


@dataclass(frozen=True)
class Missing:
    """An artifact that is wanted and not there, or only as a failure."""

    artifact_id: str
    inputs: tuple[InputRef, ...]


@dataclass(frozen=True)
class Named:
    """The artifacts that a batch wants in a stage: those that need no work, and the missing; `wanted` is the order."""

    wanted: tuple[str, ...]
    items: dict[str, Item]
    missing: dict[str, Missing]
    recipe: str


@dataclass(frozen=True)
class Plan:
    """What a stage would do: items that need no work, jobs for the rest; keys of `wanted` give the order."""

    producer: Producer
    wanted: tuple[str, ...]
    items: dict[str, Item]
    jobs: list[Job]
    recipe: str


Wanted = dict[str, tuple[InputRef, ...] | Item]
"""Each video's inputs, or the item that says what it waits for."""


def wanted_inputs(stage: Stage, batch: str, records: Records) -> Wanted:
    """What each video of a batch, or the corpus, would be made from now; reads heads alone."""
    return {CORPUS: _corpus_inputs(stage, records)} if stage.corpus else _batch_inputs(stage, batch, records)


def recipe(producer: Producer, wanted: Wanted) -> str:
    """Hash of the producer and of all that a batch is made from: two equal ones give equal heads."""
    videos = [  # one that waits has no head, as one that was rejected above
        [v, [[i.stage, i.video_id, i.data_version] for i in inputs]]
        for v, inputs in wanted.items()
        if not isinstance(inputs, Item)
    ]
    return content_hash([producer.producer_id, videos])


def name_artifacts(stage: Stage, producer: Producer, batch: str, settings: Settings, records: Records) -> Named:
    """Names every artifact of a batch in a stage and looks which of them are there; computes nothing."""
    wanted = wanted_inputs(stage, batch, records)
    items: dict[str, Item] = {}
    missing: dict[str, Missing] = {}
    for video_id, inputs in wanted.items():
        if isinstance(inputs, Item):
            items[video_id] = inputs
            continue
        name = artifact_id(stage.name, video_id, producer.producer_id, inputs)
        reused = _reuse(stage, video_id, name, settings, records.lake)
        if reused is not None:
            items[video_id] = reused
        else:
            missing[video_id] = Missing(name, inputs)
    return Named(tuple(wanted), items, missing, recipe(producer, wanted))


def plan_stage(stage: Stage, batch: str, shop: Workshop) -> Plan:
    """Jobs for what the lake does not hold of a batch; computes nothing."""
    producer = stage.producer(shop.settings)
    named = name_artifacts(stage, producer, batch, shop.settings, shop)
    jobs = [job_for(stage, producer, video_id, m.artifact_id, m.inputs, shop) for video_id, m in named.missing.items()]
    return Plan(producer, named.wanted, named.items, jobs, named.recipe)


def run_stage(stage: Stage, batch: str, shop: Workshop) -> StageReport:
    """Brings one stage up to date for a batch, or for the corpus when the stage looks at all videos together.

    Raises:
        LakeError: The lake cannot be read or written.
    """
    began = time.perf_counter()
    shop.lake.sweep()
    batch = CORPUS if stage.corpus else batch
    plan = plan_stage(stage, batch, shop)
    items = dict(plan.items)
    log.info("%s %s: %d to compute, %d known", stage.name, batch, len(plan.jobs), len(items))
    _compute(plan.jobs, items, len(plan.wanted), shop)
    heads = {v: Head(i.artifact_id, i.data_version, _status(i)) for v, i in items.items() if i.artifact_id}
    shop.lake.write_heads(stage.name, batch, heads, plan.recipe)
    ordered = [items[v] for v in plan.wanted]
    counts: Counter[str] = Counter(i.outcome for i in ordered)
    seconds = time.perf_counter() - began
    return StageReport(stage.name, batch, plan.producer, ordered, seconds, counts, len(plan.jobs))


def _batch_inputs(stage: Stage, batch: str, records: Records) -> Wanted:
    """Inputs of a batch's videos; videos rejected above are left out."""
    heads = {name: records.lake.heads(name, batch) for name in stage.upstream}
    rejected = records.lake.rejected(batch) if stage.upstream else set()
    found: Wanted = {}
    for video_id in records.registry.current(batch):
        if not stage.upstream:
            found[video_id] = (_file_input(records.registry, video_id),)
            continue
        refs = []
        waits = ""
        for name in stage.upstream:
            head = heads[name].get(video_id)
            if head is not None and head.status == "ok":
                refs.append(InputRef(name, video_id, head.artifact_id, head.data_version))
            else:
                waits = f"waits for {name}, which {'failed' if head else 'has not run'}"
        if not waits:
            found[video_id] = tuple(refs)
        elif video_id not in rejected:
            found[video_id] = Item(video_id, "deferred", reason=waits)
    return found


def _corpus_inputs(stage: Stage, records: Records) -> tuple[InputRef, ...]:
    refs = []
    for name in stage.upstream:
        heads: dict[str, Head] = {}
        for batch in [CORPUS, *records.registry.batches]:
            current = {CORPUS, *records.registry.current(batch)}
            heads |= {v: h for v, h in records.lake.heads(name, batch).items() if v in current and h.status == "ok"}
        refs += [InputRef(name, v, h.artifact_id, h.data_version) for v, h in sorted(heads.items())]
    return tuple(refs)


def _file_input(registry: Registry, video_id: str) -> InputRef:
    video = registry.videos[video_id]
    return InputRef("file", video_id, "", content_hash([video.sha256, video.domain, video.licence]))


def _reuse(stage: Stage, video_id: str, name: str, settings: Settings, shelf: Shelf) -> Item | None:
    """The item of an artifact that the shelf holds; None where there is none, or only a failure."""
    receipt = shelf.read_receipt(stage.name, video_id, name)
    if receipt is None or receipt.status == "failed":
        return None
    if stage.present is not None and not stage.present(settings, name):
        return None
    outcome: Outcome = "rejected" if receipt.status == "rejected" else "reused"
    return Item(video_id, outcome, name, receipt.data_version, receipt.rows, reason=receipt.reason)


def job_for(
    stage: Stage, producer: Producer, video_id: str, name: str, inputs: tuple[InputRef, ...], shop: Workshop
) -> Job:
    """The computation of one artifact."""
    ids = sorted({i.video_id for i in inputs} - {CORPUS}) if stage.corpus else [video_id]
    sources = {v: _source(shop.registry, v) for v in ids}
    return Job(
        stage.name,
        stage.compute,
        stage.schema,
        producer,
        video_id,
        sources,
        name,
        inputs,
        shop.lake.url,
        shop.run_id,
        shop.settings,
        stage.picks,
    )


def _source(registry: Registry, video_id: str) -> SourceFile:
    video = registry.videos[video_id]
    path = registry.locate(video_id) or Path(f"{video_id} (no path)")
    return SourceFile(path, video.sha256, video.domain, video.licence)


def _status(item: Item) -> Status:
    if item.outcome in ("rejected", "failed"):
        return item.outcome
    return "ok"


def _compute(jobs: Sequence[Job], items: dict[str, Item], total: int, shop: Workshop) -> None:
    done = total - len(jobs)
    if shop.progress and jobs:
        shop.progress(jobs[0].stage, done, total)
    for job, result in shop.pool.map(execute, jobs, timeout_s=shop.settings.workers.task_timeout_s):
        if isinstance(result, WorkerDied):
            result = commit_failure(job, shop.lake, str(result), 0.0)
        elif isinstance(result, BaseException):
            raise result from None  # the worker's own traceback would hide the sentence that says what to do
        items[job.video_id] = result
        done += 1
        if result.outcome in ("failed", "rejected"):
            log.warning("%s %s %s: %s", job.stage, job.video_id, result.outcome, result.reason)
        if shop.progress:
            shop.progress(job.stage, done, total)
