"""What the calculus would say if it never abstained: the nearest value by the plain definition, wherever it was silent.

Only for measuring what abstention is worth (`bought.py`): nothing that ships is made of these.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa

from fm_assets.motion.facts import fact_id
from fm_assets.motion.rows import MOTION_SCORES
from fm_assets.motion.statement import quantity
from fm_assets.motion.vocabulary import DIRECTIONS, KINDS
from fm_assets.settings import MotionSettings
from fm_assets.tracks.parts import is_part
from fm_resources.rows import canonical, from_pylist

#: Straightness from which a path is called straight, and below which back and forth; curved in between.
_STRAIGHT, _BACK = 0.9, 0.2
#: Ratio of speeds, or of distances, from which they are called different.
_FASTER, _NEARER = 1.5, 1.2

Said = tuple[str, str, float | None]
"""Kind, value, number."""


@dataclass(frozen=True)
class Path:
    """A track's centres as they were detected.

    Attributes:
        row: Its row of `tracks`.
        t: (n,) seconds.
        xy: (n, 2) centres in its frame of reference, frame heights, y up.
    """

    row: Mapping[str, Any]
    t: np.ndarray
    xy: np.ndarray

    @property
    def name(self) -> str:
        """Its id."""
        return str(self.row["track_id"])

    @property
    def length(self) -> float:
        """Length of the way from centre to centre, frame heights, noise and all."""
        return float(np.linalg.norm(np.diff(self.xy, axis=0), axis=1).sum())

    @property
    def seconds(self) -> float:
        """Time from first to last box."""
        return float(max(self.t[-1] - self.t[0], 1e-3))


def forced(tracks: pa.Table, facts: pa.Table, settings: MotionSettings, margin: float) -> pa.Table:
    """The facts, and one for every kind, track and pair that nothing was stated of.

    Args:
        tracks: Rows of `tracks`.
        facts: Rows of `motion_scores` of the same tracks.
        settings: Section `motion`.
        margin: Margin that the added ones get.
    """
    known = {(f["kind"], f["subject_track_id"], f["object_track_id"]) for f in facts.to_pylist()}
    moving = {f["subject_track_id"] for f in facts.to_pylist() if (f["kind"], f["value"]) == ("moving", "moving")}
    still = {s for kind, s, _ in known if kind == "moving"} - moving
    paths = [_path(row) for row in tracks.to_pylist() if not is_part(row["track_id"]) and len(row["boxes"]) > 1]
    added = []
    for path in paths:
        for kind, value, number in _alone(path, settings, still=path.name in still):
            if (kind, path.name, None) not in known:
                added.append(_row(path, None, (kind, value, number), margin))
    for one, other in combinations(paths, 2):
        if one.row["clip_id"] == other.row["clip_id"]:
            for kind, value, number in _pair(one, other):
                if not {(kind, one.name, other.name), (kind, other.name, one.name)} & known:
                    added.append(_row(one, other, (kind, value, number), margin))
    return canonical(pa.concat_tables([facts, from_pylist(added, MOTION_SCORES)]), MOTION_SCORES) if added else facts


def _path(row: Mapping[str, Any]) -> Path:
    x, y = ("sx", "sy") if row["frame_of_reference"] == "stabilised" else ("cx", "cy")
    xy = np.array([[box[x], -box[y]] for box in row["boxes"]], dtype=np.float64) / row["height"]
    return Path(row, np.array([box["t_s"] for box in row["boxes"]], dtype=np.float64), xy)


def _alone(path: Path, settings: MotionSettings, *, still: bool) -> Iterator[Said]:
    row, net = path.row, path.xy[-1] - path.xy[0]
    far, way = float(np.linalg.norm(net)), path.length
    reach = float(np.linalg.norm(np.ptp(path.xy, axis=0)))
    yield "class", row["class"], row["class_share"]
    if row["colour"]:
        yield "colour", row["colour"], row["colour_share"]
    yield "appear", "present" if row["start_s"] < 0.1 else "entered", row["start_s"]
    yield "disappear", "present" if row["end_s"] > row["clip_s"] - 0.2 else "exited", row["end_s"]
    goes = not still and reach > settings.moving_min
    yield "moving", "moving" if goes else "stationary", reach
    if not goes:
        return
    angle = math.degrees(math.atan2(net[1], net[0])) % 360.0
    yield "direction", DIRECTIONS[round(angle / 45.0) % 8], angle
    straight = far / max(way, 1e-6)
    shape = "straight" if straight >= _STRAIGHT else "back_and_forth" if straight < _BACK else "curved"
    yield "trajectory_shape", shape, None
    for kind, value in (("displacement", far), ("path_length", way), ("speed", way / path.seconds)):
        yield kind, quantity(value), value
    third = max(1, len(path.t) // 3)
    first, last = (_speed(path, part) for part in (slice(None, third + 1), slice(-third - 1, None)))
    ratio = last / max(first, 1e-6)
    trend = "accelerating" if ratio > _FASTER else "decelerating" if ratio < 1 / _FASTER else "constant"
    yield "acceleration", trend, ratio


def _speed(path: Path, part: slice) -> float:
    xy, t = path.xy[part], path.t[part]
    return float(np.linalg.norm(np.diff(xy, axis=0), axis=1).sum() / max(t[-1] - t[0], 1e-3))


def _pair(one: Path, other: Path) -> Iterator[Said]:
    later = other.row["start_s"] - one.row["start_s"]
    if later:
        yield "order", "before" if later > 0 else "after", abs(later)
    speeds = [path.length / path.seconds for path in (one, other)]
    if speeds[0] != speeds[1]:
        yield "speed_order", "faster" if speeds[0] > speeds[1] else "slower", speeds[0] / max(speeds[1], 1e-6)
    _, a, b = np.intersect1d(one.t, other.t, return_indices=True)
    if len(a) > 1:
        apart = np.linalg.norm(one.xy[a] - other.xy[b], axis=1)
        ratio = float(apart[-1] / max(apart[0], 1e-6))
        change = "recede" if ratio > _NEARER else "approach" if ratio < 1 / _NEARER else "constant"
        yield "distance_change", change, ratio


def _row(path: Path, other: Path | None, said: Said, margin: float) -> dict[str, Any]:
    kind, value, number = said
    rows: Sequence[Mapping[str, Any]] = [path.row] if other is None else [path.row, other.row]
    interval = (max(r["start_s"] for r in rows), min(r["end_s"] for r in rows))
    interval = interval if interval[1] >= interval[0] else (interval[1], interval[0])
    reference = "stabilised" if path.row["frame_of_reference"] == "stabilised" else "image"
    names = [r["track_id"].rpartition(".")[2] for r in rows]
    clip_id = path.row["clip_id"]
    return {
        "fact_id": fact_id(clip_id, kind, names[0], names[1] if other else "", interval, value, reference),
        "clip_id": clip_id, "kind": kind, "subject_track_id": path.name,
        "object_track_id": other.name if other else None, "t0": interval[0], "t1": interval[1], "value": value,
        "number": number, "unit": KINDS[kind].unit, "margin": margin, "confidence": 0.0,
        "frame_of_reference": reference, "frame0": path.row["boxes"][0]["frame"],
        "frame1": path.row["boxes"][-1]["frame"],
    }  # fmt: skip
