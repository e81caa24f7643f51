"""What a plan would take, in seconds and money, from the receipts of earlier computations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fm_assets.planning.plan import Pair, WorkPlan
from fm_resources.catalog import Catalog
from fm_resources.data import data_file
from fm_resources.provenance import Producer

#: Receipts per producer that count, the newest ones: machines and files change.
NEWEST = 200


@dataclass(frozen=True)
class PerItem:
    """What one computation of a stage takes.

    Attributes:
        basis: `producer`, receipts of the same producer; `stage`, of the producer of this stage that worked last;
            `none`, there is no receipt to go by, and the figures mean nothing.
        receipts: How many.
        seconds: Mean seconds in a worker.
        cost_usd: Mean money for models.
    """

    basis: Literal["producer", "stage", "none"]
    receipts: int = 0
    seconds: float = 0.0
    cost_usd: float = 0.0

    def figures(self) -> dict[str, float]:
        """The figures, rounded."""
        return {"receipts": self.receipts, "seconds": round(self.seconds, 4), "cost_usd": round(self.cost_usd, 6)}


@dataclass(frozen=True)
class Span:
    """From the part of a plan that is certain to the most that it can be."""

    least: float
    most: float

    def __add__(self, other: Span) -> Span:
        return Span(self.least + other.least, self.most + other.most)

    def times(self, factor: float) -> Span:
        """Both ends by a factor."""
        return Span(self.least * factor, self.most * factor)

    def as_dict(self) -> dict[str, float]:
        """Plain form, rounded."""
        return {"least": round(self.least, 6), "most": round(self.most, 6)}


@dataclass(frozen=True)
class Estimate:
    """What a stage of a plan takes, or the whole plan.

    Attributes:
        work_s: Seconds of all workers together.
        wall_s: Seconds on the clock with the given number of workers, without Dagster's own.
        cost_usd: Money for models.
    """

    work_s: Span = Span(0, 0)
    wall_s: Span = Span(0, 0)
    cost_usd: Span = Span(0, 0)

    def __add__(self, other: Estimate) -> Estimate:
        return Estimate(self.work_s + other.work_s, self.wall_s + other.wall_s, self.cost_usd + other.cost_usd)

    def as_dict(self) -> dict[str, Any]:
        """Plain form for `--json`."""
        return {name: getattr(self, name).as_dict() for name in ("work_s", "wall_s", "cost_usd")}


@dataclass(frozen=True)
class Estimates:
    """Estimates of a plan.

    Attributes:
        per_item: Stage -> what one computation takes.
        stages: Stage -> what the plan's computations take; stages without any receipt are left out.
        workers: Worker processes that were reckoned with.
    """

    per_item: Mapping[str, PerItem]
    stages: Mapping[str, Estimate]
    workers: int

    @property
    def total(self) -> Estimate:
        """The sum over the stages that have an estimate."""
        return sum(self.stages.values(), Estimate())


def estimate(plan: WorkPlan, catalog: Catalog, workers: int) -> Estimates:
    """Estimates a plan from the catalog's receipts.

    Args:
        plan: The plan.
        catalog: The catalog, in step with the lake.
        workers: Worker processes.
    """
    query = (data_file("sql") / "plan" / "estimates.sql").read_text(encoding="utf-8")
    found: dict[str, list[dict[str, Any]]] = {}
    for row in catalog.query(query, {"newest": NEWEST}):
        found.setdefault(row["stage"], []).append(row)
    per_item = {name: per_item_of(producer, found.get(name, [])) for name, producer in plan.producers.items()}
    stages = {n: _stage(plan.by_stage[n], each, workers) for n, each in per_item.items() if each.basis != "none"}
    return Estimates(per_item, stages, workers)


def per_item_of(producer: Producer, rows: Sequence[Mapping[str, Any]]) -> PerItem:
    """What one computation takes: by the same producer's receipts, else by those of the producer that worked last.

    Receipts of another language model say nothing of this one's speed and price, and are not used.

    Args:
        producer: The stage's producer.
        rows: Rows of `sql/plan/estimates.sql` for the stage, newest first.
    """
    model = producer.parameters.get("llm", {}).get("model", "")
    same = [row for row in rows if row["producer_id"] == producer.producer_id]
    row = next(iter(same or [row for row in rows if row["model"] == model]), None)
    if row is None:
        return PerItem("none")
    return PerItem("producer" if same else "stage", row["receipts"], row["seconds"], row["cost_usd"])


def _stage(pairs: Sequence[Pair], each: PerItem, workers: int) -> Estimate:
    """A batch's videos are spread over the workers; batches follow one another."""
    videos = [Span(pair.counts["compute"], pair.at_most) for pair in pairs]
    turns = [Span(math.ceil(v.least / workers), math.ceil(v.most / workers)) for v in videos]
    work, wall = (sum(spans, Span(0, 0)) for spans in (videos, turns))
    return Estimate(work.times(each.seconds), wall.times(each.seconds), work.times(each.cost_usd))
