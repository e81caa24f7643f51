"""Similarities (shift, turn, zoom) that corners of two frames agree on, and whether one may be taken for the camera's.

Of several that corners agree on, that of the greatest extent is the background's: it surrounds what moves in front of
it. Whether it is believed depends on what the other corners say.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from fm_assets.clips.corners import REFERENCE_WIDTH, cells_of
from fm_assets.clips.transforms import apply, corners

#: A transform is fitted to corners within this distance, pixels at the reference width; a background with depth, of
#: which too little is within the first, is tried with the next.
FIT_PX = (0.25, 0.5)
#: Corners within this distance of a transform (or that of its fit, if larger) agree with it.
AGREE_PX = 0.5
#: Fewer agreeing corners, or agreement in fewer of the cells that have corners, is no evidence of the camera.
MIN_INLIERS = 12
MIN_CELLS = 0.25
#: Transforms that are looked for, and the share of all corners below which a further one is not.
MODELS, MIN_RIVAL = 3, 0.15
#: Two transforms this far apart leave open which is the camera's if the lesser has this share of the other's extent,
#: or this share of its corners, as widely spread: objects that fill the frame, or a scene so deep that no similarity
#: describes it.
RIVAL_PX, RIVAL_EXTENT, RIVAL_CORNERS, RIVAL_SPREAD = 1.0, 0.7, 0.5, 0.7
#: Corners whose hull covers less of the frame than this, and of which more than this share agree, may lie on an
#: object in front of a bare background.
MAX_HULL, MIN_SOLID = 0.62, 0.8
#: They do if at least so many other corners say something else, and this share of those with one voice; those of a
#: scene with depth speak with many.
MIN_OTHERS, ONE_VOICE = 8, 0.5
#: Steps beyond these are no camera's.
MAX_ZOOM = 1.5
MAX_TURN = math.radians(30.0)

_SEED = 20_251_210


@dataclass(frozen=True)
class Moves:
    """Corners of a frame and where they are in the next one.

    Attributes:
        old: (n, 2) places in the first frame, full-size pixels.
        new: (n, 2) places in the second.
        usable: (n,) which of them a transform may be fitted to.
        size: Full-size width and height, pixels.
    """

    old: np.ndarray
    new: np.ndarray
    usable: np.ndarray
    size: tuple[int, int]

    @property
    def cells(self) -> np.ndarray:
        """(n,) the grid cell of each corner."""
        return cells_of(self.old, self.size[::-1])

    @property
    def pixel(self) -> float:
        """A pixel at the reference width, in full-size pixels."""
        return self.size[0] / REFERENCE_WIDTH

    def distance(self, matrix: np.ndarray) -> np.ndarray:
        """How far (n,) the corners are from where a transform takes them, full-size pixels."""
        return np.linalg.norm(apply(matrix, self.old) - self.new, axis=1)

    def similarity(self, chosen: np.ndarray, fit_px: float) -> np.ndarray | None:
        """The similarity (2, 3) that most of the chosen corners agree on, within a distance at the reference width."""
        cv2.setRNGSeed(_SEED)
        matrix, _ = cv2.estimateAffinePartial2D(
            self.old[chosen],
            self.new[chosen],
            method=cv2.RANSAC,
            ransacReprojThreshold=fit_px * self.pixel,
            maxIters=2000,
            confidence=0.999,
        )
        return matrix


@dataclass(frozen=True)
class Model:
    """A transform that some corners agree with.

    Attributes:
        matrix: (2, 3), full-size pixels.
        inside: (n,) which corners agree.
        cells: Share of the cells with corners in which one agrees.
        spread: Product of their standard deviations in x and y; 1 where they lie evenly over the frame.
    """

    matrix: np.ndarray
    inside: np.ndarray
    cells: float
    spread: float

    @property
    def extent(self) -> float:
        """How much of the frame the corners span.

        The background surrounds what moves in front of it, so it has the greater extent even with fewer corners.
        """
        return self.cells * self.spread


def models(moves: Moves, fit_px: float) -> list[Model]:
    """Transforms, by extent: the one that most corners agree with, then the same among those that are left."""
    found: list[Model] = []
    left, cells = moves.usable.copy(), moves.cells
    while len(found) < MODELS and left.sum() >= max(MIN_INLIERS, MIN_RIVAL * len(left)):
        matrix = moves.similarity(left, fit_px)
        if matrix is None:
            break
        inside = left & (moves.distance(matrix) < max(AGREE_PX, fit_px) * moves.pixel)
        if inside.sum() < MIN_INLIERS:
            break
        share = len(np.unique(cells[inside])) / len(np.unique(cells))
        spread = 12.0 * np.prod(moves.old[inside].std(axis=0) / moves.size)
        found.append(Model(matrix, inside, share, float(spread)))
        left &= ~inside
    return sorted(found, key=lambda model: -model.extent)


def believable(found: Sequence[Model], moves: Moves, fit_px: float, min_ratio: float, *, bare: bool) -> bool:
    """Whether the first of some transforms may be taken for the camera's.

    Args:
        found: Transforms, by extent.
        moves: The corners.
        fit_px: The distance within which they were fitted.
        min_ratio: Least share of agreeing corners.
        bare: Whether the background may be so bare that most corners lie on an object in front of it.
    """
    best, others = found[0], found[1:]
    a, b = best.matrix[:, 0]
    return bool(
        best.inside.mean() >= min_ratio
        and best.cells >= MIN_CELLS
        and 1 / MAX_ZOOM < math.hypot(a, b) < MAX_ZOOM
        and abs(math.atan2(b, a)) < MAX_TURN
        and not any(_rivals(other, best, moves.size) for other in others)
        and not (bare and _on_object(best, moves, fit_px))
    )


def _rivals(other: Model, best: Model, size: tuple[int, int]) -> bool:
    """Whether another transform may be the camera's as well."""
    many = other.inside.sum() > RIVAL_CORNERS * best.inside.sum() and other.spread > RIVAL_SPREAD * best.spread
    return _apart(other.matrix, best.matrix, size) > RIVAL_PX and (many or other.extent > RIVAL_EXTENT * best.extent)


def _on_object(best: Model, moves: Moves, fit_px: float) -> bool:
    """Whether the agreeing corners look like an object in front of a background with few corners.

    They fill an area of their own, and the corners around it agree on something else.
    """
    old, others = moves.old.astype(np.float32), ~best.inside
    if others.sum() < MIN_OTHERS:
        return False
    hull = cv2.convexHull(old[best.inside])
    within = np.array([cv2.pointPolygonTest(hull, point, False) >= 0 for point in old.tolist()])
    width, height = moves.size
    if cv2.contourArea(hull) > MAX_HULL * width * height or best.inside.sum() < MIN_SOLID * within.sum():
        return False
    said = moves.similarity(others, fit_px)
    if said is None or _apart(said, best.matrix, moves.size) < RIVAL_PX:
        return False
    voice = others & (moves.distance(said) < max(AGREE_PX, fit_px) * moves.pixel)
    return bool(voice.sum() >= max(MIN_OTHERS, ONE_VOICE * others.sum()))


def _apart(one: np.ndarray, other: np.ndarray, size: tuple[int, int]) -> float:
    """Mean distance between where two transforms take the frame's corners, pixels at the reference width."""
    at = corners(*size)
    distance = np.linalg.norm(apply(one, at) - apply(other, at), axis=1).mean()
    return float(distance * REFERENCE_WIDTH / size[0])
