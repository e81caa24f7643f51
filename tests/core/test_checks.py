"""Asset checks fail where going on would poison what is below."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pytest

from fm_assets.benchmark.assets import no_video_in_two_splits
from fm_assets.benchmark.spec import STAGE as SPLITS
from fm_assets.checks import Batch, boxes_inside_frame, not_mostly_rejected, schema_holds
from fm_assets.clips.assets import inside_video
from fm_assets.clips.spec import STAGE as CLIPS
from fm_assets.detections.spec import STAGE as DETECTIONS
from fm_assets.motion.assets import in_vocabulary
from fm_assets.motion.spec import STAGE as FACTS
from fm_assets.qa.assets import every_pair_has_evidence, letters_balanced, options_distinct
from fm_assets.qa.spec import STAGE as QA
from fm_assets.stage import Item, Stage, StageReport
from fm_assets.tracks.assets import monotonic_in_time, one_box_per_frame
from fm_assets.tracks.spec import STAGE as TRACKS
from fm_resources.lake import Lake
from fm_resources.provenance import Producer


def batch(stage: Stage, rows: pa.Table | list[dict], **counts: int) -> Batch:
    """A batch with given rows; only the columns that a check looks at."""
    items = [Item(f"v-{k}-{i}", k) for k, n in counts.items() for i in range(n)]  # type: ignore[arg-type]
    report = StageReport(stage.name, "b", Producer(stage.name, "1"), items, counts=Counter(counts))
    found = Batch(stage, report, Lake("memory://checks"))
    found.__dict__["rows"] = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(rows)
    return found


def box(x1: float, y1: float, x2: float, y2: float, frame: int = 0, t_s: float = 0.0) -> dict:
    return {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "frame": frame, "t_s": t_s}


@pytest.mark.parametrize(
    ("corners", "passed"),
    [
        ((0, 0, 10, 10), True),
        ((5, 5, 5, 8), False),
        ((-1, 0, 5, 5), False),
        ((0, 0, 101, 5), False),
        ((0, 0, 5, 51), False),
    ],
)
def test_boxes_must_lie_inside_the_frame(corners: tuple[float, ...], passed: bool) -> None:
    rows = [{"width": 100, "height": 50, "boxes": [box(*corners), box(1, 1, 2, 2)]}]
    assert boxes_inside_frame(batch(DETECTIONS, rows)).passed is passed


@pytest.mark.parametrize(("frames", "passed"), [([0, 1, 2], True), ([0, 2, 1], False), ([0, 1, 1], False)])
def test_tracks_must_go_forward(frames: list[int], passed: bool) -> None:
    points = [box(0, 0, 1, 1, f, f / 10) for f in frames]
    rows = [{"boxes": points}, {"boxes": [box(0, 0, 1, 1)]}]
    assert monotonic_in_time(batch(TRACKS, rows)).passed is passed
    assert one_box_per_frame(batch(TRACKS, rows)).passed is passed


def test_no_video_may_stand_in_two_splits() -> None:
    rows = [{"video_id": "a", "group_id": "g", "split": "train"}, {"video_id": "b", "group_id": "h", "split": "test"}]
    assert no_video_in_two_splits(batch(SPLITS, rows)).passed
    assert not no_video_in_two_splits(batch(SPLITS, [*rows, {**rows[0], "split": "test"}])).passed
    assert not no_video_in_two_splits(batch(SPLITS, [*rows, {"video_id": "c", "group_id": "g", "split": "val"}])).passed


@pytest.mark.parametrize(
    ("letters", "passed"), [("ABCD" * 10, True), ("A" * 30 + "BCD", False), ("", True), ("AAB", True)]
)
def test_letters_must_be_balanced(letters: str, passed: bool) -> None:
    rows = pa.table({"answer": pa.array(list(letters), pa.string())})
    assert letters_balanced(batch(QA, rows)).passed is passed


def test_every_pair_needs_evidence_and_none_may_be_contradicted() -> None:
    good = {"verdict": "verified", "evidence": [{"role": "right", "fact_id": "f"}]}
    assert every_pair_has_evidence(batch(QA, [good])).passed
    assert not every_pair_has_evidence(
        batch(QA, [good, {**good, "evidence": [{"role": "distractor_a", "fact_id": "f"}]}])
    ).passed
    assert not every_pair_has_evidence(batch(QA, [good, {**good, "verdict": "contradicted"}])).passed


def test_options_must_differ() -> None:
    options = dict(zip(("option_a", "option_b", "option_c", "option_d"), "wxyz", strict=True))
    assert options_distinct(batch(QA, [options])).passed
    assert not options_distinct(batch(QA, [{**options, "option_d": " W "}])).passed


def test_facts_must_speak_the_vocabulary() -> None:
    fact = {"kind": "direction", "value": "left", "margin": 2.0}
    assert in_vocabulary(batch(FACTS, [fact])).passed
    assert not in_vocabulary(batch(FACTS, [fact, {**fact, "value": "sideways"}])).passed
    assert not in_vocabulary(batch(FACTS, [fact, {**fact, "kind": "mood"}])).passed


def test_clips_must_have_a_length() -> None:
    assert inside_video(batch(CLIPS, [{"start_s": 0.0, "end_s": 5.0}])).passed
    assert not inside_video(batch(CLIPS, [{"start_s": 5.0, "end_s": 5.0}])).passed


@pytest.mark.parametrize(
    ("counts", "passed"),
    [
        ({"rejected": 3}, True),
        ({"computed": 2, "rejected": 8}, True),
        ({"computed": 1, "rejected": 9}, False),
        ({"failed": 10}, False),
    ],
)
def test_a_large_batch_that_is_mostly_lost_stops(counts: dict[str, int], passed: bool) -> None:
    assert not_mostly_rejected(batch(CLIPS, [], **counts)).passed is passed


def test_the_schema_must_hold() -> None:
    assert schema_holds(batch(DETECTIONS, DETECTIONS.schema.empty_table())).passed
    assert not schema_holds(batch(DETECTIONS, [{"clip_id": "a"}])).passed
