"""The loop: memo, early cut-off, rejection, failure, dead workers, all through real processes and files."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from arithmetic_stages import STAGE_LABELS, STAGE_TOTALS, STAGE_WORDS

from fm_assets.pipeline import Pipeline
from fm_assets.settings import Settings, load_settings
from fm_assets.stage import StageReport, Workshop, run_stage
from fm_assets.workers import WorkerPool
from fm_resources.lake import Lake
from fm_resources.registry import Registry, register


class Bench:
    """A lake with text files for videos."""

    def __init__(self, folder: Path, notes: Path) -> None:
        self.folder = folder
        self.notes = notes
        self.pool = WorkerPool(load_settings(env={}, overrides=["workers.count=2"]).workers)
        self.lake = Lake(str(folder / "lake"))

    def settings(self, **changes: str) -> Settings:
        overrides = [f"{k.replace('__', '.')}={v}" for k, v in changes.items()]
        return load_settings(env={"FM_HOME": str(self.folder)}, overrides=["workers.count=2", *overrides])

    def add(self, **texts: str) -> str:
        files = []
        for name, text in texts.items():
            path = self.folder / "videos" / f"{name}.mp4"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
            files.append(path)
        return register(self.lake, files, batch_size=32, domain="d", licence="").batches[0]

    def run(self, batch: str, settings: Settings) -> tuple[StageReport, StageReport]:
        shop = Workshop(settings, self.lake, Registry.load(self.lake), self.pool, "run")
        return run_stage(STAGE_WORDS, batch, shop), run_stage(STAGE_TOTALS, batch, shop)

    def added_up(self) -> list[str]:
        lines = self.notes.read_text().split() if self.notes.exists() else []
        self.notes.unlink(missing_ok=True)
        return sorted(lines)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    found = Bench(tmp_path, tmp_path / "notes.txt")
    yield found
    found.pool.close()


def test_second_run_reuses_everything_and_starts_no_worker(bench: Bench) -> None:
    batch = bench.add(a="x y", b="x")
    bench.run(batch, bench.settings())
    bench.pool.close()
    words, totals = bench.run(batch, bench.settings())
    assert words.counts == {"reused": 2}
    assert totals.counts == {"reused": 2}
    assert bench.pool._executor is None


def test_same_input_gives_the_same_bytes_but_for_the_receipt(bench: Bench, tmp_path: Path) -> None:
    batch = bench.add(a="x y y")
    words, _ = bench.run(batch, bench.settings())
    first = bench.lake.read("words", words.items[0].video_id, words.items[0].artifact_id)
    path = Path(str(bench.lake.artifact_path("words", words.items[0].video_id, words.items[0].artifact_id)))
    body = path.read_bytes()
    path.unlink()
    again, _ = bench.run(batch, bench.settings())
    assert again.counts == {"computed": 1}
    assert again.data_version == words.data_version
    assert bench.lake.read("words", again.items[0].video_id, again.items[0].artifact_id).equals(first)
    pages = body.index(b"foundationmotion.receipt") // 2
    assert path.read_bytes()[:pages] == body[:pages]


def test_changed_parameter_recomputes_its_stage_and_below_only_what_changed(bench: Bench) -> None:
    batch = bench.add(same="x x y y", other="x x y")
    bench.run(batch, bench.settings())
    bench.added_up()
    words, totals = bench.run(batch, bench.settings(tracks__track_buffer="31"))
    assert words.counts == {"computed": 2}
    assert totals.counts == {"computed": 1, "reused": 1}
    assert [name.rsplit("-", 1)[0] for name in bench.added_up()] == ["other"]


def test_going_back_to_an_earlier_producer_costs_nothing(bench: Bench) -> None:
    batch = bench.add(a="x x y")
    first, _ = bench.run(batch, bench.settings())
    bench.run(batch, bench.settings(tracks__track_buffer="31"))
    back, totals = bench.run(batch, bench.settings())
    assert back.counts == {"reused": 1}
    assert totals.counts == {"reused": 1}
    assert bench.lake.heads("words", batch)[first.items[0].video_id].artifact_id == first.items[0].artifact_id


def test_bad_videos_never_stop_their_neighbours(bench: Bench) -> None:
    batch = bench.add(good="x", bad="reject me", broken="fail me", fatal="die")
    words, totals = bench.run(batch, bench.settings())
    outcomes = {i.video_id.rsplit("-", 1)[0]: i for i in words.items}
    assert {k: i.outcome for k, i in outcomes.items()} == {
        "good": "computed",
        "bad": "rejected",
        "broken": "failed",
        "fatal": "failed",
    }
    assert "asks to be rejected" in outcomes["bad"].reason
    assert "ValueError: the text asks for a failure" in outcomes["broken"].reason
    assert "worker process died" in outcomes["fatal"].reason
    below = {i.video_id.rsplit("-", 1)[0]: i.outcome for i in totals.items}
    assert below == {"good": "computed", "broken": "deferred", "fatal": "deferred"}


def test_what_failed_above_is_deferred_at_every_stage_below_and_what_was_rejected_is_not(bench: Bench) -> None:
    batch = bench.add(good="x", bad="reject me", broken="fail me")
    bench.run(batch, bench.settings())
    shop = Workshop(bench.settings(), bench.lake, Registry.load(bench.lake), bench.pool, "run")
    labels = run_stage(STAGE_LABELS, batch, shop)
    assert {i.video_id.rsplit("-", 1)[0]: i.outcome for i in labels.items} == {"good": "computed", "broken": "deferred"}


def test_failures_are_retried_and_rejections_are_not(bench: Bench) -> None:
    batch = bench.add(bad="reject me", broken="fail me")
    bench.run(batch, bench.settings())
    bench.pool.close()
    words, _ = bench.run(batch, bench.settings())
    assert words.counts == {"rejected": 1, "failed": 1}
    receipt = bench.lake.read_receipt("words", words.items[0].video_id, words.items[0].artifact_id)
    assert receipt is not None and receipt.status == "rejected"


def test_a_video_that_hangs_is_ended(bench: Bench) -> None:
    batch = bench.add(good="x", stuck="hang")
    words, _ = bench.run(batch, bench.settings(workers__task_timeout_s="3"))
    outcomes = {i.video_id.rsplit("-", 1)[0]: i for i in words.items}
    assert outcomes["good"].outcome == "computed"
    assert outcomes["stuck"].outcome == "failed"
    assert "took longer than 3 s" in outcomes["stuck"].reason


def test_a_damaged_artifact_counts_as_missing(bench: Bench) -> None:
    batch = bench.add(a="x", b="y")
    words, _ = bench.run(batch, bench.settings())
    path = Path(str(bench.lake.artifact_path("words", words.items[0].video_id, words.items[0].artifact_id)))
    path.write_bytes(path.read_bytes()[:50])
    again, totals = bench.run(batch, bench.settings())
    assert again.counts == {"computed": 1, "reused": 1}
    assert totals.counts == {"reused": 2}


def test_no_temporary_file_stays(bench: Bench) -> None:
    dead = bench.folder / "lake" / "_tmp"
    dead.mkdir(parents=True)
    import socket

    (dead / f"{socket.gethostname()}-4194305-abc").write_bytes(b"left by a process that is gone")
    bench.run(bench.add(a="x"), bench.settings())
    assert list(dead.iterdir()) == []


def test_a_run_that_a_daemon_launched_ends_with_its_workers(bench: Bench) -> None:
    """Dagster launches a run as a child of multiprocessing, and nothing there closes the pipeline."""
    batch = bench.add(a="x y", b="x")
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    run = context.Process(target=launched, args=(bench.folder, batch, theirs))
    run.start()
    workers = ours.recv()
    run.join(60)
    ended = run.exitcode
    run.kill()
    assert ended == 0
    assert workers and not any(psutil.pid_exists(pid) for pid in workers)


def launched(folder: Path, batch: str, told: Any) -> None:
    """What a launched run does: it computes a stage, and returns. Tells the workers' process ids."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # so it is below a daemon that a script started with `&`
    pipeline = Pipeline(load_settings(env={"FM_HOME": str(folder)}, overrides=["workers.count=2"]))
    pipeline.run(STAGE_WORDS, batch)
    assert pipeline.pool._executor is not None
    told.send(list(pipeline.pool._executor._processes))
