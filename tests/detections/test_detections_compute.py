"""The `detections` stage on clips of real and rendered videos."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from fm_assets.detections.compute import box_rows
from fm_assets.detections.compute import compute as compute_task
from fm_assets.detections.producer import parameters, prepare, specs
from fm_assets.detections.rows import DETECTIONS
from fm_assets.evaluation.quality.agreement import stored
from fm_assets.settings import Settings, SettingsError, load_settings
from fm_assets.task import SourceFile, Task
from fm_resources.detector.agreement import FrameSet, compare
from fm_resources.detector.base import DetectorError, FrameBoxes
from fm_resources.detector.network import import_ultralytics
from fm_resources.rows import data_version

Configure = Callable[..., Settings]


@pytest.fixture(scope="module")
def configure(tmp_path_factory: pytest.TempPathFactory) -> Configure:
    home = tmp_path_factory.mktemp("home")
    return lambda *changes: load_settings(None, ["detector.device=cpu", *changes], {"FM_HOME": str(home)})


def compute(job: Task, settings: Settings) -> pa.Table:
    return compute_task(job, settings).rows


def task(path: Path, *spans: tuple[float, float], size: tuple[int, int], status: str = "keep") -> Task:
    clips = [
        {"clip_id": f"v.c{i}", "status": status, "start_s": a, "end_s": b, "width": size[0], "height": size[1],
         "frame_of_reference": "image", "camera": []}
        for i, (a, b) in enumerate(spans)
    ]  # fmt: skip
    tables = {"filtered_clips": pa.Table.from_pylist(clips), "source_videos": pa.table({"domain": ["street"]})}
    return Task("detections", "v", SourceFile(path, "", "street", ""), tables)


def classes(rows: pa.Table, score: float = 0.5) -> dict[str, float]:
    """Class -> share of frames with such a box."""
    seen: dict[str, int] = {}
    for row in rows.to_pylist():
        for name in {b["class"] for b in row["boxes"] if b["score"] >= score}:
            seen[name] = seen.get(name, 0) + 1
    return {name: count / rows.num_rows for name, count in seen.items()}


def weights(shared_data: Path, name: str = "yolo11n_dq.pt") -> str:
    return f"detector.weights={shared_data / 'weights' / name}"


def test_a_network_finds_what_is_there(shared_data: Path, configure: Configure) -> None:
    rows = compute(
        task(shared_data / "videos" / "sam2_01_dog.mp4", (7.0, 8.0), (8.5, 9.0), size=(1280, 720)),
        configure(weights(shared_data)),
    )
    assert rows.schema.equals(DETECTIONS)
    assert [r["clip_id"] for r in rows.to_pylist()] == ["v.c0"] * 10 + ["v.c1"] * 5
    assert rows["frame"].to_pylist() == [*range(10), *range(5)]
    found = classes(rows, 0.25)
    assert found["dog"] > 0.8 and found["person"] > 0.8
    for row in rows.to_pylist():
        scores = [b["score"] for b in row["boxes"]]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= b["x1"] < b["x2"] <= 1280 and 0 <= b["y1"] < b["y2"] <= 720 for b in row["boxes"])


def test_rows_depend_on_neither_run_nor_batch_nor_threads(shared_data: Path, configure: Configure) -> None:
    job = task(shared_data / "videos" / "udacity_solidWhiteRight.mp4", (1.0, 1.6), size=(960, 540))
    versions = {
        data_version(compute(job, configure(weights(shared_data), *change)))
        for change in ([], [], ["detector.batch=1"], ["detector.batch=4"], ["workers.threads=1"])
    }
    assert len(versions) == 1


def test_wanted_classes_only(shared_data: Path, configure: Configure) -> None:
    job = task(shared_data / "videos" / "sam2_01_dog.mp4", (2.0, 2.5), size=(1280, 720))
    rows = compute(job, configure(weights(shared_data), 'detections.classes=["dog"]'))
    assert set(classes(rows, 0.0)) == {"dog"}
    with pytest.raises(DetectorError, match=r"no class 'bicicle' \(near: bicycle"):
        compute(job, configure(weights(shared_data), 'detections.classes=["bicicle"]'))


def test_openvino_weights_work_in_float32(shared_data: Path, configure: Configure) -> None:
    pytest.importorskip("openvino")
    job = task(shared_data / "videos" / "sam2_01_dog.mp4", (2.0, 2.5), size=(1280, 720))
    rows = compute(job, configure(weights(shared_data, "yolo11n_openvino_model")))
    assert classes(rows)["person"] > 0.8


def test_pose_weights_give_boxes_with_keypoints(shared_data: Path, configure: Configure) -> None:
    job = task(shared_data / "videos" / "sam2_bedroom.mp4", (2.0, 2.4), size=(960, 540))
    rows = compute(job, configure(weights(shared_data, "yolov8n-pose_dq.pt")))
    assert classes(rows)["person"] > 0.7
    people = [b for row in rows.to_pylist() for b in row["boxes"] if b["score"] > 0.5]
    assert all(len(b["keypoints"]) == 17 and b["mask_area"] is None for b in people)
    for person in people:
        seen = [k for k in person["keypoints"] if k["score"] > 0.5]
        height = person["y2"] - person["y1"]
        assert seen and all(person["y1"] - 0.1 * height < k["y"] < person["y2"] + 0.1 * height for k in seen)


def test_boxes_of_a_class_have_a_least_score_of_their_own(shared_data: Path, configure: Configure) -> None:
    job = task(shared_data / "videos" / "sam2_01_dog.mp4", (7.0, 7.5), size=(1280, 720))
    rows = compute(job, configure(weights(shared_data), "detections.class_scores={ person = 0.6, dog = 0.05 }"))
    scores = [(b["class"], b["score"]) for row in rows.to_pylist() for b in row["boxes"]]
    assert min(s for name, s in scores if name == "person") >= 0.6
    assert min((s for name, s in scores if name not in ("person", "dog")), default=1.0) >= 0.1
    assert {name for name, _ in scores} >= {"person", "dog"}
    with pytest.raises(DetectorError, match=r"detections.class_scores: the model has no class 'hound'"):
        compute(job, configure(weights(shared_data), "detections.class_scores={ hound = 0.6 }"))


def test_time_is_split(shared_data: Path, configure: Configure) -> None:
    job = task(shared_data / "videos" / "sam2_01_dog.mp4", (2.0, 3.0), size=(1280, 720))
    timing = compute_task(job, configure(weights(shared_data))).timing
    assert set(timing) == {"decode_s", "infer_s", "wait_s", "read_s"} and all(v > 0 for v in timing.values())


@pytest.mark.parametrize("runtime", ["onnx", "openvino"])
def test_every_runtime_finds_the_same_boxes(shared_data: Path, configure: Configure, runtime: str) -> None:
    pytest.importorskip({"onnx": "onnxruntime", "openvino": "openvino"}[runtime])
    job = task(shared_data / "videos" / "sam2_01_dog.mp4", (7.0, 8.0), size=(1280, 720))
    plain = compute(job, configure(weights(shared_data), "detector.runtime=torch"))
    other = compute(job, configure(weights(shared_data), f"detector.runtime={runtime}"))
    assert compare(stored(plain), stored(other), 0.4).share >= 0.99


def test_boxes_equal_those_of_the_plain_script(shared_data: Path, configure: Configure) -> None:
    """`YOLO(w).predict(video, stream=True)` on the same frames."""
    video = shared_data / "videos" / "sam2_01_dog.mp4"
    settings = configure(weights(shared_data), "detections.fps=0")
    ours = compute(task(video, (0.0, 1.0), size=(1280, 720)), settings)
    model = import_ultralytics(settings.home).YOLO(str(shared_data / "weights" / "yolo11n_dq.pt"))
    stream = model.predict(str(video), stream=True, conf=0.1, max_det=100, verbose=False, device="cpu")
    plain = [r.boxes.data.numpy().astype(float) for r, _ in zip(stream, range(ours.num_rows), strict=False)]
    names = [[model.names[int(c)] for c in d[:, 5]] for d in plain]
    assert (
        compare(FrameSet([d[:, :4] for d in plain], [d[:, 4] for d in plain], names), stored(ours), 0.4).share >= 0.99
    )


def test_a_missing_runtime_is_named(shared_data: Path, configure: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    job = task(shared_data / "videos" / "sam2_01_dog.mp4", (2.0, 2.2), size=(1280, 720))
    with pytest.raises(DetectorError, match="run with onnxruntime, which is not installed: install the extra `fast`"):
        compute(job, configure(weights(shared_data, "yolo26n_int8.onnx")))


def test_motion_finds_people_without_weights(shared_data: Path, configure: Configure) -> None:
    job = task(shared_data / "videos" / "intel_one-by-one-person.mp4", (60.0, 65.0), size=(768, 432))
    rows = compute(job, configure("detector.backend=motion"))
    assert rows.num_rows == 50
    assert classes(rows, 0.0)["object"] > 0.7


def test_dropped_clips_have_no_rows(configure: Configure) -> None:
    job = task(Path("never-opened.mp4"), (0.0, 5.0), size=(640, 360), status="drop")
    assert compute(job, configure("detector.backend=motion")).num_rows == 0


def boxes(xyxy: Any, score: Any, names: tuple[str, ...]) -> FrameBoxes:
    return FrameBoxes(0, 0.0, np.array(xyxy, float), np.array(score), names, ("",) * len(names), np.zeros(len(names)))


def test_order_of_boxes_hangs_on_stored_digits_only() -> None:
    a = boxes([[10, 10, 50, 50], [60, 10, 90, 50]], [0.50001, 0.50002], ("cat", "cat"))
    b = boxes([[60, 10, 90.01, 50], [10, 10.02, 50, 50]], [0.50001, 0.50003], ("cat", "cat"))
    assert box_rows(a) == box_rows(b)
    assert [r["x1"] for r in box_rows(a)] == [10, 60]


def test_boxes_without_an_area_are_not_stored() -> None:
    assert len(box_rows(boxes([[10, 10, 10.4, 50], [0, 0, 20, 20]], [0.9, 0.8], ("a", "b")))) == 1


def test_the_producer_changes_with_the_weights_not_with_their_place(tmp_path: Path, configure: Configure) -> None:
    found = []
    for folder, content in (("a", b"1"), ("b", b"1"), ("c", b"2")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "w.pt").write_bytes(content)
        settings = configure(f"detector.weights={tmp_path / folder / 'w.pt'}")
        found.append(parameters(settings, specs(settings)))
    assert found[0] == found[1] != found[2]
    base, faster = (configure("detector.backend=motion", f"detector.batch={n}") for n in (8, 2))
    assert parameters(base, specs(base)) == parameters(faster, specs(faster))


def test_prepare_says_what_detects_and_why(configure: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOLO_OFFLINE", "true")
    lines = prepare(configure("detector.download=yolo11n.pt"))
    assert "background subtraction" in lines[0] and "no network" in lines[0]
    with pytest.raises(SettingsError, match="there is no"):
        prepare(configure("detector.weights=gone.pt"))
