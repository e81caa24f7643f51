"""Claims about what two that move do with each other: contact, follow, pass, cross; and whether their ways keep clear.

Where the time is given, the definition is held against just that time; else against every time that might show it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from fm_assets.scenes.oracle import paths, places
from fm_assets.scenes.oracle.pairs import LASTING_S, LASTING_SOFT_S, SIDE_LEAST, SIDE_SOFT, SLOW_SOFT, Duo
from fm_assets.scenes.oracle.verdicts import Truth, above, below, every, some
from fm_assets.scenes.oracle.view import Actor, Span

#: Boxes closer than this touch, frame heights; difference of velocities over the faster's speed at which two move
#: together; least time in contact, seconds; each with its softness.
TOUCH, TOUCH_SOFT = 0.02, 0.01
TOGETHER, TOGETHER_SOFT = 0.35, 0.1
CONTACT_S, CONTACT_SOFT_S = 0.3, 0.1
#: Headings that differ by less go the same way, by more against or across each other, degrees; their softness.
SAME_WAY, ACROSS, HEADING_SOFT = 30.0, 50.0, 6.0
#: Headings of a common way may differ by this for a moment, degrees; its least duration and the softness, seconds.
LOOSE_WAY, MEETING_S, MEETING_SOFT_S = 40.0, 0.6, 0.1
#: Follow: sideways offset over that along the way, ratio of distances, way over distance; each with its softness.
SIDEWAYS, SIDEWAYS_SOFT = 0.6, 0.1
STEADY, STEADY_SOFT = float(np.log(1.25)), 0.05
WAY, WAY_SOFT = 0.5, 0.15
#: Pass: sideways offset over both sizes.
BESIDE, BESIDE_SOFT = 1.2, 0.2
#: Paths that come closer than this may be said to cross, frame heights: the softness of chords that do.
PATHS_SOFT = 0.02
#: Samples per point of the search for the place where two paths cross.
EVERY = 4


def contact(duo: Duo, *, given: bool) -> Truth:
    """Boxes touch in the image while both move together."""
    va, vb = (np.hypot(*v.T) for v in duo.velocities)
    apart, top = np.hypot(*(duo.velocities[0] - duo.velocities[1]).T), np.maximum(va, vb)

    def during(part: slice) -> Truth:
        fast = max(float(top[part].mean()), 1e-9)
        return every(
            below(float(np.mean(np.minimum(duo.gap[part], 9.0))), TOUCH, TOUCH_SOFT),
            below(float(apart[part].mean()) / fast, TOGETHER, TOGETHER_SOFT),
            above(float(np.ptp(duo.t[part])), CONTACT_S, CONTACT_SOFT_S),
            above(float(np.minimum(va, vb)[part].mean()), paths.SLOW, SLOW_SOFT),
        )

    if given:
        return during(slice(None))
    # a run by the loose ends of the definition may be one: the strict ones must then say so
    loose = _runs((duo.gap <= TOUCH + TOUCH_SOFT) & (apart <= (TOGETHER + TOGETHER_SOFT) * top))
    strict = _runs((duo.gap <= TOUCH) & (apart <= TOGETHER * top))
    found = some(*(during(slice(p, q + 1)) for p, q in strict))
    maybe = any(float(duo.t[q] - duo.t[p]) > CONTACT_S - CONTACT_SOFT_S for p, q in loose)
    return True if found else None if maybe or found is None else False


def follow(duo: Duo, value: str, *, given: bool) -> Truth:
    """Both go the same way, one behind the other, at a steady distance."""
    return _over_ways(duo, lambda part: _follows(part, value), given=given)


def _follows(duo: Duo, value: str) -> Truth:
    va, vb = duo.velocities
    ahead = _unit(_unit(va) + _unit(vb))
    along = np.sum(duo.away * ahead, axis=1)
    across = np.abs(_cross(duo.away, ahead))
    distance = np.maximum(np.hypot(*duo.away.T), 1e-6)
    behind = -float(along.mean()) if value == "follows" else float(along.mean())
    moved = min(float(np.hypot(*(x.position[duo.at[-1]] - x.position[duo.at[0]]))) for x in (duo.a, duo.b))
    return every(
        above(behind, 0.0, _side_soft(duo)),
        below(float(np.degrees(_angle(va, vb)).mean()), SAME_WAY, HEADING_SOFT),
        below(float(across.mean()) / max(abs(behind), 1e-6), SIDEWAYS, SIDEWAYS_SOFT),
        below(float(np.ptp(np.log(distance))) / 2, STEADY, STEADY_SOFT),
        above(moved / float(distance.mean()), WAY, WAY_SOFT),
        above(float(np.ptp(duo.t)), LASTING_S, LASTING_SOFT_S),
    )


def passing(duo: Duo, value: str, number: float | None, *, given: bool) -> Truth:
    """Both go the same way, and their order along it swaps; what rests passes nothing, but may be passed."""
    passer, passed = (duo.a, duo.b) if value == "passes" else (duo.b, duo.a)
    if paths.moves(passed, duo.span) is False:
        return None if paths.moves(passer, duo.span) is not False else False
    return _over_ways(duo, lambda part: _passes(part, value, number), given=given)


def _passes(duo: Duo, value: str, number: float | None) -> Truth:
    a, b = (x.position[duo.at[-1]] - x.position[duo.at[0]] for x in (duo.a, duo.b))
    ahead = _unit(_unit(a) + _unit(b))
    along = duo.away @ ahead * (1.0 if value == "passes" else -1.0)
    clear, soft = 0.25 * float(duo.size.mean()), _side_soft(duo)
    swaps = np.flatnonzero(along[1:] * along[:-1] <= 0)
    if not len(swaps):
        return False
    at = int(swaps[-1])
    sideways = abs(float(_cross(duo.away[at], ahead))) / float(duo.size[at].mean())
    moment = float(duo.t[at])
    return every(
        above(-float(along[0]), clear, soft),
        above(float(along[-1]), clear, soft),
        below(float(np.degrees(_angle(a, b))), SAME_WAY, HEADING_SOFT),
        below(sideways, BESIDE, BESIDE_SOFT),
        True if number is None else places.when(number, (moment, moment)),
    )


def cross(duo: Duo, number: float | None) -> Truth:
    """Two that go against or across each other swap sides and touch on the way, or take paths that cut each other."""
    a, b = (x.position[duo.at] for x in (duo.a, duo.b))
    if any(paths.moves(x, duo.span) is False for x in (duo.a, duo.b)):
        return False
    way = _unit(duo.away[-1] - duo.away[0])
    clear, soft = 0.25 * float(duo.size.mean()), _side_soft(duo)
    swapped = every(
        above(-float(duo.away[0] @ way), clear, soft),
        above(float(duo.away[-1] @ way), clear, soft),
        below(float(duo.gap.min()), TOUCH, TOUCH_SOFT),
    )
    distance = np.hypot(*duo.away.T)
    at = int(distance.argmin())
    moment: Truth = True
    if number is not None:
        nearest = duo.t[distance <= distance[at] + PATHS_SOFT]
        moment = places.when(number, (float(nearest[0]), float(nearest[-1])))
    return every(
        some(swapped, _paths_cut(a, b)),
        above(float(np.degrees(_angle(a[-1] - a[0], b[-1] - b[0]))), ACROSS, HEADING_SOFT),
        above(float(np.ptp(duo.t)), MEETING_S, MEETING_SOFT_S),
        moment,
    )


def apart(a: Actor, b: Actor, lives: tuple[Span, Span]) -> Truth:
    """Whether no place that the one takes in the image while it is seen is near one that the other takes, at any time."""
    first, second = (x.seen_box[x.during(life)][::EVERY] for x, life in zip((a, b), lives, strict=True))
    p, q = (boxes[np.isfinite(boxes).all(axis=1)] for boxes in (first, second))
    if not len(p) or not len(q):
        return None
    beside = np.maximum(p[:, None, :2] - q[None, :, 2:], q[None, :, :2] - p[:, None, 2:])
    return above(float(np.hypot(*np.maximum(beside, 0.0).transpose(2, 0, 1)).min()), TOUCH, TOUCH_SOFT)


def _paths_cut(a: np.ndarray, b: np.ndarray) -> Truth:
    """Whether the paths (k, 2) cut each other, whenever each comes by; None where an end of one just reaches the other."""
    p, q = a[::EVERY], b[::EVERY]
    u, v = np.diff(p, axis=0), np.diff(q, axis=0)
    start = q[None, :-1] - p[:-1, None]
    area = _cross(u[:, None], v[None])
    safe = np.where(np.abs(area) > 1e-12, area, np.nan)
    s, t = _cross(start, v[None]) / safe, _cross(start, u[:, None]) / safe
    cut = (s >= 0) & (s <= 1) & (t >= 0) & (t <= 1)
    if not cut.any():
        apart = float(np.hypot(*(p[:, None] - q[None]).transpose(2, 0, 1)).min())
        return False if apart > PATHS_SOFT else None
    i = int(np.argwhere(cut)[0, 0])
    ends = np.array([p[0], p[-1], q[0], q[-1]])
    return True if float(np.hypot(*(ends - p[i]).T).min()) > PATHS_SOFT else None


def _over_ways(duo: Duo, rule: Callable[[Duo], Truth], *, given: bool) -> Truth:
    return rule(duo) if given else some(*(rule(part) for part in _ways(duo)), False)


def _ways(duo: Duo) -> Iterator[Duo]:
    """Times in which both move and go the same way."""
    va, vb = duo.velocities
    fast = np.minimum(np.hypot(*va.T), np.hypot(*vb.T)) > paths.SLOW
    for begin, end in _runs(fast & (np.degrees(_angle(va, vb)) < LOOSE_WAY)):
        if duo.t[end] - duo.t[begin] >= MEETING_S:
            yield duo.part(begin, end)


def _runs(mask: np.ndarray) -> list[tuple[int, int]]:
    """First and last index of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(int)))
    return [(int(p), int(q) - 1) for p, q in edges.reshape(-1, 2)]


def _side_soft(duo: Duo) -> float:
    """Within what an order along an axis is a matter of taste, frame heights."""
    return float(np.hypot(SIDE_SOFT * duo.size.mean(), SIDE_LEAST))


def _unit(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9))


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])


def _angle(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Angle between vectors, radians, 0 to pi."""
    return np.asarray(np.arctan2(np.abs(_cross(a, b)), np.sum(a * b, axis=-1)))
