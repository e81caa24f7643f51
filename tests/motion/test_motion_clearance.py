"""Ways that keep clear of each other: stated only where no two boxes of both come near, at whatever times."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from motion_paths import CLIP, sample_times, table, track_row

from fm_assets.captions.clipfacts import clips
from fm_assets.captions.parser import judge
from fm_assets.motion.claims import Claim, FactIndex, Verdict, verify
from fm_assets.motion.facts import Analysis, analyse
from fm_assets.scenes.trajectories import Arc, Oscillation, Straight, Trajectory
from fm_assets.settings import MotionSettings

pytestmark = pytest.mark.filterwarnings("error")
A, B = f"{CLIP}.t0", f"{CLIP}.t1"
SECONDS, SIZE = 6.0, 0.1
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
points = st.tuples(st.floats(0.15, 1.6), st.floats(0.15, 0.85))
paths = st.one_of(
    st.builds(Straight, points, points),
    st.builds(Oscillation, points, points, st.integers(1, 3)),
    st.builds(Arc, points, st.floats(0.05, 0.3), st.floats(0, 360), st.sampled_from([-180.0, 90.0, 300.0])),
)


def seen(*ways: Trajectory, fps: float = 10.0, noise_px: float = 1.0, **changed: object) -> Analysis:
    """What is found of two on these ways; `changed` is of the second track's row."""
    t, rng = sample_times(SECONDS, fps), np.random.default_rng(7)
    rows = [
        track_row(
            t, way.position(t / t[-1]), number=i, colour=("red", "blue")[i], noise_px=noise_px, rng=rng, cut=False
        )
        for i, way in enumerate(ways)
    ]
    return analyse(table(rows[0], rows[1] | changed), MotionSettings())


def stated(analysis: Analysis) -> list[dict]:
    return [f for f in analysis.facts.to_pylist() if f["kind"] == "clearance" and f["margin"] >= 1.5]


def least_gap(*ways: Trajectory) -> float:
    """Least distance of the boxes of both ways, whenever each is there, from a hundred places per second."""
    first, second = (way.position(np.linspace(0, 1, round(100 * SECONDS))) for way in ways)
    apart = np.maximum(np.abs(first[:, None] - second[None]) - SIZE, 0.0)
    return float(np.hypot(apart[..., 0], apart[..., 1]).min())


@QUICK
@given(paths, paths, st.sampled_from([0.0, 1.0, 3.0]), st.sampled_from([4.0, 10.0]))
def test_what_is_called_apart_never_comes_near(one: Trajectory, other: Trajectory, noise_px: float, fps: float) -> None:
    for fact in stated(seen(one, other, fps=fps, noise_px=noise_px)):
        assert fact["value"] == "apart"
        assert least_gap(one, other) > 0.02
        assert fact["number"] <= least_gap(one, other) + 4 * noise_px / 720


def test_lanes_and_diagonals_are_apart_and_crossing_ways_are_not() -> None:
    lane, below = Straight((0.2, 0.3), (1.4, 0.3)), Straight((1.4, 0.6), (0.2, 0.6))
    rising, beside = Straight((0.2, 0.9), (0.9, 0.2)), Straight((0.6, 0.95), (1.3, 0.25))
    assert [f["number"] for f in stated(seen(lane, below, noise_px=0.0))] == [pytest.approx(0.2, abs=0.01)]
    assert len(stated(seen(rising, beside))) == 1  # the boxes about both ways overlap, the octagons do not
    analysis = seen(lane, Straight((0.8, 0.1), (0.8, 0.9)))
    assert not stated(analysis) and analysis.abstentions["clearance", "their ways come near each other"] == 1


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"frame_of_reference": "stabilised"}, "the camera moves"),
        ({"frame_of_reference": "none"}, "the camera moves"),
        ({"clip_s": 12.0}, "a beginning or end was not seen"),  # it is lost in the middle of the frame and of the clip
    ],
)
def test_nothing_is_said_of_what_was_not_seen(changed: dict, reason: str) -> None:
    lane, below = Straight((0.2, 0.3), (1.4, 0.3)), Straight((1.4, 0.6), (0.2, 0.6))
    analysis = seen(lane, below, **changed)
    assert not stated(analysis) and analysis.abstentions["clearance", reason] == 1


def test_nothing_is_said_across_a_hole() -> None:
    t = sample_times(SECONDS, 10)
    rows = [
        track_row(t, Straight((0.2, y), (1.4, y)).position(t / t[-1]), number=i, keep=(t < 2) | (t > 3) if i else None)
        for i, y in enumerate((0.3, 0.6))
    ]
    analysis = analyse(table(*rows), MotionSettings())
    assert not stated(analysis) and analysis.abstentions["clearance", "hole in the track"] == 1


def test_the_verifier_and_the_reader_refute_meetings_by_it() -> None:
    analysis = seen(Straight((0.2, 0.3), (1.4, 0.3)), Straight((1.4, 0.6), (0.2, 0.6)))
    index, (fact,) = FactIndex(analysis.facts), stated(analysis)
    for kind, value in (("contact", "touching"), ("cross", "crosses")):
        for subject, other in ((A, B), (B, A)):
            judgement = verify(Claim(kind, subject, value, other), index)
            assert judgement.verdict is Verdict.CONTRADICTED and judgement.fact_ids == (fact["fact_id"],)
    assert verify(Claim("pass", A, "passes", B), index).verdict is Verdict.UNVERIFIABLE  # one may pass at a distance
    assert verify(Claim("clearance", B, "apart", A), index).verdict is Verdict.VERIFIED
    clip = next(clips(analysis.facts, 1.5))
    assert judge("The red ball touches the blue ball.", clip, index).verdict == "contradicted"
    assert judge("The red ball does not touch the blue ball.", clip, index).verdict == "verified"
