"""Which weights are there: configured, downloaded earlier, or none. Cheap enough for every load of the definitions."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
import re
import subprocess
import sys
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

from fm_resources.detector import bundled
from fm_resources.detector.base import DetectorError, DetectorSpec, DetectorSpecs, Runtime
from fm_resources.detector.runtimes import fastest, machine_key, remembered, resolve_precision, weights_kind
from fm_resources.provenance import library_version

log = logging.getLogger(__name__)

#: File in the cache folder that records what was downloaded, or why not.
RECORD = "downloads.json"

#: Runs in a process of its own, so that the caller never imports torch. Arguments: name, folder.
_DOWNLOAD = """
import contextlib, pathlib, socket, sys
socket.setdefaulttimeout(10)
name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
from ultralytics.utils import is_online
if not is_online():
    sys.exit("there is no network")
from ultralytics.utils.downloads import attempt_download_asset
with contextlib.redirect_stdout(sys.stderr):
    got = pathlib.Path(attempt_download_asset(str(folder / name)))
if not got.is_file():
    sys.exit(f"ultralytics has no weights named {name}")
print(got)
"""


@dataclass(frozen=True)
class Download:
    """What became of a download.

    Attributes:
        name: Name of the weights, e.g. `yolo11n.pt`.
        path: Where they lie; empty when it failed.
        sha256: Their hash; empty when it failed.
        reason: Why it failed; empty when it did not.
    """

    name: str
    path: str
    sha256: str
    reason: str


def resolve(
    backend: Literal["auto", "ultralytics", "bundled", "motion"],
    weights: Path | None,
    download: str,
    cache: Path,
    *,
    device: str = "auto",
    runtime: Literal["auto", "torch", "onnx", "openvino"] = "auto",
    precision: str = "f32",
    image_size: int = 640,
    pose: Path | None = None,
) -> DetectorSpecs:
    """Decides which detector a configuration means, without importing any of their libraries.

    `auto` takes the configured weights, else weights downloaded earlier, else the `motion` backend. Rendered videos
    get the bundled detector unless `ultralytics` is named: weights for photographs do not know drawn shapes, and the
    bundled ones know nothing else.

    Args:
        backend: `detector.backend`.
        weights: `detector.weights` as an absolute path; None when not set.
        download: `detector.download`; empty: downloads are not looked for.
        cache: Folder of downloaded weights, exports and measurements.
        device: `detector.device`; `auto` takes an NVIDIA device where there is one, else the processor.
        runtime: `detector.runtime`; `auto` takes the one that was measured to be the fastest, else PyTorch.
        precision: `detector.precision`.
        image_size: `detector.image_size`.
        pose: `detector.pose_weights` as an absolute path; None when not set.

    Raises:
        DetectorError: Configured weights are missing or do not fit the runtime, or `ultralytics` was asked for and
            there are none.
    """
    wish = _Wish(resolve_device(device), runtime, precision, cache)
    if backend == "motion":
        spec = _motion('detector.backend = "motion"')
        return DetectorSpecs(spec, spec)
    shapes = wish.spec(bundled.weights(), bundled.IMAGE_SIZE, _RENDERED_REASON)
    if backend == "bundled":
        spec = replace(shapes, reason='detector.backend = "bundled"')
        return DetectorSpecs(spec, spec)
    path: Path | None
    if weights is not None:
        path, reason = _there("weights", weights), "detector.weights names these"
    else:
        path, reason = _downloaded(cache, download)
    if path is not None:
        spec = wish.spec(path, image_size, reason)
        bodies = None if pose is None else wish.spec(_there("pose_weights", pose), image_size, "people get keypoints")
        return DetectorSpecs(spec, spec if backend == "ultralytics" else shapes, bodies)
    if backend == "ultralytics":
        raise DetectorError(
            f'detector.backend is "ultralytics" but there are no weights: {reason}; set detector.weights, or '
            'detector.backend = "auto"'
        )
    return DetectorSpecs(
        _motion(f"there are no network weights: {reason}; set detector.weights to detect classes"), shapes
    )


_RENDERED_REASON = "rendered videos show shapes that weights for photographs do not know"


@dataclass(frozen=True)
class _Wish:
    """What is asked of any network."""

    device: str
    runtime: Literal["auto", "torch", "onnx", "openvino"]
    precision: str
    cache: Path

    def spec(self, path: Path, image_size: int, reason: str) -> DetectorSpec:
        """The specification of some weights."""
        sha256, own = sha256_of(path), weights_kind(path)
        if own != "torch" and self.runtime not in ("auto", own):
            raise DetectorError(
                f'{path.name} runs with {own} only: set detector.runtime to "auto", or give the .pt file it was made of'
            )
        runtime: Runtime = own
        if own == "torch" and self.runtime == "auto":
            key = machine_key(sha256, image_size, self.precision, self.device)
            best = fastest(remembered(self.cache, key))
            if best is not None:
                runtime, reason = best.runtime, f"{reason}; {best.runtime} was measured to be the fastest here"
        elif own == "torch" and self.runtime != "auto":
            runtime = self.runtime
        precision = resolve_precision(self.precision, runtime, self.device, path)
        return DetectorSpec(
            "ultralytics", path.name, str(path), sha256, runtime, self.device, precision, image_size, reason
        )


def _there(setting: str, weights: Path) -> Path:
    """The path, if there is something.

    Raises:
        DetectorError: There is not.
    """
    if not weights.exists():
        raise DetectorError(
            f"detector.{setting}: there is no {weights}; give the path of a .pt or .onnx file or of an OpenVINO "
            "folder, or leave it empty"
        )
    return weights


def _downloaded(cache: Path, download: str) -> tuple[Path | None, str]:
    """Weights that were downloaded earlier, or why there are none."""
    found = read_download(cache, download) if download else None
    if found is not None and found.path and Path(found.path).is_file():
        return Path(found.path), "these weights were downloaded"
    return None, _why_none(download, found)


def _motion(reason: str) -> DetectorSpec:
    return DetectorSpec("motion", "background-subtraction", "", "", "", "cpu", "f32", 0, reason)


def _why_none(download: str, found: Download | None) -> str:
    if not download:
        return "detector.weights and detector.download are empty"
    if found is None:
        return f"{download} was not downloaded yet"
    return f"{download} could not be downloaded: {found.reason}" if found.reason else f"{found.path} is gone"


def resolve_device(asked: str) -> str:
    """`auto` made definite without importing torch; other names as they are."""
    if asked != "auto":
        return "cuda:0" if asked == "cuda" else asked
    if platform.system() == "Linux" and Path("/dev/nvidia0").exists() and not library_version("torch").endswith("+cpu"):
        return "cuda:0"
    return "cpu"


def read_download(cache: Path, name: str) -> Download | None:
    """The recorded outcome of a download, or None when none was tried."""
    try:
        entries = json.loads((cache / RECORD).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise DetectorError(f"{cache / RECORD} cannot be read ({error}); delete it to download again") from None
    entry = entries.get(name)
    return Download(name, str(entry["path"]), str(entry["sha256"]), str(entry["reason"])) if entry else None


def attempt_download(name: str, cache: Path, *, again: bool = False, timeout_s: float = 180) -> Download:
    """Lets ultralytics download weights, once; a recorded outcome stands until asked for again.

    Args:
        name: Name of weights that ultralytics publishes, e.g. `yolo11n.pt`.
        cache: Folder for the weights and the record.
        again: Whether a recorded failure is tried again.
        timeout_s: Seconds in all.

    Raises:
        DetectorError: The name is not one of a weights file, or the record cannot be read.
    """
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*\.pt", name):
        raise DetectorError(
            f"detector.download = {name!r}: give a plain file name such as yolo11n.pt, or leave it empty"
        )
    known = read_download(cache, name)
    if known is not None and not again and (known.reason or Path(known.path).is_file()):
        return known
    cache.mkdir(parents=True, exist_ok=True)
    outcome = _download(name, cache.resolve(), timeout_s)
    _record(cache, outcome)
    if outcome.reason:
        log.warning("weights %s were not downloaded: %s", name, outcome.reason)
    return outcome


def _download(name: str, cache: Path, timeout_s: float) -> Download:
    if _offline():
        return Download(name, "", "", "the network may not be used (YOLO_OFFLINE is set)")
    env = {**os.environ, "YOLO_AUTOINSTALL": "false", "YOLO_CONFIG_DIR": str(cache.parent / "ultralytics")}
    command = [sys.executable, "-c", _DOWNLOAD, name, str(cache)]
    try:
        done = subprocess.run(command, env=env, cwd=cache, capture_output=True, text=True, timeout=timeout_s)
    except subprocess.TimeoutExpired:
        (cache / name).unlink(missing_ok=True)
        return Download(name, "", "", f"it took longer than {timeout_s:g} s")
    path = Path(done.stdout.strip().splitlines()[-1]) if done.stdout.strip() else cache / name
    if done.returncode != 0 or not path.is_file():
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        return Download(name, "", "", lines[-1].strip() if lines else f"the download ended with {done.returncode}")
    return Download(name, str(path), sha256_of(path), "")


def _offline() -> bool:
    return os.environ.get("YOLO_OFFLINE", "").strip().lower() in ("1", "true", "yes", "on")


def _record(cache: Path, outcome: Download) -> None:
    file = cache / RECORD
    entries = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    entries[outcome.name] = {"path": outcome.path, "sha256": outcome.sha256, "reason": outcome.reason}
    temporary = file.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_text(json.dumps(entries, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    temporary.replace(file)


def sha256_of(path: Path) -> str:
    """Hash of a file, or of a folder's files in order of their names; kept while size and time stamp stand still.

    Raises:
        DetectorError: The path cannot be read, or is an empty folder.
    """
    try:
        if path.is_file():
            return _file_sha256(path, *_stamp(path))
        digest = hashlib.sha256()
        files = sorted(p for p in path.rglob("*") if p.is_file())
        for file in files:
            digest.update(f"{file.relative_to(path).as_posix()}\0{_file_sha256(file, *_stamp(file))}\n".encode())
    except OSError as error:
        raise DetectorError(f"the weights {path} cannot be read: {error}") from None
    if not files:
        raise DetectorError(f"the weights {path} are an empty folder")
    return digest.hexdigest()


def _stamp(file: Path) -> tuple[int, int]:
    stat = file.stat()
    return stat.st_size, stat.st_mtime_ns


@lru_cache(maxsize=256)
def _file_sha256(file: Path, size: int, mtime_ns: int) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
