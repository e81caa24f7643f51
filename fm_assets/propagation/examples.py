"""Changed questions with what is needed to draw them: the boxes before and after where the change began."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from fm_assets.propagation.tubes import match_tracks

#: Moments that are shown of a change.
SHOTS = 3
#: A box further in time from a moment is not drawn, seconds.
NEAR_S = 0.06

Box = tuple[float, float, float, float, str, int]


@dataclass(frozen=True)
class Shot:
    """One moment of a clip: boxes `(x1, y1, x2, y2, label, colour number)` in pixels, before and after.

    Attributes:
        t_s: Seconds from the clip's start.
        before: Boxes before.
        after: Boxes after; a track and its heir have one colour.
    """

    t_s: float
    before: tuple[Box, ...]
    after: tuple[Box, ...]


@dataclass(frozen=True)
class Example:
    """A changed question and where its change began.

    Attributes:
        row: Its row of `error_propagation`.
        start_s: Start of the clip in the video, seconds.
        shots: What is drawn.
    """

    row: Mapping[str, Any]
    start_s: float
    shots: tuple[Shot, ...]


def telling(rows: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The change that shows most: a flipped answer, else one that vanished with its facts, else a new one; or None."""
    known = [row for row in rows if row["stage"] == "qa_pairs" and row["items"] == 1 and row["causes"]]
    ranks = {"flipped": 0, "vanished": 1, "new": 2}
    worth = [row for row in known if row["change"] in ranks and any(c["stage"] == "tracks" for c in row["causes"])]
    return min(
        worth, key=lambda r: (ranks[r["change"]], r["above"] == "moved", r["before_id"], r["after_id"]), default=None
    )


def example(row: Mapping[str, Any], before: Mapping[str, pa.Table], after: Mapping[str, pa.Table]) -> Example:
    """The moments at which the first cause of a change among the tracks begins, is half over and ends."""
    clip_id = row["clip_id"]
    old, new = ([r for r in t["tracks"].to_pylist() if r["clip_id"] == clip_id] for t in (before, after))
    cause = next(c for c in row["causes"] if c["stage"] == "tracks")
    clip = next(r for r in before["filtered_clips"].to_pylist() if r["clip_id"] == clip_id)
    heirs = match_tracks(old, new)
    numbers = {r["track_id"]: i for i, r in enumerate(old)}
    later = {heir: numbers[name] for name, heir in heirs.items()}
    for r in new:
        later.setdefault(r["track_id"], len(numbers) + len(later))
    shots = tuple(Shot(t, _boxes_at(old, t, numbers), _boxes_at(new, t, later)) for t in _moments(old + new, cause))
    return Example(row, float(clip["start_s"]), shots)


def _moments(tracks: Sequence[Mapping[str, Any]], cause: Mapping[str, Any]) -> list[float]:
    """Up to `SHOTS` sampled instants spread over the time of a cause."""
    times = sorted(
        {b["t_s"] for r in tracks for b in r["boxes"] if cause["start_s"] - 1e-6 <= b["t_s"] <= cause["end_s"] + 1e-6}
    )
    picked = np.linspace(0, len(times) - 1, min(SHOTS, len(times))).round().astype(int)
    return [times[i] for i in dict.fromkeys(picked.tolist())]


def _boxes_at(tracks: Sequence[Mapping[str, Any]], t_s: float, numbers: Mapping[str, int]) -> tuple[Box, ...]:
    found = []
    for row in tracks:
        near = min(row["boxes"], key=lambda b: abs(b["t_s"] - t_s))
        if abs(near["t_s"] - t_s) <= NEAR_S:
            label = f"{row['track_id'].rpartition('.')[2]} {row['class']}"
            found.append((near["x1"], near["y1"], near["x2"], near["y2"], label, numbers[row["track_id"]]))
    return tuple(found)
