"""`filtered_clips` of one video: the chosen seconds, decoded once for camera and thumbnails."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from fm_assets.clips.camera import Step, measure
from fm_assets.clips.cuts import cuts_between, split, suspected_cuts, windows
from fm_assets.clips.grey import shrunk
from fm_assets.clips.rows import FILTERED_CLIPS
from fm_assets.clips.thumbnails import Thumbnails
from fm_assets.clips.verdict import CameraScore, Verdict, camera_score, judge
from fm_assets.clips.window import choose_window
from fm_assets.settings import ClipsSettings, Settings
from fm_assets.task import Rejected, Task
from fm_resources.picture import WIDTH
from fm_resources.rows import from_pylist
from fm_resources.video import BadVideo, FrameReader


def compute(task: Task, settings: Settings) -> pa.Table:
    """Rows of `filtered_clips`.

    Raises:
        Rejected: Too many of the clips' frames cannot be decoded, or all clips were dropped (their rows come along).
    """
    video = task.tables["source_videos"].to_pylist()[0]
    size, path = (int(video["width"]), int(video["height"])), task.source.path
    chosen = _scene_rows if settings.clips.mode == "scenes" else _window_rows
    try:
        found = chosen(path, task.video_id, video["duration_s"], size, settings.clips)
    except BadVideo as error:
        raise Rejected(error.reason) from error
    named = [{"clip_id": f"{task.video_id}.c{k}", "video_id": task.video_id, **row} for k, row in enumerate(found)]
    rows = from_pylist(named, FILTERED_CLIPS)
    if all(row["status"] == "drop" for row in found):
        reasons = "; ".join(dict.fromkeys(row["reason"] for row in found))
        raise Rejected(f"every clip was dropped: {reasons}", rows)
    return rows


def _window_rows(
    path: Path, video_id: str, duration_s: float, size: tuple[int, int], settings: ClipsSettings
) -> list[dict[str, Any]]:
    """The paper's window as one clip; if there are cuts in it, its longest scene."""
    window = choose_window(video_id, duration_s, settings)
    row = clip_row(path, window, size, settings)
    at = suspected_cuts(path, *window, [Step(**step) for step in row["camera"]], settings.cut_threshold)
    if not at:
        return [row]
    start_s, end_s = max(split(*window, at), key=lambda part: part[1] - part[0])
    if end_s - start_s < settings.min_scene_s:
        what = f"between {window[0]:g} s and {window[1]:g} s there are {len(at)} cuts, and no scene of"
        return [_left_out((start_s, end_s), size, f'{what} {_least(settings)}; try clips.mode = "scenes"')]
    return [clip_row(path, (start_s, end_s), size, settings)]


def _scene_rows(
    path: Path, video_id: str, duration_s: float, size: tuple[int, int], settings: ClipsSettings
) -> list[dict[str, Any]]:
    """Every scene as one clip or several; scenes that are too short or damaged are left out with a reason."""
    rows: list[dict[str, Any]] = []
    for scene in split(0.0, round(duration_s, 3), cuts_between(path, 0.0, duration_s, settings.cut_threshold)):
        if scene[1] - scene[0] < settings.min_scene_s:
            length = scene[1] - scene[0]
            rows.append(_left_out(scene, size, f"a scene of {length:.3g} s is shorter than {_least(settings)}"))
            continue
        for window in windows(scene, settings):
            try:
                rows.append(clip_row(path, window, size, settings))
            except Rejected as rejected:
                rows.append(_left_out(window, size, rejected.reason))
    return rows


def _least(settings: ClipsSettings) -> str:
    return f"clips.min_scene_s = {settings.min_scene_s:g}"


def _left_out(window: tuple[float, float], size: tuple[int, int], reason: str) -> dict[str, Any]:
    """The row of a clip that is not looked at."""
    return {
        "start_s": window[0],
        "end_s": window[1],
        "width": size[0],
        "height": size[1],
        **_score_columns(CameraScore(0.0, 0.0, 0.0, 0.0, 0.0)),
        **asdict(Verdict("dropped", "none", "drop", reason)),
        "camera": [],
        "thumbnails": [],
    }


def _score_columns(score: CameraScore) -> dict[str, float]:
    return {"camera_score": score.score} | {
        f"camera_{name}": getattr(score, name) for name in ("mean_dt", "mean_dr", "max_dt", "max_dr")
    }


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
        **_score_columns(score),
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
