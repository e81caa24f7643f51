"""Rules about two tracks that both move: contact, follow, pass, cross, co-movement. All pairs of a clip at once.

Velocities and the positions along a path are the smoothed ones of the tracks' frame of reference, y up; the gap
between boxes is that in the image, where boxes that overlap may still be one behind the other. A rule is a list of
criteria in standard errors, positive where met; the weakest is the margin, and where it is not met the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from fm_assets.motion import movers
from fm_assets.motion.movers import Movers, Runs
from fm_assets.motion.statement import Statement, capped

#: Boxes closer than this touch, frame heights, and the softness of that.
TOUCH, TOUCH_SOFT = 0.02, 0.01
#: Largest difference of velocities over the faster's speed at which two move together, and its softness.
TOGETHER, TOGETHER_SOFT = 0.35, 0.1
#: Least time in contact, and its error, seconds.
CONTACT_S, CONTACT_SOFT_S = 0.3, 0.1
#: Slower than this is no movement of a pair, frame heights per second, and its softness.
SLOW, SLOW_SOFT = 0.02, 0.005
#: Headings that differ by less go the same way, by more against or across each other, degrees; softness of both.
SAME_WAY, ACROSS, HEADING_SOFT = 30.0, 50.0, 6.0
#: While the paths of two that go the same way bend and shake, their headings may differ by this, degrees.
LOOSE_WAY = 40.0
#: Shortest common movement that is judged; for what should last (follow, co-movement), seconds.
MEETING_S, LASTING_S = 0.6, 1.0
#: Part of both sizes together within which order along an axis is a matter of taste.
SIDE_SOFT = 0.125
#: Follow: sideways offset over that along the way, logarithm of the ratio of distances, way over distance.
SIDEWAYS, STEADY, WAY = 0.6, float(np.log(1.25)), 0.5
#: Pass: sideways offset over both sizes together.
BESIDE = 1.2
#: Correlation of velocities from which two move alike.
ALIKE = float(np.arctanh(0.8))

#: The kinds of facts that this module states.
KINDS = ("contact", "follow", "pass", "cross", "co_movement")

#: (index of the pair, reason): why nothing is stated of a pair.
Silence = tuple[int, str]


class Found(NamedTuple):
    """What a rule says: statements by index of the pair, and why nothing is stated of the others."""

    statements: list[tuple[int, Statement]]
    silence: list[Silence]


def contact(m: Movers) -> Found:
    """Runs of frames in which the boxes touch and both move together.

    A frame counts where the gap is at most 0.02 and |v_a - v_b| <= max(0.35 max(|v_a|, |v_b|), 3 noise). Margin: the
    smallest of (0.02 - mean gap) / hypot(0.01, 1.4 sigma), (0.35 - ratio of the run's mean difference and speed) /
    hypot(0.1, its noise), (seconds - 0.3) / 0.1, and how far both speeds lie above 0.02.
    """
    va, vb = m.velocities
    apart, speed, top = movers.norm(va - vb), np.minimum(*m.speeds), np.maximum(*m.speeds)
    noise = np.hypot(m.velocity_sigma[m.first], m.velocity_sigma[m.second])
    near = m.alive & (m.gap <= TOUCH)
    runs = movers.runs_of(near & (apart <= np.maximum(TOGETHER * top, 3 * noise[:, None])))
    seconds = m.t[runs.end] - m.t[runs.begin]
    fast = np.maximum(movers.mean_over(top, runs), 1e-9)
    ratio = movers.mean_over(apart, runs) / fast
    slow = np.maximum(SLOW, 2 * m.larger(m.velocity_sigma))[runs.pair]
    criteria = {
        "boxes hardly touch": (TOUCH - movers.mean_over(m.gap, runs))
        / np.hypot(TOUCH_SOFT, 1.4 * m.larger(m.sigma)[runs.pair]),
        "touch, but do not move together": (TOGETHER - ratio) / np.hypot(TOGETHER_SOFT, noise[runs.pair] / fast),
        "touch too briefly": (seconds - CONTACT_S) / CONTACT_SOFT_S,
        "touch at rest": (movers.mean_over(speed, runs) - slow) / np.hypot(SLOW_SOFT, noise[runs.pair]),
    }
    return _found(m, runs, criteria, ["touching"] * len(runs.pair), seconds, "image", "do not touch")


def follow(m: Movers, ways: Runs) -> Found:
    """Runs of going the same way in which one keeps its distance behind the other.

    With u the mean heading of both at a frame, s and l the offset along and across it. Margin: the smallest of (30
    degrees - mean angle of both headings) / 6 (or its noise), (0.6 - mean |l| / mean |s|) / 0.1, |mean s| over the
    softness of sides, (log 1.25 - half the range of the logarithm of the distance) / 0.05 (or its noise), (the
    shorter way / mean distance - 0.5) / 0.15 and (seconds - 1) / 0.1.
    """
    pair = ways.pair
    s, across = movers.along_heading(m, ways)
    distance = np.maximum(m.distance[pair], 1e-6)
    inside = movers.inside(m, ways)
    logs = np.log(distance)
    spread = (np.where(inside, logs, -np.inf).max(axis=1) - np.where(inside, logs, np.inf).min(axis=1)) / 2
    mean, behind = movers.mean_of(distance, ways), movers.mean_of(s, ways)
    sigma = 1.4 * m.larger(m.sigma)[pair]
    way = np.minimum(movers.distance_moved(m, m.first, ways), movers.distance_moved(m, m.second, ways))
    criteria = {
        "headings differ": (SAME_WAY - movers.mean_over(m.heading_difference, ways)) / HEADING_SOFT,
        "side by side": np.minimum(
            (SIDEWAYS - movers.mean_of(np.abs(across), ways) / np.maximum(np.abs(behind), 1e-6)) / 0.1,
            np.abs(behind) / _side_error(m, ways, sigma),
        ),
        "distance changes": (STEADY - spread) / np.hypot(0.05, sigma / mean),
        "too far for what they move": (way / mean - WAY) / 0.15,
        "not long enough the same way": (m.t[ways.end] - m.t[ways.begin] - LASTING_S) / 0.1,
    }
    values = np.where(behind < 0, "follows", "leads").tolist()
    return _found(m, ways, criteria, values, mean, m.reference, "do not go the same way")


def passing(m: Movers, ways: Runs) -> Found:
    """Runs of going the same way in which the order along it swaps.

    With u the direction of both displacements over the run, s the offset along it. Margin: the smaller of |s| at both
    ends, less a quarter of both sizes, over hypot(0.125 x both sizes, 1.4 sigma, 0.01) (2 where the boxes are just clear
    of each other), (30 degrees - angle of both displacements) / 6, and (1.2 - sideways offset at the swap over both
    sizes) / 0.2. Number: the moment of the swap.
    """
    pair, rows = ways.pair, np.arange(len(ways.pair))
    a, b = movers.displacement(m, m.first, ways), movers.displacement(m, m.second, ways)
    u = movers.unit(movers.unit(a) + movers.unit(b))
    s = np.einsum("rkc,rc->rk", m.offset[pair], u)
    start, end = s[rows, ways.begin], s[rows, ways.end]
    sigma = 1.4 * m.larger(m.sigma)[pair]
    before = movers.inside(m, ways) & (s * end[:, None] < 0)
    at = np.where(before.any(axis=1), s.shape[1] - before[:, ::-1].argmax(axis=1), ways.begin).clip(0, ways.end)
    sideways = np.abs(movers.cross_product(m.offset[pair, at], u)) / np.maximum(m.size[pair, at].mean(axis=-1), 1e-6)
    order = np.where(start * end < 0, 1.0, -1.0) * np.minimum(np.abs(start), np.abs(end))
    criteria = {
        "order does not change": _clear(m, ways, order, sigma),
        "headings differ": (SAME_WAY - np.degrees(movers.angle_between(a, b))) / HEADING_SOFT,
        "too far apart sideways": (BESIDE - sideways) / 0.2,
    }
    values = np.where(end > 0, "passes", "passed_by").tolist()
    return _found(m, ways, criteria, values, m.t[at], m.reference, "do not go the same way")


def cross(m: Movers) -> Found:
    """Whether two that move against or across each other swap sides or cross each other's paths.

    Over the common life, u the direction in which the offset changes. They cross where their displacements differ by
    more than 50 degrees and either the offset along u changes its sign and the boxes touch on the way (margin: as
    for `pass`, and (0.02 - least gap) / hypot(0.01, 1.4 sigma)), or the ends of each path's chord lie on two sides
    of the other's (margin: the least of the four distances, less how far the paths leave their chords, over
    hypot(0.02, 2 sigma)). Number: the moment of the least distance.
    """
    lives = movers.runs_of(m.alive)
    pair, rows = lives.pair, np.arange(len(lives.pair))
    a, b = movers.displacement(m, m.first, lives), movers.displacement(m, m.second, lives)
    start, end = m.offset[pair, lives.begin], m.offset[pair, lives.end]
    u = movers.unit(end - start)
    s0, s1 = np.sum(start * u, axis=1), np.sum(end * u, axis=1)
    sigma = 1.4 * m.larger(m.sigma)[pair]
    inside = movers.inside(m, lives)
    gap = np.where(inside, m.gap[pair], np.inf).min(axis=1)
    swap = np.minimum(_clear(m, lives, np.minimum(-s0, s1), sigma), (TOUCH - gap) / np.hypot(TOUCH_SOFT, sigma))
    at = np.where(inside, m.distance[pair], np.inf).argmin(axis=1)
    criteria = {
        "do not cross": np.maximum(swap, _chords(m, lives, a, b, inside)),
        "not against or across each other": (np.degrees(movers.angle_between(a, b)) - ACROSS) / HEADING_SOFT,
        "not long enough together": (m.t[lives.end] - m.t[lives.begin] - MEETING_S) / 0.1,
    }
    return _found(m, lives, criteria, ["crosses"] * len(rows), m.t[at], m.reference, "not long enough together")


def _chords(m: Movers, lives: Runs, a: np.ndarray, b: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Margin (r,) by which the chords of both paths cross; negative where they do not."""
    pair = lives.pair
    first, second = m.position[m.first][pair], m.position[m.second][pair]
    rows = np.arange(len(pair))
    worst = np.full(len(pair), np.inf)
    for path, other, step in ((first, second, b), (second, first, a)):
        origin, u = other[rows, lives.begin], movers.unit(step)
        ends = [movers.cross_product(path[rows, at] - origin, u) for at in (lives.begin, lives.end)]
        bend = np.where(inside, np.abs(movers.cross_product(other - origin[:, None], u[:, None])), 0.0).max(axis=1)
        sides = np.where(ends[0] * ends[1] < 0, 1.0, -1.0) * np.minimum(np.abs(ends[0]), np.abs(ends[1]))
        worst = np.minimum(worst, sides - bend)
    return np.asarray(worst / np.hypot(0.02, 2 * m.larger(m.sigma)[pair]))


