"""Rules about one track that rest on no motion of its own: what it is, where it is, how it begins and ends."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from fm_assets.motion import geometry
from fm_assets.motion.series import Track
from fm_assets.motion.statement import CAP, Result, Statement, capped
from fm_assets.motion.vocabulary import COLOURS, REGIONS

#: Standard error of the moment at which a track begins or ends, seconds; a coarser sampling raises it.
MOMENT_S = 0.1
#: A box this close to the frame's edge may just have crossed it, frame heights.
EDGE = 0.03
#: What comes over the edge is seen before more than this part of it is inside; what is seen later was found late.
CROSSED = 0.8
#: Time in which a box must move away from the edge that it came over, seconds.
INWARD_S = 0.6
#: Logarithms of the ratios of size from which it counts as changed, and up to which as constant.
RESIZED, SAME_SIZE = float(np.log(1.25)), float(np.log(1.1))
#: Softness of a vote's share, and of the logarithm of a ratio of sizes.
VOTE_SOFT, SIZE_SOFT = 0.1, 0.03
#: Mean score of a track's boxes from which its class is worth anything.
SCORE = 0.35
#: Part of a body within which its position is a matter of taste.
PLACE_SOFT = 0.1


def over_life(track: Track, value: str, margin: float, number: float | None) -> Statement:
    """A statement that holds as long as the track lives."""
    life = (float(track.t[0]), float(track.t[-1]))
    return Statement(value, capped(margin), life, (int(track.frame[0]), int(track.frame[-1])), number)


def during(track: Track, value: str, margin: float, t: tuple[float, float], number: float | None) -> Statement:
    """A statement that holds over a part of the track's life, seconds."""
    first, last = (int(track.frame[np.abs(track.t - end).argmin()]) for end in t)
    return Statement(value, capped(margin), t, (first, last), number)


def class_name(track: Track) -> Result:
    """The class. Margin: the smaller of (share - 0.5) / 0.1 and (mean score - 0.35) / 0.1: usable from 0.5 on.

    Networks name what they do not know after something that they do, with scores of 0.3 to 0.5.
    """
    share, score = track.row["class_share"], track.row["mean_score"]
    if not track.row["class"] or share <= 0.5:
        return "no majority"
    return over_life(track, track.row["class"], min((share - 0.5) / VOTE_SOFT, (score - SCORE) / VOTE_SOFT), share)


def colour(track: Track) -> Result:
    """The colour. Margin: (share - 0.5) over hypot(0.1, the share's binomial error)."""
    name, share = track.row["colour"], track.row["colour_share"]
    if name not in COLOURS:
        return "no colour"
    if share <= 0.5:
        return "no majority"
    error = math.hypot(VOTE_SOFT, math.sqrt(share * (1 - share) / max(1, track.row["observed"])))
    return over_life(track, name, (share - 0.5) / error, share)


def regions(track: Track) -> list[Statement]:
    """The region that the box's centre is in at the start, the middle and the end of the track's life.

    Margin: per axis the distance to the nearest inner boundary over hypot(sigma, 0.1 x size, 0.01); the
    smaller of both.
    """
    middle = int(np.searchsorted(track.t, (track.t[0] + track.t[-1]) / 2))
    at = [0, min(middle, len(track.t) - 1), len(track.t) - 1]
    centres, sizes = track.seen_centre[at].tolist(), track.size[at].tolist()
    lengths, noise = (track.aspect, 1.0), math.hypot(track.position_sigma, 0.01)
    found = []
    for centre, size, t, frame in zip(centres, sizes, track.t[at].tolist(), track.frame[at].tolist(), strict=True):
        margin, cell = CAP, []
        for place, side, length in zip(centre, size, lengths, strict=True):
            cell.append(min(max(math.floor(3 * place / length), 0), 2))
            gap = min(abs(place - length / 3), abs(place - 2 * length / 3))
            margin = min(margin, gap / math.hypot(noise, PLACE_SOFT * side))
        column, row = cell
        found.append(Statement(REGIONS[3 * row + column], capped(margin), (t, t), (frame, frame)))
    return found


def appear(track: Track) -> Result:
    """How the track begins; see `_crossing`."""
    return _crossing(track, 1, float(track.t[0]), "entered")


def disappear(track: Track) -> Result:
    """How the track ends; see `_crossing`."""
    late = float(track.row["clip_s"] - track.t[-1]) - track.step
    return _crossing(track, -1, max(late, 0.0), "exited")


def seen(event: Result) -> Result:
    """A beginning or end that was seen; of a track that was hidden then, the reason why it is none."""
    hidden = isinstance(event, Statement) and event.value == "occluded"
    return "hidden or not found" if hidden else event


