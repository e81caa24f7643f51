"""Which facts of two versions of a clip are about the same thing, and whether they still say the same of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from fm_assets.motion.claims import EVENT_S, QUANTITIES, TOLERANCE, TURN_DEG
from fm_assets.motion.vocabulary import from_other_side
from fm_assets.propagation.tubes import assign

Topic = tuple[str, str, str, str]
"""What a fact is about: kind, aspect of it, subject, object; tracks under names that both versions share."""

#: Facts about the same thing further apart than this are about two events, seconds.
APART_S = 1.0
#: Kinds whose fact claims the moment that is its number.
MOMENTS = ("appear", "disappear", "pass", "cross", "arm", "posture")


@dataclass(frozen=True)
class Said:
    """A fact of one version, told from the side and under the track names that both versions share.

    Attributes:
        row: Its row of `motion_scores`.
        topic: What it is about.
        value: What it says, told from the topic's subject.
    """

    row: Mapping[str, Any]
    topic: Topic
    value: str

    @property
    def measured(self) -> tuple[Any, ...]:
        """All that was measured, to find what did not change at all; frames are numbered, and follow from the times."""
        names = ("t0", "t1", "number", "unit", "margin", "confidence", "frame_of_reference")
        return (self.value, *(self.row[name] for name in names))


@dataclass(frozen=True)
class Statements:
    """The facts of two versions of a clip.

    Attributes:
        before: Those before, in the order of the rows.
        after: Those after.
        heirs: Fact id before -> fact id after, one to one.
    """

    before: Sequence[Said]
    after: Sequence[Said]
    heirs: Mapping[str, str]

    @cached_property
    def _known(self) -> tuple[dict[str, Said], dict[str, Said]]:
        return {f.row["fact_id"]: f for f in self.after}, {f.row["fact_id"]: f for f in self.before}

    def topics(self, fact_ids: Iterable[str], *, early: bool = False) -> frozenset[Topic]:
        """What facts are about; `early` ones are of the version before."""
        known = self._known[early]
        return frozenset(known[i].topic for i in fact_ids if i in known)

    def all_hold(self, before: Sequence[str], after: Sequence[str]) -> bool:
        """Whether every fact before has an heir, among those given, that says the same of things that are still called so.

        Not of no facts. What a thing is called are its class and colour.
        """
        later, earlier = self._known
        heirs = [(earlier[i], later.get(self.heirs.get(i, ""))) for i in before if i in earlier]
        return (
            bool(heirs)
            and all(
                heir is not None and heir.row["fact_id"] in after and same_statement(fact, heir) for fact, heir in heirs
            )
            and all(self._names[0][t] == self._names[1][t] for fact, _ in heirs for t in fact.topic[2:] if t)
        )

    @cached_property
    def _names(self) -> tuple[Mapping[str, frozenset[tuple[str, str]]], ...]:
        """Per version: track -> its class and colour."""
        found = []
        for facts in (self.before, self.after):
            names: dict[str, frozenset[tuple[str, str]]] = defaultdict(frozenset)
            for fact in facts:
                if fact.row["kind"] in ("class", "colour"):
                    names[fact.topic[2]] |= {(fact.row["kind"], fact.value)}
            found.append(names)
        return tuple(found)


def match_facts(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]], heirs: Mapping[str, str]
) -> Statements:
    """Matches facts of one kind about the same tracks that lie near each other in time; those that agree first.

    Args:
        before: Rows of `motion_scores` of one clip.
        after: Rows of another version of it.
        heirs: Track id before -> track id after.
    """
    forebears = {new: old for old, new in heirs.items()}
    said = [_said(row, {t: f"={t}" for t in heirs}, "-") for row in before]
    meant = [_said(row, {new: f"={old}" for new, old in forebears.items()}, "+") for row in after]
    groups: dict[Topic, tuple[list[Said], list[Said]]] = defaultdict(lambda: ([], []))
    for side, facts in enumerate((said, meant)):
        for fact in facts:
            groups[fact.topic][side].append(fact)
    found: dict[str, str] = {}
    for old, new in groups.values():
        weights = np.array([[_nearness(a, b) for b in new] for a in old]).reshape(len(old), len(new))
        found |= {old[i].row["fact_id"]: new[j].row["fact_id"] for i, j in assign(weights)}
    return Statements(said, meant, found)


def same_statement(a: Said, b: Said) -> bool:
    """Whether two facts about the same thing say the same, within what the verifier lets pass for right.

    Lengths, speeds and periods agree within 10 % of the larger one, events within 0.35 s, turns within 20 degrees; all
    other values must be equal.
    """
    kind = a.row["kind"]
    x, y = a.row["number"], b.row["number"]
    if kind in QUANTITIES:
        return abs(x - y) <= TOLERANCE * max(abs(x), abs(y))
    if a.value != b.value:
        return False
    if kind in MOMENTS and None not in (x, y):
        return abs(x - y) <= EVENT_S[0]
    if kind == "turn":
        return abs(abs(x) - abs(y)) <= TURN_DEG[0]
    return True


def fact_words(row: Mapping[str, Any]) -> str:
    """A fact in words: `direction of t0 = left, 0.0-7.9 s`."""
    who, other = (row[name] and row[name].rpartition(".")[2] for name in ("subject_track_id", "object_track_id"))
    about = f" of {who}" if who else ""
    about += f" to {other}" if other else ""
    unit = f" {row['unit']}" if row["unit"] and row["kind"] in QUANTITIES else ""
    return f"{row['kind']}{about} = {row['value']}{unit}, {row['t0']:.1f}-{row['t1']:.1f} s"


def _said(row: Mapping[str, Any], shared: Mapping[str, str], own: str) -> Said:
    """A fact under shared names; a track without a partner has a name that only its own version knows."""
    subject, other = (
        "" if row[name] is None else shared.get(row[name], own + row[name])
        for name in ("subject_track_id", "object_track_id")
    )
    value = row["value"]
    if other and other < subject:
        subject, other, value = other, subject, from_other_side(row["kind"], value)
    return Said(row, (row["kind"], _aspect(row["kind"], value), subject, other), value)


def _aspect(kind: str, value: str) -> str:
    """What part of a kind a value is about: whose number, which hand, which axis; of others there is one."""
    match kind:
        case "count" | "wave_count":
            return value.rpartition(":")[0]
        case "arm":
            return value.partition("_")[0]
        case "relative_position":
            return "across" if value in ("left_of", "right_of") else "along"
    return ""


def _nearness(a: Said, b: Said) -> float:
    """Weight of a pair: 0 apart in time, up to 1 for the same time, 2 more where both say the same."""
    gap = max(a.row["t0"], b.row["t0"]) - min(a.row["t1"], b.row["t1"])
    if gap > APART_S:
        return 0.0
    off = abs(a.row["t0"] - b.row["t0"]) + abs(a.row["t1"] - b.row["t1"])
    return 2.0 * same_statement(a, b) + 1.0 / (1.0 + off)