def co_movement(m: Movers) -> Found:
    """Whether the velocities of two over their common life agree, or are opposed.

    r = sum v_a . v_b / sqrt(sum |v_a|^2 sum |v_b|^2); `together` from 0.8 on, `opposite` below -0.8. Margin: the smallest
    of (|atanh r| - atanh 0.8) / hypot(0.1, 1 / sqrt(windows)), windows the number of smoothing windows that fit, how far
    both rms speeds lie above 0.02, and (seconds - 1) / 0.1.
    """
    lives = movers.runs_of(m.alive)
    pair = lives.pair
    va, vb = m.velocities
    seconds = m.t[lives.end] - m.t[lives.begin]
    power = [movers.mean_over(np.sum(v * v, axis=-1), lives) for v in (va, vb)]
    r = movers.mean_over(np.sum(va * vb, axis=-1), lives) / np.maximum(np.sqrt(power[0] * power[1]), 1e-12)
    noise = m.larger(m.velocity_sigma)[pair]
    windows = np.maximum(seconds / m.larger(m.window_s)[pair], 1.0)
    criteria = {
        "velocities differ": (np.arctanh(np.minimum(np.abs(r), 0.999)) - ALIKE) / np.hypot(0.1, 1 / np.sqrt(windows)),
        "too slow": (np.sqrt(np.minimum(*power)) - np.maximum(SLOW, 2 * noise)) / np.hypot(SLOW_SOFT, noise),
        "not long enough together": (seconds - LASTING_S) / 0.1,
    }
    values = np.where(r > 0, "together", "opposite").tolist()
    return _found(m, lives, criteria, values, r, m.reference, "not long enough together")


