"""Sequences of the MOTChallenge as the pipeline and the metrics take them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from fm_assets.clips.rows import FILTERED_CLIPS
from fm_assets.detections.rows import DETECTIONS
from fm_assets.evaluation.quality.boxes_at import boxes_at
from fm_assets.evaluation.quality.footage import MOVING, Footage
from fm_assets.evaluation.quality.made_tracks import still_clip
from fm_assets.evaluation.quality.scoring import Labels
from fm_assets.evaluation.quality.section import Unavailable
from fm_assets.evaluation.quality.yardstick import Seen
from fm_resources.rows import canonical, from_pylist

#: What the truth holds.
CLASSES = ("person",)
#: Sequences whose truth is there for some of their frames only.
SPARSE = (MOVING,)


@dataclass(frozen=True)
class Truth:
    """Truth of a sequence.

    Attributes:
        numbers: (k,) int64, the frames that are judged, from 1.
        times: (k,) float64, their seconds from the first frame.
        labels: The objects on them.
    """

    numbers: np.ndarray
    times: np.ndarray
    labels: Labels


@dataclass(frozen=True)
class Person:
    """Boxes of one person.

    Attributes:
        times: (n,) float64, seconds, rising.
        xyxy: (n, 4) float64, pixels.
    """

    times: np.ndarray
    xyxy: np.ndarray


def read_truth(footage: Footage) -> Truth:
    """Truth of a sequence: boxes that the benchmark counts, on all frames, or on those that have truth."""
    rows = _read(footage.truth)
    numbers = np.unique(rows[:, 0]).astype(np.int64) if footage.name in SPARSE else np.arange(1, footage.frames + 1)
    counted = rows[rows[:, 6] != 0]
    return Truth(numbers, (numbers - 1) / footage.fps, _labels(counted, numbers))


def read_people(footage: Footage) -> list[Person]:
    """Everybody in the truth of a sequence, also whom the benchmark does not count, by number."""
    rows = _read(footage.truth)
    people = []
    for number in np.unique(rows[:, 1]):
        mine = rows[rows[:, 1] == number]
        mine = mine[np.argsort(mine[:, 0], kind="stable")]
        corners = np.concatenate([mine[:, 2:4], mine[:, 2:4] + mine[:, 4:6]], axis=1)
        people.append(Person((mine[:, 0] - 1) / footage.fps, corners))
    return people


def tracked(tracks: pa.Table, truth: Truth, bridge_s: float) -> Labels:
    """Stored tracks on the truth's frames.

    Args:
        tracks: Rows of `tracks`.
        truth: The truth.
        bridge_s: Longest time between stored boxes that is bridged.
    """
    found = boxes_at(tracks, truth.times, bridge_s, CLASSES)
    bounds = np.searchsorted(found.frame, np.arange(len(truth.times) + 1))
    spans = [slice(a, b) for a, b in pairwise(bounds.tolist())]
    return Labels([found.track[s] for s in spans], [found.xyxy[s] for s in spans])


def seen_labels(seen: Seen, truth: Truth) -> Labels:
    """What a plain script tracked on every frame, on the truth's frames."""
    empty = (np.zeros(0, np.int64), np.zeros((0, 4)))
    # a frame without a track has boxes without numbers
    pairs = [(seen.ids[k - 1], seen.xyxy[k - 1]) if len(seen.ids[k - 1]) else empty for k in truth.numbers]
    return Labels([ids for ids, _ in pairs], [xyxy for _, xyxy in pairs])


def public_tables(footage: Footage) -> dict[str, pa.Table]:
    """Public detections as rows of `filtered_clips` and `detections`; nothing is known of the camera."""
    rows = _read(footage.boxes)
    clip_id = f"{footage.name}.c0"
    span, size = (0.0, footage.frames / footage.fps), (footage.width, footage.height)
    clip = still_clip(clip_id, footage.name, span, size)
    frames = [
        {"clip_id": clip_id, "frame": k, "t_s": k / footage.fps, "width": footage.width, "height": footage.height,
         "boxes": [_box(row, footage) for row in rows[rows[:, 0] == k + 1]]}
        for k in range(footage.frames)
    ]  # fmt: skip
    return {
        "filtered_clips": canonical(from_pylist([clip], FILTERED_CLIPS), FILTERED_CLIPS),
        "detections": canonical(from_pylist(frames, DETECTIONS), DETECTIONS),
    }


def _box(row: np.ndarray, footage: Footage) -> dict[str, Any]:
    x1, y1 = np.clip(row[2:4], 0, None)
    x2, y2 = np.minimum(row[2:4] + row[4:6], [footage.width, footage.height])
    return {
        "x1": float(x1), "y1": float(y1), "x2": float(x2), "y2": float(y2), "score": float(np.clip(row[6], 0, 1)),
        "class": CLASSES[0], "colour": "", "colour_share": 0.0,
    }  # fmt: skip


def _labels(rows: np.ndarray, numbers: np.ndarray) -> Labels:
    frames = [rows[rows[:, 0] == k] for k in numbers]
    return Labels(
        [f[:, 1].astype(np.int64) for f in frames],
        [np.concatenate([f[:, 2:4], f[:, 2:4] + f[:, 4:6]], axis=1) for f in frames],
    )


def _read(path: Path) -> np.ndarray:
    """Rows (n, 7) `frame, id, left, top, width, height, confidence` of a text file of the MOTChallenge.

    Raises:
        Unavailable: The file is no such file.
    """
    try:
        return np.loadtxt(path, delimiter=",", usecols=range(7), ndmin=2, dtype=np.float64)
    except (OSError, ValueError) as error:
        raise Unavailable(f"cannot read {path.parent.parent.name}/{path.parent.name}/{path.name}: {error}") from None
