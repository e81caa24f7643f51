"""Faults of a detector and a camera: changes of rows of `detections`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fm_assets.detections.rows import BOX, DETECTIONS
from fm_assets.scenes.seeds import rng_of
from fm_resources.rows import canonical

#: Standard deviation of a straying edge, as a share of the box's width or height.
JITTER = 0.1
#: How long a false object is seen, seconds.
SPURIOUS_S = 1.0
#: How fast it drifts: standard deviation of each component, frame heights per second.
_DRIFT = 0.1
#: A false object is as large as some box of the clip, times exp of a normal number with this deviation.
_SIZE_SPREAD = 0.3

_SIDES = ("x1", "y1", "x2", "y2")


def missed_boxes(rows: pa.Table, rate: float, seed: int, classes: Sequence[str]) -> pa.Table:
    """Leaves out a share of the boxes, each on its own.

    Args:
        rows: Canonical rows of `detections` of one video.
        rate: Share of the boxes, 0 to 1.
        seed: Seed.
        classes: Not used.
    """

    def clip(part: pa.Table, rng: np.random.Generator) -> pa.Table:
        of_row, boxes = _flat(part)
        kept = np.flatnonzero(rng.random(len(of_row)) >= rate)
        return _with_boxes(part, of_row[kept], boxes.take(kept))

    return _per_clip(rows, clip, "missed_boxes", seed)


def jitter(rows: pa.Table, rate: float, seed: int, classes: Sequence[str]) -> pa.Table:
    """Lets the edges of a share of the boxes stray, each edge on its own; what leaves the frame is cut off.

    Keypoints and masks stay where they were.

    Args:
        rows: Canonical rows of `detections` of one video.
        rate: Share of the boxes, 0 to 1.
        seed: Seed.
        classes: Not used.
    """

    def clip(part: pa.Table, rng: np.random.Generator) -> pa.Table:
        of_row, boxes = _flat(part)
        hit = rng.random(len(of_row)) < rate
        noise = rng.normal(0.0, JITTER, (len(of_row), 4))
        xyxy = _xyxy(boxes)
        frame = np.stack([part["width"].to_numpy(), part["height"].to_numpy()], axis=1)[of_row].astype(np.float64)
        size = xyxy[:, 2:] - xyxy[:, :2]
        moved = _inside(xyxy + noise * np.tile(size, 2), frame)
        return _with_boxes(part, of_row, _moved(boxes, np.where(hit[:, None], moved, xyxy)))

    return _per_clip(rows, clip, "jitter", seed)


def dropped_frames(rows: pa.Table, rate: float, seed: int, classes: Sequence[str]) -> pa.Table:
    """Loses a share of the sampled frames; those that are left are numbered anew and keep their times.

    As after damage, the next frame counts the loss in `missing`, and its camera step was not measured again.

    Args:
        rows: Canonical rows of `detections` of one video.
        rate: Share of the sampled frames, 0 to 1.
        seed: Seed.
        classes: Not used.
    """

    def clip(part: pa.Table, rng: np.random.Generator) -> pa.Table:
        kept = np.flatnonzero(rng.random(part.num_rows) >= rate)
        lost = np.diff(kept, prepend=-1) - 1
        if not lost.any() and len(kept) == part.num_rows:
            return part
        left = part.take(kept)
        missing = pc.add(pc.fill_null(left["missing"], 0), pa.array(lost, pa.int32()))
        cameras = [
            [] if gap and steps else steps for gap, steps in zip(lost.tolist(), left["camera"].to_pylist(), strict=True)
        ]
        for name, column in (
            ("frame", pa.array(np.arange(len(kept)), pa.int32())),
            ("missing", missing),
            ("camera", pa.array(cameras, DETECTIONS.field("camera").type)),
        ):
            left = left.set_column(left.schema.get_field_index(name), DETECTIONS.field(name), column)
        return left

    return _per_clip(rows, clip, "dropped_frames", seed)


def spurious_tracks(rows: pa.Table, rate: float, seed: int, classes: Sequence[str]) -> pa.Table:
    """Adds false objects that drift about for `SPURIOUS_S`: of size, score and colour of some box of the clip.

    Args:
        rows: Canonical rows of `detections` of one video.
        rate: False boxes over all boxes that there were, 0 to 1; of a clip's whole number of objects the mean over
            seeds is exact.
        seed: Seed.
        classes: Class names that a false object may have.
    """

    def clip(part: pa.Table, rng: np.random.Generator) -> pa.Table:
        of_row, boxes = _flat(part)
        times = part["t_s"].to_numpy()
        length = _run_length(times)
        dither = rng.random()
        wanted = math.floor(rate * len(of_row) / length + dither) if len(of_row) else 0
        false = [_false_object(part, boxes, times, length, classes, rng.spawn(1)[0]) for _ in range(wanted)]
        if not false:
            return part
        at = np.concatenate([of_row, *(rows for rows, _ in false)])
        added = pa.array([box for _, made in false for box in made], BOX)
        joined = pa.concat_arrays([boxes, added.cast(boxes.type)])
        order = np.lexsort((-np.asarray(joined.field("score")), at))
        return _with_boxes(part, at[order], joined.take(order))

    return _per_clip(rows, clip, "spurious_tracks", seed)


def _run_length(times: np.ndarray) -> int:
    """Sampled frames that `SPURIOUS_S` spans, at least two."""
    interval = float(np.median(np.diff(times))) if len(times) > 1 else SPURIOUS_S
    return min(max(2, round(SPURIOUS_S / max(interval, 1e-3))), max(len(times), 1))


def _false_object(
    part: pa.Table, boxes: pa.StructArray, times: np.ndarray, length: int, classes: Sequence[str], rng: np.random.Generator
) -> tuple[np.ndarray, list[dict[str, Any]]]:  # fmt: skip
    """Rows (k,) that a false object is seen in, and its box in each."""
    model = boxes[int(rng.integers(len(boxes)))].as_py()
    width, height = part["width"][0].as_py(), part["height"][0].as_py()
    size = np.array([model["x2"] - model["x1"], model["y2"] - model["y1"]]) * np.exp(rng.normal(0, _SIZE_SPREAD))
    first = int(rng.integers(len(times) - length + 1))
    at = np.arange(first, first + length)
    begin = rng.uniform(0, 1, 2) * [width, height]
    centre = begin + rng.normal(0, _DRIFT, 2) * height * (times[at] - times[first])[:, None]
    xyxy = _inside(np.concatenate([centre - size / 2, centre + size / 2], axis=1), np.array([[width, height]] * length))
    name = str(rng.choice(list(classes))) if len(classes) else model["class"]
    plain = {**model, "class": name, "keypoints": None} | dict.fromkeys(
        ("mask_area", "mask_angle", "mask_elongation"), None
    )
    return at, [plain | dict(zip(_SIDES, box, strict=True)) for box in xyxy.tolist()]


def _inside(xyxy: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """Boxes (n, 4) cut to frames (n, 2) of width and height; at least a pixel stays."""
    low = np.clip(xyxy[:, :2], 0, frame - 1)
    return np.concatenate([low, np.clip(xyxy[:, 2:], low + 1, frame)], axis=1)


def _per_clip(
    rows: pa.Table, change: Callable[[pa.Table, np.random.Generator], pa.Table], fault: str, seed: int
) -> pa.Table:
    """The rows with each clip changed, by draws of its own."""
    names = rows["clip_id"].to_numpy()
    clips, first, count = np.unique(names, return_index=True, return_counts=True)
    parts = [
        change(rows.slice(int(first[i]), int(count[i])), rng_of(fault, seed, str(clips[i]))) for i in range(len(clips))
    ]
    if not parts:
        return rows
    plain = pa.schema([pa.field(f.name, f.type) for f in DETECTIONS])
    return canonical(pa.concat_tables([part.select(DETECTIONS.names).cast(plain) for part in parts]), DETECTIONS)


def _flat(part: pa.Table) -> tuple[np.ndarray, pa.StructArray]:
    """Row (n,) of each box, and the boxes."""
    column = part["boxes"].combine_chunks()
    lengths = column.value_lengths().to_numpy(zero_copy_only=False).astype(np.int64)
    return np.repeat(np.arange(part.num_rows), lengths), column.flatten()


def _with_boxes(part: pa.Table, of_row: np.ndarray, boxes: pa.StructArray) -> pa.Table:
    """The rows with other boxes; `of_row` rises."""
    offsets = np.searchsorted(of_row, np.arange(part.num_rows + 1))
    column = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), boxes)
    at = part.schema.get_field_index("boxes")
    return part.set_column(at, pa.field("boxes", column.type), column)


def _xyxy(boxes: pa.StructArray) -> np.ndarray:
    return np.stack([boxes.field(side).to_numpy(zero_copy_only=False).astype(np.float64) for side in _SIDES], axis=1)


def _moved(boxes: pa.StructArray, xyxy: np.ndarray) -> pa.StructArray:
    fields = list(boxes.type)
    new = dict(zip(_SIDES, xyxy.T, strict=True))
    parts = [pa.array(new[f.name], f.type) if f.name in new else boxes.field(f.name) for f in fields]
    return pa.StructArray.from_arrays(parts, fields=fields)
