"""A scene's true boxes as rows of `tracks`: what a tracker that misses nothing would store."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from fm_assets.scenes import geometry
from fm_assets.scenes.spec import SceneSpec
from fm_assets.scenes.truth import truth
from fm_assets.tracks.rows import TRACKS
from fm_resources.rows import canonical, from_pylist

#: Sampled frames per second.
FPS = 10
#: An object of which no more than this share shows is not seen.
SEEN = 0.35


def true_tracks(spec: SceneSpec, clip_id: str, noise_px: float = 0.0) -> pa.Table:
    """Canonical rows of `tracks` of the scene as one clip; object `o1` is track `<clip_id>.t0`, and so on.

    Args:
        spec: The scene.
        clip_id: Name of the clip.
        noise_px: See `track_rows`.
    """
    return canonical(from_pylist(track_rows(spec, clip_id, noise_px), TRACKS), TRACKS)


def track_rows(spec: SceneSpec, clip_id: str, noise_px: float) -> list[dict[str, Any]]:
    """One row per object that is seen: its boxes inside the frame at 10 frames/s, compensated where the camera moves.

    Args:
        spec: The scene.
        clip_id: Name of the clip.
        noise_px: Deviation of a centre's coordinate, pixels; that of each edge is sqrt(2) as large. Seeded by the scene.
    """
    exact, rng = truth(spec), np.random.default_rng(spec.seed)
    wanted = np.searchsorted(exact.times, np.arange(0, spec.duration_s, 1 / FPS) - 1e-6)
    picked = np.unique(wanted.clip(0, len(exact.times) - 1))
    to_world = geometry.invert(exact.camera[picked])
    rows = []
    for i, (name, colour) in enumerate(zip(exact.classes, exact.colours, strict=True)):
        box = exact.visible_boxes[i][picked]
        seen = (exact.visible[i][picked] > SEEN) & np.isfinite(box).all(axis=1)
        box = np.where(seen[:, None], box, 0.0) + rng.normal(0, noise_px * np.sqrt(2), box.shape)
        box = np.clip(box, 0, [spec.width, spec.height] * 2)
        centre = (box[:, :2] + box[:, 2:]) / 2
        if seen.any():
            rows.append(
                stored(
                    exact.times[picked], box, np.flatnonzero(seen), number=i, clip_id=clip_id, width=spec.width,
                    height=spec.height, class_name=name, colour=colour, clip_s=spec.duration_s,
                    reference="image" if spec.camera.kind == "static" else "stabilised",
                    stabilised=geometry.apply(to_world, centre[:, None])[:, 0],
                )
            )  # fmt: skip
    return rows


def stored(
    t: np.ndarray, boxes: np.ndarray, kept: np.ndarray, *, stabilised: np.ndarray, number: int, clip_id: str, width: int,
    height: int, class_name: str, colour: str, clip_s: float, reference: str, score: float = 0.9, first_frame: int = 0,
) -> dict[str, Any]:  # fmt: skip
    """A row of `tracks` whose boxes were all seen.

    Args:
        t: (n,) times of the sampled frames, seconds.
        boxes: (n, 4) x1, y1, x2, y2, pixels.
        kept: (m,) indices of the frames with a box.
        stabilised: (n, 2) centres in the stabilised frame, pixels.
        number: Number of the track.
        clip_id: Name of the clip.
        width: Frame width, pixels.
        height: Frame height, pixels.
        class_name: Class.
        colour: Colour term; may be empty.
        clip_s: Length of the clip, seconds.
        reference: Frame of reference.
        score: Score of each box.
        first_frame: Number of the first sampled frame.
    """
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    points = [
        {
            "frame": int(first_frame + i), "t_s": float(t[i]), "x1": boxes[i, 0], "y1": boxes[i, 1], "x2": boxes[i, 2],
            "y2": boxes[i, 3], "score": score, "observed": True, "cx": centre[i, 0], "cy": centre[i, 1],
            "sx": stabilised[i, 0], "sy": stabilised[i, 1],
        }
        for i in kept
    ]  # fmt: skip
    return {
        "track_id": f"{clip_id}.t{number}", "clip_id": clip_id, "class": class_name, "class_share": 1.0,
        "colour": colour, "colour_share": 0.95, "start_s": points[0]["t_s"], "end_s": points[-1]["t_s"],
        "frames": len(points), "observed": len(points), "gaps": 0, "mean_score": score, "parent_track_id": None,
        "noise_px": 0.0, "width": width, "height": height, "clip_s": clip_s, "frame_of_reference": reference,
        "boxes": points,
    }  # fmt: skip


def object_of(track_id: str) -> str:
    """The scene's object that a track of `true_tracks` is of: `o1` for `...t0`."""
    return f"o{int(track_id.rpartition('.t')[2]) + 1}"
