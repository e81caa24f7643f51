"""`fm gc`: what nothing reaches goes, and only that, and never while a run is under way."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import dagster as dg
import pytest

from fm_resources.inuse import LakeInUse, Use, alone
from fm_resources.lake import Lake


def files(fm) -> set[Path]:
    return set((fm.home / "lake").rglob("*.parquet"))


@pytest.mark.slow
def test_superseded_artifacts_go_and_nothing_is_computed_after(copy) -> None:
    first = files(copy)
    old = copy.json("list", "qa")
    copy.configure((copy.folder / "fm.toml").read_text() + "[qa]\npairs_per_clip = 5\n")
    copy.run("run")
    both = files(copy)
    assert first < both
    shown = copy.json("gc", "--dry-run")
    assert files(copy) == both
    assert {s["stage"]: s["artifacts"] for s in shown["stages"]} == {
        "qa_pairs": 4, "benchmark_splits": 1, "training_export": 1,
    }  # fmt: skip
    assert "--yes" in copy.run("gc", "--json", code=2)
    text = copy.run("gc", "--yes")
    assert "6 artifacts that nothing reaches" in text and "MB removed" in text
    assert both - files(copy) == {
        p for p in first if p.parts[-3] in ("qa_pairs", "benchmark_splits", "training_export")
    }
    assert all(not c["computed"] for c in copy.json("run").values())
    assert copy.json("verify", "--all", "--sample", "0")["findings"] == []
    now = {q["qa_id"] for q in copy.json("list", "qa")}
    lost = next(q["qa_id"] for q in old if q["qa_id"] not in now)
    assert "no question" in copy.run("audit", "qa", lost, code=2)
    copy.run("audit", "qa", next(iter(now)))
    assert "nothing to remove" in copy.run("gc")


def test_an_answer_of_no_removes_nothing(copy) -> None:
    copy.configure((copy.folder / "fm.toml").read_text() + "[export]\ncrf = 30\n")
    copy.run("run", "--select", "training_export")
    before = files(copy)
    process = copy.start("gc")
    process.stdin = None
    out, _ = process.communicate(timeout=120)
    assert "1 artifacts that nothing reaches" in out and process.returncode == 1
    assert files(copy) == before


@pytest.mark.slow
def test_set_aside_and_temporary_files_go(copy) -> None:
    lake = Lake(str(copy.home / "lake"))
    name = next(iter(lake.artifacts()))
    path = Path(str(lake.artifact_path(*name)))
    path.write_bytes(path.read_bytes()[:-1])
    copy.run("verify", "--all", "--sample", "0", code=1)
    out = copy.run("gc", "--yes", code=2)
    assert name.artifact_id in out and "fm run" in out, "it cannot be told what the missing one was made from"
    copy.run("run")
    assert list(lake.damaged()) == [name]
    assert copy.json("gc", "--yes")["set_aside"] == 1
    assert list(lake.damaged()) == []
    assert copy.json("verify", "--all", "--sample", "0")["findings"] == []


def test_it_waits_for_nobody_and_says_who_is_at_work(copy, monkeypatch) -> None:
    use = Use(copy.home)
    use.begin()
    assert "lake is in use" in copy.run("gc", "--yes", code=2)
    copy.run("verify", "--sample", "0")
    use.end()
    assert "nothing to remove" in copy.run("gc", "--yes")
    monkeypatch.setenv("DAGSTER_HOME", str(copy.home / "dagster"))
    with dg.DagsterInstance.get() as instance:
        run = next(iter(instance.get_runs(limit=1)))
        instance.add_run(run.with_status(dg.DagsterRunStatus.STARTED)._replace(run_id="0" * 8, tags={}))
        assert "is under way" in copy.run("gc", "--yes", code=2)


@pytest.mark.slow
def test_a_run_that_was_killed_keeps_nobody_out(copy) -> None:
    process = copy.start("run", "--set", "clips.jitter=0.1", "--set", "workers.count=1")
    deadline = time.monotonic() + 120
    while not in_use(copy.home):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGSTOP)
    assert "lake is in use" in copy.run("gc", "--yes", code=2)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    copy.run("run")
    copy.run("gc", "--yes")
    assert all(not c["computed"] for c in copy.json("run").values())


def in_use(home: Path) -> bool:
    try:
        with alone(home):
            return False
    except LakeInUse:
        return True
