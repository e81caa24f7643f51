"""Stored detections as the boxes of frames that can be compared."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from fm_resources.detector.agreement import FrameSet


def stored(detections: pa.Table) -> FrameSet:
    """The boxes of rows of `detections`, of one clip, in the order of frames."""
    rows = sorted(detections.to_pylist(), key=lambda row: row["frame"])
    return FrameSet(
        [np.array([[b["x1"], b["y1"], b["x2"], b["y2"]] for b in r["boxes"]], np.float64).reshape(-1, 4) for r in rows],
        [np.array([b["score"] for b in r["boxes"]], np.float64) for r in rows],
        [[b["class"] for b in r["boxes"]] for r in rows],
    )
