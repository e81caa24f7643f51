"""Hands and contacts from closed-form stick figures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from fm_assets.captions.clipfacts import clips
from fm_assets.detections.rows import DETECTIONS
from fm_assets.export.layouts import official_motion
from fm_assets.motion.facts import analyse
from fm_assets.settings import Settings, load_settings
from fm_assets.task import SourceFile, Task
from fm_assets.tracks.compute import compute
from fm_assets.tracks.hands import hand_boxes, hand_rows
from fm_assets.tracks.rows import TRACKS
from fm_resources.catalog import Catalog
from fm_resources.lake import Head, Lake
from fm_resources.provenance import Producer, Receipt
from fm_resources.rows import data_version, from_pylist

FPS, FRAMES = 10.0, 50
Place = Callable[[int], tuple[float, float]]
#: The person stands at the left; the right arm (its keypoints 6, 8, 10) reaches into the picture.
PERSON = {"x1": 100.0, "y1": 60.0, "x2": 200.0, "y2": 340.0, "class": "person", "score": 0.9}
BOX = 40.0


def person(wrist: tuple[float, float], score: float = 0.9) -> dict[str, Any]:
    """A box with keypoints whose right forearm is 60 px long and points right, level."""
    points = [{"x": 150.0, "y": 100.0, "score": 0.0} for _ in range(17)]
    points[8] = {"x": wrist[0] - 60, "y": wrist[1], "score": 0.95}
    points[10] = {"x": wrist[0], "y": wrist[1], "score": score}
    return {**PERSON, "colour": "", "colour_share": 0.0, "keypoints": points}


def thing(centre: tuple[float, float]) -> dict[str, Any]:
    x, y = centre
    return {"x1": x - BOX / 2, "y1": y - BOX / 2, "x2": x + BOX / 2, "y2": y + BOX / 2, "score": 0.8, "class": "box",
            "colour": "red", "colour_share": 0.9, "keypoints": None}  # fmt: skip


def tracks(
    home: Path, wrist: Place, box: Place | None = None, *, score: Callable[[int], float] = lambda f: 0.9,
    changes: tuple[str, ...] = (), camera: np.ndarray | None = None, reference: str = "image",
) -> pa.Table:  # fmt: skip
    """Rows of `tracks`; `camera` (frames, 2) shifts everything in the image."""
    rows = []
    for f in range(FRAMES):
        boxes = [person(wrist(f), score(f)), *([thing(box(f))] if box else [])]
        for b in boxes if camera is not None else ():
            _shift(b, camera[f])
        rows.append({"clip_id": "v.c0", "frame": f, "t_s": f / FPS, "width": 640, "height": 360, "boxes": boxes})
    steps = [] if camera is None else [
        {"t_s": f / FPS, "a": 1.0, "b": 0.0, "tx": camera[f][0] - camera[max(f - 1, 0)][0],
         "ty": camera[f][1] - camera[max(f - 1, 0)][1]}
        for f in range(FRAMES)
    ]  # fmt: skip
    clip = {"clip_id": "v.c0", "status": "keep", "start_s": 0.0, "end_s": FRAMES / FPS, "width": 640, "height": 360,
            "frame_of_reference": reference, "camera": steps}  # fmt: skip
    tables = {"detections": from_pylist(rows, DETECTIONS), "filtered_clips": pa.Table.from_pylist([clip])}
    return compute(
        Task("tracks", "v", SourceFile(Path("never-opened.mp4"), "", "", ""), tables), options(home, *changes)
    ).rows


def _shift(box: dict[str, Any], by: np.ndarray) -> None:
    for edge, axis in (("x1", 0), ("y1", 1), ("x2", 0), ("y2", 1)):
        box[edge] += float(by[axis])
    for k in box["keypoints"] or ():
        k["x"], k["y"] = k["x"] + float(by[0]), k["y"] + float(by[1])


def options(home: Path, *changes: str) -> Settings:
    return load_settings(None, changes, {"FM_HOME": str(home)})


def hand_of(table: pa.Table) -> dict[str, Any]:
    (hand,) = [r for r in table.to_pylist() if r["class"] == "hand"]
    return hand


def box_id(table: pa.Table) -> str:
    return next(r["track_id"] for r in table.to_pylist() if r["class"] == "box")


def reach_and_carry(f: int) -> tuple[float, float]:
    """The wrist comes from the left at 10 px per frame, is at the box at frame 20, and goes up 5 px per frame."""
    return 180.0 + 10 * min(f, 20), 250.0 - 5 * max(0, min(f, 40) - 20)


def carried(f: int) -> tuple[float, float]:
    """A box whose centre is the hand's from frame 20 on; it rests before, and after frame 40."""
    return 380 + 0.33 * 60, 250.0 - 5 * max(0, min(f, 40) - 20)


