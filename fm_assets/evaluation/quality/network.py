"""Settings with the network that was named, ready to run: its runtime is measured first where that was not done."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fm_assets.detections.producer import prepare, specs
from fm_assets.evaluation.quality.section import Bench, changed
from fm_assets.settings import Settings
from fm_resources.detector.base import DetectorSpec


def with_network(bench: Bench, precision: str = "f32", **detections: Any) -> Settings:
    """The bench's settings with its weights as the detector of filmed videos.

    Args:
        bench: Has the weights.
        precision: `f32` or `fast`.
        **detections: Changes to section `detections`.

    Raises:
        Unavailable: No weights were given.
        SettingsError: They cannot be used.
    """
    detector: Mapping[str, Any] = {
        "backend": "ultralytics", "weights": str(bench.need_weights()), "precision": precision,
    }  # fmt: skip
    settings = changed(bench.settings, detector=detector, detections=detections)
    prepare(settings, videos=_videos(bench.data))
    return settings


def spec_of(settings: Settings) -> DetectorSpec:
    """The network that filmed videos get."""
    return specs(settings).filmed


def spoken_spec(spec: DetectorSpec) -> str:
    """The network in words."""
    if spec.backend == "motion":
        return "background subtraction"
    return f"`{spec.name}` with {spec.runtime} in {spec.precision} on {spec.device}"


def _videos(data: Path | None) -> list[Path]:
    """Filmed videos to measure runtimes on."""
    return sorted((data / "videos").glob("*.mp4")) if data is not None else []
