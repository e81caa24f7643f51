"""What a hand touches: objects that its box overlaps and that move together with it.

At a sample where hand and object both have a box, with areas |H| and |O| and velocities v_h and v_o of the centres (in
the stabilised frame where there is one; central differences over the neighbouring samples), in sides of the hand:

    overlapping:  |H and O| / |H|  >=  contact_overlap
    together:     |v_h - v_o|  <=  contact_speed
    carrying:     overlapping, together, both observed, and |v_h|, |v_o|  >  contact_rest

A contact is a run of consecutive sampled frames that are overlapping and together, of which at least
`contact_samples` carry. Where both rest they are together, so a hand that holds a thing still keeps its contact; but
rest alone makes none, for a hand that rests in front of a thing looks the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fm_assets.settings_sections import TracksSettings
from fm_resources.detector.agreement import intersection


@dataclass(frozen=True)
class Path:
    """A track's boxes.

    Attributes:
        frame: (n,) int64, numbers of the sampled frames, rising.
        t: (n,) seconds.
        xyxy: (n, 4) pixels.
        steady: (n, 2) centres in the row's frame of reference, pixels.
        observed: (n,) bool.
    """

    frame: np.ndarray
    t: np.ndarray
    xyxy: np.ndarray
    steady: np.ndarray
    observed: np.ndarray


def path_of(row: Mapping[str, Any]) -> Path:
    """The boxes of a row of `tracks`."""
    points = row["boxes"]
    numbers = np.array([[p[k] for k in ("t_s", "x1", "y1", "x2", "y2", "sx", "sy")] for p in points], dtype=np.float64)
    numbers = numbers.reshape(-1, 7)
    return Path(
        np.array([p["frame"] for p in points], dtype=np.int64),
        numbers[:, 0], numbers[:, 1:5], numbers[:, 5:7],
        np.array([p["observed"] for p in points], dtype=bool),
    )  # fmt: skip


def velocity(path: Path) -> np.ndarray:
    """Velocities (n, 2) of the centre, pixels per second; one-sided at the ends and beside holes, 0 where alone."""
    n = len(path.frame)
    joined = np.concatenate([[False], np.diff(path.frame) == 1, [False]])
    before = np.arange(n) - joined[:-1]
    after = np.arange(n) + joined[1:]
    seconds = path.t[after] - path.t[before]
    return (path.steady[after] - path.steady[before]) / np.where(seconds > 0, seconds, 1.0)[:, None]


def contacts_of(hand: Path, other: Path, settings: TracksSettings) -> list[tuple[int, int]]:
    """Runs of contact of a hand with an object: first and last index into the hand's boxes."""
    _, h, o = np.intersect1d(hand.frame, other.frame, assume_unique=True, return_indices=True)
    if len(h) < settings.contact_samples:
        return []
    size = hand.xyxy[:, 2:] - hand.xyxy[:, :2]
    side = max(float(np.median(np.sqrt(size.prod(axis=1)))), 1e-9)
    mine, its = velocity(hand)[h] / side, velocity(other)[o] / side
    together = np.linalg.norm(mine - its, axis=1) <= settings.contact_speed
    touching = (overlap(hand.xyxy[h], other.xyxy[o]) >= settings.contact_overlap) & together
    moving = np.minimum(np.linalg.norm(mine, axis=1), np.linalg.norm(its, axis=1)) > settings.contact_rest
    carrying = touching & moving & hand.observed[h] & other.observed[o]
    where = np.flatnonzero(touching)
    breaks = np.flatnonzero(np.diff(hand.frame[h][where]) != 1) + 1
    runs = [run for run in np.split(where, breaks) if carrying[run].sum() >= settings.contact_samples]
    return [(int(h[run[0]]), int(h[run[-1]])) for run in runs]


def overlap(hand: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Shares (n,) of hand boxes (n, 4) that lie in other boxes (n, 4)."""
    area = (hand[:, 2:] - hand[:, :2]).prod(axis=1)
    return intersection(hand, other) / np.maximum(area, 1e-9)


def add_contacts(
    hands: Sequence[dict[str, Any]], rows: Sequence[Mapping[str, Any]], settings: TracksSettings
) -> list[dict[str, Any]]:
    """The hands' rows with their column `contacts`, by start, then track.

    Args:
        hands: Rows of the hands of one clip.
        rows: Rows of its other tracks. A hand does not touch its own person. Without a reliable camera nobody knows
            what moves, and nothing is in contact.
        settings: Settings of `tracks`.
    """
    others = [(row["track_id"], path_of(row)) for row in rows] if hands else []
    return [row | {"contacts": _contacts(row, others, settings)} for row in hands]


def _contacts(
    row: Mapping[str, Any], others: Sequence[tuple[str, Path]], settings: TracksSettings
) -> list[dict[str, Any]]:
    if row["frame_of_reference"] == "none":
        return []
    hand = path_of(row)
    found = [
        {"track_id": name, "start_s": float(hand.t[a]), "end_s": float(hand.t[b]), "samples": b - a + 1}
        for name, path in others
        if name != row["parent_track_id"]
        for a, b in contacts_of(hand, path, settings)
    ]
    return sorted(found, key=lambda c: (c["start_s"], c["track_id"]))
