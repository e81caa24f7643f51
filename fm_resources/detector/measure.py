"""How fast a network is here, and whether its boxes are those of PyTorch; only processes of their own import this."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fm_resources.detector.agreement import FrameSet, compare
from fm_resources.detector.base import DetectOptions, DetectorError, DetectorSpec, FrameLike
from fm_resources.detector.runtimes import MODULES, REMEDY, Trial, installed, resolve_precision
from fm_resources.detector.yolo import YoloDetector

#: Boxes above the first score that any box has are compared: near a detector's threshold last bits decide.
_MIN_SCORES = (0.4, 0.2)
#: What is said where no box is: speed alone must not choose a runtime.
_NOTHING = "no boxes in these frames to compare: measure on a video in which the weights find something"


def bare_seconds(detector: YoloDetector, frames: Sequence[FrameLike]) -> float:
    """Wall seconds of the network alone over frames of one size, in its batches and as many at once as it serves.

    The frames are laid out beforehand, and nothing is made of the answers.
    """
    ready = [detector.prepare(frames[i : i + detector.batch]) for i in range(0, len(frames), detector.batch)]
    began = time.perf_counter()
    for _ in detector.infer(ready):
        pass
    return time.perf_counter() - began


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
    reference: FrameSet | None = None
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
        found = list(detector.detect(frames, size))
        boxes = FrameSet([f.xyxy for f in found], [f.score for f in found], [f.names for f in found])
        reference = reference or boxes
        share, note = agreement(reference, boxes, precision)
        seconds = min(bare_seconds(detector, frames) for _ in range(2))
        trials.append(Trial(runtime, precision, round(len(frames) / seconds, 2), round(share, 4), note))
    return trials


def agreement(reference: FrameSet, boxes: FrameSet, precision: str) -> tuple[float, str]:
    """Share of the boxes that both have, and a note; 0 where neither has a box, for nothing was shown then."""
    for score in _MIN_SCORES:
        agreed = compare(reference, boxes, score)
        if agreed.boxes:
            return (agreed.share if precision == "f32" else agreed.share_alike), ""
    return 0.0, _NOTHING
