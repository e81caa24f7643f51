"""Tracks that move, on common frames, and measures over runs of them that the rules about pairs share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from fm_assets.motion.series import Motion, Track, boxes_on


@dataclass(frozen=True)
class Movers:
    """n tracks that move, on the clip's k sampled frames, and their p pairs.

    Attributes:
        t: (k,) seconds.
        frame: (k,) numbers of the sampled frames.
        first: (p,) index of the one track of each pair.
        second: (p,) index of the other.
        alive: (p, k) whether both paths are known.
        offset: (p, k, 2) position of the first less that of the second, y up.
        gap: (p, k) distance of the boxes in the image; negative by how far they overlap.
        size: (p, k, 2) both widths and both heights together.
        position: (n, k, 2).
        velocity: (n, k, 2) frame heights per second.
        sigma: (n,) noise of a raw coordinate.
        velocity_sigma: (n,) noise of a velocity's coordinate.
        window_s: (n,) length of the smoothing window.
        moving: (n,) margin of the movement itself.
        reference: Frame of reference.
    """

    t: np.ndarray
    frame: np.ndarray
    first: np.ndarray
    second: np.ndarray
    alive: np.ndarray
    offset: np.ndarray
    gap: np.ndarray
    size: np.ndarray
    position: np.ndarray
    velocity: np.ndarray
    sigma: np.ndarray
    velocity_sigma: np.ndarray
    window_s: np.ndarray
    moving: np.ndarray
    reference: str

    @cached_property
    def velocities(self) -> tuple[np.ndarray, np.ndarray]:
        """(p, k, 2) velocities of both of each pair."""
        return self.velocity[self.first], self.velocity[self.second]

    @cached_property
    def speeds(self) -> tuple[np.ndarray, np.ndarray]:
        """(p, k) speeds of both of each pair."""
        speed = norm(self.velocity)
        return speed[self.first], speed[self.second]

    @cached_property
    def distance(self) -> np.ndarray:
        """(p, k) distance of both positions."""
        return norm(self.offset)

    @cached_property
    def heading_difference(self) -> np.ndarray:
        """(p, k) angle between both velocities, degrees."""
        return np.degrees(angle_between(*self.velocities))

    def larger(self, values: np.ndarray) -> np.ndarray:
        """(p,) the larger of both tracks' values (n,)."""
        return np.maximum(values[self.first], values[self.second])

    def only(self, pairs: np.ndarray) -> Movers:
        """The same of some of the pairs (p,) bool."""
        names = ("first", "second", "alive", "offset", "gap", "size")
        return replace(self, **{name: getattr(self, name)[pairs] for name in names})


class Runs(NamedTuple):
    """Runs of frames: pair (r,), first and last frame's index (r,)."""

    pair: np.ndarray
    begin: np.ndarray
    end: np.ndarray


def movers_of(tracks: Sequence[Track], moving: Sequence[float]) -> Movers:
    """Tracks with a smoothed path, and the margins by which they move, on common frames."""
    motions = [t.motion for t in tracks if isinstance(t.motion, Motion)]
    low = min(m.frames[0] for m in motions)
    count = max(m.frames[1] for m in motions) - low + 1
    grid = np.arange(low, low + count)
    frames = np.concatenate([t.frame for t in tracks])
    known, index = np.unique(frames, return_index=True)
    clock = np.interp(grid, known, np.concatenate([t.t for t in tracks])[index])
    state = np.empty((8, len(tracks), count))
    for i, (track, motion) in enumerate(zip(tracks, motions, strict=True)):
        path = motion.path
        for row, values in enumerate((*path.position.T, *path.velocity.T)):
            state[row, i] = np.interp(clock, path.t, values)
        state[4:, i] = boxes_on(track, low, count).T
    first, second = np.triu_indices(len(tracks), 1)
    begin, end = (np.array([m.frames[side] - low for m in motions]) for side in (0, 1))
    at = np.arange(count)
    alive = (at >= np.maximum(begin[first], begin[second])[:, None]) & (
        at <= np.minimum(end[first], end[second])[:, None]
    )
    position, velocity, centre, size = (np.moveaxis(state[k : k + 2], 0, -1) for k in (0, 2, 4, 6))
    both = size[first] + size[second]
    apart = np.abs(centre[first] - centre[second]) - both / 2
    outside = np.maximum(apart, 0.0)
    gap = np.hypot(outside[..., 0], outside[..., 1]) + np.minimum(apart.max(axis=-1), 0.0)
    return Movers(
        clock, grid, first, second, alive, position[first] - position[second], gap, both, position, velocity,
        np.array([m.sigma for m in motions]),
        np.array([m.sigma * m.path.gain.velocity / m.path.step for m in motions]),
        np.array([m.path.window * m.path.step for m in motions]),
        np.asarray(moving, dtype=float), str(tracks[0].row["frame_of_reference"]),
    )  # fmt: skip


def runs_of(mask: np.ndarray) -> Runs:
    """Runs of true values in the rows of a mask (p, k), by row and time."""
    padded = np.zeros((mask.shape[0], mask.shape[1] + 2), dtype=bool)
    padded[:, 1:-1] = mask
    pair, at = np.nonzero(padded[:, 1:] != padded[:, :-1])  # beginnings and ends alternate
    return Runs(pair[::2], at[::2], at[1::2] - 1)


def norm(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(np.hypot(vectors[..., 0], vectors[..., 1]))


def unit(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors / np.maximum(norm(vectors), 1e-9)[..., None])


def cross_product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])


def angle_between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Angle between vectors, radians, 0 to pi."""
    return np.arctan2(np.abs(cross_product(a, b)), np.sum(a * b, axis=-1))


def along_heading(m: Movers, runs: Runs) -> tuple[np.ndarray, np.ndarray]:
    """(r, k) offset of each run's pair along and across the mean heading of both."""
    way, offset = unit(m.velocity), m.offset[runs.pair]
    u = unit(way[m.first[runs.pair]] + way[m.second[runs.pair]])
    return np.sum(offset * u, axis=-1), cross_product(offset, u)


def mean_over(values: np.ndarray, runs: Runs) -> np.ndarray:
    """(r,) mean of values (p, k) over the frames of each run."""
    return mean_of(values[runs.pair], runs)


def mean_of(values: np.ndarray, runs: Runs) -> np.ndarray:
    """(r,) mean of each run's own values (r, k) over its frames."""
    rows = np.arange(len(values))
    total = np.zeros((len(values), values.shape[1] + 1))
    np.cumsum(values, axis=1, out=total[:, 1:])
    return np.asarray((total[rows, runs.end + 1] - total[rows, runs.begin]) / (runs.end + 1 - runs.begin))


def inside(m: Movers, runs: Runs) -> np.ndarray:
    """(r, k) which frames belong to each run."""
    at = np.arange(len(m.t))
    return np.asarray((at >= runs.begin[:, None]) & (at <= runs.end[:, None]))


def displacement(m: Movers, which: np.ndarray, runs: Runs) -> np.ndarray:
    """(r, 2) displacement of one track of each run's pair."""
    track = which[runs.pair]
    return np.asarray(m.position[track, runs.end] - m.position[track, runs.begin])


def distance_moved(m: Movers, which: np.ndarray, runs: Runs) -> np.ndarray:
    return norm(displacement(m, which, runs))
