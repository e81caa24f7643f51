"""Boxes, keypoints and masks as plain arrays."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fm_resources.detector.outputs import best_boxes, keypoints_of, mask_shapes


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    boxes=st.integers(0, 600),
    kinds=st.integers(1, 12),
    ties=st.booleans(),
    some=st.booleans(),
    most=st.integers(1, 120),
)
def test_the_best_boxes_are_those_that_the_library_keeps(
    seed: int, boxes: int, kinds: int, ties: bool, some: bool, most: int
) -> None:
    """To the last bit and in the same order, also where scores are equal."""
    import torch
    from ultralytics.utils.nms import non_max_suppression

    random = np.random.default_rng(seed)
    scores = random.random((kinds, boxes)) ** 4
    answer = np.concatenate(
        [random.uniform(0, 640, (2, boxes)), random.uniform(1, 300, (2, boxes)), scores.round(1) if ties else scores]
    ).astype(np.float32)
    classes = sorted({int(c) for c in random.integers(0, kinds, 3)}) if some else None
    ours = best_boxes(answer, answer[4:].max(axis=0), 0.1, 0.7, most, classes)
    import torchvision  # noqa: F401 (where it is imported, the library suppresses with it)

    (theirs,) = non_max_suppression(torch.from_numpy(answer[None]), 0.1, 0.7, classes, max_det=most)
    np.testing.assert_array_equal(ours, theirs.numpy())


@pytest.mark.parametrize("angle", [0, 30, 90, 120, 179])
def test_an_ellipse_has_its_area_direction_and_elongation(angle: float) -> None:
    mask = np.zeros((400, 400), np.uint8)
    # OpenCV turns clockwise on the screen, y down
    cv2.ellipse(mask, (200, 190), (120, 40), -angle, 0, 360, 1, -1)
    area, direction, elongation = mask_shapes(mask[None].astype(bool), 4.0)[0]
    assert area == pytest.approx(4 * np.pi * 120 * 40, rel=0.02)
    assert abs((direction - angle + 90) % 180 - 90) < 1
    assert elongation == pytest.approx(3.0, rel=0.02)


def test_a_square_is_not_elongated_and_nothing_has_no_area() -> None:
    masks = np.zeros((2, 50, 50), bool)
    masks[0, 10:30, 5:25] = True
    (area, _, elongation), empty = mask_shapes(masks, 1.0)
    assert (area, elongation) == (400, pytest.approx(1.0))
    assert empty.tolist() == [0, 0, 1]


def test_keypoints_are_scaled_and_those_outside_count_nothing() -> None:
    data = np.tile(np.array([10.0, 20.0, 0.9]), (1, 17, 1))
    data[0, 3] = 700, 20, 0.9
    points = keypoints_of(data, np.array([2.0, 2.0]), (1280, 720))
    assert points is not None
    assert points[0, 0].tolist() == [20, 40, 0.9]
    assert points[0, 3].tolist() == [1280, 40, 0]
    assert keypoints_of(data[:, :5], np.array([1.0, 1.0]), (100, 100)) is None
