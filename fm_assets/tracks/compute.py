"""`tracks` of one video, from its stored detections and camera transforms; the video is not opened."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from fm_assets.clips.merge import with_camera
from fm_assets.clips.transforms import camera_path
from fm_assets.settings import Settings
from fm_assets.task import Task
from fm_assets.tracks.associate import Track, find_tracks
from fm_assets.tracks.boxes import ClipBoxes, clip_boxes
from fm_assets.tracks.gaps import fill
from fm_assets.tracks.producer import options
from fm_assets.tracks.rows import TRACKS
from fm_assets.tracks.vote import elect
from fm_resources.rows import from_pylist


def compute(task: Task, settings: Settings) -> pa.Table:
    """Rows of `tracks`."""
    clips = [row for row in task.tables["filtered_clips"].to_pylist() if row["status"] == "keep"]
    rows = [row for clip in clips for row in clip_rows(clip, task.tables["detections"], settings)]
    return from_pylist(rows, TRACKS)


def clip_rows(clip: dict[str, Any], detections: pa.Table, settings: Settings) -> list[dict[str, Any]]:
    """Rows of one clip's tracks.

    Args:
        clip: Its row of `filtered_clips`.
        detections: Rows of `detections`.
        settings: Settings.
    """
    boxes = clip_boxes(detections, clip["clip_id"])
    clip = with_camera(clip, detections, settings.clips)
    moving = clip["frame_of_reference"] != "image"
    maps = camera_path(clip["camera"])(boxes.times) if moving else None
    tracks = find_tracks(
        boxes,
        options(settings),
        settings.home,
        min_track_s=settings.tracks.min_track_s,
        steps=None if maps is None else camera_steps(maps),
    )
    stabilised = maps if clip["frame_of_reference"] == "stabilised" else None
    return [
        {"track_id": f"{clip['clip_id']}.t{number}", **_clip_columns(clip)}
        | _track_columns(track, boxes, stabilised, settings.tracks.max_gap_s)
        for number, track in enumerate(tracks)
    ]


def camera_steps(maps: np.ndarray) -> np.ndarray:
    """Maps of each frame to the first one, as maps of the previous frame to each (the first is the identity).

    Args:
        maps: (n, 2, 3), pixels of frame i -> stabilised pixels.

    Returns:
        (n, 2, 3), pixels of frame i - 1 -> pixels of frame i.
    """
    full = np.concatenate([maps, np.tile([[[0.0, 0.0, 1.0]]], (len(maps), 1, 1))], axis=1)
    steps = np.tile(np.eye(3), (len(maps), 1, 1))
    steps[1:] = np.linalg.solve(full[1:], full[:-1])
    return steps[:, :2]


def _clip_columns(clip: dict[str, Any]) -> dict[str, Any]:
    return {
        "clip_id": clip["clip_id"],
        "width": clip["width"],
        "height": clip["height"],
        "clip_s": clip["end_s"] - clip["start_s"],
        "frame_of_reference": clip["frame_of_reference"],
        "parent_track_id": None,
    }


def _track_columns(track: Track, boxes: ClipBoxes, maps: np.ndarray | None, max_gap_s: float) -> dict[str, Any]:
    score = boxes.score[track.box]
    name, name_share = elect(boxes.names[track.box], score)
    colour, colour_share = elect(boxes.colours[track.box], score * boxes.shares[track.box])
    filled = fill(track.frame, boxes.xyxy[track.box], boxes.times, max_gap_s)
    observed = filled.source >= 0
    centre = (filled.xyxy[:, :2] + filled.xyxy[:, 2:]) / 2
    if maps is not None:
        at = maps[filled.frame]
        centre = np.einsum("nij,nj->ni", at[:, :, :2], centre) + at[:, :, 2]
    points = {
        "frame": boxes.frames[filled.frame],
        "t_s": boxes.times[filled.frame],
        "x1": filled.xyxy[:, 0],
        "y1": filled.xyxy[:, 1],
        "x2": filled.xyxy[:, 2],
        "y2": filled.xyxy[:, 3],
        "score": np.where(observed, score[filled.source], 0.0),
        "observed": observed,
        "sx": centre[:, 0],
        "sy": centre[:, 1],
    }
    values = {key: column.tolist() for key, column in points.items()}
    return {
        "class": name,
        "class_share": name_share,
        "colour": colour,
        "colour_share": colour_share,
        "start_s": values["t_s"][0],
        "end_s": values["t_s"][-1],
        "frames": len(filled.frame),
        "observed": int(observed.sum()),
        "gaps": filled.gaps,
        "mean_score": float(score.mean()),
        "boxes": [dict(zip(values, point, strict=True)) for point in zip(*values.values(), strict=True)],
    }
