"""Sections of `fm bench quality` on rendered scenes and made-up sequences."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from fm_assets.evaluation.camera_quality import CameraRow, VerdictRow
from fm_assets.evaluation.quality.boxes_at import boxes_at
from fm_assets.evaluation.quality.camera import goals as camera_goals
from fm_assets.evaluation.quality.footage import footage
from fm_assets.evaluation.quality.memory import hold, long_video
from fm_assets.evaluation.quality.perception import perceive, whole_video
from fm_assets.evaluation.quality.retrack import report
from fm_assets.evaluation.quality.scenes import FIRST_SEED, MIN_VISIBLE, plan, render_all, true_labels
from fm_assets.evaluation.quality.scoring import Scores, score
from fm_assets.evaluation.quality.section import Bench, Unavailable
from fm_assets.evaluation.quality.sequence import public_tables, read_truth
from fm_assets.evaluation.quality.tracking import (
    CHANGES,
    EVERY,
    MOVING,
    SAMPLED,
    YARDSTICK,
    Row,
    draw_scores,
    goals,
    public_rows,
)
from fm_assets.settings import Settings, load_settings
from fm_resources.video import probe


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings(None, ["detector.backend=motion"], {"FM_HOME": str(tmp_path_factory.mktemp("home"))})


@pytest.fixture
def bench(settings: Settings, tmp_path: Path) -> Bench:
    return Bench(settings, tmp_path, None, True, tmp_path, tmp_path, lambda _: None)


def sequence(folder: Path, name: str = "walk") -> None:
    """Two people who walk past each other at 10 frames/s, one of them not counted; every box of the first is detected."""
    root = folder / "mot" / name
    for part in ("gt", "det"):
        (root / part).mkdir(parents=True)
    info = "[Sequence]\nname=walk\nframeRate=10\nseqLength=30\nimWidth=640\nimHeight=480\n"
    (root / "seqinfo.ini").write_text(info)
    truth, boxes = [], []
    for k in range(1, 31):
        truth.append(f"{k},1,{20 + 4 * k},100,40,90,1,-1,-1,-1")
        truth.append(f"{k},2,{500 - 4 * k},300,40,90,0,-1,-1,-1")
        boxes.append(f"{k},-1,{20 + 4 * k},100,40,90,0.9,-1,-1,-1")
    (root / "gt" / "gt.txt").write_text("\n".join(truth))
    (root / "det" / "det.txt").write_text("\n".join(boxes))


def test_public_detections_are_tracked_and_scored(bench: Bench, tmp_path: Path) -> None:
    sequence(tmp_path)
    film = footage(bench, "walk")
    tables = public_tables(film)
    assert tables["detections"].num_rows == 30 and tables["filtered_clips"].num_rows == 1
    (row,) = public_rows(bench, film)
    assert row.scores.hota == pytest.approx(1) and row.scores.idsw == 0


def test_a_sequence_that_is_no_such_is_named(bench: Bench, tmp_path: Path) -> None:
    sequence(tmp_path)
    folder = tmp_path / "mot" / "walk"
    (folder / "gt" / "gt.txt").write_text("1,1,a,b\n")
    with pytest.raises(Unavailable, match=r"walk/gt/gt\.txt"):
        read_truth(footage(bench, "walk"))
    with pytest.raises(Unavailable, match="needs the video of mot/walk"):
        _ = footage(bench, "walk").video
    (folder / "seqinfo.ini").write_text("[Sequence]\nname=walk\n")
    with pytest.raises(Unavailable, match=r"seqinfo\.ini"):
        footage(bench, "walk")


def scores(hota: float, idf1: float) -> Scores:
    return Scores(hota, hota, hota, idf1, 0.5, 3, ({}, {}, {}))


def test_goals_are_differences_to_the_yardstick_in_points() -> None:
    rows = [
        Row(MOVING, EVERY, "bytetrack", scores(0.30, 0.46)),
        Row(MOVING, SAMPLED, "bytetrack", scores(0.27, 0.41)),
        Row(MOVING, EVERY, "botsort", scores(0.9, 0.9)),
        Row(MOVING, EVERY, YARDSTICK, scores(0.30, 0.40)),
    ]
    found = {goal.what: (round(goal.value, 6), goal.met) for goal in goals(rows, "bytetrack")}
    assert found == {
        f"{MOVING}, every frame: HOTA over the yardstick's": (0.0, True),
        f"{MOVING}, 10 per second: HOTA over the yardstick's": (-3.0, False),
        f"{MOVING}, every frame: IDF1 over the yardstick's": (6.0, True),
        f"{MOVING}, 10 per second: IDF1 over the yardstick's": (1.0, True),
        f"{MOVING} (moving camera): IDF1 over the yardstick's": (6.0, True),
    }
    assert goals(rows[:3], "bytetrack") == []


def test_scenes_are_held_out_and_their_truth_knows_what_is_hidden(tmp_path: Path) -> None:
    seeds = [seed for seed, _ in plan(quick=False)]
    assert min(seeds) >= FIRST_SEED and len(set(seeds)) == len(seeds)
    (scene,) = render_all([(FIRST_SEED, "occlusion")], tmp_path, processes=1)
    labels = true_labels(scene.truth, scene.truth.times)
    assert labels.ignored is not None
    hidden = [bool(ignored.any()) for ignored in labels.ignored]
    assert any(hidden) and not all(hidden)
    assert score(labels, labels).hota == 1
    least = np.nanmin(np.where(scene.truth.visible > 0, scene.truth.visible, np.nan))
    assert least < MIN_VISIBLE


def test_a_sampled_video_is_judged_on_all_frames_of_the_truth(settings: Settings, tmp_path: Path) -> None:
    """What the interpolation between sampled frames costs: little, on an object that moves straight."""
    (scene,) = render_all([(FIRST_SEED + 1, "straight")], tmp_path, processes=1)
    full = whole_video(settings, fps=5)
    seen = perceive(scene.video, full, ("source_videos", "filtered_clips", "detections", "tracks"))
    assert seen.duration_s == pytest.approx(probe(scene.video).duration_s, abs=0.01)
    found = boxes_at(seen.tables["tracks"], scene.truth.times, 0.3)
    exact = scene.truth.visible_boxes[0][found.frame]
    assert len(found.frame) > 0.9 * len(scene.truth.times) - 10
    assert np.median(np.abs(found.xyxy - exact)) < 2


def test_tracking_again_is_timed(settings: Settings, tmp_path: Path) -> None:
    (scene,) = render_all([(FIRST_SEED + 2, "crossing")], tmp_path, processes=1)
    section = report({"crossing": scene.video}, settings, 1)
    assert section.goals[0].value > 1
    assert section.tables[0].rows[0][2] >= 2  # tracks


def test_memory_is_seen(settings: Settings, tmp_path: Path) -> None:
    video = long_video(tmp_path, 320, 240, 14.0)
    info = probe(video)
    assert info.duration_s == pytest.approx(14, abs=0.3)
    held = hold(video, whole_video(settings), "")
    assert held.frames == pytest.approx(10 * info.duration_s, abs=2)
    assert all(0 <= peak - held.loaded < 2e9 for peak in held.peaks.values() if peak > held.loaded)
    assert max(held.peaks.values()) > 5e7


def error_row(share: float, pan: float, error: float, masked: float) -> CameraRow:
    return CameraRow("one", share, pan, 9, 0, error, 0, 0, masked, 0, {"orb": 1.5})


def test_the_worst_row_of_the_camera_counts_and_an_unmeasured_one_is_missed() -> None:
    rows = [error_row(0.0, 20, 0.02, 0.02), error_row(0.3, 20, 0.09, 0.05), error_row(0.5, 20, math.nan, 0.15)]
    rows.append(error_row(0.5, 50, 9.0, 9.0))  # beyond what the goals speak of
    judged = [VerdictRow("static", 50, 50), VerdictRow("pan", 50, 47)]
    light, heavy, verdicts = camera_goals(rows, judged, [])
    assert (light.value, light.met) == (0.09, True)
    assert (heavy.value, heavy.met) == (0.15, True)
    assert (verdicts.value, verdicts.met) == (0.97, False)
    rows[1] = error_row(0.3, 20, math.nan, 0.05)
    assert not camera_goals(rows, judged, [])[0].met
    assert camera_goals(rows, judged, [("a", True, "static", False), ("b", False, "static", True)])[-1].value == 0.5


def test_the_picture_of_scores_is_drawn(tmp_path: Path) -> None:
    rows = [Row(MOVING, EVERY, "bytetrack", scores(0.3, 0.4)), Row(MOVING, EVERY, YARDSTICK, scores(0.2, 0.3))]
    assert draw_scores(rows, tmp_path / "img" / "scores.png").stat().st_size > 1000


def test_the_camera_can_be_taken_away(settings: Settings, tmp_path: Path) -> None:
    (scene,) = render_all([(FIRST_SEED + 3, "pan")], tmp_path, processes=1)
    full = whole_video(settings)
    seen = perceive(scene.video, full, ("source_videos", "filtered_clips", "detections"))
    assert seen.clip["frame_of_reference"] == "stabilised" and seen.clip["camera"]
    for change in CHANGES.values():
        other, with_it = change(seen, full)
        perceive(scene.video, with_it, ("tracks",), known=other)
    still, _ = CHANGES["no camera transforms"](seen, full)
    assert still.clip["frame_of_reference"] == "image" and not still.clip["camera"]
    assert not any(row["camera"] for row in still.tables["detections"].to_pylist())
