"""A pool of local worker processes that survives dead and stuck workers."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait as wait_for_sentinels
from typing import Any, TypeVar

from fm_assets.settings import WorkersSettings

log = logging.getLogger(__name__)

J = TypeVar("J")
R = TypeVar("R")

#: Workers at most unless settings ask for more: each may hold a model.
MOST = 16

#: Variables through which numeric kernels learn how many threads they may use.
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")


class WorkerDied(RuntimeError):
    """A worker process ended, or was ended, while it worked on a job."""


class WorkerPool:
    """Worker processes, started at the first job and kept until `close`.

    Args:
        settings: Number of workers and of threads in each.
    """

    def __init__(self, settings: WorkersSettings) -> None:
        cores = os.cpu_count() or 1
        self.count = settings.count or min(cores, MOST)
        self.threads = settings.threads or max(1, cores // self.count)
        self._executor: ProcessPoolExecutor | None = None

    def map(
        self, function: Callable[[J], R], jobs: Sequence[J], *, timeout_s: float
    ) -> Iterator[tuple[J, R | BaseException]]:
        """Yields `(job, result or error)` as jobs end.

        A job whose worker dies is tried once more, alone, so that its neighbours do not share its fate; a job
        that takes longer than `timeout_s` is ended with its worker.
        """
        queue = deque(jobs)
        suspects: deque[J] = deque()
        while queue or suspects:
            alone = not queue
            source = suspects if alone else queue
            yield from self._drain(function, source, 1 if alone else self.count, timeout_s, suspects, alone)

    def _drain(
        self,
        function: Callable[[J], R],
        queue: deque[J],
        width: int,
        timeout_s: float,
        suspects: deque[J],
        alone: bool,
    ) -> Iterator[tuple[J, R | BaseException]]:
        running: dict[Future[R], tuple[J, float]] = {}
        while queue or running:
            while queue and len(running) < width:
                job = queue.popleft()
                with _thread_limits(self.threads):
                    future = self._start().submit(function, job)
                running[future] = (job, time.monotonic() + timeout_s)
            done, _ = wait(running, timeout=1.0, return_when=FIRST_COMPLETED)
            broken = False
            for future in done:
                job, _ = running.pop(future)
                error = future.exception()
                if not isinstance(error, BrokenProcessPool):
                    yield job, future.result() if error is None else error
                elif alone:
                    yield (
                        job,
                        WorkerDied("the worker process died (out of memory, or a crash in a native library)"),
                    )
                    broken = True
                else:
                    suspects.append(job)
                    broken = True
            if broken:
                suspects.extend(job for job, _ in running.values())
                running.clear()
                self.close()
                continue
            late = [f for f, (_, deadline) in running.items() if time.monotonic() > deadline]
            if late:
                for future in late:
                    job, _ = running.pop(future)
                    yield (
                        job,
                        WorkerDied(f"took longer than {timeout_s:g} s (workers.task_timeout_s) and was ended"),
                    )
                queue.extendleft(job for job, _ in running.values())
                running.clear()
                self.close()

    def _start(self) -> ProcessPoolExecutor:
        if self._executor is None:
            context = multiprocessing.get_context(_start_method())
            self._executor = ProcessPoolExecutor(
                self.count, mp_context=context, initializer=_initialise, initargs=(self.threads,)
            )
        return self._executor

    def close(self) -> None:
        """Ends all workers, also those in the middle of a job."""
        executor, self._executor = self._executor, None
        if executor is None:
            return
        processes = list((executor._processes or {}).values())
        executor.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.kill()  # SIGTERM may be ignored: Dagster hands on what a script's `&` does to SIGINT
        for process in processes:
            process.join(timeout=5)


def _start_method() -> str:
    return "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"


@contextlib.contextmanager
def _thread_limits(threads: int) -> Iterator[None]:
    """Sets the thread variables while workers start: kernels read them once, at import."""
    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    os.environ.update({name: str(threads) for name in THREAD_VARIABLES})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _initialise(threads: int) -> None:
    os.environ.update({name: str(threads) for name in THREAD_VARIABLES})
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A worker whose parent was killed ends at once: nobody would take its result."""
    parent: Any = multiprocessing.parent_process()
    if parent is not None:
        wait_for_sentinels([parent.sentinel])
        os._exit(1)
