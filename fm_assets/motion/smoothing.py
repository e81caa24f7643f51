"""Smoothing of tracks: Savitzky-Golay on an even grid of times, and the noise that it leaves behind.

A track is sampled unevenly (variable frame rate, gaps), so it is first interpolated to an even grid whose
step is the median distance of its samples. Window and order follow `MotionSettings.smoothing_s` (E.3 of
the conventions: 0.4 s, order 2). Because the filter is linear, the noise of a smoothed position or
velocity is known exactly from the noise of one raw position.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from fm_assets.motion import geometry

ORDER = 2
#: Fewest points in the window: with fewer nothing would be smoothed.
MIN_WINDOW = 5
#: Median of |x| of a normal variable with deviation 1.
_MEDIAN_ABS = 0.6745


@dataclass(frozen=True)
class Gain:
    """Noise behind a filter over the noise of a raw position.

    Attributes:
        inner: Of a smoothed position away from the ends.
        end: Of a smoothed position at an end.
        velocity: Of a smoothed velocity times the grid's step.
    """

    inner: float
    end: float
    velocity: float


@dataclass(frozen=True)
class Smooth:
    """A smoothed path on an even grid.

    Attributes:
        t: (n,) times, seconds.
        position: (n, 2).
        velocity: (n, 2), per second.
        step: Step of the grid, seconds.
        window: Points in the filter's window.
        gain: Noise gains of the filter.
    """

    t: np.ndarray
    position: np.ndarray
    velocity: np.ndarray
    step: float
    window: int
    gain: Gain


@lru_cache(maxsize=256)
def operators(window: int) -> tuple[np.ndarray, np.ndarray]:
    """Matrices (window, window) that take the raw values of a window to its fitted values and slopes per step.

    Row i belongs to position i of the window: the middle row is the Savitzky-Golay filter, the others serve
    the ends of a series (`mode="interp"` of scipy.signal.savgol_filter, which this equals).
    """
    k = np.arange(window) - window // 2
    powers = np.vander(k, ORDER + 1, increasing=True).astype(np.float64)
    fit = np.linalg.pinv(powers)
    slopes = np.zeros_like(powers)
    slopes[:, 1:] = powers[:, :-1] * np.arange(1, ORDER + 1)
    return powers @ fit, slopes @ fit


@lru_cache(maxsize=256)
def gain(window: int) -> Gain:
    """Noise gains of the filter with a window of `window` points."""
    value, slope = (np.sqrt(np.sum(m**2, axis=1)) for m in operators(window))
    half = window // 2
    return Gain(float(value[half]), float(value[0]), float(slope[half]))


def _apply(operator: np.ndarray, windows: np.ndarray) -> np.ndarray:
    """A filter over all windows (2, n - window + 1, window) of a series, ends included: (n, 2)."""
    half = operator.shape[0] // 2
    begin, inner, end = (
        windows[:, 0] @ operator[:half].T,
        windows @ operator[half],
        windows[:, -1] @ operator[half + 1 :].T,
    )
    return np.concatenate([begin, inner, end], axis=1).T


def window_points(seconds: float, step: float, points: int) -> int:
    """Odd number of points that span `seconds`, at least `MIN_WINDOW`, at most what `points` allow."""
    window = max(MIN_WINDOW, 2 * round(seconds / step / 2) + 1)
    return min(window, points - 1 + points % 2)


def smooth(t: np.ndarray, position: np.ndarray, seconds: float) -> Smooth:
    """Smooths a path.

    Args:
        t: (m,) rising times, seconds, m >= `MIN_WINDOW`.
        position: (m, 2).
        seconds: Length of the window.
    """
    step = geometry.median(t[1:] - t[:-1])
    count = max(MIN_WINDOW, round((t[-1] - t[0]) / step) + 1)
    grid = np.linspace(t[0], t[-1], count)
    step = float(grid[1] - grid[0])
    raw = np.array([np.interp(grid, t, position[:, axis]) for axis in (0, 1)])
    window = window_points(seconds, step, count)
    value, slope = operators(window)
    # a view of all windows; numpy's own maker of such views takes as long as the filter
    along = raw.strides[1]
    windows = np.ndarray((2, count - window + 1, window), raw.dtype, raw, strides=(raw.strides[0], along, along))
    return Smooth(
        grid,
        _apply(value, windows),
        _apply(slope, windows) / step,
        step,
        window,
        gain(window),
    )


def noise(t: np.ndarray, position: np.ndarray, seen: np.ndarray, path: Smooth) -> float:
    """Standard deviation of one raw coordinate, from what the smoothing took away.

    The median keeps corners of the path, where the residual is no noise, from counting. Interpolated
    samples carry no noise of their own and are left out.

    Args:
        t: (m,) times.
        position: (m, 2) raw positions.
        seen: (m,) bool, which samples were observed.
        path: The smoothed path.
    """
    smoothed = np.array([np.interp(t, path.t, path.position[:, axis]) for axis in (0, 1)])
    residual = np.abs(position.T - smoothed)[:, seen]
    if not residual.size:
        return 0.0
    left = 1.0 - path.gain.inner**2  # a projection: variance of the residual over that of the noise
    return geometry.median(residual) / _MEDIAN_ABS / float(np.sqrt(max(left, 0.05)))
