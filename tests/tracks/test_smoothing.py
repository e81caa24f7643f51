"""Smoothing of boxes: what must stay, and what must go."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fm_assets.tracks.smoothing import SmoothingOptions, centre_noise, smooth

SIZE = (640, 360)
METHODS = ("rts", "savgol")


def boxes_along(x: np.ndarray, y: np.ndarray, width: float = 40, height: float = 60) -> np.ndarray:
    return np.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2], axis=1)


def smoothed(t: np.ndarray, xyxy: np.ndarray, method: str, observed: np.ndarray | None = None) -> np.ndarray:
    seen = np.ones(len(t), bool) if observed is None else observed
    return smooth(t, xyxy, seen, SIZE, SmoothingOptions(method), 0.3)  # type: ignore[arg-type]


@pytest.mark.parametrize("method", METHODS)
@given(st.floats(-60, 60), st.floats(-30, 30), st.integers(3, 40))
@settings(max_examples=40, deadline=None)
def test_a_straight_line_stays(method: str, vx: float, vy: float, count: int) -> None:
    t = np.arange(count) / 10
    xyxy = boxes_along(300 + vx * t, 180 + vy * t)
    np.testing.assert_allclose(smoothed(t, xyxy, method), xyxy, atol=0.02)


@pytest.mark.parametrize("method", METHODS)
def test_noise_is_halved_on_a_circle_and_the_circle_is_kept(method: str) -> None:
    rng = np.random.default_rng(5)
    t = np.arange(60) / 10
    true = boxes_along(320 + 100 * np.cos(2 * t), 180 + 100 * np.sin(2 * t))
    seen = true + rng.normal(0, 1.5, true.shape)
    left = smoothed(t, seen, method) - true
    assert left.std() < 0.75 * 1.5
    assert abs(left.mean()) < 0.3


@pytest.mark.parametrize("method", METHODS)
def test_parts_on_both_sides_of_a_long_gap_know_nothing_of_each_other(method: str) -> None:
    t = np.concatenate([np.arange(10) / 10, 3 + np.arange(10) / 10])
    xyxy = boxes_along(np.where(t < 2, 100 + 20 * t, 500 - 20 * t), np.full(20, 180.0))
    np.testing.assert_allclose(smoothed(t, xyxy, method), xyxy, atol=0.02)


def test_a_box_that_was_not_seen_does_not_pull() -> None:
    t = np.arange(21) / 10
    xyxy = boxes_along(100 + 50 * t, np.full(21, 180.0))
    observed = np.ones(21, bool)
    observed[10] = False
    wrong = xyxy.copy()
    wrong[10] += 30
    np.testing.assert_allclose(smoothed(t, wrong, "rts", observed)[10], xyxy[10], atol=0.1)


@pytest.mark.parametrize("method", METHODS)
def test_edges_that_the_frame_cuts_stay_cut(method: str) -> None:
    t = np.arange(20) / 10
    xyxy = np.clip(boxes_along(60 - 60 * t, np.full(20, 180.0)), 0, [*SIZE, *SIZE])
    found = smoothed(t[:12], xyxy[:12], method)
    assert (found[xyxy[:12, 0] == 0, 0] == 0).all()
    assert (found >= 0).all() and (found[:, 2] > found[:, 0]).all()


def test_the_residual_tells_the_noise() -> None:
    rng = np.random.default_rng(1)
    t = np.arange(200) / 10
    true = boxes_along(100 + 2 * t, np.full(200, 180.0))
    seen = true + np.tile(rng.normal(0, 2.0, (200, 2)), 2)  # the whole box trembles
    found = centre_noise(seen, smoothed(t, seen, "rts"), np.ones(200, bool))
    assert 1.2 < found < 2.2
