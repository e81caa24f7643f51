"""Two whose ways keep clear of each other: what proves that they neither touch nor cross.

All places that a track's boxes take, between its samples too, lie in an octagon: the extent over x, y and both
diagonals. Where two octagons are apart, so are the ways, whenever each of the two comes by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from fm_assets.motion.encounters import TOUCH, TOUCH_SOFT
from fm_assets.motion.series import HOLE_S, Track
from fm_assets.motion.statement import Result, Statement, capped


class Found(NamedTuple):
    """What is stated: (index of the one track, of the other, statement), and how often nothing is, by reason."""

    statements: list[tuple[int, int, Statement]]
    silence: Counter[str]


def clearances(tracks: Sequence[Track], begins: Mapping[str, Result], ends: Mapping[str, Result]) -> Found:
    """Pairs of tracks whose ways keep clear of each other in the image.

    With g the largest gap of both octagons over the four directions, at most the least distance of any two boxes of
    theirs: `apart` where g > 0.02. Margin: (g - 0.02) / hypot(0.01, 1.4 sigma). Noise only widens an octagon. Nothing
    is said where the camera moves, a track has a hole, or one begins or ends unseen: it may be near where nobody sees it.

    Args:
        tracks: Tracks of one clip.
        begins: Track id -> how it begins; a reason where that was not seen.
        ends: The same of its end.
    """
    found = Found([], Counter())
    if len(tracks) < 2:
        return found
    first, second = np.triu_indices(len(tracks), 1)
    low, high = _octagons(tracks)
    gap = np.maximum(low[first] - high[second], low[second] - high[first]).max(axis=1)
    sigma = np.array([t.position_sigma for t in tracks])
    margin = (gap - TOUCH) / np.hypot(TOUCH_SOFT, 1.4 * np.maximum(sigma[first], sigma[second]))
    unseen = [_unseen(t, begins[t.id], ends[t.id]) for t in tracks]
    for i, j, g, m in zip(first.tolist(), second.tolist(), gap.tolist(), margin.tolist(), strict=True):
        if reason := unseen[i] or unseen[j] or ("" if m > 0 else "their ways come near each other"):
            found.silence[reason] += 1
        else:
            found.statements.append((i, j, _apart(tracks[i], tracks[j], g, m)))
    return found


def _octagons(tracks: Sequence[Track]) -> tuple[np.ndarray, np.ndarray]:
    """Least and largest extent (n, 4) of all boxes of each track over x, y and both diagonals, frame heights."""
    x1, y1 = np.concatenate([t.corners[0] for t in tracks]).T
    x2, y2 = np.concatenate([t.corners[1] for t in tracks]).T
    starts = np.cumsum([0, *(len(t.t) for t in tracks[:-1])])
    root = np.sqrt(0.5)
    low = np.stack([x1, y1, root * (x1 + y1), root * (x1 - y2)])
    high = np.stack([x2, y2, root * (x2 + y2), root * (x2 - y1)])
    return np.minimum.reduceat(low, starts, axis=1).T, np.maximum.reduceat(high, starts, axis=1).T


def _unseen(track: Track, begins: Result, ends: Result) -> str:
    """Why not all of a track's way is known, or nothing."""
    if track.row["frame_of_reference"] != "image":
        return "the camera moves"
    if isinstance(begins, str) or isinstance(ends, str):
        return "a beginning or end was not seen"
    return "hole in the track" if len(track.t) > 1 and float((track.t[1:] - track.t[:-1]).max()) > HOLE_S else ""


def _apart(a: Track, b: Track, gap: float, margin: float) -> Statement:
    t = min(float(a.t[0]), float(b.t[0])), max(float(a.t[-1]), float(b.t[-1]))
    frames = min(int(a.frame[0]), int(b.frame[0])), max(int(a.frame[-1]), int(b.frame[-1]))
    return Statement("apart", capped(margin), t, frames, gap)
