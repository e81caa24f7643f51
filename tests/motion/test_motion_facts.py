"""Facts about edges, pairs, counts and the table as a whole."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from motion_paths import CLIP, sample_times, table, track_row

from fm_assets.motion.compute import compute
from fm_assets.motion.facts import analyse
from fm_assets.motion.vocabulary import KINDS
from fm_assets.settings import MotionSettings, Settings
from fm_assets.task import SourceFile, Task
from fm_assets.tracks.rows import TRACKS
from fm_resources.rows import data_version

ASPECT = 16 / 9
T = sample_times(8, 10)
A, B = f"{CLIP}.t0", f"{CLIP}.t1"


def line(start: tuple[float, float], end: tuple[float, float], t: np.ndarray = T) -> np.ndarray:
    return np.array(start) + (np.array(end) - start) * (t / T[-1])[:, None]


def facts(*rows: dict) -> dict[str, list[dict]]:
    """All facts by kind."""
    found = defaultdict(list)
    for fact in analyse(table(*rows), MotionSettings()).facts.to_pylist():
        found[fact["kind"]].append(fact)
    return found


def values(found: list[dict], min_margin: float = 1.5) -> list[str]:
    return [f["value"] for f in found if f["margin"] >= min_margin]


# -- edges of the frame ---------------------------------------------------------------------------------------


def test_what_enters_over_the_edge_is_no_growing_thing() -> None:
    found = facts(track_row(T, line((-0.3, 0.5), (1.2, 0.5)), size=0.3))
    assert values(found["appear"]) == ["entered"]
    assert found["appear"][0]["t0"] > 0.3
    assert values(found["disappear"]) == ["present"]
    assert values(found["direction"]) == ["right"]
    assert values(found["trajectory_shape"]) == ["straight"]
    assert "grows" not in values(found["scale_change"], 0)
    assert not any(found[kind] for kind in ("speed", "displacement", "acceleration"))  # half of it was not seen to move


def test_a_thing_whose_lower_end_is_always_cut_still_goes_sideways() -> None:
    rng = np.random.default_rng(1)
    found = facts(track_row(T, line((0.3, 0.9), (1.5, 0.9)), size=0.4, noise_px=1, rng=rng))
    assert values(found["direction"]) == ["right"]
    assert values(found["region"]) == ["lower left", "lower centre", "lower right"]


def test_a_thing_that_slides_out_of_view_has_not_stopped() -> None:
    found = facts(track_row(T, line((0.5, 0.5), (-0.35, 0.5)), size=0.3))
    assert values(found["disappear"]) == ["exited"]
    assert found["acceleration"] == []  # the centre of a half-seen body slows down
    assert values(found["trajectory_shape"]) == ["straight"]


def test_a_track_that_begins_or_ends_inside_the_frame_was_hidden() -> None:
    path = line((0.5, 0.5), (1.2, 0.5))
    late, early = facts(track_row(T, path, keep=T > 3)), facts(track_row(T, path, keep=T < 3))
    assert values(late["appear"]) == values(early["disappear"]) == ["occluded"]
    assert values(late["disappear"]) == values(early["appear"]) == ["present"]


# -- frames of reference --------------------------------------------------------------------------------------


def test_a_still_thing_under_a_moving_camera_is_still_in_the_stabilised_frame() -> None:
    still = np.tile([0.8, 0.5], (len(T), 1))
    found = facts(track_row(T, line((0.3, 0.5), (1.4, 0.5)), reference="stabilised", stabilised=still))
    assert values(found["moving"]) == ["stationary"]
    assert found["moving"][0]["frame_of_reference"] == "stabilised"
    assert {f["frame_of_reference"] for f in found["region"]} == {"image"}


def test_without_a_reliable_camera_nothing_is_said_about_positions() -> None:
    late = track_row(T, line((-0.6, 0.5), (1.2, 0.5)), number=1, reference="none", colour="blue")
    found = facts(track_row(T, line((0.3, 0.5), (1.4, 0.5)), reference="none"), late)
    assert set(found) == {"class", "colour", "count", "appear", "disappear", "order"}
    assert values(found["order"]) == ["before"]


# -- single tracks --------------------------------------------------------------------------------------------


def test_a_hole_in_a_track_hides_its_course_but_not_its_direction() -> None:
    hole = (T < 2) | (T > 5)
    found = facts(track_row(T, line((0.3, 0.5), (1.4, 0.5)), keep=hole))
    assert values(found["direction"]) == ["right"]
    assert found["trajectory_shape"] == found["speed"] == []


def test_sizes() -> None:
    for end, expected in ((0.2, "grows"), (0.05, "shrinks"), (0.1, "constant")):
        size = np.geomspace(0.1, end, len(T))
        rng = np.random.default_rng(2)
        found = facts(track_row(T, line((0.4, 0.5), (1.2, 0.5)), size=size, noise_px=0.7, rng=rng))
        assert values(found["scale_change"]) == [expected]
        assert found["scale_change"][0]["number"] == pytest.approx(end / 0.1, rel=0.15)


def test_regions_at_start_middle_and_end() -> None:
    found = facts(track_row(T, line((0.2, 0.15), (1.6, 0.85))))
    assert [(f["t0"], f["value"]) for f in found["region"]] == [
        (0.0, "upper left"),
        (4.0, "centre"),
        (7.9, "lower right"),
    ]
    on_the_line = facts(track_row(T, line((ASPECT / 3, 0.5), (ASPECT / 3 + 0.01, 0.5))))
    assert len(on_the_line["region"]) == 3
    assert values(on_the_line["region"]) == []


# -- pairs ----------------------------------------------------------------------------------------------------


def test_crossing_things_change_sides() -> None:
    one = track_row(T, line((0.2, 0.5), (1.5, 0.5)))
    other = track_row(T, line((1.5, 0.52), (0.2, 0.52)), number=1, colour="blue")
    found = facts(one, other)["relative_position"]
    assert {(f["subject_track_id"], f["object_track_id"]) for f in found} == {(A, B)}
    assert sorted({f["t0"] for f in found}) == [0.0, 4.0, 7.9]
    assert [(f["t0"], f["value"]) for f in found if f["margin"] >= 1.5] == [(0.0, "left_of"), (7.9, "right_of")]
    assert found[0]["number"] == pytest.approx(1.3, abs=0.01)


def test_diagonal_neighbours_have_both_relations() -> None:
    rows = [track_row(T, line(p, p), number=i) for i, p in enumerate([(0.5, 0.3), (0.9, 0.7)])]
    at_start = [f for f in facts(*rows)["relative_position"] if f["t0"] == 0]
    assert sorted(values(at_start)) == ["above", "left_of"]


def test_approach_and_recede() -> None:
    one = track_row(T, line((0.2, 0.5), (0.6, 0.5)))
    other = track_row(T, line((1.5, 0.5), (1.0, 0.5)), number=1, colour="blue")
    away = track_row(T, line((1.5, 0.8), (1.7, 0.8)), number=2, colour="green")
    found = {(f["subject_track_id"], f["object_track_id"]): f for f in facts(one, other, away)["distance_change"]}
    assert found[A, B]["value"] == "approach"
    assert found[A, B]["number"] == pytest.approx(0.4 / 1.3, rel=0.1)
    assert found[B, f"{CLIP}.t2"]["value"] == "recede"


def test_order_of_appearance_needs_clean_beginnings() -> None:
    present = track_row(T, line((0.5, 0.2), (0.9, 0.2)))
    comes = track_row(T, line((-0.6, 0.5), (1.2, 0.5)), number=1, colour="blue")
    hidden = track_row(T, line((0.8, 0.8), (1.2, 0.8)), number=2, colour="green", keep=T > 4)
    found = facts(present, comes, hidden)["order"]
    assert [(f["subject_track_id"], f["value"], f["object_track_id"]) for f in found] == [(A, "before", B)]
    assert found[0]["margin"] >= 1.5
    assert found[0]["number"] == pytest.approx(found[0]["t1"] - found[0]["t0"], abs=0.01)


def test_who_is_faster() -> None:
    slow = track_row(T, line((0.4, 0.2), (0.9, 0.2)))
    fast = track_row(T, line((0.3, 0.7), (1.5, 0.7)), number=1, colour="blue")
    found = facts(slow, fast)["speed_order"]
    assert values(found) == ["slower"]
    assert found[0]["number"] == pytest.approx(0.5 / 1.2, rel=0.05)


# -- counts ---------------------------------------------------------------------------------------------------


def test_a_broken_track_leaves_the_count_open() -> None:
    path = line((0.3, 0.5), (1.5, 0.5))
    halves = [track_row(T, path, keep=T < 3.5), track_row(T, path, number=1, keep=T > 4.5)]
    assert facts(*halves)["count"] == []
    other_colour = [halves[0], track_row(T, path, number=1, keep=T > 4.5, colour="blue")]
    assert values(facts(*other_colour)["count"]) == ["ball:2"]


def test_together_things_are_counted_by_class() -> None:
    rows = [
        track_row(T, line((0.3, y), (1.5, y)), number=i, class_name=n)
        for i, (y, n) in enumerate([(0.2, "ball"), (0.5, "ball"), (0.8, "car")])
    ]
    assert sorted(values(facts(*rows)["count"])) == ["ball:2", "car:1"]


def test_two_boxes_on_one_thing_leave_the_count_open() -> None:
    rows = [track_row(T, line((0.3, 0.5), (1.5, 0.5)), number=i, size=s) for i, s in enumerate((0.2, 0.19))]
    assert facts(*rows)["count"] == []


def test_faint_tracks_make_no_usable_count() -> None:
    assert values(facts(track_row(T, line((0.3, 0.5), (1.5, 0.5)), score=0.3))["count"]) == []


def test_what_a_detector_without_classes_found_is_no_count() -> None:
    rows = [track_row(T, line((0.3, y), (1.5, y)), number=i, class_name="object") for i, y in enumerate((0.2, 0.6))]
    assert facts(*rows)["count"] == []


# -- the table ------------------------------------------------------------------------------------------------


def scene(clip_id: str = CLIP, seed: int = 0, noise_px: float = 1.0) -> list[dict]:
    rng = np.random.default_rng(seed)
    paths = [line((0.2, 0.3), (1.5, 0.6)), line((-0.4, 0.7), (1.2, 0.7)), line((1.5, 0.2), (1.5, 0.2))]
    return [
        track_row(T, p, number=i, clip_id=clip_id, colour=c, noise_px=noise_px, rng=rng)
        for i, (p, c) in enumerate(zip(paths, ("red", "blue", "green"), strict=True))
    ]


def test_facts_are_of_the_vocabulary() -> None:
    rows = analyse(table(*scene()), MotionSettings()).facts.to_pylist()
    assert len({r["fact_id"] for r in rows}) == len(rows)
    for row in rows:
        kind = KINDS[row["kind"]]
        assert not kind.values or row["value"] in kind.values
        assert row["unit"] == kind.unit
        assert (row["object_track_id"] is not None) == kind.relation
        assert (row["subject_track_id"] is None) == (row["kind"] == "count")
        assert 0 <= row["margin"] <= 20
        assert 0 <= row["confidence"] <= 1
        assert 0 <= row["t0"] <= row["t1"]
        assert 0 <= row["frame0"] <= row["frame1"] < len(T)


def test_equal_statements_keep_their_names() -> None:
    def names(rows: list[dict]) -> dict[tuple, str]:
        found = analyse(table(*rows), MotionSettings()).facts.to_pylist()
        tracks = ("subject_track_id", "object_track_id")
        return {
            (f["kind"], *((f[t] or "").rpartition(".")[2] for t in tracks), f["t0"], f["value"]): f[
                "fact_id"
            ].rpartition(".f-")[2]
            for f in found
            if not f["unit"].startswith("frame heights")
        }

    one, other_clip, other_noise = names(scene()), names(scene("another-11111111.c3")), names(scene(seed=5))
    assert one == other_clip
    shared = one.keys() & other_noise.keys()
    assert len(shared) > 0.8 * len(one)
    assert all(one[k] == other_noise[k] for k in shared)


def test_the_stage_is_deterministic_and_does_not_mix_clips(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, root=tmp_path)
    source = SourceFile(tmp_path / "v.mp4", "0" * 64, "demo", "")
    both = table(*scene("v-0.c0"), *scene("v-0.c1", seed=3))

    def run(rows: pa.Table) -> pa.Table:
        return compute(Task("motion_scores", "v-0", source, {"tracks": rows}), settings).rows

    together = run(both)
    assert data_version(together) == data_version(run(both))
    assert data_version(together) == data_version(run(both.take(pa.array(range(both.num_rows - 1, -1, -1)))))
    apart = [run(both.filter(pa.compute.equal(both["clip_id"], c))) for c in ("v-0.c0", "v-0.c1")]
    assert data_version(together) == data_version(pa.concat_tables(apart).combine_chunks())
    assert run(TRACKS.empty_table()).num_rows == 0


def test_abstentions_are_counted_with_their_reasons() -> None:
    analysis = analyse(table(*scene(noise_px=0)), MotionSettings())
    assert analysis.abstentions["direction", "stationary"] == 1
    assert analysis.abstentions["repetition_count", "no back-and-forth movement"] == 2
    assert list(analysis.abstentions) == sorted(analysis.abstentions)


def test_crowds_are_compared_only_as_far_as_asked() -> None:
    rows = [track_row(T, line((0.1 + 0.05 * i, 0.5), (0.1 + 0.05 * i, 0.6)), number=i, size=0.04) for i in range(25)]
    found = analyse(table(*rows), MotionSettings(pair_tracks=4)).facts.to_pylist()
    assert len({f["subject_track_id"] for f in found if f["kind"] == "relative_position"}) == 3
    assert len({f["subject_track_id"] for f in found if f["kind"] == "moving"}) == 25
