"""Textured grounds of low saturation: full of corners for a tracker, plain enough for objects to stand out."""

from __future__ import annotations

import cv2
import numpy as np

from fm_assets.scenes import geometry
from fm_assets.scenes.seeds import rng_of
from fm_assets.scenes.spec import SceneSpec

#: Texture elements, frame heights.
BRICK = (0.15, 0.07)
PEBBLE = (0.012, 0.045)
#: The camera's path is searched for the world's extent at this many times per second.
SEARCH_HZ = 200


def world_extent(spec: SceneSpec) -> tuple[int, int, int, int]:
    """World pixels x1, y1, x2, y2 that the camera sees at any time, with a margin."""
    t = np.linspace(0.0, spec.duration_s, int(spec.duration_s * SEARCH_HZ) + 1)
    frame = np.array([(0, 0), (spec.width, 0), (spec.width, spec.height), (0, spec.height)], dtype=np.float64)
    seen = geometry.apply(geometry.invert(geometry.camera_matrices(spec, t)), np.broadcast_to(frame, (len(t), 4, 2)))
    low, high = np.floor(seen.min(axis=(0, 1))).astype(int) - 8, np.ceil(seen.max(axis=(0, 1))).astype(int) + 8
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def ground(spec: SceneSpec) -> tuple[np.ndarray, tuple[int, int]]:
    """The world's texture and the world pixel at its top left corner.

    Returns:
        `(texture, (x, y))`: texture (h, w, 3) uint8 RGB over `world_extent`. It depends on the seed, the size and
        the camera of the scene, never on its objects.
    """
    x1, y1, x2, y2 = world_extent(spec)
    rng = rng_of("ground", spec.seed, spec.background)
    shape, unit = (y2 - y1, x2 - x1), spec.height
    base = rng.uniform(118.0, 148.0)
    grey = base + _gradient(rng, shape, 14.0) + _noise(rng, shape, unit, 26.0)
    if spec.background == "bricks":
        grey = _bricks(rng, grey, unit)
    elif spec.background == "pebbles":
        grey = _pebbles(rng, grey, unit)
    else:
        grey += _noise(rng, shape, unit / 2.0, 20.0)
    tint = rng.uniform(-4.0, 4.0, size=3)
    return np.clip(grey[:, :, None] + tint, 60, 192).round().astype(np.uint8), (x1, y1)


def _gradient(rng: np.random.Generator, shape: tuple[int, int], swing: float) -> np.ndarray:
    """A slope of brightness (h, w) in a random direction, from -swing to swing."""
    angle = rng.uniform(0.0, 2.0 * np.pi)
    y, x = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    return swing * (np.cos(angle) * x + np.sin(angle) * y) / np.sqrt(2.0)


def _noise(rng: np.random.Generator, shape: tuple[int, int], unit: float, swing: float) -> np.ndarray:
    """Value noise (h, w) of four octaves with a standard deviation of half `swing`."""
    total = np.zeros(shape)
    for cells, weight in ((6, 0.5), (13, 0.7), (28, 1.0), (60, 0.9)):
        step = max(2.0, unit / cells)
        small = rng.normal(size=(int(shape[0] / step) + 3, int(shape[1] / step) + 3))
        big = cv2.resize(small, None, fx=step, fy=step, interpolation=cv2.INTER_CUBIC)
        total += weight * big[: shape[0], : shape[1]]
    return total * (swing / 2.0 / total.std())


def _bricks(rng: np.random.Generator, grey: np.ndarray, unit: int) -> np.ndarray:
    """A wall: rows of bricks of differing grey with bright joints."""
    w, h = round(BRICK[0] * unit), round(BRICK[1] * unit)
    joint = max(2, round(0.008 * unit))
    out = grey.copy()
    for row, y in enumerate(range(-h, grey.shape[0] + h, h)):
        for x in range(-w - (row % 2) * (w // 2), grey.shape[1] + w, w):
            tone = rng.uniform(-26.0, 18.0)
            out[max(y, 0) : max(y + h - joint, 0), max(x, 0) : max(x + w - joint, 0)] += tone - 10.0
            out[max(y, 0) : max(y + h, 0), max(x + w - joint, 0) : max(x + w, 0)] += 26.0
        out[max(y + h - joint, 0) : max(y + h, 0)] += 26.0
    return out


def _pebbles(rng: np.random.Generator, grey: np.ndarray, unit: int) -> np.ndarray:
    """Small flat stones of differing grey, strewn about."""
    out = grey.astype(np.float32)
    count = round(grey.size / (PEBBLE[1] * unit) ** 2 * 0.9)
    centres = rng.uniform((0, 0), (grey.shape[1], grey.shape[0]), size=(count, 2))
    radii = rng.uniform(*PEBBLE, size=count) * unit / 2.0
    tones = rng.uniform(-40.0, 40.0, size=count) + float(grey.mean())
    corners = rng.integers(4, 8, size=count)
    turns = rng.uniform(0.0, 2.0 * np.pi, size=count)
    for centre, radius, tone, n, turn in zip(centres, radii, tones, corners, turns, strict=True):
        angle = turn + 2.0 * np.pi * np.arange(n) / n
        points = centre + radius * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        cv2.fillPoly(out, [np.round(points * 16).astype(np.int32)], float(tone), lineType=cv2.LINE_8, shift=4)
    return cv2.GaussianBlur(out.astype(np.float64), (0, 0), 0.7) + _noise(rng, grey.shape, unit / 2.0, 8.0)
