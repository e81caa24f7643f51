"""A network in OpenVINO that takes frames as bytes and works on several at once; only workers import this.

ultralytics runs OpenVINO one frame at a time, each on all cores, compiled for frames of any size, and hands over four
bytes per value where a frame has one. Here every core has a frame of its own, the size is known, and the network itself
turns bytes into numbers.
"""

from __future__ import annotations

import os
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np

from fm_resources.detector.base import DetectorSpec

#: Sizes of frames that a network is compiled for, 0.3 s and some 80 MB each: a frame takes a tenth less time than where
#: one network takes all sizes. A corpus has few: wide, upright, 4 to 3, square.
SIZES = 4


def streams(spec: DetectorSpec, threads: int) -> int:
    """How many frames a network should work on side by side.

    With OpenVINO one per thread: threads that share a frame wait for each other at every layer, the more so where
    the decoder takes a core from one of them (70 frames/s against 62 on two cores; 58 against 41 with decoding).
    """
    return (threads or os.cpu_count() or 1) if spec.runtime == "openvino" and spec.device == "cpu" else 1


class Answer:
    """What a network says of a batch, once it is there."""

    def __init__(self, requests: list[Any], idle: deque[Any], images: np.ndarray, outputs: int) -> None:
        self._requests, self._idle, self._outputs = requests, idle, outputs
        self._images = images  # the requests read them where they lie

    def outputs(self) -> list[np.ndarray]:
        """The network's own outputs (n, ...), waited for; they are valid until `free`.

        Raises:
            RuntimeError: OpenVINO could not compute them.
        """
        for request in self._requests:
            request.wait()
        return [self._joined(number) for number in range(self._outputs)]

    def best_scores(self) -> np.ndarray | None:
        """The best score of each box (n, boxes), where the network gives it; valid as the outputs are."""
        extra = len(self._requests[0].model_outputs) > self._outputs
        return self._joined(self._outputs) if extra else None

    def free(self) -> None:
        """Gives the memory of the outputs back to the network."""
        self._idle.extend(self._requests)

    def _joined(self, number: int) -> np.ndarray:
        parts = [request.get_output_tensor(number).data for request in self._requests]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)


class OpenVinoNetwork:
    """A network compiled for each size of frame that comes; one thread may use it.

    Args:
        backend: ultralytics' OpenVINO backend with the network loaded.
        xml: The network's file.
        spec: Its specification.
        count: Frames side by side, each on one thread.
    """

    def __init__(self, backend: Any, xml: Path, spec: DetectorSpec, count: int) -> None:
        self.streams = count
        self._ov, self._xml = backend.ov, xml
        self._core = backend.compile_model.func.__self__
        # by itself ultralytics leaves the choice to OpenVINO where there is more than a processor
        self._device = "CPU" if spec.device == "cpu" else backend.compile_model.keywords["device_name"]
        # OpenVINO crashes on INT8 networks of free size on AMX; ultralytics knows which they are
        self._may_be_free = backend.read_model is None
        self._config = {
            "PERFORMANCE_HINT": "THROUGHPUT",
            "NUM_STREAMS": count,
            "INFERENCE_NUM_THREADS": count,
            # by itself OpenVINO takes bfloat16 where the processor has it
            "INFERENCE_PRECISION_HINT": self._ov.Type.bf16 if spec.precision == "bf16" else self._ov.Type.f32,
        }
        self._outputs = 1
        self._compiled: dict[tuple[int, int] | None, tuple[Any, deque[Any]]] = {}

    def start(self, images: np.ndarray) -> Answer:
        """Begins to work on a batch, behind those that were begun before.

        Args:
            images: (n, h, w, 3) RGB, uint8, contiguous.
        """
        compiled, idle = self._for((images.shape[1], images.shape[2]))
        requests = [idle.popleft() if idle else compiled.create_infer_request() for _ in images]
        for request, image in zip(requests, images, strict=True):
            # what `start_async` takes it checks at length
            request.set_input_tensor(self._ov.Tensor(image[None], shared_memory=True))
            request.start_async()
        return Answer(requests, idle, images, self._outputs)

    def __call__(self, tensor: np.ndarray) -> dict[int, np.ndarray]:
        """ultralytics' own way in: (n, 3, h, w) float32, bytes divided by 255; the outputs by number."""
        images = np.rint(tensor.transpose(0, 2, 3, 1) * 255).astype(np.uint8)
        answer = self.start(np.ascontiguousarray(images))
        outputs = {i: output.copy() for i, output in enumerate(answer.outputs())}
        answer.free()
        return outputs

    def _for(self, size: tuple[int, int]) -> tuple[Any, deque[Any]]:
        """The network compiled for frames of a height and width, and its idle requests."""
        if size in self._compiled:
            return self._compiled[size]
        # never dropped again: OpenVINO was seen to hang when a compiled network goes
        key = None if len(self._compiled) >= SIZES and self._may_be_free else size
        if key not in self._compiled:
            self._compiled[key] = self._core.compile_model(self._model(key), self._device, self._config), deque()
        return self._compiled[key]

    def _model(self, size: tuple[int, int] | None) -> Any:
        """The network for frames of a size, or None: of any, that takes bytes."""
        from openvino.preprocess import PrePostProcessor

        model = self._core.read_model(str(self._xml))
        self._outputs = len(model.outputs)
        if size:
            model.reshape([1, 3, *size])
        _add_best_score(model)
        change = PrePostProcessor(model)
        change.input().tensor().set_element_type(self._ov.Type.u8).set_layout(self._ov.Layout("NHWC"))
        change.input().model().set_layout(self._ov.Layout("NCHW"))
        change.input().preprocess().convert_element_type(self._ov.Type.f32).scale(255.0)
        return change.build()


def _add_best_score(model: Any) -> None:
    """Has a detector give the best score of each box as well, taken where all of them are still in the cache.

    Whoever reads the answer then looks at a twentieth of it. Left as it is where the graph does not end as YOLO's do:
    boxes and scores, side by side.
    """
    from openvino import opset13

    if len(model.outputs) != 1:
        return
    end = model.outputs[0].get_node().input_value(0).get_node()
    parts = [value.get_node().get_type_name() for value in end.input_values()]
    if end.get_type_name() == "Concat" and len(parts) == 2 and parts[1] == "Sigmoid":
        model.add_outputs(opset13.reduce_max(end.input_value(1), [1]).output(0))


def install(backend: Any, xml: Path, spec: DetectorSpec, threads: int) -> OpenVinoNetwork:
    """Puts a network in the place of ultralytics' own, which predicts through it from then on."""
    network = OpenVinoNetwork(backend, xml, spec, streams(spec, threads))
    backend.read_model, backend.ov_compiled_model = None, network
    return network