def test_the_rule_of_the_hand_box() -> None:
    points = np.array([[(k["x"], k["y"], k["score"]) for k in person((300.0, 200.0))["keypoints"]]])
    box = np.array([[100.0, 60.0, 200.0, 340.0]])
    found = hand_boxes(points, box, "right", frame_size=(640, 360), min_score=0.5)
    side, x, y = 0.74 * 60, 300 + 0.33 * 60, 200
    np.testing.assert_allclose(found.xyxy, [[x - side / 2, y - side / 2, x + side / 2, y + side / 2]])
    assert found.seen.tolist() == [True] and found.score.tolist() == [0.9]
    assert not hand_boxes(points, box, "left", frame_size=(640, 360), min_score=0.5).seen.any()
    points[0, 8, :2] = points[0, 10, :2]  # the forearm points at the camera: the least size, at the wrist
    tiny = hand_boxes(points, box, "right", frame_size=(640, 360), min_score=0.5)
    np.testing.assert_allclose(tiny.xyxy, [[300 - 7, 200 - 7, 300 + 7, 200 + 7]])
    points[0, 8, 0] -= 400
    large = hand_boxes(points, box, "right", frame_size=(2000, 360), min_score=0.5)
    np.testing.assert_allclose(large.xyxy[0, 2] - large.xyxy[0, 0], 0.2 * 280)


def test_a_hand_is_a_child_of_its_person(home: Path) -> None:
    hand = hand_of(tracks(home, lambda f: (300.0, 200.0)))
    assert (hand["track_id"], hand["parent_track_id"], hand["side"]) == ("v.c0.t0-right", "v.c0.t0", "right")
    assert (hand["frames"], hand["observed"], hand["gaps"], hand["contacts"], hand["colour"]) == (50, 50, 0, [], "")
    assert hand["mean_score"] == pytest.approx(0.9)
    assert not [r for r in tracks(home, lambda f: (300, 200), changes=("tracks.hands=false",)).to_pylist() if r["side"]]


def test_low_scores_give_no_hand_and_short_gaps_are_bridged(home: Path) -> None:
    assert tracks(home, lambda f: (300.0, 200.0), score=lambda f: 0.6).num_rows == 1
    hand = hand_of(tracks(home, lambda f: (300.0 + f, 200.0), score=lambda f: 0.6 if f in (20, 21) else 0.9))
    assert (hand["frames"], hand["observed"], hand["gaps"]) == (50, 48, 1)
    bridged = [b for b in hand["boxes"] if not b["observed"]]
    assert [(b["frame"], b["score"]) for b in bridged] == [(20, 0.0), (21, 0.0)]
    assert bridged[0]["cx"] == pytest.approx(320 + 0.33 * 60, abs=0.13)  # stored to a quarter of a pixel


def test_a_hand_that_leaves_the_frame_ends_there(home: Path) -> None:
    hand = hand_of(tracks(home, lambda f: (400.0 + 10 * f, 200.0)))
    # the hand's centre, 19.8 px beyond the wrist, is inside up to 640: frame 22
    assert (hand["boxes"][-1]["frame"], hand["boxes"][-1]["x2"], hand["frames"]) == (22, 640.0, 23)


def test_picked_up_and_carried(home: Path) -> None:
    table = tracks(home, reach_and_carry, carried)
    (contact,) = hand_of(table)["contacts"]
    assert contact["track_id"] == box_id(table)
    assert contact["start_s"] == pytest.approx(2.0, abs=1.01 / FPS)  # the hand arrives and lifts at frame 20
    assert contact["end_s"] == pytest.approx(4.9)  # it still holds the box when the clip ends
    assert contact["samples"] == round((contact["end_s"] - contact["start_s"]) * FPS) + 1


def test_put_down_and_left(home: Path) -> None:
    table = tracks(home, lambda f: (reach_and_carry(f)[0] - 12 * max(0, f - 40), reach_and_carry(f)[1]), carried)
    (contact,) = hand_of(table)["contacts"]
    assert contact["end_s"] == pytest.approx(4.0, abs=1.01 / FPS)


@pytest.mark.parametrize("speed", [2, 4, 10])
def test_a_hand_that_passes_in_front_touches_nothing(home: Path, speed: int) -> None:
    table = tracks(home, lambda f: (300.0 + speed * (f - 25), 200.0), lambda f: (320.0, 200.0))
    assert hand_of(table)["contacts"] == []


