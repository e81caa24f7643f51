"""Trajectory shapes and counts of cycles on closed-form paths of all shapes, with a tracker's noise."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from motion_paths import sample_times, table, track_row

from fm_assets.motion.facts import analyse
from fm_assets.motion.vocabulary import SHAPES
from fm_assets.scenes.trajectories import (
    Arc,
    Oscillation,
    Stationary,
    StopAndGo,
    Straight,
    Trajectory,
    Wander,
    Zigzag,
)
from fm_assets.settings import MotionSettings

PATHS = 60


def unit(angle: float) -> np.ndarray:
    return np.array([np.cos(angle), np.sin(angle)])


def random_path(shape: str, rng: np.random.Generator) -> tuple[Trajectory, float]:
    """A path of a shape inside the frame, with wide ranges of all parameters, and a duration."""
    while True:
        path, seconds = draw(shape, rng)
        points = path.position(np.linspace(0, 1, 99))
        if (points.min(axis=0) > 0.09).all() and (points.max(axis=0) < [1.68, 0.91]).all():
            return path, seconds


def draw(shape: str, rng: np.random.Generator) -> tuple[Trajectory, float]:
    middle = rng.uniform([0.1, 0.1], [1.6, 0.9])
    angle, seconds = rng.uniform(0, 2 * np.pi), rng.uniform(4, 10)
    half = unit(angle) * rng.uniform(0.15, 0.8) / 2
    ends = tuple(middle - half), tuple(middle + half)
    sense = rng.choice([-1.0, 1.0])
    match shape:
        case "straight":
            return Straight(*ends, float(rng.choice([1, 1, 0.4, 2.5]))), seconds
        case "curved":
            return Arc(tuple(middle), rng.uniform(0.15, 0.5), np.degrees(angle), sense * rng.uniform(60, 270)), seconds
        case "circular":
            turn = sense * rng.uniform(340, 1000)
            return Arc(tuple(middle), rng.uniform(0.08, 0.4), np.degrees(angle), turn), max(seconds, abs(turn) / 240)
        case "zigzag":
            legs, off = int(rng.integers(4, 8)), np.radians(rng.uniform(32, 60))
            steps = [unit(angle + (off if i % 2 else -off)) * rng.uniform(0.12, 0.3) for i in range(legs)]
            points = middle + np.concatenate([[[0, 0]], np.cumsum(steps, axis=0)])
            return Zigzag(tuple(map(tuple, points))), max(seconds, 0.9 * legs)
        case "back_and_forth":
            cycles = int(rng.integers(1, 6))
            return Oscillation(*ends, cycles), max(seconds, 1.2 * cycles)
        case "stop_and_go":
            middles = np.linspace(0, 1, int(rng.integers(3, 6)))[1:-1]
            rests = rng.uniform(0.7, 1.2, len(middles)) / 8
            stops = tuple((float(m - r / 2), float(m + r / 2)) for m, r in zip(middles, rests, strict=True))
            return StopAndGo(*ends, stops), 8.0
        case "stationary":
            return Stationary(tuple(middle)), seconds
        case _:
            return Wander(tuple(map(tuple, rng.uniform(0.2, 0.8, (7, 2))))), seconds


def facts_of(shape: str) -> tuple[dict[str, Trajectory], list[dict]]:
    rows, paths = [], {}
    for i in range(PATHS):
        rng = np.random.default_rng([SHAPES.index(shape), i])
        path, seconds = random_path(shape, rng)
        height = int(rng.choice([360, 720, 1080]))
        t = sample_times(seconds, float(rng.choice([10, 10, 15, 30])))
        clip = f"paths.c{i}"
        paths[clip] = path
        rows.append(
            track_row(
                t, path.position(t / t[-1]), clip_id=clip, size=rng.uniform(0.06, 0.15), rng=rng,
                noise_px=rng.uniform(0.3, 1.3), height=height, width=height * 16 // 9,
            )
        )  # fmt: skip
    return paths, analyse(table(*rows), MotionSettings()).facts.to_pylist()


@pytest.mark.parametrize("shape", [s for s in SHAPES if s != "irregular"])
def test_shapes_are_named_or_left_open_but_not_confused(shape: str) -> None:
    paths, facts = facts_of(shape)
    shapes = {f["clip_id"]: f for f in facts if f["kind"] == "trajectory_shape"}
    seen = Counter(shapes[c]["value"] if c in shapes else "none" for c in paths)
    wrong = [f for f in shapes.values() if f["value"] not in (shape, "irregular")]
    assert len(wrong) <= 0.03 * len(paths), seen
    assert [f["value"] for f in wrong if f["margin"] >= 1.5] == []
    assert seen[shape] >= 0.95 * len(paths), seen
    usable = [f for f in shapes.values() if f["value"] == shape and f["margin"] >= 1.5]
    assert len(usable) >= 0.8 * len(paths)


def test_wandering_paths_get_no_name() -> None:
    paths, facts = facts_of("irregular")
    named = [f for f in facts if f["kind"] == "trajectory_shape" and f["value"] != "irregular" and f["margin"] >= 1.5]
    assert len(named) <= 0.04 * len(paths), named  # by chance some wander back and forth


def test_cycles_are_counted() -> None:
    paths, facts = facts_of("back_and_forth")
    counts = {f["clip_id"]: f for f in facts if f["kind"] == "repetition_count"}
    assert len(counts) >= 0.95 * len(paths)
    for clip, fact in counts.items():
        assert fact["number"] == paths[clip].cycles
        assert fact["value"] == str(paths[clip].cycles)


@pytest.mark.parametrize("shape", ["curved", "circular"])
def test_turns_go_to_the_side_that_the_image_shows(shape: str) -> None:
    paths, facts = facts_of(shape)
    turns = {f["clip_id"]: f for f in facts if f["kind"] == "turn" and f["margin"] >= 1.5}
    assert len(turns) >= 0.75 * len(paths)
    for clip, fact in turns.items():
        turn = paths[clip].turn_deg
        assert fact["value"] == ("left" if turn > 0 else "right")
        assert fact["number"] == pytest.approx(abs(turn), abs=25)


def test_speeds_and_lengths_are_within_their_errors() -> None:
    for shape in ("straight", "curved", "circular"):
        paths, facts = facts_of(shape)
        for fact in facts:
            if fact["kind"] == "path_length":
                error = fact["number"] / fact["margin"]
                true = paths[fact["clip_id"]].length()
                assert fact["number"] == pytest.approx(true, abs=max(0.05 * true, 4 * error)), fact
            if fact["kind"] == "displacement":
                ends = paths[fact["clip_id"]].position(np.array([0.0, 1.0]))
                true = float(np.hypot(*(ends[1] - ends[0])))
                assert fact["number"] == pytest.approx(true, abs=5 * fact["number"] / fact["margin"]), fact


def test_steady_and_changing_speeds() -> None:
    for ratio, expected in ((1.0, "constant"), (4.0, "accelerating"), (0.25, "decelerating")):
        rng = np.random.default_rng(int(ratio * 100))
        t = sample_times(6, 10)
        row = track_row(t, Straight((0.3, 0.3), (1.4, 0.6), ratio).position(t / t[-1]), noise_px=1, rng=rng)
        facts = analyse(table(row), MotionSettings()).facts.to_pylist()
        found = [f for f in facts if f["kind"] == "acceleration"]
        assert [f["value"] for f in found] == [expected]
        assert found[0]["margin"] >= 1.5
