"""From filtered_clips over detections to tracks: a camera that only masked boxes make out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numbered_videos import run
from test_clips_compute import clips_of, settings

from fm_assets.clips.merge import with_camera
from fm_assets.clips.transforms import apply, camera_path
from fm_assets.detections.camera import Refiner, free_of
from fm_assets.detections.rows import DETECTIONS
from fm_assets.scenes import geometry
from fm_assets.scenes.foreground import Covered, covered, render_covered
from fm_assets.settings import Settings
from fm_assets.tracks.compute import clip_rows
from fm_resources.rows import canonical, from_pylist
from fm_resources.video import FrameReader

SIZE = (640, 360)


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Covered, Path]:
    """Half of the frame is covered by objects that move together, in front of a pan of 6 px/frame."""
    scene = covered(2, share=0.5, pan_px=6.0, frames=20, size=SIZE)
    path = tmp_path_factory.mktemp("crowded") / "crowded.mp4"
    raw = b"".join(frame.tobytes() for frame in render_covered(scene))
    source = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{SIZE[0]}x{SIZE[1]}", "-r", "10", "-i", "pipe:0")
    run(*source, "-c:v", "libx264", "-crf", "16", "-pix_fmt", "yuv420p", "-threads", "1", str(path), feed=raw)
    return scene, path


def detected(scene: Covered, path: Path, clip: dict[str, Any], chosen: Settings, fps: float = 10.0) -> pa.Table:
    """Rows of `detections` with the true boxes, and the camera measured again by the stage's own code."""
    refiner = Refiner(clip, chosen.clips)
    rows = []
    for frame in refiner.seen(FrameReader(path, clip["start_s"], clip["end_s"], fps, longer_side=640)):
        xyxy = scene.boxes(round(10 * (clip["start_s"] + frame.t_s)))
        boxes = [
            {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "score": 0.9, "class": "box", "colour": "", "colour_share": 0.0}
            for x1, y1, x2, y2 in xyxy.tolist()
        ]
        again = refiner.step(frame.index, frame.t_s, xyxy, np.full(len(xyxy), 0.9))
        rows.append({"clip_id": clip["clip_id"], "frame": frame.index, "t_s": frame.t_s, "width": SIZE[0], "height": SIZE[1], "camera": again, "boxes": boxes})  # fmt: skip
    return canonical(from_pylist(rows, DETECTIONS), DETECTIONS)


@pytest.mark.parametrize("fps", [10.0, 5.0])
def test_masked_boxes_turn_an_unreliable_clip_into_a_stabilised_one(crowded: tuple[Covered, Path], fps: float) -> None:
    scene, path = crowded
    chosen = settings()
    clip = clips_of(path, chosen).to_pylist()[0]
    assert (clip["camera_verdict"], clip["frame_of_reference"]) == ("unreliable", "none")
    rows = detected(scene, path, clip, chosen, fps)
    found = with_camera(clip, rows, chosen.clips)
    assert found["frame_of_reference"] == "stabilised"
    times = rows["t_s"].to_numpy()
    truth = geometry.invert(geometry.camera_matrices(scene.ground, times))
    grid = np.stack(np.meshgrid(np.linspace(0, 640, 5), np.linspace(0, 360, 4)), axis=-1).reshape(-1, 2)
    drift = apply(camera_path(found["camera"])(times)[:, None], grid) - apply(truth[:, None], grid)
    assert np.linalg.norm(drift, axis=-1).max() < 2.0
    tracks = clip_rows(clip, rows, chosen)[0]
    assert tracks and {track["frame_of_reference"] for track in tracks} == {"stabilised"}


def test_without_boxes_nothing_is_made_up(crowded: tuple[Covered, Path]) -> None:
    scene, path = crowded
    chosen = settings()
    clip = clips_of(path, chosen).to_pylist()[0]
    empty = Covered(scene.ground, 0.0, scene.layout, scene.drift)
    found = with_camera(clip, detected(empty, path, clip, chosen), chosen.clips)
    assert found["frame_of_reference"] == "none" or _drift(scene, found) < 2.0


def _drift(scene: Covered, clip: dict[str, Any]) -> float:
    times = np.array([step["t_s"] for step in clip["camera"]])
    truth = geometry.invert(geometry.camera_matrices(scene.ground, times))
    middle = np.array([[320.0, 180.0]])
    return float(
        np.abs(apply(camera_path(clip["camera"])(times)[:, None], middle) - apply(truth[:, None], middle)).max()
    )


def test_a_still_camera_is_never_measured_again(crowded: tuple[Covered, Path]) -> None:
    scene, path = crowded
    clip = clips_of(path, settings()).to_pylist()[0]
    still = {**clip, "frame_of_reference": "image"}
    assert all(not camera for camera in detected(scene, path, still, settings())["camera"].to_pylist())


def test_boxes_are_masked_with_a_rim() -> None:
    free = free_of(np.array([[100.0, 50.0, 200.0, 150.0]]), (640, 360), (180, 320))
    assert not free[25:75, 50:100].any()
    assert not free[20, 60] and free[15, 60] and free[60, 120]
    assert free_of(np.zeros((0, 4)), (640, 360), (180, 320)).all()
    assert not free_of(np.array([[-50.0, -50.0, 900.0, 900.0]]), (640, 360), (180, 320)).any()
