"""Keypoints of a second network for the people that the first one finds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from fm_assets.detections.compute import compute
from fm_assets.detections.producer import specs
from fm_assets.settings import Settings, SettingsError, load_settings
from fm_assets.task import SourceFile, Task
from fm_resources.detector.base import DetectorError, FrameBoxes
from fm_resources.detector.pose import with_keypoints


def boxes(names: tuple[str, ...], xyxy: list[list[float]], keypoints: np.ndarray | None = None) -> FrameBoxes:
    count = len(names)
    return FrameBoxes(
        0, 0.0, np.array(xyxy, float), np.full(count, 0.9), names, ("",) * count, np.zeros(count), keypoints
    )


def bodies(xyxy: list[list[float]]) -> FrameBoxes:
    points = np.stack([np.full((17, 3), float(i + 1)) for i in range(len(xyxy))])
    return boxes(("person",) * len(xyxy), xyxy, points)


def given(found: FrameBoxes) -> list[float]:
    assert found.keypoints is not None
    return found.keypoints[:, 0, 0].tolist()


def test_each_person_gets_the_body_that_it_overlaps_most() -> None:
    seen = boxes(("person", "dog", "person"), [[0, 0, 100, 200], [0, 0, 100, 200], [110, 0, 210, 200]])
    assert given(with_keypoints(seen, bodies([[108, 0, 205, 200], [5, 0, 100, 200]]))) == [2, 0, 1]


def test_a_body_is_given_once_and_a_far_one_to_nobody() -> None:
    seen = boxes(("person", "person"), [[0, 0, 100, 200], [20, 0, 120, 200]])
    assert given(with_keypoints(seen, bodies([[0, 0, 102, 200]]))) == [1, 0]
    assert given(with_keypoints(seen, bodies([[300, 0, 402, 200]]))) == [0, 0]


def test_without_people_nothing_changes() -> None:
    seen = boxes(("dog",), [[0, 0, 100, 200]])
    assert with_keypoints(seen, bodies([[0, 0, 100, 200]])) is seen


def configure(home: Path, shared: Path, *changes: str, pose: str = "yolov8n-pose_dq.pt") -> Settings:
    chosen = [f"detector.weights={shared}/weights/yolo11n_dq.pt", f"detector.pose_weights={shared}/weights/{pose}",
              "detector.device=cpu", "detector.runtime=torch", *changes]  # fmt: skip
    return load_settings(None, chosen, {"FM_HOME": str(home)})


def job(video: Path) -> Task:
    clip = {"clip_id": "v.c0", "status": "keep", "start_s": 2.0, "end_s": 2.6, "width": 1280, "height": 720,
            "frame_of_reference": "image", "camera": []}  # fmt: skip
    tables = {"filtered_clips": pa.Table.from_pylist([clip]), "source_videos": pa.table({"domain": ["park"]})}
    return Task("detections", "v", SourceFile(video, "", "park", ""), tables)


def test_people_of_a_real_clip_get_keypoints_and_other_objects_none(tmp_path: Path, shared_data: Path) -> None:
    done = compute(job(shared_data / "videos" / "sam2_01_dog.mp4"), configure(tmp_path, shared_data))
    found = [b for row in done.rows.to_pylist() for b in row["boxes"] if b["score"] > 0.6]
    people = [b for b in found if b["class"] == "person"]
    assert len(people) >= 5
    for person in people:
        seen = [k for k in person["keypoints"] if k["score"] > 0.5]
        inside = [person["x1"] - 20 < k["x"] < person["x2"] + 20 for k in seen]
        assert len(seen) >= 8 and np.mean(inside) > 0.9
    assert {"infer_s", "pose_infer_s"} <= set(done.timing)


def test_pose_weights_must_be_some_and_have_people_to_look_at(tmp_path: Path, shared_data: Path) -> None:
    with pytest.raises(DetectorError, match="does 'detect'; give pose weights"):
        compute(job(shared_data / "videos" / "sam2_01_dog.mp4"), configure(tmp_path, shared_data, pose="yolo11n_dq.pt"))
    with pytest.raises(SettingsError, match=r"detector\.pose_weights: there is no .*gone\.pt"):
        specs(configure(tmp_path, shared_data, pose="gone.pt"))
    with pytest.raises(SettingsError, match="no people for it to give keypoints to"):
        specs(configure(tmp_path, shared_data, "detector.weights=", "detector.download="))
