"""The camera's motion between consecutive sampled frames, from the background's corners.

Per pair of frames: corners spread over a grid, so that the background outvotes a textured object; pyramidal
Lucas-Kanade, checked forward and backward; a similarity (shift, turn, zoom) by RANSAC with a tight threshold. Where
too little agrees, the step says that it is not reliable and holds the identity: the last transform is never repeated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from fm_assets.clips.transforms import apply, corners

#: The grid over which corners are spread, and corners per cell.
GRID = (10, 6)
PER_CELL = 5
#: A corner's smaller eigenvalue, relative to the frame's best corner, and at least.
CORNER_SHARE, CORNER_MIN = 0.002, 1e-5
#: Distances in pixels at a width of 320; smaller or larger frames scale them.
REFERENCE_WIDTH = 320
RANSAC_PX = 0.25
ROUND_TRIP_PX = 0.3
#: Fewer agreeing corners, or agreement in fewer of the cells that have corners, is no evidence of the camera.
MIN_INLIERS = 12
MIN_CELLS = 0.25
#: Fewer of the corners found again: the picture has changed (a cut, a flash, a blur).
MIN_TRACKED = 0.25
#: Transforms that are looked for, and the share of all corners below which a further one is not.
MODELS, MIN_RIVAL = 3, 0.15
#: Two transforms this far apart, of which the lesser has this share of the other's extent, leave open which is the
#: camera's: an object that fills the frame, or a scene so deep that no similarity describes it.
RIVAL_PX, RIVAL_EXTENT = 1.0, 0.7
#: Steps beyond these are no camera's.
MAX_ZOOM = 1.5
MAX_TURN = math.radians(30.0)

_LK = {"winSize": (17, 17), "maxLevel": 4, "criteria": (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 30, 0.005)}
_SEED = 20_251_210


@dataclass(frozen=True)
class Step:
    """The camera from the previous sampled frame to this one: `x' = a x - b y + tx`, `y' = b x + a y + ty`.

    Attributes:
        t_s: Time of this frame, seconds from the clip's start.
        a: Zoom times cosine of the turn.
        b: Zoom times sine of the turn.
        tx: Shift in full-size pixels, x.
        ty: Shift in full-size pixels, y.
        inliers: Corners that agree.
        inlier_ratio: Share of the tracked corners that agree.
        residual_px: Median distance of those from the transform, full-size pixels.
        reliable: False: the transform is the identity and means nothing.
    """

    t_s: float
    a: float = 1.0
    b: float = 0.0
    tx: float = 0.0
    ty: float = 0.0
    inliers: int = 0
    inlier_ratio: float = 0.0
    residual_px: float = 0.0
    reliable: bool = False


class CameraEstimator:
    """Takes a clip's sampled frames one after the other, and gives the camera's step to each.

    Args:
        size: Full-size width and height of the clip, pixels.
        min_inlier_ratio: Steps below this share of agreeing corners are not reliable.
    """

    def __init__(self, size: tuple[int, int], min_inlier_ratio: float) -> None:
        self.size, self.min_inlier_ratio = size, min_inlier_ratio
        self._previous: np.ndarray | None = None

    def add(self, grey: np.ndarray, t_s: float) -> Step:
        """The step to a frame; that to the first is the identity and reliable.

        Args:
            grey: (h, w) uint8, the whole frame, scaled down.
            t_s: Seconds from the clip's start.
        """
        previous, self._previous = self._previous, grey
        if previous is None:
            return Step(t_s, reliable=True)
        found = grid_corners(previous)
        if len(found) < MIN_INLIERS:
            return Step(t_s)
        before, after = track(previous, grey, found)
        if len(before) < max(MIN_INLIERS, MIN_TRACKED * len(found)):
            return Step(t_s)
        return self._fit(before, after, grey.shape, t_s)

    def _fit(self, before: np.ndarray, after: np.ndarray, shape: tuple[int, ...], t_s: float) -> Step:
        height, width = shape
        per_pixel = np.array(self.size, dtype=np.float64) / (width, height)
        # a pixel's middle is half a pixel from its corner, in the small frame as in the large one
        old, new = (before + 0.5) * per_pixel, (after + 0.5) * per_pixel
        models = _models(old, new, _cells(before, shape), self.size)
        if not models:
            return Step(t_s)
        best = max(models, key=lambda model: model.extent)
        inside = best.inside
        residual = float(np.median(np.linalg.norm(apply(best.matrix, old[inside]) - new[inside], axis=1)))
        facts = {"inliers": int(inside.sum()), "inlier_ratio": float(inside.mean()), "residual_px": residual}
        if not self._believable(best, models):
            return Step(t_s, **facts)
        a, b, tx, ty = (float(v) for v in best.matrix[[0, 1, 0, 1], [0, 0, 2, 2]])
        return Step(t_s, a, b, tx, ty, **facts, reliable=True)

    def _believable(self, best: _Model, models: list[_Model]) -> bool:
        """Whether a transform may be taken for the camera's."""
        a, b = best.matrix[:, 0]
        rivals = [m.extent for m in models if m is not best and _apart(m, best, self.size) > RIVAL_PX]
        return bool(
            best.inside.sum() >= MIN_INLIERS
            and best.inside.mean() >= self.min_inlier_ratio
            and best.cells >= MIN_CELLS
            and 1 / MAX_ZOOM < math.hypot(a, b) < MAX_ZOOM
            and abs(math.atan2(b, a)) < MAX_TURN
            and max(rivals, default=0.0) < RIVAL_EXTENT * best.extent
        )


