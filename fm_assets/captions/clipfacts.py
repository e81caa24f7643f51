"""The facts of one clip, held so that writers and verifier find them at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator
from functools import cached_property
from typing import Any, NamedTuple

import pyarrow as pa

from fm_assets.motion.compatibility import ANY_CLASS
from fm_assets.motion.vocabulary import from_other_side
from fm_assets.tracks.parts import is_part

_COLUMNS = (
    "fact_id", "clip_id", "kind", "subject_track_id", "object_track_id", "t0", "t1", "value", "number", "margin",
)  # fmt: skip

#: Tolerance in seconds within which two moments are one.
SAME_MOMENT_S = 0.15

#: Moments this close to the start or end of a clip are called so, seconds.
EDGE_S = 0.5

#: Kinds that tell how a track begins and ends, and when that is.
_ENDS = {"appear": "start", "disappear": "end"}


class Fact(NamedTuple):
    """One row of `motion_scores`, without what the writers do not need."""

    fact_id: str
    clip_id: str
    kind: str
    subject: str | None
    object: str | None
    t0: float
    t1: float
    value: str
    number: float | None
    margin: float


class ClipFacts:
    """Facts of one clip; `usable` ones reach the margin, and only they are spoken of.

    Args:
        clip_id: The clip.
        facts: All its facts, in canonical order.
        min_margin: Smallest margin of a usable fact, in standard errors.
    """

    def __init__(self, clip_id: str, facts: list[Fact], min_margin: float) -> None:
        self.clip_id = clip_id
        self.facts = facts
        self.min_margin = min_margin
        self.memo: dict[Hashable, Any] = {}  # what readers found out of this clip: names, noun phrases
        self.margins = {f.fact_id: f.margin for f in facts}
        self.tracks = sorted({t for f in facts for t in (f.subject, f.object) if t is not None}, key=_natural)
        self._hidden: set[tuple[str | None, str]] = {
            (f.subject, _ENDS[f.kind]) for f in facts if f.kind in _ENDS and f.value == "occluded"
        }
        self._misnamed: set[str | None] = set()
        self._by_subject: dict[tuple[str, str | None], list[Fact]] = defaultdict(list)
        self._by_pair: dict[tuple[str, str, str], list[Fact]] = defaultdict(list)
        self._between: dict[tuple[str, str, str], list[Fact]] = {}
        self._regions: dict[str | None, list[Fact]] = defaultdict(list)
        self._relations: dict[tuple[str, ...], list[float]] = defaultdict(list)
        for fact in facts:
            if fact.kind == "region":
                self._regions[fact.subject].append(fact)
            elif fact.kind == "relative_position":
                self._relations[tuple(sorted((fact.subject or "", fact.object or "")))].append(fact.t0)
            if fact.margin < min_margin:
                if fact.kind == "class" and fact.value != ANY_CLASS:
                    self._misnamed.add(fact.subject)
                continue
            if fact.subject is not None and fact.object is not None:
                self._by_pair[fact.kind, fact.subject, fact.object].append(fact)
            else:
                self._by_subject[fact.kind, fact.subject].append(fact)

    def of(self, kind: str, subject: str | None) -> list[Fact]:
        """Usable facts of one kind about one track (None: the whole clip), by time."""
        return self._by_subject.get((kind, subject), [])

    def between(self, kind: str, subject: str, other: str) -> list[Fact]:
        """Usable facts of one kind about a pair, by time, told from the subject's side however they are stored."""
        asked = (kind, subject, other)
        if asked not in self._between:
            self._between[asked] = self._both_ways(kind, subject, other)
        return self._between[asked]

    def _both_ways(self, kind: str, subject: str, other: str) -> list[Fact]:
        found = list(self._by_pair.get((kind, subject, other), ()))
        known = {(f.t0, f.value) for f in found}
        for fact in self._by_pair.get((kind, other, subject), ()):
            value = from_other_side(kind, fact.value)
            if (fact.t0, value) not in known:
                found.append(fact._replace(subject=subject, object=other, value=value))
        return sorted(found, key=lambda f: (f.t0, f.value))

    def main(self, kind: str, subject: str) -> Fact | None:
        """The usable fact of this kind that covers most time; None where there is none."""
        found = self.of(kind, subject)
        if len(found) < 2:
            return found[0] if found else None
        return max(found, key=lambda f: (f.t1 - f.t0, f.margin))

    def whole_way(self, kind: str, subject: str) -> Fact | None:
        """`main` of how far an object goes; None where it was hidden at either end, for nobody saw all of its way."""
        return None if {(subject, "start"), (subject, "end")} & self._hidden else self.main(kind, subject)

    def value(self, kind: str, subject: str) -> str | None:
        """The value of `main`, or None."""
        fact = self.main(kind, subject)
        return fact.value if fact else None

    @cached_property
    def end_s(self) -> float:
        """The latest moment that any fact speaks of, seconds from the clip's start."""
        return max((f.t1 for f in self.facts), default=0.0)

    def misnamed(self, subject: str) -> bool:
        """Whether a class was found that is not sure enough to be said; then the object has no name at all."""
        return subject in self._misnamed

    def region_at(self, subject: str, when: str) -> Fact | None:
        """The usable region fact at the track's start or end (`when`: `start`, `middle`, `end`).

        None, too, where the track begins or ends hidden: where its object really came or went nobody saw.
        """
        if (subject, when) in self._hidden:
            return None
        fact = _at(self._regions.get(subject, []), when)
        return fact if fact and fact.margin >= self.min_margin else None

    def at_edge(self, fact: Fact) -> bool:
        """Whether a fact's moment is the clip's own start or end, and not that of an object that comes or goes."""
        return min(fact.t0, self.end_s - fact.t0) < EDGE_S

    def place_throughout(self, subject: str) -> str:
        """The region that a track is in at all known moments; empty where it changes or is not certain."""
        known = self._regions.get(subject, [])
        values = {f.value for f in known}
        return known[0].value if len(values) == 1 and all(f.margin >= self.min_margin for f in known) else ""

    def relation_at(self, subject: str, other: str, when: str) -> list[Fact]:
        """Usable relative positions of a pair at the start or the end of what is known of it."""
        moments = self._relations.get(tuple(sorted((subject, other))), [])
        if not moments:
            return []
        moment = min(moments) if when == "start" else max(moments)
        if when == "end" and moment - min(moments) < SAME_MOMENT_S:
            return []
        found = self.between("relative_position", subject, other)
        return [f for f in found if abs(f.t0 - moment) < SAME_MOMENT_S]


