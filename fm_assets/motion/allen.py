"""Order of movements in time: Allen's relations between the times in which two tracks move, all pairs at once.

Each of the four comparisons of ends (start with start, end with end, and crosswise) is `earlier`, `equal` within 0.2 s,
or `later`; they decide the relation (Allen 1983). The margin is the least distance of a comparison that decides to
that tolerance, over the errors of both ends; where it is below 1, the tolerance decides and nothing is said.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fm_assets.motion.events import MOMENT_S
from fm_assets.motion.series import Track, under_way
from fm_assets.motion.statement import Result, Statement, capped
from fm_assets.motion.vocabulary import ALLEN

#: Moments within this are equal, seconds.
TOLERANCE_S = 0.2
#: Least margin: below it the tolerance decides.
DECIDED = 1.0

_INVERSE = {a: b for a, b in ALLEN} | {b: a for a, b in ALLEN}


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

    An end of the movement that is that of the track counts where the track is there from (to) the clip's end; what comes
    or goes over the frame's edge moves before and after, and of what is hidden nobody saw it. Its error is half of e = max(0.1 s, sampling step). An end
    that the speed tells is spread by the smoothing, by nothing (soft) to half a window (abrupt): a quarter of the window
    is taken off, and is its error together with e. Velocities of the outer half windows, fitted from one side only and
    several times as noisy, do not count: what moves next to them moves to the end.

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
    fast = np.flatnonzero(speed[half : count - half] > level) + half
    if not len(fast):
        return "one of them moves too slowly to say when"
    at = (0 if fast[0] == half else int(fast[0]), count - 1 if fast[-1] == count - 1 - half else int(fast[-1]))
    if (at[0] == 0 and isinstance(begins, str)) or (at[1] == count - 1 and isinstance(ends, str)):
        return "a movement's beginning or end was not seen"
    if any(
        isinstance(e, Statement) and e.value in ("entered", "exited")
        for e, o in zip((begins, ends), (at[0] == 0, at[1] == count - 1), strict=True)
        if o
    ):
        return "comes or goes while it moves"
    sharp, told = max(MOMENT_S, track.step), path.window * path.step / 4
    outer = (at[0] == 0, at[1] == count - 1)
    life = (float(track.t[0]), float(track.t[-1]))
    t = [life[side] if outer[side] else float(path.t[at[side]]) + (told, -told)[side] for side in (0, 1)]
    if t[1] <= t[0]:
        return "one of them moves too briefly to say when"
    frames = [int(track.frame[np.abs(track.t - moment).argmin()]) for moment in t]
    error = [sharp / 2 if outer[side] else float(np.hypot(sharp, told)) for side in (0, 1)]
    return Span(
        (t[0], t[1]), (frames[0], frames[1]), (error[0], error[1]), moving.margin, track.row["frame_of_reference"]
    )


def relation(first: Span | str, second: Span | str) -> Result:
    """The relation of the first span to the second."""
    if isinstance(first, str):
        return first
    if isinstance(second, str):
        return second
    gaps = {(i, j): first.t[i] - second.t[j] for i in (0, 1) for j in (0, 1)}
    value, decisive = _name(
        {ends: 0 if abs(gap) <= TOLERANCE_S else 1 if gap > 0 else -1 for ends, gap in gaps.items()}
    )
    margin = min(abs(abs(gaps[i, j]) - TOLERANCE_S) / math.hypot(first.error[i], second.error[j]) for i, j in decisive)
    if margin < DECIDED:
        return "the tolerance decides"
    return Statement(
        value,
        capped(min(margin, first.margin, second.margin)),
        (min(first.t[0], second.t[0]), max(first.t[1], second.t[1])),
        (min(first.frames[0], second.frames[0]), max(first.frames[1], second.frames[1])),
        gaps[0, 0],
        first.reference,
    )


def _name(signs: dict[tuple[int, int], int]) -> tuple[str, list[tuple[int, int]]]:
    """The relation, and the comparisons (end of the first, end of the second) that decide it.

    Args:
        signs: Sign of the first's start (0) or end (1) less the second's start or end.
    """
    if signs[1, 0] <= 0:  # the first ends before the second starts, or as it does
        return ("before" if signs[1, 0] < 0 else "meets"), [(1, 0)]
    if signs[0, 1] >= 0:
        return ("after" if signs[0, 1] > 0 else "met_by"), [(0, 1)]
    names = {
        (-1, -1): "overlaps", (-1, 0): "finished_by", (-1, 1): "contains",
        (0, -1): "starts", (0, 0): "equals", (0, 1): "started_by",
        (1, -1): "during", (1, 0): "finishes", (1, 1): "overlapped_by",
    }  # fmt: skip
    return names[signs[0, 0], signs[1, 1]], [(0, 0), (1, 1), (1, 0), (0, 1)]
