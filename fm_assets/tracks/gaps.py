"""Short gaps in a track are bridged by straight lines, and marked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fm_resources.rows import TIME_TOLERANCE_S


@dataclass(frozen=True)
class Filled:
    """A track without short gaps.

    Attributes:
        frame: (m,) int64, indices of sampled frames, rising.
        xyxy: (m, 4) float64, pixels.
        source: (m,) int64, index of the observed box; -1 where interpolated.
        gaps: Number of bridged gaps.
    """

    frame: np.ndarray
    xyxy: np.ndarray
    source: np.ndarray
    gaps: int


def fill(frame: np.ndarray, xyxy: np.ndarray, times: np.ndarray, max_gap_s: float) -> Filled:
    """Interpolates boxes linearly in time between two observations that are at most `max_gap_s` apart.

    Longer gaps stay: nobody knows where the object was.

    Args:
        frame: (n,) indices of the sampled frames with an observation, rising.
        xyxy: (n, 4) observed boxes, pixels.
        times: (f,) seconds of all sampled frames of the clip.
        max_gap_s: Longest time from one observation to the next that is bridged.
    """
    missing = np.diff(frame) - 1
    short = (missing > 0) & (np.diff(times[frame]) <= max_gap_s + TIME_TOLERANCE_S)
    added = [np.arange(frame[i] + 1, frame[i + 1]) for i in np.flatnonzero(short)]
    bridged = np.concatenate([np.zeros(0, np.int64), *added]).astype(np.int64)
    boxes = np.stack([np.interp(times[bridged], times[frame], xyxy[:, side]) for side in range(4)], axis=1)
    all_frames = np.concatenate([frame, bridged])
    order = np.argsort(all_frames, kind="stable")
    source = np.concatenate([np.arange(len(frame)), np.full(len(bridged), -1)])
    return Filled(all_frames[order], np.concatenate([xyxy, boxes])[order], source[order], int(short.sum()))
