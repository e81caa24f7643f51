"""Antialiased areas of polygons."""

from __future__ import annotations

import cv2
import numpy as np

#: Subpixels per pixel and axis.
FINE = 8
#: Fractional bits of the polygon corners that OpenCV gets.
SHIFT = 4


def window(points: np.ndarray, margin: int = 1) -> tuple[int, int, int, int]:
    """The pixels x1, y1, x2, y2 (the last exclusive) that hold the outline (k, 2)."""
    low, high = np.floor(points.min(axis=0)).astype(int), np.ceil(points.max(axis=0)).astype(int)
    return low[0] - margin, low[1] - margin, high[0] + margin, high[1] + margin


def fine_mask(points: np.ndarray, area: tuple[int, int, int, int]) -> np.ndarray:
    """The polygon (k, 2) on the subpixels of an area of pixels: 255 inside, 0 outside, uint8."""
    x1, y1, x2, y2 = area
    mask = np.zeros(((y2 - y1) * FINE, (x2 - x1) * FINE), np.uint8)
    cv2.fillPoly(mask, [fixed_point(points, area)], 255, lineType=cv2.LINE_8, shift=SHIFT)
    return mask


def fixed_point(points: np.ndarray, area: tuple[int, int, int, int]) -> np.ndarray:
    """Corners (k, 2) on the area's subpixels, as OpenCV's fixed-point numbers (pixel centres are whole)."""
    fine = (points - np.array(area[:2])) * FINE - 0.5
    return np.round(fine * 2**SHIFT).astype(np.int32)


def coverage(mask: np.ndarray) -> np.ndarray:
    """Share of each pixel (h, w, 1) that a fine mask (h * FINE, w * FINE) covers, float32, 0 to 1."""
    size = (mask.shape[1] // FINE, mask.shape[0] // FINE)
    return cv2.resize(mask, size, interpolation=cv2.INTER_AREA).astype(np.float32)[:, :, None] / 255.0
