"""The plan: for every stage and batch what is computed, what is reused, and why; nothing is computed.

It walks down the graph with the heads that will be current. Where everything above a video is settled it knows
the artifact's name, and so whether the artifact is there: that part is exact. Below a computation it cannot know
the name, and counts one artifact at most: the output may come out equal, or be rejected.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from fm_assets.planning.forecast import Forecast
from fm_assets.planning.reasons import Explainer, Reason
from fm_assets.settings import Settings
from fm_assets.stage import CORPUS, Item, Stage, name_artifacts
from fm_resources.lake import Head, Lake
from fm_resources.provenance import Producer
from fm_resources.registry import Registry

Action = Literal["compute", "may_compute", "restore", "rejected", "deferred"]
Round = tuple[str | None, list[Stage]]
"""A batch, or None for the corpus, and the stages that are run over it at once."""
ACTIONS: tuple[Action, ...] = ("compute", "may_compute", "restore", "rejected", "deferred")


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one video in one stage; a video whose artifact is current has no step.

    Attributes:
        video_id: The video, or `corpus`.
        action: `compute`, for certain; `may_compute`, at most, below a computation; `restore`, an artifact that is
            there becomes current again; `rejected`, a verdict that stands; `deferred`, it waits for a stage that is
            not run or for a video that failed.
        artifact_id: The name, empty where it is not known yet.
        reasons: Why.
        cut_off: For `may_compute`: whether it is reused if everything above comes out as it is now.
        moves: Whether another artifact becomes current.
    """

    video_id: str
    action: Action
    artifact_id: str
    reasons: tuple[Reason, ...]
    cut_off: bool = False
    moves: bool = False


@dataclass(frozen=True)
class Pair:
    """One stage of one batch.

    Attributes:
        stage: The stage.
        batch: The batch, or `corpus`.
        reused: Videos whose artifact is current and stays.
        steps: The others, in order of video id.
        gone: Videos that have a current artifact and will have none: superseded, rejected above, or deferred.
        noted: Whether the heads say already that they are made by what is wanted now.
    """

    stage: str
    batch: str
    reused: int
    steps: tuple[Step, ...]
    gone: tuple[str, ...] = ()
    noted: bool = True

    @cached_property
    def counts(self) -> Counter[str]:
        """Steps by action."""
        return Counter(step.action for step in self.steps)

    @property
    def at_most(self) -> int:
        """Computations at most."""
        return self.counts["compute"] + self.counts["may_compute"]

    @property
    def quiet(self) -> bool:
        """Whether running it would change nothing."""
        return self.noted and not self.gone and not self.at_most and not any(step.moves for step in self.steps)


@dataclass(frozen=True)
class WorkPlan:
    """What a run would do.

    Attributes:
        stages: The stages that were asked for, in the order that data flows.
        batches: The batches, in order of registration.
        producers: Stage -> its producer under the settings.
        pairs: What becomes of each stage of each batch, in the order in which a run takes them.
    """

    stages: tuple[Stage, ...]
    batches: tuple[str, ...]
    producers: Mapping[str, Producer]
    pairs: tuple[Pair, ...]

    @cached_property
    def by_stage(self) -> dict[str, list[Pair]]:
        """Stage -> its pairs, in the order that data flows."""
        found: dict[str, list[Pair]] = {stage.name: [] for stage in self.stages}
        for pair in self.pairs:
            found[pair.stage].append(pair)
        return found

    def count(self, action: Action, stage: str = "") -> int:
        """Steps of a kind, in a stage or in all."""
        return sum(pair.counts[action] for pair in (self.by_stage[stage] if stage else self.pairs))

    @property
    def rounds(self) -> list[Round]:
        """What has to be run: `(batch, its stages)`, the corpus last with None for a batch."""
        named = {stage.name: stage for stage in self.stages}
        found: dict[str, list[Stage]] = {}
        for pair in self.pairs:
            if not pair.quiet:
                found.setdefault(pair.batch, []).append(named[pair.stage])
        return [(None if batch == CORPUS else batch, stages) for batch, stages in found.items()]


