"""Networks through ultralytics as a `Detector`: the next batch is decoded and scaled while the network sees this one."""

from __future__ import annotations

import difflib
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any

import numpy as np

from fm_resources.detector.base import CameraPath, DetectOptions, DetectorError, DetectorSpec, FrameBoxes, FrameLike
from fm_resources.detector.colour import box_colours
from fm_resources.detector.network import network
from fm_resources.detector.openvino_network import Answer, OpenVinoNetwork
from fm_resources.detector.outputs import best_boxes, keypoints_of, mask_shapes
from fm_resources.detector.prefetch import Prefetch

#: Frames per call of the network where settings leave it open: on a processor, whose caches hold the activations of
#: one frame but not of eight (OpenVINO 56 against 41 frames/s, ONNX Runtime 46 against 36), and on CUDA.
BATCH, BATCH_CUDA = 1, 64
#: Batches that lie ready for the network; and of those, beyond the ones it works on, how many it was given already.
READY, AHEAD = 4, 2
#: Longer side at which frames are decoded at most, unless the network wants them larger. Up to it the network gets the
#: pixels that ultralytics itself would give it; larger frames are scaled down first, lest memory grow with them.
DECODED_SIDE = 1920


#: Of a frame: rows x1 y1 x2 y2 score class in pixels of its image, and where the weights give them keypoints and masks.
_Seen = tuple[np.ndarray, np.ndarray | None, np.ndarray | None]


