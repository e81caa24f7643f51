"""Measurements in a process of their own, so that none sees another's memory, threads or warm caches."""

from __future__ import annotations

import multiprocessing
import resource
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def apart(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The function's result, from a fresh process; what it raises is raised here.

    Args:
        function: A function of a module; it and its arguments are pickled.
        *args: Its arguments.
        **kwargs: Its arguments by name.
    """
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *args, **kwargs).result()


def resident_bytes() -> int:
    """Memory that this process holds now."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return peak_bytes()
    return _status(status, "VmRSS")


def forget_peak() -> bool:
    """Makes the peak start anew from what is held now; False where the system cannot do that."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return False
    return True


def peak_bytes() -> int:
    """The most memory that this process ever held, or held since `forget_peak`."""
    status = Path("/proc/self/status")
    if status.is_file():
        return _status(status, "VmHWM")
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024


def _status(path: Path, name: str) -> int:
    line = next(
        line for line in path.read_text(encoding="ascii", errors="replace").splitlines() if line.startswith(name)
    )
    return int(line.split()[1]) * 1024
