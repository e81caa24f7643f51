"""Where things are in the image: camera matrices, outlines of objects, their boxes.

Image coordinates are continuous pixels with the origin at the frame's top left corner; pixel `i` covers
[i, i + 1), so an object that fills exactly pixel 0 has the box (0, 0, 1, 1).
"""

from __future__ import annotations

from functools import cache

import numpy as np

from fm_assets.scenes.spec import CLASSES, ObjectSpec, Occluder, SceneSpec, Wave


def camera_matrices(spec: SceneSpec, t: np.ndarray) -> np.ndarray:
    """World to image: matrices (n, 2, 3) at times `t` (n,), both sides in pixels; the identity at time 0."""
    camera, h = spec.camera, spec.height
    scale = np.exp(camera.zoom_per_s * t)
    roll = np.radians(_sum(camera.shake_deg, t))
    a, b = scale * np.cos(roll), scale * np.sin(roll)
    middle = np.array([spec.width / 2.0, h / 2.0])
    looked_at = np.stack(
        [
            middle[0] + h * (camera.pan[0] * t + _sum(camera.shake_x, t)),
            middle[1] + h * (camera.pan[1] * t + _sum(camera.shake_y, t)),
        ],
        axis=-1,
    )
    linear = np.stack([np.stack([a, -b], axis=-1), np.stack([b, a], axis=-1)], axis=-2)
    shift = middle - np.einsum("nij,nj->ni", linear, looked_at)
    return np.concatenate([linear, shift[:, :, None]], axis=2)


def apply(matrices: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points (n, k, 2) mapped by matrices (n, 2, 3)."""
    return np.einsum("nij,nkj->nki", matrices[:, :, :2], points) + matrices[:, None, :, 2]


def invert(matrices: np.ndarray) -> np.ndarray:
    """Inverse matrices (n, 2, 3): image to world."""
    linear = np.linalg.inv(matrices[:, :, :2])
    return np.concatenate([linear, -linear @ matrices[:, :, 2:]], axis=2)


@cache
def outline(class_name: str) -> np.ndarray:
    """Outline (k, 2) of a class, y down, its extent centred on the origin with a longer side of 1.

    Raises:
        ValueError: There is no such class.
    """
    if class_name == "ball":
        points = _circle(96)
    elif class_name == "box":
        points = np.array([(-0.5, -0.4), (0.5, -0.4), (0.5, 0.4), (-0.5, 0.4)])
    elif class_name == "star":
        spokes = np.radians(-90.0 + 36.0 * np.arange(10))
        reach = np.where(np.arange(10) % 2 == 0, 1.0, 0.45)
        points = np.stack([reach * np.cos(spokes), reach * np.sin(spokes)], axis=-1)
    elif class_name == "cone":
        base = np.linspace(0.0, np.pi, 25)
        points = np.concatenate([[(0.0, -0.5)], np.stack([0.4 * np.cos(base), 0.38 + 0.12 * np.sin(base)], axis=-1)])
    elif class_name == "cross":
        w = 0.17
        points = np.array(
            [(-w, -0.5), (w, -0.5), (w, -w), (0.5, -w), (0.5, w), (w, w),
             (w, 0.5), (-w, 0.5), (-w, w), (-0.5, w), (-0.5, -w), (-w, -w)]
        )  # fmt: skip
    else:
        raise ValueError(f"unknown class {class_name!r}: one of {CLASSES}")
    low, high = points.min(axis=0), points.max(axis=0)
    return (points - (low + high) / 2.0) / (high - low).max()


def world_centres(spec: SceneSpec, obj: ObjectSpec, t: np.ndarray) -> np.ndarray:
    """The object's centre in the world (n, 2), pixels."""
    return obj.trajectory.position(obj.share(t)) * spec.height


def vertices(spec: SceneSpec, obj: ObjectSpec, t: np.ndarray) -> np.ndarray:
    """The object's outline in the image (n, k, 2), pixels."""
    size = spec.height * obj.size * obj.growth ** obj.share(t)
    world = world_centres(spec, obj, t)[:, None] + size[:, None, None] * outline(obj.class_name)[None]
    return apply(camera_matrices(spec, t), world)


def occluder_vertices(spec: SceneSpec, occluder: Occluder, t: np.ndarray) -> np.ndarray:
    """The bar's corners in the image (n, 4, 2), pixels."""
    x1, y1, x2, y2 = occluder.box
    corners = np.array([(x1, y1), (x2, y1), (x2, y2), (x1, y2)]) * spec.height
    return apply(camera_matrices(spec, t), np.broadcast_to(corners, (len(t), 4, 2)))


def extents(points: np.ndarray) -> np.ndarray:
    """Boxes x1, y1, x2, y2 (n, 4) around outlines (n, k, 2)."""
    return np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)


def visible_extents(points: np.ndarray, width: int, height: int) -> np.ndarray:
    """Boxes (n, 4) around the parts of outlines (n, k, 2) that lie in the frame; NaN where nothing does."""
    boxes = extents(points)
    out = (boxes[:, :2] < 0).any(axis=1) | (boxes[:, 2] > width) | (boxes[:, 3] > height)
    for i in np.flatnonzero(out):
        part = points[i]
        for axis, limit, sign in ((0, 0.0, 1.0), (0, float(width), -1.0), (1, 0.0, 1.0), (1, float(height), -1.0)):
            part = _cut(part, axis, limit, sign)
        boxes[i] = extents(part[None])[0] if len(part) else np.nan
    return boxes


def _cut(points: np.ndarray, axis: int, limit: float, sign: float) -> np.ndarray:
    """The polygon's (k, 2) part on one side of a line (Sutherland and Hodgman)."""
    depth = sign * (points[:, axis] - limit) if len(points) else np.empty(0)
    kept: list[np.ndarray] = []
    for i in range(len(points)):
        j = (i + 1) % len(points)
        if depth[i] > 0:
            kept.append(points[i])
        if (depth[i] > 0) != (depth[j] > 0):
            crossing = points[i] + (points[j] - points[i]) * depth[i] / (depth[i] - depth[j])
            crossing[axis] = limit
            kept.append(crossing)
    return np.array(kept).reshape(-1, 2)


def _circle(corners: int) -> np.ndarray:
    angle = 2.0 * np.pi * np.arange(corners) / corners
    return 0.5 * np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def _sum(waves: tuple[Wave, ...], t: np.ndarray) -> np.ndarray:
    return np.sum([w.value(t) for w in waves], axis=0) if waves else np.zeros_like(t, dtype=np.float64)