@dataclass(frozen=True)
class _Batch:
    """Frames, and the network's input made of them, as `YoloDetector.prepare` does."""

    frames: Sequence[FrameLike]
    given: Any


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
        least = least_scores(self.names, options.min_score, options.class_scores)
        self._least_scores = np.array(
            [least.get(number, options.min_score) for number in range(max(least, default=-1) + 1)]
        )
        self._classes = class_ids(self.names, options.classes)
        self._configure()
        self.batch = options.batch or (BATCH_CUDA if spec.device.startswith("cuda") else BATCH)
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
            for batch, answer, best in self._answers(self._timed(batches)):
                began = time.perf_counter()
                found = self._read(batch, answer, best, size)
                self.timing["read_s"] += time.perf_counter() - began
                yield from found

    def prepare(self, frames: Sequence[FrameLike]) -> Any:
        """The network's input of frames of one size, letterboxed as ultralytics does.

        Returns:
            For OpenVINO (n, h, w, 3) uint8 RGB; else a tensor (n, 3, h, w) float32 RGB, 0 to 1.
        """
        import cv2
        import torch

        boxed = self._predictor.pre_transform([np.ascontiguousarray(f.image) for f in frames])
        if self._openvino is not None:
            return np.stack(boxed)
        tensor = np.empty((len(boxed), 3, *boxed[0].shape[:2]), np.float32)
        for image, planes in zip(boxed, tensor, strict=True):
            for plane, scaled in zip(cv2.split(image), planes, strict=True):
                np.divide(plane, np.float32(255), out=scaled)  # converts and scales in one pass
        return torch.from_numpy(tensor)

    def infer(self, inputs: Iterable[Any]) -> Iterator[Any]:
        """The network's raw answers to inputs made by `prepare`, in order; each is valid until the next is asked for."""
        batches = (_Batch((), given) for given in inputs)
        return (answer for _, answer, _ in self._answers(batches))

    @property
    def _predictor(self) -> Any:
        return self._model.predictor

    @property
    def _openvino(self) -> OpenVinoNetwork | None:
        compiled = getattr(self._predictor.model.backend, "ov_compiled_model", None)
        return compiled if isinstance(compiled, OpenVinoNetwork) else None

    def _configure(self) -> None:
        """Tells ultralytics' predictor what is asked for, unless the model's last video asked for the same."""
        asked = {
            "imgsz": self._spec.image_size,
            "conf": float(self._least_scores.min()),
            "iou": self._options.iou,
            "max_det": self._options.max_boxes,
            "classes": self._classes,
            "rect": True,
        }
        predictor = self._predictor
        if any(getattr(predictor.args, name) != value for name, value in asked.items()):
            from ultralytics.cfg import get_cfg

            # as `predict` does, but for the prediction
            predictor.args = get_cfg(predictor.args, asked)
            predictor.setup_source([np.zeros((64, 64, 3), np.uint8)])

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

    def _answers(self, batches: Iterable[_Batch]) -> Iterator[tuple[_Batch, Any, np.ndarray | None]]:
        """Each batch with the network's answer, in order, and (n, boxes) best scores where the network gives them.

        An answer is valid until the next is asked for.
        """
        import torch

        if self._openvino is None:
            for one in batches:
                began = time.perf_counter()
                answers = self._fitting(one)
                self.timing["infer_s"] += time.perf_counter() - began
                yield from ((part, answer, None) for part, answer in answers)
            return
        waiting: deque[tuple[_Batch, Answer]] = deque()
        ahead = self._openvino.streams + AHEAD
        for batch in chain(batches, repeat(None, ahead)):
            if batch is not None:
                waiting.append((batch, self._openvino.start(batch.given)))
            if waiting and (batch is None or len(waiting) > ahead):
                began = time.perf_counter()
                first, answer = waiting.popleft()
                outputs = [torch.from_numpy(output) for output in answer.outputs()]
                self.timing["infer_s"] += time.perf_counter() - began
                yield first, outputs if len(outputs) > 1 else outputs[0], answer.best_scores()
                answer.free()

    def _fitting(self, batch: _Batch) -> list[tuple[_Batch, Any]]:
        """The batch and its answer, or its parts and theirs: the device's memory decides how many frames it takes."""
        import torch

        try:
            with torch.inference_mode():
                tensor = batch.given.to(self._predictor.device)
                return [(batch, self._predictor.inference(tensor.half() if self._predictor.model.fp16 else tensor))]
        except Exception as error:
            if len(batch.given) == 1 or type(error).__name__ != "OutOfMemoryError":
                raise
        half = self.batch = max(1, len(batch.given) // 2)
        parts = (slice(0, half), slice(half, None))
        return [pair for part in parts for pair in self._fitting(_Batch(batch.frames[part], batch.given[part]))]

    def _read(self, batch: _Batch, answer: Any, best: np.ndarray | None, size: tuple[int, int]) -> list[FrameBoxes]:
        """Suppression of overlapping boxes, and all else that is made of the network's answer."""
        images = [frame.image for frame in batch.frames]
        plain = self._plain(answer)
        seen = self._looked_up(batch, answer, images) if plain is None else self._best(batch, plain, best, images)
        return [self._boxes(frame, *one, size) for frame, one in zip(batch.frames, seen, strict=True)]

    def _plain(self, answer: Any) -> np.ndarray | None:
        """An answer (n, 4 + classes, boxes) that is nothing but boxes and lies in the processor's memory, else None."""
        first = answer[0] if isinstance(answer, (list, tuple)) else answer
        if self.task != "detect" or first.device.type != "cpu" or getattr(self._predictor.model, "end2end", False):
            return None
        return first.numpy() if first.shape[1] == 4 + len(self.names) and first.shape[2] != 6 else None

    def _best(
        self, batch: _Batch, answer: np.ndarray, best: np.ndarray | None, images: list[np.ndarray]
    ) -> Iterator[_Seen]:
        """What is left of plain boxes after suppression."""
        from ultralytics.utils.ops import scale_boxes

        args, shape = self._predictor.args, self._shape(batch.given)
        best = answer[:, 4:].max(axis=1) if best is None else best
        for one, scores, image in zip(answer, best, images, strict=True):
            rows = best_boxes(one, scores, args.conf, args.iou, args.max_det, self._classes)
            scale_boxes(shape, rows[:, :4], image.shape)
            yield rows, None, None

    def _looked_up(self, batch: _Batch, answer: Any, images: list[np.ndarray]) -> Iterator[_Seen]:
        """What ultralytics makes of an answer with more than boxes."""
        import torch

        self._predictor.batch = ([""] * len(images), images, [""] * len(images))
        # of the input it asks the shape alone
        laid_out = torch.empty((len(images), 3, *self._shape(batch.given)), device="meta")
        with torch.inference_mode():
            results = self._predictor.postprocess(answer, laid_out, images)
        for result in results:
            keypoints, masks = (
                None if part is None else part.data.cpu().numpy() for part in (result.keypoints, result.masks)
            )
            yield result.boxes.data.cpu().numpy(), keypoints, masks

    def _shape(self, given: Any) -> tuple[int, int]:
        """Height and width of the network's input."""
        height, width = given.shape[2:] if self._openvino is None else given.shape[1:3]
        return int(height), int(width)

    def _boxes(
        self,
        frame: FrameLike,
        rows: np.ndarray,
        keypoints: np.ndarray | None,
        masks: np.ndarray | None,
        size: tuple[int, int],
    ) -> FrameBoxes:
        """What was seen, in pixels of the frame's image, as `FrameBoxes`."""
        number = rows[:, 5].astype(np.intp)
        kept = rows[:, 4] >= self._least_scores[number]
        number, data = number[kept], rows[kept].astype(np.float64)
        height, width = frame.image.shape[:2]
        colours, shares = box_colours(frame.image, data[:, :4])
        scale = np.array([size[0] / width, size[1] / height])
        if keypoints is not None:
            keypoints = keypoints_of(keypoints[kept], scale, size)
        if masks is not None:
            # the mask is as large as the network's input, into which the frame was fitted
            gain = min(masks.shape[1] / size[1], masks.shape[2] / size[0])
            masks = mask_shapes(masks[kept] > 0.5, 1.0 / gain**2)
        return FrameBoxes(
            frame.index,
            frame.t_s,
            np.clip(data[:, :4] * [*scale, *scale], 0, [*size, *size]),
            data[:, 4],
            tuple(self.names[int(c)] for c in number),
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
