"""Tracks as arrays: what the rules of the calculus work on.

Lengths are in frame heights. Image positions have y **down** like the frame, motion has y **up** like the
vocabulary's angles.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from fm_assets.motion import geometry, smoothing
from fm_assets.motion.skeleton import keypoints_of
from fm_assets.settings import MotionSettings
from fm_resources.rows import struct_columns

#: A hole in a track longer than this hides what happened, seconds.
HOLE_S = 0.6
#: Samples further apart than this (median) show no shape, seconds.
COARSE_S = 0.35
#: Shorter movements are not judged, seconds.
SHORT_S = 0.5
#: Movement has begun where the speed exceeds this share of its own 90th percentile.
MOVES = 0.15
#: Part of a reconstructed shift of a clipped box's centre that is not trusted.
DISTRUST = 0.25


@dataclass(frozen=True)
class Motion:
    """A smoothed path, in the row's frame of reference.

    Attributes:
        path: Positions and velocities in frame heights (per second), y up.
        sigma: Noise of one raw coordinate, frame heights.
        drift: Error that all positions may share after compensation of the camera, frame heights.
        frames: First and last sampled frame that the path rests on.
        hole_s: Longest time between two samples.
        coarse: Whether the samples are too far apart to show a shape.
    """

    path: smoothing.Smooth
    sigma: float
    drift: float
    frames: tuple[int, int]
    hole_s: float
    coarse: bool

    @property
    def sigma_inner(self) -> float:
        """Noise of a smoothed coordinate away from the ends."""
        return self.sigma * self.path.gain.inner

    @property
    def sigma_end(self) -> float:
        """Noise of a smoothed coordinate at an end of the path."""
        return math.hypot(self.sigma * self.path.gain.end, self.drift)

    @cached_property
    def speed(self) -> np.ndarray:
        """(n,) speeds, frame heights per second."""
        return np.hypot(self.path.velocity[:, 0], self.path.velocity[:, 1])

    @cached_property
    def top_speed(self) -> float:
        """90th percentile of the speeds."""
        return geometry.percentile(self.speed, 90)

    @property
    def seconds(self) -> float:
        """Duration."""
        return float(self.path.t[-1] - self.path.t[0])


@dataclass(frozen=True)
class Track:
    """One track.

    Attributes:
        row: Its row of `tracks` without the boxes.
        frame: (n,) numbers of the sampled frames.
        t: (n,) seconds.
        centre: (n, 2) centre of the box in the image, frame heights, y down; shifted where the edge cuts it.
        seen_centre: (n, 2) centre of the box as it was detected.
        size: (n, 2) width and height of the smoothed box, frame heights.
        clipped: (n, 4) bool: touches left, top, right, bottom.
        observed: (n,) bool.
        body: Median of sqrt(width * height), frame heights.
        motion: The smoothed path, or why there is none.
        keypoints: (n, 17, 3) x, y in pixels, y down, and score of the body's joints; NaN where a box has none, None
            where no box has any.
    """

    row: dict[str, Any]
    frame: np.ndarray
    t: np.ndarray
    centre: np.ndarray
    seen_centre: np.ndarray
    size: np.ndarray
    clipped: np.ndarray
    observed: np.ndarray
    body: float
    motion: Motion | str
    keypoints: np.ndarray | None = None

    @cached_property
    def id(self) -> str:
        """Track id."""
        return str(self.row["track_id"])

    @cached_property
    def name(self) -> str:
        """The track id without the clip's."""
        return self.id[len(self.row["clip_id"]) + 1 :]

    @cached_property
    def whole(self) -> np.ndarray:
        """(n,) bool: no edge of the frame cuts the box."""
        return ~cut_boxes(self.clipped)

    @property
    def aspect(self) -> float:
        """Frame width in frame heights."""
        return float(self.row["width"] / self.row["height"])

    @cached_property
    def corners(self) -> tuple[np.ndarray, np.ndarray]:
        """Upper left and lower right corners (n, 2) of the boxes, frame heights."""
        half = self.size / 2
        return self.seen_centre - half, self.seen_centre + half

    @cached_property
    def area(self) -> np.ndarray:
        """(n,) areas of the boxes, square frame heights."""
        return self.size[:, 0] * self.size[:, 1]

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of all boxes together, frame heights."""
        low, high = self.corners[0].min(axis=0), self.corners[1].max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    @cached_property
    def step(self) -> float:
        """Median distance of its samples, seconds; 0 of a single one."""
        return geometry.median(self.t[1:] - self.t[:-1]) if len(self.t) > 1 else 0.0

    @property
    def position_sigma(self) -> float:
        """Noise of one coordinate of an image position, frame heights."""
        return self.motion.sigma if isinstance(self.motion, Motion) else 0.01

    @cached_property
    def confidence(self) -> float:
        """Quality of the evidence, 0 to 1: share of observed boxes times their mean score."""
        return float(share_of(self.observed) * self.row["mean_score"])


def tracks_of(table: pa.Table, settings: MotionSettings) -> list[Track]:
    """The tracks of a `tracks` table, in its order; geometry is computed for all boxes at once."""
    lengths, box = struct_columns(table, "boxes")
    rows = table.drop_columns(["boxes"]).to_pylist()
    height = np.repeat([float(r["height"]) for r in rows], lengths)
    width = np.repeat([float(r["width"]) for r in rows], lengths)
    edges = np.stack([box[name].astype(np.float64) for name in ("x1", "y1", "x2", "y2")], axis=1)
    near = np.maximum(settings.edge_px, settings.edge_share * height)
    clipped = np.stack(
        [edges[:, 0] <= near, edges[:, 1] <= near, edges[:, 2] >= width - near, edges[:, 3] >= height - near], axis=1
    )
    edges /= height[:, None]
    # the boxes are smoothed; the centres must be those detected, or their noise could not be told
    seen_centre = np.stack([box["cx"].astype(np.float64), box["cy"].astype(np.float64)], axis=1) / height[:, None]
    size = edges[:, 2:] - edges[:, :2]
    compensated = np.stack([box["sx"].astype(np.float64), box["sy"].astype(np.float64)], axis=1) / height[:, None]
    bodies = keypoints_of(table)
    ends = np.cumsum(lengths)
    found = []
    for row, begin, end in zip(rows, ends - lengths, ends, strict=True):
        if end == begin:
            continue
        part = slice(begin, end)
        found.append(
            _track(
                row, box["frame"][part], box["t_s"][part], seen_centre[part], compensated[part], size[part],
                clipped[part], box["observed"][part].astype(bool), settings,
                None if bodies is None else bodies[part],
            )
        )  # fmt: skip
    return found


def _track(
    row: dict[str, Any],
    frame: np.ndarray,
    t: np.ndarray,
    seen_centre: np.ndarray,
    compensated: np.ndarray,
    size: np.ndarray,
    clipped: np.ndarray,
    observed: np.ndarray,
    settings: MotionSettings,
    keypoints: np.ndarray | None,
) -> Track:
    body = geometry.median(np.sqrt(size[:, 0] * size[:, 1]))
    shift, distrust = uncut_shift(t, size, clipped)
    base = compensated if row["frame_of_reference"] == "stabilised" else seen_centre
    motion = _motion(row, frame, t, base + shift, cut_boxes(clipped), observed, body, distrust, settings)
    centre = seen_centre + shift
    return Track(row, frame, t, centre, seen_centre, size, clipped, observed, body, motion, keypoints)


def under_way(motion: Motion) -> tuple[np.ndarray, float]:
    """The speed (n,) along the path, and from which speed on it surely moves, frame heights per second.

    0.15 of the speed's 90th percentile, and s sqrt(2 log(100 n)), s the noise of a velocity's coordinate: of n noisy
    velocities of what rests, one exceeds that once in a hundred times (Rayleigh).
    """
    noise = motion.sigma * motion.path.gain.velocity / motion.path.step
    return motion.speed, max(MOVES * motion.top_speed, noise * math.sqrt(2 * math.log(100 * len(motion.speed))))


def share_of(mask: np.ndarray) -> float:
    """Share of true values in a mask that is not empty; as its mean, at a tenth of the time."""
    return np.count_nonzero(mask) / mask.size


def cut_boxes(clipped: np.ndarray) -> np.ndarray:
    """Which boxes (n,) the frame's edge cuts, from which of their sides (n, 4) it does."""
    return np.asarray(clipped.any(axis=1))


