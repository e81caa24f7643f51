"""The measuring of the camera's quality, in small: the goals hold, and GMC is behind where something moves."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from fm_assets.clips.camera import Step
from fm_assets.clips.verdict import camera_score
from fm_assets.evaluation.camera_quality import error_table, transform_errors, verdict_table, verdicts
from fm_assets.scenes.foreground import covered, render_covered
from fm_assets.settings import ClipsSettings


def test_goals_hold_and_gmc_is_behind(tmp_path: Path) -> None:
    rows = transform_errors(tmp_path, 1, frames=5, shares=(0.3, 0.5), pans_px=(20.0,), gmc=("orb",))
    assert [(row.layout, row.foreground, row.steps) for row in rows] == [
        ("one", 0.3, 4), ("one", 0.5, 4), ("many", 0.3, 4), ("many", 0.5, 4),
    ]  # fmt: skip
    for row in rows:
        assert row.masked_unreliable == row.masked_wrong == 0
        assert row.masked_error_px < row.gmc_error_px["orb"]
        assert row.masked_error_px <= (0.1 if row.foreground <= 0.3 else 0.2)
        if row.foreground <= 0.3:
            assert row.wrong == 0 and row.error_px <= 0.1
    assert error_table(rows).count("\n") == 5


def test_verdicts_are_right() -> None:
    rows = verdicts(4)
    assert [(row.camera, row.scenes, row.right) for row in rows] == [
        ("static", 1, 1), ("pan", 1, 1), ("zoom", 1, 1), ("shake", 1, 1),
    ]  # fmt: skip
    assert verdict_table(rows).splitlines()[-1] == "| all | 4 | 100.0% |"


def test_foreground_covers_what_it_says_and_is_the_same_twice() -> None:
    for layout in ("one", "many"):
        scene = covered(3, share=0.3, pan_px=5.0, frames=3, layout=layout)
        boxes = scene.boxes(1)
        assert np.prod(boxes[:, 2:] - boxes[:, :2], axis=1).sum() / (640 * 360) == pytest.approx(0.3, abs=0.08)
        assert np.hypot(*scene.steps()[1][:, 2]) == pytest.approx(5.0)
        one, two = (list(render_covered(scene)) for _ in range(2))
        assert np.array_equal(one, two)


@pytest.mark.parametrize(("pan_px", "turn_deg"), [(12.0, 0.0), (0.0, 2.0)])
def test_score_in_closed_form(pan_px: float, turn_deg: float) -> None:
    """A pan of p px per 0.1 s is 10 p / diagonal; a roll of d degrees about the middle is 10 d in radians."""
    size, turn = (640, 360), math.radians(turn_deg)
    a, b = math.cos(turn), math.sin(turn)
    shift = (320 - a * 320 + b * 180 + pan_px, 180 - b * 320 - a * 180)
    steps = [Step(0.1 * k, a, b, *shift, reliable=True) for k in range(6)]
    chosen = ClipsSettings(weight_mean_dt=1, weight_mean_dr=10, weight_max_dt=100, weight_max_dr=1000)
    score = camera_score(steps, size, chosen)
    dt, dr = 10 * pan_px / math.hypot(*size), 10 * turn
    assert (score.mean_dt, score.max_dt) == pytest.approx((dt, dt))
    assert (score.mean_dr, score.max_dr) == pytest.approx((dr, dr))
    assert score.score == pytest.approx(101 * dt + 1010 * dr)
