"""Which detector the settings mean, and what of it decides the rows; imported when definitions load."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from fm_assets.detections.measure import measure, trials_of
from fm_assets.settings import Settings, SettingsError
from fm_resources.detector import bundled
from fm_resources.detector.base import RENDERED, DetectOptions, DetectorError, DetectorSpec, DetectorSpecs
from fm_resources.detector.runtimes import LIBRARIES, Trial, installed, weights_folder
from fm_resources.detector.weights import attempt_download, read_download, resolve


def specs(settings: Settings) -> DetectorSpecs:
    """The detectors of a configuration; reads the weights' hash, imports nothing heavy.

    Raises:
        SettingsError: Weights are configured but missing, or needed and not there.
    """
    detector = settings.detector
    try:
        found = resolve(
            detector.backend,
            settings.resolve(detector.weights) if detector.weights else None,
            detector.download,
            weights_folder(settings.home),
            device=detector.device,
            runtime=detector.runtime,
            precision=detector.precision,
            image_size=detector.image_size,
            pose=settings.resolve(detector.pose_weights) if detector.pose_weights else None,
        )
    except DetectorError as error:
        raise SettingsError(str(error)) from None
    if detector.pose_weights and found.pose is None:
        raise SettingsError(
            "detector.pose_weights: there are no people for it to give keypoints to; set detector.weights too "
            f"({found.filmed.reason})"
        )
    if settings.detections.prompts and found.filmed.backend == "motion":
        raise SettingsError(
            "detections.prompts: background subtraction takes no prompts; set detector.weights to YOLOE or YOLO-World "
            f"weights ({found.filmed.reason})"
        )
    return found


def prepare(settings: Settings, *, retry: bool = False, videos: Iterable[Path] = ()) -> list[str]:
    """Makes ready what will detect: fetches weights where that is wanted and possible, measures the runtimes once.

    Args:
        settings: Settings.
        retry: Whether a download that failed before is tried again.
        videos: What to measure the runtimes on, iterated only where they are measured; see `measure_runtimes`.

    Returns:
        What will detect, and why, a line per kind of video.

    Raises:
        SettingsError: Weights are configured but missing or unusable, or the name of the download is not one.
    """
    fetch(settings, retry=retry)
    found = specs(settings)
    unknown = _unmeasured(found, settings)
    candidates = list(videos) if unknown else []
    for spec in unknown:
        measure_runtimes(spec, settings, candidates)
    return spoken(specs(settings))


def fetch(settings: Settings, *, retry: bool = False) -> None:
    """Fetches the weights once where that is wanted and possible; a failure is recorded, and tried again on `retry`.

    Raises:
        SettingsError: The name of the download is not one.
    """
    name = _wanted_download(settings)
    if not name:
        return
    try:
        if retry or read_download(weights_folder(settings.home), name) is None:
            attempt_download(name, weights_folder(settings.home), again=retry)
    except DetectorError as error:
        raise SettingsError(str(error)) from None


def choice_is_open(spec: DetectorSpec, settings: Settings) -> bool:
    """Whether a measurement may decide what runs a network: there is a choice, and nobody made it."""
    rivals = [name for name in ("onnx", "openvino") if installed(name)]
    exportable = spec.name.endswith(".pt") and not settings.detections.prompts
    return bool(spec.backend == "ultralytics" and exportable and settings.detector.runtime == "auto" and rivals)


def measure_runtimes(spec: DetectorSpec, settings: Settings, videos: Sequence[Path]) -> list[Trial]:
    """Times the runtimes with these weights, on the first of the videos that can be decoded, and remembers the fastest.

    Raises:
        SettingsError: The weights cannot be used.
    """
    try:
        asked = replace(options(settings), classes=(), class_scores={}, prompts=(), threads=0)
        return measure(spec, settings, asked, videos)
    except DetectorError as error:
        raise SettingsError(str(error)) from None


def unsettled(settings: Settings) -> str:
    """What `prepare` has still to settle on this machine, and so may change the detector; empty when all is settled.

    Raises:
        SettingsError: Weights are configured but missing or unusable.
    """
    name = _wanted_download(settings)
    try:
        if name and read_download(weights_folder(settings.home), name) is None:
            return f"{name} was not asked for yet"
    except DetectorError as error:
        raise SettingsError(str(error)) from None
    return "the runtimes were not measured yet" if _unmeasured(specs(settings), settings) else ""


def _wanted_download(settings: Settings) -> str:
    """Name of the weights that are fetched; empty where others are configured, or none are wanted."""
    detector = settings.detector
    given = detector.backend in ("motion", "bundled") or detector.weights
    return "" if given else detector.download


def _unmeasured(found: DetectorSpecs, settings: Settings) -> list[DetectorSpec]:
    """Networks whose runtime a measurement would choose that was not made yet."""
    # the bundled network is so small that it runs at once; `fm doctor --detector` measures it too
    others = [spec for spec in found.all if spec.weights != str(bundled.weights())]
    return [spec for spec in others if choice_is_open(spec, settings) and not trials_of(spec, settings)]


def spoken(found: DetectorSpecs) -> list[str]:
    """What will detect, and why, a line per kind of video."""
    lines = [f"{_name(found.filmed)}: {found.filmed.reason}"]
    if found.pose is not None:
        lines.append(f"{_name(found.pose)}: {found.pose.reason}")
    if found.rendered != found.filmed:
        lines.append(f"domain {RENDERED}: {_name(found.rendered)}: {found.rendered.reason}")
    return lines


def _name(spec: DetectorSpec) -> str:
    if spec.backend == "motion":
        return "background subtraction (finds what moves, knows no classes)"
    return f"{spec.name} ({spec.weights_sha256[:12]}) with {spec.runtime} in {spec.precision} on {spec.device}"


def parameters(settings: Settings, found: DetectorSpecs) -> dict[str, Any]:
    """What decides the rows of `detections` besides the inputs, for its producer.

    The batch size, the number of threads and the place of the weights are left out: they do not change rows.
    """
    return {
        **settings.detections.model_dump(mode="json"),
        "camera": settings.clips.model_dump(mode="json", include={"camera_width_px", "min_inlier_ratio"}),
        "detector": found.filmed.identity(),
        "detector_rendered": found.rendered.identity(),
        **({"detector_pose": found.pose.identity()} if found.pose is not None else {}),
    }


def weights(found: DetectorSpecs) -> dict[str, str]:
    """Model files of the detectors: name -> sha256."""
    return {s.name: s.weights_sha256 for s in found.all if s.weights_sha256}


def library_names(found: DetectorSpecs) -> tuple[str, ...]:
    """Distributions whose version matters for these detectors."""
    names = {"av", "numpy", "opencv-python"}
    for spec in found.all:
        names.update(LIBRARIES.get(spec.runtime, ()))
    return tuple(sorted(names))


def options(settings: Settings) -> DetectOptions:
    """What the detectors are asked for."""
    wanted = settings.detections
    return DetectOptions(
        min_score=wanted.min_score,
        iou=wanted.iou,
        max_boxes=wanted.max_boxes,
        classes=wanted.classes,
        class_scores=wanted.class_scores,
        prompts=wanted.prompts,
        batch=settings.detector.batch,
        threads=settings.workers.threads,
        motion_threshold=wanted.motion_threshold,
        motion_min_area=wanted.motion_min_area,
    )
