"""Tracking metrics: known cases, the second library, and boxes of tracks between sampled frames."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from fm_assets.evaluation.quality.boxes_at import boxes_at
from fm_assets.evaluation.quality.scoring import Labels, difference, pooled, score, score_again
from fm_resources.detector.agreement import FrameSet, compare

FRAMES = 20


def walkers(switch: int | None = None, missing: int | None = None, shift: float = 0.0) -> Labels:
    """Two objects that walk apart; from frame `switch` on their numbers are changed, the second lost at `missing`."""
    ids, boxes = [], []
    for k in range(FRAMES):
        xyxy = np.array([[10 + k, 10, 30 + k, 60], [200 - k, 10, 220 - k, 60]], float) + shift
        numbers = np.array([7, 9] if switch is None or k < switch else [9, 7])
        kept = [0] if missing == k else [0, 1]
        ids.append(numbers[kept])
        boxes.append(xyxy[kept])
    return Labels(ids, boxes)


def test_the_truth_itself_scores_one() -> None:
    scores = score(walkers(), walkers())
    assert (scores.hota, scores.deta, scores.assa, scores.idf1, scores.mota, scores.idsw) == (1, 1, 1, 1, 1, 0)


def test_exchanged_numbers_cost_association_alone() -> None:
    scores = score(walkers(), walkers(switch=10))
    assert scores.deta == 1 and scores.idsw == 2
    assert scores.idf1 == pytest.approx(0.5) and scores.assa < 0.7


def test_ignored_truth_neither_helps_nor_hurts() -> None:
    truth = walkers()
    ignored = Labels(truth.ids, truth.xyxy, [np.array([False, True])] * FRAMES)
    assert score(ignored, walkers()).hota == 1  # found: not a false alarm
    alone = Labels([i[:1] for i in truth.ids], [b[:1] for b in truth.xyxy])
    assert score(ignored, alone).hota == 1  # not found: not a miss
    assert score(alone, walkers()).deta < 1


def test_pooled_scores_are_those_of_the_summed_counts() -> None:
    good, bad = score(walkers(), walkers()), score(walkers(), walkers(switch=10, missing=3))
    both = pooled([good, bad])
    assert bad.hota < both.hota < good.hota
    assert both.idsw == bad.idsw
    assert pooled([good, good]).hota == pytest.approx(1)


@pytest.mark.parametrize(
    "seen",
    [walkers(), walkers(4), walkers(9, 3, 2.0), Labels([np.zeros(0, int)] * FRAMES, [np.zeros((0, 4))] * FRAMES)],
)
def test_a_second_library_agrees(seen: Labels) -> None:
    assert difference(score(walkers(), seen), score_again(walkers(), seen)) < 1e-6


def track(times: list[float], name: str = "person") -> dict:
    boxes = [{"t_s": t, "x1": 100 * t, "y1": 0.0, "x2": 100 * t + 10, "y2": 20.0} for t in times]
    return {"class": name, "mean_score": 0.5, "boxes": boxes}


def test_boxes_between_sampled_frames() -> None:
    tracks = pa.Table.from_pylist([track([0.1, 0.2, 0.9]), track([0.2], "dog")])
    found = boxes_at(tracks, np.array([0.0, 0.1, 0.15, 0.2, 0.5, 0.9, 1.0]), 0.3, ("person",))
    assert found.frame.tolist() == [1, 2, 3, 5]  # neither before nor after its life, nor in its long gap
    assert found.xyxy[:, 0].tolist() == pytest.approx([10, 15, 20, 90])
    assert boxes_at(tracks, np.array([0.2]), 0.3).track.tolist() == [0, 1]
    assert len(boxes_at(tracks, np.array([0.2]), 0.3, ("cat",)).frame) == 0


def test_times_that_were_rounded_are_the_same() -> None:
    tracks = pa.Table.from_pylist([track([0.033, 0.067])])
    assert boxes_at(tracks, np.array([1 / 30, 2 / 30]), 0.3).xyxy[:, 0].tolist() == pytest.approx([3.3, 6.7])


def frames(*boxes: tuple[float, float, str]) -> FrameSet:
    """One frame of boxes 100 wide: left edge, score, class."""
    xyxy = np.array([[x, 0, x + 100, 100] for x, _, _ in boxes], float).reshape(-1, 4)
    return FrameSet([xyxy], [np.array([s for _, s, _ in boxes])], [[n for _, _, n in boxes]])


def test_agreement_looks_both_ways_and_at_classes() -> None:
    one = frames((0, 0.9, "cat"), (300, 0.39, "cat"), (600, 0.9, "dog"))
    other = frames((0.2, 0.41, "cat"), (300, 0.41, "cat"), (600, 0.9, "cat"))
    found = compare(one, other, 0.4)
    # both cats at 0, the one at 300 that is above the score only in the other set; the dog that is a cat has no partner
    assert (found.boxes, found.equal) == (5, 3)
    assert compare(one, frames(), 0.4).share == 0
    assert np.isnan(compare(frames(), frames(), 0.4).share)


def test_agreement_needs_the_same_frames() -> None:
    with pytest.raises(ValueError, match="sample them alike"):
        compare(frames(), FrameSet([], [], []), 0.4)
