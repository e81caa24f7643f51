"""Corners of a grey frame, spread over a grid, and where they are in another frame."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

#: The grid over which corners are spread, and corners per cell.
GRID = (10, 6)
PER_CELL = 5
#: A corner's smaller eigenvalue, relative to the frame's best corner, and at least.
CORNER_SHARE, CORNER_MIN = 0.002, 1e-5
#: Distances in pixels hold at this width; smaller or larger frames scale them.
REFERENCE_WIDTH = 320
#: A corner that comes back this far from where it started was not found.
ROUND_TRIP_PX = 0.3
#: Side of the window over which brightness and contrast are evened out.
EVEN_PX = 31

_LK: Any = {
    "winSize": (17, 17),
    "maxLevel": 4,
    "criteria": (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 0.005),
}


def grid_corners(grey: np.ndarray) -> np.ndarray:
    """The best corners of each cell of the grid, (n, 2) float32 x, y; (h, w) uint8 frame."""
    quality = cv2.cornerMinEigenVal(grey, 5, ksize=3)
    peak = cv2.dilate(quality, np.ones((5, 5), np.uint8))
    least = max(float(quality.max()) * CORNER_SHARE, CORNER_MIN)
    y, x = np.nonzero((quality == peak) & (quality > least))
    value, cell = quality[y, x], cells_of(np.stack([x, y], axis=1), grey.shape)
    order = np.lexsort((x, y, -value, cell))
    cell = cell[order]
    best = order[np.arange(len(order)) - np.searchsorted(cell, cell, side="left") < PER_CELL]
    return np.stack([x[best], y[best]], axis=1).astype(np.float32)


def track(previous: np.ndarray, grey: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Corners and where they are in the next frame, (k, 2) float64 each, of those that are found there and back."""
    if not len(points):
        return np.zeros((0, 2)), np.zeros((0, 2))
    there, found, _ = cv2.calcOpticalFlowPyrLK(previous, grey, points[:, None], None, **_LK)
    back, found_back, _ = cv2.calcOpticalFlowPyrLK(grey, previous, there, None, **_LK)
    there, back = there[:, 0], back[:, 0]
    good = (found[:, 0] == 1) & (found_back[:, 0] == 1)
    good &= np.linalg.norm(back - points, axis=1) < ROUND_TRIP_PX * grey.shape[1] / REFERENCE_WIDTH
    good &= np.all((there >= 0) & (there <= np.array(grey.shape[::-1]) - 1), axis=1)
    return points[good].astype(np.float64), there[good].astype(np.float64)


def cells_of(points: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Number of the grid cell of each point (n, 2) in a frame of shape (h, w)."""
    columns, rows = GRID
    x = np.minimum(points[:, 0] * columns // shape[1], columns - 1).astype(int)
    y = np.minimum(points[:, 1] * rows // shape[0], rows - 1).astype(int)
    return y * columns + x


def evened(grey: np.ndarray) -> np.ndarray:
    """The frame (h, w) uint8 with local brightness and contrast evened out, so that exposure does not matter."""
    values = grey.astype(np.float32)
    mean = cv2.boxFilter(values, -1, (EVEN_PX, EVEN_PX))
    deviation = np.sqrt(np.maximum(cv2.boxFilter(values * values, -1, (EVEN_PX, EVEN_PX)) - mean * mean, 0.0))
    return np.clip(128.0 + 40.0 * (values - mean) / (deviation + 4.0), 0, 255).astype(np.uint8)
