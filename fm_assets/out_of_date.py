"""Targeted rematerialization: a batch is rebuilt when it would now be made by, or from, something else.

The lake says it, not the order of events: each batch's heads carry the recipe that they were made by, and a batch
is out of date while the recipe of now differs. So a change that arrives in the middle of a run, two changes in a
row, or a change and its reversal cannot be missed, and equal rows above end the matter: they make an equal recipe.

Annotations are not postponed here: Dagster reads those of conditions.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

import dagster as dg

from fm_assets.pipeline import lake_of
from fm_assets.settings import Settings
from fm_assets.stage import CORPUS, Stage, recipe, wanted_inputs
from fm_resources.lake import Lake
from fm_resources.registry import Registry

#: How often a batch is asked for by the same recipe: a run that dies is repeated, but not for ever.
TRIES = 3

_AC: Any = dg.AutomationCondition


@dataclass(frozen=True)
class Look:
    """The lake and its registry at one moment."""

    lake: Lake
    registry: Registry


class OutOfDate(dg.AutomationCondition[dg.AssetKey]):
    """True for batches whose heads were made by another recipe than they would be made by now.

    A batch waits while something above it is out of date too: what is built twice costs twice. Only heads are read,
    no artifact. The cursor keeps how often each batch was asked for by which recipe.

    Args:
        stage: The stage.
        settings: Settings that the definitions were built from.
    """

    def __init__(self, stage: Stage, settings: Settings) -> None:
        self.stage = stage
        self.producer = stage.producer(settings)
        self.lake = lake_of(settings)
        self.given_up: dict[str, str] = {}  # batch -> recipe that was asked for often enough
        self._registry = ("", Registry())

    @property
    def name(self) -> str:
        """Stable across processes: the cursor is kept by it."""
        return "out_of_date"

    @property
    def description(self) -> str:
        """Shown in the UI."""
        return "Would now be made by another producer, or from other data"

    def evaluate(self, context: dg.AutomationContext) -> dg.AutomationResult:
        """Asks for candidates that are out of date, at most `TRIES` times by the same recipe."""
        asked: dict[str, list[Any]] = json.loads(context.cursor or "{}")
        view = View(context.asset_graph_view)
        due = set()
        for partition in context.candidate_subset.expensively_compute_asset_partitions():
            batch = partition.partition_key or CORPUS
            wanted = view.wanted(self, batch)
            before, tries = asked.pop(batch, ["", 0])
            if not wanted:
                continue
            tries = tries if before == wanted else 0
            if tries < TRIES and not view.waits(context.key, batch):
                due.add(partition)
                tries += 1
            asked[batch] = [wanted, tries]
        self.given_up = {batch: wanted for batch, (wanted, tries) in asked.items() if tries >= TRIES}
        subset = context.asset_graph_view.get_asset_subset_from_asset_partitions(context.key, due)
        return dg.AutomationResult(context, subset, cursor=json.dumps(asked, sort_keys=True))

    def look(self) -> Look:
        """The lake of now; the registry is read anew when a document was added."""
        stamp = Registry.stamp(self.lake)
        if self._registry[0] != stamp:
            self._registry = (stamp, Registry.load(self.lake))
        return Look(self.lake, self._registry[1])


class View:
    """What is out of date in one tick: asked by every asset for all above it, found out once.

    Args:
        graph: Dagster's view of the tick.
    """

    _of_tick: ClassVar[WeakKeyDictionary[Any, dict[Any, Any]]] = WeakKeyDictionary()

    def __init__(self, graph: Any) -> None:
        self.graph = graph
        self.known = self._of_tick.setdefault(graph, {})

    def wanted(self, condition: OutOfDate, batch: str) -> str:
        """The recipe to make a batch by; empty while its heads were made by it, or what it rests on is held."""
        key = (id(condition), batch)
        if key not in self.known:
            look, stage = self.look(condition), condition.stage
            held = not stage.corpus and any(look.lake.head_file(name, batch).held for name in stage.upstream)
            wanted = "" if held else recipe(condition.producer, wanted_inputs(stage, batch, look))
            made_by = look.lake.head_file(stage.name, CORPUS if stage.corpus else batch).recipe
            self.known[key] = "" if wanted == made_by else wanted
        return self.known[key]

    def waits(self, asset: dg.AssetKey, batch: str) -> bool:
        """Whether anything above a batch is out of date, but for what was asked for often enough."""
        key = (asset, batch)
        if key not in self.known:
            self.known[key] = any(
                self.wanted(above, there) not in ("", above.given_up.get(there)) or self.waits(parent, there)
                for parent, above in self._above(asset)
                for there in self._batches(above, batch)
            )
        return self.known[key]

    def look(self, condition: OutOfDate) -> Look:
        """One look per lake and tick."""
        key = condition.lake.url, condition.lake.variant
        if key not in self.known:
            self.known[key] = condition.look()
        return self.known[key]

    def _batches(self, above: OutOfDate, batch: str) -> Iterable[str]:
        """Batches of an asset above that a batch, or the corpus, rests on."""
        if above.stage.corpus:
            return (CORPUS,)
        return self.look(above).registry.batches if batch == CORPUS else (batch,)

    def _above(self, asset: dg.AssetKey) -> Iterator[tuple[dg.AssetKey, OutOfDate]]:
        for parent in sorted(self.graph.asset_graph.get(asset).parent_keys):
            yield from ((parent, c) for c in _leaves(self.graph.asset_graph.get(parent).automation_condition))


def _leaves(condition: Any) -> Iterator[OutOfDate]:
    """The conditions of ours in a tree of conditions."""
    if isinstance(condition, OutOfDate):
        yield condition
    for child in condition.children if condition is not None else ():
        yield from _leaves(child)


def rematerialize(stage: Stage, settings: Settings) -> dg.AutomationCondition[dg.AssetKey]:
    """The condition of a stage's asset.

    Nothing above may be missing or at work, nor the batch itself; then it is asked for when it is out of date,
    or once when Dagster does not know it (an instance that was deleted learns what the lake holds).
    """
    unknown = _AC.missing().newly_true().since(_AC.newly_requested())
    idle = ~_AC.any_deps_missing() & ~_AC.in_progress() & ~_AC.any_deps_in_progress()
    # the order counts: candidates of `OutOfDate` are those that are free, so what it asks for is launched
    return (idle & (OutOfDate(stage, settings) | unknown)).with_label("data or code above changed")
