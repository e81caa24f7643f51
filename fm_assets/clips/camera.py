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
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np

from fm_assets.clips.corners import REFERENCE_WIDTH, cells_of, evened, grid_corners, track
from fm_assets.clips.similarity import FIT_PX, MIN_INLIERS, Moves, believable
from fm_assets.clips.similarity import models as similarities
from fm_assets.clips.transforms import cumulative, stray_px

#: Fewer of the corners found again: the picture has changed (a cut, a flash, a blur).
MIN_TRACKED = 0.25
#: A camera stands still if in STILL_FRAMES of this many frames the corners of STILL_CELLS of the cells are in place.
KEYFRAMES = 13
STILL_FRAMES, STILL_CELLS = 0.8, 0.35
#: What is still as a whole may tremble by so many times what a still camera may.
STRAY = 2.0
#: It is not still where more than this share of the steps find too few corners in place.
STILL_LOST = 0.5


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
class Trust:
    """What of a step is believed.

    Attributes:
        min_ratio: Least share of agreeing corners.
        radius: Corners that move further are the background's in no case, pixels at the reference width.
        fit_px: Distances within which a transform is fitted, tried in turn, pixels at the reference width.
        bare: Whether most corners may lie on an object in front of a background with few.
        far_below: Where a smaller share of the corners is found near their places, they are looked for far away, too.
    """

    min_ratio: float
    radius: float = math.inf
    fit_px: tuple[float, ...] = FIT_PX
    bare: bool = True
    far_below: float = math.inf


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
    greys = [quiet(grey) for grey in greys]
    if stands_still(greys, static_px):
        steps = _steps(greys, times, size, Trust(0.0, static_px, bare=False))
        # a slow shake stays near its middle, too, and a pattern may be where it was by chance: those have moved
        lost = sum(not step.reliable for step in steps)
        if stray(steps, size) < STRAY * static_px and lost <= STILL_LOST * len(steps):
            return Camera(steps, True)
    return Camera(_steps(greys, times, size, Trust(min_inlier_ratio)), False)


def stray(steps: Sequence[Step], size: tuple[int, int]) -> float:
    """Largest distance of a frame corner from its place in the first frame, pixels at the reference width."""
    return stray_px(cumulative([asdict(step) for step in steps]), *size) * REFERENCE_WIDTH / size[0]


def _steps(
    greys: Sequence[np.ndarray], times: Sequence[float], size: tuple[int, int], trust: Trust
) -> tuple[Step, ...]:
    pairs = zip(greys, greys[1:], times[1:], strict=False)
    steps = (step_between(before, after, t_s, size, trust) for before, after, t_s in pairs)
    return (*(Step(t_s, reliable=True) for t_s in times[:1]), *steps)


def quiet(grey: np.ndarray) -> np.ndarray:
    """A frame (h, w) uint8 with less noise: noise and aliasing bias the flow by some hundredths of a pixel."""
    return cv2.GaussianBlur(grey, (3, 3), 0)


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


def step_between(
    previous: np.ndarray,
    grey: np.ndarray,
    t_s: float,
    size: tuple[int, int],
    trust: Trust,
    free: tuple[np.ndarray, np.ndarray] | None = None,
) -> Step:
    """The step between two frames.

    Args:
        previous: (h, w) uint8 frame, the whole frame scaled down and slightly blurred.
        grey: The next one.
        t_s: Its time.
        size: Full-size width and height, pixels.
        trust: What is believed.
        free: (h, w) bool each, where in the two frames corners may lie; default: everywhere.
    """
    found = grid_corners(previous, None if free is None else free[0])
    before, after = track(previous, grey, found, trust.far_below if math.isinf(trust.radius) else 0.0)
    if len(before) < max(MIN_INLIERS, MIN_TRACKED * len(found)):
        return Step(t_s)
    height, width = grey.shape
    if free is not None:
        column, row = np.rint(after).astype(int).T
        before, after = before[free[1][row, column]], after[free[1][row, column]]
    near = np.linalg.norm(after - before, axis=1) < trust.radius * width / REFERENCE_WIDTH
    # a pixel's middle is half a pixel from its corner, in the small frame as in the large one
    old, new = ((points + 0.5) * np.array(size) / (width, height) for points in (before, after))
    moves = Moves(old, new, near, size)
    facts: dict[str, Any] = {}
    for fit_px in trust.fit_px:
        models = similarities(moves, fit_px)
        if not models:
            continue
        best = models[0]
        residual = float(np.median(moves.distance(best.matrix)[best.inside]))
        facts = {"inliers": int(best.inside.sum()), "inlier_ratio": float(best.inside.mean()), "residual_px": residual}
        if believable(models, moves, fit_px, trust.min_ratio, bare=trust.bare):
            a, b, tx, ty = (float(v) for v in best.matrix[[0, 1, 0, 1], [0, 0, 2, 2]])
            return Step(t_s, a, b, tx, ty, **facts, reliable=True)
    return Step(t_s, **facts)
