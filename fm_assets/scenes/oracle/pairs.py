"""Claims about two objects: places, distances, orders, speeds, sizes, and what they do with each other.

Places and boxes are those of the image, movements those of the world. A tolerance is the softness that
docs/motion-calculus.md gives for the threshold, or the gap that it leaves between two values; within it nothing is decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from fm_assets.scenes.oracle import paths, places
from fm_assets.scenes.oracle.verdicts import Truth, above, every, zoned
from fm_assets.scenes.oracle.view import Actor, Span, View

#: Part of both sizes together within which sides are a matter of taste, and its least, frame heights.
SIDE_SOFT, SIDE_LEAST = 0.125, 0.01
#: Logarithms of ratios of distance from which it has changed and up to which it is the same; softness of ratios.
CHANGED, CONSTANT, RATIO_SOFT = float(np.log(4 / 3)), float(np.log(1.1)), 0.05
#: Part of all change that goes one way, and its softness.
ONE_WAY, ONE_WAY_SOFT = 0.7, 0.05
#: Logarithm of the ratio from which speeds differ; from which sizes do, its softness, and for how much of the time.
FASTER = float(np.log(1.2))
LARGER, SIZE_SOFT, MOSTLY = float(np.log(1.25)), 0.06, 0.9
#: Slower than this is no movement of a pair, frame heights per second, and its softness.
SLOW, SLOW_SOFT = 0.02, 0.005
#: Shortest common movement, and one that lasts; softness of both, seconds.
LASTING_S, LASTING_SOFT_S = 1.0, 0.1
#: Correlation of velocities from which two move alike, through Fisher's transform, and its softness.
ALIKE, ALIKE_SOFT = float(np.arctanh(0.8)), 0.1
#: Ends of movements that lie closer are equal, and that lie further apart differ, seconds; both count between them.
EQUAL_S, APART_S = 0.1, 0.35
#: Movement has begun where the speed exceeds this share of its 90th percentile.
UNDER_WAY = 0.15


@dataclass(frozen=True)
class Duo:
    """Two objects over a time that both have.

    Attributes:
        a: The subject.
        b: The object.
        span: The time, seconds.
    """

    a: Actor
    b: Actor
    span: Span

    @cached_property
    def at(self) -> np.ndarray:
        """(k,) indices of the samples in which both exist."""
        at = self.a.during(self.span)
        both = at[self.b.exists[at]]
        return both if len(both) else at[:1]

    @property
    def t(self) -> np.ndarray:
        """(k,) seconds."""
        return np.asarray(self.a.t[self.at])

    @cached_property
    def offset(self) -> np.ndarray:
        """(k, 2) centre of the subject less that of the object in the image, y down."""
        return np.asarray(self.a.centre[self.at] - self.b.centre[self.at])

    @cached_property
    def away(self) -> np.ndarray:
        """(k, 2) the same in the world, y up."""
        return np.asarray(self.a.position[self.at] - self.b.position[self.at])

    @property
    def velocities(self) -> tuple[np.ndarray, np.ndarray]:
        """Both velocities (k, 2)."""
        return self.a.velocity[self.at], self.b.velocity[self.at]

    @cached_property
    def size(self) -> np.ndarray:
        """(k, 2) both widths and both heights together."""
        return np.asarray(self.a.size[self.at] + self.b.size[self.at])

    @cached_property
    def gap(self) -> np.ndarray:
        """(k,) distance of both boxes in the image, negative by how far they overlap; infinite where one is out of it."""
        p, q = self.a.seen_box[self.at], self.b.seen_box[self.at]
        apart = np.maximum(p[:, :2] - q[:, 2:], q[:, :2] - p[:, 2:])
        outside = np.hypot(*np.maximum(apart, 0.0).T) + np.minimum(apart.max(axis=1), 0.0)
        return np.asarray(np.where(np.isfinite(outside), outside, np.inf))

    def part(self, begin: int, end: int) -> Duo:
        """The same between two of its samples."""
        return Duo(self.a, self.b, (float(self.t[begin]), float(self.t[end])))


def relative_position(duo: Duo, value: str) -> Truth:
    """Whether the subject is on that side: always in the time (True), or always on the reverse (False)."""
    axis = 0 if value in ("left_of", "right_of") else 1
    sign = -1.0 if value in ("left_of", "above") else 1.0
    here, other = sign * duo.offset[:, axis], np.abs(duo.offset[:, 1 - axis])
    soft = np.hypot(SIDE_SOFT * duo.size[:, axis], SIDE_LEAST)
    side = (np.minimum(here, here - 0.5 * other)) / soft
    return True if side.min() >= 1 else False if (here / soft).max() <= -1 else None


def distance_change(duo: Duo, value: str) -> Truth:
    """Distance of the centres in the image at the end over that at the start."""
    logs = np.log(np.maximum(np.hypot(*duo.offset.T), 1e-6))
    change, spread = float(logs[-1] - logs[0]), float(np.ptp(logs)) / 2
    more, less = CHANGED + RATIO_SOFT, CONSTANT - RATIO_SOFT
    lasting = above(float(np.ptp(duo.t)), LASTING_S, LASTING_SOFT_S)
    lasting = None if lasting is False else lasting  # of shorter times the definition does not speak
    if value == "constant":
        return every(zoned(-spread, -less, -more / 2), lasting)
    total = float(np.abs(np.diff(logs)).sum())
    one_way = above(abs(change) / max(total, 1e-9), ONE_WAY, ONE_WAY_SOFT)
    return every(zoned(change if value == "recede" else -change, more, less), one_way, lasting)


def order(view: View, a: Actor, b: Actor, value: str) -> Truth:
    """Which of two comes into view first, in each reading of that; of what was hidden before, nobody saw it."""
    if any(places.comes(view, x, "occluded", "start", None) is not False for x in (a, b)):
        return None
    later = [q[0] - p[0] for p, q in zip(a.lives, b.lives, strict=True)]
    least, most = (min(later), max(later)) if value == "before" else (-max(later), -min(later))
    return True if least >= places.MOMENT_S else False if most <= places.MOMENT_S else None


def speed_order(a: Actor, b: Actor, spans: tuple[Span, Span], value: str) -> Truth:
    """Ratio of mean speeds, each over its own time; speeds closer than 1.2 have no order, but not the reverse one."""
    resting = [paths.moves(x, span) for x, span in zip((a, b), spans, strict=True)]
    if False in resting:
        if None in resting:
            return None
        return value == ("faster" if resting[0] else "slower") and resting[0] != resting[1]
    speeds = [max(paths.quantity(x, "speed", span), 1e-9) for x, span in zip((a, b), spans, strict=True)]
    return every(_ratio(speeds[0] / speeds[1], FASTER, value == "faster"), *resting)


def size_order(duo: Duo, aspect: float, value: str) -> Truth:
    """Ratio of apparent sizes (square root of the extent's area), where no edge of the frame cuts either, most of the time.

    The definition speaks of objects of one class; sizes closer than 1.25 have no order, but not the reverse one.
    """
    whole = places.whole(duo.a, aspect)[duo.at] & places.whole(duo.b, aspect)[duo.at]
    if duo.a.spec.class_name != duo.b.spec.class_name or whole.sum() < 2:
        return None
    p, q = (x.size[duo.at][whole].prod(axis=1) for x in (duo.a, duo.b))
    logs = np.log(p / q) / 2 * (1.0 if value == "larger" else -1.0)
    least, most = np.quantile(logs, [1.0 - MOSTLY, MOSTLY]).tolist()
    more = LARGER + SIZE_SOFT
    return True if least >= more else False if most <= -more else None


def _ratio(ratio: float, least: float, more: bool) -> Truth:
    change = float(np.log(ratio)) * (1.0 if more else -1.0)
    return zoned(change, least + RATIO_SOFT, -least - RATIO_SOFT)


def co_movement(duo: Duo, value: str) -> Truth:
    """Correlation of both velocities over the common life."""
    va, vb = duo.velocities
    power = np.array([np.mean(np.sum(v * v, axis=1)) for v in (va, vb)])
    r = float(np.mean(np.sum(va * vb, axis=1)) / max(np.sqrt(power.prod()), 1e-12))
    alike = np.arctanh(np.clip(r if value == "together" else -r, -0.999, 0.999))
    return every(
        above(float(alike), ALIKE, ALIKE_SOFT),
        above(float(np.sqrt(power.min())), SLOW, SLOW_SOFT),
        above(float(np.ptp(duo.t)), LASTING_S, LASTING_SOFT_S),
    )


def movement_order(view: View, a: Actor, b: Actor, value: str, number: float | None) -> Truth:
    """Allen's relation of the times in which both move, as they are seen; ends that are near count either way."""
    if any(paths.moves(x, life) is False for x in (a, b) for life in x.lives[:1]):
        return False
    first, second = _movements(view, a), _movements(view, b)
    if not first or not second:
        return None
    gaps = {(i, j): [p[i] - q[j] for p, q in zip(first, second, strict=True)] for i in (0, 1) for j in (0, 1)}
    signs = {ends: _signs(min(gap), max(gap)) for ends, gap in gaps.items()}
    possible = {_allen(dict(zip(signs, world, strict=True))) for world in product(*signs.values())}
    verdict = False if value not in possible else True if len(possible) == 1 else None
    return verdict if number is None else every(verdict, places.when(number, (min(gaps[0, 0]), max(gaps[0, 0]))))


def _movements(view: View, a: Actor) -> list[Span]:
    """When it moves, in each reading of when it is seen; empty where it is hidden as it starts or stops."""
    found: list[Span] = []
    for life in a.lives:
        at = a.during(life)
        speed = np.hypot(*a.velocity[at].T)
        fast = at[speed > UNDER_WAY * np.percentile(speed, 90)]
        if not len(fast) or paths.moves(a, life) is not True:
            return []
        found.append((float(a.t[fast[0]]), float(a.t[fast[-1]])))
    sides: tuple[places.Side, ...] = ("start", "end")
    for edge, side in enumerate(sides):
        with_life = any(abs(m[edge] - life[edge]) < places.MOMENT_S for m, life in zip(found, a.lives, strict=True))
        if with_life and places.comes(view, a, "occluded", side, None) is not False:
            return []
    return found


def _signs(least: float, most: float) -> tuple[int, ...]:
    """Which signs (0: equal) a difference between two numbers may be said to have, seconds."""
    may = {-1: least < -EQUAL_S, 0: least <= APART_S and most >= -APART_S, 1: most > EQUAL_S}
    return tuple(sign for sign, possible in may.items() if possible)


#: Allen's relations of intervals that share a time, by the signs of start less start and end less end.
_SHARING = {
    (-1, -1): "overlaps", (-1, 0): "finished_by", (-1, 1): "contains", (0, -1): "starts", (0, 0): "equals",
    (0, 1): "started_by", (1, -1): "during", (1, 0): "finishes", (1, 1): "overlapped_by",
}  # fmt: skip


def _allen(signs: dict[tuple[int, int], int]) -> str:
    """Allen's relation by the signs of the first's start (0) or end (1) less the second's."""
    if signs[1, 0] <= 0:
        return "before" if signs[1, 0] < 0 else "meets"
    if signs[0, 1] >= 0:
        return "after" if signs[0, 1] > 0 else "met_by"
    return _SHARING[signs[0, 0], signs[1, 1]]
