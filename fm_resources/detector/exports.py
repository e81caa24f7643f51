"""Checkpoints exported to other runtimes: made once per machine, cached by the weights' hash; only workers import this."""

from __future__ import annotations

import logging
import shutil
import tempfile
import warnings
from pathlib import Path

from filelock import FileLock

from fm_resources.detector.base import DetectorError, Runtime
from fm_resources.detector.network import import_ultralytics
from fm_resources.detector.runtimes import LIBRARIES, weights_folder
from fm_resources.provenance import content_hash, library_version

log = logging.getLogger(__name__)

#: Runtime -> what is peculiar about its export. Simplifying needs one library more and changes no box.
_OPTIONS: dict[str, dict[str, bool]] = {"onnx": {"simplify": False}, "openvino": {}}


def exported(checkpoint: Path, sha256: str, runtime: Runtime, home: Path) -> Path:
    """The checkpoint for another runtime, with a free batch size and free frame sizes; made if it is not there yet.

    Args:
        checkpoint: A .pt file that was found safe to load.
        sha256: Its hash.
        runtime: `onnx` or `openvino`.
        home: FM_HOME; exports lie in `weights/exports/` below it.

    Raises:
        DetectorError: ultralytics cannot export these weights.
    """
    versions = {name: library_version(name) for name in LIBRARIES[runtime]}
    folder = weights_folder(home) / "exports" / f"{sha256[:16]}-{content_hash(versions, 8)}"
    name = f"{checkpoint.stem}.onnx" if runtime == "onnx" else f"{checkpoint.stem}_openvino_model"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / f"{runtime}.lock"):  # workers start together
        if not (folder / name).exists():
            _export(checkpoint, runtime, folder / name, home)
    return folder / name


def _export(checkpoint: Path, runtime: Runtime, target: Path, home: Path) -> None:
    log.info("exporting %s to %s", checkpoint.name, runtime)
    ultralytics = import_ultralytics(home)
    with tempfile.TemporaryDirectory(dir=target.parent) as work, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of its own exporters, which ultralytics chooses
        # ultralytics writes an export beside the checkpoint, which may lie where nobody may write
        copy = Path(shutil.copyfile(checkpoint, Path(work) / checkpoint.name))
        try:
            made = ultralytics.YOLO(str(copy), verbose=False).export(
                format=runtime, dynamic=True, device="cpu", verbose=False, **_OPTIONS[runtime]
            )
        except Exception as error:  # the exporters of several libraries stand behind this call
            raise DetectorError(
                f"{checkpoint.name} cannot be exported to {runtime}: {' '.join(str(error).split())[:300]}; "
                'set detector.runtime = "torch"'
            ) from error
        Path(str(made).rstrip("/")).replace(target)
