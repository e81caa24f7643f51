"""Keypoints for the people that another detector found: a second network looks at the same frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np

from fm_resources.detector.agreement import iou
from fm_resources.detector.base import (
    KEYPOINTS,
    CameraPath,
    DetectOptions,
    Detector,
    DetectorError,
    DetectorSpec,
    FrameBoxes,
    FrameLike,
)
from fm_resources.detector.prefetch import Prefetch
from fm_resources.detector.yolo import YoloDetector

#: A body belongs to the box that it overlaps most, and at least this much.
SAME_BODY_IOU = 0.5
#: Class whose boxes get keypoints.
PERSON = "person"
#: Frames that both networks look at before they go on: they are decoded once and held that long.
HELD = 16


class WithKeypoints:
    """A detector whose people get the keypoints that pose weights see.

    Args:
        detector: Finds the boxes.
        pose: Pose weights with the 17 keypoints of COCO.
        options: What is asked of the detector; of the pose weights only the least score is.
        home: FM_HOME.

    Raises:
        DetectorError: The pose weights cannot be used, or are of another task.
    """

    def __init__(self, detector: Detector, pose: DetectorSpec, options: DetectOptions, home: Path) -> None:
        self._detector = detector
        self._pose = YoloDetector(pose, replace(options, classes=(), class_scores={}, prompts=()), home)
        if self._pose.task != "pose":
            raise DetectorError(
                f"detector.pose_weights: {pose.name} does {self._pose.task!r}; give pose weights, e.g. yolo11n-pose.pt"
            )

    @property
    def longer_side(self) -> int:
        """See `Detector.longer_side`."""
        return max(self._detector.longer_side, self._pose.longer_side)

    @property
    def bitexact(self) -> bool:
        """See `Detector.bitexact`."""
        return self._detector.bitexact

    @property
    def timing(self) -> dict[str, float]:
        """See `Detector.timing`; those of the pose weights are named apart."""
        return {**self._detector.timing, **{f"pose_{name}": spent for name, spent in self._pose.timing.items()}}

    def detect(
        self, frames: Iterable[FrameLike], size: tuple[int, int], camera: CameraPath | None = None
    ) -> Iterator[FrameBoxes]:
        """See `Detector.detect`."""
        with Prefetch(lambda: _parts(frames), depth=1) as parts:
            for part in parts:
                boxes = self._detector.detect(part, size, camera)
                for found, bodies in zip(boxes, self._pose.detect(part, size), strict=True):
                    yield with_keypoints(found, bodies)


def with_keypoints(found: FrameBoxes, bodies: FrameBoxes) -> FrameBoxes:
    """The boxes with the keypoints of the bodies that they overlap most, each body given once, the best overlap first.

    Args:
        found: Boxes; those that are no people, or have keypoints of their own, stay as they are.
        bodies: What the pose weights found in the same frame.
    """
    people = np.array([name == PERSON for name in found.names], dtype=bool)
    if found.keypoints is not None or bodies.keypoints is None or not people.any():
        return found
    points = np.zeros((len(people), KEYPOINTS, 3))
    overlap = np.where(people[:, None], iou(found.xyxy[:, None], bodies.xyxy[None]), 0.0)
    while overlap.size and overlap.max() >= SAME_BODY_IOU:
        one, other = np.unravel_index(int(overlap.argmax()), overlap.shape)
        points[one] = bodies.keypoints[other]
        overlap[one], overlap[:, other] = 0.0, 0.0
    return replace(found, keypoints=points)


def _parts(frames: Iterable[FrameLike]) -> Iterator[list[FrameLike]]:
    stream = iter(frames)
    while part := list(islice(stream, HELD)):
        yield part
