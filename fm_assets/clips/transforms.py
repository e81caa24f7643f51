"""The camera's path from its stored steps: plain numpy, for every stage that needs the stabilised frame.

Maps are affine, (..., 2, 3): `x' = m[0, 0] x + m[0, 1] y + m[0, 2]`, in full-size pixels of the clip's display
orientation, where pixel i covers [i, i + 1). The **stabilised frame** is the clip's first sampled frame: a point that
does not move in the world keeps its place there, whatever the camera does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

IDENTITY = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def steps(camera: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """Maps (n, 2, 3) of the previous sampled frame's pixels to each frame's; the first is the identity.

    Args:
        camera: The column `camera` of a row of `filtered_clips`.
    """
    a, b, tx, ty = (np.array([step[name] for step in camera], dtype=np.float64) for name in ("a", "b", "tx", "ty"))
    return np.stack([np.stack([a, -b, tx], axis=-1), np.stack([b, a, ty], axis=-1)], axis=-2)


def cumulative(camera: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """Maps (n, 2, 3) of each sampled frame's pixels into the stabilised frame.

    Args:
        camera: The column `camera` of a row of `filtered_clips`. Over a step that is not reliable the camera counts
            as standing still.
    """
    path = np.empty((len(camera), 2, 3))
    current = np.eye(3)
    for i, step in enumerate(steps(camera)):
        full = np.vstack([step, [0.0, 0.0, 1.0]])
        current = np.linalg.solve(full.T, current.T).T if i else np.eye(3)
        path[i] = current[:2]
    return path


def transform_at(camera: Sequence[Mapping[str, Any]], times: np.ndarray) -> np.ndarray:
    """Maps (k, 2, 3) of pixels at any times into the stabilised frame.

    Between two sampled frames a fixed pixel moves evenly through the stabilised frame; before the first and after
    the last the camera stands still.

    Args:
        camera: The column `camera` of a row of `filtered_clips`; empty: a camera that stands still.
        times: (k,) seconds from the clip's start.
    """
    times = np.asarray(times, dtype=np.float64)
    if not len(camera):
        return np.broadcast_to(IDENTITY, (len(times), 2, 3)).copy()
    path = cumulative(camera)
    known = np.array([step["t_s"] for step in camera], dtype=np.float64)
    right = np.clip(np.searchsorted(known, times, side="right"), 1, max(1, len(known) - 1))
    if len(known) == 1:
        return np.broadcast_to(path[0], (len(times), 2, 3)).copy()
    left = right - 1
    share = np.clip((times - known[left]) / np.maximum(known[right] - known[left], 1e-9), 0.0, 1.0)
    return path[left] + share[:, None, None] * (path[right] - path[left])


def camera_path(camera: Sequence[Mapping[str, Any]]) -> Callable[[np.ndarray], np.ndarray]:
    """The camera's path as a function: times (k,) in seconds from the clip's start -> maps (k, 2, 3).

    See `transform_at`.
    """
    return lambda times: transform_at(camera, times)


def apply(maps: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points (..., 2) under maps (..., 2, 3)."""
    return np.einsum("...ij,...j->...i", maps[..., :2], points) + maps[..., 2]


def corners(width: int, height: int) -> np.ndarray:
    """The frame's corners (4, 2)."""
    return np.array([(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)])


def stray_px(maps: np.ndarray, width: int, height: int) -> float:
    """Largest distance, in full-size pixels, that a frame corner ever moves under the maps (n, 2, 3)."""
    if not len(maps):
        return 0.0
    at = corners(width, height)
    return float(np.linalg.norm(apply(maps[:, None], at) - at, axis=-1).max())
