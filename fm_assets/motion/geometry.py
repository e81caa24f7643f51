"""Measures of a path that the rules share. Points (n, 2), y up; angles in degrees unless said otherwise."""

from __future__ import annotations

import math

import numpy as np


def median(values: np.ndarray) -> float:
    """Median of all values; np.median spends ten times as long on a short series."""
    ordered, middle = np.sort(values, axis=None), values.size // 2
    return float(ordered[middle] if values.size % 2 else (ordered[middle - 1] + ordered[middle]) / 2)


def percentile(values: np.ndarray, percent: float) -> float:
    """Linear percentile of a series; the same as np.percentile, without its overhead."""
    place = percent / 100 * (len(values) - 1)
    low = int(place)
    a, b = np.sort(values)[[low, min(low + 1, len(values) - 1)]].tolist()
    return float(a + (b - a) * (place - low))


def reach(points: np.ndarray) -> float:
    """Largest extent of a path over four directions (0, 45, 90, 135 degrees)."""
    x, y = points[:, 0], points[:, 1]
    root = math.sqrt(2)
    along = np.array([x, y, (x + y) / root, (x - y) / root])
    return float((along.max(axis=1) - along.min(axis=1)).max())


def path_length(points: np.ndarray, every: int, sigma: float) -> tuple[float, float]:
    """Length of a noisy path, free of what the noise adds to it, and its standard error.

    Steps over `every` samples are long against the noise; a step's square exceeds the true one by the
    variance of its two ends, which is taken off. The error holds the noise of the two ends and half of
    what was taken off.

    Args:
        points: (n, 2) smoothed positions.
        every: Samples per step.
        sigma: Noise of one smoothed coordinate.
    """
    picked = np.concatenate((points[:-1:every], points[-1:]))
    step = picked[1:] - picked[:-1]
    square = step[:, 0] ** 2 + step[:, 1] ** 2
    clean = np.sqrt(np.maximum(square - 4 * sigma**2, 0.0))
    length = float(clean.sum())
    added = float(np.sqrt(square).sum()) - length
    return length, math.hypot(math.sqrt(2) * sigma, added / 2)


def swings(values: np.ndarray, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """Alternating swings of a series, by hysteresis: a turn counts once the series has come back by `threshold`.

    Returns:
        Indices (k + 1,) of the turning points, the outermost extremes before the first and after the last
        turn included, and the amplitudes (k,) between them; k = 0 where the series never leaves the band.
    """
    turning: list[int] = []
    low = high = direction = 0
    series = values.tolist()
    least = most = series[0]
    for i, value in enumerate(series):
        if value > most:
            high, most = i, value
        if value < least:
            low, least = i, value
        if direction <= 0 and value - least >= threshold:
            turning.append(low)
            direction, high, most = 1, i, value
        elif direction >= 0 and most - value >= threshold:
            turning.append(high)
            direction, low, least = -1, i, value
    if not turning:
        return np.zeros(1, dtype=np.int64), np.zeros(0)
    turning.append(high if direction > 0 else low)
    points = np.array(turning)
    return points, np.abs(np.diff(values[points]))


def along_arc(points: np.ndarray, spacing: float) -> np.ndarray:
    """The path resampled to points `spacing` apart along its arc (k, 2); rests and small jitter vanish."""
    kept = [0]
    flat = points.tolist()
    x, y = flat[0]
    square = spacing * spacing
    for i, (px, py) in enumerate(flat):
        if (px - x) ** 2 + (py - y) ** 2 >= square:
            kept.append(i)
            x, y = px, py
    return points[kept]


def headings(points: np.ndarray) -> np.ndarray:
    """Directions (k - 1,) of the steps between points, unwrapped, degrees."""
    step = points[1:] - points[:-1]
    return unwrapped(np.arctan2(step[:, 1], step[:, 0]))


def unwrapped(angles: np.ndarray) -> np.ndarray:
    """Angles (k,) in radians as degrees without jumps of a full turn."""
    degrees = np.degrees(angles)
    turns = np.cumsum(np.round((degrees[1:] - degrees[:-1]) / 360.0))
    degrees[1:] -= 360.0 * turns
    return degrees


def largest_return(values: np.ndarray) -> float:
    """How far a series that should rise falls back at most."""
    return float((np.maximum.accumulate(values) - values).max()) if len(values) else 0.0


def circle(points: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Centre (2,), radius and rms radial residual of the least-squares circle (Kasa 1976).

    About the mean of the points the normal equations of the centre are two; of points on a line, which no circle
    fits, the smallest solution is taken.
    """
    middle = points.sum(axis=0) / len(points)
    local = points - middle
    square = local[:, 0] ** 2 + local[:, 1] ** 2
    (a, b), (_, c) = (local.T @ local).tolist()
    p, q = (local.T @ square / 2).tolist()
    determinant = a * c - b * b
    if determinant > 1e-12 * (a + c) ** 2:
        centre = np.array([(c * p - b * q) / determinant, (a * q - b * p) / determinant])
    else:
        centre = np.linalg.lstsq(np.array([[a, b], [b, c]]), np.array([p, q]), rcond=1e-6)[0]
    radius = math.sqrt(max(float(square.sum() / len(square) + centre @ centre), 1e-12))
    residual = np.hypot(local[:, 0] - centre[0], local[:, 1] - centre[1]) - radius
    return middle + centre, radius, math.sqrt(float(residual @ residual) / len(residual))
