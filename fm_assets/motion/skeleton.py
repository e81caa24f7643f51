"""Keypoints of a person's boxes as arrays: what is known of the body in each frame, and how far it can be trusted.

Keypoints are the 17 of COCO (Lin et al. 2014, "Microsoft COCO: Common Objects in Context"), left and right as the
person calls them. Lengths are in frame heights, y **up** like the vocabulary's angles.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.lib.stride_tricks import sliding_window_view

from fm_assets.motion import geometry
from fm_resources.detector.base import KEYPOINTS
from fm_resources.rows import struct_columns

#: COCO's numbers of the joints, (left, right).
NOSE = 0
SHOULDERS, ELBOWS, WRISTS, HIPS, KNEES, ANKLES = ((k, k + 1) for k in range(5, 17, 2))
#: How far annotators differ over a joint, in square roots of the person's area: the sigma of COCO's object keypoint
#: similarity (cocodataset.org/#keypoints-eval); and the share of a box that a person fills, as evaluations take it where
#: no outline is known (xtcocotools, for CrowdPose).
OKS_SIGMA = {"shoulder": 0.079, "wrist": 0.062}
FILLED = 0.53
#: Keypoints that score less are not known.
SURE = 0.5
#: A keypoint this close to the frame's edge may have been pushed there by it, frame heights.
EDGE = 0.006
#: Window of the torso's length, seconds.
TORSO_S = 1.0
#: Torsos shorter than this, in pixels, show no arms.
LEAST_TORSO_PX = 20.0
#: Torso over the shoulders' distance of an upright body that is seen from the front, 0.288 and 0.259 of its height
#: (Drillis and Contini 1966); from the side it is more. Below the second the body is seen from above or below.
TORSO_OF_SHOULDERS, FORESHORTENED = 1.11, 0.7
#: Least and largest distance of the nose from the middle of the shoulders, over theirs, of who faces the camera.
NECK = (0.25, 0.75)
#: Largest angle of an upright torso with the vertical, degrees.
UPRIGHT_DEG = 45.0
#: Left and right have changed places where that makes a step this much shorter, and the step is this long in torsos.
SWAP_SHARE, SWAP_STEP = 0.5, 0.6
#: Longest time for which left and right are taken to have changed places, seconds.
SWAP_S = 0.5


@dataclass(frozen=True)
class Skeleton:
    """A person's body over time.

    Attributes:
        points: (n, 17, 2) joints, frame heights, y up; left and right put back where they had changed places.
        known: (n, 17) bool.
        torso: (n,) length from shoulder to hip, frame heights, a median over a second; NaN where it is not known.
        upright: (n,) bool, whether the torso is within 45 degrees of the vertical.
        mixed_up: Whether left and right change places for good, so that no side can be told.
    """

    points: np.ndarray
    known: np.ndarray
    torso: np.ndarray
    upright: np.ndarray
    mixed_up: bool


def keypoints_of(table: pa.Table) -> np.ndarray | None:
    """Keypoints (boxes, 17, 3) of all boxes of a `tracks` table: x, y in pixels and score; None where there are none.

    What is not the 17 keypoints of COCO is NaN.
    """
    boxes = table.column("boxes").combine_chunks()
    if isinstance(boxes, pa.ChunkedArray):
        boxes = pa.concat_arrays(boxes.chunks) if boxes.num_chunks else pa.array([], boxes.type)
    flat = boxes.flatten()
    if flat.type.get_field_index("keypoints") < 0:
        return None
    bodies = flat.flatten()[flat.type.get_field_index("keypoints")]
    if bodies.null_count == len(bodies):
        return None
    lengths, fields = struct_columns(pa.table({"keypoints": bodies}), "keypoints")
    found = np.full((len(lengths), KEYPOINTS, 3), np.nan)
    values = np.stack([fields[name].astype(np.float64) for name in ("x", "y", "score")], axis=1)
    found[lengths == KEYPOINTS] = values[np.repeat(lengths == KEYPOINTS, lengths)].reshape(-1, KEYPOINTS, 3)
    return found


def skeleton(keypoints: np.ndarray, t: np.ndarray, width: int, height: int) -> Skeleton | str:
    """The body over time, or why it says nothing.

    Args:
        keypoints: (n, 17, 3) x, y in pixels (y down) and score; NaN where there are none.
        t: (n,) rising times, seconds.
        width: Frame width, pixels.
        height: Frame height, pixels.
    """
    points, score = keypoints[..., :2] / height, keypoints[..., 2]
    edge = np.array([width / height, 1.0]) - EDGE
    known = (score >= SURE) & ((points > EDGE) & (points < edge)).all(axis=2)
    points = np.where(known[..., None], points * [1.0, -1.0], np.nan)
    across = np.linalg.norm(points[:, SHOULDERS[0]] - points[:, SHOULDERS[1]], axis=1)
    trunk = _trunk(points, across)
    lengths = np.linalg.norm(trunk, axis=1)
    if not np.isfinite(lengths).any():
        return "torso not seen"
    typical = geometry.median(lengths[np.isfinite(lengths)])
    if typical * height < LEAST_TORSO_PX:
        return "person too small"
    across = across[np.isfinite(across)]
    if len(across) and typical < FORESHORTENED * geometry.median(across):
        return "torso foreshortened"
    upright = np.degrees(np.arctan2(np.abs(trunk[:, 0]), trunk[:, 1])) <= UPRIGHT_DEG  # False for NaN
    swapped, mixed_up = _swapped(points, t, typical)
    points[swapped] = points[swapped][:, _MIRRORED]
    known[swapped] = known[swapped][:, _MIRRORED]
    return Skeleton(points, known, _rolling_median(lengths, t), upright, mixed_up)


def _trunk(points: np.ndarray, across: np.ndarray) -> np.ndarray:
    """From hips to shoulders (n, 2), the mean of the sides that are known; NaN where neither is.

    Where the hips are out of sight, the shoulders of who faces the camera, with the nose above them, tell as much: the
    torso is 1.11 of the distance between them, and points at the nose.
    """
    trunks = points[:, SHOULDERS] - points[:, HIPS]
    trunk = np.stack([_mean(trunks[..., axis]) for axis in (0, 1)], axis=1)
    neck = points[:, NOSE] - points[:, SHOULDERS].mean(axis=1)
    length = np.linalg.norm(neck, axis=1)
    facing = ~np.isfinite(trunk[:, 0]) & (length >= NECK[0] * across) & (length <= NECK[1] * across)
    trunk[facing] = neck[facing] * (TORSO_OF_SHOULDERS * across[facing] / length[facing])[:, None]
    return trunk


#: Keypoints with the joints of left and right arms exchanged; legs are never told apart.
_MIRRORED = np.array([*range(5), 6, 5, 8, 7, 10, 9, *range(11, 17)])


def _swapped(points: np.ndarray, t: np.ndarray, torso: float) -> tuple[np.ndarray, bool]:
    """Frames (n,) in which the arms' left and right have changed places, and whether that lasts.

    From one frame with a whole pair of arms to the next, the joints have changed places where crossing them makes their
    steps half as long, and the steps were long. The cost of a path of such decisions is the sum over its steps, so that
    each step's best decision is the best path (Viterbi 1967 with two states). Exchanges of at most half a second are
    put back; a longer one leaves nobody to say which side is which.
    """
    arms = [*SHOULDERS, *ELBOWS, *WRISTS]
    swapped = np.zeros(len(t), dtype=bool)
    whole = np.flatnonzero(np.isfinite(points[:, arms]).all(axis=(1, 2)))
    if len(whole) < 3:
        return swapped, False
    joints = points[whole][:, arms]
    crossed = points[whole][:, _MIRRORED][:, arms]
    stay = np.linalg.norm(joints[1:] - joints[:-1], axis=2).sum(axis=1)
    change = np.linalg.norm(crossed[1:] - joints[:-1], axis=2).sum(axis=1)
    flips = np.flatnonzero((change < SWAP_SHARE * stay) & (stay > SWAP_STEP * torso)) + 1
    mixed_up = False
    position = 0
    while position < len(flips):
        begin = flips[position]
        end = flips[position + 1] if position + 1 < len(flips) else len(whole)
        if t[whole[min(end, len(whole) - 1)]] - t[whole[begin]] > SWAP_S or end == len(whole):
            mixed_up = mixed_up or (len(whole) - begin > 2 and begin > 2)
            position += 1
            continue
        swapped[whole[begin:end]] = True
        position += 2
    return swapped, mixed_up


def _mean(values: np.ndarray) -> np.ndarray:
    """Mean over sides (n, 2) of what is known; NaN where neither is."""
    known = np.isfinite(values)
    total = np.where(known, values, 0.0).sum(axis=1)
    return np.where(known.any(axis=1), total / np.maximum(known.sum(axis=1), 1), np.nan)


def _rolling_median(values: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Median (n,) of the known values within half of `TORSO_S`; NaN where there is none."""
    step = max(geometry.median(np.diff(t)), 1e-3) if len(t) > 1 else 1.0
    half = max(round(TORSO_S / 2 / step), 1)
    windows = sliding_window_view(np.pad(values, half, constant_values=np.nan), 2 * half + 1)
    found = np.full(len(values), np.nan)
    some = np.isfinite(windows).any(axis=1)
    found[some] = np.nanmedian(windows[some], axis=1)
    return found


def despiked(values: np.ndarray) -> np.ndarray:
    """A series (n, k) with each value the median of itself and its neighbours: one frame alone is no evidence."""
    if len(values) < 3:
        return values
    inner = np.median(np.stack([values[:-2], values[1:-1], values[2:]]), axis=0)
    return np.concatenate([values[:1], inner, values[-1:]])


def stretches(usable: np.ndarray, t: np.ndarray, longest_gap_s: float) -> Iterator[np.ndarray]:
    """Indices of usable frames, apart where more than `longest_gap_s` lies between two."""
    at = np.flatnonzero(usable)
    if len(at):
        yield from np.split(at, np.flatnonzero(np.diff(t[at]) > longest_gap_s) + 1)


def crossing(t: np.ndarray, values: np.ndarray) -> float:
    """The moment when a series (n,) with ends of opposite signs passes zero; of several the middle, so that time may run back."""
    at = np.flatnonzero((values[:-1] > 0) != (values[1:] > 0))
    zeros = t[at] + values[at] / (values[at] - values[at + 1]) * np.diff(t)[at]
    return float(zeros[0] + zeros[-1]) / 2