def same_way(m: Movers) -> Runs:
    """Runs of at least 0.6 s in which both move and their headings differ by less than 40 degrees."""
    fast = movers.norm(m.velocity) > np.maximum(SLOW, 3 * m.velocity_sigma)[:, None]
    runs = movers.runs_of(m.alive & fast[m.first] & fast[m.second] & (m.heading_difference < LOOSE_WAY))
    kept = m.t[runs.end] - m.t[runs.begin] >= MEETING_S
    return Runs(*(part[kept] for part in runs))


def all_rules(m: Movers) -> dict[str, Found]:
    """All rules of this module by kind."""
    ways = same_way(m)
    return {
        "contact": contact(m),
        "follow": follow(m, ways),
        "pass": passing(m, ways),
        "cross": cross(m),
        "co_movement": co_movement(m),
    }


def _found(
    m: Movers,
    runs: Runs,
    criteria: Mapping[str, np.ndarray],
    values: list[str],
    numbers: np.ndarray,
    reference: str,
    otherwise: str,
) -> Found:
    """Statements where all criteria are met; else, per pair, the reason of the best run, or `otherwise`."""
    table = np.stack(list(criteria.values()))
    table = np.minimum(table, np.minimum(m.moving[m.first], m.moving[m.second])[runs.pair])
    margin = table.min(axis=0)
    stated = margin > 0
    statements = [
        (
            int(runs.pair[r]),
            Statement(
                values[r],
                capped(float(margin[r])),
                (float(m.t[runs.begin[r]]), float(m.t[runs.end[r]])),
                (int(m.frame[runs.begin[r]]), int(m.frame[runs.end[r]])),
                float(numbers[r]),
                reference,
            ),
        )
        for r in np.flatnonzero(stated)
    ]
    reasons = dict.fromkeys(range(len(m.first)), otherwise)
    names, weakest = list(criteria), table.argmin(axis=0)
    for r in np.argsort(margin, kind="stable").tolist():
        reasons[int(runs.pair[r])] = names[weakest[r]]
    for p in runs.pair[stated].tolist():
        reasons.pop(p, None)
    return Found(statements, list(reasons.items()))


def _clear(m: Movers, runs: Runs, offset: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """(r,) how surely one is past the other at an offset (r,) along an axis: by more than a quarter of both sizes."""
    quarter = 0.25 * movers.mean_over(m.size.mean(axis=-1), runs)
    return np.asarray((offset - quarter) / _side_error(m, runs, sigma))


def _side_error(m: Movers, runs: Runs, sigma: np.ndarray) -> np.ndarray:
    """(r,) within what an order along an axis is a matter of taste, or of noise."""
    size = movers.mean_over(m.size.mean(axis=-1), runs)
    return np.asarray(np.sqrt((SIDE_SOFT * size) ** 2 + sigma**2 + 0.01**2))
