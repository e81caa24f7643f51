"""The whole graph over rendered scenes, through the command line and Dagster's event log."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

STAGES = [
    "source_videos", "filtered_clips", "detections", "tracks", "motion_scores", "captions", "qa_pairs",
    "benchmark_splits", "training_export",
]  # fmt: skip
VIEWS = {
    "videos": "video_id path sha256 batch domain licence duration_s width height fps status reason",
    "clips": "clip_id video_id start_s end_s camera_score camera_verdict frame_of_reference status reason",
    "tracks": "track_id clip_id class start_s end_s frames mean_score parent_track_id side",
    "facts": "fact_id clip_id kind subject_track_id object_track_id t0 t1 value unit margin confidence frame_of_reference",
    "captions": "caption_id clip_id writer text",
    "qa": "qa_id clip_id category what_how difficulty question option_a option_b option_c option_d answer verdict writer "
    "domain split",
    "qa_evidence": "qa_id role fact_id",
    "caption_evidence": "caption_id role fact_id",
    "receipts": "artifact_id stage video_id batch producer_id data_version status reason run_id started seconds rows cost_usd "
    "is_current",
    "artifact_inputs": "artifact_id input_artifact_id",
    "producers": "producer_id stage logic_version parameters libraries weights",
}


def test_every_stage_computes_every_video(demo) -> None:
    assert list(demo.first_run) == STAGES
    for stage, counts in demo.first_run.items():
        wanted = 1 if stage in ("benchmark_splits", "training_export") else 4
        assert (counts["computed"], counts["failed"], counts["rejected"], counts["deferred"]) == (wanted, 0, 0, 0), (
            stage
        )
        assert counts["rows"] > 0, stage


def test_second_run_reuses_everything_and_loads_no_model(copy) -> None:
    out = copy.run("run")
    assert "100 % reused" in out
    assert "no model library loaded" in out
    assert all(not c["computed"] for c in copy.json("run").values())


def test_the_catalog_can_be_deleted(copy) -> None:
    copy.run("run")
    before = (
        copy.json("status"),
        copy.sql("SELECT * FROM qa ORDER BY qa_id"),
        copy.sql("SELECT count(*) FROM receipts_all"),
    )
    (copy.home / "catalog.duckdb").unlink()
    after = (
        copy.json("status"),
        copy.sql("SELECT * FROM qa ORDER BY qa_id"),
        copy.sql("SELECT count(*) FROM receipts_all"),
    )
    assert after == before
    assert len(before[1]) > 4


def test_changed_tracker_parameter_leaves_detections_alone_and_cuts_off_early(copy) -> None:
    copy.configure((copy.folder / "fm.toml").read_text() + "[tracks]\ntrack_buffer = 47\n")
    copy.run("export")
    status = {row["stage"]: row for row in copy.json("status")["stages"]}
    assert status["detections"]["current"] == 4
    assert status["tracks"]["stale"] == 4
    assert "track_buffer 30 -> 47" in copy.run("status")
    before = dict(
        (r["video_id"], r["data_version"]) for r in copy.sql("FROM receipts WHERE stage = 'tracks' AND is_current")
    )
    counts = copy.json("run")
    after = dict(
        (r["video_id"], r["data_version"]) for r in copy.sql("FROM receipts WHERE stage = 'tracks' AND is_current")
    )
    changed = sum(before[v] != after[v] for v in before)
    assert counts["detections"]["reused"] == 4
    assert counts["tracks"]["computed"] == 4
    assert counts["motion_scores"] | {"computed": changed, "reused": 4 - changed} == counts["motion_scores"]


def test_audit_names_every_link_of_the_chain(demo) -> None:
    qa = demo.json("list", "qa")[0]
    audit = demo.json("audit", "qa", qa["qa_id"])
    made = {entry["stage"]: entry for entry in audit["chain"]}
    assert set(STAGES[:7]) <= set(made)
    assert all(entry["run_id"] and entry["producer_id"] and entry["data_version"] for entry in audit["chain"])
    assert made["tracks"]["libraries"]["ultralytics"] and made["tracks"]["parameters"]["track_buffer"] == 30
    assert any(e["role"] == "right" for e in audit["evidence"])
    assert all(e["margin"] >= 1.5 for e in audit["evidence"])
    named = {e["subject_track_id"] for e in audit["evidence"]} - {None}
    assert named <= {t["track_id"] for t in audit["tracks"]}
    assert Path(audit["video"]["path"]).is_file()
    text = demo.run("audit", "qa", qa["qa_id"])
    for word in (
        "qa_pairs",
        "motion_scores",
        "tracks",
        "detections",
        "filtered_clips",
        "source_videos",
        "frames",
        "sha256",
    ):
        assert word in text


def test_unknown_question_is_one_sentence(demo) -> None:
    assert "fm list qa" in demo.run("audit", "qa", "q-nothing", code=2)


@pytest.mark.parametrize("view", VIEWS)
def test_views_have_the_columns_of_the_contract(demo, view: str) -> None:
    rows = demo.sql(f"SELECT * FROM {view} LIMIT 1")
    assert rows, view
    assert set(VIEWS[view].split()) <= set(rows[0])


def test_exports_hold_every_question_and_playable_clips(demo) -> None:
    import av

    folder = demo.home / "exports" / "training"
    qa = demo.sql("SELECT count(*) AS n FROM qa")[0]["n"]
    official = [json.loads(p.read_text())["questions"] for p in (folder / "official" / "qa").glob("*.json")]
    assert sum(map(len, official)) == qa
    assert set(official[0][0]) == {"question", "A", "B", "C", "D", "correct_answer"}
    info = json.loads((folder / "llamafactory" / "dataset_info.json").read_text())
    examples = [
        e for name in info if name.startswith("motion_qa")
        for e in json.loads((folder / "llamafactory" / info[name]["file_name"]).read_text())
    ]  # fmt: skip
    assert len(examples) == qa
    for example in examples:
        human, answer = example["conversations"]
        assert human["value"].count("<video>") == len(example["videos"]) == 1
        assert answer["value"] in "ABCD"
    with av.open(str(folder / "llamafactory" / examples[0]["videos"][0])) as container:
        assert sum(1 for _ in container.decode(video=0)) > 20
    motion = json.loads(next((folder / "official" / "motion").glob("*.json")).read_text())
    boxes = [b for o in motion["detected_objects"].values() for b in o["bbox"] if b]
    assert boxes and all(0 <= v <= 1 for b in boxes for v in b)


def test_dagster_holds_what_the_command_line_did(demo, monkeypatch) -> None:
    import dagster as dg

    monkeypatch.setenv("DAGSTER_HOME", str(demo.home / "dagster"))
    with dg.DagsterInstance.get() as instance:
        (batch,) = instance.get_dynamic_partitions("batches")
        for stage in STAGES:
            event = instance.get_latest_materialization_event(dg.AssetKey(stage))
            assert event is not None, stage
            materialization = event.asset_materialization
            assert materialization is not None
            assert materialization.partition == (None if stage in STAGES[-2:] else batch)
            found = materialization.metadata
            assert {"videos", "producer", "table", "seconds", "reused"} <= set(found)
            if stage in STAGES[1:7]:
                picture = str(found["picture"].value)
                assert picture.startswith("![contact sheet](data:image/jpeg;base64,")
                assert len(picture) <= 40 * 1024
        checks = instance.event_log_storage.get_latest_asset_check_execution_by_key(
            [dg.AssetCheckKey(dg.AssetKey("benchmark_splits"), "no_video_in_two_splits")]
        )
        assert len(checks) == 1


@pytest.mark.slow
def test_export_that_lost_a_file_is_written_again(copy) -> None:
    copy.run("run")
    victim = next((copy.home / "exports" / "training" / "official" / "qa").glob("*.json"))
    victim.unlink()
    assert copy.json("run")["training_export"]["computed"] == 1
    assert victim.is_file()


@pytest.mark.slow
def test_killed_in_the_middle_only_the_rest_is_done(copy, monkeypatch) -> None:
    import shutil

    lake = copy.home / "lake"
    for stage in STAGES[1:]:
        shutil.rmtree(lake / stage)
    process = copy.start("run", "--set", "workers.count=1")
    deadline = time.monotonic() + 120
    while not list(lake.glob("detections/*/*.parquet")):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    time.sleep(1.0)
    done = len(list(lake.glob("detections/*/*.parquet")))
    counts = copy.json("run")
    assert counts["filtered_clips"]["reused"] == 4
    assert counts["detections"]["reused"] == done
    assert counts["detections"]["computed"] == 4 - done
    assert not list((lake / "_tmp").iterdir())
    import dagster as dg

    monkeypatch.setenv("DAGSTER_HOME", str(copy.home / "dagster"))
    with dg.DagsterInstance.get() as instance:
        assert {run.status for run in instance.get_runs()} == {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE}


@pytest.mark.slow
def test_same_input_gives_equal_data_versions_elsewhere(demo, empty) -> None:
    video = sorted((demo.home / "demo").glob("*.mp4"))[0]
    empty.run("ingest", str(video), "--domain", "demo", "--licence", "CC0-1.0")
    empty.run("run")
    query = "SELECT stage, data_version FROM receipts WHERE video_id = '{}' AND is_current ORDER BY stage"
    name = empty.json("list", "videos")[0]["video_id"]
    assert empty.sql(query.format(name)) == demo.sql(query.format(name))


def test_definitions_load_without_heavy_libraries() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from fm_assets.definitions import build; from fm_assets.settings import load_settings;"
        "build(load_settings(env={})); "
        "print([m for m in ('torch', 'ultralytics', 'litellm', 'cv2', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", code], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
