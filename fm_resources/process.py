"""Names of processes, by which another one finds out that they are gone."""

from __future__ import annotations

import os
import socket


def this_process() -> str:
    """`<host>-<pid>` of this process."""
    return f"{_host()}-{os.getpid()}"


def is_gone(name: str) -> bool:
    """Whether a process named by `this_process` ran on this machine and has ended; others are not ours to judge."""
    host, _, pid = name.rpartition("-")
    return host == _host() and not _is_alive(int(pid))


def _host() -> str:
    return socket.gethostname().replace("/", "_")


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
