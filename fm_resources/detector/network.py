"""From weights to a network that runs: safely loaded, offline, in the runtime and precision that were asked for.

Only workers import this module; ultralytics and torch are imported when the first network is loaded.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from fm_resources.detector import checkpoint
from fm_resources.detector.base import DetectorError, DetectorSpec
from fm_resources.detector.runtimes import MODULES, REMEDY, installed, weights_folder, weights_kind

#: Tasks whose results hold axis-aligned boxes with classes.
TASKS = ("detect", "pose", "segment")

#: What ultralytics must know before it is imported: no network, no installation, no evaluation of foreign code.
ENVIRONMENT = {
    "YOLO_OFFLINE": "true",
    "YOLO_AUTOINSTALL": "false",
    "YOLO_VERBOSE": "false",
    "ULTRALYTICS_SAFE_LOAD": "true",
}


def without_telemetry() -> None:
    """Keeps OpenVINO from reporting home: on import it sends an event, by a forked process that may never end.

    It takes a stub where the package is missing; there is no setting but a file in the user's home.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]


def import_ultralytics(home: Path) -> Any:
    """Imports ultralytics so that it neither reaches for the network nor installs packages nor shares settings.

    Args:
        home: FM_HOME; ultralytics keeps its settings in `ultralytics/` below it.

    Returns:
        The module `ultralytics`.
    """
    folder = home / "ultralytics"
    folder.mkdir(parents=True, exist_ok=True)
    without_telemetry()
    os.environ.update(ENVIRONMENT)
    os.environ["YOLO_CONFIG_DIR"] = str(folder)
    with FileLock(folder / "import.lock"):  # it writes its settings file on import; workers start together
        import ultralytics
        from ultralytics import utils
        from ultralytics.nn import tasks

        wanted = {"sync": False, "weights_dir": str(weights_folder(home))}
        if any(str(utils.SETTINGS[name]) != str(value) for name, value in wanted.items()):
            utils.SETTINGS.update(wanted)
        utils.WEIGHTS_DIR = weights_folder(home)  # was read from the settings before they were updated
    if not hasattr(tasks, "SAFE_LOAD"):
        raise DetectorError(f"ultralytics {ultralytics.__version__} cannot load weights safely: install a newer one")
    tasks.SAFE_LOAD = True  # also where somebody imported ultralytics before us
    logging.getLogger("ultralytics").setLevel(logging.WARNING)
    return ultralytics


@lru_cache(maxsize=4)
def network(spec: DetectorSpec, prompts: tuple[str, ...], threads: int, home: Path) -> Any:
    """ultralytics' model of a specification, ready to predict; loaded once per process.

    Args:
        spec: Weights, runtime, precision and device.
        prompts: Words for what open-vocabulary weights shall find; empty for others.
        threads: Threads of the numeric kernels; 0: as the libraries choose.
        home: FM_HOME.

    Raises:
        DetectorError: The weights cannot be used; the message says why and what to do.
    """
    path = Path(spec.weights)
    kind = weights_kind(path)
    if kind == "torch":
        checkpoint.check(path)
    if not installed(spec.runtime):
        raise DetectorError(f"{path.name} is to run with {MODULES[spec.runtime]}, which is not installed: {REMEDY}")
    ultralytics = import_ultralytics(home)
    # where another runtime has the cores, threads of PyTorch and OpenCV would only spin
    prepare(spec.device, threads if spec.runtime == "torch" else 1)
    if kind == "torch":
        model = _open(ultralytics, path, None)
        _check_task(path, model.task)
        if prompts:
            from fm_resources.detector.prompts import prompted

            model = prompted(ultralytics, model, path, prompts, weights_folder(home))
        elif spec.runtime != "torch":
            from fm_resources.detector.exports import exported

            path = exported(path, spec.weights_sha256, spec.runtime, home)
            model = _open(ultralytics, path, model.task)
        return _warm(model, path, spec, threads)
    if prompts:
        raise DetectorError(
            f"detections.prompts: {path.name} has its classes built in; give YOLOE or YOLO-World weights as a .pt file"
        )
    model = _warm(_open(ultralytics, path, "detect"), path, spec, threads)
    task = getattr(model.predictor.model.backend, "task", None) or model.task
    _check_task(path, task)
    if task != model.task:
        model = _warm(_open(ultralytics, path, task), path, spec, threads)
    return model


def _check_task(path: Path, task: str) -> None:
    if task not in TASKS:
        raise DetectorError(f"{path.name} does {task!r}; a detector needs weights for {', '.join(TASKS)}")


def _open(ultralytics: Any, path: Path, task: str | None) -> Any:
    with _explained(path):
        return ultralytics.YOLO(str(path), task=task, verbose=False)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turns whatever the library raises for weights that it cannot use into one sentence."""
    try:
        yield
    except DetectorError:
        raise
    except Exception as error:  # the library raises many types for a file that it cannot read
        message = " ".join(str(error).split())[:300]
        raise DetectorError(f"{path.name} cannot be loaded by ultralytics: {message}") from error


def _warm(model: Any, path: Path, spec: DetectorSpec, threads: int) -> Any:
    """The model after its first prediction, in its precision: only then is the network behind it loaded."""
    blank = [np.zeros((64, 64, 3), np.uint8)]
    with _explained(path):
        quantize = 16 if spec.precision == "fp16" else None
        model.predict(blank, imgsz=64, device=spec.device, quantize=quantize, verbose=False, save=False)
        backend = model.predictor.model.backend
        if spec.runtime == "openvino":
            from fm_resources.detector.openvino_network import install

            install(backend, next(path.glob("*.xml")), spec, threads)
        elif spec.runtime == "onnx" and threads > 0 and not spec.device.startswith("cuda"):
            _limit_onnx(backend, path, threads)
    return model


def _limit_onnx(backend: Any, path: Path, threads: int) -> None:
    """Opens an ONNX session again with as many threads as a worker may use: by itself it takes all cores."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    backend.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def prepare(device: str, threads: int) -> None:
    """Deterministic kernels on a device, and how many threads they may use; 0: as the libraries choose.

    Raises:
        DetectorError: PyTorch sees no such device.
    """
    import cv2
    import torch

    if threads > 0:
        torch.set_num_threads(threads)
        cv2.setNumThreads(threads)
    if not device.startswith("cuda"):
        return
    if not torch.cuda.is_available():
        raise DetectorError(f'detector.device is {device} but PyTorch sees no such device: set it to "cpu"')
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cudnn.benchmark = False
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
