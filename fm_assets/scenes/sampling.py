"""Random paths of each shape, within a frame of given aspect; whoever calls decides whether one fits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fm_assets.scenes.trajectories import (
    Arc,
    Oscillation,
    Point,
    Stationary,
    StopAndGo,
    Straight,
    Trajectory,
    Wander,
    Zigzag,
)

#: Speeds on a path, frame heights per second, and the least extent of one that moves, frame heights.
SPEED = (0.1, 0.8)
MIN_EXTENT = 0.25
#: Directions are drawn within this many degrees of the middle of one of the eight sectors.
OFF_SECTOR_DEG = 11.0


def sample(shape: str, rng: np.random.Generator, aspect: float, seconds: float) -> Trajectory:
    """A random path of a shape of `motion.vocabulary.SHAPES`, anywhere in (and perhaps leaving) the frame.

    Args:
        shape: Trajectory shape.
        rng: Source of chance.
        aspect: Frame width in frame heights.
        seconds: How long the path will take.

    Raises:
        ValueError: There is no such shape.
    """
    if shape not in _SAMPLERS:
        raise ValueError(f"unknown trajectory shape {shape!r}: one of {tuple(_SAMPLERS)}")
    return _SAMPLERS[shape](rng, aspect, seconds)


def unit(angle_deg: float) -> np.ndarray:
    """Unit vector (2,), y down, of an angle with 0 = right, 90 = up."""
    return np.array([np.cos(np.radians(angle_deg)), -np.sin(np.radians(angle_deg))])


def pair(values: np.ndarray) -> Point:
    """A point of plain floats."""
    return float(values[0]), float(values[1])


def _sector(rng: np.random.Generator) -> float:
    return float(rng.integers(8) * 45.0 + rng.uniform(-OFF_SECTOR_DEG, OFF_SECTOR_DEG))


def _place(rng: np.random.Generator, aspect: float) -> np.ndarray:
    return rng.uniform((0.05, 0.05), (aspect - 0.05, 0.95))


def _line(rng: np.random.Generator, aspect: float, low: float) -> tuple[Point, Point]:
    """Ends of a line of at least `low` frame heights around a random middle."""
    reach = unit(_sector(rng)) * rng.uniform(low, 1.4)
    middle = _place(rng, aspect)
    return pair(middle - reach / 2.0), pair(middle + reach / 2.0)


def _straight(rng: np.random.Generator, aspect: float, seconds: float) -> Trajectory:
    ratio = float(rng.choice([1.0, 1.0, 1.0, 0.4, 2.5]))
    return Straight(*_line(rng, aspect, max(0.45, SPEED[0] * seconds)), speed_ratio=ratio)


def _curved(rng: np.random.Generator, aspect: float, seconds: float) -> Trajectory:
    turn = float(rng.choice([-1.0, 1.0]) * rng.uniform(90.0, 150.0))
    radius = float(rng.uniform(0.3, 0.55))
    return Arc(pair(_place(rng, aspect)), radius, float(rng.uniform(-180.0, 180.0)), turn)


def _circular(rng: np.random.Generator, aspect: float, seconds: float) -> Trajectory:
    radius = float(rng.uniform(0.17, 0.3))
    rounds = 1 if 2.0 * np.pi * radius / seconds > 0.25 else 2
    turn = float(rng.choice([-360.0, 360.0])) * rounds
    return Arc(pair(_place(rng, aspect)), radius, float(rng.uniform(-180.0, 180.0)), turn)


def _zigzag(rng: np.random.Generator, aspect: float, seconds: float) -> Trajectory:
    axis = _sector(rng)
    off = rng.uniform(40.0, 52.0) * rng.choice([-1.0, 1.0])
    legs = int(rng.integers(5, 7))
    leg = rng.uniform(max(0.2, SPEED[0] * seconds / legs), 0.36)
    steps = np.array([unit(axis + (off if i % 2 == 0 else -off)) * leg for i in range(legs)])
    points = np.concatenate([np.zeros((1, 2)), np.cumsum(steps, axis=0)])
    points += _place(rng, aspect) - (points.min(axis=0) + points.max(axis=0)) / 2.0
    return Zigzag(tuple(pair(p) for p in points))


def _back_and_forth(rng: np.random.Generator, aspect: float, seconds: float) -> Trajectory:
    reach = unit(_sector(rng)) * rng.uniform(0.32, 0.75)
    cycles = int(rng.integers(2, 5))
    middle = _place(rng, aspect)
    return Oscillation(pair(middle - reach / 2.0), pair(middle + reach / 2.0), cycles)


def _stop_and_go(rng: np.random.Generator, aspect: float, seconds: float) -> Trajectory:
    ends = _line(rng, aspect, 0.65)
    rest = rng.uniform(0.8, 1.1, size=2) / seconds
    middles = np.array([0.33, 0.67]) + rng.uniform(-0.03, 0.03, size=2)
    stops = tuple((float(m - r / 2.0), float(m + r / 2.0)) for m, r in zip(middles, rest, strict=True))
    return StopAndGo(*ends, stops)


def _stationary(rng: np.random.Generator, aspect: float, seconds: float) -> Trajectory:
    return Stationary(pair(_place(rng, aspect)))


def _irregular(rng: np.random.Generator, aspect: float, seconds: float) -> Trajectory:
    """A wander that no other shape describes: it turns both ways, fills an area, and gets nowhere quickly."""
    while True:
        points = rng.uniform((0.0, 0.0), (rng.uniform(0.6, 1.1), rng.uniform(0.55, 0.75)), size=(7, 2))
        points += _place(rng, aspect) - (points.min(axis=0) + points.max(axis=0)) / 2.0
        path = Wander(tuple(pair(p) for p in points))
        if _nameless(path):
            return path


def _nameless(path: Wander) -> bool:
    steps = np.diff(path.position(np.linspace(0.0, 1.0, 401)), axis=0)
    length = np.hypot(*steps.T)
    heading = np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))
    turning = np.diff(heading)
    left, right = float(turning[turning > 0].sum()), float(-turning[turning < 0].sum())
    straightness = float(np.hypot(*steps.sum(axis=0)) / length.sum())
    spread = np.linalg.eigvalsh(np.cov(path.position(np.linspace(0.0, 1.0, 401)).T))
    return (
        0.1 < straightness < 0.42
        and min(left, right) > np.radians(90.0)
        and abs(left - right) < np.radians(220.0)
        and spread[1] / spread.sum() < 0.8
        and float(length.min() / length.mean()) > 0.25
    )


_SAMPLERS: dict[str, Callable[[np.random.Generator, float, float], Trajectory]] = {
    "straight": _straight,
    "curved": _curved,
    "circular": _circular,
    "zigzag": _zigzag,
    "back_and_forth": _back_and_forth,
    "stop_and_go": _stop_and_go,
    "stationary": _stationary,
    "irregular": _irregular,
}
