"""Which object of a rendered scene each stored track is of, by the overlap of its boxes with the true ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from fm_assets.evaluation.quality.scoring import SAME_IOU
from fm_assets.scenes.truth import Truth
from fm_resources.detector.agreement import iou

#: A track is of the object that it lies on in at least this share of its boxes, and also of another from this share on.
MATCHED, SHARED = 0.5, 0.1


@dataclass(frozen=True)
class Matched:
    """Tracks and the objects that they are of.

    Attributes:
        object_of: Track id -> object, `o1` for the first of the truth; only of tracks that are of one.
        shared: Tracks that lie on another object for a while.
        missed: Objects that no track is of.
    """

    object_of: dict[str, str]
    shared: frozenset[str]
    missed: frozenset[str]

    @property
    def broken(self) -> frozenset[str]:
        """Tracks whose object has several."""
        counts = Counter(self.object_of.values())
        return frozenset(track for track, name in self.object_of.items() if counts[name] > 1)


def match(tracks: pa.Table, truth: Truth) -> Matched:
    """Matches tracks with objects.

    Args:
        tracks: Rows of `tracks` of one clip, which begins with the scene.
        truth: The scene's.
    """
    object_of: dict[str, str] = {}
    shared = set()
    for row in tracks.to_pylist():
        counts = _overlaps(row["boxes"], truth)
        ranked = np.argsort(-counts, kind="stable")
        if len(ranked) and counts[ranked[0]] >= MATCHED * len(row["boxes"]):
            object_of[row["track_id"]] = f"o{ranked[0] + 1}"
            if len(ranked) > 1 and counts[ranked[1]] >= SHARED * len(row["boxes"]):
                shared.add(row["track_id"])
    names = {f"o{i + 1}" for i in range(len(truth.classes))}
    return Matched(object_of, frozenset(shared), frozenset(names - set(object_of.values())))


def _overlaps(boxes: Sequence[dict[str, Any]], truth: Truth) -> np.ndarray:
    """In how many boxes (n,) a track lies best on each object, with an overlap that makes both the same."""
    times = np.array([box["t_s"] for box in boxes])
    at = np.abs(truth.times[None] - times[:, None]).argmin(axis=1)
    known = np.nan_to_num(truth.visible_boxes[:, at], nan=-1.0)
    found = np.array([[box[side] for side in ("x1", "y1", "x2", "y2")] for box in boxes])
    overlap = iou(found[None], known)
    best = overlap.argmax(axis=0)
    same = overlap.max(axis=0) >= SAME_IOU
    return np.bincount(best[same], minlength=len(truth.classes))
