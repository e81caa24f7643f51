"""Files dropped into a watched folder come out as questions, with the real daemon and nothing launched by hand."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable

import psutil
import pytest


def wait_for(what: Callable[[], bool], seconds: float) -> bool:
    """Polls until it holds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(2)
    return False


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_dropped_files_become_a_batch_with_questions_and_a_copy_makes_no_work(demo, empty) -> None:
    drop = empty.folder / "drop"
    drop.mkdir()
    empty.configure(
        '[detector]\nbackend = "motion"\n[ingest]\nfolders = ["drop"]\nsettle_s = 2\npoll_s = 5\nbatch_size = 8\n'
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (empty.folder / "ui.log").open("w")
    command = [sys.executable, "-m", "fm_assets.cli", "ui", "--port", str(port)]
    server = subprocess.Popen(
        command, env=empty.environment(), cwd=empty.folder, stdout=log, stderr=log, start_new_session=True
    )
    try:
        for file in sorted((demo.home / "demo").glob("*.mp4"))[:3]:
            shutil.copy(file, drop / file.name)
        assert wait_for(lambda: empty.sql("SELECT count(*) AS n FROM splits")[0]["n"] > 0, 180), _tail(empty)
        videos = empty.json("list", "videos")
        assert len(videos) == 3
        assert len({v["batch"] for v in videos}) == 1
        assert all(v["status"] == "ok" for v in videos)
        questions = empty.json("list", "qa")
        runs = empty.sql("SELECT DISTINCT run_id FROM receipts")
        copied = next(drop.glob("*.mp4"))
        shutil.copy(copied, drop / "another-name.mp4")
        assert wait_for(lambda: len(empty.sql("FROM registered_paths")) == 4, 60), _tail(empty)
        time.sleep(12)
        assert empty.json("list", "qa") == questions
        assert empty.sql("SELECT DISTINCT run_id FROM receipts") == runs
        assert len(empty.json("list", "videos")) == 3
        whole = psutil.Process(server.pid).children(recursive=True)
        server.terminate()
        server.wait(timeout=60)
        assert whole and not psutil.wait_procs(whole, timeout=60)[1]
    finally:
        with contextlib.suppress(ProcessLookupError):  # ended above
            os.killpg(server.pid, signal.SIGKILL)
        server.wait(timeout=60)
        log.close()


def _tail(fm) -> str:
    return (fm.folder / "ui.log").read_text()[-3000:]
