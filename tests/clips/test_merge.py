"""Two measurements of the camera become one path."""

from __future__ import annotations

from dataclasses import asdict
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fm_assets.clips.camera import Step
from fm_assets.clips.merge import frame_of_reference, merged
from fm_assets.clips.transforms import cumulative, transform_at
from fm_assets.clips.verdict import unreliable_share
from fm_assets.settings import ClipsSettings

SIZE = (640, 360)


def moving(times: np.ndarray, speed: float, turn: float, bad: tuple[int, ...] = ()) -> list[dict]:
    """A camera of even speed (pixels/s) and turn (rad/s); of steps that are not reliable nothing is known."""
    rows = [asdict(Step(float(times[0]), reliable=True))]
    for k, (before, t_s) in enumerate(pairwise(times), start=1):
        rows.append(asdict(Step(float(t_s)) if k in bad else _even(float(t_s), float(t_s - before), speed, turn)))
    return rows


def _even(t_s: float, seconds: float, speed: float, turn: float) -> Step:
    rotation = np.exp(1j * turn * seconds)
    shift = speed * seconds if turn == 0 else speed / (1j * turn) * (rotation - 1)
    return Step(t_s, rotation.real, rotation.imag, np.real(shift), np.imag(shift), 100, 0.9, 0.05, True)


@given(
    st.integers(4, 20), st.floats(3, 30), st.floats(-50, 50), st.sampled_from([0.0, 0.3]), st.sets(st.integers(1, 12))
)
def test_measured_again_at_other_times_the_path_is_that_of_the_camera(
    count: int, fps: float, speed: float, turn: float, bad: set[int]
) -> None:
    times = np.arange(count) * 0.1
    first = moving(times, speed, turn, tuple(bad))
    again_times = np.unique(np.round(np.append(np.arange(0, times[-1], 1 / fps), times[-1]), 3))
    again = moving(again_times, speed, turn)
    spans = [(times[k - 1], times[k]) for k in bad if k < count]
    frames = [
        (float(t), step if k and any(b < t - 1e-9 and e > again_times[k - 1] + 1e-9 for b, e in spans) else None)
        for k, (t, step) in enumerate(zip(again_times, again, strict=True))
    ]
    camera = merged(first, frames)
    assert all(step["reliable"] for step in camera)
    stamps = [step["t_s"] for step in camera]
    assert stamps == sorted(stamps)
    truth = moving(times, speed, turn)
    assert cumulative(camera)[-1] == pytest.approx(cumulative(truth)[-1], abs=1e-6)
    known = np.array(stamps)
    if turn == 0:
        assert transform_at(camera, known) == pytest.approx(transform_at(truth, known), abs=1e-6)


def test_without_steps_measured_again_the_first_stands() -> None:
    first = moving(np.arange(5) * 0.1, 10.0, 0.0, (2,))
    assert merged(first, [(0.1 * k, None) for k in range(5)]) == first
    assert merged(first, []) == first
    assert merged([], [(0.0, None)]) == []


def test_a_step_that_is_still_not_reliable_is_no_motion() -> None:
    first = moving(np.arange(5) * 0.1, 10.0, 0.0, (2,))
    frames = [(0.1 * k, asdict(Step(0.1 * k)) if k == 2 else None) for k in range(5)]
    camera = merged(first, frames)
    assert [step["reliable"] for step in camera] == [True, True, False, True, True]
    assert unreliable_share([Step(**step) for step in camera]) == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("speed", "policy", "wanted"),
    [
        (100.0, "compensate", "stabilised"),
        (0.0, "compensate", "image"),
        (100.0, "drop", "image"),
        (900.0, "drop", "none"),
    ],
)
def test_reference_is_judged_anew(speed: float, policy: str, wanted: str) -> None:
    """A pan of 900 px/s is 1.2 diagonals/s, and must be dropped where moving cameras are."""
    times = np.arange(20) * 0.1
    first = moving(times, speed, 0.0, tuple(range(1, 10)))
    clip = {"frame_of_reference": "none", "camera": first, "width": SIZE[0], "height": SIZE[1]}
    chosen = ClipsSettings(camera_policy=policy)  # type: ignore[arg-type]
    assert frame_of_reference(clip, first, chosen) == "none"
    again = moving(times, speed, 0.0)
    camera = merged(
        first,
        [(float(t), step if k in range(1, 10) else None) for k, (t, step) in enumerate(zip(times, again, strict=True))],
    )
    assert frame_of_reference(clip, camera, chosen) == wanted
    assert frame_of_reference({**clip, "frame_of_reference": "image"}, camera, chosen) == "image"
