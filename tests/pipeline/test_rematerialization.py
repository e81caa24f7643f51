"""Sixty videos, a changed tracker parameter: only what really changed is rebuilt, in process and by the daemon."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import psutil
import pytest
from conftest import Fm
from llm_server import Script, serve

from fm_assets.scenes.corpus import write_scene
from fm_assets.scenes.generate import make_scene

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2400)]

#: Seeds of scenes in which two objects alike pass each other behind a bar: a tracker that remembers a lost object
#: for one sample only gives both a new identity there.
CROSSING = (117, 121, 122, 123, 125, 126, 128, 129, 131)

#: Where they stand among the sixty: in batches 1, 4, 7, 10 and 15 of four videos each.
PLACES = (0, 1, 12, 13, 24, 36, 37, 38, 59)
BATCHES_TOUCHED = 5
SHAPES = ("circular", "straight", "zigzag", "back_and_forth")
BELOW = ("motion_scores", "captions", "qa_pairs")

CONFIG = """
[detector]
backend = "bundled"
[ingest]
batch_size = 4
[automation]
poll_s = 2
[llm]
model = "openai/test"
api_base = "{url}"
retries = 1
[tracks]
tracker = "bytetrack"
track_buffer = {buffer}
"""


def answer(request: dict[str, Any]) -> str:
    """A model's answer made of the facts it was shown."""
    content = request["messages"][1]["content"]
    shown = content if isinstance(content, str) else content[0]["text"]
    facts = [
        line[2:] for line in shown.partition("Measured facts:")[2].partition("\n\n")[0].splitlines() if line[:2] == "- "
    ]
    if request["response_format"]["json_schema"]["name"] == "CaptionAnswer":
        return json.dumps({"sentences": [{"section": "motion", "text": text} for text in facts if text != "none"]})
    names = [
        line[2:].partition(":")[0] for line in shown.partition("Measured facts:")[0].splitlines() if line[:2] == "- "
    ]
    ways = {"A": "It stays still", "B": "It moves in a circle", "C": "It moves to the left", "D": "It zigzags"}
    asked = [
        {"category": "motion attributes", "what_how": "how", "question": f"What does {n} do?", **ways, "answer": letter}
        for n in names
        for letter in "ABCD"
    ]
    return json.dumps({"questions": asked})


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Fm, Script]]:
    """Sixty rendered videos through the whole graph, with a tracker of short memory and a model on loopback."""
    fm = Fm(tmp_path_factory.mktemp("sixty"))
    folder = fm.folder / "rendered"
    crossing = dict(zip(PLACES, CROSSING, strict=True))
    for i in range(60):
        if i in crossing:
            scene = make_scene(crossing[i], "crossing", width=320, height=180, duration_s=3.0)
        else:
            scene = make_scene(500 + i, "mixed", width=320, height=180, duration_s=3.0, shapes=(SHAPES[i % 4],))
        write_scene(scene, folder, name=f"v{i:02d}-{'crossing' if i in crossing else 'plain'}")
    with serve(answer) as (url, script):
        fm.configure(CONFIG.format(url=url, buffer=1))
        fm.run("ingest", str(folder))
        counts = fm.json("run", patience_s=1200)
        assert counts["tracks"]["computed"] == 60 and counts["qa_pairs"]["rows"] > 0
        yield fm, script


def copy_of(fm: Fm, folder: Path) -> Fm:
    """A copy of the processed corpus; its videos stay where they are."""
    shutil.copytree(fm.folder / "home", folder / "home")
    shutil.copy(fm.folder / "fm.toml", folder)
    return Fm(folder)


def edit(fm: Fm, buffer: int) -> None:
    path = fm.folder / "fm.toml"
    head = path.read_text().partition("track_buffer")[0]
    path.write_text(f"{head}track_buffer = {buffer}\n")


def versions(fm: Fm, stage: str) -> dict[str, str]:
    rows = fm.sql(f"SELECT video_id, data_version FROM receipts WHERE is_current AND stage = '{stage}'")
    return {r["video_id"]: r["data_version"] for r in rows}


def receipts_since(fm: Fm, moment: datetime) -> dict[str, set[str]]:
    """Videos that were computed per stage since a moment, by their receipts."""
    rows = fm.sql(f"SELECT stage, video_id FROM receipts WHERE started >= '{moment.isoformat()}'")
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["stage"], set()).add(row["video_id"])
    return found