def _at(found: list[Fact], when: str) -> Fact | None:
    if not found:
        return None
    first, last = found[0], found[-1]
    if when == "start":
        return first
    if when == "end":
        return last if last.t0 - first.t0 >= SAME_MOMENT_S else None
    inner = [f for f in found if first.t0 + SAME_MOMENT_S <= f.t0 <= last.t0 - SAME_MOMENT_S]
    return inner[len(inner) // 2] if inner else None


def _natural(track_id: str) -> tuple[int, str]:
    digits = track_id.rpartition(".t")[2]
    return (int(digits) if digits.isdigit() else 1 << 30, track_id)


def clips(table: pa.Table, min_margin: float) -> Iterator[ClipFacts]:
    """The clips of a `motion_scores` table, each with its facts, by clip id.

    Facts about parts of tracks (a person's hands) are left out: no noun phrase names a part, and as an object of its
    own it would make every other description ambiguous ("the object that ...").
    """
    columns = [table.column(name).to_pylist() for name in _COLUMNS]
    found: dict[str, list[Fact]] = defaultdict(list)
    for row in zip(*columns, strict=True):
        fact = Fact(*row)
        if not (is_part(fact.subject) or is_part(fact.object)):
            found[row[1]].append(fact)
    for clip_id in sorted(found):
        facts = sorted(
            found[clip_id], key=lambda f: (f.kind, f.subject or "", f.object or "", f.t0, f.value, f.fact_id)
        )
        yield ClipFacts(clip_id, facts, min_margin)