@dataclass(frozen=True)
class _Model:
    """A transform that some corners agree with.

    Attributes:
        matrix: (2, 3), full-size pixels.
        inside: (n,) which corners agree.
        cells: Share of the cells with corners in which one agrees.
        extent: How much of the frame they span: `cells` times the product of their spreads in x and y. The
            background surrounds what moves in front of it, so it has the greater extent even with fewer corners.
    """

    matrix: np.ndarray
    inside: np.ndarray
    cells: float
    extent: float


def _models(old: np.ndarray, new: np.ndarray, cells: np.ndarray, size: tuple[int, int]) -> list[_Model]:
    """Transforms between corners (n, 2): the one that most agree with, then the same among those that are left."""
    models: list[_Model] = []
    left = np.ones(len(old), dtype=bool)
    threshold = RANSAC_PX * size[0] / REFERENCE_WIDTH
    while len(models) < MODELS and left.sum() >= max(MIN_INLIERS, MIN_RIVAL * len(old)):
        cv2.setRNGSeed(_SEED)
        matrix, mask = cv2.estimateAffinePartial2D(
            old[left], new[left], method=cv2.RANSAC, ransacReprojThreshold=threshold, maxIters=2000, confidence=0.999
        )
        if matrix is None:
            break
        inside = np.zeros(len(old), dtype=bool)
        inside[left] = mask.ravel().astype(bool)
        if inside.sum() < MIN_INLIERS:
            break
        share = len(np.unique(cells[inside])) / len(np.unique(cells))
        spread = np.prod(old[inside].std(axis=0) / size)
        models.append(_Model(matrix, inside, share, float(share * spread)))
        left &= ~inside
    return models


def _apart(one: _Model, other: _Model, size: tuple[int, int]) -> float:
    """Mean distance between where two transforms take the frame's corners, pixels at the reference width."""
    at = corners(*size)
    distance = np.linalg.norm(apply(one.matrix, at) - apply(other.matrix, at), axis=1).mean()
    return float(distance * REFERENCE_WIDTH / size[0])


def grid_corners(grey: np.ndarray) -> np.ndarray:
    """The best corners of each cell of the grid, (n, 2) float32 x, y."""
    quality = cv2.cornerMinEigenVal(grey, 5, ksize=3)
    peak = cv2.dilate(quality, np.ones((5, 5), np.uint8))
    least = max(float(quality.max()) * CORNER_SHARE, CORNER_MIN)
    y, x = np.nonzero((quality == peak) & (quality > least))
    value, cell = quality[y, x], _cells(np.stack([x, y], axis=1), grey.shape)
    order = np.lexsort((x, y, -value, cell))
    cell = cell[order]
    starts = np.searchsorted(cell, cell, side="left")
    best = order[np.arange(len(order)) - starts < PER_CELL]
    return np.stack([x[best], y[best]], axis=1).astype(np.float32)


def track(previous: np.ndarray, grey: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Corners and where they are in the next frame, (k, 2) float64 each, of those that are found there and back."""
    there, found, _ = cv2.calcOpticalFlowPyrLK(previous, grey, points[:, None], None, **_LK)
    back, found_back, _ = cv2.calcOpticalFlowPyrLK(grey, previous, there, None, **_LK)
    there, back = there[:, 0], back[:, 0]
    good = (found[:, 0] == 1) & (found_back[:, 0] == 1)
    good &= np.linalg.norm(back - points, axis=1) < ROUND_TRIP_PX * grey.shape[1] / REFERENCE_WIDTH
    good &= np.all((there >= 0) & (there <= np.array(grey.shape[::-1]) - 1), axis=1)
    return points[good].astype(np.float64), there[good].astype(np.float64)


def _cells(points: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Number of the grid cell of each point (n, 2)."""
    columns, rows = GRID
    x = np.minimum(points[:, 0] * columns // shape[1], columns - 1).astype(int)
    y = np.minimum(points[:, 1] * rows // shape[0], rows - 1).astype(int)
    return y * columns + x