def events_since(instance: dg.DagsterInstance, moment: datetime) -> Counter[str]:
    """Materializations per asset since a moment, by Dagster's event log."""
    found: Counter[str] = Counter()
    for key in instance.all_asset_keys():
        wanted = dg.AssetRecordsFilter(asset_key=key, after_timestamp=moment.timestamp())
        found[key.to_user_string()] += len(instance.fetch_materializations(wanted, limit=1000).records)
    return +found


def check(
    fm: Fm, instance: dg.DagsterInstance, before: dict[str, str], since: datetime, script: Script, calls: int
) -> None:
    """Everything that a corrected tracker changed was rebuilt once, and nothing else."""
    after = versions(fm, "tracks")
    changed = {v for v in before if before[v] != after[v]}
    assert {int(v[1:3]) for v in changed} == set(PLACES)
    made = receipts_since(fm, since)
    assert made.pop("tracks") == set(before)
    for stage in BELOW:
        assert made.pop(stage) == changed, stage
    assert made == {"benchmark_splits": {"corpus"}, "training_export": {"corpus"}}
    once = dict.fromkeys(BELOW, BATCHES_TOUCHED) | {"benchmark_splits": 1, "training_export": 1}
    assert events_since(instance, since) == {"tracks": 15, **once}
    assert len(script.requests) - calls == 2 * len(changed)  # a caption and questions for each


def test_a_corrected_tracker_rebuilds_only_what_changed(corpus, tmp_path: Path, monkeypatch) -> None:
    from fm_assets.definitions import build
    from fm_assets.settings import load_settings

    fm, script = copy_of(corpus[0], tmp_path), corpus[1]
    monkeypatch.setenv("DAGSTER_HOME", str(fm.home / "dagster"))
    fm.run("status")  # writes the instance's configuration for this copy
    before, calls, since = versions(fm, "tracks"), len(script.requests), datetime.now(UTC)
    with dg.DagsterInstance.get() as instance:
        definitions = build(load_settings(fm.folder / "fm.toml", env=fm.environment()))
        quiet = dg.evaluate_automation_conditions(defs=definitions, instance=instance)
        assert quiet.total_requested == 0
        edit(fm, 30)
        definitions = build(load_settings(fm.folder / "fm.toml", env=fm.environment()))
        settle(definitions, instance, quiet.cursor)
        check(fm, instance, before, since, script, calls)
        # a parameter that moves no row here, and a bumped logic version: one stage, and nothing below it
        for overrides, version in ((["tracks.contact_overlap=0.2"], "2"), ([], "test")):
            monkeypatch.setattr("fm_assets.tracks.spec.LOGIC_VERSION", version)
            moment = datetime.now(UTC)
            settle(build(load_settings(fm.folder / "fm.toml", overrides, fm.environment())), instance, None)
            assert events_since(instance, moment) == {"tracks": 15}
            assert set(receipts_since(fm, moment)) == {"tracks"}


def settle(definitions: dg.Definitions, instance: dg.DagsterInstance, cursor: Any) -> None:
    """Looks and runs what is asked for, until a look asks for nothing."""
    job = definitions.resolve_job_def("process_batch")
    for _ in range(30):
        result = dg.evaluate_automation_conditions(defs=definitions, instance=instance, cursor=cursor)
        cursor = result.cursor
        asked: dict[Any, list[dg.AssetKey]] = {}
        for key in definitions.resolve_all_asset_keys():
            for partition in result.get_requested_partitions(key):
                asked.setdefault(partition, []).append(key)
        if not asked:
            return
        for partition, keys in sorted(asked.items(), key=str):
            done = job.execute_in_process(
                instance=instance,
                partition_key=partition,
                asset_selection=keys,
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            )
            assert done.success
    raise AssertionError("not quiet after 30 looks")


