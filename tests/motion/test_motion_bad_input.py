"""Tracks that no camera should deliver, but some tracker will: facts or counted abstentions, never a warning."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from motion_paths import sample_times, table, track_row

from fm_assets.captions.clipfacts import clips
from fm_assets.captions.sentences import embedded
from fm_assets.motion.claims import FactIndex
from fm_assets.motion.compute import compute
from fm_assets.motion.facts import Analysis, analyse
from fm_assets.motion.vocabulary import KINDS
from fm_assets.qa.pairs import compose
from fm_assets.settings import MotionSettings, Settings
from fm_assets.task import SourceFile, Task
from fm_assets.tracks.rows import TRACKS

pytestmark = pytest.mark.filterwarnings("error")

T = sample_times(6, 10)
#: Kinds that are asked once of every whole track: each gives a fact or is counted as not stated.
ONCE = (
    "class", "colour", "moving", "direction", "displacement", "path_length", "speed", "acceleration",
    "trajectory_shape", "repetition_count", "appear", "disappear", "scale_change",
)  # fmt: skip


def line(start: tuple[float, float], end: tuple[float, float], t: np.ndarray = T) -> np.ndarray:
    return np.array(start) + (np.array(end) - start) * np.linspace(0, 1, len(t))[:, None]


def checked(*rows: dict) -> Analysis:
    """The analysis, with every kind accounted for once per track and every number within its bounds."""
    analysis = analyse(table(*rows), MotionSettings())
    stated: Counter[str] = Counter(analysis.facts.column("kind").to_pylist())
    silent: Counter[str] = Counter()
    for (kind, reason), times in analysis.abstentions.items():
        assert kind in KINDS
        assert reason
        silent[kind] += times
    for kind in ONCE:
        assert stated[kind] + silent[kind] == len(rows), kind
    for fact in analysis.facts.to_pylist():
        assert 0 <= fact["margin"] <= 20
        assert 0 <= fact["t0"] <= fact["t1"]
        assert fact["number"] is None or np.isfinite(fact["number"])
    spoken(analysis)
    return analysis


def spoken(analysis: Analysis) -> None:
    """Captions and questions of the facts: what is written at all is proven."""
    index = FactIndex(analysis.facts)
    for clip in clips(analysis.facts, 1.5):
        assert all(sentence.verdict == "verified" for sentence in embedded(clip, index, 24))
        assert all(pair.verdict == "verified" for pair in compose(clip, index, 10))


def kinds(analysis: Analysis) -> set[str]:
    return set(analysis.facts.column("kind").to_pylist())


def test_no_tracks_and_a_track_without_boxes() -> None:
    assert analyse(TRACKS.empty_table(), MotionSettings()).abstentions == {}
    bare = track_row(T, line((0.3, 0.5), (1.4, 0.5))) | {"boxes": []}
    analysis = analyse(table(bare), MotionSettings())
    assert analysis.facts.num_rows == 0
    assert analysis.abstentions == {("moving", "no boxes"): 1}


def test_one_frame_tracks() -> None:
    rows = [
        track_row(T, line((x, 0.5), (x, 0.5)), number=i, keep=np.arange(len(T)) == i) for i, x in enumerate((0.3, 1.2))
    ]
    analysis = checked(*rows)
    assert {"class", "region"} <= kinds(analysis)
    assert analysis.abstentions["moving", "too few boxes"] == 2


def test_not_a_number_is_refused_by_the_row_type() -> None:
    broken = track_row(T, line((0.3, 0.5), (1.4, 0.5)))
    broken["boxes"][7]["cx"] = float("nan")
    with pytest.raises(ValueError, match=r"boxes.*cx holds a value that is not finite"):
        table(broken)


def test_boxes_of_no_size() -> None:
    flat = track_row(T, line((0.3, 0.5), (1.4, 0.5)), size=0.0)
    still = track_row(T, line((0.8, 0.3), (0.8, 0.3)), size=0.0, number=1)
    analysis = checked(flat, still)
    assert analysis.abstentions["scale_change", "boxes of no size"] == 2
    assert "direction" in kinds(analysis)


def test_identical_tracks() -> None:
    rows = [track_row(T, line((0.3, 0.5), (1.4, 0.5)), number=i) for i in range(3)]
    analysis = checked(*rows)
    assert analysis.abstentions["count", "seen twice"] == 1
    places = [f for f in analysis.facts.to_pylist() if f["kind"] == "relative_position"]
    assert not [f for f in places if f["margin"] >= 1.5]


def test_five_hundred_objects_in_one_clip() -> None:
    rng = np.random.default_rng(0)
    t = sample_times(2, 10)
    starts = rng.uniform((0.1, 0.1), (1.6, 0.9), (500, 2))
    rows = [
        track_row(t, line(tuple(p), tuple(p + rng.normal(0, 0.1, 2)), t), number=i, size=0.05)
        for i, p in enumerate(starts)
    ]
    analysis = checked(*rows)
    assert analysis.facts.column("kind").to_pylist().count("class") == 500
    compared = [f for f in analysis.facts.to_pylist() if f["object_track_id"]]
    limit = MotionSettings().pair_tracks
    assert 0 < len({(f["subject_track_id"], f["object_track_id"]) for f in compared}) <= limit * (limit - 1) // 2


@pytest.mark.parametrize("fps", [5, 10, 30])
def test_a_clip_of_a_fifth_of_a_second(fps: int) -> None:
    t = sample_times(0.2, fps)
    if len(t) == 1:
        t = np.array([0.0, 0.19])
    rows = [track_row(t, line((x, 0.5), (x + 0.1, 0.5), t), number=i) for i, x in enumerate((0.3, 1.2))]
    analysis = checked(*rows)
    assert analysis.abstentions["speed", "too few boxes"] == 2
    assert analysis.abstentions["relative_position", "not long enough together"] == 1


def test_what_is_not_stated_is_counted_in_the_receipt(tmp_path: Path) -> None:
    rows = table(track_row(T, line((0.3, 0.5), (0.3, 0.5))))
    source = SourceFile(tmp_path / "v.mp4", "0" * 64, "demo", "")
    settings = Settings(home=tmp_path, root=tmp_path)
    done = compute(Task("motion_scores", "v-0", source, {"tracks": rows}), settings)
    assert done.counts["abstained: direction: stationary"] == 1
    assert sum(done.counts.values()) == sum(analyse(rows, settings.motion).abstentions.values())
    assert isinstance(done.rows, pa.Table)
