"""The camera's motion between consecutive sampled frames, from the background's corners.

Per pair of frames: corners spread over a grid, so that the background outvotes a textured object; pyramidal
Lucas-Kanade, checked forward and backward; a similarity (shift, turn, zoom) by RANSAC with a tight threshold. Of
several that corners agree with, that of the greatest extent is the background's. Where too little agrees, the step
says that it is not reliable and holds the identity: the last transform is never repeated.

Whether the camera stands still is seen over the whole clip, against the median of its frames, from which everything
that moves has gone. In a clip whose camera stands still only corners that stay about where they are can belong to
the background, however large the object in front of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from fm_assets.clips.corners import REFERENCE_WIDTH, cells_of, evened, grid_corners, track
from fm_assets.clips.transforms import apply, corners

#: A transform is fitted to corners within this distance, pixels at the reference width; a background with depth, of
#: which too little is within the first, is tried with the second.
FIT_PX = (0.25, 0.5)
#: Corners within this distance of a transform agree with it.
AGREE_PX = 0.5
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
#: A camera stands still if in STILL_FRAMES of this many frames the corners of STILL_CELLS of the cells are in place.
KEYFRAMES = 13
STILL_FRAMES, STILL_CELLS = 0.8, 0.35

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


@dataclass(frozen=True)
class Camera:
    """The camera over a clip: one step per sampled frame (the first is the identity), and whether it stands still."""

    steps: tuple[Step, ...]
    still: bool


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


def measure(
    greys: Sequence[np.ndarray],
    times: Sequence[float],
    size: tuple[int, int],
    *,
    min_inlier_ratio: float,
    static_px: float,
) -> Camera:
    """The camera of a clip.

    Args:
        greys: Sampled frames, (h, w) uint8, the whole frame scaled down.
        times: Their times, seconds from the clip's start.
        size: Full-size width and height of the clip, pixels.
        min_inlier_ratio: Steps below this share of agreeing corners are not reliable (unless the camera is still).
        static_px: A camera that strays less than this is still, pixels at the reference width.
    """
    # noise and aliasing bias the flow by some hundredths of a pixel
    greys = [cv2.GaussianBlur(grey, (3, 3), 0) for grey in greys]
    still = stands_still(greys, static_px)
    radius = static_px if still else math.inf
    steps = [Step(t_s, reliable=True) for t_s in times[:1]]
    for before, after, t_s in zip(greys, greys[1:], times[1:], strict=False):
        steps.append(_step(before, after, t_s, size, 0.0 if still else min_inlier_ratio, radius))
    return Camera(tuple(steps), still)


def stands_still(greys: Sequence[np.ndarray], static_px: float) -> bool:
    """Whether the corners of the clip's median picture stay in place, within `static_px` to either side.

    In the median of a moving camera nothing stays in place, but for what is fixed to the camera: a bonnet, a caption.
    """
    if not greys:
        return False
    frames = [greys[k] for k in np.unique(np.linspace(0, len(greys) - 1, KEYFRAMES).round().astype(int))]
    median = np.median(np.stack(frames), axis=0).astype(np.uint8)
    found = grid_corners(median)
    if len(found) < MIN_INLIERS:
        return False
    total, radius = len(np.unique(cells_of(found, median.shape))), static_px * median.shape[1] / REFERENCE_WIDTH
    shares = []
    for frame in frames:
        before, after = track(evened(median), evened(frame), found)
        stayed = before[np.linalg.norm(after - before, axis=1) < radius]
        shares.append(len(np.unique(cells_of(stayed, median.shape))) / total if len(stayed) >= MIN_INLIERS else 0.0)
    return bool(np.mean(np.array(shares) >= STILL_CELLS) >= STILL_FRAMES)


def _step(
    previous: np.ndarray, grey: np.ndarray, t_s: float, size: tuple[int, int], min_ratio: float, radius: float
) -> Step:
    """The step between two frames, from corners that move less than `radius` (pixels at the reference width)."""
    found = grid_corners(previous)
    before, after = track(previous, grey, found)
    if len(before) < max(MIN_INLIERS, MIN_TRACKED * len(found)):
        return Step(t_s)
    height, width = grey.shape
    near = np.linalg.norm(after - before, axis=1) < radius * width / REFERENCE_WIDTH
    # a pixel's middle is half a pixel from its corner, in the small frame as in the large one
    old, new = ((points + 0.5) * np.array(size) / (width, height) for points in (before, after))
    cells = cells_of(before, grey.shape)
    facts: dict[str, Any] = {}
    for fit_px in FIT_PX:
        models = _models(old, new, near, cells, size, fit_px)
        if not models:
            continue
        best = max(models, key=lambda model: model.extent)
        residual = float(np.median(_distance(best.matrix, old, new)[best.inside]))
        facts = {"inliers": int(best.inside.sum()), "inlier_ratio": float(best.inside.mean()), "residual_px": residual}
        if _believable(best, models, size, min_ratio):
            a, b, tx, ty = (float(v) for v in best.matrix[[0, 1, 0, 1], [0, 0, 2, 2]])
            return Step(t_s, a, b, tx, ty, **facts, reliable=True)
    return Step(t_s, **facts)


def _models(
    old: np.ndarray, new: np.ndarray, usable: np.ndarray, cells: np.ndarray, size: tuple[int, int], fit_px: float
) -> list[_Model]:
    """Transforms between corners (n, 2): the one that most agree with, then the same among those that are left."""
    models: list[_Model] = []
    left = usable.copy()
    pixel = size[0] / REFERENCE_WIDTH
    while len(models) < MODELS and left.sum() >= max(MIN_INLIERS, MIN_RIVAL * len(old)):
        cv2.setRNGSeed(_SEED)
        matrix, _ = cv2.estimateAffinePartial2D(
            old[left],
            new[left],
            method=cv2.RANSAC,
            ransacReprojThreshold=fit_px * pixel,
            maxIters=2000,
            confidence=0.999,
        )
        if matrix is None:
            break
        inside = left & (_distance(matrix, old, new) < AGREE_PX * pixel)
        if inside.sum() < MIN_INLIERS:
            break
        share = len(np.unique(cells[inside])) / len(np.unique(cells))
        spread = np.prod(old[inside].std(axis=0) / size)
        models.append(_Model(matrix, inside, share, float(share * spread)))
        left &= ~inside
    return models


def _believable(best: _Model, models: list[_Model], size: tuple[int, int], min_ratio: float) -> bool:
    """Whether a transform may be taken for the camera's."""
    a, b = best.matrix[:, 0]
    rivals = [m.extent for m in models if m is not best and _apart(m, best, size) > RIVAL_PX]
    return bool(
        best.inside.mean() >= min_ratio
        and best.cells >= MIN_CELLS
        and 1 / MAX_ZOOM < math.hypot(a, b) < MAX_ZOOM
        and abs(math.atan2(b, a)) < MAX_TURN
        and max(rivals, default=0.0) < RIVAL_EXTENT * best.extent
    )


def _distance(matrix: np.ndarray, old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """How far (n,) corners (n, 2) are from where a transform takes them."""
    return np.linalg.norm(apply(matrix, old) - new, axis=1)


def _apart(one: _Model, other: _Model, size: tuple[int, int]) -> float:
    """Mean distance between where two transforms take the frame's corners, pixels at the reference width."""
    at = corners(*size)
    distance = np.linalg.norm(apply(one.matrix, at) - apply(other.matrix, at), axis=1).mean()
    return float(distance * REFERENCE_WIDTH / size[0])
