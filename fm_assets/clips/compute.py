"""`filtered_clips` of one video: the chosen seconds, decoded once for camera and thumbnails."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from fm_assets.clips.camera import measure
from fm_assets.clips.grey import shrunk
from fm_assets.clips.rows import FILTERED_CLIPS
from fm_assets.clips.thumbnails import Thumbnails
from fm_assets.clips.verdict import camera_score, judge
from fm_assets.clips.window import choose_window
from fm_assets.settings import ClipsSettings, Settings
from fm_assets.task import Rejected, Task
from fm_resources.picture import WIDTH
from fm_resources.rows import from_pylist
from fm_resources.video import BadVideo, FrameReader


def compute(task: Task, settings: Settings) -> pa.Table:
    """Rows of `filtered_clips`: one clip per video.

    Raises:
        Rejected: Too many of the clip's frames cannot be decoded, or all clips were dropped (its rows come along).
    """
    video = task.tables["source_videos"].to_pylist()[0]
    start_s, end_s = choose_window(task.video_id, video["duration_s"], settings.clips)
    try:
        row = clip_row(task.source.path, (start_s, end_s), (video["width"], video["height"]), settings.clips)
    except BadVideo as error:
        raise Rejected(error.reason) from error
    rows = from_pylist([{"clip_id": f"{task.video_id}.c0", "video_id": task.video_id, **row}], FILTERED_CLIPS)
    if row["status"] == "drop":
        raise Rejected(f"every clip was dropped: {row['reason']}", rows)
    return rows


def clip_row(path: Path, window: tuple[float, float], size: tuple[int, int], settings: ClipsSettings) -> dict[str, Any]:
    """The columns of a clip, without its ids.

    Args:
        path: The video.
        window: Start and end in the video, seconds.
        size: Full-size width and height in display orientation, pixels.
        settings: Section `clips`.

    Raises:
        BadVideo: The file cannot be opened.
        Rejected: Too many frames cannot be decoded.
    """
    start_s, end_s = window
    width = max(settings.camera_width_px, WIDTH)
    reader = FrameReader(path, start_s, end_s, settings.camera_fps, width=width)
    thumbnails = Thumbnails(settings.thumbnails, end_s - start_s)
    greys: list[np.ndarray] = []
    times: list[float] = []
    for frame in reader:
        greys.append(shrunk(frame.image, settings.camera_width_px))
        times.append(frame.t_s)
        thumbnails.add(frame.image, frame.t_s)
    check_decoded(reader, window, settings)
    camera = measure(greys, times, size, min_inlier_ratio=settings.min_inlier_ratio, static_px=settings.static_px)
    score = camera_score(camera.steps, size, settings)
    verdict = judge(camera, score, size, settings)
    return {
        "start_s": start_s,
        "end_s": end_s,
        "width": size[0],
        "height": size[1],
        "camera_score": score.score,
        "camera_mean_dt": score.mean_dt,
        "camera_mean_dr": score.mean_dr,
        "camera_max_dt": score.max_dt,
        "camera_max_dr": score.max_dr,
        **asdict(verdict),
        "camera": [asdict(step) for step in camera.steps],
        "thumbnails": thumbnails.rows(),
    }


def check_decoded(reader: FrameReader, window: tuple[float, float], settings: ClipsSettings) -> None:
    """Looks whether enough frames of a window could be decoded; the reader's iteration must have ended.

    Raises:
        Rejected: None could, or more than `max_undecodable` could not.
    """
    bad, all_frames = reader.undecodable, reader.undecodable + reader.decoded
    where = f"{reader.path.name}: between {window[0]:g} s and {window[1]:g} s"
    if not reader.decoded:
        raise Rejected(f"{where} no frame can be decoded ({bad} are damaged); copy the file again or re-encode it")
    if bad > settings.max_undecodable * all_frames:
        raise Rejected(
            f"{where} {bad} of {all_frames} frames ({bad / all_frames:.0%}) cannot be decoded, "
            f"more than clips.max_undecodable = {settings.max_undecodable:g}; copy the file again or re-encode it"
        )