def make_plan(
    graph: Sequence[Stage],
    stages: Sequence[Stage],
    batches: Sequence[str] | None,
    settings: Settings,
    lake: Lake,
    registry: Registry | None = None,
) -> WorkPlan:
    """Plans stages over batches.

    Args:
        graph: All stages, in the order that data flows.
        stages: Those that are asked for, in the same order; the others stay as they are.
        batches: Batch keys; default: all.
        settings: Settings that the producers are computed from.
        lake: The lake.
        registry: Its registry; default: read from the lake.
    """
    registry = registry or Registry.load(lake)
    keys = tuple(registry.batches if batches is None else batches)
    planner = _Planner(graph, {stage.name: stage.producer(settings) for stage in stages}, settings, lake, registry)
    pairs = [planner.plan(stage, key) for key in keys for stage in stages if not stage.corpus]
    if registry.batches:
        pairs += [planner.plan(stage, CORPUS) for stage in stages if stage.corpus]
    return WorkPlan(tuple(stages), keys, planner.producers, tuple(pairs))


@dataclass(frozen=True)
class _View:
    """The lake as it is expected to be, and the registry."""

    lake: Forecast
    registry: Registry


class _Planner:
    """Plans stage by stage, and remembers what it expects."""

    def __init__(
        self,
        graph: Sequence[Stage],
        producers: Mapping[str, Producer],
        settings: Settings,
        lake: Lake,
        registry: Registry,
    ) -> None:
        self.producers = producers
        self.settings = settings
        self.registry = registry
        self.forecast = Forecast(lake, registry, graph)
        self.view = _View(self.forecast, registry)
        self.explainer = Explainer(lake)

    def plan(self, stage: Stage, batch: str) -> Pair:
        producer = self.producers[stage.name]
        named = name_artifacts(stage, producer, batch, self.settings, self.view)
        file = self.forecast.now(stage.name, batch)
        now = file.heads
        above = (CORPUS, *self.registry.batches) if stage.corpus else (batch,)
        heads: dict[str, Head] = {}
        steps: list[Step] = []
        open_videos: list[str] = []
        reused = 0
        for video_id in named.wanted:
            item, current = named.items.get(video_id), now.get(video_id)
            pending = self.forecast.open_above(stage.upstream, above, video_id)
            if item is None:
                wanted = named.missing[video_id]
                why = self.explainer.why(stage, producer, video_id, wanted, current)
                step = _below(pending, video_id, why) if pending else Step(video_id, "compute", wanted.artifact_id, why)
            elif item.outcome == "deferred":
                steps.append(Step(video_id, "deferred", "", (Reason("waits", text=item.reason),)))
                continue
            elif pending:
                step = _below(pending, video_id, ())
            else:
                head = heads[video_id] = _head(item)
                if item.outcome == "rejected" or _moves(head, current):
                    steps.append(self._settled(producer, item, head, current))
                else:
                    reused += 1
                continue
            steps.append(step)
            open_videos.append(video_id)
            heads[video_id] = _assumed(item, current)
        self.forecast.expect(stage.name, batch, heads, open_videos)
        gone = tuple(sorted(now.keys() - heads.keys()))
        return Pair(stage.name, batch, reused, tuple(steps), gone, noted=named.recipe == file.recipe)

    def _settled(self, producer: Producer, item: Item, head: Head, current: Head | None) -> Step:
        """A step to an artifact that is there."""
        moves = _moves(head, current)
        reasons: tuple[Reason, ...] = (Reason("rejected", text=item.reason),)
        if item.outcome != "rejected":
            before = current.artifact_id if current else None
            changes = self.explainer.changes(producer, item.video_id, current) if current else ()
            reasons = (Reason("restored", producer.stage, before, head.artifact_id), *changes)
        return Step(
            item.video_id,
            item.outcome if item.outcome == "rejected" else "restore",
            head.artifact_id,
            reasons,
            moves=moves,
        )


def _below(pending: Sequence[str], video_id: str, why: tuple[Reason, ...]) -> Step:
    """A step below a computation; `why` are reasons that hold whatever comes out above, none if there are none."""
    return Step(video_id, "may_compute", "", (Reason("below", ", ".join(pending)), *why), cut_off=not why)


def _moves(head: Head, current: Head | None) -> bool:
    """Whether another artifact, or another verdict on it, becomes current; where a head came from does not count."""
    if current is None:
        return True
    return (head.artifact_id, head.data_version, head.status) != (
        current.artifact_id, current.data_version, current.status,
    )  # fmt: skip


def _head(item: Item) -> Head:
    return Head(item.artifact_id, item.data_version, "rejected" if item.outcome == "rejected" else "ok")


def _assumed(item: Item | None, current: Head | None) -> Head:
    """How an open video stands in for itself: as the artifact that equal output above would find, else as it is now.

    Always `ok`: were it taken for rejected, what is below would not be counted.
    """
    if item is not None:
        return Head(item.artifact_id, item.data_version, "ok")
    return replace(current, status="ok") if current is not None else Head("", "", "ok")
