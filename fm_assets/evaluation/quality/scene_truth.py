"""What a scene's parameters say of a statement: true, false, or near enough to a boundary that people may differ.

Positions come from the closed paths that the scene was made of, never from boxes or `fm_assets.motion`.
"""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise

import numpy as np

from fm_assets.evaluation.quality.phrasings import MOVEMENT_ORDERS
from fm_assets.evaluation.quality.statement_scenes import Held, seen
from fm_assets.motion.vocabulary import DIRECTIONS, REGIONS
from fm_assets.scenes.facts import ObjectFacts, parameter_facts
from fm_assets.scenes.spec import SceneSpec
from fm_assets.scenes.trajectories import Arc, Oscillation, StopAndGo, Zigzag
from fm_assets.scenes.truth import Truth

HZ = 100
#: Share by which a number may be off and still be right, and from which on it is wrong.
RIGHT, WRONG = 0.05, 0.3
#: Distance to a line of thirds within which a place may be told either way, frame heights.
PLACE_SOFT = 0.04
#: Ends of movements this close are one; those this far apart are two, seconds.
AT_ONCE_S, APART_S = 0.1, 0.5
#: Signs of (starts, ends, start after end, end after start) of two intervals, by Allen's relation.
ALLEN_SIGNS = {
    "before": (-1, -1, -1, -1), "meets": (-1, -1, -1, 0), "overlaps": (-1, -1, -1, 1), "starts": (0, -1, -1, 1),
    "finished_by": (-1, 0, -1, 1), "during": (1, -1, -1, 1), "equals": (0, 0, -1, 1), "contains": (-1, 1, -1, 1),
    "finishes": (1, 0, -1, 1), "started_by": (0, 1, -1, 1), "overlapped_by": (1, 1, -1, 1), "met_by": (1, 1, 0, 1),
    "after": (1, 1, 1, 1),
}  # fmt: skip


class Course:
    """One object over the time in which it is seen.

    Args:
        spec: The scene.
        exact: Its truth on the sampled frames.
        number: Which object.
        known: What its parameters say.
    """

    def __init__(self, spec: SceneSpec, exact: Truth, number: int, known: ObjectFacts) -> None:
        self.spec, self.obj, self.known = spec, spec.objects[number], known
        there = np.flatnonzero(seen(exact, number))
        self.shown = len(there) > 0
        self.first, self.last = (float(exact.times[there[k]]) for k in (0, -1)) if self.shown else (0.0, 0.0)
        self.whole = not (known.enter_s or known.exit_s) and self.last - self.first > spec.duration_s - 0.3

    def at(self, t: np.ndarray) -> np.ndarray:
        """Positions (n, 2) in frame heights, y down."""
        return self.obj.trajectory.position(self.obj.share(t))

    def size(self, t: np.ndarray) -> np.ndarray:
        """Sizes (n,) in frame heights."""
        return self.obj.size * self.obj.growth ** self.obj.share(t)

    @cached_property
    def t(self) -> np.ndarray:
        """Times (n,) of `path`."""
        return np.linspace(self.first, self.last, max(3, round((self.last - self.first) * HZ)))

    @cached_property
    def path(self) -> np.ndarray:
        """Positions (n, 2) while it is seen."""
        return self.at(self.t)

    @cached_property
    def speeds(self) -> np.ndarray:
        """Speeds (n,) in frame heights/s."""
        return np.hypot(*np.gradient(self.path, self.t, axis=0).T)

    @cached_property
    def length(self) -> float:
        """Length of the path, frame heights."""
        return float(np.hypot(*np.diff(self.path, axis=0).T).sum())

    @cached_property
    def net(self) -> np.ndarray:
        """Net displacement (2,), y down."""
        return self.path[-1] - self.path[0]

    @property
    def moves(self) -> bool:
        """Whether it moves at all."""
        return self.length > 0.0

    @cached_property
    def span(self) -> tuple[float, float] | None:
        """When it moves: from the first to the last moment of a speed above 0.15 of the 90th percentile; seconds."""
        if not self.moves:
            return None
        fast = self.t[self.speeds > 0.15 * np.percentile(self.speeds, 90)]
        return float(fast[0]), float(fast[-1])


def courses(spec: SceneSpec, exact: Truth) -> list[Course]:
    """The scene's objects."""
    return [Course(spec, exact, i, known) for i, known in enumerate(parameter_facts(spec))]


