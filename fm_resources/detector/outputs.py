"""What a network says of a frame, as plain arrays in full-size pixels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fm_resources.detector.base import KEYPOINTS

#: By how much the boxes of a class are moved away from those of the class before: more than a network's input has.
APART_PX = 7680.0


def best_boxes(
    answer: np.ndarray, best: np.ndarray, least: float, iou: float, most: int, classes: Sequence[int] | None = None
) -> np.ndarray:
    """Class by class the best of overlapping boxes: what ultralytics' `non_max_suppression` gives, in a fifth of its time.

    Args:
        answer: (4 + classes, n) float32: centre, width and height in pixels of the network's input, then a score for
            each class.
        best: (n,) the best score of each box.
        least: A box's best score is above.
        iou: Overlap above which the weaker box of a class goes.
        most: Boxes at most.
        classes: Numbers of the classes that are kept; None: all.

    Returns:
        (m, 6) float32 x1, y1, x2, y2, score and number of the class, by falling score.
    """
    import torch
    from torchvision.ops import nms

    # most of thousands of boxes are nothing: they are left before anything is asked of them
    candidates = best > least
    found, score = answer[:, candidates], best[candidates]
    number = found[4:].argmax(axis=0)
    if classes is not None:
        wanted = np.isin(number, classes)
        found, score, number = found[:, wanted], score[wanted], number[wanted]
    half = found[2:4] / np.float32(2)
    boxes = np.concatenate([found[:2] - half, found[:2] + half]).T
    # boxes of different classes are moved apart, so that they never overlap
    apart = torch.from_numpy(boxes + (number * np.float32(APART_PX))[:, None].astype(np.float32))
    kept = nms(apart, torch.from_numpy(score), iou).numpy()[:most]
    return np.column_stack([boxes, score, number.astype(np.float32)])[kept]


def keypoints_of(data: np.ndarray, scale: np.ndarray, size: tuple[int, int]) -> np.ndarray | None:
    """Keypoints in full-size pixels; None where they are not the 17 of COCO with a score each.

    Args:
        data: (n, k, 2 or 3) x, y and score in pixels of the image that the network was given.
        scale: (2,) full-size pixels per image pixel, x and y.
        size: Full-size width and height; points outside are drawn to the edge, with score 0.
    """
    if data.ndim != 3 or data.shape[1:] != (KEYPOINTS, 3):
        return None
    points = data.astype(np.float64)
    points[..., :2] *= scale
    limit = np.array(size, dtype=np.float64)
    outside = ((points[..., :2] < 0) | (points[..., :2] > limit)).any(axis=-1)
    points[..., :2] = np.clip(points[..., :2], 0, limit)
    points[outside, 2] = 0.0
    return points


def mask_shapes(masks: np.ndarray, pixels: float) -> np.ndarray:
    """Area, direction and elongation of masks, from their second moments.

    The principal axes are the eigenvectors of the covariance of the mask's pixels (each a unit square, whose own
    variance of 1/12 is part of it); elongation is the ratio of the standard deviations along them.

    Args:
        masks: (n, h, w) bool.
        pixels: Full-size square pixels per mask pixel.

    Returns:
        (n, 3): area in full-size square pixels; direction of the longer axis in degrees, 0 = right, 90 = up, below
        180; elongation, at least 1. An empty mask is (0, 0, 1).
    """
    found = np.zeros((len(masks), 3))
    found[:, 2] = 1.0
    for i, mask in enumerate(masks):
        y, x = np.nonzero(mask)
        if not len(x):
            continue
        around = np.cov(np.stack([x, -y]).astype(np.float64), bias=True) + np.eye(2) / 12.0
        variance, axes = np.linalg.eigh(around)
        angle = float(np.degrees(np.arctan2(axes[1, 1], axes[0, 1]))) % 180.0
        found[i] = len(x) * pixels, angle, float(np.sqrt(variance[1] / variance[0]))
    return found
