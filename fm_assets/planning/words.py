"""A plan in words and rows, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from fm_assets.planning.document import grouped, unknown
from fm_assets.planning.estimate import Estimates, Span
from fm_assets.planning.plan import Step, WorkPlan

#: Reasons that are told per stage; the others are counted.
MOST = 6


def rows(plan: WorkPlan, estimates: Estimates) -> list[dict[str, Any]]:
    """A row per stage; columns that would hold only zeros are left out."""
    found = []
    for stage in plan.stages:
        known = estimates.stages.get(stage.name)
        work = any(pair.at_most for pair in plan.by_stage[stage.name])
        found.append(
            {
                "stage": stage.name,
                "compute": plan.count("compute", stage.name),
                "at most more": plan.count("may_compute", stage.name),
                "reuse": sum(pair.reused for pair in plan.by_stage[stage.name]),
                "restore": plan.count("restore", stage.name),
                "rejected": plan.count("rejected", stage.name),
                "deferred": plan.count("deferred", stage.name),
                "work": ("" if not work else seconds(known.work_s) if known else "no receipt yet"),
                "cost": ("" if not known or not known.cost_usd.most else dollars(known.cost_usd)),
            }
        )
    always = ("stage", "compute", "at most more", "reuse")
    shown = [name for name in (found[0] if found else ()) if name in always or any(row[name] for row in found)]
    return [{name: row[name] for name in shown} for row in found]


def reasons(plan: WorkPlan) -> Iterator[tuple[str, str]]:
    """`(stage, sentence)`: why its videos are computed, restored, rejected or deferred."""
    for stage in plan.stages:
        steps = [step for pair in plan.by_stage[stage.name] for step in pair.steps]
        found = grouped(_told(step) for step in steps if step.action != "may_compute")
        for action, reason, number in found[:MOST]:
            yield stage.name, f"{number} {SAID[action]}: {reason}"
        if len(found) > MOST:
            yield stage.name, f"and {len(found) - MOST} other reasons: `fm plan --json` has them all"
        yield from ((stage.name, text) for text in _below(steps))


SAID = {"compute": "to compute", "restore": "to restore, for nothing", "rejected": "rejected", "deferred": "deferred"}


def _told(step: Step) -> Step:
    """A step with the reasons that say most: what changed, if that is known, not that an artifact is there."""
    return replace(step, reasons=step.reasons[1:]) if step.action == "restore" and len(step.reasons) > 1 else step


def _below(steps: Sequence[Step]) -> Iterator[str]:
    """What may be computed: what equal output above cuts off, and what only a rejection or a failure there does."""
    may = [step for step in steps if step.action == "may_compute"]
    equal = [step for step in may if step.cut_off]
    if equal:
        yield f"at most {len(equal)} more, fewer where {_equal(equal[0].reasons[0].name.split(', '))}"
    for _, reason, number in grouped(step for step in may if not step.cut_off):
        if reason.kind != "below":
            yield f"at most {number} more, fewer where they are rejected or fail above: {reason}"


def _equal(stages: Sequence[str]) -> str:
    *others, last = stages
    return f"{', '.join(others)} and {last} come out equal" if others else f"{last} comes out equal"


def total(plan: WorkPlan, estimates: Estimates) -> Iterator[str]:
    """What it comes to, in a sentence or two."""
    certain, more = plan.count("compute"), plan.count("may_compute")
    same = sum(pair.reused for pair in plan.pairs) + plan.count("rejected")
    waiting = f"; {_number(n, 'video')} deferred in a stage" if (n := plan.count("deferred")) else ""
    if not plan.rounds:
        yield f"nothing to do: {'the' if waiting else 'all'} {_number(same, 'artifact')} {_is(same)} current{waiting}"
        return
    parts = [_number(certain, "computation")] if certain or more else []
    if restored := plan.count("restore"):
        parts.append(f"{_number(restored, 'earlier artifact')} to become current again, for nothing")
    if gone := sum(len(pair.gone) for pair in plan.pairs):
        parts.append(f"{_number(gone, 'artifact')} no longer current: superseded, or rejected or waiting above")
    if not parts and not more:
        parts.append("nothing to compute; what is current is noted as up to date")
    if more:
        parts.append(f"at most {more} more below, fewer where {_fewer(plan)}")
    yield "; ".join(parts) + waiting
    spent = estimates.total
    if estimates.stages and certain + more:
        text = f"{seconds(spent.work_s)} of work, {seconds(spent.wall_s)} with {estimates.workers} workers"
        yield text + (f", {dollars(spent.cost_usd)}" if spent.cost_usd.most else ", no model costs")
    if lacking := unknown(plan, estimates):
        yield f"without an estimate, since no receipt says how long they take: {', '.join(lacking)}"


def _fewer(plan: WorkPlan) -> str:
    """What would make it less: the stages that are computed for certain and may come out equal, or verdicts."""
    may = [step for pair in plan.pairs for step in pair.steps if step.action == "may_compute"]
    above = {name for step in may if step.cut_off for name in step.reasons[0].name.split(", ")}
    roots = [stage.name for stage in plan.stages if stage.name in above and plan.count("compute", stage.name)]
    parts = [_equal(roots)] if roots else []
    if not all(step.cut_off for step in may):
        parts.append("videos are rejected or fail above")
    return " or ".join(parts)


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _number(count: int, what: str) -> str:
    return f"{count} {what}" + ("" if count == 1 else "s")


def seconds(span: Span) -> str:
    """`3.2 s`; when it is a range `3.2 s to 4 min`, or `up to 4 min`."""
    return _range(span, _duration(span.least), _duration(span.most))


def dollars(span: Span) -> str:
    """The same in dollars."""
    low, high = (f"{value:.2f} USD" if value >= 0.1 else f"{value:.2g} USD" for value in (span.least, span.most))
    return _range(span, low, high)


def _range(span: Span, low: str, high: str) -> str:
    if low == high:
        return low
    return f"{low} to {high}" if span.least else f"up to {high}"


def _duration(value: float) -> str:
    if value < 120:
        return f"{value:.2g} s" if value < 10 else f"{value:.0f} s"
    return f"{value / 60:.0f} min" if value < 2 * 3600 else f"{value / 3600:.1f} h"
