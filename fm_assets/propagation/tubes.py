"""Which tracks of two versions of a clip are of the same object, by the overlap of their boxes in time and space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fm_resources.detector.agreement import iou

#: Mean overlap over common instants from which two tracks may be of one object, as MOTA and IDF1 have it for boxes.
SAME_IOU = 0.5
#: Of equal overlap the track of the same class goes first, then that of the same name.
_CLASS_BONUS, _NAME_BONUS = 1e-6, 1e-7
_SIDES = ("x1", "y1", "x2", "y2")


def assign(weights: np.ndarray) -> list[tuple[int, int]]:
    """The one-to-one pairing of largest total weight; pairs of weight 0 or less are none.

    Args:
        weights: (n, m) weights.

    Returns:
        Pairs (row, column), by row.
    """
    from scipy.optimize import linear_sum_assignment  # definitions load without it

    if not weights.size:
        return []
    chosen = linear_sum_assignment(weights, maximize=True)
    return [(int(i), int(j)) for i, j in zip(*chosen, strict=True) if weights[i, j] > 0]


def match_tracks(before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Track id before -> track id after, one to one.

    Two tracks may be of one object when their boxes overlap by at least `SAME_IOU` in the mean over the instants that
    both have a box at. Among those, the pairing of largest total overlap is taken, where the overlap of two tracks is
    the sum of their boxes' IoU over the number of instants that either has a box at (so of two pieces that a track
    falls into, the longer one is its heir).

    Args:
        before: Rows of `tracks` of one clip.
        after: Rows of another version of it.
    """
    weights = np.zeros((len(before), len(after)))
    tubes = [[_tube(row) for row in rows] for rows in (before, after)]
    for i, a in enumerate(tubes[0]):
        for j, b in enumerate(tubes[1]):
            weights[i, j] = _overlap(a, b)
            if weights[i, j] > 0:
                weights[i, j] += _CLASS_BONUS * (before[i]["class"] == after[j]["class"])
                weights[i, j] += _NAME_BONUS * (before[i]["track_id"] == after[j]["track_id"])
    return {before[i]["track_id"]: after[j]["track_id"] for i, j in assign(weights)}


def _tube(row: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Instants (n,) in whole milliseconds and boxes (n, 4) of a track."""
    times = np.array([round(1000 * box["t_s"]) for box in row["boxes"]], dtype=np.int64)
    boxes = np.array([[box[side] for side in _SIDES] for box in row["boxes"]], dtype=np.float64).reshape(-1, 4)
    return times, boxes


def _overlap(a: tuple[np.ndarray, np.ndarray], b: tuple[np.ndarray, np.ndarray]) -> float:
    """Sum of IoU over the number of instants of either; 0 where the two cannot be of one object."""
    common, at_a, at_b = np.intersect1d(a[0], b[0], assume_unique=True, return_indices=True)
    if not len(common):
        return 0.0
    overlaps = iou(a[1][at_a], b[1][at_b])
    if overlaps.mean() < SAME_IOU:
        return 0.0
    return float(overlaps.sum() / (len(a[0]) + len(b[0]) - len(common)))
