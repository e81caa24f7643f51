"""The camera's path from its steps: laws of composition and interpolation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fm_assets.clips.transforms import apply, camera_path, cumulative, steps, stray_px, transform_at

number = st.floats(-20, 20).map(lambda v: round(v, 3))


@st.composite
def cameras(draw: st.DrawFn) -> list[dict]:
    count = draw(st.integers(1, 12))
    gaps = draw(st.lists(st.floats(0.02, 0.5), min_size=count, max_size=count))
    rows = []
    for i, t_s in enumerate(np.cumsum(gaps)):
        zoom, turn = draw(st.floats(0.9, 1.1)), draw(st.floats(-0.2, 0.2))
        moved = {"a": zoom * np.cos(turn), "b": zoom * np.sin(turn), "tx": draw(number), "ty": draw(number)}
        rows.append({"t_s": float(t_s), **(moved if i else {"a": 1.0, "b": 0.0, "tx": 0.0, "ty": 0.0})})
    return rows


@given(cameras(), st.tuples(number, number))
def test_a_point_of_the_world_keeps_its_place(camera: list[dict], point: tuple[float, float]) -> None:
    """A point carried through all steps is taken back to where it was in the first frame."""
    seen, at = [np.array(point)], np.array(point)
    for step in steps(camera)[1:]:
        at = apply(step, at)
        seen.append(at)
    stabilised = apply(cumulative(camera), np.array(seen))
    assert stabilised == pytest.approx(np.tile(point, (len(camera), 1)), abs=1e-6)


@given(cameras())
def test_interpolation_meets_the_samples_and_stays_between_them(camera: list[dict]) -> None:
    times = np.array([row["t_s"] for row in camera])
    path = cumulative(camera)
    assert transform_at(camera, times) == pytest.approx(path, abs=1e-9)
    middles = transform_at(camera, (times[1:] + times[:-1]) / 2)
    assert middles == pytest.approx((path[1:] + path[:-1]) / 2, abs=1e-9)
    outside = camera_path(camera)(np.array([times[0] - 5, times[-1] + 5]))
    assert outside == pytest.approx(path[[0, -1]], abs=1e-9)


def test_no_camera_stands_still() -> None:
    assert np.array_equal(transform_at([], np.array([0.0, 3.0])), np.tile([[1.0, 0, 0], [0, 1, 0]], (2, 1, 1)))
    assert stray_px(np.zeros((0, 2, 3)), 640, 360) == 0.0


def test_stray_is_the_largest_way_of_a_corner() -> None:
    camera = [{"t_s": 0.1 * k, "a": 1.0, "b": 0.0, "tx": 3.0 if k else 0.0, "ty": -4.0 if k else 0.0} for k in range(4)]
    assert stray_px(cumulative(camera), 640, 360) == pytest.approx(15.0)