def number_of(kind: str, c: Course) -> float | None:
    """The quantity of a kind, or None where the parameters do not give one."""
    path = c.obj.trajectory
    match kind:
        case "displacement":
            return float(np.hypot(*c.net))
        case "path_length":
            return c.length
        case "speed":
            return c.length / (c.last - c.first)
        case "peak_speed":
            return float(c.speeds.max())
        case "repetition_count" if isinstance(path, Oscillation) and c.whole:
            return float(path.cycles)
        case "repetition_period" if isinstance(path, Oscillation) and c.whole and path.cycles > 1:
            return (c.obj.t_exit - c.obj.t_enter) / path.cycles
        case "left_turns" | "right_turns" if isinstance(path, Zigzag) and c.whole:
            return _corners(path, 1.0 if kind == "left_turns" else -1.0)
    return None


def _corners(path: Zigzag, sense: float) -> float | None:
    """Turns of one sense; None where one is near 45 or 135 degrees."""
    legs = np.diff(np.asarray(path.points), axis=0) * (1.0, -1.0)
    turns = [sense * float(np.degrees(np.arctan2(a[0] * b[1] - a[1] * b[0], a @ b))) for a, b in pairwise(legs)]
    if any(30 < t < 55 or t > 125 for t in turns):
        return None
    return float(sum(t >= 55 for t in turns))


def holds_number(kind: str, c: Course, claimed: float) -> bool | None:
    """Whether a quantity is as claimed."""
    known = number_of(kind, c)
    if known is None:
        return None
    if kind in ("repetition_count", "left_turns", "right_turns"):
        return claimed == known
    off = abs(claimed - known)
    return True if off <= RIGHT * known else False if off > WRONG * known + 0.02 else None


def holds_value(kind: str, c: Course, value: str, when: str = "") -> bool | None:
    """Whether one object is or does what is said."""
    match kind:
        case "class":
            return value == c.known.class_name
        case "colour":
            return value == c.known.colour
        case "moving":
            reach = float(np.ptp(c.path, axis=0).max())
            return None if 0 < reach < 0.08 else (value == "moving") == c.moves
        case "direction":
            return _direction(c, value)
        case "acceleration":
            return _acceleration(c, value)
        case "trajectory_shape":
            return _shape(c, value)
        case "turn":
            return _turn(c, value)
        case "region":
            return _region(c, value, when)
        case "appear":
            return _event(c, value, c.known.enter_s, "entered")
        case "disappear":
            return _event(c, value, c.known.exit_s, "exited")
        case "scale_change":
            return _scale(c, value)
    raise ValueError(f"no truth about {kind!r}")


def _direction(c: Course, value: str) -> bool | None:
    far = float(np.hypot(*c.net))
    if far < 0.15 or far < 0.55 * c.length:
        return None
    off = abs((np.degrees(np.arctan2(-c.net[1], c.net[0])) - 45 * DIRECTIONS.index(value) + 180) % 360 - 180)
    return True if off < 12 else False if off > 70 else None


