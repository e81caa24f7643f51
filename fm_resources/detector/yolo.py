"""Networks through ultralytics: .pt, .onnx or OpenVINO weights, offline, safely loaded, once per process.

Only workers import this module; ultralytics and torch are imported when the first network is loaded.
"""

from __future__ import annotations

import difflib
import importlib.util
import logging
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from fm_resources.detector import checkpoint
from fm_resources.detector.base import CameraPath, DetectOptions, DetectorError, DetectorSpec, FrameBoxes, FrameLike
from fm_resources.detector.colour import box_colours

log = logging.getLogger(__name__)

#: Tasks whose results hold axis-aligned boxes with classes.
TASKS = ("detect", "pose", "segment")

#: What ultralytics must know before it is imported: no network, no installation, no evaluation of foreign code.
ENVIRONMENT = {
    "YOLO_OFFLINE": "true",
    "YOLO_AUTOINSTALL": "false",
    "YOLO_VERBOSE": "false",
    "ULTRALYTICS_SAFE_LOAD": "true",
}

#: Runtime of a format -> (module, what to install).
_RUNTIMES = {
    "onnx": ("onnxruntime", "the extra `fast`"),
    "openvino": ("openvino", "the extra `fast`"),
}


def import_ultralytics(home: Path) -> Any:
    """Imports ultralytics so that it neither reaches for the network nor installs packages nor shares settings.

    Args:
        home: FM_HOME; ultralytics keeps its settings in `ultralytics/` below it.

    Returns:
        The module `ultralytics`.
    """
    folder = home / "ultralytics"
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.update(ENVIRONMENT)
    os.environ["YOLO_CONFIG_DIR"] = str(folder)
    with FileLock(folder / "import.lock"):  # it writes its settings file on import; workers start together
        import ultralytics
        from ultralytics.nn import tasks
        from ultralytics.utils import SETTINGS

        if SETTINGS["sync"]:
            SETTINGS.update({"sync": False})
    if not hasattr(tasks, "SAFE_LOAD"):
        raise DetectorError(f"ultralytics {ultralytics.__version__} cannot load weights safely: install a newer one")
    tasks.SAFE_LOAD = True  # also where somebody imported ultralytics before us
    logging.getLogger("ultralytics").setLevel(logging.WARNING)
    return ultralytics


class YoloDetector:
    """An ultralytics network as a `Detector`.

    Args:
        spec: Weights, device and size.
        options: What is asked for.
        home: FM_HOME.

    Raises:
        DetectorError: The weights cannot be used; the message says why and what to do.
    """

    def __init__(self, spec: DetectorSpec, options: DetectOptions, home: Path) -> None:
        self._spec, self._options = spec, options
        self._model = _load(spec.weights, spec.weights_sha256, spec.device, str(home))
        _set_threads(options.threads)
        self.names: Mapping[int, str] = dict(self._model.names)
        self._classes = class_ids(self.names, options.classes)

    @property
    def longer_side(self) -> int:
        """Longer side of the frames that the network sees, in pixels."""
        return self._spec.image_size

    def detect(
        self, frames: Iterable[FrameLike], size: tuple[int, int], camera: CameraPath | None = None
    ) -> Iterator[FrameBoxes]:
        """See `Detector.detect`; the camera does not matter to a network."""
        stream = iter(frames)
        while batch := list(islice(stream, self._options.batch)):
            yield from self._detect_batch(batch, size)

    def bare_seconds(self, images: Sequence[np.ndarray]) -> float:
        """Wall seconds of the network alone over frames, in its batches; what comes before and after is not timed.

        Args:
            images: RGB frames (h, w, 3) uint8, all of one size, as the decoder gives them.
        """
        import torch

        predictor = self._model.predictor
        seconds = 0.0
        for start in range(0, len(images), self._options.batch):
            batch = [np.ascontiguousarray(image[..., ::-1]) for image in images[start : start + self._options.batch]]
            ready = predictor.preprocess(batch)
            with torch.inference_mode():
                began = time.perf_counter()
                predictor.model(ready)
                seconds += time.perf_counter() - began
        return seconds

    def _detect_batch(self, batch: Sequence[FrameLike], size: tuple[int, int]) -> Iterator[FrameBoxes]:
        results = self._model.predict(
            source=[np.ascontiguousarray(frame.image[..., ::-1]) for frame in batch],
            imgsz=self._spec.image_size,
            conf=self._options.min_score,
            iou=self._options.iou,
            max_det=self._options.max_boxes,
            classes=self._classes,
            device=self._spec.device,
            batch=len(batch),
            rect=True,
            verbose=False,
            save=False,
        )
        for frame, result in zip(batch, results, strict=True):
            yield self._boxes(frame, result.boxes.data.cpu().numpy().astype(np.float64), size)

    def _boxes(self, frame: FrameLike, data: np.ndarray, size: tuple[int, int]) -> FrameBoxes:
        """The network's (n, 6) rows `x1 y1 x2 y2 score class`, in pixels of the frame's image, as `FrameBoxes`."""
        height, width = frame.image.shape[:2]
        colours, shares = box_colours(frame.image, data[:, :4])
        scale = np.array([size[0] / width, size[1] / height] * 2)
        limit = np.array([*size, *size], dtype=np.float64)
        return FrameBoxes(
            frame.index,
            frame.t_s,
            np.clip(data[:, :4] * scale, 0, limit),
            data[:, 4],
            tuple(self.names[int(c)] for c in data[:, 5]),
            colours,
            shares,
        )


