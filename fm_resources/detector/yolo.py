"""Networks through ultralytics as a `Detector`: the next batch is decoded and scaled while the network sees this one."""

from __future__ import annotations

import difflib
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np

from fm_resources.detector.base import CameraPath, DetectOptions, DetectorError, DetectorSpec, FrameBoxes, FrameLike
from fm_resources.detector.colour import box_colours
from fm_resources.detector.network import network, streams
from fm_resources.detector.outputs import keypoints_of, mask_shapes
from fm_resources.detector.prefetch import Prefetch

#: Frames per call of the network where settings leave it open: on a processor, whose caches hold the activations of
#: one frame but not of eight (OpenVINO 56 against 41 frames/s, ONNX Runtime 46 against 36), and on CUDA.
BATCH, BATCH_CUDA = 1, 64
#: Batches that lie ready for the network.
READY = 4
#: Longer side at which frames are decoded at most, unless the network wants them larger. Up to it the network gets the
#: pixels that ultralytics itself would give it; larger frames are scaled down first, lest memory grow with them.
DECODED_SIDE = 1920


@dataclass(frozen=True)
class _Batch:
    """Frames, and the network's input made of them: (n, 3, h, w) float32 tensor, RGB, 0 to 1."""

    frames: list[FrameLike]
    tensor: Any


