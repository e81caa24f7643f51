"""Scenes that statements are made about, and what a good tracker would store of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from fm_assets.scenes import geometry
from fm_assets.scenes.generate import make_scene
from fm_assets.scenes.spec import COLOUR_RGB, ObjectSpec, SceneSpec, rng_of
from fm_assets.scenes.trajectories import Stationary, Straight, Trajectory
from fm_assets.scenes.truth import Truth, truth
from fm_assets.tracks.rows import TRACKS
from fm_resources.rows import from_pylist

FPS = 10
#: An object of which less shows is not found.
SEEN = 0.35
#: Situations of two that `make_scene` does not make.
STAGED = ("follow", "pass", "contact", "opposite", "cross", "orders")
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


def sampled(spec: SceneSpec) -> Truth:
    """The scene's truth on its frames nearest to `FPS` per second."""
    times = spec.times()
    wanted = np.searchsorted(times, np.arange(0, spec.duration_s, 1 / FPS) - 1e-6)
    return truth(spec, times[np.unique(wanted.clip(0, len(times) - 1))])


def tracks_of(spec: SceneSpec, exact: Truth, clip_id: str, noise_px: float) -> pa.Table:
    """Rows of `tracks`: the i-th object, where it is seen, as track `<clip_id>.t<i>`.

    Args:
        spec: The scene.
        exact: Its truth on the sampled frames.
        clip_id: The clip.
        noise_px: Deviation of a centre's noise, pixels.
    """
    return from_pylist(list(_rows(spec, exact, clip_id, noise_px)), TRACKS)


def seen(exact: Truth, number: int) -> np.ndarray:
    """On which of its frames (f,) enough of an object shows."""
    return (exact.visible[number] > SEEN) & np.isfinite(exact.visible_boxes[number]).all(axis=1)


def _rows(spec: SceneSpec, exact: Truth, clip_id: str, noise_px: float) -> Iterator[dict]:
    rng, to_world = np.random.default_rng(spec.seed), geometry.invert(exact.camera)
    for i, (name, colour) in enumerate(zip(exact.classes, exact.colours, strict=True)):
        there = seen(exact, i)
        box = np.where(there[:, None], exact.visible_boxes[i], 0.0)
        box = np.clip(box + rng.normal(0, noise_px * np.sqrt(2), box.shape), 0, [spec.width, spec.height] * 2)
        if not there.any():
            continue
        centre = (box[:, :2] + box[:, 2:]) / 2
        steady = geometry.apply(to_world, centre[:, None])[:, 0]
        points = [
            {
                "frame": int(k), "t_s": float(exact.times[k]),
                **dict(zip(("x1", "y1", "x2", "y2"), box[k].tolist(), strict=True)),
                "score": 0.9, "observed": True, "cx": centre[k, 0], "cy": centre[k, 1],
                "sx": steady[k, 0], "sy": steady[k, 1],
            }
            for k in np.flatnonzero(there)
        ]  # fmt: skip
        yield {
            "track_id": f"{clip_id}.t{i}", "clip_id": clip_id, "class": name, "class_share": 1.0,
            "colour": colour, "colour_share": 0.95, "start_s": points[0]["t_s"], "end_s": points[-1]["t_s"],
            "frames": len(points), "observed": len(points), "gaps": 0, "mean_score": 0.9, "parent_track_id": None,
            "noise_px": 0.0, "width": spec.width, "height": spec.height, "clip_s": spec.duration_s,
            "frame_of_reference": "image" if spec.camera.kind == "static" else "stabilised", "boxes": points,
        }  # fmt: skip