def _crossing(track: Track, order: int, away_s: float, crossed: str) -> Result:
    """Whether the track is there from (to) the clip's end of time, or comes (goes) over the frame's edge.

    With e = max(0.1 s, sampling step): `present` where the track begins within 3 e of the clip's start,
    margin (3 e - lateness) / e. Else it entered if its first box lies within 0.03 frame heights of an edge
    (further in for what is fast) and its far side then moves away from that edge. Margin: the smallest of
    (lateness - 3 e) / e, the distance that is left to that limit over 0.01, and the way of the far side,
    less 0.01, over hypot(0.005, 1.4 sigma). Where 0.8 of its size, and a step's way, were inside already, the moment is
    not known. A track that begins well inside the frame was hidden or missed:
    `occluded`, margin: the smaller of (lateness - 3 e) / e and the distance beyond that limit over 0.01. The end of a
    track is treated as a beginning in reversed time.
    """
    first = 0 if order > 0 else -1
    t, frame = float(track.t[first]), int(track.frame[first])
    error = max(MOMENT_S, track.step)
    limit = 3 * error
    if away_s <= limit:
        return Statement("present", capped((limit - away_s) / error), (t, t), (frame, frame), t)
    near = np.flatnonzero(np.abs(track.t - t) <= INWARD_S)[::order]
    inward, gap, inside = _inward(track, near)
    seconds = max(float(abs(track.t[near[-1]] - t)), 1e-3)
    a_step = max(inward, 0.0) / seconds * track.step
    reach = EDGE + a_step
    motion = (inward - 0.01) / np.hypot(0.005, 1.4 * track.position_sigma)
    margin = min((away_s - limit) / error, (reach - gap) / 0.01, motion)
    if margin <= 0 and gap > reach:
        hidden = min((away_s - limit) / error, (gap - reach) / 0.01)
        return Statement("occluded", capped(hidden), (t, t), (frame, frame), t)
    if margin <= 0:
        return "begins near the edge" if order > 0 else "ends near the edge"
    if inside > CROSSED + a_step / max(track.body, 1e-6):
        return "found late at the edge" if order > 0 else "lost early at the edge"
    return Statement(crossed, capped(margin), (t, t), (frame, frame), t)


def _inward(track: Track, near: np.ndarray) -> tuple[float, float, float]:
    """Way of the far side of the box from the nearest edge, the first box's gap to it, and how much of it is inside.

    Args:
        track: The track.
        near: Indices of its first boxes, the very first one leading.

    Returns:
        Way and gap in frame heights; depth of the first box from the edge on over the usual size across it.
    """
    low = track.seen_centre[near] - track.size[near] / 2
    high = track.seen_centre[near] + track.size[near] / 2
    frame = np.array([track.aspect, 1.0])
    gaps = np.maximum(np.concatenate([low[0], frame - high[0]]), 0.0).tolist()
    ways = [_way(low, high, k) for k in range(4)]
    best = max(range(4), key=lambda k: (-(gaps[k] // 0.005), ways[k]))  # in a corner, the edge that it leaves
    axis = best % 2
    depth = float(high[0, axis] if best < 2 else frame[axis] - low[0, axis])
    usual = float(np.median(track.size[track.whole if track.whole.any() else slice(None), axis]))
    return ways[best], gaps[best], depth / max(usual, 1e-6)


def _way(low: np.ndarray, high: np.ndarray, edge: int) -> float:
    axis = edge % 2
    return float(high[-1, axis] - high[0, axis]) if edge < 2 else float(low[0, axis] - low[-1, axis])


def scale_change(track: Track, min_points: int) -> Result:
    """Apparent size (sqrt of the box's area) at the end over that at the start, from boxes that no edge cuts.

    Medians over fifths of the life are compared, and drawn out to its ends. `grows` above 1.25, `shrinks` below 0.8, both with at
    least 0.7 of all change in that sense; `constant` where no fifth differs from their middle by more than a
    factor 1.1. Margin: distance of the logarithm to its threshold over hypot(0.03, its noise). Boxes that
    change their form by more than 1.25 turn or bend, which says nothing about their distance.
    """
    usable = track.whole & track.observed
    known = int(usable.sum())
    if known < 2 * min_points or known / len(usable) < 0.6:
        return "too few uncut boxes"
    if track.size[usable].min() <= 0:
        return "boxes of no size"
    width, height = np.log(track.size[usable]).T
    size = (width + height) / 2
    count = len(size) // 5
    fifths = _fifths(len(size))
    ordered = np.sort(np.stack([size[fifths], (width - height)[fifths]]), axis=2)
    middles, forms = (ordered[..., (count - 1) // 2] + ordered[..., count // 2]) / 2
    if forms.max() - forms.min() > RESIZED:
        return "changes its form"
    noise = geometry.median(np.abs(size[1:] - size[:-1])) / 0.6745 / math.sqrt(2)
    # the middles of the outer fifths are four fifths of the life apart; a median errs 1.25 times a mean
    change = 1.25 * float(middles[-1] - middles[0])
    error = math.hypot(SIZE_SOFT, 1.25 * 1.25 * noise * math.sqrt(2 / count))
    ratio = math.exp(change)
    if abs(change) >= RESIZED:
        if abs(change) < 0.7 * 1.25 * float(np.abs(middles[1:] - middles[:-1]).sum()):
            return "grows and shrinks"
        return over_life(track, "grows" if change > 0 else "shrinks", (abs(change) - RESIZED) / error, ratio)
    spread = float(middles.max() - middles.min()) / 2
    if spread <= SAME_SIZE:
        return over_life(track, "constant", (SAME_SIZE - spread) / error, ratio)
    return "between constant and changing"


@lru_cache(maxsize=256)
def _fifths(length: int) -> np.ndarray:
    """Indices (5, k) of five stretches of a fifth of a series of this length, evenly spread over it."""
    count = length // 5
    return np.linspace(0, length - count, 5).round().astype(int)[:, None] + np.arange(count)
