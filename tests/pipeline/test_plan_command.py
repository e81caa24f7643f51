"""`fm plan` and `fm run --plan` over rendered scenes: what is announced is what receipts then tell."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from fm_resources.lake import Lake

PER_VIDEO = ("source_videos", "filtered_clips", "detections", "tracks", "motion_scores", "captions", "qa_pairs")
CORPUS = ("benchmark_splits", "training_export")


def by_stage(plan: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["stage"]: row for row in plan["summary"]}


def totals(plan: dict[str, Any]) -> tuple[int, int, int]:
    """Computations for certain, those that may come on top, artifacts that become current again."""
    return tuple(plan["total"][name] for name in ("compute", "may_compute", "restore"))  # type: ignore[return-value]


def receipts(fm: Any) -> set[tuple[str, str, str]]:
    """Computations that are on record in the lake: stage, artifact, start; a repeated one has a new start."""
    lake = Lake(str(fm.home / "lake"))
    found = [(stage, name, lake.read_receipt(stage, video, name)) for stage, video, name in lake.artifacts()]
    return {(stage, name, receipt.started) for stage, name, receipt in found if receipt is not None}


def executed(fm: Any, plan: dict[str, Any], *arguments: str, code: int = 0) -> dict[str, dict[str, Any]]:
    """Runs the plan; what receipts and report tell of it must be what it announced."""
    before = receipts(fm)
    out = fm.run("run", "--plan", *arguments, "--json", code=code)
    done = json.JSONDecoder().raw_decode(out)[0]  # where something failed, the errors follow
    assert done["plan"]["steps"] == plan["steps"]
    made = Counter(stage for stage, _, _ in receipts(fm) - before)
    listed = {stage for entry in plan["run"] for stage in entry["stages"]}
    assert set(done["run"]) == listed
    for stage, row in by_stage(plan).items():
        assert row["compute"] <= made[stage] <= row["compute"] + row["may_compute"], stage
        if stage not in listed:
            continue
        told = done["run"][stage]
        assert made[stage] == told["computed"] + told["failed"], stage
        if not row["may_compute"]:
            assert told["computed"] + told["failed"] == row["compute"], stage
    return done["run"]


def one_more(fm: Any) -> Path:
    """Takes in another video: the bytes of one that is there, and some more."""
    new = fm.folder / "again.mp4"
    new.write_bytes(sorted((fm.home / "demo").glob("*.mp4"))[0].read_bytes() + bytes(8))
    fm.run("ingest", str(new), "--domain", "demo")
    return Path(new)


@pytest.mark.slow
def test_a_changed_tracker_parameter_is_planned_and_run_and_rolled_back_for_nothing(copy) -> None:
    assert totals(copy.json("plan")) == (0, 0, 0)
    change = ("--set", "tracks.track_buffer=47")
    plan = copy.json("plan", *change)
    tracks = by_stage(plan)["tracks"]
    assert tracks["compute"] == 4
    assert tracks["why"] == [
        {"action": "compute", "kind": "code_version", "name": "track_buffer", "before": 30, "after": 47, "videos": 4}
    ]
    assert [by_stage(plan)[s]["may_compute"] for s in (*PER_VIDEO[4:], *CORPUS)] == [4, 4, 4, 1, 1]
    assert by_stage(plan)["detections"]["reuse"] == 4
    each = tracks["per_video"]
    assert each["basis"] == "stage" and each["receipts"] == 4
    assert tracks["estimate"]["work_s"]["least"] == pytest.approx(4 * each["seconds"], rel=1e-3)
    assert tracks["estimate"]["wall_s"]["least"] <= tracks["estimate"]["work_s"]["least"]
    text = copy.run("plan", *change)
    assert "tracks: 4 to compute: track_buffer 30 -> 47" in text
    assert "at most 14 more below, fewer where tracks comes out equal" in text
    executed(copy, plan, *change)
    back = copy.json("plan")
    assert totals(back)[:2] == (0, 0) and totals(back)[2] >= 4
    assert by_stage(back)["tracks"]["restore"] == 4
    done = executed(copy, back)
    assert not any(row["computed"] for row in done.values())
    assert totals(copy.json("plan")) == (0, 0, 0)
    nothing = copy.run("run", "--plan")
    assert "nothing to do: all 30 artifacts are current" in nothing


def test_a_new_logic_version_is_named_and_can_be_cut_off_below(copy) -> None:
    code = (
        "import fm_assets.motion.spec as spec; spec.LOGIC_VERSION = 'next'; from fm_assets.cli import main; "
        "import sys; sys.argv = ['fm', *sys.argv[1:]]; main()"
    )

    def fm(*arguments: str) -> dict[str, Any]:
        command = [sys.executable, "-c", code, *arguments, "--json"]
        done = subprocess.run(command, env=copy.environment(), cwd=copy.folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    plan = fm("plan")
    (why,) = by_stage(plan)["motion_scores"]["why"]
    assert (why["name"], why["after"], why["videos"]) == ("logic_version", "next", 4)
    done = fm("run", "--plan")["run"]
    assert done["motion_scores"]["computed"] == 4
    assert all(done[stage]["computed"] == 0 for stage in (*PER_VIDEO[5:], *CORPUS))  # its facts came out equal


@pytest.mark.slow
def test_a_damaged_artifact_and_a_new_video_are_planned_together(copy) -> None:
    damaged = sorted((copy.home / "lake" / "captions").glob("*/*.parquet"))[0]
    damaged.write_bytes(damaged.read_bytes()[:200])
    one_more(copy)
    plan = copy.json("plan")
    assert [step["reasons"][0]["kind"] for step in plan["steps"] if step["action"] == "compute"] == [
        "damaged",
        "missing",
    ]
    assert {entry["batch"]: entry["stages"] for entry in plan["run"] if entry["batch"]} == {
        plan["batches"][0]: ["captions", "qa_pairs"],
        plan["batches"][1]: list(PER_VIDEO),
    }
    done = executed(copy, plan)
    assert done["captions"]["computed"] == 2 and done["detections"]["reused"] == 0
    assert totals(copy.json("plan")) == (0, 0, 0)


@pytest.mark.slow
def test_a_failed_video_is_tried_again_and_a_saved_plan_is_refused_when_something_moved(copy) -> None:
    video = one_more(copy)
    copy.run("run", "--select", "+filtered_clips")
    kept = video.read_bytes()
    video.unlink()
    executed(copy, copy.json("plan"), code=1)
    plan = copy.json("plan", "--out", "plan.json")
    (step,) = [step for step in plan["steps"] if step["action"] == "compute"]
    assert step["stage"] == "detections" and [r["kind"] for r in step["reasons"]] == ["failed_before"]
    assert by_stage(plan)["tracks"]["may_compute"] == 1
    refused = copy.run("run", "--plan", "plan.json", "--set", "detections.min_score=0.9", code=2)
    assert "plan.json no longer holds: the configuration of detections moved since (min_score" in refused
    video.write_bytes(kept)
    done = copy.json("run", "--plan", "plan.json")
    assert done["plan"]["steps"] == plan["steps"]
    assert (done["run"]["detections"]["computed"], done["run"]["detections"]["reused"]) == (1, 0)
    refused = copy.run("run", "--plan", "plan.json", code=2)
    assert "the lake moved since" in refused and "fm plan --out plan.json" in refused
    assert totals(copy.json("plan")) == (0, 0, 0)


@pytest.mark.slow
def test_a_variant_is_planned_beside_main(copy) -> None:
    copy.run("variant", "create", "longer", "--set", "tracks.track_buffer=47", "--no-run")
    plan = copy.json("plan", "--variant", "longer", "--out", "plan.json")
    assert plan["stages"] == [*PER_VIDEO[3:], *CORPUS]  # above, it shares what main has
    assert "is a plan of longer, not of main" in copy.run("run", "--plan", "plan.json", code=2)
    executed(copy, plan, "--variant", "longer")
    assert totals(copy.json("plan", "--variant", "longer")) == totals(copy.json("plan")) == (0, 0, 0)
    assert "is not longer's own" in copy.run("plan", "--variant", "longer", "--select", "detections", code=2)


def test_a_part_can_be_planned_and_mistakes_are_one_sentence(demo) -> None:
    change = ("--set", "tracks.track_buffer=47")
    plan = demo.json("plan", "--select", "motion_scores+", *change)
    assert totals(plan) == (0, 0, 0)  # tracks are taken as they are
    assert demo.json("plan", "--select", "tracks", *change)["run"] == [
        {"batch": plan["batches"][0], "stages": ["tracks"]}
    ]
    assert "no batch nothing; batches are" in demo.run("plan", "--batch", "nothing", code=2)
    assert "'nothing' is no stage" in demo.run("plan", "--select", "nothing", code=2)
    assert "fm run --plan x.json" in demo.run("run", "x.json", code=2)
    assert "x.json: the plan cannot be read" in demo.run("run", "--plan", "x.json", code=2)
    assert "leave out --select" in demo.run("run", "--plan", "x.json", "--select", "tracks", code=2)
    (demo.folder / "broken.json").write_text('{"format": 1}')
    assert "holds no plan" in demo.run("run", "--plan", "broken.json", code=2)
    assert "cannot be written" in demo.run("plan", "--out", "nowhere/plan.json", code=2)


def test_nothing_is_decoded_and_no_model_library_is_imported(demo) -> None:
    code = (
        "import sys, av, subprocess\nfrom fm_assets.cli.app import app\n"
        "def never(*_, **__): raise AssertionError('a plan computes nothing')\n"
        "av.open = subprocess.Popen = never\n"
        "try: app(['plan', '--set', 'tracks.track_buffer=47', '--set', 'llm.model=openai/gpt-4o-mini'])\n"
        "except SystemExit as end: assert not end.code\n"
        "print([m for m in ('torch', 'ultralytics', 'litellm', 'cv2', 'pandas', 'dagster') if m in sys.modules])"
    )
    secret = "sk-never-shown"
    before = sorted(p for p in (demo.home / "lake").rglob("*") if p.is_file())
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=demo.environment(FM_LLM__API_KEY=secret),
        cwd=demo.folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
    assert "llm.model  -> openai/gpt-4o-mini" in done.stdout and secret not in done.stdout
    assert "without an estimate, since no receipt says how long they take: captions, qa_pairs" in done.stdout
    assert sorted(p for p in (demo.home / "lake").rglob("*") if p.is_file()) == before
    assert secret not in json.dumps(demo.json("plan", FM_LLM__API_KEY=secret))


def test_nothing_to_plan_is_said(empty) -> None:
    assert "fm ingest PATH" in empty.run("plan")
    assert empty.json("plan")["run"] == []
    assert empty.json("run", "--plan")["run"] == {}
    assert Path(empty.folder / "home").is_dir()