def _acceleration(c: Course, value: str) -> bool | None:
    if not c.moves or isinstance(c.obj.trajectory, Oscillation | StopAndGo | Held):
        return None
    ratio = float(c.speeds[-len(c.speeds) // 3 :].mean() / c.speeds[: len(c.speeds) // 3].mean())
    actual = "accelerating" if ratio > 1.7 else "decelerating" if ratio < 1 / 1.7 else ""
    steady = float(np.quantile(c.speeds, 0.98)) < 1.1 * float(np.quantile(c.speeds, 0.02))
    actual = actual or ("constant" if steady else "")
    return actual == value if actual else None


def _shape(c: Course, value: str) -> bool | None:
    shape = c.known.shape if c.moves else "stationary"
    if not c.whole or isinstance(c.obj.trajectory, Held):
        return None
    fair = {
        ("circular", "curved"),
        ("zigzag", "back_and_forth"),
        ("straight", "stop_and_go"),
        ("curved", "stop_and_go"),
    }
    if {(shape, value), (value, shape)} & fair or ("irregular" in (shape, value) and shape != value):
        return None  # people differ over these
    return shape == value


def _turn(c: Course, value: str) -> bool | None:
    path = c.obj.trajectory
    if isinstance(path, Arc) and c.whole and abs(path.turn_deg) > 40:
        return (value == "left") == (path.turn_deg > 0)
    return False if c.known.shape == "straight" and c.moves and c.whole else None


def _region(c: Course, value: str, when: str) -> bool | None:
    if c.spec.camera.kind != "static":
        return None
    t = {"start": c.first, "middle": (c.first + c.last) / 2, "end": c.last}[when]
    cell = c.at(np.array([t]))[0] * (3 / c.spec.aspect, 3.0)
    row, column = divmod(REGIONS.index(value), 3)
    outside = np.maximum(np.abs(cell - (column + 0.5, row + 0.5)) - 0.5, -1)
    soft = 3 * PLACE_SOFT
    if (outside < -soft).all():
        return True
    return False if outside.max() > 1 else None


def _event(c: Course, value: str, when: float | None, moved: str) -> bool | None:
    near = c.first if moved == "entered" else c.spec.duration_s - c.last
    if value == "occluded":
        return None
    if when is None:
        return value == "present" if near < 0.25 else None
    hidden = abs((c.first if moved == "entered" else c.last) - when) > 0.8
    apart = when if moved == "entered" else c.spec.duration_s - when
    return None if hidden or apart < 0.5 else value == moved


def _scale(c: Course, value: str) -> bool | None:
    sizes = c.size(np.array([c.first, c.last]))
    if c.spec.camera.kind != "static" or c.known.enter_s or c.known.exit_s:
        return None
    ratio = float(sizes[1] / sizes[0])
    actual = "grows" if ratio > 1.5 else "shrinks" if ratio < 1 / 1.5 else "constant" if abs(ratio - 1) < 0.05 else ""
    return actual == value if actual else None


class Pair:
    """Two objects over the time in which both are seen."""

    def __init__(self, a: Course, b: Course) -> None:
        self.a, self.b = a, b
        start, end = max(a.first, b.first), min(a.last, b.last)
        self.common_s = end - start
        self.t = np.linspace(start, max(end, start + 1.0 / HZ), max(3, round(self.common_s * HZ)))
        self.pa, self.pb = a.at(self.t), b.at(self.t)
        self.va, self.vb = (np.gradient(p, self.t, axis=0) for p in (self.pa, self.pb))
        self.offset = self.pa - self.pb
        self.gap = np.hypot(*self.offset.T)
        self.both_move = bool(a.moves and b.moves)
        self.sizes = a.size(self.t) + b.size(self.t)

    def holds(self, kind: str, value: str, when: str = "") -> bool | None:
        """Whether the first stands to the second as is said."""
        if self.common_s < 1.0 and kind != "order":
            return None
        return getattr(self, f"_{kind}")(value, when)

    def _relative_position(self, value: str, when: str) -> bool | None:
        dx, dy = self.offset[0 if when == "start" else -1] * (1.0, -1.0)
        along = {"left_of": -dx, "right_of": dx, "above": dy, "below": -dy}[value]
        across = abs(dy if value in ("left_of", "right_of") else dx)
        if along > 0.6 * across + 0.04:
            return True
        return False if -along > 0.6 * across + 0.04 else None

    def _distance_change(self, value: str, when: str) -> bool | None:
        ratio = float(self.gap[-1] / self.gap[0])
        one_way = abs(self.gap[-1] - self.gap[0]) / max(float(np.abs(np.diff(self.gap)).sum()), 1e-9) > 0.8
        if one_way and ratio < 0.6:
            return value == "approach"
        if one_way and ratio > 1.7:
            return value == "recede"
        return value == "constant" if float(self.gap.max() / self.gap.min()) < 1.03 else None

    def _order(self, value: str, when: str) -> bool | None:
        apart = (self.a.known.enter_s or 0.0) - (self.b.known.enter_s or 0.0)
        if abs(apart) < 0.8 or abs(apart - (self.a.first - self.b.first)) > 0.5:
            return None
        return (value == "before") == (apart < 0)

    def _speed_order(self, value: str, when: str) -> bool | None:
        a, b = (c.length / (c.last - c.first) for c in (self.a, self.b))
        if max(a, b) < 0.08 or max(a, b) < 1.4 * min(a, b):
            return None
        return (value == "faster") == (a > b)

    def _size_order(self, value: str, when: str) -> bool | None:
        logs = np.log(self.a.size(self.t) / self.b.size(self.t))
        if self.a.known.class_name != self.b.known.class_name or np.abs(logs).min() < np.log(1.5):
            return None
        return (value == "larger") == (logs.mean() > 0) if np.ptp(np.sign(logs)) == 0 else None

    def _contact(self, value: str, when: str) -> bool | None:
        beside = np.abs(self.offset).max(axis=1) - self.sizes / 2
        joint = float(np.hypot(*(self.va - self.vb).T).max()) < 0.02 and self.both_move
        if joint and float(np.abs(beside).max()) < 0.01:
            return True
        return False if float(self.gap.min()) > float(self.sizes.max()) else None

    def _heading(self) -> float:
        """Cosine between both net displacements; 0 where one rests."""
        a, b = self.pa[-1] - self.pa[0], self.pb[-1] - self.pb[0]
        return float(a @ b / max(np.hypot(*a) * np.hypot(*b), 1e-9))

    def _straight(self) -> bool:
        return all(c.known.shape == "straight" and not isinstance(c.obj.trajectory, Held) for c in (self.a, self.b))

    def _along(self) -> np.ndarray:
        way = (self.pa[-1] - self.pa[0]) + (self.pb[-1] - self.pb[0])
        return self.offset @ way / max(float(np.hypot(*way)), 1e-9)

    def _follow(self, value: str, when: str) -> bool | None:
        if not self.both_move:
            return False
        if not self._straight():
            return None
        if self._heading() < 0.7:
            return False
        along = self._along()
        behind = self.gap.max() / self.gap.min() < 1.15 and np.abs(along).min() > 0.9 * self.gap.max()
        return bool((value == "follows") == (along[0] < 0)) if behind and self._heading() > 0.95 else None

    def _pass(self, value: str, when: str) -> bool | None:
        mover, other = (self.a, self.b) if value == "passes" else (self.b, self.a)
        if not mover.moves:
            return False
        if not self._straight() or not other.moves:
            return None
        along = self._along()
        if self._heading() > 0.95 and min(abs(along[0]), abs(along[-1])) > 0.5 * self.sizes.max():
            swapped = along[0] * along[-1] < 0
            near = float(self.gap.min()) < 1.0 * float(self.sizes.min())
            return bool((value == "passes") == (along[0] < 0)) if swapped and near else None if swapped else False
        return False if self._heading() < 0.3 else None

    def _cross(self, value: str, when: str) -> bool | None:
        if not (self.a.moves or self.b.moves):
            return False
        paths = float(np.hypot(*(self.pa[::4, None] - self.pb[None, ::4]).transpose(2, 0, 1)).min())
        if paths > 1.5 * float(self.sizes.max()):
            return False
        swapped = self.offset[0] @ self.offset[-1] < -0.1 and float(self.gap.min()) < 0.35 * float(self.sizes.min())
        return True if swapped and self.both_move and self._heading() < 0.3 else None

    def _co_movement(self, value: str, when: str) -> bool | None:
        if not self.both_move:
            return False
        r = float(np.sum(self.va * self.vb) / np.sqrt(np.sum(self.va**2) * np.sum(self.vb**2)))
        if abs(r) > 0.9:
            return (value == "together") == (r > 0)
        return False if (r < 0.4 if value == "together" else r > -0.4) else None

    def _movement_order(self, value: str, when: str) -> bool | None:
        a, b = self.a.span, self.b.span
        if a is None or b is None or not (self.a.whole and self.b.whole):
            return None
        signs = [_sign(a[0] - b[0]), _sign(a[1] - b[1]), _sign(a[0] - b[1]), _sign(a[1] - b[0])]
        actual = next((r for r, known in ALLEN_SIGNS.items() if signs == list(known)), None)
        if actual is None:
            return None
        said = MOVEMENT_ORDERS[value]
        if actual in said:
            return True
        near = [r for r in ALLEN_SIGNS if np.abs(np.subtract(ALLEN_SIGNS[r], ALLEN_SIGNS[actual])).sum() == 1]
        return None if said.intersection(near) else False


def _sign(gap: float) -> int | None:
    return 0 if abs(gap) < AT_ONCE_S else None if abs(gap) < APART_S else 1 if gap > 0 else -1
