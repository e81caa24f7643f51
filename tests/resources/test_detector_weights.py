"""Which detector a configuration means, and weights that must not be loaded."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from fm_resources.detector import checkpoint
from fm_resources.detector.base import DetectorError, spec_for
from fm_resources.detector.runtimes import Trial, machine_key, remember
from fm_resources.detector.weights import RECORD, attempt_download, resolve, sha256_of


def record(cache: Path, name: str, path: str = "", reason: str = "") -> None:
    cache.mkdir(parents=True, exist_ok=True)
    entry = {name: {"path": path, "sha256": "recorded", "reason": reason}}
    (cache / RECORD).write_text(json.dumps(entry))


def test_auto_without_weights_falls_back_and_says_why(tmp_path: Path) -> None:
    specs = resolve("auto", None, "yolo11n.pt", tmp_path)
    assert specs.filmed.backend == "motion"
    assert "yolo11n.pt was not downloaded yet" in specs.filmed.reason


def test_auto_repeats_the_reason_of_a_failed_download(tmp_path: Path) -> None:
    record(tmp_path, "yolo11n.pt", reason="there is no network")
    assert "there is no network" in resolve("auto", None, "yolo11n.pt", tmp_path).filmed.reason


def test_auto_takes_configured_weights_for_filmed_videos_only(tmp_path: Path) -> None:
    weights = tmp_path / "mine.pt"
    weights.write_bytes(b"weights")
    specs = resolve("auto", weights, "yolo11n.pt", tmp_path, device="cpu")
    assert spec_for(specs, "kitchen").backend == "ultralytics"
    assert spec_for(specs, "kitchen").weights_sha256 == sha256_of(weights)
    assert spec_for(specs, "rendered").name == "scenes.pt"


def test_weights_named_for_ultralytics_hold_for_rendered_videos_too(tmp_path: Path) -> None:
    weights = tmp_path / "shapes.pt"
    weights.write_bytes(b"weights")
    specs = resolve("ultralytics", weights, "", tmp_path)
    assert specs.filmed == specs.rendered
    assert spec_for(specs, "rendered").name == "shapes.pt"


def test_auto_takes_downloaded_weights(tmp_path: Path) -> None:
    (tmp_path / "yolo11n.pt").write_bytes(b"downloaded")
    record(tmp_path, "yolo11n.pt", path=str(tmp_path / "yolo11n.pt"))
    spec = resolve("auto", None, "yolo11n.pt", tmp_path).filmed
    assert spec.backend == "ultralytics"
    assert spec.weights_sha256 == sha256_of(tmp_path / "yolo11n.pt")


def test_the_bundled_detector_is_for_rendered_videos_unless_it_is_asked_for(tmp_path: Path) -> None:
    auto = resolve("auto", None, "", tmp_path)
    assert (auto.filmed.backend, auto.rendered.name) == ("motion", "scenes.pt")
    asked = resolve("bundled", None, "", tmp_path)
    assert asked.filmed.name == asked.rendered.name == "scenes.pt"


def test_the_fastest_measured_runtime_is_taken(tmp_path: Path) -> None:
    weights = tmp_path / "mine.pt"
    weights.write_bytes(b"weights")
    cache = tmp_path / "cache"
    key = machine_key(sha256_of(weights), 640, "f32", "cpu")
    slow, fast = Trial("torch", "f32", 10.0, 1.0), Trial("openvino", "f32", 40.0, 0.995)
    wrong = Trial("onnx", "f32", 90.0, 0.5)
    assert resolve("auto", weights, "", cache, device="cpu").filmed.runtime == "torch"
    remember(cache, key, [slow, fast, wrong])
    assert resolve("auto", weights, "", cache, device="cpu").filmed.runtime == "openvino"
    assert resolve("auto", weights, "", cache, device="cpu", runtime="onnx").filmed.runtime == "onnx"
    assert resolve("auto", weights, "", cache, device="cpu", image_size=320).filmed.runtime == "torch"


def test_weights_that_run_in_one_runtime_only_say_so(tmp_path: Path) -> None:
    weights = tmp_path / "net.onnx"
    weights.write_bytes(b"graph with DequantizeLinear nodes")
    spec = resolve("auto", weights, "", tmp_path, device="cpu").filmed
    assert (spec.runtime, spec.precision) == ("onnx", "int8")
    with pytest.raises(DetectorError, match=r"net\.onnx runs with onnx only: set detector\.runtime"):
        resolve("auto", weights, "", tmp_path, runtime="openvino")


def test_missing_weights_are_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DetectorError, match=r"there is no .*gone\.pt; give the path"):
        resolve("auto", tmp_path / "gone.pt", "", tmp_path)
    with pytest.raises(DetectorError, match=r"set detector\.weights"):
        resolve("ultralytics", None, "", tmp_path)


def test_identity_ignores_where_the_weights_lie(tmp_path: Path) -> None:
    specs = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "w.pt").write_bytes(b"same")
        specs.append(resolve("auto", tmp_path / folder / "w.pt", "", tmp_path).filmed)
    assert specs[0] != specs[1]
    assert specs[0].identity() == specs[1].identity()


def test_hash_of_a_folder_follows_names_and_contents(tmp_path: Path) -> None:
    folder = tmp_path / "net_openvino_model"
    folder.mkdir()
    (folder / "net.xml").write_text("graph")
    (folder / "net.bin").write_bytes(b"numbers")
    before = sha256_of(folder)
    (folder / "net.bin").write_bytes(b"other numbers")
    changed = sha256_of(folder)
    (folder / "net.bin").rename(folder / "net2.bin")
    assert len({before, changed, sha256_of(folder)}) == 3


def test_a_download_is_tried_once_and_its_failure_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOLO_OFFLINE", "true")
    outcome = attempt_download("yolo11n.pt", tmp_path / "weights", timeout_s=60)
    assert "network" in outcome.reason
    (tmp_path / "weights" / "ultralytics").mkdir(exist_ok=True)
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: pytest.fail("tried again"))
    assert attempt_download("yolo11n.pt", tmp_path / "weights") == outcome


@pytest.mark.parametrize("name", ["../yolo11n.pt", "https://example.org/x.pt", "yolo11n", ""])
def test_a_download_takes_plain_names_only(tmp_path: Path, name: str) -> None:
    with pytest.raises(DetectorError, match="plain file name"):
        attempt_download(name, tmp_path)


def test_resolving_imports_nothing_heavy() -> None:
    code = (
        "import sys, pathlib, fm_assets.detections.producer, fm_assets.tracks.producer\n"
        "print([m for m in ('torch', 'ultralytics', 'cv2', 'litellm') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


class Runs:
    """Pickles to a call of `os.system`."""

    def __reduce__(self) -> tuple:
        import os

        return os.system, ("touch pwned",)


def zipped(path: Path, pickled: bytes, name: str = "archive/data.pkl") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, pickled)
    return path


@pytest.mark.parametrize("protocol", [2, 4])
def test_weights_that_would_run_code_are_refused_unloaded(tmp_path: Path, protocol: int) -> None:
    bad = zipped(tmp_path / "bad.pt", pickle.dumps({"model": Runs()}, protocol=protocol))
    with pytest.raises(DetectorError, match="was not loaded: it would run"):
        checkpoint.check(bad)


@pytest.mark.parametrize(
    "name", ["torch.hub load", "builtins eval", "torch.load load", "ultralytics.nn.tasks parse_model", "os.path join"]
)
def test_functions_of_trusted_libraries_are_refused_too(tmp_path: Path, name: str) -> None:
    module, function = name.split()
    bad = zipped(tmp_path / "bad.pt", f"c{module}\n{function}\n.".encode())
    with pytest.raises(DetectorError, match="would run"):
        checkpoint.check(bad)


def test_damaged_weights_are_named_as_such(tmp_path: Path, shared_data: Path) -> None:
    whole = (shared_data / "weights" / "yolo11n_dq.pt").read_bytes()
    for i, content in enumerate([b"", b"not weights", whole[: len(whole) // 2]]):
        file = tmp_path / f"damaged{i}.pt"
        file.write_bytes(content)
        with pytest.raises(DetectorError, match="not a usable PyTorch checkpoint"):
            checkpoint.check(file)
    with pytest.raises(DetectorError, match="not a PyTorch checkpoint"):
        checkpoint.check(zipped(tmp_path / "other.pt", b"", "readme.txt"))


def test_real_weights_pass(shared_data: Path) -> None:
    for name in ("yolo11n_dq.pt", "yolov8n-pose_dq.pt"):
        checkpoint.check(shared_data / "weights" / name)
