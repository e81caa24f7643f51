"""Corners of a grey frame, spread over a grid, and where they are in another frame."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from scipy import fft
from scipy.signal.windows import tukey

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

#: Shifts above this are looked for in the frame as a whole, at most so many.
FAR_PX, _PEAKS = 4.0, 3
#: A peak of the phase correlation is smoothed by this many pixels, and stands out by this many deviations.
_PEAK_BLUR, _PEAK_DEVIATIONS = 1.0, 8.0
#: Share of a frame's sides over which it fades out before its spectrum is taken.
_TAPER = 0.25
#: Levels of the pyramid of a search from a guess.
_NEAR_LEVEL = 1

_LK: Any = {
    "winSize": (17, 17),
    "maxLevel": 4,
    "criteria": (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 0.005),
}


def grid_corners(grey: np.ndarray, free: np.ndarray | None = None) -> np.ndarray:
    """The best corners of each cell of the grid, (n, 2) float32 x, y.

    Args:
        grey: (h, w) uint8 frame.
        free: (h, w) bool, where they may lie; default: everywhere.
    """
    quality = cv2.cornerMinEigenVal(grey, 5, ksize=3)
    if free is not None:
        quality[~free] = 0.0
    peak = cv2.dilate(quality, np.ones((5, 5), np.uint8))
    least = max(float(quality.max()) * CORNER_SHARE, CORNER_MIN)
    y, x = np.nonzero((quality == peak) & (quality > least))
    value, cell = quality[y, x], cells_of(np.stack([x, y], axis=1), grey.shape)
    order = np.lexsort((x, y, -value, cell))
    cell = cell[order]
    best = order[np.arange(len(order)) - np.searchsorted(cell, cell, side="left") < PER_CELL]
    return np.stack([x[best], y[best]], axis=1).astype(np.float32)


def track(
    previous: np.ndarray, grey: np.ndarray, points: np.ndarray, far_below: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Corners and where they are in the next frame, (k, 2) float64 each, of those that are found there and back.

    Args:
        previous: (h, w) uint8 frame.
        grey: The next one.
        points: (n, 2) float32 corners of the first.
        far_below: Where less than this share of them is found, each is looked for from the frame's far shifts as
            well; what looks most alike counts. Without them a corner that moves far, before or behind one that does
            not, is lost.
    """
    if not len(points):
        return np.zeros((0, 2)), np.zeros((0, 2))
    there, unlike = _search(previous, grey, points, None)
    few_found = np.isfinite(unlike).mean() < far_below
    for shift in far_shifts(previous, grey) if few_found else ():
        other, other_unlike = _search(previous, grey, points, points + np.array(shift, np.float32))
        better = other_unlike < unlike
        there[better], unlike[better] = other[better], other_unlike[better]
    good = np.isfinite(unlike) & np.all((there >= 0) & (there <= np.array(grey.shape[::-1]) - 1), axis=1)
    return points[good].astype(np.float64), there[good].astype(np.float64)


def _search(
    previous: np.ndarray, grey: np.ndarray, points: np.ndarray, guess: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Where corners (n, 2) are, and how unlike they look there (n,): infinite where they are not found there and back.

    A guess is taken at its word: the search from it stays near, so the coarse levels are left out.
    """
    near = {**_LK, "maxLevel": _NEAR_LEVEL, "flags": cv2.OPTFLOW_USE_INITIAL_FLOW}
    options = _LK if guess is None else near
    first = None if guess is None else guess[:, None].copy()
    there, found, unlike = cv2.calcOpticalFlowPyrLK(previous, grey, points[:, None], first, **options)
    home = None if guess is None else points[:, None].copy()
    back, found_back, _ = cv2.calcOpticalFlowPyrLK(grey, previous, there, home, **options)
    good = (found[:, 0] == 1) & (found_back[:, 0] == 1)
    away = np.linalg.norm(back[:, 0] - points, axis=1)
    good &= away < ROUND_TRIP_PX * grey.shape[1] / REFERENCE_WIDTH
    return there[:, 0], np.where(good, unlike[:, 0], np.inf)


def far_shifts(previous: np.ndarray, grey: np.ndarray) -> list[tuple[float, float]]:
    """Shifts by which much of the frame (h, w) uint8 has moved far, pixels: peaks of the phase correlation."""
    height, width = grey.shape
    window, blur = _spectral(height, width)
    one, two = (fft.rfft2((f - np.float32(f.mean())) * window) for f in (previous, grey))
    cross = two * np.conj(one)
    surface = fft.irfft2(cross * (blur / np.maximum(np.abs(cross), np.float32(1e-9))), s=grey.shape)
    padded = cv2.copyMakeBorder(surface, 3, 3, 3, 3, cv2.BORDER_WRAP)
    peak = cv2.dilate(padded, np.ones((7, 7), np.uint8))[3:-3, 3:-3]
    y, x = np.nonzero((surface == peak) & (surface > surface.mean() + _PEAK_DEVIATIONS * surface.std()))
    best = np.lexsort((x, y, -surface[y, x]))[: _PEAKS + 1]
    y, x = (y[best] + height // 2) % height - height // 2, (x[best] + width // 2) % width - width // 2
    far = np.hypot(x, y) > FAR_PX * width / REFERENCE_WIDTH
    return [(float(dx), float(dy)) for dx, dy in zip(x[far], y[far], strict=True)][:_PEAKS]


@lru_cache(maxsize=4)
def _spectral(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """What a frame is multiplied by before its spectrum is taken (h, w), and what that is (h, w // 2 + 1)."""
    # flat but for the edges: the background is what surrounds the middle
    window = np.outer(tukey(height, _TAPER), tukey(width, _TAPER)).astype(np.float32)
    # high frequencies of a frame are noise, and a slight zoom or turn moves them out of step
    rows, columns = fft.fftfreq(height)[:, None], fft.rfftfreq(width)[None]
    blur = np.exp(-2.0 * (np.pi * _PEAK_BLUR) ** 2 * (rows**2 + columns**2)).astype(np.float32)
    return window, blur


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
