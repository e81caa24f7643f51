"""Scenes of which a given share is covered by moving foreground: the hard case of measuring a camera.

The foreground is a plane of its own with its own texture, as rich in corners as the ground, cut into rectangles that
move together: all that an estimator could mistake for the background. Lengths are pixels of the frame, and speeds are
pixels **per frame**, from one frame to the next.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fm_assets.scenes import geometry
from fm_assets.scenes.generate import BACKGROUNDS
from fm_assets.scenes.grounds import ground
from fm_assets.scenes.render import view
from fm_assets.scenes.seeds import rng_of
from fm_assets.scenes.spec import CameraSpec, SceneSpec

#: One large object, or a procession of them that fills the frame and goes on beyond it.
Layout = Literal["one", "many"]
LAYOUTS: tuple[Layout, ...] = ("one", "many")

#: Objects across and down the frame in a procession.
ACROSS, DOWN = 3, 2
#: Standard deviation of a camera's noise, of 255.
NOISE = 2.0


@dataclass(frozen=True)
class Covered:
    """A scene with foreground.

    Attributes:
        ground: What the camera moves over; without objects.
        share: Share of the frame that the foreground covers, 0 to 1.
        layout: How it is spread.
        drift: The foreground's motion in the image, pixels per frame, x and y.
    """

    ground: SceneSpec
    share: float
    layout: Layout
    drift: tuple[float, float]

    @property
    def frames(self) -> int:
        """How many frames it has."""
        return len(self.ground.times())

    def steps(self) -> np.ndarray:
        """True maps (frames, 2, 3) of the previous frame's pixels to each frame's; the first is the identity."""
        maps = geometry.camera_matrices(self.ground, self.ground.times())
        full = np.concatenate([maps, np.tile([[[0.0, 0.0, 1.0]]], (len(maps), 1, 1))], axis=1)
        found = np.tile(np.eye(3), (len(maps), 1, 1))
        found[1:] = full[1:] @ np.linalg.inv(full[:-1])
        return found[:, :2]

    def boxes(self, frame: int) -> np.ndarray:
        """Boxes (n, 4) of the foreground inside a frame, cut off at its edges."""
        size = np.array([self.ground.width, self.ground.height])
        found = self._rectangles(frame)
        found = np.concatenate([np.maximum(found[:, :2], 0), np.minimum(found[:, 2:], size)], axis=1)
        return found[np.all(found[:, 2:] - found[:, :2] > 0, axis=1)]

    def _rectangles(self, frame: int) -> np.ndarray:
        width, height = self.ground.width, self.ground.height
        moved = np.array(self.drift) * frame
        if self.share <= 0:
            return np.zeros((0, 4))
        if self.layout == "one":
            side = np.array([width, height]) * np.sqrt(self.share)
            middle = np.array([width, height]) / 2 + moved - np.array(self.drift) * (self.frames - 1) / 2
            return np.concatenate([middle - side / 2, middle + side / 2])[None]
        cell = np.array([width / ACROSS, height / DOWN])
        side = cell * np.sqrt(self.share)
        first = np.floor(-moved / cell).astype(int) - 1
        places = np.stack(np.meshgrid(np.arange(ACROSS + 3), np.arange(DOWN + 3)), axis=-1).reshape(-1, 2) + first
        low = places * cell + moved + (cell - side) / 2
        return np.concatenate([low, low + side], axis=1)


def covered(
    seed: int,
    *,
    share: float,
    pan_px: float,
    frames: int = 12,
    layout: Layout = "many",
    size: tuple[int, int] = (640, 360),
    fps: int = 10,
) -> Covered:
    """A scene whose camera pans by `pan_px` pixels per frame, with foreground that moves against it or along.

    Args:
        seed: Ground, the pan's direction and the foreground's motion.
        share: Share of the frame that the foreground covers.
        pan_px: The ground's motion in the image, pixels per frame.
        frames: How many frames.
        layout: How the foreground is spread.
        size: Width and height of the frame, pixels.
        fps: Frames per second; pixels per frame do not depend on it.
    """
    rng = rng_of("covered", seed)
    angle = rng.uniform(0.0, 2.0 * np.pi)
    pan = pan_px * np.array([np.cos(angle), np.sin(angle)])
    # never slower relative to the ground than 3 px, and slow enough that one object stays in the frame
    drift = rng.uniform(3.0, 8.0) * _unit(rng.uniform(0.0, 2.0 * np.pi))
    if np.linalg.norm(drift + pan) < 3.0:
        drift = -drift
    spec = SceneSpec(
        seed=seed,
        kind="covered",
        name=f"covered-{seed}",
        width=size[0],
        height=size[1],
        fps=fps,
        duration_s=frames / fps,
        background=BACKGROUNDS[seed % len(BACKGROUNDS)],
        objects=(),
        camera=CameraSpec("pan", pan=(float(pan[0]) * fps / size[1], float(pan[1]) * fps / size[1])),
    )
    return Covered(spec, share, layout, (float(drift[0]), float(drift[1])))


def _unit(angle: float) -> np.ndarray:
    return np.array([np.cos(angle), np.sin(angle)])


def _part(pixels: int, low: float, high: float) -> np.ndarray:
    """Share of each pixel (pixels,) along an axis that lies between two places, float32."""
    at = np.arange(pixels)
    return np.clip(np.minimum(high, at + 1) - np.maximum(low, at), 0, 1).astype(np.float32)


def render_covered(scene: Covered) -> Iterator[np.ndarray]:
    """Frames (height, width, 3) uint8 RGB, with noise; equal scenes give equal frames."""
    spec = scene.ground
    height, fps = spec.height, spec.fps
    velocity = (-scene.drift[0] * fps / height, -scene.drift[1] * fps / height)
    front = dataclasses.replace(spec, seed=spec.seed + 1_000_003, camera=CameraSpec("pan", pan=velocity))
    layers = [(s, *ground(s), geometry.camera_matrices(s, s.times())) for s in (spec, front)]
    rng = rng_of("noise", spec.seed)
    for k in range(scene.frames):
        back, fore = (view(s, texture, origin, maps[k]) for s, texture, origin, maps in layers)
        cover = np.zeros((*back.shape[:2], 1), np.float32)
        for x1, y1, x2, y2 in scene.boxes(k):
            inside = _part(spec.height, y1, y2)[:, None] * _part(spec.width, x1, x2)
            cover = np.maximum(cover, inside[:, :, None])
        frame = back + cover * (fore * (0.9, 0.95, 1.05) - back)
        yield np.clip(np.rint(frame + rng.normal(0.0, NOISE, frame.shape)), 0, 255).astype(np.uint8)
