"""What is missing, stale, rejected or failed, and why: a plan of everything, as a state of each video."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from fm_assets.planning.plan import Pair, Step, WorkPlan

Name = Literal["current", "rejected", "stale", "missing", "failed", "waiting"]
STATES: tuple[Name, ...] = ("current", "rejected", "stale", "missing", "failed", "waiting")


@dataclass(frozen=True)
class State:
    """One video in one stage that is not current.

    Attributes:
        stage: The stage.
        batch: The batch.
        video_id: The video, or `corpus`.
        state: `rejected`, `stale`, `missing`, `failed` or `waiting`. Below something that is computed first it can
            only be said that it waits: whether it changes depends on what comes out above.
        reason: Why; for stale ones what changed.
    """

    stage: str
    batch: str
    video_id: str
    state: Name
    reason: str


def states(plan: WorkPlan) -> Iterator[State]:
    """The state of every video that is not current in a stage, in the order that data flows."""
    for stage in plan.stages:
        for pair in plan.by_stage[stage.name]:
            yield from (_state(pair, step) for step in pair.steps)


def counts(plan: WorkPlan) -> list[dict[str, int | str]]:
    """Per stage: how many videos are in each state."""
    rows: list[dict[str, int | str]] = []
    for stage in plan.stages:
        pairs = plan.by_stage[stage.name]
        found = [_name(step) for pair in pairs for step in pair.steps]
        current = sum(pair.reused for pair in pairs)
        rows.append({"stage": stage.name, **{n: current if n == "current" else found.count(n) for n in STATES}})
    return rows


def _state(pair: Pair, step: Step) -> State:
    shown = step.reasons[:1] if step.action == "may_compute" else step.reasons
    return State(pair.stage, pair.batch, step.video_id, _name(step), "; ".join(map(str, shown)))


def _name(step: Step) -> Name:
    if step.action == "compute":
        kinds = {reason.kind for reason in step.reasons}
        return "missing" if "missing" in kinds else "failed" if "failed_before" in kinds else "stale"
    found: dict[str, Name] = {"restore": "stale", "rejected": "rejected"}
    return found.get(step.action, "waiting")
