"""How far the boxes of two detectors agree, frame by frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

#: IoU from which two boxes count as equal.
EQUAL_IOU = 0.99


@dataclass(frozen=True)
class FrameSet:
    """Boxes of the frames of a video.

    Attributes:
        xyxy: Per frame (n, 4) boxes in pixels.
        score: Per frame (n,) scores.
        names: Per frame n class names.
    """

    xyxy: Sequence[np.ndarray]
    score: Sequence[np.ndarray]
    names: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Agreement:
    """Boxes above a score in either set, and how many have an equal in the other.

    Attributes:
        boxes: Number of boxes above the score, of both sets.
        equal: How many have a box of their class with IoU >= EQUAL_IOU in the other set.
        alike: The same with IoU >= 0.9.
        mean_iou: Mean of the best IoU, 0 for boxes without a partner.
        frames: Frames compared.
    """

    boxes: int
    equal: int
    alike: int
    mean_iou: float
    frames: int

    @property
    def share(self) -> float:
        """Share of boxes with an equal; NaN without a box."""
        return self.equal / self.boxes if self.boxes else float("nan")

    @property
    def share_alike(self) -> float:
        """Share of boxes with one alike; NaN without a box."""
        return self.alike / self.boxes if self.boxes else float("nan")


def compare(one: FrameSet, other: FrameSet, min_score: float) -> Agreement:
    """Boxes above `min_score` of either set against all boxes of the other, so that a score at the limit splits none.

    Raises:
        ValueError: The sets do not have the same frames.
    """
    if len(one.xyxy) != len(other.xyxy):
        raise ValueError(f"{len(one.xyxy)} frames cannot be compared with {len(other.xyxy)}: sample them alike")
    best = np.concatenate(
        [np.zeros(0)]
        + [_best(a, b, i, min_score) for a, b in ((one, other), (other, one)) for i in range(len(one.xyxy))]
    )
    return Agreement(
        len(best),
        int((best >= EQUAL_IOU).sum()),
        int((best >= 0.9).sum()),
        float(best.mean()) if len(best) else float("nan"),
        len(one.xyxy),
    )


def _best(a: FrameSet, b: FrameSet, frame: int, min_score: float) -> np.ndarray:
    """Best IoU (n,) of a's boxes above the score with boxes of their class of b."""
    chosen = np.flatnonzero(np.asarray(a.score[frame]) > min_score)
    if not len(chosen) or not len(b.xyxy[frame]):
        return np.zeros(len(chosen))
    overlap = iou(np.asarray(a.xyxy[frame])[chosen][:, None], np.asarray(b.xyxy[frame])[None])
    same = np.array(a.names[frame])[chosen][:, None] == np.array(b.names[frame])[None]
    best: np.ndarray = np.where(same, overlap, 0.0).max(axis=1)
    return best


def iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Overlap over union of boxes (..., 4) with boxes (..., 4), broadcast."""
    shared = intersection(a, b)
    areas = (a[..., 2:] - a[..., :2]).prod(axis=-1) + (b[..., 2:] - b[..., :2]).prod(axis=-1)
    return shared / np.maximum(areas - shared, 1e-9)


def intersection(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Area that boxes (..., 4) share with boxes (..., 4), broadcast."""
    size = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    return np.clip(size, 0, None).prod(axis=-1)
