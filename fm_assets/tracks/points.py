"""A track's observed boxes as the columns of its row: gaps bridged, boxes smoothed, centres in the stabilised frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fm_assets.clips.transforms import apply
from fm_assets.settings_sections import TracksSettings
from fm_assets.tracks.gaps import fill
from fm_assets.tracks.producer import smoothing
from fm_assets.tracks.smoothing import centre_noise, smooth
from fm_resources.rows import TIME_TOLERANCE_S


def long_enough(frame: np.ndarray, times: np.ndarray, min_track_s: float) -> bool:
    """Whether boxes at indices (n,) of sampled frames, at `times` (f,) in seconds, span `min_track_s`; one never does."""
    return len(frame) > 1 and bool(times[frame[-1]] - times[frame[0]] >= min_track_s - TIME_TOLERANCE_S)


def track_points(
    frame: np.ndarray,
    xyxy: np.ndarray,
    score: np.ndarray,
    *,
    numbers: np.ndarray,
    times: np.ndarray,
    maps: np.ndarray | None,
    size: tuple[int, int],
    settings: TracksSettings,
    shapes: Mapping[str, np.ndarray] | None = None,
) -> dict[str, Any]:
    """The columns of a row of `tracks` that its boxes decide.

    Args:
        frame: (n,) indices of the sampled frames with an observed box, rising.
        xyxy: (n, 4) observed boxes, pixels.
        score: (n,) their scores.
        numbers: (f,) numbers of the sampled frames.
        times: (f,) their times, seconds from the clip's start.
        maps: (f, 2, 3) maps of their pixels into the stabilised frame; None where the clip has none.
        size: Frame width and height, pixels.
        settings: Settings of `tracks`.
        shapes: More columns of the observed boxes: name -> (n,), None or NaN where the weights told nothing.
    """
    filled = fill(frame, xyxy, times, settings.max_gap_s)
    observed, t_s = filled.source >= 0, times[filled.frame]
    soft = smooth(t_s, filled.xyxy, observed, size, smoothing(settings), settings.max_gap_s)
    centre = (filled.xyxy[:, :2] + filled.xyxy[:, 2:]) / 2
    steady = centre if maps is None else apply(maps[filled.frame], centre)
    points = {
        "frame": numbers[filled.frame],
        "t_s": t_s,
        **dict(zip(("x1", "y1", "x2", "y2"), soft.T, strict=True)),
        "score": np.where(observed, score[filled.source], 0.0),
        "observed": observed,
        "cx": centre[:, 0],
        "cy": centre[:, 1],
        "sx": steady[:, 0],
        "sy": steady[:, 1],
    }
    values = {name: column.tolist() for name, column in points.items()}
    values |= {name: _told(column, filled.source) for name, column in (shapes or {}).items()}
    return {
        "start_s": values["t_s"][0],
        "end_s": values["t_s"][-1],
        "frames": len(filled.frame),
        "observed": int(observed.sum()),
        "gaps": filled.gaps,
        "mean_score": float(score.mean()),
        "noise_px": centre_noise(filled.xyxy, soft, observed),
        "boxes": [dict(zip(values, point, strict=True)) for point in zip(*values.values(), strict=True)],
    }


def _told(column: np.ndarray, source: np.ndarray) -> list[Any]:
    """A column of the observed boxes along a track; None where a box was interpolated or the weights told nothing."""
    told = [None if isinstance(value, float) and np.isnan(value) else value for value in column.tolist()]
    return [told[i] if i >= 0 else None for i in source.tolist()]
