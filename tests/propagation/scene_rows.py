"""Rows that a perfect detector would store of rendered scenes, and what the stages below make of tracks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from fm_assets.captions.compute import compute as write_captions
from fm_assets.captions.rows import CAPTIONS
from fm_assets.clips.rows import FILTERED_CLIPS
from fm_assets.detections.rows import DETECTIONS
from fm_assets.evaluation.quality.made_tracks import still_clip
from fm_assets.motion.facts import analyse
from fm_assets.qa.compute import compute as ask
from fm_assets.qa.rows import QA_PAIRS
from fm_assets.scenes.spec import SceneSpec
from fm_assets.scenes.tracks import true_tracks
from fm_assets.settings import Settings
from fm_assets.stage import SourceFile, Task
from fm_assets.tracks.rows import TRACKS
from fm_resources.rows import canonical, from_pylist

Tables = dict[str, pa.Table]
NOWHERE = SourceFile(Path("nowhere.mp4"), "", "", "")


def below(tracks: pa.Table, settings: Settings) -> Tables:
    """Rows of all stages from `tracks` on."""
    tables: Tables = {"tracks": canonical(tracks, TRACKS)}
    tables["motion_scores"] = analyse(tables["tracks"], settings.motion).facts
    for stage, compute, schema in (("captions", write_captions, CAPTIONS), ("qa_pairs", ask, QA_PAIRS)):
        tables[stage] = canonical(compute(Task(stage, "v", NOWHERE, tables), settings).rows, schema)
    return tables


def above(spec: SceneSpec, noise_px: float = 1.0) -> Tables:
    """Rows of `filtered_clips` and `detections` of a scene under a still camera, boxes off by some noise."""
    tracks = true_tracks(spec, f"{spec.name}.c0", noise_px).to_pylist()
    size = (spec.width, spec.height)
    clip = still_clip(f"{spec.name}.c0", spec.name, (0.0, spec.duration_s), size)
    frames: dict[float, list[dict[str, Any]]] = {k / 10: [] for k in range(int(spec.duration_s * 10))}
    for track in tracks:
        for box in track["boxes"]:
            seen = {side: box[side] for side in ("x1", "y1", "x2", "y2")}
            shape = dict.fromkeys(("keypoints", "mask_area", "mask_angle", "mask_elongation"))
            named = {"class": track["class"], "colour": track["colour"], "colour_share": 0.9, "score": 0.9}
            frames.setdefault(box["t_s"], []).append({**seen, **shape, **named})
    rows = [
        {
            "clip_id": clip["clip_id"], "frame": number, "t_s": t_s, "width": size[0], "height": size[1],
            "missing": 0, "camera": [], "boxes": boxes,
        }
        for number, (t_s, boxes) in enumerate(sorted(frames.items()))
    ]  # fmt: skip
    return {"filtered_clips": from_pylist([clip], FILTERED_CLIPS), "detections": from_pylist(rows, DETECTIONS)}
