"""Paths of objects as closed functions of normalised time.

Positions are in frame heights, x to the right and y **down** from the frame's top left corner, so that a
pixel position is the position times the frame height. `s` runs from 0 at the path's start to 1 at its end.
Angles are in degrees with 0 = right and 90 = up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.interpolate import CubicSpline

Point = tuple[float, float]

#: Arcs that turn at least this far are circles, others curves.
FULL_CIRCLE_DEG = 300.0


@dataclass(frozen=True)
class Straight:
    """A straight line; `speed_ratio` is the speed at the end over the speed at the start, in between linear."""

    start: Point
    end: Point
    speed_ratio: float = 1.0
    shape: ClassVar[str] = "straight"

    def position(self, s: np.ndarray) -> np.ndarray:
        """Positions (n, 2) at `s` (n,)."""
        gain = (self.speed_ratio - 1.0) / 2.0
        return _between(self.start, self.end, (s + gain * s**2) / (1.0 + gain))

    def length(self) -> float:
        """Length of the path in frame heights."""
        return _distance(self.start, self.end)


@dataclass(frozen=True)
class Arc:
    """A part of a circle, or several rounds of it, at constant speed; positive `turn_deg` is counter-clockwise."""

    centre: Point
    radius: float
    angle0_deg: float
    turn_deg: float

    @property
    def shape(self) -> str:
        """`circular` from `FULL_CIRCLE_DEG` of turn on, else `curved`."""
        return "circular" if abs(self.turn_deg) >= FULL_CIRCLE_DEG else "curved"

    def position(self, s: np.ndarray) -> np.ndarray:
        """Positions (n, 2) at `s` (n,)."""
        angle = np.radians(self.angle0_deg + self.turn_deg * s)
        return np.asarray(self.centre) + self.radius * np.stack([np.cos(angle), -np.sin(angle)], axis=-1)

    def length(self) -> float:
        """Length of the path in frame heights."""
        return self.radius * float(np.radians(abs(self.turn_deg)))


@dataclass(frozen=True)
class Zigzag:
    """Straight legs between `points` at constant speed."""

    points: tuple[Point, ...]
    shape: ClassVar[str] = "zigzag"

    def position(self, s: np.ndarray) -> np.ndarray:
        """Positions (n, 2) at `s` (n,)."""
        points = np.asarray(self.points)
        reached = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
        reached /= reached[-1]
        return np.stack([np.interp(s, reached, points[:, 0]), np.interp(s, reached, points[:, 1])], axis=-1)

    def length(self) -> float:
        """Length of the path in frame heights."""
        return sum(_distance(a, b) for a, b in zip(self.points, self.points[1:], strict=False))


@dataclass(frozen=True)
class Oscillation:
    """A harmonic swing: from `start` to `far` and back, `cycles` times."""

    start: Point
    far: Point
    cycles: int
    shape: ClassVar[str] = "back_and_forth"

    def position(self, s: np.ndarray) -> np.ndarray:
        """Positions (n, 2) at `s` (n,)."""
        return _between(self.start, self.far, (1.0 - np.cos(2.0 * np.pi * self.cycles * s)) / 2.0)

    def length(self) -> float:
        """Length of the path in frame heights."""
        return 2.0 * self.cycles * _distance(self.start, self.far)


@dataclass(frozen=True)
class StopAndGo:
    """A straight line with rests; between them the speed ramps up, holds and ramps down.

    Attributes:
        stops: `(from, to)` in normalised time, in order, apart from each other and from 0 and 1.
    """

    start: Point
    end: Point
    stops: tuple[tuple[float, float], ...]
    shape: ClassVar[str] = "stop_and_go"

    #: Share of a move that is spent on each of its two speed ramps.
    RAMP: ClassVar[float] = 0.15

    def moves(self) -> tuple[tuple[float, float], ...]:
        """Intervals of motion in normalised time, the complement of `stops`."""
        begins = (0.0, *(to for _, to in self.stops))
        ends = (*(start for start, _ in self.stops), 1.0)
        return tuple(zip(begins, ends, strict=True))

    def position(self, s: np.ndarray) -> np.ndarray:
        """Positions (n, 2) at `s` (n,)."""
        moves = self.moves()
        moving = sum(b - a for a, b in moves)
        done = np.zeros_like(s, dtype=np.float64)
        for a, b in moves:
            done += (b - a) / moving * _trapezoid(np.clip((s - a) / (b - a), 0.0, 1.0), self.RAMP)
        return _between(self.start, self.end, done)

    def length(self) -> float:
        """Length of the path in frame heights."""
        return _distance(self.start, self.end)


@dataclass(frozen=True)
class Stationary:
    """No motion."""

    at: Point
    shape: ClassVar[str] = "stationary"

    def position(self, s: np.ndarray) -> np.ndarray:
        """Positions (n, 2) at `s` (n,)."""
        return np.broadcast_to(np.asarray(self.at, dtype=np.float64), (len(s), 2)).copy()

    def length(self) -> float:
        """Length of the path in frame heights."""
        return 0.0


@dataclass(frozen=True)
class Wander:
    """A smooth path through `points`, which are reached at even intervals: of no named shape."""

    points: tuple[Point, ...]
    shape: ClassVar[str] = "irregular"

    def position(self, s: np.ndarray) -> np.ndarray:
        """Positions (n, 2) at `s` (n,)."""
        knots = np.linspace(0.0, 1.0, len(self.points))
        return CubicSpline(knots, np.asarray(self.points), bc_type="natural")(s)

    def length(self) -> float:
        """Length of the path in frame heights (a sum over short chords)."""
        return float(np.hypot(*np.diff(self.position(np.linspace(0.0, 1.0, 4001)), axis=0).T).sum())


Trajectory = Straight | Arc | Zigzag | Oscillation | StopAndGo | Stationary | Wander


def _trapezoid(u: np.ndarray, ramp: float) -> np.ndarray:
    """Share of the way at time share `u` (n,) for a speed that rises, holds and falls linearly."""
    top = 1.0 / (1.0 - ramp)
    rising = top * u**2 / (2.0 * ramp)
    falling = 1.0 - top * (1.0 - u) ** 2 / (2.0 * ramp)
    return np.where(u < ramp, rising, np.where(u > 1.0 - ramp, falling, top * (u - ramp / 2.0)))


def _between(a: Point, b: Point, share: np.ndarray) -> np.ndarray:
    start, end = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    return start + share[:, None] * (end - start)


def _distance(a: Point, b: Point) -> float:
    return float(np.hypot(b[0] - a[0], b[1] - a[1]))
