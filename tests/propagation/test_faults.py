"""The seven faults: nothing at rate 0, nested doses, shares as promised; and a scratch lake that leaves no trace."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from scene_rows import NOWHERE, Tables, above, below

from fm_assets.propagation.compare import compare
from fm_assets.propagation.faults import FAULTS
from fm_assets.propagation.scratch import GIVEN, scratch
from fm_assets.scenes.generate import make_scene
from fm_assets.settings import Settings, load_settings
from fm_resources.process import this_process
from fm_resources.rows import data_version

CLASSES = ("ball", "box", "cross")
RATES = (0.05, 0.1, 0.3)
SEED = 11


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings().model_copy(update={"home": tmp_path_factory.mktemp("home")})


@pytest.fixture(scope="module")
def corpus(settings: Settings) -> list[Tables]:
    found = []
    for k, kind in enumerate(("entering", "mixed", "crossing", "looming", "mixed", "entering")):
        spec = make_scene(78_000_000 + k, kind)
        rows = above(spec)
        with scratch(settings, spec.name, NOWHERE) as lake:
            refs = {stage.name: lake.put(stage.name, rows[stage.name], {"made": 1}) for stage in GIVEN}
            found.append(dict(lake.version(refs).tables))
    return found


def boxes_of(table: pa.Table) -> list[tuple]:
    """Every box as (time, corners, class), whoever it belongs to."""
    sides = ("x1", "y1", "x2", "y2")
    if "t_s" in table.column_names:
        return [
            (r["clip_id"], r["t_s"], *(b[s] for s in sides), b["class"]) for r in table.to_pylist() for b in r["boxes"]
        ]
    return [(r["clip_id"], b["t_s"], *(b[s] for s in sides), r["class"]) for r in table.to_pylist() for b in r["boxes"]]


@pytest.mark.parametrize("name", FAULTS)
def test_rate_zero_changes_nothing(name: str, corpus: list[Tables]) -> None:
    fault = FAULTS[name]
    for tables in corpus:
        rows = tables[fault.stage]
        assert data_version(fault.inject(rows, 0.0, SEED, CLASSES)) == data_version(rows)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_the_same_each_time_and_another_for_another_seed(name: str, corpus: list[Tables]) -> None:
    fault = FAULTS[name]
    versions = [
        [data_version(fault.inject(tables[fault.stage], 0.3, seed, CLASSES)) for tables in corpus]
        for seed in (SEED, SEED, SEED + 1)
    ]
    assert versions[0] == versions[1] != versions[2]


@pytest.mark.parametrize("name", sorted(FAULTS.keys() - {"id_switch", "fragmentation"}))
def test_what_a_lower_rate_hits_a_higher_one_hits_too(name: str, corpus: list[Tables]) -> None:
    """Of all original boxes those that are untouched shrink with the rate, and no box is ever healed."""
    fault = FAULTS[name]
    for tables in corpus:
        rows = tables[fault.stage]
        before = set(boxes_of(rows))
        kept = [before & set(boxes_of(fault.inject(rows, rate, SEED, CLASSES))) for rate in RATES]
        assert kept[0] >= kept[1] >= kept[2]


def test_more_tracks_change_over_and_fall_apart_at_higher_rates(corpus: list[Tables]) -> None:
    for name in ("id_switch", "fragmentation"):
        for tables in corpus:
            rows = tables["tracks"]
            broken = []
            for rate in RATES:
                after = FAULTS[name].inject(rows, rate, SEED, CLASSES)
                assert sorted(boxes_of(after)) == sorted(boxes_of(rows)) or name == "id_switch"
                broken.append(
                    {c.before_id for c in compare({"tracks": rows}, {"tracks": after}) if c.change != "unchanged"}
                )
            assert broken[0] <= broken[1] <= broken[2]


@pytest.mark.parametrize("name", ["missed_boxes", "jitter", "dropped_frames"])
def test_the_rate_is_the_share_that_is_hit(name: str, corpus: list[Tables]) -> None:
    fault = FAULTS[name]
    hit, total = 0, 0
    for seed in range(20):
        for tables in corpus:
            rows = tables["detections"]
            after = fault.inject(rows, 0.2, seed, CLASSES)
            if name == "dropped_frames":
                hit, total = hit + rows.num_rows - after.num_rows, total + rows.num_rows
            else:
                before = set(boxes_of(rows))
                hit, total = hit + len(before - set(boxes_of(after))), total + len(before)
    assert hit / total == pytest.approx(
        0.2, abs=4 * np.sqrt(0.2 * 0.8 / total) + 0.005
    )  # a few move by less than is stored


def test_false_boxes_come_at_the_rate(corpus: list[Tables]) -> None:
    added, total = 0, 0
    for seed in range(40):
        for tables in corpus:
            rows = tables["detections"]
            after = FAULTS["spurious_tracks"].inject(rows, 0.2, seed, CLASSES)
            assert set(boxes_of(rows)) <= set(boxes_of(after))
            added, total = added + len(boxes_of(after)) - len(boxes_of(rows)), total + len(boxes_of(rows))
    assert added / total == pytest.approx(0.2, rel=0.1)


def test_lost_frames_are_counted_and_the_rest_numbered(corpus: list[Tables]) -> None:
    rows = corpus[0]["detections"]
    after = FAULTS["dropped_frames"].inject(rows, 0.3, SEED, CLASSES)
    assert after["frame"].to_pylist() == list(range(after.num_rows))
    assert set(after["t_s"].to_pylist()) < set(rows["t_s"].to_pylist())
    inner = [t for t in rows["t_s"].to_pylist() if t <= after["t_s"].to_pylist()[-1]]
    assert sum(after["missing"].to_pylist()) == len(inner) - after.num_rows


def test_pieces_and_exchanged_tracks_are_told_as_such(corpus: list[Tables]) -> None:
    rows = corpus[0]["tracks"]
    pieces = FAULTS["fragmentation"].inject(rows, 1.0, SEED, CLASSES).to_pylist()
    assert len(pieces) == 2 * rows.num_rows
    for row in pieces:
        assert row["frames"] == len(row["boxes"])
        assert (row["start_s"], row["end_s"]) == (row["boxes"][0]["t_s"], row["boxes"][-1]["t_s"])
        assert row["observed"] == sum(b["observed"] for b in row["boxes"])
    switched = FAULTS["id_switch"].inject(rows, 1.0, SEED, CLASSES)
    assert sum(switched["frames"].to_pylist()) == sum(rows["frames"].to_pylist())


def test_nothing_is_left_of_a_scratch_lake(settings: Settings, corpus: list[Tables]) -> None:
    assert not list(Path(settings.home).glob(".errors-*"))


def test_the_stages_run_again_say_what_they_say_of_the_same_rows(settings: Settings, corpus: list[Tables]) -> None:
    for tables in corpus:
        again = below(tables["tracks"], settings)
        assert all(data_version(again[stage]) == data_version(tables[stage]) for stage in again)


def test_a_fault_is_an_artifact_that_says_what_it_is(settings: Settings, corpus: list[Tables]) -> None:
    tables = corpus[0]
    with scratch(settings, "v", NOWHERE) as lake:
        base = lake.version({s.name: lake.put(s.name, tables[s.name], {"made": 1}) for s in GIVEN})
        rows = FAULTS["id_switch"].inject(tables["tracks"], 1.0, SEED, CLASSES)
        made_by = {"fault": "id_switch", "rate": 1.0, "seed": SEED}
        ref = lake.put("tracks", rows, made_by, base.refs["tracks"])
        receipt = lake.lake.read_receipt("tracks", "v", ref.artifact_id)
        assert receipt is not None and dict(receipt.producer.parameters) == made_by
        assert receipt.inputs == (base.refs["tracks"],)
        given = {name: base.refs[name] for name in ("filtered_clips", "detections")} | {"tracks": ref}
        changes = compare(base.tables, lake.version(given).tables)
        assert {c.stage for c in changes if c.change != "unchanged"} == {
            "tracks",
            "motion_scores",
            "captions",
            "qa_pairs",
        }


def test_what_a_killed_process_left_is_cleared_away(settings: Settings) -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    host, _, _ = this_process().rpartition("-")
    left, ours = (Path(settings.home) / f".errors-{host}-{pid}-abc" for pid in (dead.pid, os.getpid()))
    for folder in (left, ours):
        folder.mkdir()
    with scratch(settings, "v", NOWHERE):
        assert not left.exists() and ours.exists()
    ours.rmdir()
