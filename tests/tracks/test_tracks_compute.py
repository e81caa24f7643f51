"""Tracks from stored boxes: association, gaps, duplicates, votes, camera."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fm_assets.detections.rows import DETECTIONS
from fm_assets.settings import Settings, load_settings
from fm_assets.task import SourceFile, Task
from fm_assets.tracks.compute import compute as compute_task
from fm_assets.tracks.gaps import fill
from fm_assets.tracks.producer import parameters
from fm_assets.tracks.rows import TRACKS
from fm_assets.tracks.vote import elect
from fm_resources.rows import data_version, from_pylist
from fm_resources.tracker import TRACKERS, stabilised

FPS = 10.0
Box = tuple[float, float, float, float]
Path2 = Callable[[int], tuple[float, float] | None]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


class Object:
    """A box that follows a path; the path gives its centre per frame, or None where it is not detected."""

    def __init__(
        self,
        path: Path2,
        size: tuple[float, float] = (40, 60),
        score: float = 0.8,
        name: str = "car",
        colour: str = "red",
    ) -> None:
        self.path, self.size, self.score, self.name, self.colour = path, size, score, name, colour

    def row(self, frame: int) -> dict[str, Any] | None:
        at = self.path(frame)
        if at is None:
            return None
        (x, y), (w, h) = at, self.size
        return {"x1": x - w / 2, "y1": y - h / 2, "x2": x + w / 2, "y2": y + h / 2, "score": self.score,
                "class": self.name, "colour": self.colour, "colour_share": 0.9}  # fmt: skip


def detections(objects: Sequence[Object], frames: int = 50) -> pa.Table:
    rows = []
    for f in range(frames):
        boxes = [row for o in objects if (row := o.row(f)) is not None]
        boxes.sort(key=lambda b: (-b["score"], b["x1"]))
        rows.append({"clip_id": "v.c0", "frame": f, "t_s": f / FPS, "width": 640, "height": 360, "boxes": boxes})
    return from_pylist(rows, DETECTIONS)


def clip(frames: int, frame_of_reference: str, camera: Sequence[Mapping[str, Any]]) -> pa.Table:
    row = {"clip_id": "v.c0", "status": "keep", "start_s": 3.0, "end_s": 3.0 + frames / FPS, "width": 640, "height": 360,
           "frame_of_reference": frame_of_reference, "camera": list(camera)}  # fmt: skip
    return pa.Table.from_pylist([row])


def tracks_of(
    home: Path,
    objects: Sequence[Object],
    *changes: str,
    frames: int = 50,
    frame_of_reference: str = "image",
    camera: Sequence[Mapping[str, Any]] = (),
) -> list[dict[str, Any]]:
    tables = {"detections": detections(objects, frames), "filtered_clips": clip(frames, frame_of_reference, camera)}
    return compute(task(tables), options(home, *changes)).to_pylist()


def task(tables: Mapping[str, pa.Table]) -> Task:
    return Task("tracks", "v", SourceFile(Path("never-opened.mp4"), "", "", ""), tables)


def options(home: Path, *changes: str) -> Settings:
    return load_settings(None, changes, {"FM_HOME": str(home)})


def compute(job: Task, settings: Settings) -> pa.Table:
    return compute_task(job, settings).rows


def right(speed: float, y: float = 100, start: float = 50) -> Path2:
    return lambda f: (start + speed * f, y)


@pytest.mark.parametrize("tracker", TRACKERS)
def test_stored_boxes_are_kept_from_the_first_frame_on(home: Path, tracker: str) -> None:
    late = Object(lambda f: (500, 300 - 4 * (f - 10)) if f >= 10 else None)
    rows = tracks_of(home, [Object(right(6)), late], f"tracks.tracker={tracker}")
    assert [(r["track_id"], r["start_s"], r["frames"]) for r in rows] == [("v.c0.t0", 0.0, 50), ("v.c0.t1", 1.0, 40)]
    assert [b["cx"] for b in rows[0]["boxes"]] == [50 + 6 * f for f in range(50)]
    assert [b["x1"] for b in rows[0]["boxes"]] == [30 + 6 * f for f in range(50)], "a straight line stays"
    assert rows[0]["clip_s"] == 5.0 and rows[0]["end_s"] == 4.9 and rows[0]["mean_score"] == 0.8
    assert rows[0]["parent_track_id"] is None and rows[0]["colour"] == "red"


@pytest.mark.parametrize("tracker", TRACKERS)
def test_objects_that_cross_keep_their_tracks(home: Path, tracker: str) -> None:
    there, back = Object(right(10, 150, 60), name="car"), Object(right(-10, 165, 560), name="bus")
    rows = tracks_of(home, [there, back], f"tracks.tracker={tracker}")
    assert [(r["class"], r["class_share"], r["frames"]) for r in rows] == [("car", 1.0, 50), ("bus", 1.0, 50)]


@pytest.mark.parametrize("tracker", TRACKERS)
def test_an_object_that_swings_keeps_its_track(home: Path, tracker: str) -> None:
    swing = Object(lambda f: (300 + 80 * np.sin(f / 10 * 2 * np.pi / 2.2), 150), size=(40, 40))
    assert [r["frames"] for r in tracks_of(home, [swing], f"tracks.tracker={tracker}")] == [50]


def test_short_gaps_are_bridged_and_marked(home: Path) -> None:
    path = right(6)
    (row,) = tracks_of(home, [Object(lambda f: None if f in (20, 21) else path(f))])
    assert (row["frames"], row["observed"], row["gaps"]) == (50, 48, 1)
    bridged = [b for b in row["boxes"] if not b["observed"]]
    assert [b["frame"] for b in bridged] == [20, 21]
    assert [b["x1"] for b in bridged] == [150.0, 156.0]
    assert {b["score"] for b in bridged} == {0.0}
    assert row["mean_score"] == 0.8


def test_long_gaps_stay_open(home: Path) -> None:
    path = right(3)
    (row,) = tracks_of(home, [Object(lambda f: None if 20 <= f < 26 else path(f))])
    assert (row["frames"], row["observed"], row["gaps"]) == (44, 44, 0)


def test_short_tracks_are_dropped(home: Path) -> None:
    brief = Object(lambda f: (300, 200) if 10 <= f < 15 else None)
    assert tracks_of(home, [brief]) == []
    tables = {"detections": detections([brief, Object(right(6))]), "filtered_clips": clip(50, "image", ())}
    assert compute_task(task(tables), options(home)).counts == {"too_short": 1}
    assert [r["frames"] for r in tracks_of(home, [brief], "tracks.min_track_s=0.4")] == [5]


def test_the_same_object_under_two_classes_is_one_track(home: Path) -> None:
    rows = tracks_of(home, [Object(right(6), score=0.8, name="car"), Object(right(6, 101), score=0.5, name="truck")])
    assert [r["class"] for r in rows] == ["car"]


def test_class_and_colour_are_elected_by_score(home: Path) -> None:
    sure, unsure = Object(right(6), score=0.9, name="dog"), Object(right(6), score=0.4, name="cat", colour="brown")

    class Flickering(Object):
        def row(self, frame: int) -> dict[str, Any] | None:
            return (sure if frame % 3 == 0 else unsure).row(frame)

    (row,) = tracks_of(home, [Flickering(right(6))], frames=51)
    assert row["class"] == "dog"
    assert row["class_share"] == pytest.approx(17 * 0.9 / (17 * 0.9 + 34 * 0.4), abs=0.001)
    assert row["colour"] == "red"


def test_clips_without_boxes_or_dropped_ones_have_no_tracks(home: Path) -> None:
    assert tracks_of(home, []) == []
    dropped = clip(10, "none", ()).set_column(1, "status", pa.array(["drop"]))
    assert compute(task({"detections": detections([], 0), "filtered_clips": dropped}), options(home)).num_rows == 0


def panning(speed: float, frames: int = 50) -> list[dict[str, Any]]:
    """A camera that turns right: the image moves left by `speed` pixels per frame."""
    return [{"t_s": f / FPS, "a": 1.0, "b": 0.0, "tx": -speed if f else 0.0, "ty": 0.0} for f in range(frames)]


def test_centres_are_stabilised_where_the_camera_moves(home: Path) -> None:
    still_in_the_world = Object(lambda f: (600 - 8 * f, 100))
    (row,) = tracks_of(home, [still_in_the_world], frame_of_reference="stabilised", camera=panning(8))
    assert {(b["sx"], b["sy"]) for b in row["boxes"]} == {(600.0, 100.0)}
    (row,) = tracks_of(home, [still_in_the_world], frame_of_reference="image", camera=panning(8))
    assert [b["sx"] for b in row["boxes"]] == [600 - 8 * f for f in range(50)]


@pytest.mark.parametrize("tracker", TRACKERS)
def test_a_jerking_camera_does_not_break_tracks(home: Path, tracker: str) -> None:
    shift = np.cumsum([0 if f % 10 else 45 for f in range(50)]) - 45  # a jerk of a body's width every second
    camera = [
        {"t_s": f / FPS, "a": 1.0, "b": 0.0, "tx": -float(shift[f] - shift[max(f - 1, 0)]), "ty": 0.0}
        for f in range(50)
    ]
    standing = [Object(lambda f, x=x: (x - shift[f], 200), size=(40, 40)) for x in (300, 345, 390)]  # type: ignore[misc]
    moved = tracks_of(home, standing, f"tracks.tracker={tracker}", frame_of_reference="stabilised", camera=camera)
    assert [(r["frames"], len({b["sx"] for b in r["boxes"]})) for r in moved] == [(50, 1)] * 3
    ignored = tracks_of(home, standing, f"tracks.tracker={tracker}", camera=camera)
    assert any(len({round(b["x1"] + shift[b["frame"]]) for b in r["boxes"]}) > 1 for r in ignored)


def test_boxes_are_tracked_where_they_would_lie_without_the_camera() -> None:
    angle = 0.3
    turn = 1.5 * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = np.concatenate([turn, [[5.0], [7.0]]], axis=1)
    (box,) = stabilised(np.array([[100.0, 80.0, 140.0, 100.0]]), matrix)
    np.testing.assert_allclose((box[:2] + box[2:]) / 2, turn @ [120.0, 90.0] + [5.0, 7.0])
    np.testing.assert_allclose(box[2:] - box[:2], [60.0, 30.0])


def test_only_what_the_chosen_methods_read_decides_the_rows(home: Path) -> None:
    plain, other = options(home), options(home, "tracks.inertia=0.5", "tracks.smoothing_s=1.0")
    assert parameters(plain) == parameters(other)
    assert parameters(options(home, "tracks.tracker=ocsort"))["inertia"] == 0.2
    assert parameters(options(home, "tracks.smoothing=savgol"))["smoothing_s"] == 0.4


def test_keypoints_and_masks_go_along_where_a_box_was_seen(home: Path) -> None:
    class Person(Object):
        def row(self, frame: int) -> dict[str, Any] | None:
            found = super().row(frame)
            points = [{"x": 1.0 * frame, "y": 2.0, "score": 0.5}] * 17
            return found and {**found, "keypoints": points, "mask_area": 100.0 + frame}

    path = right(6)
    (row,) = tracks_of(home, [Person(lambda f: None if f == 20 else path(f))])
    assert [len(b["keypoints"] or ()) for b in row["boxes"]] == [17] * 20 + [0] + [17] * 29
    assert row["boxes"][30]["keypoints"][3] == {"x": 30.0, "y": 2.0, "score": 0.5}
    assert [b["mask_area"] for b in row["boxes"]] == [*range(100, 120), None, *range(121, 150)]


@pytest.mark.parametrize("tracker", TRACKERS)
def test_equal_boxes_give_equal_rows_in_any_order_of_work(home: Path, tracker: str) -> None:
    objects = [Object(right(5, 60 + 70 * k), name=f"k{k}") for k in range(4)]
    tables = {"detections": detections(objects), "filtered_clips": clip(50, "image", ())}
    first = compute(task(tables), options(home, f"tracks.tracker={tracker}"))
    tracks_of(home, [Object(right(9))], f"tracks.tracker={tracker}")  # another clip in the same process
    again = compute(task(tables), options(home, f"tracks.tracker={tracker}"))
    assert first.schema.equals(TRACKS) and data_version(first) == data_version(again)
    assert [r["class"] for r in first.to_pylist()] == ["k0", "k1", "k2", "k3"]


@given(st.sets(st.integers(0, 40), min_size=2, max_size=41), st.floats(0.0, 2.0))
@settings(max_examples=60, deadline=None)
def test_filling_keeps_observations_and_leaves_only_long_gaps(seen: set[int], max_gap_s: float) -> None:
    frame = np.array(sorted(seen))
    times = np.arange(41) / FPS
    xyxy = np.stack([frame * 2.0, frame * 1.0, frame * 2.0 + 10, frame + 20.0], axis=1)
    filled = fill(frame, xyxy, times, max_gap_s)
    np.testing.assert_array_equal(filled.frame[filled.source >= 0], frame)
    np.testing.assert_allclose(filled.xyxy[:, 0], filled.frame * 2.0)  # a straight path stays straight
    left = np.diff(filled.frame) > 1
    assert (np.diff(times[filled.frame])[left] > max_gap_s).all()


@given(st.lists(st.tuples(st.sampled_from(["", "a", "b", "c"]), st.floats(0, 1)), max_size=20))
def test_elections_are_fair(ballots: list[tuple[str, float]]) -> None:
    names, weights = np.array([b[0] for b in ballots], dtype=object), np.array([b[1] for b in ballots])
    winner, share = elect(names, weights)
    assert 0 <= share <= 1 and (winner == "") == all(n == "" for n, _ in ballots)
    if winner:
        totals = {n: sum(w for m, w in ballots if m == n) for n in "abc"}
        assert totals[winner] >= max(totals.values()) - 1e-6
