"""How fast a network is here, and whether its boxes are those of PyTorch; only processes of their own import this."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from fm_resources.detector.agreement import Boxes, agreement
from fm_resources.detector.base import DetectOptions, DetectorError, DetectorSpec, FrameLike
from fm_resources.detector.runtimes import MODULES, REMEDY, Trial, installed, resolve_precision
from fm_resources.detector.yolo import YoloDetector

#: Overlap that makes a box the same one: in float32, and in less.
_SAME = {"f32": 0.99}
_SAME_ROUGH = 0.9


def bare_seconds(detector: YoloDetector, frames: Sequence[FrameLike], batch: int) -> float:
    """Wall seconds of the network alone over frames of one size; what comes before and after is not timed."""
    seconds = 0.0
    for start in range(0, len(frames), batch):
        ready = detector.prepare(frames[start : start + batch])
        began = time.perf_counter()
        detector.infer(ready)
        seconds += time.perf_counter() - began
    return seconds


def try_runtimes(
    spec: DetectorSpec,
    asked_precision: str,
    options: DetectOptions,
    frames: Sequence[FrameLike],
    size: tuple[int, int],
    home: Path,
) -> list[Trial]:
    """Times each runtime that is installed with the weights of a specification; PyTorch comes first.

    Args:
        spec: Weights of a .pt file; its runtime and precision are set aside.
        asked_precision: `detector.precision`.
        options: What is asked of the detector.
        frames: Frames of one clip.
        size: Full-size width and height.
        home: FM_HOME.
    """
    trials: list[Trial] = []
    reference: list[Boxes] = []
    for runtime in ("torch", "onnx", "openvino"):
        precision = resolve_precision(asked_precision, runtime, spec.device, Path(spec.weights))
        if not installed(runtime):
            trials.append(Trial(runtime, precision, 0.0, 0.0, f"{MODULES[runtime]} is not installed: {REMEDY}"))
            continue
        try:
            detector = YoloDetector(replace(spec, runtime=runtime, precision=precision), options, home)
        except DetectorError as error:
            trials.append(Trial(runtime, precision, 0.0, 0.0, str(error)))
            continue
        boxes = [Boxes(f.xyxy, f.score, np.array(f.names)) for f in detector.detect(frames, size)]
        reference = reference or boxes
        seconds = min(bare_seconds(detector, frames, options.batch or 8) for _ in range(2))
        share = agreement(reference, boxes, same_iou=_SAME.get(precision, _SAME_ROUGH))
        trials.append(Trial(runtime, precision, round(len(frames) / seconds, 2), round(share, 4)))
    return trials
