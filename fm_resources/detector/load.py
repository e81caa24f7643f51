"""From a specification to a detector that runs; only workers import this."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fm_resources.detector.base import DetectOptions, Detector, DetectorSpec, DetectorSpecs, spec_for


def load(spec: DetectorSpec, options: DetectOptions, home: Path) -> Detector:
    """The detector; a network is loaded once per process.

    Args:
        spec: Which.
        options: What it is asked for.
        home: FM_HOME: the network's library keeps its own settings below it.

    Raises:
        DetectorError: The weights or their runtime cannot be used.
    """
    if spec.backend == "motion":
        from fm_resources.detector.motion import MotionDetector

        return MotionDetector(options)
    from fm_resources.detector.yolo import YoloDetector

    return YoloDetector(spec, options, home)


def detector_for(specs: DetectorSpecs, domain: str, options: DetectOptions, home: Path) -> Detector:
    """The detector of a video of this domain; see `load`. Prompts and keypoints are for filmed videos."""
    spec = spec_for(specs, domain)
    if spec != specs.filmed:
        return load(spec, replace(options, prompts=()), home)
    detector = load(spec, options, home)
    if specs.pose is None:
        return detector
    from fm_resources.detector.pose import WithKeypoints

    return WithKeypoints(detector, specs.pose, options, home)
