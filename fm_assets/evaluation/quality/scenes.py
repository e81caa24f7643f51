"""Tracking on rendered scenes, of which the truth is exact: the whole perception at the default settings."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from fm_assets.detections.producer import specs
from fm_assets.evaluation.quality.boxes_at import boxes_at
from fm_assets.evaluation.quality.network import spoken_spec
from fm_assets.evaluation.quality.perception import Perceived, perceive, whole_video
from fm_assets.evaluation.quality.scoring import METRICS, Labels, Scores, metric_cells, pooled, score
from fm_assets.evaluation.quality.section import Bench, Goal, Section, Table, changed
from fm_assets.scenes.corpus import truth_path, write_scene
from fm_assets.scenes.generate import make_scene
from fm_assets.scenes.truth import Truth, read_truth
from fm_assets.settings import Settings
from fm_resources.detector.base import RENDERED

#: Neither the bundled detector's training scenes nor those that it was chosen on have such seeds.
FIRST_SEED = 40_000_000
#: Kinds of scenes by camera.
STATIC = ("straight", "curved", "circular", "zigzag", "back_and_forth", "stop_and_go", "crossing", "occlusion",
          "entering", "looming", "mixed", "mixed")  # fmt: skip
CAMERAS = ("pan", "shake", "zoom")
#: Scenes per moving camera.
PER_CAMERA = 6
#: An object of which less shows is neither asked for nor held against who finds it.
MIN_VISIBLE = 0.3
BOUNDS = {"static": 0.80, "pan and shake": 0.70}


@dataclass(frozen=True)
class Scene:
    """A rendered scene on disk: the camera's kind, the video, its truth."""

    camera: str
    video: Path
    truth: Truth


def measure(bench: Bench) -> Section:
    """Renders scenes and runs the perception over them with each tracker."""
    jobs = plan(quick=bench.quick)
    bench.say(f"rendering {len(jobs)} scenes")
    scenes = render_all(jobs, bench.work / "scenes", processes=1 if bench.quick else 2)
    settings = whole_video(bench.settings)
    bench.say("detecting")
    seen = [
        perceive(s.video, settings, ("source_videos", "filtered_clips", "detections"), domain=RENDERED) for s in scenes
    ]
    rows, held = [], {}
    for tracker in trackers(settings, quick=bench.quick):
        found = [
            _scored(s, p, changed(settings, tracks={"tracker": tracker})) for s, p in zip(scenes, seen, strict=True)
        ]
        for group, cameras in _groups(scenes).items():
            scores = pooled([f for f, s in zip(found, scenes, strict=True) if s.camera in cameras])
            rows.append((group, tracker, *metric_cells(scores)))
            if tracker == settings.tracks.tracker:
                held[group] = scores.hota
    return Section(
        "scenes",
        (_prose(settings, scenes, seen),),
        (Table(("camera", "tracker", *METRICS), tuple(rows)),),
        tuple(
            Goal(f"HOTA, {group}, with {settings.tracks.tracker}", held[group], bound)
            for group, bound in BOUNDS.items()
            if group in held
        ),
    )


def plan(*, quick: bool) -> list[tuple[int, str]]:
    """Seeds and kinds of the scenes."""
    kinds = ["straight", "pan"] if quick else [*STATIC, *(kind for kind in CAMERAS for _ in range(PER_CAMERA))]
    return [(FIRST_SEED + i, kind) for i, kind in enumerate(kinds)]


def render_all(jobs: Sequence[tuple[int, str]], folder: Path, *, processes: int) -> list[Scene]:
    """Renders and encodes (h264) the scenes."""
    draw = partial(_render, folder=folder)
    if processes == 1:
        return [draw(job) for job in jobs]
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        return list(pool.map(draw, jobs))


def _render(job: tuple[int, str], folder: Path) -> Scene:
    seed, kind = job
    spec = make_scene(seed, kind)
    video = write_scene(spec, folder, name=f"{kind}-{seed}")
    return Scene(spec.camera.kind, video, read_truth(truth_path(video)))


def trackers(settings: Settings, *, quick: bool = False) -> tuple[str, ...]:
    """The trackers that the settings offer, the chosen one first; that one alone for a quick run."""
    offered = type(settings.tracks).model_fields["tracker"].annotation.__args__  # type: ignore[union-attr]
    chosen = settings.tracks.tracker
    return (chosen,) if quick else (chosen, *(name for name in offered if name != chosen))


def true_labels(truth: Truth, times: np.ndarray) -> Labels:
    """The scene's objects on the frames nearest to instants (k,) seconds: their parts inside the frame."""
    picked = np.abs(truth.times[None] - times[:, None]).argmin(axis=1)
    there = [np.flatnonzero(np.isfinite(truth.visible_boxes[:, k]).all(axis=1)) for k in picked]
    return Labels(
        there,
        [truth.visible_boxes[i, k] for i, k in zip(there, picked, strict=True)],
        [truth.visible[i, k] < MIN_VISIBLE for i, k in zip(there, picked, strict=True)],
    )


def _scored(scene: Scene, seen: Perceived, settings: Settings) -> Scores:
    """Scores on the sampled frames; classes do not matter."""
    tracks = perceive(scene.video, settings, ("tracks",), domain=RENDERED, known=seen).tables["tracks"]
    times = np.array(sorted(seen.tables["detections"]["t_s"].to_pylist()))
    found = boxes_at(tracks, times, settings.tracks.max_gap_s)
    per_frame = [found.frame == k for k in range(len(times))]
    labels = Labels([found.track[m] for m in per_frame], [found.xyxy[m] for m in per_frame])
    return score(true_labels(scene.truth, times), labels)


def _groups(scenes: Sequence[Scene]) -> dict[str, tuple[str, ...]]:
    """Rows of the table: name -> kinds of camera, as far as there are such scenes."""
    groups = {"static": ("static",), "pan and shake": ("pan", "shake"), "zoom": ("zoom",)}
    present = {scene.camera for scene in scenes}
    return {name: kinds for name, kinds in groups.items() if present & set(kinds)}


def _prose(settings: Settings, scenes: Sequence[Scene], seen: Sequence[Perceived]) -> str:
    cameras = [scene.camera for scene in scenes]
    counted = ", ".join(f"{cameras.count(kind)} {kind}" for kind in ("static", *CAMERAS) if kind in cameras)
    frames = sum(p.tables["detections"].num_rows for p in seen)
    return (
        f"{len(scenes)} rendered scenes (camera: {counted}; 480x270, h264) that neither trained nor chose the bundled "
        f"detector, found by {spoken_spec(specs(settings).rendered)}, at {settings.detections.fps:g} sampled "
        f"frames/s ({frames} frames), all settings at their defaults. "
        "Truth: the part of each object inside the frame, also where something hides it; objects of which less than "
        f"{MIN_VISIBLE:.0%} shows are neither asked for nor held against who finds them. Classes do not matter. Scores "
        "are pooled over the scenes of a camera, on the sampled frames."
    )
