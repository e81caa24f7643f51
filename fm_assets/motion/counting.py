"""How many objects of a class a clip shows: stated only where every track is surely an object of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from fm_assets.motion.events import SCORE, VOTE_SOFT
from fm_assets.motion.geometry import median
from fm_assets.motion.series import Track, shared_frames
from fm_assets.motion.statement import CAP, Result, Statement
from fm_resources.detector.base import UNKNOWN_CLASS

#: Two tracks that share more of their area than this (over union) may be one object seen twice.
DOUBLE = 0.6
#: What leaves and what comes later may be the same object: a count that rests on that is not to be used.
RETURN_MARGIN = 1.0


def counts(
    tracks: Sequence[Track], appear: Mapping[str, Result], disappear: Mapping[str, Result]
) -> dict[str, tuple[Result, list[Track]]]:
    """The number of tracks per class of one clip, or why it is not known, with the tracks.

    Margin: the smallest over the tracks of (mean score - 0.35) / 0.1, (class share - 0.5) / 0.1 and
    (observed boxes - 4) / 2, at most 20, and at most 1 where one object left and another came later. Tracks
    of any class that could be one object (one ends inside the frame before the other begins inside it, or
    both overlap all the time) leave the count of their classes open; so does a detector that knows no classes.
    """
    groups: dict[str, list[Track]] = defaultdict(list)
    for track in tracks:
        groups[track.row["class"]].append(track)
    open_classes = {UNKNOWN_CLASS: "only what moves is found"}  # a resting object may be there, unseen
    margins: dict[str, float] = {}
    for i, one in enumerate(tracks):
        for other in tracks[i + 1 :]:
            names = {one.row["class"], other.row["class"]}
            verdict = _same(one, other, appear, disappear)
            if isinstance(verdict, str):
                open_classes.update(dict.fromkeys(names, verdict))
            elif len(names) == 1:
                name = next(iter(names))
                margins[name] = min(margins.get(name, CAP), verdict)
    found: dict[str, tuple[Result, list[Track]]] = {}
    for name in sorted(groups):
        group = groups[name]
        if name in open_classes:
            found[name] = (open_classes[name], group)
            continue
        margin = min(margins.get(name, CAP), *(_evidence(t) for t in group))
        life = (float(min(t.t[0] for t in group)), float(max(t.t[-1] for t in group)))
        frames = (int(min(t.frame[0] for t in group)), int(max(t.frame[-1] for t in group)))
        value = f"{name}:{len(group)}"
        stated = Statement(value, max(margin, 0.0), life, frames, float(len(group)))
        found[name] = (stated, group)
    return found


def _evidence(track: Track) -> float:
    """How sure it is that the track is an object of its class, in standard errors."""
    row = track.row
    return float(
        min(
            (row["mean_score"] - SCORE) / VOTE_SOFT,
            (row["class_share"] - 0.5) / VOTE_SOFT,
            (row["observed"] - 4) / 2,
            CAP,
        )
    )


def _same(one: Track, other: Track, appear: Mapping[str, Result], disappear: Mapping[str, Result]) -> float | str:
    """Why two tracks may be one object, or the margin by which they are two."""
    if one.row["parent_track_id"] == other.id or other.row["parent_track_id"] == one.id:
        return CAP
    early, late = (one, other) if one.t[-1] <= other.t[-1] else (other, one)
    if early.t[-1] >= late.t[0]:
        return "seen twice" if _double(early, late) else CAP
    if _other_colour(early, late):
        return CAP
    left, came = disappear[early.id], appear[late.id]
    if isinstance(left, str) or isinstance(came, str):
        return "may be continued"
    return RETURN_MARGIN


def _other_colour(one: Track, other: Track) -> bool:
    colours = [t.row["colour"] for t in (one, other) if t.row["colour"] and t.row["colour_share"] >= 0.7]
    return len(colours) == 2 and colours[0] != colours[1]


def _double(one: Track, other: Track) -> bool:
    """Whether the boxes of both, at the frames that they share, coincide."""
    p, q = one.bounds, other.bounds
    if p[0] >= q[2] or q[0] >= p[2] or p[1] >= q[3] or q[1] >= p[3]:
        return False
    a, b = shared_frames(one.frame, other.frame)
    if not len(one.frame[a]):
        return False
    low = np.maximum(one.corners[0][a], other.corners[0][b])
    high = np.minimum(one.corners[1][a], other.corners[1][b])
    sides = np.maximum(high - low, 0.0)
    if 2 * np.count_nonzero(sides.min(axis=1)) <= len(sides):
        return False  # apart most of the time
    shared = sides[:, 0] * sides[:, 1]
    union = one.area[a] + other.area[b] - shared
    return median(shared / np.maximum(union, 1e-9)) > DOUBLE
