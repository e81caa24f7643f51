"""A sample of artifacts, computed again from their stored inputs: does this machine get the same rows?

Nothing is written to the lake. What cannot be computed again, since other settings made it, a language model wrote
it, or its video file is gone, is skipped with the reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from fm_assets.graph import STAGES
from fm_assets.job import Job, compute, explain
from fm_assets.planning.reasons import differences
from fm_assets.settings import Settings
from fm_assets.stage import Stage, Workshop, job_for
from fm_assets.task import CORPUS
from fm_assets.upkeep.files import Progress
from fm_assets.upkeep.reach import Current
from fm_assets.workers import WorkerDied
from fm_resources.lake import ArtifactName, Lake
from fm_resources.provenance import Receipt, content_hash
from fm_resources.registry import file_sha256
from fm_resources.rows import data_version, describe

#: Longest text of a value in a difference.
SHORT = 60


@dataclass(frozen=True)
class Recomputed:
    """What came of computing an artifact again.

    Attributes:
        name: The artifact.
        outcome: `agrees`, `differs`, `fails` or `skipped`.
        detail: What differs first, why it failed or why it was skipped.
    """

    name: ArtifactName
    outcome: str
    detail: str = ""


@dataclass(frozen=True)
class _Again:
    job: Job
    receipt: Receipt


def draw(found: Sequence[Current], count: int, seed: int) -> list[ArtifactName]:
    """A sample of current artifacts, as many of each stage as can be; the same for equal seeds and contents.

    Failures have no rows to compare, and a stage that writes files besides rows is checked by their hashes.
    """
    stages = {s.name: s for s in STAGES if s.altered is None}
    queues: dict[str, list[ArtifactName]] = defaultdict(list)
    for name in {c.name for c in found if c.head.status != "failed" and c.name.stage in stages}:
        queues[name.stage].append(name)
    for queue in queues.values():
        queue.sort(key=lambda name: content_hash([seed, *name]), reverse=True)
    drawn: list[ArtifactName] = []
    while len(drawn) < count and any(queues.values()):
        drawn += [queues[stage].pop() for stage in stages if queues[stage]][: count - len(drawn)]
    return drawn


def recompute(
    names: Sequence[ArtifactName],
    shop: Workshop,
    *,
    beside: Sequence[Settings] = (),
    llm: bool,
    progress: Progress | None = None,
) -> list[Recomputed]:
    """Computes artifacts again, by the settings that made them, and compares data versions.

    Args:
        names: Artifacts whose files and inputs are intact.
        shop: Main's settings, lake, registry and workers.
        beside: Settings of variants.
        llm: Also those that a language model wrote, which costs money and may differ from one call to the next.
        progress: Called as they are done.
    """
    stages = {s.name: s for s in STAGES}
    found: dict[ArtifactName, Recomputed] = {}
    tasks: list[_Again] = []
    for name in names:
        receipt = shop.lake.read_receipt(*name)
        if receipt is None:
            raise ValueError(f"{name} is not intact")
        stage = stages[name.stage]
        settings = _maker(stage, receipt, (shop.settings, *beside))
        if reason := _obstacle(stage, receipt, settings, llm=llm):
            found[name] = Recomputed(name, "skipped", reason)
        else:
            by = replace(shop, settings=settings)
            job = job_for(stage, receipt.producer, name.video_id, name.artifact_id, receipt.inputs, by)
            tasks.append(_Again(job, receipt))
    limit = shop.settings.workers.task_timeout_s
    for done, (task, result) in enumerate(shop.pool.map(_again, tasks, timeout_s=limit), 1):
        name = ArtifactName(task.job.stage, task.job.video_id, task.job.artifact_id)
        if isinstance(result, WorkerDied):
            result = ("fails", str(result))
        elif isinstance(result, BaseException):
            raise result from None
        found[name] = Recomputed(name, *result)
        if progress:
            progress("recomputing", done, len(tasks))
    return [found[name] for name in names]


def _maker(stage: Stage, receipt: Receipt, known: Sequence[Settings]) -> Settings:
    """The settings that an artifact was made by; the first, main's, where none of them made it."""
    made_by = receipt.producer.producer_id
    return next((s for s in known if stage.producer(s).producer_id == made_by), known[0])


