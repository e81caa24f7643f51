"""The path on which a change came: question or sentence -> facts -> tracks -> frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from fm_assets.propagation.change import Change

#: Facts named per question or sentence, and tracks per fact, at most.
FACTS, TRACKS = 4, 3
#: What tells most of a change goes first.
_GRAVITY = {"vanished": 0, "new": 1, "changed": 2, "moved": 3}
_BOX = ("x1", "y1", "x2", "y2", "cx", "cy", "sx", "sy", "observed")


@dataclass(frozen=True)
class Cause:
    """Something that changed, and that another change rests on.

    Attributes:
        stage: `motion_scores` or `tracks`.
        change: See `Change`.
        before_id: Its id before, or empty.
        after_id: Its id after, or empty.
        words: What it was and became.
        start_s: From when on: of a fact its time, of a track where its boxes begin to differ, seconds of the clip.
        end_s: Until when.
        frame0: First sampled frame of that time, in the version before (after, for what is new).
        frame1: Last one.
    """

    stage: str
    change: str
    before_id: str
    after_id: str
    words: str
    start_s: float
    end_s: float
    frame0: int
    frame1: int


class Ledger:
    """All changes of one video, found by what they rest on.

    Args:
        changes: From `compare`.
        before: Rows of the version before, as `compare` had them.
        after: Rows of the version after.
    """

    def __init__(
        self, changes: Iterable[Change], before: Mapping[str, pa.Table], after: Mapping[str, pa.Table]
    ) -> None:
        self._by_id: dict[tuple[str, int, str], Change] = {}
        for change in changes:
            for version, name in enumerate((change.before_id, change.after_id)):
                if name:
                    self._by_id[change.stage, version, name] = change
        self._rows = tuple(
            {row[key]: row for stage, key in _KEYS.items() if stage in tables for row in tables[stage].to_pylist()}
            for tables in (before, after)
        )

    def causes(self, change: Change) -> tuple[Cause, ...]:
        """What a change rests on that changed too: facts, each followed by its tracks; nothing of a track.

        Empty for a sentence or question whose facts all stand: then others took its place.
        """
        if change.stage == "tracks":
            return ()
        found: dict[Change, None] = {}
        if change.stage == "motion_scores":
            found |= dict.fromkeys(self._above("tracks", change)[:TRACKS])
        else:
            for fact in self._above("motion_scores", change)[:FACTS]:
                found[fact] = None
                found |= dict.fromkeys(self._above("tracks", fact)[:TRACKS])
        return tuple(self._cause(c) for c in found)

    def above(self, change: Change) -> str:
        """The gravest change of what an item rests on; `unchanged` where all stands, empty for a track."""
        if change.stage == "tracks":
            return ""
        found = self._above("tracks" if change.stage == "motion_scores" else "motion_scores", change)
        return found[0].change if found else "unchanged"

    def _above(self, stage: str, change: Change) -> list[Change]:
        """What of the stage above changed, the gravest first."""
        names: Iterator[tuple[int, str]] = (
            (version, name) for version, rests in enumerate((change.rests_before, change.rests_after)) for name in rests
        )
        found = dict.fromkeys(self._by_id[stage, v, n] for v, n in names if (stage, v, n) in self._by_id)
        return sorted((c for c in found if c.change != "unchanged"), key=lambda c: _GRAVITY.get(c.change, 9))

    def _cause(self, change: Change) -> Cause:
        old, new = (self._rows[v].get(name) for v, name in enumerate((change.before_id, change.after_id)))
        words = " -> ".join(dict.fromkeys(part for part in (change.before, change.after) if part))
        if change.stage == "tracks":
            span = _differing(old, new)
        else:
            row = old if old is not None else new
            assert row is not None  # noqa: S101 - a change is of a row in one of the versions
            span = (row["t0"], row["t1"], row["frame0"], row["frame1"])
        return Cause(change.stage, change.change, change.before_id, change.after_id, words, *span)


_KEYS = {"tracks": "track_id", "motion_scores": "fact_id"}


def in_words(change: Change, causes: Sequence[Cause]) -> str:
    """The path in one line: `direction of t0 = left ... changed <- t0 changed in frames 3-9 (0.3-0.9 s)`."""
    if change.stage == "tracks":
        return ""
    if not causes:
        return "all that it rests on stands: others took its place, or its objects are called otherwise"
    facts = [f"{c.words} ({c.change})" for c in causes if c.stage == "motion_scores"]
    tracks = [
        f"{(c.before_id or c.after_id).rpartition('.')[2]} {c.change} in frames {c.frame0}-{c.frame1} "
        f"({c.start_s:.1f}-{c.end_s:.1f} s)"
        for c in causes
        if c.stage == "tracks"
    ]
    return " <- ".join(", ".join(part) for part in (facts, tracks) if part)


def _differing(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> tuple[float, float, int, int]:
    """Where two versions of a track differ: first and last instant, first and last frame; all of it where one is none."""
    known = [{box["t_s"]: box for box in row["boxes"]} if row is not None else {} for row in (old, new)]
    times = sorted({*known[0], *known[1]})
    apart = [t for t in times if _box(known[0].get(t)) != _box(known[1].get(t))] or times
    frames = [(known[0].get(t) or known[1][t])["frame"] for t in apart]
    return apart[0], apart[-1], frames[0], frames[-1]


def _box(box: Mapping[str, Any] | None) -> tuple[Any, ...] | None:
    return None if box is None else tuple(box[name] for name in _BOX)