def test_the_daemon_does_the_same_with_nothing_launched_by_hand(corpus, tmp_path: Path, monkeypatch) -> None:
    fm, script = copy_of(corpus[0], tmp_path), corpus[1]
    fm.run("auto", "on")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    monkeypatch.setenv("DAGSTER_HOME", str(fm.home / "dagster"))
    with (fm.folder / "daemon.log").open("w") as log:
        command = [sys.executable, "-m", "fm_assets.cli", "ui", "--port", str(port)]
        daemon = subprocess.Popen(
            command, env=fm.environment(), cwd=fm.folder, stdout=log, stderr=log, start_new_session=True
        )
    try:
        with dg.DagsterInstance.get() as instance:
            known = instance.get_runs_count()
            wait_for(lambda: len(ticks(instance, 0.0)) >= 3, 180)  # some looks at the corpus as it stands
            assert instance.get_runs_count() == known
            assert fm.json("auto", "status")["daemon"]
            before, calls, since = versions(fm, "tracks"), len(script.requests), datetime.now(UTC)
            edit(fm, 30)
            reload_location(port)
            try:
                wait_for(lambda: is_quiet(instance, since.timestamp()), 1200)
            except AssertionError as e:
                raise AssertionError(f"{e}\n{standing(instance, since, fm.folder / 'daemon.log')}") from e
            check(fm, instance, before, since, script, calls)
            runs = instance.get_run_records(dg.RunsFilter(created_after=since))
            assert {r.dagster_run.status for r in runs} == {dg.DagsterRunStatus.SUCCESS}
            assert all(r.dagster_run.tags["dagster/from_automation_condition"] == "true" for r in runs)
            # no process outlives its run: one that did would keep its memory until the daemon ends
            wait_for(lambda: not runs_below(daemon.pid), 60)
            assert not fm.json("auto", "off")["on"]
    finally:
        os.killpg(daemon.pid, signal.SIGTERM)
        daemon.wait(60)


def ticks(instance: dg.DagsterInstance, after: float) -> list[Any]:
    """Ended looks of the automation sensor after a time stamp, newest first."""
    states = [s for s in instance.all_instigator_state() if s.instigator_name == "rematerialize"]
    found = [t for s in states for t in instance.get_ticks(s.instigator_origin_id, s.selector_id, after=after)]
    return [t for t in found if t.status.value != "STARTED"]


def is_quiet(instance: dg.DagsterInstance, since: float) -> bool:
    """Whether runs were launched, all have ended, and ten looks after the last one's end asked for nothing."""
    runs = instance.get_run_records(dg.RunsFilter(created_after=datetime.fromtimestamp(since, UTC)))
    if not runs or any(r.end_time is None for r in runs):
        return False
    after = ticks(instance, max(r.end_time for r in runs if r.end_time))
    assert all(t.status.value != "FAILURE" for t in after), after
    return len(after) >= 10 and not any(t.run_ids for t in after)


def runs_below(pid: int) -> list[str]:
    """Processes of runs, and of their workers, that live below a process."""
    found = []
    for process in psutil.Process(pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # ended meanwhile, or ended and not yet waited for
            found.append(" ".join(process.cmdline()))
    return [line for line in found if "spawn_main" in line or "forkserver" in line]


def standing(instance: dg.DagsterInstance, since: datetime, log: Path) -> str:
    """What the runs and the sensor were doing: what one wants to read when they do not come to rest."""
    lines = [f"now {datetime.now(UTC):%H:%M:%S}, load {os.getloadavg()}"]
    for record in instance.get_run_records(dg.RunsFilter(created_after=since)):
        run = record.dagster_run
        lines.append(f"{run.run_id} {run.status.value} {run.tags.get('dagster/partition')} {run.asset_selection}")
        if not run.is_finished:
            entries = instance.get_records_for_run(run.run_id).records
            lines += [
                f"    {datetime.fromtimestamp(e.timestamp, UTC):%H:%M:%S} {e.event_log_entry.message}"
                for e in entries[-15:]
            ]
    for tick in ticks(instance, since.timestamp())[:20]:
        lines.append(f"tick {datetime.fromtimestamp(tick.timestamp, UTC):%H:%M:%S} {tick.status.value} {tick.run_ids}")
    processes = subprocess.run(["ps", "axo", "pid,ppid,stat,etimes,args"], capture_output=True, text=True, check=False)
    lines += [line[:200] for line in processes.stdout.splitlines() if "dagster" in line or "fm_assets" in line]
    return "\n".join([*lines, *log.read_text().splitlines()[-80:]])


def reload_location(port: int) -> None:
    """What the button in the UI does."""
    query = 'mutation { reloadRepositoryLocation(repositoryLocationName: "foundationmotion") { __typename } }'
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/graphql",
        json.dumps({"query": query}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=120) as response:  # noqa: S310 (our own server on loopback)
        assert json.load(response)["data"]["reloadRepositoryLocation"]["__typename"] == "WorkspaceLocationEntry"


def wait_for(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not so after {seconds} s"
        time.sleep(1.0)
