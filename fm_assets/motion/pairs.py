"""Rules about two tracks of a clip, computed for all pairs at once. Image positions, y down."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fm_assets.motion.events import MOMENT_S
from fm_assets.motion.geometry import median, percentile
from fm_assets.motion.kinematics import USABLE
from fm_assets.motion.series import Track, boxes_on, shared_frames
from fm_assets.motion.statement import CAP, Result, Statement, capped

#: Part of both sizes together within which sides are a matter of taste: boxes that touch get a margin of 4.
SIDE_SOFT = 0.125
#: Logarithms of ratios of distance from which it counts as changed, and up to which as constant.
CHANGED, CONSTANT = float(np.log(4 / 3)), float(np.log(1.1))
#: Softness of the logarithm of a ratio of distances or speeds.
RATIO_SOFT = 0.05
#: Part of all change of a distance that goes one way, and its softness.
ONE_WAY, ONE_WAY_SOFT = 0.7, 0.05
#: Logarithm of the ratio from which speeds differ.
FASTER = float(np.log(1.2))
#: Logarithm of the ratio from which sizes differ, its softness, and the percentage of samples that may say otherwise.
LARGER, SIZE_SOFT, SIZE_EXCEPT = float(np.log(1.25)), 0.06, 10.0
#: Shortest common life for places, and for a change of distance, seconds.
COMMON_S, CHANGE_S = 0.5, 1.0
#: Samples of the common life that a change of distance is judged on.
_SAMPLES = 13


@dataclass(frozen=True)
class Together:
    """Common lives of p pairs of tracks.

    Attributes:
        first: (p,) index of the one track of each pair.
        second: (p,) index of the other.
        t: (p, k) times, evenly spread over the common life; None of a pair without one is used.
        frame: (p, k) numbers of the sampled frames.
        offset: (p, k, 2) centre of the first less that of the second, frame heights.
        size: (p, k, 2) sum of both widths and of both heights.
        common: (p,) length of the common life, seconds; negative where there is none.
    """

    first: np.ndarray
    second: np.ndarray
    t: np.ndarray
    frame: np.ndarray
    offset: np.ndarray
    size: np.ndarray
    common: np.ndarray


def together(tracks: Sequence[Track]) -> Together:
    """Common lives of all pairs, the earlier track first; boxes in gaps are interpolated."""
    low = min(int(t.frame[0]) for t in tracks)
    count = max(int(t.frame[-1]) for t in tracks) - low + 1
    clock = _clock(tracks, low, count)
    state = np.stack([boxes_on(t, low, count) for t in tracks])
    first, second = np.triu_indices(len(tracks), 1)
    begins = np.array([int(t.frame[0]) - low for t in tracks])
    ends = np.array([int(t.frame[-1]) - low for t in tracks])
    begin = np.maximum(begins[first], begins[second])
    end = np.minimum(ends[first], ends[second])
    share = np.linspace(0.0, 1.0, _SAMPLES)
    at = np.round(begin[:, None] + share * (np.maximum(end, begin) - begin)[:, None]).astype(int)
    a, b = state[first[:, None], at], state[second[:, None], at]
    common = np.where(end > begin, clock[end] - clock[begin], -1.0)
    return Together(first, second, clock[at], at + low, a[..., :2] - b[..., :2], a[..., 2:] + b[..., 2:], common)


def _clock(tracks: Sequence[Track], low: int, count: int) -> np.ndarray:
    """Times (count,) of the sampled frames from number `low` on; those that no track has are interpolated."""
    frames = np.concatenate([t.frame for t in tracks]) - low
    known, index = np.unique(frames, return_index=True)
    return np.interp(np.arange(count), known, np.concatenate([t.t for t in tracks])[index])


def relative_positions(pairs: Together, sigma: np.ndarray) -> list[list[Statement] | str]:
    """Where the first is, seen from the second, at the start, middle and end of each common life.

    Per axis, with d the offset of the centres: margin = the smaller of |d| and |d| - 0.5 x |offset along the
    other axis|, over hypot(0.125 x both sizes, sqrt(2) sigma, 0.01). Both axes are stated where both are
    positive; the better one always is, if only with a small margin, so that no moment goes missing.

    Args:
        pairs: The pairs.
        sigma: (p,) noise of one coordinate, the larger of both tracks'.

    Returns:
        Per pair the statements, or why there are none.
    """
    moments = [0, _SAMPLES // 2, _SAMPLES - 1]
    offset, size = pairs.offset[:, moments], pairs.size[:, moments]
    error = np.sqrt((SIDE_SOFT * size) ** 2 + 2 * sigma[:, None, None] ** 2 + 0.01**2)
    distance = np.abs(offset)
    margin = np.minimum(distance, distance - 0.5 * distance[..., ::-1]) / error
    stated = margin > 0
    stated |= np.arange(2) == margin.argmax(axis=2)[..., None]
    names = np.where(offset < 0, np.array(["left_of", "above"]), np.array(["right_of", "below"])).tolist()
    found: list[list[Statement] | str] = [
        [] if common >= COMMON_S else "not long enough together" for common in pairs.common.tolist()
    ]
    times, frames = pairs.t[:, moments].tolist(), pairs.frame[:, moments].tolist()
    margins, numbers = np.clip(margin, 0.0, CAP).tolist(), distance.tolist()
    for p, m, axis in np.argwhere(stated).tolist():
        if isinstance(places := found[p], list):
            t, frame = times[p][m], frames[p][m]
            places.append(
                Statement(names[p][m][axis], margins[p][m][axis], (t, t), (frame, frame), numbers[p][m][axis])
            )
    return found


def distance_changes(pairs: Together, sigma: np.ndarray) -> list[Result]:
    """How the distance of the centres changes over each common life.

    `approach` below 3/4, `recede` above 4/3, both with at least 0.7 of all change in that sense, `constant`
    where it never differs from its middle by more than a factor 1.1. Margin: distance of the logarithm to
    its threshold over hypot(0.05, sqrt(2) sigma / distance at both ends), and of a change (share one way - 0.7) / 0.05.
    """
    distance = np.maximum(np.hypot(pairs.offset[..., 0], pairs.offset[..., 1]), 1e-6)
    start, end = distance[:, 0], distance[:, -1]
    logs = np.log(distance)
    change = np.log(end / start)
    one_way = np.abs(change) / np.maximum(np.abs(np.diff(logs, axis=1)).sum(axis=1), 1e-9)
    spread = np.ptp(logs, axis=1) / 2
    error = np.sqrt(RATIO_SOFT**2 + 2 * sigma**2 * (1 / start**2 + 1 / end**2))
    columns = (
        pairs.t[:, 0],
        pairs.t[:, -1],
        pairs.frame[:, 0],
        pairs.frame[:, -1],
        pairs.common,
        change,
        spread,
        error,
    )
    ratio, share = np.exp(change).tolist(), one_way.tolist()
    found: list[Result] = []
    for p, (t0, t1, f0, f1, common, by, off, e) in enumerate(zip(*(c.tolist() for c in columns), strict=True)):
        if common < CHANGE_S:
            found.append("not long enough together")
        elif abs(by) >= CHANGED:
            value = "approach" if by < 0 else "recede"
            margin = min((abs(by) - CHANGED) / e, (share[p] - ONE_WAY) / ONE_WAY_SOFT)
            stated = Statement(value, capped(margin), (t0, t1), (f0, f1), ratio[p])
            found.append(stated if share[p] >= ONE_WAY else "approaches and recedes")
        elif off <= CONSTANT:
            found.append(Statement("constant", capped((CONSTANT - off) / e), (t0, t1), (f0, f1), ratio[p]))
        else:
            found.append("between constant and changing")
    return found


def order(first: Result, second: Result, min_s: float) -> Result:
    """Whether one track appears before another; both must begin cleanly.

    Margin: 1.5 x |difference| / `min_s`, at most those of both beginnings.
    """
    if isinstance(first, str) or isinstance(second, str):
        return "no clean beginning"
    difference = second.t[0] - first.t[0]
    if abs(difference) < max(min_s, MOMENT_S):
        return "at about the same time"
    margin = min(USABLE * abs(difference) / min_s, first.margin, second.margin)
    times, frames = sorted((first.t[0], second.t[0])), sorted((first.frames[0], second.frames[0]))
    return Statement(
        "before" if difference > 0 else "after", margin, (times[0], times[1]), (frames[0], frames[1]), abs(difference)
    )


def speed_order(first: Result, second: Result) -> Result:
    """Which of two movers is faster on average, by a factor of at least 1.2.

    Margin: (|log ratio| - log 1.2) over hypot(0.05, the relative errors of both speeds).
    """
    if isinstance(first, str) or isinstance(second, str):
        return "no speed"
    if first.number is None or second.number is None:
        return "no speed"
    change = math.log(first.number / second.number)
    if abs(change) < FASTER:
        return "about as fast"
    errors = [1 / max(s.margin, 1.0) for s in (first, second)]
    margin = capped((abs(change) - FASTER) / math.sqrt(RATIO_SOFT**2 + errors[0] ** 2 + errors[1] ** 2))
    return Statement(
        "faster" if change > 0 else "slower",
        min(margin, first.margin, second.margin),
        (min(first.t[0], second.t[0]), max(first.t[1], second.t[1])),
        (min(first.frames[0], second.frames[0]), max(first.frames[1], second.frames[1])),
        math.exp(change),
        first.reference,
    )


def size_order(first: Track, second: Track, min_points: int) -> Result:
    """Which of two objects of one class looks larger, as long as both are seen whole.

    With q the logarithms of the ratios of their sizes (sqrt of the box's area) in the frames that show both uncut:
    nine tenths of them must lie beyond log 1.25 on one side. Margin: how far they do, over hypot(0.06, noise of q).
    """
    mine, others = shared_frames(first.frame, second.frame)
    areas = first.area[mine], second.area[others]
    whole = first.whole[mine] & second.whole[others] & (np.minimum(*areas) > 0)
    if np.count_nonzero(whole) < min_points:
        return "not seen whole together"
    logs = 0.5 * np.log(areas[0][whole] / areas[1][whole])
    middle = median(logs)
    larger = middle > 0
    least = percentile(logs if larger else -logs, SIZE_EXCEPT)
    if least <= LARGER:
        return "about as large"
    noise = median(np.abs(logs[1:] - logs[:-1])) / 0.6745 / math.sqrt(2)
    margin = capped((least - LARGER) / math.hypot(SIZE_SOFT, noise))
    t, frame = first.t[mine][whole], first.frame[mine][whole]
    interval, frames = (float(t[0]), float(t[-1])), (int(frame[0]), int(frame[-1]))
    return Statement("larger" if larger else "smaller", margin, interval, frames, math.exp(middle))
