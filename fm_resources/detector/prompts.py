"""Open vocabulary: YOLOE and YOLO-World weights that are told in words what to find; only workers import this."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fm_resources.detector.base import DetectorError

#: Kind of weights -> how to get what turns words into vectors.
_REMEDIES = {
    "YOLO-World": "install OpenAI's CLIP (the package `clip`) and put its ViT-B-32.pt into {folder}/clip",
    "YOLOE": "install OpenAI's CLIP (the package `clip`) and put ultralytics' mobileclip_blt.ts into {folder}",
}


def prompted(ultralytics: Any, model: Any, path: Path, prompts: Sequence[str], folder: Path) -> Any:
    """A model that finds what the prompts say; its class names are the prompts.

    Args:
        ultralytics: The imported library.
        model: The weights as the library opened them.
        path: Where they lie: a .pt file that was found safe to load.
        prompts: What to find, e.g. `red mug`.
        folder: Where ultralytics looks for text encoders.

    Raises:
        DetectorError: The weights take no prompts, or the text encoder cannot be had.
    """
    kind = _kind(type(model.model).__name__)
    if not kind:
        raise DetectorError(
            f"detections.prompts: {path.name} has its classes built in and takes no prompts; give YOLOE or YOLO-World "
            "weights, or use detections.classes"
        )
    model = (ultralytics.YOLOWorld if kind == "YOLO-World" else ultralytics.YOLOE)(str(path), verbose=False)
    try:
        model.set_classes(list(prompts))
    except Exception as error:  # a missing package, a missing file, no network: all mean that there is no encoder
        message = " ".join(str(error).split())[:200]
        raise DetectorError(
            f"detections.prompts: {kind} weights need a text encoder, which cannot be used ({message}): "
            + _REMEDIES[kind].format(folder=folder)
        ) from error
    return model


def _kind(model: str) -> str:
    """`YOLO-World` or `YOLOE` by the name of the model's class; empty for weights that take no prompts."""
    if model == "WorldModel":
        return "YOLO-World"
    return "YOLOE" if model in ("YOLOEModel", "YOLOESegModel") else ""
