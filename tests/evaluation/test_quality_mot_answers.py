"""Answers of tracked footage against its truth: made-up sequences, and those of the development data."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from conftest import Fm

from fm_assets.evaluation.quality.footage import footage
from fm_assets.evaluation.quality.language_speed import TRACKS, costs, made_clip
from fm_assets.evaluation.quality.language_speed import report as speed_report
from fm_assets.evaluation.quality.made_tracks import Known, known_tracks, still_clip
from fm_assets.evaluation.quality.mot_answers import WINDOW_S, Asked, agreement, ask, boxed, report
from fm_assets.evaluation.quality.mot_truth import Match, matches, true_tracks
from fm_assets.evaluation.quality.perception import perceive
from fm_assets.evaluation.quality.section import Bench
from fm_assets.evaluation.quality.sequence import Person
from fm_assets.motion.facts import analyse
from fm_assets.settings import Settings, load_settings

FRAMES = 100


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings(None, ["detector.backend=motion"], {"FM_HOME": str(tmp_path_factory.mktemp("home"))})


def walk(x: float, y: float, step: tuple[float, float]) -> np.ndarray:
    """Boxes (FRAMES, 4) of one who walks evenly, pixels of 640 x 480."""
    corner = np.array([x, y]) + np.arange(FRAMES)[:, None] * np.array(step)
    return np.concatenate([corner, corner + np.array([40.0, 90.0])], axis=1)


RIGHT, DOWN, STILL = walk(60, 60, (4, 0)), walk(500, 20, (0, 3)), walk(300, 320, (0, 0))


def sequence(folder: Path, boxes: list[np.ndarray], truth: list[np.ndarray]) -> None:
    """A sequence of 10 s at 10 frames/s whose detections are `boxes` and whose truth is `truth`."""
    root = folder / "mot" / "walk"
    for part in ("gt", "det"):
        (root / part).mkdir(parents=True)
    (root / "seqinfo.ini").write_text(f"[Sequence]\nframeRate=10\nseqLength={FRAMES}\nimWidth=640\nimHeight=480\n")
    for file, people in (("gt/gt.txt", truth), ("det/det.txt", boxes)):
        lines = [
            f"{k + 1},{i + 1},{b[k, 0]:g},{b[k, 1]:g},{b[k, 2] - b[k, 0]:g},{b[k, 3] - b[k, 1]:g},0.9,-1,-1,-1"
            for k in range(FRAMES)
            for i, b in enumerate(people)
        ]
        (root / file).write_text("\n".join(lines))


def asked(folder: Path, settings: Settings, boxes: list[np.ndarray], truth: list[np.ndarray]) -> Asked:
    sequence(folder, boxes, truth)
    film = footage(Bench(settings, folder, None, False, folder, folder, lambda _: None), "walk")
    return ask(film, perceive(film.boxes, settings, ("tracks",), known=boxed(film)), settings)


def test_only_whole_clips_are_cut_and_what_is_true_agrees(settings: Settings, tmp_path: Path) -> None:
    people = [RIGHT, DOWN, STILL]
    found = asked(tmp_path, settings, people, people)
    assert found.clips == int(FRAMES / 10 / WINDOW_S) == 1 and found.tracks == (3, 3)
    assert len(found.pairs) >= 5 and set(found.verdicts) == {"agree"}
    assert agreement(found.verdicts) == 1.0
    assert {verdict.value for _, verdict in found.facts} == {"verified"}


def test_another_truth_contradicts_and_the_cause_is_told(settings: Settings, tmp_path: Path) -> None:
    """The third stands where nobody is in the truth, and the first goes on half as long as was seen."""
    short = RIGHT.copy()
    short[25:] = RIGHT[25]
    found = asked(tmp_path, settings, [RIGHT, DOWN, STILL], [short, DOWN])
    assert found.tracks[0] == 3 and found.tracks[1] <= 2
    causes = {judged.cause for _, judged in found.pairs if judged.verdict == "contradicted"}
    assert "a track of nobody" in causes
    assert agreement(found.verdicts) < 0.95
    section = report([found], settings)
    assert not section.goals[0].met
    assert len(section.tables[1].rows) == found.verdicts["contradicted"] > 0


def test_nothing_judged_is_no_agreement(settings: Settings) -> None:
    goal = report([], settings).goals[0]
    assert math.isnan(goal.value) and not goal.met


def tracks(settings: Settings, *people: np.ndarray, at: slice = slice(None)) -> pa.Table:
    clip = still_clip("walk.c0", "walk", (0.0, FRAMES / 10), (640, 480))
    times, frames = np.arange(FRAMES) / 10, np.arange(FRAMES)
    return known_tracks(clip, [Known(frames[at], boxes[at], "person") for boxes in people], frames, times, settings)


def test_tracks_are_of_whom_they_lie_on(settings: Settings) -> None:
    truth = tracks(settings, RIGHT, DOWN)
    away = [f"walk.c0.t{k}" for k in range(2)]
    assert matches(tracks(settings, DOWN, STILL), truth) == {
        away[0]: Match(away[1], False, 0.0),
        away[1]: Match(None, False, 0.0),
    }
    switching = np.concatenate([RIGHT[:60], DOWN[60:]])
    assert matches(tracks(settings, switching), truth)[away[0]].switched
    late = matches(tracks(settings, RIGHT, at=slice(20, None)), truth)[away[0]]
    assert late.truth == away[0] and late.late_s == pytest.approx(2.0)
    # truth that begins after the track does not make it nobody's
    begun = tracks(settings, RIGHT, at=slice(70, None))
    assert matches(tracks(settings, RIGHT), begun)[away[0]].truth == away[0]


def test_true_tracks_lie_on_the_sampled_frames_and_inside_the_frame(settings: Settings) -> None:
    clip = still_clip("walk.c0", "walk", (0.0, 10.0), (640, 480))
    leaving = Person(np.arange(FRAMES) / 10, walk(600, 100, (2, 0)))
    gone = Person(np.arange(FRAMES) / 10, walk(700, 100, (2, 0)))
    times = np.arange(0, 10, 0.25)
    found = true_tracks(clip, [leaving, gone], np.arange(len(times)), times, settings).to_pylist()
    assert [row["track_id"] for row in found] == ["walk.c0.t0"]
    boxes = found[0]["boxes"]
    assert all(b["x2"] <= 640 for b in boxes)
    assert boxes[1]["cx"] == pytest.approx((605 + 640) / 2, abs=0.1)  # between frames 2 and 3
    assert boxes[-1]["t_s"] == pytest.approx(1.75)  # after 2 s less than a pixel of it is inside


def test_speed_is_measured_on_all_that_is_made(settings: Settings) -> None:
    rows = pa.concat_tables([made_clip(k, settings) for k in range(3)])
    assert rows.num_rows == 3 * TRACKS
    assert made_clip(1, settings).equals(made_clip(1, settings))
    found = costs(rows, settings)
    assert found["facts"].made == analyse(rows, settings.motion).facts.num_rows > 900
    assert found["captions"].made >= 45 and found["questions"].made == 3 * settings.qa.pairs_per_clip
    section = speed_report(found, 3)
    assert section.goals[0].value == pytest.approx(1000 * found["facts"].seconds / 3)
    assert 0 < section.goals[1].value < 1000


def test_facts_of_public_detections_mostly_agree(shared_data: Path, settings: Settings, tmp_path: Path) -> None:
    film = footage(Bench(settings, shared_data, None, False, tmp_path, tmp_path, lambda _: None), "ETH-Sunnyday")
    found = ask(film, perceive(film.boxes, settings, ("tracks",), known=boxed(film)), settings)
    assert found.clips == 3 and found.tracks[1] > 0.6 * found.tracks[0]
    good = sum(n for (_, verdict), n in found.facts.items() if verdict.value == "verified")
    bad = sum(n for (_, verdict), n in found.facts.items() if verdict.value == "contradicted")
    assert good > bad > 0


@pytest.mark.slow
def test_answers_on_real_footage(shared_data: Path, empty: Fm) -> None:
    arguments = ["--section", "mot_answers", "--quick", "--data", str(shared_data), "--weights", "yolo11n_dq.pt"]
    (section,) = empty.json("bench", "quality", *arguments)["sections"]
    (row,) = section["tables"][0]["rows"]
    assert row["sequence"] == "PETS09-S2L1" and row["clips"] == 2
    assert row["of somebody"] > 0.8 * row["tracks"] and row["agreement of facts"] > 0.7
    assert row["agree"] + row["contradicted"] + row["silent"] == row["pairs"]
