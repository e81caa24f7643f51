"""Collection of what nothing reaches: artifacts that are not current, and that nothing current was made from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from fm_assets.pipeline import Pipeline
from fm_assets.upkeep.files import Progress, inputs_of
from fm_assets.upkeep.reach import closure, current, whole_videos
from fm_resources.inuse import alone
from fm_resources.lake import ArtifactName
from fm_resources.registry import Registry


class Unsound(RuntimeError):
    """What is current cannot be told, so nothing may be removed; the message says what to do."""


@dataclass(frozen=True)
class Waste:
    """What can go.

    Attributes:
        artifacts: Artifacts that nothing reaches: name -> bytes.
        aside: Damaged artifacts that were set aside.
        forgotten: Ids that the catalog knows and the lake holds no longer.
        kept: Artifacts that stay.
        kept_whole: Of those, the ones that stay since nothing of their video is removed.
    """

    artifacts: dict[ArtifactName, int] = field(default_factory=dict)
    aside: tuple[ArtifactName, ...] = ()
    forgotten: tuple[str, ...] = ()
    kept: int = 0
    kept_whole: int = 0

    def __bool__(self) -> bool:
        return bool(self.artifacts or self.aside or self.forgotten)

    @property
    def size(self) -> int:
        """Bytes of the artifacts that nothing reaches."""
        return sum(self.artifacts.values())

    def by_stage(self) -> list[dict[str, Any]]:
        """Artifacts and bytes per stage."""
        sizes: dict[str, list[int]] = defaultdict(list)
        for name, size in self.artifacts.items():
            sizes[name.stage].append(size)
        return [{"stage": s, "artifacts": len(sizes[s]), "bytes": sum(sizes[s])} for s in sorted(sizes)]


def collect(
    pipeline: Pipeline,
    agreed: Callable[[Waste], bool],
    *,
    idle: Callable[[], None],
    progress: Progress | None = None,
) -> tuple[Waste, int]:
    """Finds what can go, asks, and removes what still can go then; returns it, and the bytes that came free.

    The lake is not held while somebody thinks about the answer.

    Args:
        pipeline: Settings, lake, catalog and workers.
        agreed: Whether to remove what is shown to it.
        idle: Raises when a run is under way.
        progress: Called as work is done.

    Raises:
        LakeInUse: A run is under way.
        Unsound: What is current cannot be told.
    """
    with alone(pipeline.settings.home):
        idle()
        shown = find(pipeline, progress)
    if not shown or not agreed(shown):
        return shown, 0
    with alone(pipeline.settings.home):
        idle()
        now = find(pipeline, progress)
        both = {name: size for name, size in now.artifacts.items() if name in shown.artifacts}
        return shown, _remove(pipeline, Waste(both, now.aside, now.forgotten))


def find(pipeline: Pipeline, progress: Progress | None = None) -> Waste:
    """What can go.

    Raises:
        Unsound: A head file or a current artifact is damaged or missing, so that it does not say what it reaches.
    """
    lake, registry = pipeline.lake, Registry.load(pipeline.lake)
    there = list(lake.artifacts())
    found = current(lake)
    keep = whole_videos(found, registry)
    whole = {name for name in there if name.video_id in keep}
    broken = [str(path) for _, path in lake.broken_heads()]
    heads = {c.name for c in found}

    def inputs(names: Sequence[ArtifactName]) -> list[tuple[ArtifactName, ...]]:
        known = inputs_of(lake, names, pipeline.pool, progress)
        broken.extend(str(name) for name, made in zip(names, known, strict=True) if made is None and name in heads)
        return [made or () for made in known]

    reached = closure(whole | heads, inputs)
    if broken:
        raise Unsound(
            f"{len(broken)} of what is current cannot be read (the first is {broken[0]}), so it cannot be told what "
            "it was made from: `fm run` makes it anew, then try again"
        )
    sizes = {name: lake.size(name) for name in there if name not in reached}
    rows = pipeline.catalog.query("SELECT artifact_id FROM receipts_all")
    gone = sorted({row["artifact_id"] for row in rows} - {name.artifact_id for name in there})
    return Waste(sizes, tuple(lake.damaged()), tuple(gone), len(there) - len(sizes), len(whole))


def _remove(pipeline: Pipeline, waste: Waste) -> int:
    """Removes files first: what is gone from the lake and not yet from the catalog is found by the next call."""
    lake = pipeline.lake
    free = sum(lake.remove(name) for name in waste.artifacts)
    free += sum(lake.remove(name, aside=True) for name in waste.aside)
    lake.sweep()
    pipeline.catalog.forget([*waste.forgotten, *(name.artifact_id for name in waste.artifacts)])
    return free
