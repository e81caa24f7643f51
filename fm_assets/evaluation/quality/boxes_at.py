"""The boxes of stored tracks at given instants: those of the truth, which need not be the sampled ones."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

#: Stored times are whole milliseconds.
SAME_S = 0.002


@dataclass(frozen=True)
class TrackBoxes:
    """Boxes of tracks on frames, a row per box, by frame, then track.

    Attributes:
        frame: (n,) int64, index of the frame among those asked for.
        track: (n,) int64, number of the track.
        xyxy: (n, 4) float64, pixels of the full-size frame.
        score: (n,) float64, the track's mean score.
    """

    frame: np.ndarray
    track: np.ndarray
    xyxy: np.ndarray
    score: np.ndarray


def boxes_at(
    tracks: pa.Table, times: np.ndarray, max_gap_s: float, classes: Collection[str] | None = None
) -> TrackBoxes:
    """Boxes of each track at each instant of its life.

    Between two stored boxes a box moves evenly; where they lie further apart than `max_gap_s` there is none. So a
    video that was sampled at 10 frames/s is judged on the same frames as one of which every frame was looked at.

    Args:
        tracks: Rows of `tracks`, of one clip.
        times: (k,) seconds from the clip's start, rising.
        max_gap_s: Longest time between stored boxes that is bridged.
        classes: Classes that count; None: all.
    """
    parts: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]] = []
    for number, row in enumerate(tracks.to_pylist()):
        if classes is not None and row["class"] not in classes:
            continue
        known = np.array([p["t_s"] for p in row["boxes"]], dtype=np.float64)
        xyxy = np.array([[p["x1"], p["y1"], p["x2"], p["y2"]] for p in row["boxes"]], dtype=np.float64)
        frame, boxes = between(known, xyxy, times, max_gap_s)
        parts.append((frame, np.full(len(frame), number), boxes, np.full(len(frame), row["mean_score"])))
    if not parts:
        return TrackBoxes(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 4)), np.zeros(0))
    frame, track, xyxy, score = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((track, frame))
    return TrackBoxes(frame[order], track[order], xyxy[order], score[order])


def between(known: np.ndarray, xyxy: np.ndarray, times: np.ndarray, max_gap_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Indices (m,) of the instants at which a track has a box, and the boxes (m, 4).

    Args:
        known: (n,) seconds of its boxes, rising.
        xyxy: (n, 4) the boxes, pixels.
        times: (k,) seconds of the instants, rising.
        max_gap_s: Longest time between boxes that is bridged.
    """
    right = np.searchsorted(known, times - SAME_S)  # the first stored box at or after each instant
    inside = np.flatnonzero((right < len(known)) & (times >= known[0] - SAME_S))
    right = right[inside]
    left = np.maximum(right - 1, 0)
    here = np.abs(known[right] - times[inside]) <= SAME_S
    near = here | (known[right] - known[left] <= max_gap_s + SAME_S)
    inside, left, right, here = inside[near], left[near], right[near], here[near]
    length = np.maximum(known[right] - known[left], SAME_S)
    share = np.where(here, 1.0, np.clip((times[inside] - known[left]) / length, 0.0, 1.0))
    return inside.astype(np.int64), xyxy[left] + share[:, None] * (xyxy[right] - xyxy[left])
