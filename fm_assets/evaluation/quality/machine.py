"""What the figures were measured on, in words that name no machine in particular."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from datetime import UTC, datetime

from fm_resources.detector import runtimes

#: Libraries whose version moves the figures.
LIBRARIES = ("torch", "ultralytics", "openvino", "onnxruntime", "av", "opencv-python", "trackers", "trackeval")
#: Instructions that decide how fast a network runs, the best first.
_INSTRUCTIONS = (("amx_tile", "AMX"), ("avx512_vnni", "AVX-512 VNNI"), ("avx512f", "AVX-512"), ("avx2", "AVX2"))


def made_on() -> str:
    """Processor, cores, libraries and date, a sentence."""
    return f"{processor()}, {cores()} cores; Python {platform.python_version()}, {versions()}; {today()}."


def processor() -> str:
    """Model of the processor and its widest instructions for networks."""
    model, flags = runtimes.processor()
    best = next((name for flag, name in _INSTRUCTIONS if flag in flags), "")
    name = " ".join(model.split())
    return f"{name} with {best}" if best else name


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def versions() -> str:
    """The libraries that are installed, with versions."""
    found = []
    for name in LIBRARIES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return ", ".join(found)


def today() -> str:
    """The date, UTC."""
    return datetime.now(UTC).date().isoformat()
