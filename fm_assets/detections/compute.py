"""`detections` of one video: the detector over the sampled frames of each kept clip."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from fm_assets.clips.compute import check_decoded
from fm_assets.clips.transforms import camera_path
from fm_assets.detections.camera import Refiner
from fm_assets.detections.producer import options, specs
from fm_assets.detections.rows import DETECTIONS
from fm_assets.settings import Settings
from fm_assets.task import Computed, Task
from fm_resources.detector.base import Detector, FrameBoxes
from fm_resources.detector.load import detector_for
from fm_resources.rows import ROUNDING, from_pylist
from fm_resources.video import FrameReader


def compute(task: Task, settings: Settings) -> Computed:
    """Rows of `detections`; one per sampled frame, also where nothing was found. Times are split in `timing`.

    Raises:
        SettingsError: No detector can be had under these settings.
        DetectorError: The detector cannot run.
        Rejected: Too many of a clip's frames cannot be decoded.
    """
    clips = [row for row in task.tables["filtered_clips"].to_pylist() if row["status"] == "keep"]
    if not clips:
        return Computed(DETECTIONS.empty_table())
    domain = task.tables["source_videos"]["domain"][0].as_py()  # the probe knows rendered videos by their tag
    detector = detector_for(specs(settings), domain, options(settings), settings.home)
    rows = [row for clip in clips for row in clip_rows(task.source.path, clip, detector, settings)]
    return Computed(from_pylist(rows, DETECTIONS), timing=detector.timing)


def clip_rows(path: Path, clip: dict[str, Any], detector: Detector, settings: Settings) -> list[dict[str, Any]]:
    """Rows of one clip, in order of the frames.

    Args:
        path: The video.
        clip: Its row of `filtered_clips`.
        detector: What finds the boxes.
        settings: Settings.

    Raises:
        Rejected: Too many frames cannot be decoded.
    """
    size = (int(clip["width"]), int(clip["height"]))
    window = (clip["start_s"], clip["end_s"])
    reader = FrameReader(
        path, *window, settings.detections.fps, longer_side=detector.longer_side, bitexact=detector.bitexact
    )
    camera = None if clip["frame_of_reference"] == "image" else camera_path(clip["camera"])
    refiner = Refiner(clip, settings.clips)
    rows = [
        {
            "clip_id": clip["clip_id"],
            "frame": found.index,
            "t_s": found.t_s,
            "width": size[0],
            "height": size[1],
            "camera": refiner.step(found.index, found.t_s, found.xyxy, found.score),
            "boxes": box_rows(found),
        }
        for found in detector.detect(refiner.seen(reader), size, camera)
    ]
    check_decoded(reader, window, settings.clips)
    before = np.searchsorted(reader.lost_times(), [row["t_s"] for row in rows], side="right")
    for row, lost in zip(rows, np.diff(before, prepend=0).tolist(), strict=True):
        row["missing"] = lost
    return rows


def box_rows(found: FrameBoxes) -> list[dict[str, Any]]:
    """The boxes as stored: rounded, with an area, by falling score.

    Rounding comes first, so that the order of boxes does not hang on digits that are not stored.
    """
    xyxy, score = ROUNDING["box"](found.xyxy), ROUNDING["score"](found.score)
    shares = ROUNDING["score"](found.colour_shares)
    order = np.lexsort((xyxy[:, 3], xyxy[:, 2], xyxy[:, 1], xyxy[:, 0], np.array(found.names, dtype=str), -score))
    return [
        {
            "x1": xyxy[i, 0],
            "y1": xyxy[i, 1],
            "x2": xyxy[i, 2],
            "y2": xyxy[i, 3],
            "score": score[i],
            "class": found.names[i],
            "colour": found.colours[i],
            "colour_share": shares[i],
            **_shape_columns(found, int(i)),
        }
        for i in order
        if xyxy[i, 2] - xyxy[i, 0] >= 1 and xyxy[i, 3] - xyxy[i, 1] >= 1
    ]


def _shape_columns(found: FrameBoxes, i: int) -> dict[str, Any]:
    """Keypoints and mask of a box, where the weights give them."""
    columns: dict[str, Any] = {}
    if found.keypoints is not None:
        columns["keypoints"] = [dict(zip(("x", "y", "score"), p, strict=True)) for p in found.keypoints[i].tolist()]
    if found.masks is not None:
        columns |= dict(zip(("mask_area", "mask_angle", "mask_elongation"), found.masks[i].tolist(), strict=True))
    return columns
