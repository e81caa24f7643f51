"""Faults of a tracker: changes of rows of `tracks`. Boxes stay as they were smoothed; who they belong to changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from fm_assets.motion.compatibility import ANY_CLASS
from fm_assets.scenes.seeds import rng_of
from fm_assets.tracks.parts import is_part
from fm_assets.tracks.rows import TRACKS
from fm_assets.tracks.vote import elect
from fm_resources.rows import from_pylist

Row = dict[str, Any]

#: A track is cut, or changes over, at this part of its boxes.
_CUT = (0.25, 0.75)


def id_switch(rows: pa.Table, rate: float, seed: int, classes: Sequence[str]) -> pa.Table:
    """Lets a share of the tracks change over: from one moment on two tracks have each other's boxes.

    The other one is the nearest at that moment; a track that is alone then cannot change over. Class and colour are
    voted anew by the two parts of each.

    Args:
        rows: Canonical rows of `tracks` of one video.
        rate: Share of the tracks that are hit, 0 to 1; their partners come on top.
        seed: Seed.
        classes: Not used.
    """

    def clip(tracks: list[Row], rng: np.random.Generator) -> list[Row]:
        for number, where in _hit(tracks, rate, rng):
            frame = _frame_at(tracks[number], where)
            other = _nearest(tracks, number, frame)
            if other is not None:
                tracks[number], tracks[other] = _changed_over(tracks[number], tracks[other], frame)
        return tracks

    return _per_clip(rows, clip, "id_switch", seed)


def fragmentation(rows: pa.Table, rate: float, seed: int, classes: Sequence[str]) -> pa.Table:
    """Lets a share of the tracks fall into two, between two boxes; the later piece is a new track.

    Args:
        rows: Canonical rows of `tracks` of one video.
        rate: Share of the tracks, 0 to 1.
        seed: Seed.
        classes: Not used.
    """

    def clip(tracks: list[Row], rng: np.random.Generator) -> list[Row]:
        number = 1 + max((_number(row["track_id"]) for row in tracks), default=-1)
        pieces = []
        for at, where in _hit(tracks, rate, rng):
            row, frame = tracks[at], _frame_at(tracks[at], where)
            head, tail = _split(row["boxes"], frame)
            if min(len(head), len(tail)) >= 2:
                pieces.append(_restored(row, tail) | {"track_id": f"{row['clip_id']}.t{number + at}", "contacts": None})
                tracks[at] = _restored(row, head)
        return tracks + pieces

    return _per_clip(rows, clip, "fragmentation", seed)


def class_flip(rows: pa.Table, rate: float, seed: int, classes: Sequence[str]) -> pa.Table:
    """Gives a share of the tracks another class.

    Args:
        rows: Canonical rows of `tracks` of one video.
        rate: Share of the tracks, 0 to 1.
        seed: Seed.
        classes: Class names to choose from; where there is no other one, a track becomes one of no known class.
    """

    def clip(tracks: list[Row], rng: np.random.Generator) -> list[Row]:
        for number, where in _hit(tracks, rate, rng):
            row = tracks[number]
            others = sorted(set(classes) - {row["class"]}) or [ANY_CLASS]
            row["class"] = others[int(where * len(others))]
        return tracks

    return _per_clip(rows, clip, "class_flip", seed)


def _per_clip(
    rows: pa.Table, change: Callable[[list[Row], np.random.Generator], list[Row]], fault: str, seed: int
) -> pa.Table:
    """The rows with each clip's whole tracks changed, by draws of its own; parts of tracks stay as they are."""
    clips: dict[str, list[Row]] = {}
    for row in rows.to_pylist():
        clips.setdefault(row["clip_id"], []).append(row)
    found: list[Row] = []
    for clip_id, tracks in clips.items():
        whole = sorted((t for t in tracks if not is_part(t["track_id"])), key=lambda t: _number(t["track_id"]))
        found += change(whole, rng_of(fault, seed, clip_id)) + [t for t in tracks if is_part(t["track_id"])]
    return from_pylist(found, TRACKS) if found else rows


