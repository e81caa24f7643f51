"""`tracks` of one video, from its stored detections and camera transforms; only the mask tracker opens the video."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from fm_assets.clips.merge import with_camera
from fm_assets.clips.transforms import camera_path
from fm_assets.settings import Settings
from fm_assets.task import Computed, Task
from fm_assets.tracks.associate import Track, find_tracks, worth_keeping
from fm_assets.tracks.boxes import ClipBoxes, clip_boxes
from fm_assets.tracks.contacts import add_contacts
from fm_assets.tracks.hands import hand_rows
from fm_assets.tracks.masks import MaskOptions, follow
from fm_assets.tracks.points import track_points
from fm_assets.tracks.producer import MASKS, mask_weights, options
from fm_assets.tracks.rows import TRACKS
from fm_assets.tracks.vote import elect
from fm_resources.detector.weights import resolve_device
from fm_resources.rows import from_pylist
from fm_resources.video import FrameReader


def compute(task: Task, settings: Settings) -> Computed:
    """Rows of `tracks`, and how many tracks were left out."""
    clips = [row for row in task.tables["filtered_clips"].to_pylist() if row["status"] == "keep"]
    rows: list[dict[str, Any]] = []
    counts: Counter[str] = Counter()
    for clip in clips:
        found = clip_rows(clip, task.tables["detections"], settings, task.source.path)
        rows += found[0]
        counts += found[1]
    return Computed(from_pylist(rows, TRACKS), counts=counts)


def clip_rows(
    clip: dict[str, Any], detections: pa.Table, settings: Settings, video: Path | None = None
) -> tuple[list[dict[str, Any]], Counter[str]]:
    """Rows of one clip's tracks, and how many tracks were left out by reason.

    Args:
        clip: Its row of `filtered_clips`.
        detections: Rows of `detections`.
        settings: Settings.
        video: The video; only the mask tracker needs it.
    """
    boxes = clip_boxes(detections, clip["clip_id"])
    clip = with_camera(clip, detections, settings.clips)
    maps = camera_path(clip["camera"])(boxes.times) if clip["frame_of_reference"] != "image" else None
    least_s = settings.tracks.min_track_s
    if settings.tracks.tracker in MASKS:
        boxes, tracks = _masked(boxes, clip, settings, video)
        found = worth_keeping(tracks, boxes, least_s)
    else:
        found = find_tracks(boxes, options(settings), settings.home, min_track_s=least_s, maps=maps)
    rows = track_rows(clip, found.tracks, boxes, settings)
    steady = camera_path(clip["camera"]) if clip["frame_of_reference"] == "stabilised" else None
    hands = hand_rows(rows, settings.tracks, steady)
    rows += add_contacts(hands, rows, settings.tracks)
    return rows, Counter(too_short=found.too_short, duplicates=found.duplicates)


def track_rows(
    clip: dict[str, Any], tracks: Sequence[Track], boxes: ClipBoxes, settings: Settings
) -> list[dict[str, Any]]:
    """Rows of a clip's tracks, numbered in their order, without hands.

    Args:
        clip: Its row of `filtered_clips`, with the camera that its detections leave it with.
        tracks: The tracks, in order of first appearance.
        boxes: The boxes that they consist of.
        settings: Settings.
    """
    maps = camera_path(clip["camera"])(boxes.times) if clip["frame_of_reference"] == "stabilised" else None
    return [
        {"track_id": f"{clip['clip_id']}.t{number}", **_clip_columns(clip)}
        | _track_columns(track, boxes, maps, (clip["width"], clip["height"]), settings)
        for number, track in enumerate(tracks)
    ]


def _masked(
    boxes: ClipBoxes, clip: dict[str, Any], settings: Settings, video: Path | None
) -> tuple[ClipBoxes, list[Track]]:
    """Boxes and tracks by masks; the frames are decoded as they were for the detections."""
    from fm_resources.mask_tracker import IMAGE_SIZES, SamMasks

    wanted = settings.tracks
    if video is None:
        raise ValueError(f"{wanted.tracker} needs the video")
    side = IMAGE_SIZES[wanted.tracker]
    reader = FrameReader(video, clip["start_s"], clip["end_s"], settings.detections.fps, longer_side=side)
    device, threads = resolve_device(settings.detector.device), settings.workers.threads
    source = SamMasks(mask_weights(settings), device, threads, settings.home, reader, boxes.times.tolist())
    return follow(
        boxes, source, MaskOptions(wanted.mask_every, wanted.mask_iou, wanted.new_track_thresh, wanted.max_gap_s)
    )


def _clip_columns(clip: dict[str, Any]) -> dict[str, Any]:
    return {
        "clip_id": clip["clip_id"],
        "width": clip["width"],
        "height": clip["height"],
        "clip_s": clip["end_s"] - clip["start_s"],
        "frame_of_reference": clip["frame_of_reference"],
        "parent_track_id": None,
    }


def _track_columns(
    track: Track, boxes: ClipBoxes, maps: np.ndarray | None, size: tuple[int, int], settings: Settings
) -> dict[str, Any]:
    score = boxes.score[track.box]
    name, name_share = elect(boxes.names[track.box], score)
    colour, colour_share = elect(boxes.colours[track.box], score * boxes.shares[track.box])
    points = track_points(
        track.frame, boxes.xyxy[track.box], score,
        numbers=boxes.frames, times=boxes.times, maps=maps, size=size, settings=settings.tracks,
        shapes={key: column[track.box] for key, column in boxes.shapes.items()},
    )  # fmt: skip
    return points | {"class": name, "class_share": name_share, "colour": colour, "colour_share": colour_share}