def _obstacle(stage: Stage, receipt: Receipt, settings: Settings, *, llm: bool) -> str:
    """Why an artifact cannot be computed again; empty where it can."""
    wanted = stage.producer(settings)
    if wanted.producer_id != receipt.producer.producer_id:
        changes = differences(receipt.producer.as_dict(), wanted.as_dict())
        return "made by other settings: " + "; ".join(f"{what} {old}, now {new}" for what, old, new in changes)
    if not llm and receipt.producer.parameters.get("llm", {}).get("model"):
        return "a language model wrote it (--llm asks it again)"
    return ""


def _again(task: _Again) -> tuple[str, str]:
    """Outcome and detail; runs in a worker."""
    job, stored, lake = task.job, task.receipt, Lake(task.job.lake_url)
    try:
        done, status, reason = compute(job, lake)
    except MemoryError:
        raise
    except Exception as error:
        outcome, detail = "fails", explain(error, job.settings)
    else:
        if (status, data_version(done.rows)) == (stored.status, stored.data_version):
            return "agrees", ""
        outcome = "differs"
        if status != stored.status:
            detail = f"{stored.status} is stored, {status} computed here{f' ({reason})' if reason else ''}"
        else:
            detail = first_difference(lake.read(job.stage, job.video_id, job.artifact_id), done.rows)
    if changed := _changed_file(job):
        return "skipped", changed
    return outcome, detail


def _changed_file(job: Job) -> str:
    """Whether a video's file is no more the one that was registered, which explains any difference."""
    for video_id, source in sorted(job.sources.items()):
        if job.video_id != CORPUS and (not source.path.is_file() or file_sha256(source.path) != source.sha256):
            return f"the file of {video_id} is gone or changed ({source.path})"
    return ""


def first_difference(stored: pa.Table, fresh: pa.Table) -> str:
    """Where two canonical tables of one schema differ first, by row and then by column.

    Columns that do not take part in the data version are not compared.
    """
    columns = [f.name for f in fresh.schema if describe(f, "hashed") != "0"]
    lost = [name for name in columns if name not in stored.column_names]
    if lost:
        return f"the stored rows lack the columns {', '.join(lost)}"
    differing = [name for name in columns if stored[name].combine_chunks() != fresh[name].combine_chunks()]
    pairs = {name: list(zip(stored[name].to_pylist(), fresh[name].to_pylist(), strict=False)) for name in differing}
    places = {name: next((i for i, (a, b) in enumerate(pairs[name]) if a != b), None) for name in differing}
    known = {name: row for name, row in places.items() if row is not None}
    sizes = f"{stored.num_rows} rows are stored, {fresh.num_rows} computed here"
    if not known:
        return sizes
    row = min(known.values())
    column = next(name for name in known if known[name] == row)
    where, old, new = _deepest(column, *pairs[column][row])
    text = f"row {row}, {where}: {_short(old)} is stored, {_short(new)} computed here"
    others = [name for name in known if name != column]
    if others:
        text += f"; also {', '.join(others)}"
    return text if stored.num_rows == fresh.num_rows else f"{sizes}; {text}"


def _deepest(path: str, old: Any, new: Any) -> tuple[str, Any, Any]:
    """Follows a difference into lists and structs."""
    if isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            return f"length of {path}", len(old), len(new)
        place = next(i for i, (a, b) in enumerate(zip(old, new, strict=True)) if a != b)
        return _deepest(f"{path}[{place}]", old[place], new[place])
    if isinstance(old, dict) and isinstance(new, dict):
        key = next(k for k in old if old[k] != new.get(k))
        return _deepest(f"{path}.{key}", old[key], new.get(key))
    return path, old, new


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHORT else f"{text[: SHORT - 3]}..."
