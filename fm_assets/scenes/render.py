"""Rendering: frames of a scene, seen through its camera, antialiased."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from fm_assets.scenes import geometry
from fm_assets.scenes.grounds import ground
from fm_assets.scenes.raster import FINE, SHIFT, coverage, fine_mask, fixed_point, window
from fm_assets.scenes.spec import COLOUR_RGB, ObjectSpec, SceneSpec

#: Width of an object's dark rim, share of its size.
RIM = 0.05


def render(spec: SceneSpec, times: np.ndarray | None = None) -> Iterator[np.ndarray]:
    """Frames (height, width, 3) uint8 RGB; equal arguments give equal frames.

    Args:
        spec: The scene.
        times: When frames are wanted (n,), seconds; default: `spec.times()`.
    """
    t = spec.times() if times is None else times
    matrices = geometry.camera_matrices(spec, t)
    texture, origin = ground(spec)
    outlines = [geometry.vertices(spec, obj, t) for obj in spec.objects]
    bars = [geometry.occluder_vertices(spec, bar, t) for bar in spec.occluders]
    exists = [obj.exists(t) for obj in spec.objects]
    still = view(spec, texture, origin, matrices[0]) if np.ptp(matrices, axis=0).max() == 0 else None
    for k in range(len(t)):
        frame = still.copy() if still is not None else view(spec, texture, origin, matrices[k])
        for obj, points, there in zip(spec.objects, outlines, exists, strict=True):
            if there[k]:
                _draw_object(frame, obj, points[k])
        for bar, points in zip(spec.occluders, bars, strict=True):
            _draw_bar(frame, np.array(bar.rgb, np.float32), points[k])
        yield np.clip(np.rint(frame), 0, 255).astype(np.uint8)


def view(spec: SceneSpec, texture: np.ndarray, origin: tuple[int, int], matrix: np.ndarray) -> np.ndarray:
    """The ground as the camera sees it (height, width, 3) float32."""
    back = geometry.invert(matrix[None])[0]
    # OpenCV puts pixel centres on whole numbers: half a pixel is added on one side and taken off on the other
    back[:, 2] += back[:, :2] @ (0.5, 0.5) - np.array(origin) - 0.5
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(
        texture.astype(np.float32), back, (spec.width, spec.height), flags=flags, borderMode=cv2.BORDER_REFLECT
    )


def _draw_object(frame: np.ndarray, obj: ObjectSpec, points: np.ndarray) -> None:
    """Fill, a darker rim inside the outline, and a light spot, which shows that the surface moves along."""
    area = window(points)
    if not _inside(frame, area):
        return
    fill = np.array(COLOUR_RGB[obj.colour], np.float32)
    # a darker white would be the ground's grey
    rim = fill * (0.62 if fill.min() < 200 else 0.86)
    spot = fill + (255.0 - fill) * 0.45 if fill.min() < 200 else fill * 0.85
    size = float(np.sqrt(np.prod(np.ptp(points, axis=0))))
    whole = fine_mask(points, area)
    inner = whole.copy()
    thick = max(1, round(2.0 * RIM * size * FINE))
    cv2.polylines(inner, [fixed_point(points, area)], True, 0, thick, cv2.LINE_8, SHIFT)
    light = np.zeros_like(whole)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2.0 - 0.08 * size
    centre = fixed_point(middle[None], area)[0]
    cv2.circle(
        light, (int(centre[0]), int(centre[1])), round(0.07 * size * FINE * 2**SHIFT), 255, -1, cv2.LINE_8, SHIFT
    )
    part_whole, part_inner, part_light = (coverage(m) for m in (whole, inner, light & inner))
    colour = rim * (part_whole - part_inner) + fill * (part_inner - part_light) + spot * part_light
    _blend(frame, area, colour, part_whole)


def _draw_bar(frame: np.ndarray, rgb: np.ndarray, points: np.ndarray) -> None:
    """A flat bar with darker edges."""
    height, width = frame.shape[:2]
    low, high = points.min(axis=0), points.max(axis=0)
    # a bar may reach far beyond the frame: rasterise no more than the frame shows
    area = (
        max(int(np.floor(low[0])) - 1, 0), max(int(np.floor(low[1])) - 1, 0),
        min(int(np.ceil(high[0])) + 1, width), min(int(np.ceil(high[1])) + 1, height),
    )  # fmt: skip
    if not _inside(frame, area):
        return
    whole = fine_mask(points, area)
    inner = whole.copy()
    cv2.polylines(inner, [fixed_point(points, area)], True, 0, 5 * FINE, cv2.LINE_8, SHIFT)
    part_whole, part_inner = coverage(whole), coverage(inner)
    _blend(frame, area, rgb * 0.6 * (part_whole - part_inner) + rgb * part_inner, part_whole)


def _inside(frame: np.ndarray, area: tuple[int, int, int, int]) -> bool:
    x1, y1, x2, y2 = area
    return x1 < x2 and y1 < y2 and x2 > 0 and y2 > 0 and x1 < frame.shape[1] and y1 < frame.shape[0]


def _blend(frame: np.ndarray, area: tuple[int, int, int, int], colour: np.ndarray, cover: np.ndarray) -> None:
    """Lay premultiplied colours (h, w, 3) with their coverage (h, w, 1) over the frame's part of the area."""
    x1, y1, x2, y2 = area
    cx1, cy1, cx2, cy2 = max(x1, 0), max(y1, 0), min(x2, frame.shape[1]), min(y2, frame.shape[0])
    part = (slice(cy1 - y1, cy2 - y1), slice(cx1 - x1, cx2 - x1))
    target = frame[cy1:cy2, cx1:cx2]
    target *= 1.0 - cover[part]
    target += colour[part]
