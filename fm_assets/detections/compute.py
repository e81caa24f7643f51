"""`detections` of one video: the detector over the sampled frames of each kept clip."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from fm_assets.clips.transforms import camera_path
from fm_assets.detections.camera import Refiner
from fm_assets.detections.producer import options, specs
from fm_assets.detections.rows import DETECTIONS
from fm_assets.settings import Settings
from fm_assets.task import Task
from fm_resources.detector.base import Detector, FrameBoxes
from fm_resources.detector.load import detector_for
from fm_resources.rows import ROUNDING, from_pylist
from fm_resources.video import frames


def compute(task: Task, settings: Settings) -> pa.Table:
    """Rows of `detections`; one per sampled frame, also where nothing was found.

    Raises:
        SettingsError: No detector can be had under these settings.
        DetectorError: The detector cannot run.
    """
    clips = [row for row in task.tables["filtered_clips"].to_pylist() if row["status"] == "keep"]
    if not clips:
        return DETECTIONS.empty_table()
    domain = task.tables["source_videos"]["domain"][0].as_py()  # the probe knows rendered videos by their tag
    detector = detector_for(specs(settings), domain, options(settings), settings.home)
    rows = [row for clip in clips for row in _clip_rows(task, clip, detector, settings)]
    return from_pylist(rows, DETECTIONS)


def _clip_rows(task: Task, clip: dict[str, Any], detector: Detector, settings: Settings) -> Iterator[dict[str, Any]]:
    size = (int(clip["width"]), int(clip["height"]))
    decoded = frames(
        task.source.path, clip["start_s"], clip["end_s"], settings.detections.fps, longer_side=detector.longer_side
    )
    camera = None if clip["frame_of_reference"] == "image" else camera_path(clip["camera"])
    refiner = Refiner(clip, settings.clips)
    for found in detector.detect(refiner.seen(decoded), size, camera):
        yield {
            "clip_id": clip["clip_id"],
            "frame": found.index,
            "t_s": found.t_s,
            "width": size[0],
            "height": size[1],
            "camera": refiner.step(found.index, found.t_s, found.xyxy, found.score),
            "boxes": box_rows(found),
        }


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
        }
        for i in order
        if xyxy[i, 2] - xyxy[i, 0] >= 1 and xyxy[i, 3] - xyxy[i, 1] >= 1
    ]
