"""Rows of `tracks` from boxes that are known, by the code that makes them of boxes that were tracked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from fm_assets.settings import Settings
from fm_assets.tracks.associate import Track
from fm_assets.tracks.boxes import SHAPES, ClipBoxes
from fm_assets.tracks.compute import track_rows
from fm_assets.tracks.points import long_enough
from fm_assets.tracks.rows import TRACKS
from fm_resources.rows import from_pylist


@dataclass(frozen=True)
class Known:
    """An object whose boxes are known.

    Attributes:
        at: (n,) indices of the sampled frames that it is on, rising.
        xyxy: (n, 4) its boxes there, pixels; what lies outside the frame is cut off.
        name: Its class.
        colour: Its colour; may be empty.
        score: Score of its boxes.
    """

    at: np.ndarray
    xyxy: np.ndarray
    name: str
    colour: str = ""
    score: float = 1.0


def known_tracks(
    clip: dict[str, Any], objects: Sequence[Known], frames: np.ndarray, times: np.ndarray, settings: Settings
) -> pa.Table:
    """Rows of `tracks` of one clip; objects with fewer than two boxes in the frame have none.

    Args:
        clip: Its row of `filtered_clips`, with the camera that its detections leave it with.
        objects: The objects, numbered in this order.
        frames: (f,) numbers of the sampled frames.
        times: (f,) their times, seconds from the clip's start.
        settings: Settings.
    """
    seen = [inside for one in objects if long_enough((inside := _inside(one, clip)).at, times, 0.0)]
    if not seen:
        return TRACKS.empty_table()
    ends = np.cumsum([len(one.at) for one in seen])
    tracks = [Track(one.at, np.arange(end - len(one.at), end)) for one, end in zip(seen, ends.tolist(), strict=True)]

    def column(values: list[Any], kind: type) -> np.ndarray:
        return np.repeat(np.array(values, dtype=kind), [len(one.at) for one in seen])

    boxes = ClipBoxes(
        frames, times, np.concatenate([one.at for one in seen]), np.concatenate([one.xyxy for one in seen]),
        column([one.score for one in seen], float), column([one.name for one in seen], object),
        column([one.colour for one in seen], object), column([1.0] * len(seen), float),
        {name: np.full(int(ends[-1]), None, dtype=object) for name in SHAPES},
    )  # fmt: skip
    return from_pylist(track_rows(clip, tracks, boxes, settings), TRACKS)


def _inside(one: Known, clip: dict[str, Any]) -> Known:
    """The part of an object's boxes that is at least a pixel wide and high in the frame."""
    xyxy = np.clip(one.xyxy, 0.0, np.array([clip["width"], clip["height"]] * 2, dtype=np.float64))
    seen = ((xyxy[:, 2:] - xyxy[:, :2]) >= 1).all(axis=1)
    return Known(one.at[seen], xyxy[seen], one.name, one.colour, one.score)


def still_clip(clip_id: str, video_id: str, span: tuple[float, float], size: tuple[int, int]) -> dict[str, Any]:
    """A row of `filtered_clips` of which no camera motion is known.

    Args:
        clip_id: The clip.
        video_id: Its video.
        span: Start and end in the video, seconds.
        size: Frame width and height, pixels.
    """
    return {
        "clip_id": clip_id, "video_id": video_id, "start_s": span[0], "end_s": span[1],
        "width": size[0], "height": size[1], "camera_score": 0.0, "camera_mean_dt": 0.0,
        "camera_mean_dr": 0.0, "camera_max_dt": 0.0, "camera_max_dr": 0.0, "camera_verdict": "static",
        "frame_of_reference": "image", "status": "keep", "reason": "", "camera": [], "thumbnails": [],
    }  # fmt: skip
