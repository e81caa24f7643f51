"""Masks of objects over the frames of a clip by ultralytics' SAM2 and SAM3 video predictors, a frame at a time.

Only workers import this module. The predictor takes objects only before it has begun to follow them; objects that
come later get an inference state of their own, and all states share the picture encoder's output of a frame.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

import numpy as np

from fm_resources.detector import checkpoint
from fm_resources.detector.base import DetectorError
from fm_resources.detector.network import import_ultralytics, prepare
from fm_resources.video import Frame, FrameReader

#: Family of networks -> side of the square picture that it was trained on; frames are decoded no larger.
IMAGE_SIZES = {"sam2": 1024, "sam3": 1008}
#: First parts of the names of all that SAM3's weights hold; its loader would take weights of anything without a word.
_SAM3_PARTS = {"detector", "tracker"}


def family(weights: Path) -> str:
    """`sam2` or `sam3`, by the name of the weights, as ultralytics tells them apart."""
    return "sam3" if weights.stem.endswith(("sam3", "sam3.1")) else "sam2"


class MaskSource(Protocol):
    """What follows objects through a clip.

    Attributes:
        scale: Mask pixels per full-size pixel.
    """

    scale: float

    def advance(self) -> Mapping[int, np.ndarray]:
        """Goes to the next frame (the first call: to the first); object -> its mask (h, w) bool there."""
        ...

    def add(self, boxes: Mapping[int, np.ndarray]) -> Mapping[int, np.ndarray]:
        """Adds objects by their boxes (4,) in full-size pixels in the present frame; masks of all objects there."""
        ...

    def forget(self, ids: Sequence[int]) -> None:
        """Objects that are no longer followed."""
        ...


@dataclass
class _Group:
    """Objects that were prompted in the same frame.

    Attributes:
        ids: Their numbers, in order of the predictor's.
        live: Those that are still followed.
        state: ultralytics' inference state.
    """

    ids: list[int]
    live: set[int]
    state: dict[str, Any] = field(default_factory=dict)


class SamMasks:
    """Masks by SAM2, SAM2.1 or SAM3 of the frames of a clip.

    Args:
        weights: Weights whose name ends as ultralytics names them (sam2.1_t.pt, sam3.pt).
        device: cpu or cuda:0.
        threads: Threads of the numeric kernels; 0: as the libraries choose.
        home: FM_HOME.
        reader: Decodes the clip, scaled down to the family's image size; its sampling is that of the stored boxes.
        times: (f,) times of the stored frames, seconds from the clip's start.

    Raises:
        DetectorError: The weights cannot be used.
    """

    def __init__(
        self, weights: Path, device: str, threads: int, home: Path, reader: FrameReader, times: Sequence[float]
    ) -> None:
        self.scale = 1.0
        self._reader, self._times = reader, times
        self._frames: Iterator[Frame] = iter(reader)
        self._side = IMAGE_SIZES[family(weights)]
        self._predictor = _predictor(weights, device, threads, home)
        self._predictor.dataset = SimpleNamespace(mode="video", frames=len(times), frame=-1)
        self._groups: list[_Group] = []
        self._logits: dict[int, Any] = {}
        self._picture: Any = None

    def advance(self) -> Mapping[int, np.ndarray]:
        """Decodes the next frame and follows all objects into it.

        Raises:
            DetectorError: The frame is not the one that boxes are stored of.
        """
        import torch

        index = self._predictor.dataset.frame + 1
        frame = next(self._frames, None)
        if frame is None or abs(frame.t_s - self._times[index]) > 1e-3:
            found = "no frame" if frame is None else f"a frame at {frame.t_s} s"
            raise DetectorError(
                f"{self._reader.path}: boxes are stored of a frame at {self._times[index]} s of the clip but {found} was "
                "decoded: the detections are not of this video; run the stage detections again"
            )
        self.scale = frame.scale
        predictor = self._predictor
        predictor.dataset.frame = index
        picture = np.ascontiguousarray(frame.image[..., ::-1])  # ultralytics takes BGR
        predictor.batch = ([str(self._reader.path)], [picture], [""])
        with torch.inference_mode():
            self._picture = predictor.preprocess([picture])
            predictor.backbone_out = predictor.model.forward_image(self._picture)
        self._logits = {}
        for group in self._groups:
            self._run(group)
        return self._masks()

    def add(self, boxes: Mapping[int, np.ndarray]) -> Mapping[int, np.ndarray]:
        """Prompts the predictor with the boxes of new objects in the present frame."""
        if boxes:
            group = _Group(list(boxes), set(boxes))
            self._run(group, np.stack(list(boxes.values())) * self.scale)
            self._groups.append(group)
        return self._masks()

    def forget(self, ids: Sequence[int]) -> None:
        """Leaves objects out; a group without any is no longer computed."""
        for group in self._groups:
            group.live -= set(ids)
        self._groups = [group for group in self._groups if group.live]

    def _run(self, group: _Group, boxes: np.ndarray | None = None) -> None:
        """The group's logits in the present frame; boxes (n, 4) in pixels of the decoded frame begin it."""
        import torch

        predictor = self._predictor
        if boxes is None:
            predictor.inference_state = group.state
        else:
            predictor.init_state(predictor)
        with torch.inference_mode():
            logits, _ = predictor.inference(self._picture, bboxes=boxes)
        group.state = predictor.inference_state
        self._logits |= {i: one for i, one in zip(group.ids, logits, strict=True) if i in group.live}

    def _masks(self) -> dict[int, np.ndarray]:
        """Masks at the size of the decoded frame; a pixel belongs to the object that is surest of it."""
        import torch
        from torch.nn.functional import interpolate

        if not self._logits:
            return {}
        height, width = self._predictor.batch[1][0].shape[:2]
        side = self._side
        gain = side / max(height, width)
        with torch.inference_mode():
            low = torch.stack(list(self._logits.values()))[None].float()
            square = interpolate(low, (side, side), mode="bilinear", align_corners=False)
            shown = square[..., : round(height * gain), : round(width * gain)]
            full = interpolate(shown, (height, width), mode="bilinear", align_corners=False)[0].cpu().numpy()
        surest = full.argmax(axis=0)
        return {i: (full[k] > 0) & (surest == k) for k, i in enumerate(self._logits)}


