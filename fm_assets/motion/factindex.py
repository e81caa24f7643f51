"""The facts of a clip or a video, found at once by kind, subject and object."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa

from fm_assets.motion.vocabulary import from_other_side

#: Moments closer than this are one, seconds.
SAME_MOMENT_S = 0.15

_COLUMNS = (
    "fact_id", "kind", "subject_track_id", "object_track_id", "t0", "t1", "value", "number", "margin",
)  # fmt: skip


class IndexedFact(NamedTuple):
    """What the verifier needs of a row of `motion_scores`."""

    fact_id: str
    kind: str
    subject: str | None
    object: str | None
    t0: float
    t1: float
    value: str
    number: float | None
    margin: float

    def reversed(self) -> IndexedFact:
        """The same statement about a pair, told from the object's side."""
        return IndexedFact(
            self.fact_id, self.kind, self.object, self.subject, self.t0, self.t1,
            from_other_side(self.kind, self.value), self.number, self.margin,
        )  # fmt: skip


class FactIndex:
    """Facts by (kind, subject, object).

    Args:
        table: Rows of `motion_scores` of one clip. (Of several clips too, for track ids are unique; but claims
            without a subject, the counts, are then unverifiable.)
    """

    def __init__(self, table: pa.Table) -> None:
        self.clips: int = len(table.column("clip_id").unique())
        self._facts: dict[tuple[str, str | None, str | None], list[IndexedFact]] = defaultdict(list)
        for row in zip(*(table.column(name).to_pylist() for name in _COLUMNS), strict=True):
            fact = IndexedFact(*row)
            self._facts[fact.kind, fact.subject, fact.object].append(fact)
            if fact.object is not None:
                self._facts[fact.kind, fact.object, fact.subject].append(fact.reversed())
        for found in self._facts.values():
            if len(found) > 1:
                found.sort(key=lambda f: (f.t0, f.value, f.fact_id))

    def of(self, kind: str, subject: str | None, other: str | None = None) -> Sequence[IndexedFact]:
        """All facts of a kind about a subject (None: the whole clip), by time; pairs as seen from the subject."""
        return self._facts.get((kind, subject, other), ())

    def moments(self, kind: str, subject: str | None, other: str | None = None) -> list[list[IndexedFact]]:
        """The facts of `of`, those of one moment together: start, middle and end for kinds that hold at a moment.

        Facts below any margin count too, so that a weak statement about the start is not taken for a
        missing one and the middle for the start.
        """
        groups: list[list[IndexedFact]] = []
        for fact in self.of(kind, subject, other):
            if groups and fact.t0 - groups[-1][0].t0 < SAME_MOMENT_S:
                groups[-1].append(fact)
            else:
                groups.append([fact])
        return groups

    def at(self, kind: str, when: str, subject: str | None, other: str | None = None) -> Sequence[IndexedFact]:
        """The facts at `when` (`start`, `middle`, `end`); empty where nothing was stated of that moment."""
        groups = self.moments(kind, subject, other)
        if not groups:
            return ()
        if when == "start":
            return groups[0]
        if when == "end":
            return groups[-1] if len(groups) > 1 else ()
        return groups[len(groups) // 2] if len(groups) > 2 else ()
