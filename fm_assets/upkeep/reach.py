"""What is current in main or in a variant, and what that was made from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from fm_assets.task import CORPUS
from fm_resources.lake import ArtifactName, Head, Lake
from fm_resources.registry import Registry

Inputs = Callable[[Sequence[ArtifactName]], Sequence[tuple[ArtifactName, ...]]]
"""The inputs of each of some artifacts."""


@dataclass(frozen=True)
class Current:
    """A current artifact: in which variant and batch, and its head."""

    variant: str
    batch: str
    name: ArtifactName
    head: Head


def current(lake: Lake) -> list[Current]:
    """All that is current, in main and in all variants."""
    return [Current(*entry) for entry in lake.every_head()]


def closure(roots: Iterable[ArtifactName], inputs: Inputs) -> set[ArtifactName]:
    """The roots and all that they were made from, through all stages."""
    reached: set[ArtifactName] = set()
    fresh = set(roots)
    while fresh:
        reached |= fresh
        fresh = {ref for refs in inputs(sorted(fresh)) for ref in refs} - reached
    return reached


def whole_videos(found: Sequence[Current], registry: Registry) -> set[str]:
    """Videos of which nothing is removed.

    A superseded video is closed: no head names it any more, and it stays auditable. A video that some stage failed
    at, or has not come to yet, has lost its heads in the stages below: what it had there is wanted again once the
    failure is mended. Stages that a variant never ran in any batch are not waited for.
    """
    keep = {v for v in registry.videos if registry.superseded_by(v)}
    rejected = {c.name.video_id for c in found if c.head.status == "rejected"}
    statuses: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    batches: dict[str, set[str]] = defaultdict(set)
    for entry in found:
        if entry.batch != CORPUS:
            statuses[entry.variant, entry.name.stage][entry.name.video_id] = entry.head.status
            batches[entry.variant].add(entry.batch)
    for (variant, _), status in statuses.items():
        videos = {v for batch in batches[variant] for v in registry.current(batch)}
        keep |= {v for v in videos - rejected if status.get(v) != "ok"}
    return keep