def uncut_shift(t: np.ndarray, size: np.ndarray, clipped: np.ndarray) -> tuple[np.ndarray, float]:
    """Where the centre of a box would be if the frame's edge did not cut it.

    The edge that is still inside the frame stays, the size is that of the nearest uncut boxes. A box that
    is cut at both sides, and a track that is always cut, keep their centres; the size that its boxes vary
    by, which is how far the centre may be off, is then distrusted instead.

    Args:
        t: (n,) seconds.
        size: (n, 2) widths and heights.
        clipped: (n, 4) bool: left, top, right, bottom.

    Returns:
        Shift (n, 2) of the centre, y down, and the error that it leaves per coordinate.
    """
    shift = np.zeros_like(size)
    error = 0.0
    if not clipped.any():
        return shift, error
    for axis in (0, 1):
        low, high = clipped[:, axis], clipped[:, axis + 2]
        cut, whole = low | high, ~(low | high)
        if not cut.any():
            continue
        if not whole.any():
            error = max(error, float(np.ptp(np.percentile(size[:, axis], [5, 95]))) / 2)
            continue
        missing = np.clip(np.interp(t, t[whole], size[whole, axis]) - size[:, axis], 0.0, None) / 2
        shift[:, axis] = np.where(low & ~high, -missing, np.where(high & ~low, missing, 0.0))
    return shift, error


