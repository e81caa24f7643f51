"""What can run a network on this machine, in which precision, and which was measured to be the fastest.

Imported when definitions load, so nothing heavy is imported here: what is installed is looked up, not loaded.
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from filelock import FileLock

from fm_resources.detector.base import DetectorError, Runtime
from fm_resources.provenance import content_hash, library_version

#: Runtime -> module that it needs.
MODULES: dict[str, str] = {"torch": "torch", "onnx": "onnxruntime", "openvino": "openvino"}
#: Runtime -> distributions whose version decides what it computes.
LIBRARIES: dict[str, tuple[str, ...]] = {
    "torch": ("torch", "torchvision", "ultralytics"),
    "onnx": ("onnx", "onnxruntime", "torch", "torchvision", "ultralytics"),
    "openvino": ("openvino", "torch", "torchvision", "ultralytics"),
}
#: What to do where a runtime is missing.
REMEDY = "install the extra `fast` (pip install 'foundationmotion[fast]')"

#: File that remembers the measurements.
RECORD = "runtimes.json"


@dataclass(frozen=True)
class Trial:
    """How one runtime did.

    Attributes:
        runtime: Which.
        precision: What it computed in.
        fps: Frames per second, inference alone; 0 where it failed.
        agreement: Share of the boxes above 0.4, of torch's and its own, that both have (IoU >= 0.99 in f32, else 0.9).
        note: Why it failed, or nothing.
    """

    runtime: Runtime
    precision: str
    fps: float
    agreement: float
    note: str = ""


def weights_folder(home: Path) -> Path:
    """Where downloaded weights, exports, text encoders and measurements lie below FM_HOME."""
    return home / "weights"


def installed(runtime: str) -> bool:
    """Whether a runtime can be used here."""
    return importlib.util.find_spec(MODULES[runtime]) is not None


def weights_kind(path: Path) -> Runtime:
    """`torch`, `onnx` or `openvino`: the runtime that a file or folder of weights is made for.

    Raises:
        DetectorError: The path is of none of these formats.
    """
    if path.is_dir() and any(path.glob("*.xml")):
        return "openvino"
    if path.is_file() and path.suffix.lower() in (".pt", ".onnx"):
        return "torch" if path.suffix.lower() == ".pt" else "onnx"
    raise DetectorError(f"detector.weights: {path} is neither a .pt or .onnx file nor a folder with an OpenVINO model")


def resolve_precision(asked: str, runtime: Runtime, device: str, path: Path) -> str:
    """What a network will compute in: `f32`, or with `fast` what the device is quicker with.

    `fast` is fp16 on CUDA, bf16 with OpenVINO on a processor that has it, else f32. Weights that were quantised to
    INT8 stay so, whatever is asked.
    """
    if is_int8(path):
        return "int8"
    if asked == "fast" and device.startswith("cuda") and runtime == "torch":
        return "fp16"
    if asked == "fast" and runtime == "openvino" and {"avx512_bf16", "amx_bf16"} & processor()[1]:
        return "bf16"
    return "f32"


@cache
def is_int8(path: Path) -> bool:
    """Whether weights are an INT8 export of ultralytics, by the metadata that it writes beside or into them."""
    if path.is_dir():
        notes = path / "metadata.yaml"
        text = notes.read_text(encoding="utf-8", errors="replace") if notes.is_file() else ""
        return any(line.strip() in ("int8: true", "quantize: 8") for line in text.splitlines())
    # the operators of a quantised graph are named in the file as plain text
    return path.suffix.lower() == ".onnx" and path.is_file() and b"DequantizeLinear" in path.read_bytes()


@cache
def processor() -> tuple[str, frozenset[str]]:
    """Model and feature flags of this machine's processor; without flags where the system does not list them."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine(), frozenset()
    facts = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    model = facts.get("model name") or platform.machine()
    return model, frozenset((facts.get("flags") or facts.get("Features") or "").split())


def machine_key(weights_sha256: str, image_size: int, precision: str, device: str) -> str:
    """Name of a measurement: it holds for these weights on this kind of machine with these libraries."""
    model, flags = processor()
    versions = {name: library_version(name) for names in LIBRARIES.values() for name in names}
    return content_hash([weights_sha256, image_size, precision, device, model, sorted(flags), versions])


def remembered(cache_folder: Path, key: str) -> list[Trial]:
    """The trials of an earlier measurement; empty where there was none.

    Raises:
        DetectorError: The record cannot be read.
    """
    return [Trial(**entry) for entry in _read(cache_folder).get(key, [])]


def remember(cache_folder: Path, key: str, trials: Sequence[Trial]) -> None:
    """Keeps the trials of a measurement; the file appears whole or not at all."""
    cache_folder.mkdir(parents=True, exist_ok=True)
    with FileLock(cache_folder / f"{RECORD}.lock"):  # else who writes last forgets what another just measured
        entries = {**_read(cache_folder), key: [asdict(trial) for trial in trials]}
        temporary = cache_folder / f"{RECORD}.{os.getpid()}.tmp"
        temporary.write_text(json.dumps(entries, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        temporary.replace(cache_folder / RECORD)


def fastest(trials: Sequence[Trial]) -> Trial | None:
    """The fastest trial whose boxes agree with torch's; None where there is none."""
    sound = [t for t in trials if t.fps > 0 and t.agreement >= (0.99 if t.precision == "f32" else 0.8)]
    return max(sound, key=lambda t: t.fps, default=None)


def _read(cache_folder: Path) -> dict[str, list[dict[str, Any]]]:
    file = cache_folder / RECORD
    try:
        entries: dict[str, list[dict[str, Any]]] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise DetectorError(f"{file} cannot be read ({error}); delete it to measure again") from None
    return entries
