"""The lock of the lake: runs together, removal alone, each waiting for the other or saying that it cannot."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from fm_resources.inuse import LakeInUse, Use, alone


def test_runs_share_the_lake_and_keep_removal_out(tmp_path: Path) -> None:
    one, other = Use(tmp_path), Use(tmp_path)
    one.begin()
    other.begin()
    one.begin()
    one.end()
    with pytest.raises(LakeInUse, match="under way"), alone(tmp_path):
        pass
    other.end()
    other.end()
    with alone(tmp_path), pytest.raises(LakeInUse), alone(tmp_path):
        pass


def test_a_run_waits_until_nothing_is_removed_any_more(tmp_path: Path) -> None:
    began, done = threading.Event(), threading.Event()

    def run() -> None:
        began.set()
        use = Use(tmp_path)
        use.begin()
        use.end()
        done.set()

    with alone(tmp_path):
        thread = threading.Thread(target=run)
        thread.start()
        assert began.wait(10)
        assert not done.wait(0.5)
    assert done.wait(10)
    thread.join()
