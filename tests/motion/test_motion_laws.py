"""Laws of the calculus: what happens to the facts when the clip is moved, mirrored, reversed, scaled, resampled."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from motion_paths import CLIP, sample_times, table, track_row

from fm_assets.motion.facts import analyse
from fm_assets.scenes.trajectories import Arc, Oscillation, StopAndGo, Straight, Trajectory
from fm_assets.settings import MotionSettings

QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
SECONDS = 6.0
TURNS = {"left_turns": "right_turns", "right_turns": "left_turns"}
MIRROR = {
    "left": "right", "right": "left", "upper-left": "upper-right", "upper-right": "upper-left",
    "lower-left": "lower-right", "lower-right": "lower-left", "left_of": "right_of", "right_of": "left_of",
}  # fmt: skip
REVERSAL = {
    "right": "left", "left": "right", "up": "down", "down": "up", "upper-right": "lower-left",
    "lower-left": "upper-right", "upper-left": "lower-right", "lower-right": "upper-left",
    "accelerating": "decelerating", "decelerating": "accelerating", "grows": "shrinks", "shrinks": "grows",
    "approach": "recede", "recede": "approach",
}  # fmt: skip


@st.composite
def paths(draw: st.DrawFn) -> Trajectory:
    """A path around the middle of the frame."""
    angle = np.radians(draw(st.floats(0, 360)))
    middle = np.array([draw(st.floats(0.7, 1.05)), draw(st.floats(0.47, 0.53))])
    half = np.array([np.cos(angle), np.sin(angle)]) * draw(st.floats(0.12, 0.3))
    ends = tuple(middle - half), tuple(middle + half)
    kind = draw(st.sampled_from(["straight", "arc", "swing", "stops"]))
    if kind == "straight":
        return Straight(*ends, draw(st.sampled_from([1.0, 4.0, 0.25])))
    if kind == "arc":
        turn = draw(st.sampled_from([-1, 1])) * draw(st.floats(80, 500))
        return Arc(tuple(middle), draw(st.floats(0.12, 0.3)), float(np.degrees(angle)), turn)
    if kind == "swing":
        return Oscillation(*ends, draw(st.integers(1, 4)))
    return StopAndGo(*ends, ((0.4, 0.55),))


def facts(*rows: dict) -> dict[tuple, list[dict]]:
    """Usable facts by kind, subject and object."""
    found = defaultdict(list)
    for fact in analyse(table(*rows), MotionSettings()).facts.to_pylist():
        found[fact["kind"], fact["subject_track_id"], fact["object_track_id"]].append(fact)
    return found


def assert_same(one: dict, other: dict, kinds: tuple[str, ...], translate: dict[str, str], scale: float = 1.0) -> None:
    """Every fact of `one` with margin 2 is in `other`, with the translated value or the scaled quantity.

    Where left becomes right (`translate` says so), turns to the left are looked for among those to the right.
    """
    for key, stated in one.items():
        if key[0] not in kinds:
            continue
        if translate.get("left") == "right":
            key = (TURNS.get(key[0], key[0]), *key[1:])
        for fact in stated:
            if fact["margin"] < 2:
                continue
            mates = other.get(key, [])
            if (fact["unit"].startswith("frame heights") and key[0] != "moving") or fact["kind"] == "repetition_period":
                number = fact["number"] * (scale if fact["unit"].startswith("frame heights") else 1.0)
                close = [m["number"] == pytest.approx(number, rel=0.05, abs=0.004) for m in mates]
                assert any(close), (key, fact, mates)
            else:
                value = translate.get(fact["value"], fact["value"])
                assert value in [m["value"] for m in mates], (key, fact, mates)


KINDS = (
    "moving",
    "direction",
    "displacement",
    "path_length",
    "speed",
    "peak_speed",
    "acceleration",
    "trajectory_shape",
    "repetition_count",
    "repetition_period",
    "left_turns",
    "right_turns",
    "turn",
    "scale_change",
)


def two(
    path: Trajectory,
    fps: float = 10,
    width: int = 1280,
    height: int = 720,
    shift: tuple[float, float] = (0, 0),
    mirror: bool = False,
    back: bool = False,
) -> list[dict]:
    """The path's track and a still one beside it."""
    t = sample_times(SECONDS + 1 / fps, fps)
    points = path.position(t / SECONDS) + shift
    if back:
        points = points[::-1]
    still = np.tile(np.array([[0.12, 0.12]]) + shift, (len(t), 1))
    if mirror:
        points, still = [width / height, 0] + points * [-1, 1], [width / height, 0] + still * [-1, 1]
    common = {"width": width, "height": height, "clip_s": SECONDS + 1 / fps}
    return [
        track_row(t, points, number=0, **common),
        track_row(t, still, number=1, colour="blue", class_name="box", **common),
    ]


@QUICK
@given(paths(), st.floats(-0.05, 0.05), st.floats(-0.05, 0.05))
def test_translation_changes_no_motion(path: Trajectory, dx: float, dy: float) -> None:
    one, other = facts(*two(path)), facts(*two(path, shift=(dx, dy)))
    assert_same(one, other, (*KINDS, "distance_change", "relative_position"), {})


@QUICK
@given(paths())
def test_a_mirrored_clip_says_left_for_right(path: Trajectory) -> None:
    one, other = facts(*two(path)), facts(*two(path, mirror=True))
    assert_same(one, other, (*KINDS, "distance_change", "relative_position"), MIRROR)


