"""Weights that are no detector's, or take no prompts, are told apart before the first frame; masks are read."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numbered_videos import X264, encode

from fm_assets.detections.compute import clip_rows
from fm_assets.detections.measure import FRAMES, filmed_frames
from fm_assets.detections.producer import prepare
from fm_assets.settings import Settings, SettingsError, load_settings
from fm_resources.detector.base import DetectOptions, DetectorError, DetectorSpec, FrameBoxes
from fm_resources.detector.load import load
from fm_resources.detector.network import import_ultralytics
from fm_resources.detector.openvino_network import SIZES
from fm_resources.detector.weights import sha256_of
from fm_resources.video import Frame, FrameReader


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def untrained(home: Path, name: str) -> Path:
    """Weights of an architecture that ultralytics knows by name, as they were before any training."""
    path = home / name.replace(".yaml", ".pt")
    if not path.exists():
        import torch

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(1)  # weights of some seeds see nothing at all
            import_ultralytics(home).YOLO(name).save(str(path))
    return path


def spec(path: Path, size: int = 160) -> DetectorSpec:
    return DetectorSpec("ultralytics", path.name, str(path), sha256_of(path), "torch", "cpu", "f32", size, "")


@pytest.mark.parametrize(("name", "task"), [("yolo11n-cls.yaml", "classify"), ("yolo11n-obb.yaml", "obb")])
def test_weights_of_another_task_are_refused(home: Path, name: str, task: str) -> None:
    with pytest.raises(DetectorError, match=f"does '{task}'; a detector needs weights for detect, pose, segment"):
        load(spec(untrained(home, name)), DetectOptions(), home)


def test_weights_that_take_no_prompts_say_so(home: Path) -> None:
    options = DetectOptions(prompts=("red mug",))
    with pytest.raises(DetectorError, match=r"yolo11n\.pt has its classes built in and takes no prompts; give YOLOE"):
        load(spec(untrained(home, "yolo11n.yaml")), options, home)


@pytest.mark.parametrize(("name", "kind"), [("yoloe-11s.yaml", "YOLOE"), ("yolov8s-worldv2.yaml", "YOLO-World")])
def test_prompts_need_a_text_encoder_which_is_named_where_it_is_missing(home: Path, name: str, kind: str) -> None:
    options = DetectOptions(prompts=("red mug", "robot gripper"))
    with pytest.raises(DetectorError, match=rf"{kind} weights need a text encoder, which cannot be used .*`clip`"):
        load(spec(untrained(home, name)), options, home)


def test_prompts_without_weights_stop_at_start(tmp_path: Path) -> None:
    settings = load_settings(None, ["detector.download=", 'detections.prompts=["red mug"]'], {"FM_HOME": str(tmp_path)})
    with pytest.raises(SettingsError, match=r"detections\.prompts: background subtraction takes no prompts"):
        prepare(settings)


def test_segmentation_weights_give_the_shape_of_each_mask(home: Path) -> None:
    # untrained weights see something everywhere, if they are asked for next to nothing
    detector = load(spec(untrained(home, "yolo11n-seg.yaml")), DetectOptions(min_score=1e-6, max_boxes=5), home)
    image = np.random.default_rng(1).integers(0, 255, (96, 160, 3), dtype=np.uint8)
    (found,) = detector.detect([Frame(0, 0.0, image, 1.0)], (320, 192))
    assert len(found.score) and found.masks is not None and found.masks.shape == (len(found.score), 3)
    assert (found.masks[:, 0] <= 320 * 192).all() and (found.masks[:, 2] >= 1).all()


def test_frames_reach_the_network_as_the_library_lays_them_out(home: Path) -> None:
    import torch

    detector = load(spec(untrained(home, "yolo11n.yaml")), DetectOptions(), home)
    images = list(np.random.default_rng(2).integers(0, 256, (2, 90, 200, 3), dtype=np.uint8))
    given = detector.prepare([Frame(i, 0.0, image, 1.0) for i, image in enumerate(images)])
    assert torch.equal(given, detector._predictor.preprocess([image[..., ::-1] for image in images]))


def test_openvino_reports_nothing_home(tmp_path: Path) -> None:
    pytest.importorskip("openvino")
    script = """
