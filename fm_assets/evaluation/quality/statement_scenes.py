"""Scenes of two objects that follow, pass, touch or cross each other, or move at different times."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from fm_assets.scenes.generate import make_scene
from fm_assets.scenes.seeds import rng_of
from fm_assets.scenes.spec import COLOUR_RGB, ObjectSpec, SceneSpec
from fm_assets.scenes.trajectories import Stationary, Straight, Trajectory

#: Situations of two that `make_scene` does not make.
STAGED = ("follow", "pass", "contact", "opposite", "cross", "gap", "orders")
#: When two objects move, as shares of the scene: one pair per relation of Allen or its inverse.
SPANS = (
    ((0.05, 0.35), (0.6, 0.95)), ((0.05, 0.5), (0.5, 0.95)), ((0.05, 0.6), (0.35, 0.95)), ((0.1, 0.5), (0.1, 0.9)),
    ((0.35, 0.65), (0.05, 0.95)), ((0.5, 0.9), (0.1, 0.9)), ((0.1, 0.9), (0.1, 0.9)),
)  # fmt: skip


@dataclass(frozen=True)
class Held(Straight):
    """A straight line at constant speed from `leave` to `arrive` (normalised times), with rests before and after."""

    leave: float = 0.0
    arrive: float = 1.0

    def position(self, s: np.ndarray) -> np.ndarray:
        """Positions (n, 2) at `s` (n,)."""
        return super().position(np.clip((s - self.leave) / (self.arrive - self.leave), 0.0, 1.0))


def staged(seed: int, kind: str) -> SceneSpec:
    """Two objects in a situation of `STAGED`, beside one that rests.

    Raises:
        ValueError: The kind is none of them.
    """
    empty, rng = make_scene(seed, "straight"), rng_of("staged", seed, kind)
    far, high = empty.aspect, float(rng.uniform(0.25, 0.45))
    sizes = (0.11, 0.2) if rng.random() < 0.5 else (0.2, 0.11)
    match kind:
        case "follow":
            paths = _lane(0.1, far - 0.6, high), _lane(0.5, far - 0.2, high)
        case "pass":
            paths = _lane(0.15, far - 0.2, high), _lane(0.55, far - 0.7, high + 0.2)
        case "contact":
            sizes = (0.15, 0.15)
            paths = _lane(0.15, far - 0.5, high), _lane(0.3, far - 0.35, high)
        case "opposite":
            paths = _lane(0.15, far - 0.2, high), _lane(far - 0.2, 0.15, high + 0.3)
        case "cross":
            paths = _lane(0.15, far - 0.2, high), _lane(far - 0.2, 0.15, high + 0.03)
        case "gap":
            ends = (0.15, far - 0.55) if seed % 2 else (far - 0.55, 0.15)
            paths = _lane(*ends, high), _lane(far - 0.25, far - 0.2, high)
        case "orders":
            spans = SPANS[seed % len(SPANS)]
            paths = (
                Held((0.15, high), (far - 0.3, high), 1.0, *spans[0]),
                Held((0.3, high + 0.25), (far - 0.15, high + 0.25), 1.0, *spans[1]),
            )
        case _:
            raise ValueError(f"unknown situation {kind!r}: one of {STAGED}")
    mirrored, exchanged = rng.random(2) < 0.5
    if mirrored:
        paths = tuple(_mirrored(p, far) for p in paths)  # type: ignore[assignment]
    if exchanged:
        paths = paths[::-1]
    colours = rng.permutation([c for c in COLOUR_RGB if c not in ("grey", "black", "white", "brown")])
    first, second, third = ("ball", "ball", "box") if rng.random() < 0.5 else ("ball", "box", "box")
    rest = Stationary((far / 2, 0.87))
    trajectories: tuple[Trajectory, ...] = (*paths, rest)
    things = zip((first, second, third), colours, (*sizes, 0.12), trajectories, strict=False)
    objects = tuple(ObjectSpec(name, str(c), size, path, 0.0, empty.duration_s) for name, c, size, path in things)
    return dataclasses.replace(empty, kind=kind, name=f"{kind}-{seed}", objects=objects)


def _lane(start: float, end: float, y: float) -> Straight:
    return Straight((start, y), (end, y))


def _mirrored(path: Straight, far: float) -> Straight:
    (x1, y1), (x2, y2) = path.start, path.end
    return dataclasses.replace(path, start=(far - x1, y1), end=(far - x2, y2))
