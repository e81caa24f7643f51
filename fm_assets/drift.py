"""A batch against its previous version: what changed, and whether figures of quality jumped. Reads receipts alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from fm_assets.checks import Batch, Check, Outcome, Versions
from fm_resources.lake import Lake
from fm_resources.provenance import Receipt

#: A figure jumped when it moved by more than this share of what it was.
JUMP = 0.25

Figure = Callable[[Lake, Sequence[Receipt]], float | None]
"""A figure of quality over the receipts of a batch; None where it has no denominator."""


def summary(found: Versions) -> str:
    """`9 of 60 videos changed, 412 rows -> 398`: the batch against its previous version."""
    if not found.after:
        return "no previous version"
    rows = f"{sum(r.rows for r in found.before)} rows -> {sum(r.rows for r in found.after)}"
    return f"{found.changed} of {len(found.after)} videos changed, {rows}"


def rows_per(stage: str) -> Figure:
    """Rows per row of a stage that they were made from."""

    def figure(lake: Lake, receipts: Sequence[Receipt]) -> float | None:
        inputs = [i for r in receipts for i in r.inputs if i.stage == stage]
        found = [lake.read_receipt(i.stage, i.video_id, i.artifact_id) for i in inputs]
        below = sum(r.rows for r in found if r is not None)
        return sum(r.rows for r in receipts) / below if below else None

    return figure


def abstention_rate(lake: Lake, receipts: Sequence[Receipt]) -> float | None:
    """Share of statements that were withheld for want of evidence, as the receipts count them."""
    withheld = sum(sum(r.counts.values()) for r in receipts)
    stated = sum(r.rows for r in receipts)
    return withheld / (withheld + stated) if withheld + stated else None


def drift_check(figures: Mapping[str, Figure]) -> Check:
    """A warning when one of the figures jumps against the batch's previous version."""

    def run(batch: Batch) -> Outcome:
        found = batch.versions
        shown: dict[str, float | int | str] = {"videos": len(found.after), "changed": found.changed}
        jumped = []
        for name, figure in figures.items():
            before, after = figure(batch.lake, found.before), figure(batch.lake, found.after)
            if before is None or after is None:
                continue
            shown |= {f"{name}_before": round(before, 3), name: round(after, 3)}
            if abs(after - before) > JUMP * before:
                jumped.append(name)
        return Outcome(not jumped, {**shown, "jumped": ", ".join(jumped)})

    return Check(
        "steady",
        f"{', '.join(name.replace('_', ' ') for name in figures)}: none moved by more than {JUMP:.0%} against the "
        "previous version.",
        run,
        blocking=False,
    )
