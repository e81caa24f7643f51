"""Smoothing of a track's boxes by a published method; what was detected is kept beside it.

`rts`: a Kalman filter per edge whose velocity wanders (white acceleration), run forth, then back: Rauch, Tung and
Striebel, "Maximum likelihood estimates of linear dynamic systems", AIAA Journal 3(8), 1965. It takes uneven times and
missing boxes as they are. `savgol`: least-squares parabolas, Savitzky and Golay, Analytical Chemistry 36(8), 1964.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Method = Literal["none", "rts", "savgol"]

#: Edges this close to the frame's edge are cut by it; they stay where they are.
CUT_PX = 1.0
#: Median of |x| of a normal variable with deviation 1.
_MEDIAN_ABS = 0.6745


@dataclass(frozen=True)
class SmoothingOptions:
    """How boxes are smoothed.

    Attributes:
        method: Which method.
        window_s: `savgol`: window, seconds.
        noise: `rts`: standard deviation of a detected edge, box heights.
        acceleration: `rts`: spectral density (its root) of the white acceleration of an edge, box heights / s^1.5.
    """

    method: Method = "rts"
    window_s: float = 0.4
    noise: float = 0.02
    acceleration: float = 1.0


def smooth(
    t: np.ndarray,
    xyxy: np.ndarray,
    observed: np.ndarray,
    size: tuple[int, int],
    options: SmoothingOptions,
    max_gap_s: float,
) -> np.ndarray:
    """Smoothed boxes (n, 4) of one track, pixels inside the frame.

    Args:
        t: (n,) rising times, seconds.
        xyxy: (n, 4) detected or interpolated boxes, pixels.
        observed: (n,) bool, False where a box is interpolated; the first and the last are observed.
        size: Frame width and height, pixels.
        options: Method and parameters.
        max_gap_s: Boxes further apart are smoothed by themselves: nobody knows what was in between.
    """
    if options.method == "none" or len(t) < 3:
        return xyxy
    limit = np.array([*size, *size], dtype=np.float64)
    found = np.empty_like(xyxy)
    breaks = np.flatnonzero(np.diff(t) > max_gap_s) + 1
    for part in np.split(np.arange(len(t)), breaks):
        method = _rts if options.method == "rts" else _savgol
        found[part] = method(t[part], xyxy[part], observed[part], options) if len(part) >= 3 else xyxy[part]
    cut = observed[:, None] & ((xyxy <= CUT_PX) | (xyxy >= limit - CUT_PX))
    found = np.clip(np.where(cut, xyxy, found), 0, limit)
    # two edges are smoothed apart: they must not pass each other
    return np.where((found[:, 2:] - found[:, :2] < 1).any(axis=1)[:, None], xyxy, found)


def centre_noise(detected: np.ndarray, smoothed: np.ndarray, observed: np.ndarray) -> float:
    """Robust standard deviation of one coordinate of the detected centres about the smoothed ones, pixels.

    Args:
        detected: (n, 4) boxes.
        smoothed: (n, 4) boxes.
        observed: (n,) bool, which of them were detected.
    """
    off = ((detected - smoothed)[:, :2] + (detected - smoothed)[:, 2:])[observed] / 2
    return float(np.median(np.abs(off))) / _MEDIAN_ABS if len(off) else 0.0


def _rts(t: np.ndarray, xyxy: np.ndarray, observed: np.ndarray, options: SmoothingOptions) -> np.ndarray:
    """The four edges side by side: they share times and noise, so also gains and covariances."""
    height = float(np.median((xyxy[:, 3] - xyxy[:, 1])[observed]))
    noise, density = (options.noise * height) ** 2, (options.acceleration * height) ** 2
    count = len(t)
    mean, cov = np.zeros((count, 2, 4)), np.zeros((count, 2, 2))
    ahead_mean, ahead_cov = np.zeros((count, 2, 4)), np.zeros((count, 2, 2))
    step = np.diff(t, prepend=t[0])
    turn = np.zeros((count, 2, 2))
    turn[:, 0, 0] = turn[:, 1, 1] = 1.0
    turn[:, 0, 1] = step
    wander = density * np.stack(
        [np.stack([step**3 / 3, step**2 / 2], axis=1), np.stack([step**2 / 2, step], axis=1)], axis=1
    )
    # at the start nothing is known of the velocity
    mean[0, 0], cov[0] = xyxy[0], np.diag([noise, (1e3 * height) ** 2])
    for k in range(1, count):
        ahead_mean[k] = turn[k] @ mean[k - 1]
        ahead_cov[k] = turn[k] @ cov[k - 1] @ turn[k].T + wander[k]
        mean[k], cov[k] = ahead_mean[k], ahead_cov[k]
        if observed[k]:
            gain = ahead_cov[k, :, 0] / (ahead_cov[k, 0, 0] + noise)
            mean[k] = ahead_mean[k] + gain[:, None] * (xyxy[k] - ahead_mean[k, 0])
            cov[k] = ahead_cov[k] - np.outer(gain, ahead_cov[k, 0])
    back = cov[:-1] @ turn[1:].swapaxes(1, 2) @ np.linalg.inv(ahead_cov[1:])
    for k in range(count - 2, -1, -1):
        mean[k] += back[k] @ (mean[k + 1] - ahead_mean[k + 1])
    return mean[:, 0]


def _savgol(t: np.ndarray, xyxy: np.ndarray, observed: np.ndarray, options: SmoothingOptions) -> np.ndarray:
    """Parabolas over a window, on an even grid of times."""
    from scipy.signal import savgol_filter

    interval = float(np.median(np.diff(t)))
    window = max(3, 2 * round(options.window_s / interval / 2) + 1)
    grid = np.linspace(t[0], t[-1], max(3, round((t[-1] - t[0]) / interval) + 1))
    if len(grid) < window:
        return xyxy
    raw = np.stack([np.interp(grid, t, xyxy[:, side]) for side in range(4)], axis=1)
    soft = savgol_filter(raw, window, min(2, window - 1), axis=0)
    return np.stack([np.interp(t, grid, soft[:, side]) for side in range(4)], axis=1)
