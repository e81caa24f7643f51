"""Tables of `tracks` from closed-form paths, with the noise, sampling and edges of a real tracker."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

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
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    steady = centre if stabilised is None else stabilised * height
    points = [
        {
            "frame": int(first_frame + i), "t_s": float(t[i]), "x1": boxes[i, 0], "y1": boxes[i, 1], "x2": boxes[i, 2], "y2": boxes[i, 3],
            "score": score, "observed": True, "cx": centre[i, 0], "cy": centre[i, 1],
            "sx": steady[i, 0], "sy": steady[i, 1],
        }
        for i in np.flatnonzero(inside)
    ]  # fmt: skip
    return {
        "track_id": f"{clip_id}.t{number}", "clip_id": clip_id, "class": class_name, "class_share": 1.0,
        "colour": colour, "colour_share": 0.95, "start_s": points[0]["t_s"], "end_s": points[-1]["t_s"],
        "frames": len(points), "observed": len(points), "gaps": 0, "mean_score": score, "parent_track_id": None, "noise_px": 0.0,
        "width": width, "height": height, "clip_s": clip_s or float(t[-1] + t[1] - t[0]),
        "frame_of_reference": reference, "boxes": points,
    }  # fmt: skip


def table(*rows: dict) -> pa.Table:
    """Rows as a canonical `tracks` table."""
    return from_pylist(rows, TRACKS)
