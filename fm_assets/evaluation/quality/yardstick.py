"""The plain scripts that ours is held against: ultralytics' own `predict` and `track` over a video file."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Seen:
    """What a plain script saw.

    Attributes:
        xyxy: Per frame (n, 4) boxes, pixels of the full-size frame.
        score: Per frame (n,) scores.
        names: Per frame n class names.
        ids: Per frame (n,) track numbers; empty where nothing was tracked.
        seconds: Wall time of the loop, the loading of the network left out.
    """

    xyxy: list[np.ndarray]
    score: list[np.ndarray]
    names: list[list[str]]
    ids: list[np.ndarray]
    seconds: float


def plain_predict(video: Path, weights: Path, stride: int, home: Path, most: int | None = None) -> Seen:
    """`for r in YOLO(weights).predict(video, stream=True, vid_stride=stride)`.

    Args:
        video: The video.
        weights: ultralytics weights.
        stride: Every so many frames.
        home: FM_HOME.
        most: Stop after so many sampled frames; None: at the video's end.
    """
    model = _model(weights, home)
    results = model.predict(str(video), stream=True, vid_stride=stride, verbose=False, save=False)
    return _watch(islice(results, most), model)


def plain_track(video: Path, weights: Path, classes: tuple[str, ...], home: Path, tracker: str = "tracktrack") -> Seen:
    """`for r in YOLO(weights).track(video, stream=True)` on every frame, with the library's own tracker settings.

    Args:
        video: The video.
        weights: ultralytics weights.
        classes: Classes that are kept.
        home: FM_HOME.
        tracker: Name of the library's tracker; `tracktrack` is what it takes by itself.
    """
    model = _model(weights, home)
    wanted = [number for number, name in model.names.items() if name in classes] or None
    asked = {"classes": wanted, "tracker": f"{tracker}.yaml", "verbose": False, "save": False}
    return _watch(model.track(str(video), stream=True, **asked), model)


def _model(weights: Path, home: Path) -> Any:
    from fm_resources.detector import checkpoint
    from fm_resources.detector.network import import_ultralytics

    checkpoint.check(weights)
    model = import_ultralytics(home).YOLO(str(weights), verbose=False)
    model.predict(np.zeros((64, 64, 3), np.uint8), imgsz=64, verbose=False, save=False)  # loads it
    model.predictor = None  # the next call makes its own, with its own image size
    return model


def _watch(results: Iterable[Any], model: Any) -> Seen:
    seen = Seen([], [], [], [], 0.0)
    began = time.perf_counter()
    for result in results:
        boxes = result.boxes
        seen.xyxy.append(boxes.xyxy.cpu().numpy().astype(np.float64).reshape(-1, 4))
        seen.score.append(boxes.conf.cpu().numpy().astype(np.float64))
        seen.names.append([model.names[int(c)] for c in boxes.cls.tolist()])
        seen.ids.append(np.array([] if boxes.id is None else boxes.id.tolist(), dtype=np.int64))
    return Seen(seen.xyxy, seen.score, seen.names, seen.ids, time.perf_counter() - began)
