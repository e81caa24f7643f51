"""From masks that are followed through a clip to its tracks; detections start them and name them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linear_sum_assignment

from fm_assets.tracks.associate import Track, distinct
from fm_assets.tracks.boxes import SHAPES, ClipBoxes
from fm_resources.detector.agreement import iou
from fm_resources.detector.outputs import mask_shapes
from fm_resources.mask_tracker import MaskSource


@dataclass(frozen=True)
class MaskOptions:
    """How masks and detections belong together.

    Attributes:
        every: Frames from one key frame to the next.
        iou: Least overlap of a mask's box and a detection that are the same object.
        new_score: Least score of a detection that starts an object.
        max_gap_s: An object whose mask is empty for longer has gone.
    """

    every: int
    iou: float
    new_score: float
    max_gap_s: float


@dataclass
class _Object:
    """An object on its way.

    Attributes:
        detection: The detection that named it last.
        seen_s: When its mask was last not empty.
        frame: Frames in which it was seen.
        box: Its boxes' numbers among all boxes made.
    """

    detection: int
    seen_s: float
    frame: list[int] = field(default_factory=list)
    box: list[int] = field(default_factory=list)


@dataclass
class _Made:
    """Boxes made from masks: frame, extents, the detection that names them, whether it is of that frame, shape."""

    frame: list[int] = field(default_factory=list)
    xyxy: list[np.ndarray] = field(default_factory=list)
    detection: list[int] = field(default_factory=list)
    own: list[bool] = field(default_factory=list)
    shape: list[np.ndarray] = field(default_factory=list)


def follow(boxes: ClipBoxes, source: MaskSource, options: MaskOptions) -> tuple[ClipBoxes, list[Track]]:
    """Tracks of a clip by masks, and the boxes that they refer to.

    A box is its mask's extents. Class, colour and score are those of the detection that overlaps it best; where none
    does, the object was seen all the same, and has them from the detection that named it last. Keypoints are never
    carried on.

    Args:
        boxes: The clip's detections.
        source: Follows objects; stands before the first frame.
        options: How masks and detections belong together.
    """
    live: dict[int, _Object] = {}
    gone: list[_Object] = []
    made = _Made()
    number = 0
    for k, found in enumerate(boxes.by_frame()):
        here = distinct(boxes, found)
        masks = source.advance()
        if k % options.every == 0 or not live:
            new = [
                b
                for b in here
                if boxes.score[b] >= options.new_score and not _covered(b, masks, source, boxes, options)
            ]
            ids = list(range(number, number + len(new)))
            number += len(new)
            live |= {i: _Object(int(b), float(boxes.times[k])) for i, b in zip(ids, new, strict=True)}
            if new:
                masks = source.add({i: boxes.xyxy[b] for i, b in zip(ids, new, strict=True)})
        _record(k, here, masks, live, made, source.scale, boxes, options)
        lost = [i for i, o in live.items() if boxes.times[k] - o.seen_s > options.max_gap_s]
        source.forget(lost)
        gone += [live.pop(i) for i in lost]
    tracks = [Track(np.array(o.frame), np.array(o.box)) for o in [*gone, *live.values()] if o.frame]
    return _boxes(made, boxes), tracks


def extents(mask: np.ndarray, scale: float) -> np.ndarray | None:
    """Box (4,) of a mask in full-size pixels; None when it is empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    return np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], dtype=np.float64) / scale


def _covered(
    box: int, masks: Mapping[int, np.ndarray], source: MaskSource, boxes: ClipBoxes, options: MaskOptions
) -> bool:
    around = [extents(mask, source.scale) for mask in masks.values()]
    return any(a is not None and float(iou(a, boxes.xyxy[box])) >= options.iou for a in around)


def _record(
    k: int, here: np.ndarray, masks: Mapping[int, np.ndarray], live: dict[int, _Object], made: _Made, scale: float, boxes: ClipBoxes,
    options: MaskOptions,
) -> None:  # fmt: skip
    """Adds the boxes of a frame's masks."""
    around = {i: extents(mask, scale) for i, mask in masks.items() if i in live}
    shown = {i: a for i, a in around.items() if a is not None}
    if not shown:
        return
    overlap = iou(np.stack(list(shown.values()))[:, None], boxes.xyxy[here][None])
    pairs = zip(*linear_sum_assignment(-overlap), strict=True)
    ids = list(shown)
    named = {ids[r]: int(here[c]) for r, c in pairs if overlap[r, c] >= options.iou}
    for i, extent in shown.items():
        one = live[i]
        one.detection, one.seen_s = named.get(i, one.detection), float(boxes.times[k])
        one.frame.append(k)
        one.box.append(len(made.frame))
        made.frame.append(k)
        made.xyxy.append(extent)
        made.detection.append(one.detection)
        made.own.append(i in named)
        made.shape.append(mask_shapes(masks[i][None], 1.0 / scale**2)[0])


def _boxes(made: _Made, boxes: ClipBoxes) -> ClipBoxes:
    """Boxes of masks as a clip's boxes."""
    by, own = np.array(made.detection, dtype=np.int64), np.array(made.own, dtype=bool)
    shape = np.array(made.shape, dtype=np.float64).reshape(-1, 3)
    keypoints = boxes.shapes["keypoints"][by]
    keypoints[~own] = None
    return ClipBoxes(
        boxes.frames, boxes.times, np.array(made.frame, dtype=np.int64),
        np.array(made.xyxy, dtype=np.float64).reshape(-1, 4), boxes.score[by], boxes.names[by], boxes.colours[by],
        boxes.shares[by], dict(zip(SHAPES, (keypoints, *shape.T), strict=True)),
    )  # fmt: skip