import sys
from pathlib import Path
from fm_resources.detector.network import import_ultralytics
import_ultralytics(Path(sys.argv[1]))
import openvino
from openvino.tools.ovc import telemetry_utils
print(telemetry_utils.tm.__name__)
"""
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.split()[-1] == "openvino.tools.ovc.telemetry_stub"


@pytest.mark.parametrize(
    "name",
    ["yolo11n.yaml", *(pytest.param(f"yolo11n-{task}.yaml", marks=pytest.mark.slow) for task in ("pose", "seg"))],
)
def test_openvino_says_what_torch_says_of_frames_of_any_size(home: Path, name: str) -> None:
    """More sizes than are compiled for each: the others share a network. The boxes' best scores come from the graph."""
    pytest.importorskip("openvino")
    random = np.random.default_rng(3)
    in_torch = spec(untrained(home, name))
    plain = load(in_torch, DetectOptions(), home)
    fast = load(replace(in_torch, runtime="openvino"), DetectOptions(threads=2), home)
    network = fast._openvino
    assert network is not None
    sizes = [(n, 160) for n in range(32, 160, 32)] + [(160, 32)]
    assert len(sizes) == SIZES + 1
    for size in sizes:
        images = list(random.integers(0, 256, (3, *size, 3), dtype=np.uint8))
        given = [Frame(i, 0.0, image, 1.0) for i, image in enumerate(images)]
        ours = next(iter(fast.infer([fast.prepare(given)])))
        theirs = next(iter(plain.infer([plain.prepare(given)])))
        while isinstance(theirs, (list, tuple)):  # torch's has more behind it
            theirs = theirs[0]
        ours = ours[0] if isinstance(ours, list) else ours
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), atol=2e-2)
        answer = network.start(np.ascontiguousarray(fast.prepare(given)))
        (outputs, *_), best = answer.outputs(), answer.best_scores()
        assert best is None if name != "yolo11n.yaml" else np.array_equal(best, outputs[:, 4:].max(axis=1))
        answer.free()
    assert None in network._compiled and len(network._compiled) == SIZES + 1


class Blind:
    """Finds nothing; what it is about is the frames that come."""

    longer_side, bitexact = 320, True
    timing: dict[str, float] = {}  # noqa: RUF012

    def detect(self, frames, size, camera=None):  # type: ignore[no-untyped-def]
        for frame in frames:
            yield FrameBoxes.empty(frame.index, frame.t_s)


def test_frames_lost_to_damage_are_a_gap_that_is_counted(tmp_path: Path) -> None:
    import av

    path = encode(tmp_path / "hurt.mp4", 100, (*X264, "-g", "10", "-movflags", "+faststart"))
    with av.open(str(path)) as container:
        packets = [(p.pos, p.size) for p in container.demux(video=0) if p.size]
    data = bytearray(path.read_bytes())
    for position, size in packets[40:50]:  # 1.6 s to 2 s
        data[position : position + size] = bytes(size)
    path.write_bytes(data)
    settings: Settings = load_settings(None, [], {"FM_HOME": str(tmp_path)})
    clip = {"clip_id": "v.c0", "start_s": 0.0, "end_s": 4.0, "width": 160, "height": 96,
            "frame_of_reference": "image", "camera": []}  # fmt: skip
    rows = clip_rows(path, clip, Blind(), settings)
    lost = {row["t_s"]: row["missing"] for row in rows if row["missing"]}
    assert lost == {2.0: 4}, "samples at 1.6, 1.72, 1.8 and 1.92 s"
    assert not any(1.6 <= row["t_s"] < 2.0 for row in rows), "a gap stays a gap"
    reader = FrameReader(path, 0.0, 4.0, 0)
    assert len(list(reader)) == 90
    np.testing.assert_allclose(reader.lost_times(), np.arange(40, 50) / 25, atol=0.001)


def test_runtimes_are_timed_on_the_first_video_that_can_be_decoded(tmp_path: Path) -> None:
    good = encode(tmp_path / "good.mp4", 100, X264)
    cut, text, gone = tmp_path / "cut.mp4", tmp_path / "text.mp4", tmp_path / "gone.mp4"
    cut.write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    text.write_text("no video")
    found = filmed_frames([cut, text, gone, good])
    assert found is not None
    frames, size = found
    assert len(frames) == FRAMES and size == (160, 96)
    assert filmed_frames([cut, text, gone]) is None


@pytest.mark.slow
def test_doctor_times_what_is_installed_and_keeps_the_fastest(empty, shared_data: Path) -> None:
    weights = shared_data / "weights" / "yolo11n_dq.pt"
    empty.configure(f'[detector]\nweights = "{weights}"\ndevice = "cpu"\nimage_size = 160\n')
    rows = [r for r in empty.json("doctor", "--detector") if r["weights"] == weights.name]
    assert [r["runtime"] for r in rows] == ["torch", "onnx", "openvino"]
    best = max((r for r in rows if r["boxes as torch"] >= 0.99), key=lambda r: r["frames/s"])
    assert [r["note"] for r in rows].count("chosen") == 1 and best["note"] == "chosen"
    said = next(r["finding"] for r in empty.json("doctor") if r["what"] == "detector")
    assert f"with {best['runtime']} in f32" in said
    record = json.loads((empty.home / "weights" / "runtimes.json").read_text())
    assert len(record) == 2  # these weights, and the bundled ones
