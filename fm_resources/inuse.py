"""Who uses the lake: any number of runs together, or the one command that removes files, alone.

A lock on `FM_HOME/lake.lock` which the operating system gives back when a process ends, however it ends. It holds
for the processes that share FM_HOME; a run elsewhere on the same lake is not seen.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import ReadWriteLock, Timeout

log = logging.getLogger(__name__)

NAME = "lake.lock"
#: How long a run waits for a command that removes files.
PATIENCE_S = 600.0


class LakeInUse(RuntimeError):
    """Another process uses the lake; the message says what to do."""


class Use:
    """This process' use of a lake, beside that of other runs; it begins with `begin` and ends with `end`.

    Args:
        home: FM_HOME.
    """

    def __init__(self, home: Path) -> None:
        self._path = home / NAME
        self._lock: ReadWriteLock | None = None

    def begin(self) -> None:
        """Waits until nobody removes files; nothing happens when the use has begun already.

        Raises:
            LakeInUse: Somebody has been removing files for ten minutes.
        """
        if self._lock is not None:
            return
        lock = _lock(self._path)
        try:
            lock.acquire_read(blocking=False)
        except Timeout:
            log.warning("waiting for `fm gc`, which removes files from the lake")
            try:
                lock.acquire_read(timeout=PATIENCE_S)
            except Timeout:
                raise LakeInUse(
                    f"another process has held {self._path} for {PATIENCE_S:g} s: wait for `fm gc` to end, or stop it"
                ) from None
        self._lock = lock

    def end(self) -> None:
        """Ends the use."""
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.close()


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Keeps every run out while files are removed.

    Raises:
        LakeInUse: A run is under way.
    """
    lock = _lock(home / NAME)
    try:
        lock.acquire_write(blocking=False)
    except Timeout:
        raise LakeInUse(
            f"the lake is in use ({home / NAME} is held): a run, `fm verify` or `fm gc` is under way; wait for it to end"
        ) from None
    try:
        yield
    finally:
        lock.close()


def _lock(path: Path) -> ReadWriteLock:
    path.parent.mkdir(parents=True, exist_ok=True)
    return ReadWriteLock(path, is_singleton=False)