def _predictor(weights: Path, device: str, threads: int, home: Path) -> Any:
    checkpoint.check(weights)
    import_ultralytics(home)
    prepare(device, threads)
    from ultralytics.models.sam import SAM2VideoPredictor, SAM3VideoPredictor

    kind = family(weights)
    side = IMAGE_SIZES[kind]
    overrides = {"model": str(weights), "device": device, "imgsz": side, "verbose": False, "save": False}
    predictor = (SAM3VideoPredictor if kind == "sam3" else SAM2VideoPredictor)(overrides=overrides)
    try:
        if kind == "sam3":
            _check_sam3(weights)
        predictor.setup_model(None, verbose=False)
    except (RuntimeError, KeyError, TypeError, AttributeError) as error:  # what load_state_dict raises
        message = " ".join(str(error).split())[:300]
        raise DetectorError(
            f"{weights.name} is not what its name says, ultralytics cannot load it: {message}"
        ) from error
    predictor.imgsz = [side, side]
    predictor.model.set_imgsz(predictor.imgsz)
    return predictor


def _check_sam3(weights: Path) -> None:
    """Raises KeyError for weights of which nothing is SAM3's."""
    import torch

    stored = torch.load(weights, map_location="cpu", weights_only=True, mmap=True)
    names = stored["model"] if isinstance(stored.get("model"), dict) else stored
    missing = sorted(_SAM3_PARTS - {name.split(".")[0] for name in names})
    if missing:
        raise KeyError(f"it holds no {' and no '.join(missing)}")
