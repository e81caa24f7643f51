"""What is missing, stale, rejected or failed, and why, without computing anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fm_assets.graph import STAGES
from fm_assets.job import Job
from fm_assets.pipeline import Pipeline
from fm_assets.stage import CORPUS, Stage, Workshop, plan_stage
from fm_resources.registry import Registry


@dataclass(frozen=True)
class State:
    """One video in one stage.

    Attributes:
        stage: The stage.
        batch: The batch.
        video_id: The video, or `corpus`.
        state: `current`, `rejected`, `stale`, `missing`, `failed` or `waiting`.
        reason: Why it is not current; for stale ones what changed.
    """

    stage: str
    batch: str
    video_id: str
    state: str
    reason: str


def survey(pipeline: Pipeline) -> Iterator[State]:
    """The state of every video in every stage, in the order that data flows.

    Below something stale or missing it can only be said that it waits: whether it changes depends on what
    comes out above it.
    """
    registry = Registry.load(pipeline.lake)
    shop = Workshop(pipeline.settings, pipeline.lake, registry, pipeline.pool)
    if not registry.batches:
        return
    unsettled: set[tuple[str, str]] = set()
    for stage in STAGES:
        for batch in [CORPUS] if stage.corpus else registry.batches:
            for state in _survey_stage(stage, batch, shop, unsettled):
                if state.state in ("stale", "missing", "failed", "waiting"):
                    unsettled |= {(stage.name, state.video_id), (stage.name, CORPUS)}
                yield state


def _survey_stage(stage: Stage, batch: str, shop: Workshop, unsettled: set[tuple[str, str]]) -> Iterator[State]:
    plan = plan_stage(stage, batch, shop)
    jobs = {job.video_id: job for job in plan.jobs}
    heads = shop.lake.heads(stage.name, batch)
    for video_id in plan.wanted:
        above = [name for name in stage.upstream if (name, video_id) in unsettled]
        if above:
            yield State(stage.name, batch, video_id, "waiting", f"for {', '.join(above)}")
        elif video_id in jobs:
            head = heads.get(video_id)
            if head is None:
                yield State(stage.name, batch, video_id, "missing", "never computed")
            elif head.status == "failed" and head.artifact_id == jobs[video_id].artifact_id:
                receipt = shop.lake.read_receipt(stage.name, video_id, head.artifact_id)
                yield State(stage.name, batch, video_id, "failed", receipt.reason if receipt else "damaged artifact")
            else:
                yield State(stage.name, batch, video_id, "stale", why_stale(jobs[video_id], head.artifact_id, shop))
        else:
            item = plan.items[video_id]
            state = {"reused": "current", "deferred": "waiting"}.get(item.outcome, item.outcome)
            yield State(stage.name, batch, video_id, state, item.reason)


def why_stale(job: Job, current: str, shop: Workshop) -> str:
    """What differs between the artifact that is current and the one that is wanted."""
    receipt = shop.lake.read_receipt(job.stage, job.video_id, current)
    if receipt is None:
        return "the current artifact is damaged or gone"
    before, after = receipt.producer.as_dict(), job.producer.as_dict()
    changes = [f"{name} {old} -> {new}" for name, old, new in differences(before, after)]
    versions = {(i.stage, i.video_id): i.data_version for i in receipt.inputs}
    inputs = sorted({i.stage for i in job.inputs if versions.get((i.stage, i.video_id)) != i.data_version})
    if inputs:
        changes.append(f"input changed: {', '.join(inputs)}")
    return "; ".join(changes) or "its files are gone"


def differences(before: Mapping[str, Any], after: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Leaves that differ between two nested dicts: `(dotted name, before, after)`."""
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        name = f"{path}{key}"
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from differences(old, new, f"{name}.")
        elif old != new:
            yield name.removeprefix("parameters."), old, new
