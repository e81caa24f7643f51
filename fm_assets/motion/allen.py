"""Order of movements in time: Allen's relations between the times in which two tracks move, all pairs at once.

Each of the four comparisons of ends (start with start, end with end, and crosswise) is `earlier`, `equal` within 0.2 s,
or `later`; they decide the relation (Allen 1983). The margin is the least distance of a comparison that decides to
that tolerance, over the errors of both ends; where it is below 1, the tolerance decides and nothing is said.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fm_assets.motion.events import MOMENT_S
from fm_assets.motion.series import MOVES, Motion, Track, under_way
from fm_assets.motion.statement import CAP, Result, Statement

#: Moments within this are equal, seconds.
TOLERANCE_S = 0.2
#: Least margin: below it the tolerance decides.
DECIDED = 1.0
#: Standard errors of a place within which it is where it was.
AT_REST = 2.5
#: Pairs of ends: (of the first, of the second), 0 the start.
_ENDS = ((0, 0), (1, 1), (1, 0), (0, 1))
#: Relations of intervals that share a time, by the signs of start less start and end less end.
_SHARING = {
    (-1, -1): "overlaps", (-1, 0): "finished_by", (-1, 1): "contains",
    (0, -1): "starts", (0, 0): "equals", (0, 1): "started_by",
    (1, -1): "during", (1, 0): "finishes", (1, 1): "overlapped_by",
}  # fmt: skip


@dataclass(frozen=True)
class Span:
    """The time in which a track moves.

    Attributes:
        t: Start and end, seconds.
        frames: Sampled frames of both.
        error: Standard errors of both, seconds.
        margin: Of the movement itself.
        reference: Frame of reference.
    """

    t: tuple[float, float]
    frames: tuple[int, int]
    error: tuple[float, float]
    margin: float
    reference: str


def span(track: Track, moving: Result, begins: Result, ends: Result) -> Span | str:
    """From the first to the last moment in which the speed exceeds 0.15 of its 90th percentile and its noise.

    It does so for more than half a window at a time, or noise may be all there is. Velocities of the outer half windows,
    fitted from one side only and several times as noisy, do not count. An end of the movement that is that of the
    track counts where the track is there from (to) the clip's end; what comes or goes over the frame's edge moves before
    and after, and of what is hidden nobody saw it. `_with_life` and `_inside` say when an end is, and how surely.

    Args:
        track: The track.
        moving: Whether it moves.
        begins: How it appears; a reason where that was not seen.
        ends: The same of how it disappears.
    """
    if isinstance(moving, str) or isinstance(track.motion, str) or moving.value != "moving":
        return "one of them is not known to move"
    speed, level = under_way(track.motion)
    path, count = track.motion.path, len(speed)
    half = min(path.window // 2, (count - 1) // 2)
    known = (speed > level)[half : count - half]
    span = max(1, len(known) - half)
    lasting = np.logical_and.reduce([known[k : k + span] for k in range(len(known) - span + 1)])
    fast = np.flatnonzero(lasting) + half
    if not len(fast):
        return "one of them moves too slowly to say when"
    at = int(fast[0]), int(fast[-1]) + len(known) - span
    outer = at[0] == half, at[1] == count - 1 - half
    for event, with_life in zip((begins, ends), outer, strict=True):
        if with_life and isinstance(event, str):
            return "a movement's beginning or end was not seen"
        if with_life and isinstance(event, Statement) and event.value in ("entered", "exited"):
            return "comes or goes while it moves"
    rule = [_with_life if with_life else _inside for with_life in outer]
    sharp = max(MOMENT_S, track.step)
    begin = rule[0](path.position, speed, at[0], half, track.motion, sharp)
    end = rule[1](path.position[::-1], speed[::-1], count - 1 - at[1], half, track.motion, sharp)
    t = float(track.t[0] if outer[0] else path.t[0]) + begin[0], float(track.t[-1] if outer[1] else path.t[-1]) - end[0]
    if t[1] <= t[0]:
        return "one of them moves too briefly to say when"
    frames = [int(track.frame[np.abs(track.t - moment).argmin()]) for moment in t]
    return Span(t, (frames[0], frames[1]), (begin[1], end[1]), moving.margin, track.row["frame_of_reference"])


def _with_life(
    position: np.ndarray, speed: np.ndarray, at: int, half: int, motion: Motion, sharp: float
) -> tuple[float, float]:
    """When what moves as soon as that can be told began to, seconds after its path, and the error of that.

    In a window of time T it comes as far as d; at the speed v that it then has that takes d / v, and for the rest of
    the window, T - d / v, it rested, or was slower. Up to e = max(0.1 s, sampling step) that is nothing, with an error of
    e / 2; else it is when the movement began, with an error of e and half of itself. The noise of d over v comes on top.

    Args:
        position: (n, 2) the path from that end on.
        speed: (n,) of the same.
        at: First place with a speed that counts.
        half: Half of the smoothing window, samples.
        motion: The movement.
        sharp: e.
    """
    path, window = motion.path, 2 * half
    v = max(float(speed[min(window, len(speed) - 1 - half)]), 1e-9)
    noise = motion.sigma * math.hypot(path.gain.end, path.gain.inner) / v
    lag = window * path.step - math.hypot(*(position[window] - position[0]).tolist()) / v
    return (0.0, math.hypot(sharp / 2, noise)) if lag <= sharp else (lag, math.hypot(sharp, lag / 2, noise))


def _inside(
    position: np.ndarray, speed: np.ndarray, at: int, half: int, motion: Motion, sharp: float
) -> tuple[float, float]:
    """When a movement began that the speed tells, seconds after its path, and the error of that.

    The smoothing spreads it by nothing (soft) to half a window (abrupt): a quarter of the window is added, and is its
    error together with e. Before that it may have crept too slowly for its speed to be told from noise. Its place tells
    more: the time since it was last within 2.5 sigma of its middle in the first half of that time is an error, too, or
    the longer one that the middle's way from there to the second half takes, twice, at 0.15 of the speed's 90th percentile;
    so is the time that sigma takes at that speed.

    Args:
        position: (n, 2) the path from that end on.
        speed: (n,) of the same.
        at: First place with a speed that counts.
        half: Half of the smoothing window, samples.
        motion: The movement.
        sharp: e = max(0.1 s, sampling step).
    """
    told = motion.path.window * motion.path.step / 4
    before = position[: at - half + 1]
    middle = len(before) // 2
    off = before - before[:middle].sum(axis=0) / middle
    crept = 2 * math.hypot(*off[-middle:].sum(axis=0).tolist()) / middle
    resting = np.flatnonzero(np.hypot(off[:, 0], off[:, 1]) <= AT_REST * motion.sigma_inner)
    left = (len(before) - 1 - int(resting[-1]) if len(resting) else at) * motion.path.step
    slow = max(MOVES * motion.top_speed, 1e-9)
    unsure = min(max(left + motion.sigma_inner / slow, crept / slow), at * motion.path.step)
    return at * motion.path.step + told, math.hypot(sharp, told, unsure)


def relation(first: Span | str, second: Span | str) -> Result:
    """The relation of the first span to the second."""
    if isinstance(first, str):
        return first
    if isinstance(second, str):
        return second
    gaps = {(i, j): first.t[i] - second.t[j] for i, j in _ENDS}
    value, decisive = _name({ends: (gap > TOLERANCE_S) - (gap < -TOLERANCE_S) for ends, gap in gaps.items()})
    margin = CAP
    for i, j in decisive:
        margin = min(margin, abs(abs(gaps[i, j]) - TOLERANCE_S) / math.hypot(first.error[i], second.error[j]))
        if margin < DECIDED:
            return "the tolerance decides"
    return Statement(
        value,
        min(margin, first.margin, second.margin),
        (min(first.t[0], second.t[0]), max(first.t[1], second.t[1])),
        (min(first.frames[0], second.frames[0]), max(first.frames[1], second.frames[1])),
        gaps[0, 0],
        first.reference,
    )


def _name(signs: dict[tuple[int, int], int]) -> tuple[str, Sequence[tuple[int, int]]]:
    """The relation, and the comparisons (end of the first, end of the second) that decide it.

    Args:
        signs: Sign of the first's start (0) or end (1) less the second's start or end.
    """
    if signs[1, 0] <= 0:  # the first ends before the second starts, or as it does
        return ("before" if signs[1, 0] < 0 else "meets"), [(1, 0)]
    if signs[0, 1] >= 0:
        return ("after" if signs[0, 1] > 0 else "met_by"), [(0, 1)]
    return _SHARING[signs[0, 0], signs[1, 1]], _ENDS