def _hit(tracks: Sequence[Row], rate: float, rng: np.random.Generator) -> list[tuple[int, float]]:
    """Which tracks are hit, those that a lower rate hits first; and a number from 0 to 1 for each."""
    draws = rng.random((len(tracks), 2))
    hit = [int(i) for i in np.argsort(draws[:, 0], kind="stable") if draws[i, 0] < rate]
    return [(i, float(draws[i, 1])) for i in hit]


def _number(track_id: str) -> int:
    digits = track_id.rpartition(".t")[2]
    return int(digits) if digits.isdigit() else -1


def _frame_at(row: Row, where: float) -> int:
    """Number of the sampled frame at a part, within `_CUT`, of a track's boxes."""
    boxes = row["boxes"]
    low, high = _CUT
    return int(boxes[min(int((low + where * (high - low)) * len(boxes)), len(boxes) - 1)]["frame"])


def _split(boxes: Sequence[Row], frame: int) -> tuple[list[Row], list[Row]]:
    return [b for b in boxes if b["frame"] < frame], [b for b in boxes if b["frame"] >= frame]


def _nearest(tracks: Sequence[Row], number: int, frame: int) -> int | None:
    """The track whose centre is nearest at a frame that both have a box in, and whose parts can be exchanged."""
    centres = {}
    for i, row in enumerate(tracks):
        box = next((b for b in row["boxes"] if b["frame"] == frame), None)
        if box is not None:
            centres[i] = np.array([box["x1"] + box["x2"], box["y1"] + box["y2"]]) / 2
    here = centres.pop(number, None)
    if here is None:
        return None
    ranked = sorted(centres, key=lambda i: (float(np.linalg.norm(centres[i] - here)), i))
    return next((i for i in ranked if _exchangeable(tracks[number], tracks[i], frame)), None)


def _exchangeable(one: Row, other: Row, frame: int) -> bool:
    """Whether both have a part before and after the frame."""
    return all(min(map(len, _split(row["boxes"], frame))) >= 1 for row in (one, other))


def _changed_over(one: Row, other: Row, frame: int) -> tuple[Row, Row]:
    (head, tail), (other_head, other_tail) = (_split(row["boxes"], frame) for row in (one, other))
    return (
        _restored(one, head + other_tail) | _voted([(one, head), (other, other_tail)]),
        _restored(other, other_head + tail) | _voted([(other, other_head), (one, tail)]),
    )


def _voted(parts: Sequence[tuple[Row, Sequence[Row]]]) -> Row:
    """Class and colour by vote of parts of tracks: each casts its score for what its track was, as far as that was sure."""
    weights = np.array([sum(box["score"] for box in boxes) for _, boxes in parts])
    found: Row = {}
    for name in ("class", "colour"):
        sure = np.array([row[f"{name}_share"] for row, _ in parts])
        elected, _ = elect(np.array([row[name] for row, _ in parts], dtype=object), weights * sure)
        agree = np.array([row[name] == elected for row, _ in parts])
        share = float((weights * sure * agree).sum() / weights.sum()) if weights.sum() > 0 else 0.0
        found |= {name: elected, f"{name}_share": share}
    return found


def _restored(row: Row, boxes: Sequence[Row]) -> Row:
    """A track's row with other boxes, and what follows from them; its noise stays as measured."""
    seen = [box["observed"] for box in boxes]
    scores = [box["score"] for box in boxes if box["observed"]]
    gaps = sum(not now and before for before, now in zip([True, *seen], seen, strict=False))
    return row | {
        "boxes": list(boxes), "start_s": boxes[0]["t_s"], "end_s": boxes[-1]["t_s"], "frames": len(boxes),
        "observed": sum(seen), "gaps": gaps, "mean_score": float(np.mean(scores)) if scores else 0.0,
    }  # fmt: skip
