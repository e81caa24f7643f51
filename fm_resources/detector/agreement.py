"""How far two detectors agree on the same frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

#: Boxes below this score are not asked for: near the threshold of a detector last bits decide.
MIN_SCORE = 0.4
#: A box is found again if one overlaps it this much.
SAME_IOU = 0.99


@dataclass(frozen=True)
class Boxes:
    """Boxes of a frame.

    Attributes:
        xyxy: (n, 4) pixels.
        score: (n,).
        cls: (n,) class numbers or names.
    """

    xyxy: np.ndarray
    score: np.ndarray
    cls: np.ndarray


def agreement(reference: Sequence[Boxes], other: Sequence[Boxes], *, same_iou: float = SAME_IOU) -> float:
    """Share of the reference's boxes above `MIN_SCORE` that the other detector has too, over all frames; 1 without any.

    Args:
        reference: Boxes per frame.
        other: Boxes of the same frames, at any score.
        same_iou: Least overlap over union of a box that is found again.

    Raises:
        ValueError: The numbers of frames differ.
    """
    wanted = found = 0
    for one, two in zip(reference, other, strict=True):
        strong = one.xyxy[one.score > MIN_SCORE]
        wanted += len(strong)
        if len(strong) and len(two.xyxy):
            found += int((iou(strong[:, None], two.xyxy[None]).max(axis=1) >= same_iou).sum())
    return found / wanted if wanted else 1.0


def iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Overlap over union of boxes (..., 4) with boxes (..., 4), broadcast."""
    size = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    shared = np.clip(size, 0, None).prod(axis=-1)
    areas = (a[..., 2:] - a[..., :2]).prod(axis=-1) + (b[..., 2:] - b[..., :2]).prod(axis=-1)
    return shared / np.maximum(areas - shared, 1e-9)
