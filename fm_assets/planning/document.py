"""A plan as a document: what `--json` prints, what `--out` saves, and what a saved one is held against."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from fm_assets.planning.estimate import Estimates
from fm_assets.planning.plan import ACTIONS, Step, WorkPlan
from fm_assets.planning.reasons import Reason, producer_changes
from fm_resources.lake import MAIN
from fm_resources.provenance import Producer

FORMAT = 1
#: What a saved plan is held against.
NEEDED = {"variant", "stages", "batches", "steps", "producers"}


class PlanError(RuntimeError):
    """A saved plan that cannot be executed; the message says why and what to do."""


def document(plan: WorkPlan, estimates: Estimates, variant: str = MAIN) -> dict[str, Any]:
    """A plan in plain form.

    Returns:
        `format`; `variant`, whose plan it is; `stages` and `batches`, what was asked for; `summary`, a row per stage with counts, reasons and
        estimate; `total`; `run`, the stages of each batch that a run would take; `steps`, every video that is not
        simply reused; `producers`, in full.
    """
    return {
        "format": FORMAT,
        "variant": variant,
        "stages": [stage.name for stage in plan.stages],
        "batches": list(plan.batches),
        "summary": [_summary(plan, stage.name, estimates) for stage in plan.stages],
        "total": {
            **{action: plan.count(action) for action in ACTIONS},
            "reuse": sum(pair.reused for pair in plan.pairs),
            "estimate": estimates.total.as_dict(),
            "without_estimate": unknown(plan, estimates),
            "workers": estimates.workers,
        },
        "run": [{"batch": batch, "stages": [s.name for s in stages]} for batch, stages in plan.rounds],
        "steps": list(_steps(plan)),
        "producers": {name: producer.as_dict() for name, producer in plan.producers.items()},
    }


def unknown(plan: WorkPlan, estimates: Estimates) -> list[str]:
    """Stages with work in the plan for which no receipt says how long it takes."""
    return [
        s.name for s in plan.stages if s.name not in estimates.stages and any(p.at_most for p in plan.by_stage[s.name])
    ]


def _summary(plan: WorkPlan, stage: str, estimates: Estimates) -> dict[str, Any]:
    pairs = plan.by_stage[stage]
    each, known = estimates.per_item[stage], estimates.stages.get(stage)
    return {
        "stage": stage,
        "producer_id": plan.producers[stage].producer_id,
        **{action: plan.count(action, stage) for action in ACTIONS},
        "cut_off_if_equal": sum(step.cut_off for pair in pairs for step in pair.steps),
        "reuse": sum(pair.reused for pair in pairs),
        "why": [{"action": a, **_common(r), "videos": n} for a, r, n in grouped(s for p in pairs for s in p.steps)],
        "estimate": known.as_dict() if known else None,
        "per_video": {"basis": each.basis, **(each.figures() if known else {})},
    }


def grouped(steps: Iterable[Step]) -> list[tuple[str, Reason, int]]:
    """Reasons that read the same, with the action and the number of videos, the most frequent first."""
    found: dict[tuple[str, str, str], tuple[Reason, int]] = {}
    for step in steps:
        for reason in step.reasons:
            key = (step.action, reason.kind, str(reason))
            first, number = found.get(key, (reason, 0))
            found[key] = (first, number + 1)
    ordered = sorted(found.items(), key=lambda entry: (ACTIONS.index(entry[0][0]), -entry[1][1], entry[0]))
    return [(action, reason, number) for (action, _, _), (reason, number) in ordered]


def _common(reason: Reason) -> dict[str, Any]:
    """A reason without the artifacts, of which every video has its own."""
    values = reason.as_dict()
    if reason.kind in ("input", "restored"):
        del values["before"], values["after"]
    return values


def _steps(plan: WorkPlan) -> Iterator[dict[str, Any]]:
    for pair in plan.pairs:
        for step in pair.steps:
            yield {
                "stage": pair.stage,
                "batch": pair.batch,
                "video_id": step.video_id,
                "action": step.action,
                "artifact_id": step.artifact_id,
                "cut_off_if_equal": step.cut_off,
                "reasons": [reason.as_dict() for reason in step.reasons],
            }
        for video_id in pair.gone:
            yield {"stage": pair.stage, "batch": pair.batch, "video_id": video_id, "action": "drop"}


# -- saved plans -----------------------------------------------------------------------------------


def save(plan: Mapping[str, Any], path: Path) -> None:
    """Writes a plan's document.

    Raises:
        PlanError: The file cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(json.dumps(plan, indent=1, ensure_ascii=False), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise PlanError(f"--out {path}: the plan cannot be written ({error.strerror}): name a file elsewhere") from None


def load(path: Path) -> dict[str, Any]:
    """Reads a saved plan.

    Raises:
        PlanError: There is no such file, or it holds no plan.
    """
    try:
        plan = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlanError(
            f"{path}: the plan cannot be read ({error.strerror}): `fm plan --out {path}` writes one"
        ) from None
    except ValueError:
        plan = None
    if not isinstance(plan, dict) or plan.get("format") != FORMAT or not NEEDED.issubset(plan):
        raise PlanError(f"{path} holds no plan of this version of fm: `fm plan --out {path}` writes one")
    return plan


def hold_against(saved: Mapping[str, Any], plan: WorkPlan, path: Path) -> None:
    """Refuses a saved plan when the configuration or the lake moved since.

    Raises:
        PlanError: It would no longer do what it says; the message names the first difference.
    """
    for name, producer in plan.producers.items():
        before = Producer(**saved["producers"][name])
        changes = [str(reason) for reason in producer_changes(before, producer)]
        if changes:
            raise PlanError(
                f"{path} no longer holds: the configuration of {name} moved since ({'; '.join(changes)}); give the "
                f"same settings and --set as then, or plan again with `fm plan --out {path}`"
            )
    then, now = ({_key(step): step for step in steps} for steps in (saved["steps"], _steps(plan)))
    moved = [key for key in sorted({*then, *now}) if _deed(then.get(key)) != _deed(now.get(key))]
    if moved:
        stage, batch, video_id = moved[0]
        more = f" and {len(moved) - 1} more" if len(moved) > 1 else ""
        raise PlanError(
            f"{path} no longer holds: the lake moved since ({stage} of {video_id} in batch {batch}: "
            f"{_deed(then.get(moved[0]))[0]}, now {_deed(now.get(moved[0]))[0]}{more}); plan again with "
            f"`fm plan --out {path}`"
        )


def _key(step: Mapping[str, Any]) -> tuple[str, str, str]:
    return step["stage"], step["batch"], step["video_id"]


def _deed(step: Mapping[str, Any] | None) -> tuple[str, str]:
    """What a step does and to what; a video without a step is reused."""
    return ("reuse", "") if step is None else (step["action"], step.get("artifact_id", ""))