class YoloDetector:
    """An ultralytics network as a `Detector`.

    Args:
        spec: Weights, runtime, precision, device and size.
        options: What is asked for.
        home: FM_HOME.

    Raises:
        DetectorError: The weights cannot be used; the message says why and what to do.
    """

    def __init__(self, spec: DetectorSpec, options: DetectOptions, home: Path) -> None:
        self._spec, self._options = spec, options
        self._model = network(spec, tuple(options.prompts), options.threads, home)
        self.names: Mapping[int, str] = dict(self._model.names)
        self._least = least_scores(self.names, options.min_score, options.class_scores)
        self._classes = class_ids(self.names, options.classes)
        self._configure()
        self.batch = options.batch or (BATCH_CUDA if spec.device.startswith("cuda") else BATCH)
        self.streams = streams(spec, options.threads)
        self.bitexact = False
        self.timing: dict[str, float] = {"decode_s": 0.0, "infer_s": 0.0, "wait_s": 0.0, "read_s": 0.0}

    @property
    def task(self) -> str:
        """What the weights do: `detect`, `pose` or `segment`."""
        return str(self._model.task)

    @property
    def longer_side(self) -> int:
        """Longer side at which frames are decoded, in pixels."""
        return max(DECODED_SIDE, self._spec.image_size)

    def detect(
        self, frames: Iterable[FrameLike], size: tuple[int, int], camera: CameraPath | None = None
    ) -> Iterator[FrameBoxes]:
        """See `Detector.detect`; the camera does not matter to a network."""
        with Prefetch(lambda: self._batches(frames), READY) as batches:
            for batch, answer in self._answers(self._timed(batches)):
                began = time.perf_counter()
                found = self._read(batch, answer, size)
                self.timing["read_s"] += time.perf_counter() - began
                yield from found

    def prepare(self, frames: Sequence[FrameLike]) -> Any:
        """The network's input (n, 3, h, w) of frames of one size: letterboxed as ultralytics does, scaled to 0..1."""
        import cv2
        import torch

        boxed = self._predictor.pre_transform([np.ascontiguousarray(f.image) for f in frames])
        tensor = np.empty((len(boxed), 3, *boxed[0].shape[:2]), np.float32)
        for image, planes in zip(boxed, tensor, strict=True):
            for plane, scaled in zip(cv2.split(image), planes, strict=True):
                np.divide(plane, np.float32(255), out=scaled)  # converts and scales in one pass
        return torch.from_numpy(tensor)

    def infer(self, tensor: Any) -> Any:
        """The network's raw answer to an input made by `prepare`."""
        import torch

        with torch.inference_mode():
            tensor = tensor.to(self._predictor.device)
            return self._predictor.inference(tensor.half() if self._predictor.model.fp16 else tensor)

    @property
    def _predictor(self) -> Any:
        return self._model.predictor

    def _configure(self) -> None:
        """Tells ultralytics' predictor what is asked for, unless the model's last video asked for the same."""
        asked = {
            "imgsz": self._spec.image_size,
            "conf": float(min(self._least.values())),
            "iou": self._options.iou,
            "max_det": self._options.max_boxes,
            "classes": self._classes,
            "rect": True,
        }
        if any(getattr(self._predictor.args, name) != value for name, value in asked.items()):
            # only a prediction passes arguments on; device and precision are those of the first one
            quantize = 16 if self._spec.precision == "fp16" else None
            blank = [np.zeros((64, 64, 3), np.uint8)]
            self._model.predict(blank, device=self._spec.device, quantize=quantize, verbose=False, save=False, **asked)

    def _batches(self, frames: Iterable[FrameLike]) -> Iterator[_Batch]:
        """Decodes and scales; runs in the prefetching thread."""
        stream = iter(frames)
        while True:
            began = time.perf_counter()
            some = list(islice(stream, self.batch))
            batch = _Batch(some, self.prepare(some)) if some else None
            self.timing["decode_s"] += time.perf_counter() - began
            if batch is None:
                return
            yield batch

    def _timed(self, batches: Iterable[_Batch]) -> Iterator[_Batch]:
        """The batches; notes how long each was waited for."""
        stream = iter(batches)
        while True:
            began = time.perf_counter()
            batch = next(stream, None)
            self.timing["wait_s"] += time.perf_counter() - began
            if batch is None:
                return
            yield batch

    def _answers(self, batches: Iterable[_Batch]) -> Iterator[tuple[_Batch, Any]]:
        """Each batch with the network's answer, in order; as many calls at once as the runtime serves best."""
        if self.streams == 1:
            for one in batches:
                began = time.perf_counter()
                answers = self._fitting(one)
                self.timing["infer_s"] += time.perf_counter() - began
                yield from answers
            return
        waiting: deque[tuple[_Batch, Future[Any]]] = deque()
        with ThreadPoolExecutor(self.streams) as pool:
            ends: list[_Batch | None] = [None] * (self.streams + 1)
            for batch in chain(batches, ends):
                if batch is not None:
                    waiting.append((batch, pool.submit(self.infer, batch.tensor)))
                if waiting and (batch is None or len(waiting) > self.streams):
                    began = time.perf_counter()
                    first, answer = waiting.popleft()
                    found = answer.result()
                    self.timing["infer_s"] += time.perf_counter() - began
                    yield first, found

    def _fitting(self, batch: _Batch) -> list[tuple[_Batch, Any]]:
        """The batch and its answer, or its parts and theirs: the device's memory decides how many frames it takes."""
        try:
            return [(batch, self.infer(batch.tensor))]
        except Exception as error:
            if len(batch.frames) == 1 or type(error).__name__ != "OutOfMemoryError":
                raise
        half = self.batch = max(1, len(batch.frames) // 2)
        parts = (slice(0, half), slice(half, None))
        return [pair for part in parts for pair in self._fitting(_Batch(batch.frames[part], batch.tensor[part]))]

    def _read(self, batch: _Batch, answer: Any, size: tuple[int, int]) -> list[FrameBoxes]:
        """Suppression of overlapping boxes, and all else that is made of the network's answer."""
        import torch

        images = [frame.image for frame in batch.frames]
        self._predictor.batch = ([""] * len(images), images, [""] * len(images))
        with torch.inference_mode():
            results = self._predictor.postprocess(answer, batch.tensor, images)
        return [self._boxes(frame, result, size) for frame, result in zip(batch.frames, results, strict=True)]

    def _boxes(self, frame: FrameLike, result: Any, size: tuple[int, int]) -> FrameBoxes:
        """ultralytics' result, in pixels of the frame's image, as `FrameBoxes`."""
        data = result.boxes.data.cpu().numpy().astype(np.float64)  # rows x1 y1 x2 y2 score class
        least = np.array([self._least[int(c)] for c in data[:, 5]])
        kept = data[:, 4] >= least
        height, width = frame.image.shape[:2]
        colours, shares = box_colours(frame.image, data[kept, :4])
        scale = np.array([size[0] / width, size[1] / height])
        limit = np.array([*size, *size], dtype=np.float64)
        keypoints = masks = None
        if result.keypoints is not None:
            keypoints = keypoints_of(result.keypoints.data.cpu().numpy()[kept], scale, size)
        if result.masks is not None:
            shown = result.masks.data.cpu().numpy()[kept] > 0.5
            # the mask is as large as the network's input, into which the frame was fitted
            gain = min(shown.shape[1] / size[1], shown.shape[2] / size[0])
            masks = mask_shapes(shown, 1.0 / gain**2)
        return FrameBoxes(
            frame.index,
            frame.t_s,
            np.clip(data[kept, :4] * np.tile(scale, 2), 0, limit),
            data[kept, 4],
            tuple(self.names[int(c)] for c in data[kept, 5]),
            colours,
            shares,
            keypoints,
            masks,
        )


def class_ids(names: Mapping[int, str], wanted: Sequence[str]) -> list[int] | None:
    """Numbers of the wanted classes; None for all.

    Raises:
        DetectorError: The model lacks a class; near names are listed.
    """
    return sorted(_numbers(names, wanted, "detections.classes")) if wanted else None


def least_scores(names: Mapping[int, str], everywhere: float, classes: Mapping[str, float]) -> dict[int, float]:
    """Least score per class number.

    Raises:
        DetectorError: The model lacks a class; near names are listed.
    """
    own = dict(zip(_numbers(names, list(classes), "detections.class_scores"), classes.values(), strict=True))
    return {number: own.get(number, everywhere) for number in names}


def _numbers(names: Mapping[int, str], wanted: Sequence[str], setting: str) -> list[int]:
    known = {name: number for number, name in names.items()}
    unknown = [name for name in wanted if name not in known]
    if unknown:
        near = [f"{n!r} (near: {', '.join(difflib.get_close_matches(n, known, 3, 0.4)) or 'none'})" for n in unknown]
        raise DetectorError(
            f"{setting}: the model has no class {', '.join(near)}; it has {len(known)}: "
            f"{', '.join(list(known)[:10])}{' ...' if len(known) > 10 else ''}"
        )
    return [known[name] for name in wanted]
