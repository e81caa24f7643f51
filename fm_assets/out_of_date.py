"""Targeted rematerialization: a batch is rebuilt when it would now be made by, or from, something else.

The lake says it, not the order of events: each batch's heads carry the recipe that they were made by, and a batch
is out of date while the recipe of now differs. So a change that arrives in the middle of a run, two changes in a
row, or a change and its reversal cannot be missed, and equal rows above end the matter: they make an equal recipe.

Annotations are not postponed here: Dagster reads those of conditions.
"""

import json
from dataclasses import dataclass
from typing import Any

import dagster as dg

from fm_assets.settings import Settings
from fm_assets.stage import CORPUS, Stage, recipe, wanted_inputs
from fm_resources.lake import Lake
from fm_resources.provenance import Producer
from fm_resources.registry import Registry

#: How often a batch is asked for by the same recipe: a run that dies is repeated, but not for ever.
TRIES = 3

_AC: Any = dg.AutomationCondition


@dataclass(frozen=True)
class Look:
    """The lake and its registry at one moment."""

    lake: Lake
    registry: Registry

    def wanted(self, stage: Stage, producer: Producer, batch: str) -> str:
        """The recipe to make a batch by; empty while its heads were made by it, or what it rests on is held."""
        if not stage.corpus and any(self.lake.head_file(name, batch).held for name in stage.upstream):
            return ""
        wanted = recipe(producer, wanted_inputs(stage, batch, self))
        return "" if self.lake.head_file(stage.name, batch).recipe == wanted else wanted


class OutOfDate(dg.AutomationCondition[dg.AssetKey]):
    """True for batches whose heads were made by another recipe than they would be made by now.

    Reads heads alone, no artifact. The cursor keeps how often each batch was asked for by which recipe.

    Args:
        stage: The stage.
        settings: Settings that the definitions were built from.
    """

    def __init__(self, stage: Stage, settings: Settings) -> None:
        self.stage = stage
        self.producer = stage.producer(settings)
        self.lake = Lake(settings.lake_url)
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
        look = Look(self.lake, self._read_registry())
        due = set()
        for partition in context.candidate_subset.expensively_compute_asset_partitions():
            batch = partition.partition_key or CORPUS
            wanted = look.wanted(self.stage, self.producer, batch)
            before, tries = asked.pop(batch, ["", 0])
            if wanted:
                tries = tries if before == wanted else 0
                if tries < TRIES:
                    due.add(partition)
                asked[batch] = [wanted, tries + 1]
        subset = context.asset_graph_view.get_asset_subset_from_asset_partitions(context.key, due)
        return dg.AutomationResult(context, subset, cursor=json.dumps(asked, sort_keys=True))

    def _read_registry(self) -> Registry:
        """The registry, read anew when a document was added."""
        stamp = Registry.stamp(self.lake)
        if self._registry[0] != stamp:
            self._registry = (stamp, Registry.load(self.lake))
        return self._registry[1]


def rematerialize(stage: Stage, settings: Settings) -> dg.AutomationCondition[dg.AssetKey]:
    """The condition of a stage's asset.

    Nothing above may be missing or at work, nor the batch itself; then it is asked for when it is out of date,
    or once when Dagster does not know it (an instance that was deleted learns what the lake holds).
    """
    unknown = _AC.missing().newly_true().since(_AC.newly_requested())
    idle = ~_AC.any_deps_missing() & ~_AC.in_progress() & ~_AC.any_deps_in_progress()
    # the order counts: candidates of `OutOfDate` are those that are free, so what it asks for is launched
    return (idle & (OutOfDate(stage, settings) | unknown)).with_label("data or code above changed")
