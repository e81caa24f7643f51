"""The bundled detector: what it learns from, how well the committed one does, and that it can be made anew."""

from __future__ import annotations

import json
import pickletools
import re
import zipfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from fm_assets.scenes.detector_training import TrainingPlan
from fm_assets.scenes.generate import make_scene
from fm_assets.scenes.render import render
from fm_assets.scenes.spec import CLASSES
from fm_assets.scenes.training_frames import FRAMES, Frame, scene_frames, write_frames
from fm_assets.scenes.truth import truth
from fm_resources.detector import bundled, checkpoint
from fm_resources.detector.base import DetectOptions, DetectorSpec
from fm_resources.detector.yolo import YoloDetector

#: Scenes of the held-out part that the record's figures do not rest on either.
FRESH = range(5000, 5012)


@dataclass(frozen=True)
class Shown:
    index: int
    t_s: float
    image: np.ndarray


def test_some_frames_of_a_scene_are_those_of_the_whole() -> None:
    spec = make_scene(31, "shake", width=320, height=180, duration_s=3.0)
    times, whole, exact = spec.times(), list(render(spec)), truth(spec)
    some = [7, 40, 41]
    for k, frame in zip(some, render(spec, times[some]), strict=True):
        assert np.array_equal(frame, whole[k])
    assert np.array_equal(truth(spec, times[some]).boxes, exact.boxes[:, some])
    assert np.array_equal(truth(spec, times[some]).visible, exact.visible[:, some])


@pytest.mark.parametrize("number", [0, 1])
def test_frames_are_the_same_each_time_and_differ_between_parts(number: int) -> None:
    first, again = scene_frames("training", number, 192), scene_frames("training", number, 192)
    other = scene_frames("held_out", number, 192)
    assert len(first) == len(again) == FRAMES
    for a, b, c in zip(first, again, other, strict=True):
        assert np.array_equal(a.image, b.image) and np.array_equal(a.boxes, b.boxes)
        assert a.image.shape == (108, 192, 3) and not np.array_equal(a.image, c.image)


def test_labels_lie_on_the_objects() -> None:
    """Around a label's middle the picture is saturated, or very bright or dark, as no ground is."""
    inside = []
    for frame in scene_frames("held_out", 0, 384) + scene_frames("held_out", 1, 384):
        for x1, y1, x2, y2 in frame.boxes:
            x, y = round((x1 + x2) / 2), round((y1 + y2) / 2)
            pixels = frame.image[y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3).astype(int)
            inside.append(bool((np.ptp(pixels, axis=1) > 60).mean() > 0.5 or abs(pixels.mean() - 128) > 80))
    assert inside and np.mean(inside) > 0.9


def test_written_labels_are_shares_of_the_frame(tmp_path: Path) -> None:
    assert write_frames("training", 2, 192, tmp_path) == 2 * FRAMES
    for number in range(2):
        for k, frame in enumerate(scene_frames("training", number, 192)):
            stem = f"{number:06d}-{k}"
            picture = cv2.imread(str(tmp_path / "images" / f"{stem}.png"))
            assert picture is not None and np.array_equal(picture[..., ::-1], frame.image)
            rows = np.loadtxt(tmp_path / "labels" / f"{stem}.txt", ndmin=2).reshape(-1, 5)
            assert rows[:, 0].astype(int).tolist() == frame.classes.tolist()
            middles = (frame.boxes[:, :2] + frame.boxes[:, 2:]) / 2 / (192, 108)
            assert np.allclose(rows[:, 1:3], middles, atol=1e-5)
            assert (rows[:, 1:] >= 0).all() and (rows[:, 1:] <= 1).all()


@pytest.mark.parametrize("wrong", [{"images": 6}, {"held_out": 0}, {"epochs": 0}, {"image_size": 100}])
def test_impossible_plans_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        TrainingPlan(**wrong)


def test_the_bundled_checkpoint_is_small_safe_and_the_recorded_one() -> None:
    path, record = bundled.weights(), bundled.record()
    checkpoint.check(path)
    data = path.read_bytes()
    assert len(data) == record["bytes"] <= 6_000_000
    assert sha256(data).hexdigest() == record["sha256"]
    assert record["classes"] == list(CLASSES) and record["image_size"] == bundled.IMAGE_SIZE


