"""Which detector the settings mean, and what of it decides the rows; imported when definitions load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fm_assets.settings import Settings, SettingsError
from fm_resources.detector.base import RENDERED, DetectOptions, DetectorError, DetectorSpec, DetectorSpecs
from fm_resources.detector.weights import attempt_download, read_download, resolve


def weights_folder(settings: Settings) -> Path:
    """Where downloaded weights lie."""
    return settings.home / "weights"


def specs(settings: Settings) -> DetectorSpecs:
    """The detectors of a configuration; reads the weights' hash, imports nothing heavy.

    Raises:
        SettingsError: Weights are configured but missing, or needed and not there.
    """
    detector = settings.detector
    try:
        return resolve(
            detector.backend,
            settings.resolve(detector.weights) if detector.weights else None,
            detector.download,
            weights_folder(settings),
            device=detector.device,
            precision=detector.precision,
            image_size=detector.image_size,
        )
    except DetectorError as error:
        raise SettingsError(str(error)) from None


def prepare(settings: Settings, *, retry: bool = False) -> list[str]:
    """Fetches the weights once where that is wanted and possible; says what will detect, and why.

    Args:
        settings: Settings.
        retry: Whether a download that failed before is tried again.

    Raises:
        SettingsError: Weights are configured but missing, or the name of the download is not one.
    """
    detector = settings.detector
    if detector.backend != "motion" and not detector.weights and detector.download:
        try:
            known = read_download(weights_folder(settings), detector.download)
            if known is None or retry:
                attempt_download(detector.download, weights_folder(settings), again=retry)
        except DetectorError as error:
            raise SettingsError(str(error)) from None
    return spoken(specs(settings))


def spoken(found: DetectorSpecs) -> list[str]:
    """What will detect, and why, a line per kind of video."""
    lines = [f"{_name(found.filmed)}: {found.filmed.reason}"]
    if found.rendered != found.filmed:
        lines.append(f"domain {RENDERED}: {_name(found.rendered)}: {found.rendered.reason}")
    return lines


def _name(spec: DetectorSpec) -> str:
    if spec.backend == "motion":
        return "background subtraction (finds what moves, knows no classes)"
    return f"{spec.name} ({spec.weights_sha256[:12]}) on {spec.device}"


def parameters(settings: Settings, found: DetectorSpecs) -> dict[str, Any]:
    """What decides the rows of `detections` besides the inputs, for its producer.

    The batch size, the number of threads and the place of the weights are left out: they do not change rows.
    """
    return {
        **settings.detections.model_dump(mode="json"),
        "camera": settings.clips.model_dump(mode="json", include={"camera_width_px", "min_inlier_ratio"}),
        "detector": found.filmed.identity(),
        "detector_rendered": found.rendered.identity(),
    }


def weights(found: DetectorSpecs) -> dict[str, str]:
    """Model files of the detectors: name -> sha256."""
    return {s.name: s.weights_sha256 for s in (found.filmed, found.rendered) if s.weights_sha256}


def library_names(found: DetectorSpecs) -> tuple[str, ...]:
    """Distributions whose version matters for these detectors."""
    names = ["av", "numpy", "opencv-python"]
    for spec in (found.filmed, found.rendered):
        if spec.backend == "ultralytics":
            names += ["ultralytics", "torch", "torchvision"]
            if spec.name.endswith(".onnx"):
                names.append("onnxruntime")
            elif not spec.name.endswith(".pt"):
                names.append("openvino")
    return tuple(sorted(set(names)))


def options(settings: Settings) -> DetectOptions:
    """What the detectors are asked for."""
    wanted = settings.detections
    return DetectOptions(
        min_score=wanted.min_score,
        iou=wanted.iou,
        max_boxes=wanted.max_boxes,
        classes=wanted.classes,
        batch=settings.detector.batch,
        threads=settings.workers.threads,
        motion_threshold=wanted.motion_threshold,
        motion_min_area=wanted.motion_min_area,
    )