def test_a_hand_that_rests_in_front_touches_nothing(home: Path) -> None:
    assert hand_of(tracks(home, lambda f: (300.0, 200.0), lambda f: (320.0, 200.0)))["contacts"] == []


def test_a_camera_that_pans_makes_no_contact_and_hides_none(home: Path) -> None:
    pan = np.stack([2.0 * np.arange(FRAMES), np.zeros(FRAMES)], axis=1)
    resting = tracks(home, lambda f: (300.0, 200.0), lambda f: (320.0, 200.0), camera=pan, reference="stabilised")
    hand = hand_of(resting)
    assert hand["contacts"] == []
    assert hand["boxes"][-1]["cx"] - hand["boxes"][0]["cx"] == pytest.approx(98)
    assert hand["boxes"][-1]["sx"] == pytest.approx(hand["boxes"][0]["sx"], abs=0.02)
    moved = hand_of(tracks(home, reach_and_carry, carried, camera=pan, reference="stabilised"))
    still = hand_of(tracks(home, reach_and_carry, carried))
    assert moved["contacts"] == still["contacts"] != []
    assert hand_of(tracks(home, reach_and_carry, carried, camera=pan, reference="none"))["contacts"] == []


def test_another_number_of_keypoints_is_refused(home: Path) -> None:
    row = tracks(home, lambda f: (300.0, 200.0)).to_pylist()[0]
    row["boxes"][0]["keypoints"] = row["boxes"][0]["keypoints"][:5]
    with pytest.raises(ValueError, match=r"v\.c0\.t0: a box has 5 keypoints.*tracks\.hands = false"):
        hand_rows([row], options(home).tracks)


def test_hands_have_facts_but_change_nothing_that_is_said_of_the_others(home: Path) -> None:
    with_hands = analyse(tracks(home, reach_and_carry, carried), options(home).motion).facts
    without = analyse(
        tracks(home, reach_and_carry, carried, changes=("tracks.hands=false",)), options(home).motion
    ).facts
    hand = {(f["kind"], f["value"]) for f in with_hands.to_pylist() if f["subject_track_id"] == "v.c0.t0-right"}
    assert {("moving", "moving"), ("class", "hand")} <= hand
    assert not {kind for kind, _ in hand} & {"appear", "disappear", "order"}
    (mine,), (its,) = clips(with_hands, 1.5), clips(without, 1.5)
    assert mine.facts == its.facts and mine.tracks == its.tracks


def test_hands_are_nested_in_the_papers_motion_file(home: Path) -> None:
    motion = official_motion(tracks(home, reach_and_carry, carried).to_pylist())
    assert list(motion["detected_objects"]) == ["box_1000"]
    assert motion["person_00"]["right_hand"]["track_id"] == "v.c0.t0-right"
    assert len(motion["person_00"]["right_hand"]["bbox"]) == FRAMES and "left_hand" not in motion["person_00"]


def test_rows_are_canonical_and_repeat(home: Path) -> None:
    once, again = tracks(home, reach_and_carry, carried), tracks(home, reach_and_carry, carried)
    assert once.equals(again) and once.schema.names == TRACKS.names


def test_the_catalog_shows_hands_and_takes_in_tracks_made_before_them(home: Path, tmp_path: Path) -> None:
    table = tracks(home, reach_and_carry, carried)
    lake = Lake(str(tmp_path / "lake"))
    older = table.filter(pc.equal(table["class"], "person")).drop_columns(["side", "contacts"])
    heads = {}
    for video, rows in (("new", table), ("old", older)):
        receipt = Receipt(
            video, "tracks", video, Producer("tracks", "1", {}), (), data_version(rows), "ok", "", "run",
            "2026-01-01T00:00:00+00:00", 0.1, rows.num_rows,
        )  # fmt: skip
        lake.write(rows, receipt)
        heads[video] = Head(video, receipt.data_version, "ok")
    lake.write_heads("tracks", "b", heads, "r")
    catalog = Catalog(tmp_path / "catalog.duckdb", lake)
    assert catalog.sync().artifacts == 2
    found = catalog.query("SELECT track_id, side FROM tracks WHERE class IN ('person', 'hand') ORDER BY ALL")
    assert [tuple(r.values()) for r in found] == [("v.c0.t0", None), ("v.c0.t0", None), ("v.c0.t0-right", "right")]
    (contact,) = hand_of(table)["contacts"]
    assert catalog.query("FROM contacts") == [
        {"clip_id": "v.c0", "hand_track_id": "v.c0.t0-right", "track_id": box_id(table), "t0": contact["start_s"],
         "t1": contact["end_s"], "samples": contact["samples"]}
    ]  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")
