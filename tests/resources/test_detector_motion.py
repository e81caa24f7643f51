"""Background subtraction on drawn clips whose truth is exact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from fm_resources.detector.base import DetectOptions, FrameBoxes
from fm_resources.detector.motion import LONGER_SIDE, MotionDetector

SIZE = (640, 360)
FRAMES = 40
RED, BLUE, GREEN = (220, 25, 30), (30, 80, 220), (25, 155, 45)


@dataclass(frozen=True)
class Drawn:
    """A drawn frame."""

    index: int
    t_s: float
    image: np.ndarray


@dataclass(frozen=True)
class Square:
    """A rectangle on its way: `x`, `y` map the share of the clip that has passed (0 to 1) to world pixels."""

    x: Callable[[float], float]
    y: Callable[[float], float]
    width: int
    height: int
    rgb: tuple[int, int, int]


def draw(
    squares: list[Square], pan: Callable[[float], tuple[int, int]] | None = None
) -> tuple[list[Drawn], np.ndarray]:
    """Frames at the detector's size, and the truth (frames, squares, 4) in full-size pixels."""
    rng = np.random.default_rng(0)
    coarse = rng.normal(0, 20, (90, 160, 3)).astype(np.float32)
    ground = np.clip(130 + cv2.resize(coarse, (1280, 720), interpolation=cv2.INTER_CUBIC), 0, 255)
    frames, truth = [], []
    for i in range(FRAMES):
        u = i / (FRAMES - 1)
        dx, dy = pan(u) if pan else (0, 0)
        image = ground[100 + dy : 100 + dy + SIZE[1], 200 + dx : 200 + dx + SIZE[0]].copy()
        boxes = []
        for s in squares:
            x, y = round(s.x(u)) - dx, round(s.y(u)) - dy
            x1, y1, x2, y2 = max(x, 0), max(y, 0), min(x + s.width, SIZE[0]), min(y + s.height, SIZE[1])
            image[y1:y2, x1:x2] = s.rgb
            boxes.append((x1, y1, x2, y2))
        noisy = np.clip(image + rng.normal(0, 2, image.shape), 0, 255).astype(np.uint8)
        small = cv2.resize(noisy, (LONGER_SIDE, LONGER_SIDE * SIZE[1] // SIZE[0]), interpolation=cv2.INTER_AREA)
        frames.append(Drawn(i, i / 10, small))
        truth.append(boxes)
    return frames, np.array(truth, dtype=np.float64)


def best_overlaps(found: list[FrameBoxes], truth: np.ndarray) -> np.ndarray:
    """(frames, squares) overlap over union of each square with the nearest box."""
    result = np.zeros(truth.shape[:2])
    for i, frame in enumerate(found):
        for k, box in enumerate(truth[i]):
            size = np.clip(np.minimum(frame.xyxy[:, 2:], box[2:]) - np.maximum(frame.xyxy[:, :2], box[:2]), 0, None)
            shared = size.prod(axis=1)
            both = (frame.xyxy[:, 2:] - frame.xyxy[:, :2]).prod(axis=1) + (box[2:] - box[:2]).prod() - shared
            result[i, k] = (shared / both).max(initial=0.0)
    return result


def detect(frames: list[Drawn], **options: object) -> list[FrameBoxes]:
    return list(MotionDetector(DetectOptions(**options)).detect(frames, SIZE))  # type: ignore[arg-type]


def test_moving_squares_are_found_where_they_are() -> None:
    frames, truth = draw(
        [
            Square(lambda u: 40 + 480 * u, lambda u: 60, 40, 40, RED),
            Square(lambda u: 560 - 480 * u, lambda u: 250, 24, 60, BLUE),
        ]
    )
    found = detect(frames)
    assert [f.index for f in found] == list(range(FRAMES))
    assert best_overlaps(found, truth).mean() > 0.9
    assert all(len(f.xyxy) == 2 for f in found)
    assert {c for f in found for c in f.colours} == {"red", "blue"}
    assert all(0.3 <= s <= 0.95 for f in found for s in f.score)
    assert {n for f in found for n in f.names} == {"object"}


@pytest.mark.parametrize(
    "path",
    [
        lambda u: 40 + 300 * max(0.0, u - 0.6),  # rests, then leaves its place
        lambda u: 40 + 300 * min(u, 0.3),  # comes and rests
        lambda u: 40 + 110 * u,  # so slow that it covers its own traces
    ],
    ids=["rests_then_goes", "goes_then_rests", "slow"],
)
def test_an_object_that_rests_is_found_and_its_place_is_not(path: Callable[[float], float]) -> None:
    frames, truth = draw([Square(path, lambda u: 160, 40, 40, RED)])
    found = detect(frames)
    assert best_overlaps(found, truth).mean() > 0.85
    assert sum(len(f.xyxy) for f in found) <= FRAMES * 1.05


@pytest.mark.parametrize("other", [BLUE, RED], ids=["other_colour", "same_colour"])
def test_objects_that_pass_each_other_stay_apart(other: tuple[int, int, int]) -> None:
    frames, truth = draw(
        [
            Square(lambda u: 150 + 240 * u, lambda u: 150, 40, 40, RED),
            Square(lambda u: 390 - 240 * u, lambda u: 178, 40, 40, other),
        ]
    )
    found = detect(frames)
    overlaps = best_overlaps(found, truth)
    assert overlaps.mean() > 0.9
    assert (overlaps[:, 1] > 0.6).all()  # the one in front is never given a box over both
    assert all(np.ptp(f.xyxy[:, [0, 2]], axis=1).max(initial=0) < 50 for f in found)


def test_camera_motion_is_taken_out() -> None:
    def pan(u: float) -> tuple[int, int]:
        return round(240 * u), round(40 * u)

    def camera(times: np.ndarray) -> np.ndarray:
        maps = np.tile(np.eye(2, 3), (len(times), 1, 1))
        maps[:, :, 2] = [pan(t * 10 / (FRAMES - 1)) for t in times]
        return maps

    frames, truth = draw([Square(lambda u: 300 + 120 * u, lambda u: 160, 40, 40, GREEN)], pan)
    found = list(MotionDetector(DetectOptions()).detect(frames, SIZE, camera))
    assert best_overlaps(found, truth).mean() > 0.9
    assert sum(len(f.xyxy) for f in found) <= FRAMES * 1.05


def test_what_fills_the_frame_is_no_object() -> None:
    flood = Square(lambda u: 5 if 0.4 < u < 0.6 else 5000, lambda u: 5, SIZE[0] - 10, SIZE[1] - 10, RED)
    frames, _ = draw([flood])
    found = list(MotionDetector(DetectOptions()).detect(frames, SIZE))
    assert all(
        not len(f.xyxy) or (f.xyxy[:, 2:] - f.xyxy[:, :2]).prod(axis=1).max() < 0.8 * SIZE[0] * SIZE[1] for f in found
    )


def test_nothing_moves_nothing_is_found() -> None:
    frames, _ = draw([Square(lambda u: 300, lambda u: 160, 40, 40, RED)])
    assert all(len(f.xyxy) == 0 and f.xyxy.shape == (0, 4) for f in detect(frames))
    assert detect([]) == []


def test_other_classes_than_object_are_not_found() -> None:
    frames, _ = draw([Square(lambda u: 40 + 480 * u, lambda u: 60, 40, 40, RED)])
    assert all(len(f.xyxy) == 0 for f in detect(frames, classes=("person",)))


def test_small_objects_follow_the_setting() -> None:
    frames, _ = draw([Square(lambda u: 40 + 480 * u, lambda u: 60, 12, 12, RED)])
    assert sum(len(f.xyxy) for f in detect(frames)) >= FRAMES * 0.95
    assert sum(len(f.xyxy) for f in detect(frames, motion_min_area=0.01)) == 0


def test_same_frames_same_boxes() -> None:
    frames, _ = draw([Square(lambda u: 40 + 480 * u, lambda u: 60 + 100 * u, 40, 40, RED)])
    for a, b in zip(detect(frames), detect(frames), strict=True):
        np.testing.assert_array_equal(a.xyxy, b.xyxy)
        np.testing.assert_array_equal(a.score, b.score)
