"""Scenes of two that go much the same way: the ones in which one follows, passes, touches or carries the other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fm_assets.scenes.generate import NoSceneError, make_scene
from fm_assets.scenes.names import scene_name
from fm_assets.scenes.sampling import OFF_SECTOR_DEG, pair, unit
from fm_assets.scenes.seeds import rng_of
from fm_assets.scenes.spec import CLASSES, ObjectSpec, SceneSpec
from fm_assets.scenes.trajectories import Straight
from fm_assets.scenes.truth import truth

#: Colours of both.
COLOURS = ("red", "blue")
#: Ranges of the way of the first (frame heights), of the other's way over it, of sizes, and of the distances between
#: both middles along and across the way (frame heights).
WAY, FASTER, SIZE, ALONG, ACROSS = (0.5, 1.1), (0.5, 1.9), (0.08, 0.2), (-0.35, 0.35), (-0.22, 0.22)
#: How often both are equally fast, and are of one class.
EQUAL, ALIKE = 0.5, 0.6
#: Least share of either that shows as they start and end.
SHOWN = 0.7
_TRIES = 300


def meeting(seed: int) -> SceneSpec:
    """A scene of two; equal seeds give equal scenes. The frame, the ground and the length are those of `make_scene`.

    Raises:
        NoSceneError: No arrangement keeps both in view.
    """
    empty = make_scene(seed, "straight")
    rng = rng_of("meeting", seed)
    for _ in range(_TRIES):
        spec = replace(empty, kind="meeting", objects=_two(rng, empty))
        if _in_view(spec):
            return replace(spec, name=scene_name(spec))
    raise NoSceneError(f"seed {seed}: no room for two that go the same way")


def _two(rng: np.random.Generator, spec: SceneSpec) -> tuple[ObjectSpec, ObjectSpec]:
    ahead = unit(float(rng.integers(8) * 45.0 + rng.uniform(-OFF_SECTOR_DEG, OFF_SECTOR_DEG)))
    across = np.array([ahead[1], -ahead[0]])
    way = float(rng.uniform(*WAY))
    ways = (way, way * (1.0 if rng.random() < EQUAL else float(rng.uniform(*FASTER))))
    first = rng.uniform((0.3, 0.3), (spec.aspect - 0.3, 0.7))
    middles = (first, first + rng.uniform(*ALONG) * ahead + rng.uniform(*ACROSS) * across)
    kinds = [str(name) for name in rng.permutation(CLASSES)[:2]]
    if rng.random() < ALIKE:
        kinds[1] = kinds[0]
    one, other = (
        ObjectSpec(
            kinds[i], COLOURS[i], float(rng.uniform(*SIZE)),
            Straight(pair(middles[i] - ahead * ways[i] / 2), pair(middles[i] + ahead * ways[i] / 2)), 0.0, spec.duration_s,
        )
        for i in range(2)
    )  # fmt: skip
    return one, other


def _in_view(spec: SceneSpec) -> bool:
    """Whether both are inside the frame all the time, and neither is mostly hidden as they start or end."""
    exact = truth(spec, np.array([0.0, spec.duration_s]))
    inside = (exact.boxes[..., :2] >= 0).all() and (exact.boxes[..., 2:] <= [spec.width, spec.height]).all()
    return bool(inside and exact.visible.min() >= SHOWN)
