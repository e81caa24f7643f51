"""Which of two objects of one class looks larger, and what is not said of sizes."""

from __future__ import annotations

import numpy as np
import pytest
from motion_paths import sample_times, table, track_row

from fm_assets.captions.clipfacts import clips
from fm_assets.captions.parser import judge
from fm_assets.captions.referring import names
from fm_assets.motion.claims import FactIndex
from fm_assets.motion.facts import analyse
from fm_assets.settings import MotionSettings

T = sample_times(6.0, 10.0)


def facts(*sizes: float, classes: tuple[str, ...] = (), noise_px: float = 1.0):
    """Facts of balls of these sizes (frame heights) that cross the frame one below the other."""
    rng = np.random.default_rng(7)
    share = (T / T[-1])[:, None]
    rows = [
        track_row(
            T, np.array([0.3, 0.15 + 0.25 * i]) + share * np.array([1.1, 0.0]), number=i, size=size,
            class_name=classes[i] if classes else "ball", noise_px=noise_px, rng=rng,
        )
        for i, size in enumerate(sizes)
    ]  # fmt: skip
    return analyse(table(*rows), MotionSettings())


def sizes_of(found) -> list[dict]:
    return [f for f in found.facts.to_pylist() if f["kind"] == "size_order"]


@pytest.mark.parametrize("noise_px", [0.0, 1.5])
def test_the_larger_of_two_is_told_with_its_ratio(noise_px: float) -> None:
    (fact,) = sizes_of(facts(0.16, 0.08, noise_px=noise_px))
    assert fact["value"] == "larger" and fact["margin"] >= 1.5
    assert abs(fact["number"] - 2.0) < 0.1
    (turned,) = sizes_of(facts(0.08, 0.16, noise_px=noise_px))
    assert turned["value"] == "smaller" and abs(turned["number"] - 0.5) < 0.03


def test_about_equal_sizes_and_other_classes_are_not_compared() -> None:
    near = facts(0.1, 0.11)
    assert sizes_of(near) == [] and near.abstentions["size_order", "about as large"] == 1
    apart = facts(0.1, 0.2, classes=("ball", "car"))
    assert sizes_of(apart) == [] and not [k for k, _ in apart.abstentions if k == "size_order"]


def test_objects_are_named_by_size_where_that_is_shortest() -> None:
    two = facts(0.16, 0.08).facts
    clip, index = next(clips(two, 1.5)), FactIndex(two)
    assert [n.text for n in names(clip).values()] == ["the larger ball", "the smaller ball"]
    assert judge("The bigger ball moves to the right.", clip, index).verdict == "verified"
    assert judge("The smaller ball moves to the left.", clip, index).verdict == "contradicted"
    assert judge("The small ball moves to the right.", clip, index).verdict == "unverifiable"
    three = next(clips(facts(0.2, 0.1, 0.05).facts, 1.5))
    called = {track[-2:]: name.text for track, name in names(three).items()}
    assert called["t0"] == "the largest ball" and called["t2"] == "the smallest ball"
    assert called.get("t1") not in ("the larger ball", "the smaller ball")