def test_the_record_says_how_good_it_is_and_on_what() -> None:
    record = bundled.record()
    assert record["map50"] >= 0.9 and min(ap["ap50"] for ap in record["per_class"].values()) >= 0.85
    assert set(record["per_class"]) == set(CLASSES)
    training, held_out = record["scenes"]["training"], record["scenes"]["held_out"]
    assert training["first_seed"] + training["count"] <= held_out["first_seed"]
    assert held_out["frames"] >= 200


def test_nothing_names_the_machine_that_trained_it() -> None:
    text = json.dumps(bundled.record())
    with zipfile.ZipFile(bundled.weights()) as archive:
        pickles = [archive.read(name) for name in archive.namelist() if name.endswith(".pkl")]
    words = [str(a) for pickled in pickles for _, a, _ in pickletools.genops(pickled) if isinstance(a, str)]
    assert words
    for word in [text, *words]:
        assert not re.search(r"(^|[\s\"'])/[a-z]|[A-Z]:\\|\.local\b|https?://", word), word


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> YoloDetector:
    record = bundled.record()
    spec = DetectorSpec(
        "ultralytics",
        "scenes.pt",
        str(bundled.weights()),
        record["sha256"],
        "torch",
        "cpu",
        "f32",
        bundled.IMAGE_SIZE,
        "test",
    )
    return YoloDetector(spec, DetectOptions(min_score=0.25), tmp_path_factory.mktemp("home"))


def test_it_finds_what_fresh_scenes_show(detector: YoloDetector) -> None:
    """Twelve scenes that nothing was trained or measured on: every kind of ground, camera and meeting by chance."""
    found = shown = right = 0
    overlaps: list[float] = []
    for number in FRESH:
        frames = scene_frames("held_out", number, bundled.IMAGE_SIZE)
        height, width = frames[0].image.shape[:2]
        stream = [Shown(k, float(k), frame.image) for k, frame in enumerate(frames)]
        for frame, boxes in zip(frames, detector.detect(stream, (width, height)), strict=True):
            matched = _matched(frame, boxes.xyxy, boxes.names)
            found, shown, right = found + len(boxes.score), shown + len(frame.classes), right + len(matched)
            overlaps += matched
    assert shown >= 60
    assert right / shown >= 0.95 and right / found >= 0.93
    assert np.mean(overlaps) >= 0.85


def _matched(frame: Frame, boxes: np.ndarray, names: tuple[str, ...]) -> list[float]:
    """Overlaps of the pairs of a shown object and a box of its class with an IoU of at least 0.5, each used once."""
    overlaps = []
    free = set(range(len(boxes)))
    for c, own in zip(frame.classes, frame.boxes, strict=True):
        candidates = [(_iou(own, boxes[j]), j) for j in free if names[j] == CLASSES[c]]
        best, j = max(candidates, default=(0.0, -1))
        if best >= 0.5:
            free.remove(j)
            overlaps.append(best)
    return overlaps


def _iou(a: np.ndarray, b: np.ndarray) -> float:
    side = np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None)
    common = float(side.prod())
    return common / float((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - common)


@pytest.mark.slow
def test_the_command_trains_from_nothing(empty: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    record = empty.json("train-detector", "--images", "16", "--epochs", "1", "--held-out", "8", "--out", str(out))
    assert sorted(p.name for p in out.iterdir()) == [bundled.RECORD, bundled.CHECKPOINT]
    assert json.loads((out / bundled.RECORD).read_text(encoding="utf-8")) == record
    checkpoint.check(out / bundled.CHECKPOINT)
    assert record["sha256"] == sha256((out / bundled.CHECKPOINT).read_bytes()).hexdigest()
    assert record["epochs"] == 1 and record["scenes"]["training"]["frames"] == 16
    # the network that was written is one that the product can use
    spec = DetectorSpec(
        "ultralytics",
        "new.pt",
        str(out / bundled.CHECKPOINT),
        record["sha256"],
        "torch",
        "cpu",
        "f32",
        bundled.IMAGE_SIZE,
        "",
    )
    (boxes,) = YoloDetector(spec, DetectOptions(), tmp_path).detect(
        [Shown(0, 0.0, np.zeros((54, 96, 3), np.uint8))], (96, 54)
    )
    assert boxes.index == 0


@pytest.mark.slow
def test_the_command_refuses_impossible_numbers(empty: Any) -> None:
    said = empty.run("train-detector", "--images", "6", code=2)
    assert "multiple of 4" in said and "Traceback" not in said