def class_ids(names: Mapping[int, str], wanted: Sequence[str]) -> list[int] | None:
    """Numbers of the wanted classes; None for all.

    Raises:
        DetectorError: The model lacks a class; near names are listed.
    """
    if not wanted:
        return None
    known = {name: number for number, name in names.items()}
    unknown = [name for name in wanted if name not in known]
    if unknown:
        near = [f"{n!r} (near: {', '.join(difflib.get_close_matches(n, known, 3, 0.4)) or 'none'})" for n in unknown]
        raise DetectorError(
            f"detections.classes: the model has no class {', '.join(near)}; it has {len(known)}: "
            f"{', '.join(list(known)[:10])}{' ...' if len(known) > 10 else ''}"
        )
    return sorted(known[name] for name in wanted)


@lru_cache(maxsize=2)
def _load(weights: str, sha256: str, device: str, home: str) -> Any:
    """The model, ready to predict; `sha256` is part of the key, so that changed weights are loaded anew."""
    path = Path(weights)
    kind = weights_kind(path)
    if kind == "pt":
        checkpoint.check(path)
    else:
        module, remedy = _RUNTIMES[kind]
        if importlib.util.find_spec(module) is None:
            raise DetectorError(f"{path.name} needs {module}, which is not installed: install {remedy}")
    ultralytics = import_ultralytics(Path(home))
    _make_deterministic(device)
    try:
        model = _warm(ultralytics, path, None if kind == "pt" else "detect", device)
        exported = getattr(model.predictor.model.backend, "task", None) or model.task
        if exported != model.task and exported in TASKS:
            model = _warm(ultralytics, path, exported, device)
    except Exception as error:  # the library raises many types for a file that it cannot read
        raise DetectorError(f"{path.name} cannot be loaded by ultralytics: {_one_line(error)}") from error
    task = exported if kind != "pt" else model.task
    if task not in TASKS:
        raise DetectorError(f"{path.name} does {task!r}; a detector needs weights for {', '.join(TASKS)}")
    if kind == "openvino":
        _compile_f32(model.predictor.model.backend, next(path.glob("*.xml")))
    return model


def _warm(ultralytics: Any, path: Path, task: str | None, device: str) -> Any:
    """The model after its first prediction: only then is the network behind it loaded."""
    model = ultralytics.YOLO(str(path), task=task, verbose=False)
    model.predict([np.zeros((64, 64, 3), np.uint8)], imgsz=64, device=device, verbose=False, save=False)
    return model


def _compile_f32(backend: Any, xml: Path) -> None:
    """Compiles an OpenVINO network again in float32: by itself it takes bfloat16 where the processor has it."""
    config = backend.compile_model.keywords["config"]
    config["INFERENCE_PRECISION_HINT"] = backend.ov.Type.f32
    core = backend.compile_model.func.__self__
    backend.ov_compiled_model = backend.compile_model(core.read_model(str(xml)))


def weights_kind(path: Path) -> str:
    """`pt`, `onnx` or `openvino`.

    Raises:
        DetectorError: The path is of none of these formats.
    """
    if path.is_dir() and any(path.glob("*.xml")):
        return "openvino"
    if path.is_file() and path.suffix.lower() in (".pt", ".onnx"):
        return path.suffix.lower()[1:]
    raise DetectorError(f"detector.weights: {path} is neither a .pt or .onnx file nor a folder with an OpenVINO model")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


def _set_threads(threads: int) -> None:
    if threads > 0:
        import cv2
        import torch

        torch.set_num_threads(threads)
        cv2.setNumThreads(threads)


def _make_deterministic(device: str) -> None:
    import torch

    if not device.startswith("cuda"):
        return
    if not torch.cuda.is_available():
        raise DetectorError(f'detector.device is {device} but PyTorch sees no such device: set it to "cpu"')
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cudnn.benchmark = False
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
