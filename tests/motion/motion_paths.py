"""Tables of `tracks` from closed-form paths, with the noise, sampling and edges of a real tracker."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from fm_assets.scenes.tracks import stored
from fm_assets.tracks.rows import TRACKS
from fm_resources.rows import from_pylist

CLIP = "demo-00000000.c0"


def sample_times(seconds: float, fps: float) -> np.ndarray:
    """Times of the sampled frames of a clip."""
    return np.arange(round(seconds * fps)) / fps


def track_row(
    t: np.ndarray,
    centre: np.ndarray,
    *,
    number: int = 0,
    clip_id: str = CLIP,
    size: float | np.ndarray = 0.1,
    width: int = 1280,
    height: int = 720,
    noise_px: float = 0.0,
    rng: np.random.Generator | None = None,
    class_name: str = "ball",
    colour: str = "red",
    reference: str = "image",
    clip_s: float | None = None,
    score: float = 0.9,
    first_frame: int = 0,
    stabilised: np.ndarray | None = None,
    cut: bool = True,
    keep: np.ndarray | None = None,
) -> dict:
    """One row of `tracks`.

    Args:
        t: (n,) seconds.
        centre: (n, 2) centres in frame heights, y down.
        size: Side of the square box, frame heights; (n,) if it changes.
        noise_px: Deviation of each box edge's noise is this times sqrt(2), so that centres have it once.
        stabilised: (n, 2) centres in the stabilised frame, frame heights.
        cut: Whether the frame's edge cuts boxes; boxes wholly outside are then left out.
        keep: (n,) bool, which samples have a box.
    """
    half = np.broadcast_to(np.asarray(size, dtype=float), t.shape)[:, None] / 2
    boxes = np.concatenate([centre - half, centre + half], axis=1) * height
    if noise_px:
        assert rng is not None
        boxes = boxes + rng.normal(0.0, noise_px * np.sqrt(2), boxes.shape)
    inside = np.ones(len(t), bool) if keep is None else keep.copy()
    if cut:
        inside &= (boxes[:, 2] > 2) & (boxes[:, 3] > 2) & (boxes[:, 0] < width - 2) & (boxes[:, 1] < height - 2)
        boxes = np.clip(boxes, 0.0, [width, height, width, height])
    steady = (boxes[:, :2] + boxes[:, 2:]) / 2 if stabilised is None else stabilised * height
    return stored(
        t, boxes, np.flatnonzero(inside), stabilised=steady, number=number, clip_id=clip_id, width=width, height=height,
        class_name=class_name, colour=colour, clip_s=clip_s or float(t[-1] + t[1] - t[0]), reference=reference,
        score=score, first_frame=first_frame,
    )  # fmt: skip


def table(*rows: dict) -> pa.Table:
    """Rows as a canonical `tracks` table."""
    return from_pylist(rows, TRACKS)
