"""Training of the bundled detector, from rendered frames to a checkpoint with its record.

Nothing but this repository goes into it: the scenes are drawn, the network starts from random weights.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fm_assets.scenes.spec import CLASSES
from fm_assets.scenes.training_frames import (
    FIRST_SEED,
    FRAMES,
    LOGIC_VERSION,
    MIN_VISIBLE,
    Part,
    Progress,
    write_frames,
)
from fm_resources.detector.bundled import CHECKPOINT, IMAGE_SIZE, RECORD

#: Format of the record.
FORMAT = "foundationmotion detector record 1"

#: Settings of the training that are not ultralytics' own. Objects are never turned or upside down.
FIT: dict[str, Any] = {
    "batch": 32,
    "nbs": 32,
    "optimizer": "AdamW",
    "lr0": 0.003,
    "lrf": 0.01,
    "cos_lr": True,
    "weight_decay": 0.001,
    "warmup_epochs": 0.5,
    "warmup_bias_lr": 0.0,
    "mosaic": 0.0,
    "close_mosaic": 0,
    "fliplr": 0.5,
    "hsv_h": 0.01,
    "hsv_s": 0.2,
    "hsv_v": 0.2,
    "translate": 0.05,
    "scale": 0.15,
    "erasing": 0.0,
    "auto_augment": None,
    "seed": 0,
}


@dataclass(frozen=True)
class TrainingPlan:
    """How much is trained.

    Attributes:
        images: Training frames, a multiple of `training_frames.FRAMES`.
        epochs: Times that each is seen.
        held_out: Frames to measure on, likewise.
        image_size: Longer side of the frames in pixels, a multiple of 32.
    """

    images: int = 9600
    epochs: int = 14
    held_out: int = 480
    image_size: int = IMAGE_SIZE

    def __post_init__(self) -> None:
        for name in ("images", "held_out"):
            value = getattr(self, name)
            if value < FRAMES or value % FRAMES:
                raise ValueError(f"{name} is {value}: it must be a multiple of {FRAMES}, the frames per scene")
        if self.epochs < 1:
            raise ValueError(f"epochs is {self.epochs}: at least one is needed")
        if self.image_size < 64 or self.image_size % 32:
            raise ValueError(f"image_size is {self.image_size}: it must be a multiple of 32, at least 64")


def train_detector(
    plan: TrainingPlan,
    out: Path,
    home: Path,
    *,
    rendering: Progress | None = None,
    epoch_done: Callable[[int, int, dict[str, float]], None] | None = None,
) -> dict[str, Any]:
    """Renders the frames, trains the network and writes `scenes.pt` and its record `scenes.json`.

    Args:
        plan: How much is trained.
        out: Folder of the two files; made if missing. They appear together at the end.
        home: FM_HOME; ultralytics keeps its settings below it.
        rendering: Called with (finished, all) scenes while frames are rendered.
        epoch_done: Called with (epoch, epochs, metrics on the held-out frames) after each epoch.

    Returns:
        The record.
    """
    from fm_resources.detector.network import import_ultralytics

    import_ultralytics(home)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="fm-detector-") as name:
        folder = Path(name)
        scenes: dict[Part, int] = {"training": plan.images // FRAMES, "held_out": plan.held_out // FRAMES}
        for part, count in scenes.items():
            write_frames(part, count, plan.image_size, folder / part, processes=os.cpu_count() or 1, progress=rendering)
        rendered = time.monotonic()
        trainer = _fit(plan, folder, epoch_done)
        checkpoint = trainer.last.read_bytes()
        seconds = {"rendering": round(rendered - began), "training": round(time.monotonic() - rendered)}
        record = _record(plan, trainer, checkpoint, scenes, seconds)
    out.mkdir(parents=True, exist_ok=True)
    (out / CHECKPOINT).write_bytes(checkpoint)
    (out / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return record


def _fit(plan: TrainingPlan, folder: Path, epoch_done: Callable[[int, int, dict[str, float]], None] | None) -> Any:
    """The trainer after training; its latest checkpoint is measured on the held-out frames."""
    import torch
    from ultralytics.utils import SETTINGS

    from fm_assets.scenes.detector_network import SceneTrainer

    # services that ultralytics would report to if their packages happen to be installed
    SETTINGS.update(dict.fromkeys(("clearml", "comet", "dvc", "mlflow", "raytune", "tensorboard", "wandb"), False))
    trainer = SceneTrainer(
        overrides={
            **FIT, "model": "scenes.yaml", "data": str(folder), "imgsz": plan.image_size, "epochs": plan.epochs,
            "rect": True, "cache": "ram", "device": "cpu", "amp": False, "pretrained": False, "plots": False,
            "patience": plan.epochs, "workers": 0, "project": str(folder), "name": "fit", "verbose": False,
        }
    )  # fmt: skip
    # ultralytics leaves one processor out, of two that is half; it set its own number just now
    torch.set_num_threads(os.cpu_count() or 1)
    if epoch_done is not None:
        report = epoch_done
        trainer.add_callback(
            "on_fit_epoch_end",
            lambda t: report(t.epoch + 1, t.epochs, {k: float(v) for k, v in t.metrics.items()}),
        )
    # standard output belongs to the caller's result, and ultralytics draws its progress there
    with contextlib.redirect_stdout(sys.stderr):
        trainer.train()
    return trainer


def _record(
    plan: TrainingPlan, trainer: Any, checkpoint: bytes, scenes: dict[Part, int], seconds: dict[str, int]
) -> dict[str, Any]:
    from fm_assets.scenes.detector_network import ARCHITECTURE, has_bfloat16

    measured = trainer.validator.metrics.box
    per_class = {
        CLASSES[int(c)]: {"ap50": round(float(measured.ap50[i]), 4), "ap50_95": round(float(measured.ap[i]), 4)}
        for i, c in enumerate(measured.ap_class_index)
    }
    return {
        "format": FORMAT,
        "classes": list(CLASSES),
        "image_size": plan.image_size,
        "map50": round(float(measured.map50), 4),
        "map50_95": round(float(measured.map), 4),
        "precision": round(float(measured.mp), 4),
        "recall": round(float(measured.mr), 4),
        "per_class": per_class,
        "min_visible": MIN_VISIBLE,
        "scenes": {k: {"first_seed": FIRST_SEED[k], "count": n, "frames": n * FRAMES} for k, n in scenes.items()},
        "generator_version": LOGIC_VERSION,
        "epochs": trainer.epoch + 1,
        "planned_epochs": plan.epochs,
        "seconds": seconds,
        "precision_of_training": "bfloat16" if has_bfloat16() else "float32",
        "settings": FIT,
        "parameters": sum(p.numel() for p in trainer.model.parameters()),
        "architecture": ARCHITECTURE,
        "versions": {name: importlib.metadata.version(name) for name in ("torch", "ultralytics", "numpy", "opencv-python")},
        "sha256": hashlib.sha256(checkpoint).hexdigest(),
        "bytes": len(checkpoint),
    }  # fmt: skip
