"""The still background of a clip: a robust picture of what stays, seen from a camera that may move.

All images here are small (the detector's working size); a canvas is the stabilised frame, large enough for
every frame of the clip.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

#: Frames that the background is taken from, spread over the clip.
SAMPLES = 41

#: A canvas is at most this many frames wide and high; what lies beyond has no background.
MAX_CANVAS = 3.0

#: Fewer looks than this at a spot tell no background from an object.
MIN_LOOKS = 3

_UNSEEN = np.int16(1000)
_BAND = 64


@dataclass(frozen=True)
class Canvas:
    """Where frames lie on the stabilised canvas.

    Attributes:
        size: (width, height) in pixels.
        maps: (n, 2, 3) float64, pixels of frame i -> pixels of the canvas.
        still: Whether the camera stands still: canvas and frames are then the same.
    """

    size: tuple[int, int]
    maps: np.ndarray
    still: bool

    def place(self, image: np.ndarray, i: int) -> tuple[np.ndarray, np.ndarray]:
        """Frame i on the canvas: `(image, (h, w) bool of the pixels that it covers)`."""
        if self.still:
            return image, np.ones(image.shape[:2], bool)
        inside = np.full(image.shape[:2], 255, np.uint8)
        inside[[0, -1]] = 0
        inside[:, [0, -1]] = 0
        placed = cv2.warpAffine(image, self.maps[i], self.size, flags=cv2.INTER_LINEAR)
        return placed, cv2.warpAffine(inside, self.maps[i], self.size, flags=cv2.INTER_LINEAR) == 255

    def view(self, canvas: np.ndarray, i: int, size: tuple[int, int], linear: bool = True) -> np.ndarray:
        """What frame i sees of an image on the canvas; 0 outside."""
        if self.still:
            return canvas
        flags = (cv2.INTER_LINEAR if linear else cv2.INTER_NEAREST) | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(canvas, self.maps[i], size, flags=flags)


def make_canvas(size: tuple[int, int], maps: np.ndarray | None, count: int) -> Canvas:
    """The canvas of a clip.

    Args:
        size: (width, height) of the frames.
        maps: (count, 2, 3), pixels of each frame -> stabilised pixels; None for a still camera.
        count: Number of frames.
    """
    width, height = size
    if maps is None:
        return Canvas(size, np.tile(np.eye(2, 3), (count, 1, 1)), True)
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]], dtype=np.float64)
    reached = np.einsum("nij,kj->nki", maps, corners).reshape(-1, 2)
    low, high = np.floor(reached.min(axis=0)), np.ceil(reached.max(axis=0))
    limit = np.array([width, height]) * MAX_CANVAS
    middle = (low + high) / 2
    low, high = np.maximum(low, np.floor(middle - limit / 2)), np.minimum(high, np.ceil(middle + limit / 2))
    shifted = maps.copy()
    shifted[:, :, 2] -= low
    extent = (high - low).astype(int)
    return Canvas((int(extent[0]), int(extent[1])), shifted, False)


@dataclass
class Background:
    """A background on the canvas.

    Attributes:
        image: (h, w, 3) float32, median colour.
        noise: (h, w) float32, how far the colour strays from it by itself (of 255).
        known: (h, w) bool, where it was seen often enough.
    """

    image: np.ndarray
    noise: np.ndarray
    known: np.ndarray


def estimate(images: list[np.ndarray], canvas: Canvas) -> Background:
    """Median background of a clip, with its per-pixel noise (scaled median absolute deviation).

    Args:
        images: (h, w, 3) uint8 frames.
        canvas: Where they lie.
    """
    chosen = sorted({round(k) for k in np.linspace(0, len(images) - 1, min(SAMPLES, len(images)))})
    width, height = canvas.size
    stack = np.empty((len(chosen), height, width, 3), np.uint8)
    covered = np.empty((len(chosen), height, width), bool)
    for row, i in enumerate(chosen):
        stack[row], covered[row] = canvas.place(images[i], i)
    looks = covered.sum(axis=0)
    middle = np.empty((height, width, 3), np.float32)
    noise = np.empty((height, width), np.float32)
    for top in range(0, height, _BAND):  # in bands: sorting copies what it sorts
        rows = slice(top, top + _BAND)
        values = np.where(covered[:, rows, :, None], stack[:, rows], _UNSEEN)
        centre = _median(values, looks[rows])
        spread = np.where(values == _UNSEEN, _UNSEEN, np.abs(values - centre))
        middle[rows] = centre
        noise[rows] = 1.4826 * _median(spread, looks[rows]).max(axis=2)
    return Background(middle, noise, looks >= min(MIN_LOOKS, len(chosen)))


def _median(stack: np.ndarray, looks: np.ndarray) -> np.ndarray:
    """Median over axis 0 of the seen values (unseen ones sort last); unseen pixels give 0."""
    ordered = np.sort(stack, axis=0)
    rank = np.maximum(looks - 1, 0) // 2
    picked = np.take_along_axis(ordered, np.broadcast_to(rank[None, ..., None], (1, *rank.shape, 3)), axis=0)[0]
    picked[looks == 0] = 0
    return picked
