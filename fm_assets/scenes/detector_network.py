"""The bundled detector's network and how it is fitted: ultralytics' own trainer, made quick on a processor.

Import it only after `fm_resources.detector.yolo.import_ultralytics`, which keeps ultralytics off the network.
"""

from __future__ import annotations

import copy
import io
from pathlib import Path
from typing import Any

import torch
from ultralytics import __version__ as ultralytics_version
from ultralytics.models.yolo.detect import DetectionTrainer
from ultralytics.nn.tasks import DetectionModel, load_checkpoint

from fm_assets.scenes.spec import CLASSES

#: A small relative of YOLO11 with outputs at strides 8 and 16 only: rendered objects are 15 to 60 pixels long.
#: Rows: where the input comes from, repeats, module, arguments.
ARCHITECTURE: dict[str, Any] = {
    "nc": len(CLASSES),
    # box edges lie less than 7 strides from the cell that sees them; fewer bins make a lighter head
    "reg_max": 8,
    "end2end": False,
    "backbone": [
        [-1, 1, "Conv", [16, 3, 2]],
        [-1, 1, "Conv", [32, 3, 2]],
        [-1, 1, "C3k2", [32, False, 0.5]],
        [-1, 1, "Conv", [64, 3, 2]],
        [-1, 1, "C3k2", [64, False, 0.5]],
        [-1, 1, "Conv", [96, 3, 2]],
        [-1, 1, "C3k2", [96, False, 0.5]],
        [-1, 1, "SPPF", [96, 5]],
    ],
    "head": [
        [-1, 1, "nn.Upsample", [None, 2, "nearest"]],
        [[-1, 4], 1, "Concat", [1]],
        [-1, 1, "C3k2", [64, False, 0.5]],
        [-1, 1, "Conv", [64, 3, 2]],
        [[-1, 7], 1, "Concat", [1]],
        [-1, 1, "C3k2", [96, False, 0.5]],
        [[10, 13], 1, "Detect", ["nc"]],
    ],
}


def has_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 numbers itself; where it does not, they only cost time."""
    return bool(torch.cpu.get_capabilities().get("avx512_bf16", False))


class SceneModel(DetectionModel):
    """The network while it is trained: layers in bfloat16 where the processor has it, the loss in float32."""

    def loss(self, batch: dict[str, Any], preds: Any = None) -> Any:
        """See `DetectionModel.loss`. (ultralytics' own mixed precision refuses to run on a processor.)"""
        if preds is None:
            with torch.autocast("cpu", torch.bfloat16, enabled=has_bfloat16()):
                preds = self.forward(batch["img"])
            preds = {name: _float32(value) for name, value in preds.items()}
        return super().loss(batch, preds)


def _float32(value: Any) -> Any:
    return [part.float() for part in value] if isinstance(value, list) else value.float()


class SceneTrainer(DetectionTrainer):
    """ultralytics' trainer with this network, saving nothing but finished checkpoints."""

    def get_dataset(self) -> dict[str, Any]:
        """The frames of `write_frames` below the folder `args.data`.

        ultralytics' own look at a data set asks the network for a font that only pictures would need.
        """
        folder = Path(self.args.data)
        parts = {"train": folder / "training" / "images", "val": folder / "held_out" / "images"}
        names = dict(enumerate(CLASSES))
        return {
            "path": folder,
            **{k: str(v) for k, v in parts.items()},
            "nc": len(names),
            "names": names,
            "channels": 3,
        }

    def get_model(self, cfg: Any = None, weights: Any = None, verbose: bool = True) -> SceneModel:
        """The untrained network; there are no weights to begin with."""
        if weights is not None:
            raise ValueError("the bundled detector is trained from nothing; no weights may be given")
        model = SceneModel(copy.deepcopy(ARCHITECTURE), ch=3, nc=len(CLASSES), verbose=False)
        return model.to(memory_format=torch.channels_last)

    def preprocess_batch(self, batch: dict[str, Any]) -> dict[str, Any]:
        """The batch as the processor's convolutions like it best."""
        batch = super().preprocess_batch(batch)
        batch["img"] = batch["img"].contiguous(memory_format=torch.channels_last)
        return batch

    def save_model(self) -> bool:
        """Writes the averaged weights as they stand; an interrupted training leaves a usable checkpoint."""
        self.last.write_bytes(checkpoint_bytes(self.ema.ema, int(self.args.imgsz)))
        return True

    def final_eval(self) -> None:
        """Measures the checkpoint as it was written, with its weights rounded to float16."""
        written, _ = load_checkpoint(self.last)
        self.ema.ema.load_state_dict(written.state_dict())
        self.metrics = self.validator(self)


def checkpoint_bytes(model: DetectionModel, image_size: int) -> bytes:
    """A .pt file that ultralytics loads: float16 weights in its plain classes, no path, name or date of this machine.

    Args:
        model: The network whose weights are kept.
        image_size: Longer side of the frames that it was trained on, in pixels.
    """
    plain = DetectionModel(copy.deepcopy(ARCHITECTURE), ch=3, nc=len(CLASSES), verbose=False)
    plain.load_state_dict(model.state_dict())
    plain.names = dict(enumerate(CLASSES))
    plain.task = "detect"
    plain = plain.to(memory_format=torch.contiguous_format).half().eval().requires_grad_(False)
    buffer = io.BytesIO()
    torch.save(
        {
            "epoch": -1,
            "model": plain,
            "ema": None,
            "optimizer": None,
            "train_args": {"task": "detect", "imgsz": image_size},
            "version": ultralytics_version,
            "license": "AGPL-3.0-or-later",
        },
        buffer,
    )
    return buffer.getvalue()
