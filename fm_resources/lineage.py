"""Lineages: the set of producers that an artifact and all that it was made from rest on.

A corpus has few of them, so that "what rests on this producer?" is a look at a handful of names, not a walk over
every artifact's inputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fm_resources.provenance import Receipt, content_hash


def lineages(receipts: Iterable[Receipt], known: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Producers behind each receipt, its own included.

    Args:
        receipts: Receipts in any order.
        known: Artifact id -> producers, of inputs that are not among the receipts; what is in neither adds nothing.

    Returns:
        Artifact id -> producer ids.
    """
    pending = {r.artifact_id: r for r in receipts}
    found: dict[str, frozenset[str]] = {}

    def resolve(name: str) -> frozenset[str]:
        if name not in found:
            if name not in pending:
                return known.get(name, frozenset())
            receipt = pending[name]
            above = [resolve(i.artifact_id) for i in receipt.inputs if i.artifact_id]
            found[name] = frozenset([receipt.producer.producer_id]).union(*above)
        return found[name]

    for name in pending:
        resolve(name)
    return found


def lineage_id(producers: frozenset[str]) -> str:
    """Name of a set of producers."""
    return content_hash(sorted(producers))