def _motion(
    row: dict[str, Any],
    frame: np.ndarray,
    t: np.ndarray,
    centre: np.ndarray,
    cut: np.ndarray,
    observed: np.ndarray,
    body: float,
    distrust: float,
    settings: MotionSettings,
) -> Motion | str:
    """The path between the first and the last uncut box; of a track that is mostly cut, all of it."""
    if row["frame_of_reference"] == "none":
        return "camera not reliable"
    whole = np.flatnonzero(~cut)
    span = slice(0, len(t))
    trimmed = slice(int(whole[0]), int(whole[-1]) + 1) if len(whole) else span
    if len(whole) >= settings.min_points and t[whole[-1]] - t[whole[0]] >= max(SHORT_S, 0.4 * (t[-1] - t[0])):
        span = trimmed
    t, centre, cut, observed, frame = t[span], centre[span], cut[span], observed[span], frame[span]
    if len(t) < settings.min_points or observed.sum() < settings.min_points or t[-1] - t[0] < SHORT_S:
        return "too few boxes"
    up = np.stack([centre[:, 0], -centre[:, 1]], axis=1)
    path = smoothing.smooth(t, up, settings.smoothing_s)
    sigma = max(
        smoothing.noise(t, up, observed & ~cut, path),
        settings.noise_floor_px / row["height"],
        settings.noise_floor_body * body,
    )
    drift = settings.stabilised_drift if row["frame_of_reference"] == "stabilised" else 0.0
    error = math.hypot(distrust, DISTRUST * body * share_of(cut))
    gaps = t[1:] - t[:-1]
    return Motion(
        path,
        sigma,
        math.hypot(drift, error),
        (int(frame[0]), int(frame[-1])),
        float(gaps.max()),
        geometry.median(gaps) > COARSE_S,
    )


def boxes_on(track: Track, low: int, count: int) -> np.ndarray:
    """Centre and size (count, 4) of a track's boxes on the sampled frames from number `low` on.

    In gaps they are interpolated, before and after the track's life they are its first and last.
    """
    values = np.concatenate([track.centre, track.size], axis=1)
    if track.frame[-1] - track.frame[0] + 1 == len(track.frame):
        return np.asarray(values[np.clip(np.arange(low, low + count) - track.frame[0], 0, len(values) - 1)])
    grid = np.arange(low, low + count)
    return np.stack([np.interp(grid, track.frame, column) for column in values.T], axis=1)


def shared_frames(one: np.ndarray, other: np.ndarray) -> tuple[slice | np.ndarray, slice | np.ndarray]:
    """Where the frames are that two rising series share."""
    if one[-1] - one[0] + 1 == len(one) and other[-1] - other[0] + 1 == len(other):  # no holes: a run of both
        low, high = max(one[0], other[0]), max(min(one[-1], other[-1]) + 1, max(one[0], other[0]))
        return slice(low - one[0], high - one[0]), slice(low - other[0], high - other[0])
    _, a, b = np.intersect1d(one, other, assume_unique=True, return_indices=True)
    return a, b
