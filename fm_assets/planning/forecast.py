"""What will be current: the lake's heads, with those that a plan is going to move put in their place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from fm_assets.stage import CORPUS, Known, Stage
from fm_resources.lake import Head, HeadFile, Lake
from fm_resources.provenance import Status
from fm_resources.registry import Registry


@dataclass(frozen=True, slots=True)
class Vouched:
    """A whole artifact that a head vouches for, so that its receipt need not be read; a plan counts no rows."""

    status: Status
    data_version: str
    rows: int = 0
    reason: str = ""


class Forecast:
    """Heads as a plan expects them, stage by stage; where it says nothing, those of the lake.

    An **open** video is one whose artifact is computed first, or may be. What is below it is named as though it
    came out as it is now: that name is there exactly if equal output above would cut the work off.

    Args:
        lake: The lake.
        registry: Its registry.
        graph: All stages.
    """

    def __init__(self, lake: Lake, registry: Registry, graph: Sequence[Stage]) -> None:
        self.lake = lake
        self.registry = registry
        self.stages = tuple(stage.name for stage in graph)
        self._now: dict[tuple[str, str], HeadFile] = {}
        self._expected: dict[tuple[str, str], Mapping[str, Head]] = {}
        self._open: dict[tuple[str, str], frozenset[str]] = {}

    def now(self, stage: str, batch: str) -> HeadFile:
        """What is current in the lake, read once."""
        key = (stage, batch)
        if key not in self._now:
            self._now[key] = self.lake.head_file(stage, batch)
        return self._now[key]

    def expect(self, stage: str, batch: str, heads: Mapping[str, Head], open_videos: Iterable[str]) -> None:
        """Says what will be current in a stage of a batch, and which of it is not known yet."""
        self._expected[stage, batch] = heads
        self._open[stage, batch] = frozenset(open_videos)

    def open_above(self, stages: Sequence[str], batches: Collection[str], video_id: str) -> tuple[str, ...]:
        """Those of the stages in which the video, or for the corpus any video, is open."""
        found = []
        for name in stages:
            for batch in batches:
                videos = self._open.get((name, batch))
                if videos and (video_id == CORPUS or video_id in videos):
                    found.append(name)
                    break
        return tuple(found)

    # -- what names are made from: the `Shelf` of stage.py -------------------------------------------

    def heads(self, stage: str, batch: str) -> Mapping[str, Head]:
        """What will be current; an open video stands with what it has now."""
        found = self._expected.get((stage, batch))
        return self.now(stage, batch).heads if found is None else found

    def rejected(self, batch: str) -> Set[str]:
        """Videos of a batch that some stage rejects: as planned, else as it did last."""
        return {v for s in self.stages for v, head in self.heads(s, batch).items() if head.status == "rejected"}

    def read_receipt(self, stage: str, video_id: str, artifact_id: str) -> Known | None:
        """What is known of a complete artifact; only those that are not current as they should be are opened."""
        batch = CORPUS if video_id == CORPUS else self.registry.videos[video_id].batch
        head = self.now(stage, batch).heads.get(video_id)
        if head is not None and head.artifact_id == artifact_id and head.status == "ok":
            whole = self.lake.is_whole(stage, video_id, artifact_id)
            return Vouched(head.status, head.data_version) if whole else None
        return self.lake.read_receipt(stage, video_id, artifact_id)