@QUICK
@given(paths())
def test_a_reversed_clip_goes_the_other_way(path: Trajectory) -> None:
    one, other = facts(*two(path)), facts(*two(path, back=True))
    kinds = tuple(k for k in KINDS if k != "turn")
    assert_same(one, other, (*kinds, "distance_change"), REVERSAL)  # turns: what is left forwards is right backwards
    assert_same(one, other, ("turn",), {"left": "right", "right": "left"})


@QUICK
@given(paths(), st.floats(0.7, 1.3))
def test_uniform_scaling_scales_lengths_and_nothing_else(path: Trajectory, scale: float) -> None:
    def scaled(k: float) -> dict[tuple, list[dict]]:
        t = sample_times(SECONDS + 0.1, 10)
        points = (path.position(t / SECONDS) - (0.88, 0.5)) * k + (0.88, 0.5)
        return facts(track_row(t, points, size=0.1 * k, cut=False))

    assert_same(scaled(1.0), scaled(scale), KINDS, {}, scale)


@QUICK
@given(st.floats(0.2, 0.8), st.booleans(), st.booleans(), st.sampled_from([10.0, 25.0]))
def test_backwards_what_entered_exits(y: float, from_left: bool, hidden: bool, fps: float) -> None:
    t = sample_times(SECONDS, fps)
    x = np.interp(t, [0, SECONDS], [-0.5, 1.0])
    x = x if from_left else 16 / 9 - x
    keep = t > 4 if hidden else None  # then it begins well inside the frame

    def said(back: bool) -> tuple[str, str]:
        points = np.stack([x, np.full(len(t), y)], axis=1)[:: -1 if back else 1]
        kept = keep[::-1] if back and keep is not None else keep
        found = facts(track_row(t, points, keep=kept, clip_s=SECONDS))
        key = f"{CLIP}.t0"
        return found["appear", key, None][0]["value"], found["disappear", key, None][0]["value"]

    assert said(False) == (("occluded", "present") if hidden else ("entered", "present"))
    assert said(True) == (("present", "occluded") if hidden else ("present", "exited"))


@QUICK
@given(paths(), st.sampled_from([(640, 360), (1920, 1080)]))
def test_the_size_of_the_frame_does_not_matter(path: Trajectory, size: tuple[int, int]) -> None:
    one, other = facts(*two(path)), facts(*two(path, width=size[0], height=size[1]))
    assert_same(one, other, (*KINDS, "distance_change", "relative_position", "region", "appear"), {})


@QUICK
@given(paths(), st.sampled_from([15.0, 25.0, 30.0]))
def test_the_frame_rate_does_not_matter(path: Trajectory, fps: float) -> None:
    one, other = facts(*two(path)), facts(*two(path, fps=fps))
    assert_same(one, other, (*KINDS, "distance_change", "relative_position", "region", "appear"), {})


@QUICK
@given(
    st.integers(0, 10_000), st.floats(0.2, 3.0), st.sampled_from([360, 720, 1080]), st.sampled_from([5.0, 10.0, 30.0])
)
def test_noise_alone_is_no_motion(seed: int, noise: float, height: int, fps: float) -> None:
    t = sample_times(SECONDS, fps)
    rng = np.random.default_rng(seed)
    centre = np.tile([0.8, 0.5], (len(t), 1))
    row = track_row(t, centre, noise_px=noise, rng=rng, width=height * 16 // 9, height=height)
    found = analyse(table(row), MotionSettings()).facts.to_pylist()
    assert {f["value"] for f in found if f["kind"] == "moving"} <= {"stationary"}
    assert {f["value"] for f in found if f["kind"] == "trajectory_shape"} <= {"stationary"}
    absent = {"direction", "speed", "path_length", "displacement", "turn", "acceleration", "repetition_count"}
    assert not absent & {f["kind"] for f in found}


def test_noise_alone_is_mostly_found_to_be_rest() -> None:
    t = sample_times(SECONDS, 10)
    rows = [
        track_row(
            t, np.tile([0.8, 0.5], (len(t), 1)), clip_id=f"still.c{i}", noise_px=1.0, rng=np.random.default_rng(i)
        )
        for i in range(100)
    ]
    found = analyse(table(*rows), MotionSettings()).facts.to_pylist()
    assert sum(f["kind"] == "moving" and f["value"] == "stationary" and f["margin"] >= 1.5 for f in found) >= 95


@QUICK
@given(st.floats(0, 360), st.floats(0.2, 0.6))
def test_directions_near_a_sector_s_edge_are_not_usable(angle: float, length: float) -> None:
    half = np.array([np.cos(np.radians(angle)), -np.sin(np.radians(angle))]) * length / 2
    middle = np.array([0.89, 0.5])
    path = Straight(tuple(middle - half), tuple(middle + half))
    t = sample_times(SECONDS, 10)
    found = facts(track_row(t, path.position(t / t[-1])))["direction", "demo-00000000.c0.t0", None]
    off = abs((angle + 22.5) % 45 - 22.5)
    assert found[0]["number"] == pytest.approx(angle % 360, abs=2) or angle > 358 or angle < 2
    if off > 22.5 - 9.5:
        assert found[0]["margin"] < 1.5
    if off < 22.5 - 11.5:
        assert found[0]["margin"] >= 1.5
