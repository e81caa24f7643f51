"""From the boxes of a clip to its tracks: which boxes belong together, duplicates left out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fm_assets.tracks.boxes import ClipBoxes
from fm_assets.tracks.points import long_enough
from fm_resources.detector.agreement import iou
from fm_resources.tracker import TrackerOptions, associate

#: Boxes, and tracks over their common life, that overlap more than this are one object seen twice.
DUPLICATE_IOU = 0.9


@dataclass(frozen=True)
class Track:
    """A track's observed boxes.

    Attributes:
        frame: (n,) int64, indices of the clip's sampled frames, rising.
        box: (n,) int64, indices into the clip's boxes.
    """

    frame: np.ndarray
    box: np.ndarray


@dataclass(frozen=True)
class Found:
    """The tracks of a clip, by first appearance, then position of the first box; and how many were left out."""

    tracks: list[Track]
    too_short: int
    duplicates: int


def find_tracks(
    boxes: ClipBoxes, options: TrackerOptions, home: Path, *, min_track_s: float, maps: np.ndarray | None = None
) -> Found:
    """Tracks of a clip.

    Args:
        boxes: The clip's boxes.
        options: The tracker.
        home: FM_HOME.
        min_track_s: Tracks whose boxes span less time are dropped.
        maps: (frames, 2, 3) maps of each frame's pixels into the stabilised frame; None for a still camera.
    """
    kept = np.concatenate([np.zeros(0, np.int64), *(distinct(boxes, i) for i in boxes.by_frame())]).astype(np.int64)
    single = boxes.take(kept)
    per_frame = list(single.by_frame())
    found = associate(
        [single.xyxy[i] for i in per_frame],
        [single.score[i] for i in per_frame],
        options,
        home,
        interval_s=float(np.median(np.diff(boxes.times))) if len(boxes.times) > 1 else 1.0,
        maps=maps,
    )
    first = np.array([i[0] if len(i) else 0 for i in per_frame], dtype=np.int64)
    _, begins = np.unique(found.track, return_index=True)
    runs = zip(np.split(found.frame, begins[1:]), np.split(found.box, begins[1:]), strict=True)
    tracks = [Track(frame, kept[first[frame] + box]) for frame, box in runs if len(frame)]
    return worth_keeping(tracks, boxes, min_track_s)


def worth_keeping(found: list[Track], boxes: ClipBoxes, min_track_s: float) -> Found:
    """The tracks that are long enough and no other's duplicate, in order."""
    tracks = [t for t in found if long_enough(t.frame, boxes.times, min_track_s)]
    single_tracks = _without_duplicates(tracks, boxes)
    ordered = sorted(single_tracks, key=lambda t: (int(t.frame[0]), *boxes.xyxy[t.box[0]].tolist()))
    return Found(ordered, len(found) - len(tracks), len(tracks) - len(ordered))


def distinct(boxes: ClipBoxes, indices: np.ndarray) -> np.ndarray:
    """The boxes of a frame less those that lie on a box of a higher score, whatever the classes."""
    order = indices[np.argsort(-boxes.score[indices], kind="stable")]
    overlap = iou(boxes.xyxy[order][:, None], boxes.xyxy[order][None])
    covered = overlap > DUPLICATE_IOU
    if covered.sum() <= len(order):  # each box lies on itself alone
        return np.sort(order)
    kept: list[int] = []
    for k in range(len(order)):
        if not covered[k, kept].any():
            kept.append(k)
    return np.sort(order[kept])


def _without_duplicates(tracks: list[Track], boxes: ClipBoxes) -> list[Track]:
    """Leaves out a track that lies on another one all its life; the one with the higher sum of scores stays."""
    ranked = sorted(tracks, key=lambda t: (-round(float(boxes.score[t.box].sum()), 6), int(t.frame[0]), int(t.box[0])))
    kept: list[Track] = []
    for track in ranked:
        if not any(_same(track, other, boxes) for other in kept):
            kept.append(track)
    return kept


def _same(track: Track, other: Track, boxes: ClipBoxes) -> bool:
    shared = min(track.frame[-1], other.frame[-1]) - max(track.frame[0], other.frame[0]) + 1
    if shared < 0.9 * len(track.frame):
        return False
    _, here, there = np.intersect1d(track.frame, other.frame, assume_unique=True, return_indices=True)
    if len(here) < 0.9 * len(track.frame):
        return False
    overlap = iou(boxes.xyxy[track.box[here]], boxes.xyxy[other.box[there]])
    return bool(overlap.mean() > DUPLICATE_IOU)
