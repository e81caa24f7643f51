"""Facts about two that move: contact, follow, pass, cross, co-movement, and what the verifier makes of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from motion_paths import CLIP, sample_times, table, track_row

from fm_assets.motion.claims import Claim, FactIndex, Verdict, verify
from fm_assets.motion.encounters import KINDS
from fm_assets.motion.facts import Analysis, analyse
from fm_assets.settings import MotionSettings

pytestmark = pytest.mark.filterwarnings("error")
QUICK = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
T = sample_times(8, 10)
A, B = f"{CLIP}.t0", f"{CLIP}.t1"
Point = tuple[float, float]

#: Start and end of two paths, and the facts that they show: (kind, value).
CASES: dict[str, tuple[tuple[Point, Point], tuple[Point, Point], set[tuple[str, str]]]] = {
    "follow": (((0.2, 0.5), (1.1, 0.5)), ((0.45, 0.52), (1.35, 0.52)), {("follow", "follows"), ("co_movement", "together")}),
    "lead": (((0.6, 0.3), (0.6, 0.8)), ((0.6, 0.08), (0.6, 0.58)), {("follow", "leads"), ("co_movement", "together")}),
    "pass": (((0.15, 0.5), (1.5, 0.5)), ((0.5, 0.56), (1.1, 0.56)), {("pass", "passes"), ("co_movement", "together")}),
    "head_on": (((0.2, 0.5), (1.4, 0.5)), ((1.4, 0.52), (0.2, 0.52)), {("cross", "crosses"), ("co_movement", "opposite")}),
    "paths": (((0.2, 0.5), (1.4, 0.5)), ((0.8, 0.15), (0.8, 0.85)), {("cross", "crosses")}),
    "parallel": (((0.2, 0.3), (1.3, 0.3)), ((0.2, 0.6), (1.3, 0.6)), {("co_movement", "together")}),
    "carry": (((0.2, 0.5), (1.3, 0.3)), ((0.23, 0.53), (1.33, 0.33)), {("contact", "touching"), ("co_movement", "together")}),
    "part": (((0.8, 0.5), (0.2, 0.5)), ((0.9, 0.5), (1.4, 0.5)), {("co_movement", "opposite")}),
    "still": (((0.2, 0.5), (1.4, 0.5)), ((0.8, 0.55), (0.8, 0.55)), set()),
}  # fmt: skip


def line(start: Point, end: Point, t: np.ndarray = T) -> np.ndarray:
    return np.array(start) + (np.array(end) - start) * (t / t[-1])[:, None]


def seen(
    name: str, *, fps: float = 10, noise_px: float = 0.0, mirror: bool = False, back: bool = False,
    shift: Point = (0.0, 0.0), scale: float = 1.0, swap: bool = False, height: int = 720,
) -> Analysis:  # fmt: skip
    """What is found of a case, changed as said."""
    t = sample_times(8, fps)
    rng = np.random.default_rng(3)
    rows = []
    for i, ends in enumerate(CASES[name][:2][:: -1 if swap else 1]):
        path = ((line(*ends, t) - 0.5) * scale + 0.5) + shift
        path = path[::-1] if back else path
        path = [16 / 9, 0] + path * [-1, 1] if mirror else path
        colour = ("red", "blue")[i]
        rows.append(
            track_row(
                t,
                path,
                number=i,
                colour=colour,
                size=0.1 * scale,
                noise_px=noise_px,
                rng=rng,
                height=height,
                width=height * 16 // 9,
                cut=False,
            )
        )
    return analyse(table(*rows), MotionSettings())


def usable(analysis: Analysis, min_margin: float = 1.5) -> set[tuple[str, str]]:
    found = [f for f in analysis.facts.to_pylist() if f["kind"] in KINDS and f["margin"] >= min_margin]
    assert all((f["subject_track_id"], f["object_track_id"]) == (A, B) for f in found)
    return {(f["kind"], f["value"]) for f in found}


REVERSED = {"follows": "leads", "leads": "follows"}
INVERSE = {**REVERSED, "passes": "passed_by", "passed_by": "passes"}


def said(expected: set[tuple[str, str]], words: dict[str, str]) -> set[tuple[str, str]]:
    return {(kind, words.get(value, value)) for kind, value in expected}


@pytest.mark.parametrize("noise_px", [0.0, 1.0])
@pytest.mark.parametrize("name", CASES)
def test_what_two_paths_show(name: str, noise_px: float) -> None:
    assert usable(seen(name, noise_px=noise_px)) == CASES[name][2]


def test_every_pair_is_accounted_for() -> None:
    for name in CASES:
        analysis = seen(name)
        for kind in KINDS:
            stated = analysis.facts.column("kind").to_pylist().count(kind)
            assert stated + sum(n for (k, _), n in analysis.abstentions.items() if k == kind) == 1, (name, kind)


@QUICK
@given(st.sampled_from(list(CASES)), st.floats(-0.05, 0.05), st.floats(-0.05, 0.05))
def test_translation(name: str, dx: float, dy: float) -> None:
    assert usable(seen(name, shift=(dx, dy))) == CASES[name][2]


@QUICK
@given(st.sampled_from(list(CASES)), st.floats(0.6, 1.4))
def test_uniform_scaling(name: str, scale: float) -> None:
    assert usable(seen(name, scale=scale)) == CASES[name][2]


@QUICK
@given(st.sampled_from(list(CASES)), st.sampled_from([15.0, 25.0, 30.0]), st.sampled_from([360, 1080]))
def test_frame_rate_and_size_of_the_frame(name: str, fps: float, height: int) -> None:
    assert usable(seen(name, fps=fps, height=height)) == CASES[name][2]


@pytest.mark.parametrize("name", CASES)
def test_mirrored_reversed_and_told_from_the_other_side(name: str) -> None:
    expected = CASES[name][2]
    assert usable(seen(name, mirror=True)) == expected
    assert usable(seen(name, swap=True)) == said(expected, INVERSE)
    # backwards in time the follower leads, and who passed falls behind: it passes the other way round
    assert usable(seen(name, back=True)) == said(expected, REVERSED)


def test_a_way_that_is_passed_backwards_is_passed_by_the_same() -> None:
    forward, backward = (
        next(f for f in seen("pass", back=back).facts.to_pylist() if f["kind"] == "pass") for back in (False, True)
    )
    assert forward["number"] + backward["number"] == pytest.approx(T[-1], abs=0.25)


def judged(name: str, kind: str, value: str, subject: str = A, other: str = B) -> Verdict:
    return verify(Claim(kind, subject, value, other), FactIndex(seen(name).facts)).verdict


def test_the_verifier() -> None:
    assert judged("follow", "follow", "follows") is Verdict.VERIFIED
    assert judged("follow", "follow", "leads", B, A) is Verdict.VERIFIED
    assert judged("follow", "follow", "leads") is Verdict.CONTRADICTED
    assert judged("pass", "pass", "passed_by") is Verdict.CONTRADICTED
    assert judged("head_on", "cross", "crosses", B, A) is Verdict.VERIFIED
    assert judged("part", "co_movement", "together") is Verdict.CONTRADICTED
    assert judged("carry", "contact", "touching", B, A) is Verdict.VERIFIED
    assert judged("parallel", "contact", "touching") is Verdict.CONTRADICTED
    assert judged("parallel", "cross", "crosses", B, A) is Verdict.CONTRADICTED
    assert judged("pass", "contact", "touching") is Verdict.UNVERIFIABLE
    assert judged("parallel", "pass", "passes") is Verdict.UNVERIFIABLE


def test_what_rests_follows_nothing_but_may_be_passed() -> None:
    for kind, value in (("follow", "follows"), ("follow", "leads"), ("co_movement", "together"), ("pass", "passed_by")):
        assert judged("still", kind, value) is Verdict.CONTRADICTED, (kind, value)
    assert judged("still", "pass", "passes") is Verdict.UNVERIFIABLE
    assert judged("still", "cross", "crosses") is Verdict.UNVERIFIABLE
    assert judged("still", "contact", "touching") is Verdict.UNVERIFIABLE


def test_contacts_of_a_hand_come_from_its_track() -> None:
    touch = {"track_id": B, "start_s": 1.0, "end_s": 3.0, "samples": 21}
    brief = {"track_id": B, "start_s": 5.0, "end_s": 5.2, "samples": 3}
    person = track_row(T, line((0.3, 0.5), (1.4, 0.5)), number=5, class_name="person", size=0.4)
    hand = track_row(T, line((0.2, 0.5), (1.3, 0.3)), class_name="left hand")
    hand |= {"parent_track_id": f"{CLIP}.t5", "side": "left", "contacts": [touch, brief]}
    thing = track_row(T, line((0.23, 0.53), (1.33, 0.33)), number=1, colour="blue")
    analysis = analyse(table(hand, thing, person), MotionSettings())
    facts = analysis.facts.to_pylist()
    assert analysis.abstentions["contact", "a hand's own track says what it touches"] == 1
    found = [(f["t0"], f["t1"], f["margin"]) for f in facts if f["kind"] == "contact" and f["subject_track_id"] == A]
    assert found == [(1.0, 3.0, pytest.approx(18.0)), (5.0, 5.2, 0.0)]
