"""The audit of a producer: what it made, and everything that rests on it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from fm_assets.audit.lookup import find, with_producer
from fm_assets.graph import STAGES
from fm_resources.catalog import Catalog

#: Columns of `producer.sql` that count artifacts, one row per status.
_COUNTED = ("status", "artifacts", "videos", "rows", "first_started", "last_started", "seconds", "cost_usd")


@dataclass(frozen=True)
class ProducerAudit:
    """A producer and what rests on it.

    Attributes:
        producer: Stage, logic version, parameters, libraries, weights.
        made: Its own artifacts by status: how many, of how many videos, rows, time and cost.
        below: Its own stage and those below, in the order that data flows: artifacts and rows whose chain holds
            one of its artifacts, all and current ones.
        splits: Current questions among them by split.
    """

    producer: dict[str, Any]
    made: list[dict[str, Any]]
    below: list[dict[str, Any]]
    splits: list[dict[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        """Plain form for `--json`."""
        return asdict(self)


def audit_producer(catalog: Catalog, name: str) -> ProducerAudit:
    """Everything that rests on a producer, such as one version of the tracker.

    Args:
        catalog: The catalog.
        name: The producer's id or the sha256 of its weights, or a beginning that only it has.

    Raises:
        UnknownItem: There is no such producer, or several begin so.
    """
    with catalog.asking(scans=True) as ask:
        hint = "`fm sql 'SELECT producer_id, stage FROM producers'` lists them"
        producer_id = find(ask, "producer_find", name, "producer", hint)["id"]
        made = ask("producer", producer_id=producer_id)
        below = ask("producer_below", producer_id=producer_id)
        splits = ask("producer_splits", producer_id=producer_id)
    producer = with_producer({k: v for k, v in made[0].items() if k not in _COUNTED})
    order = {stage.name: number for number, stage in enumerate(STAGES)}
    return ProducerAudit(
        producer,
        [{k: row[k] for k in _COUNTED} for row in made if row["status"] is not None],
        sorted(below, key=lambda row: order.get(row["stage"], len(order))),
        splits,
    )
