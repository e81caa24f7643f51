"""Scenes on disk: a video with its truth beside it, and the demo corpus."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from fm_assets.scenes.encode import Variant, adapt, encode, suffix
from fm_assets.scenes.generate import make_scene
from fm_assets.scenes.seeds import rng_of
from fm_assets.scenes.spec import SceneSpec
from fm_assets.scenes.truth import write_truth

#: Frame sizes of the demo corpus.
SIZES = ((480, 270), (640, 360))

Progress = Callable[[int, int, Path], None]


@dataclass(frozen=True)
class Recipe:
    """One scene of the demo corpus: a kind, and what is set against the kind's own choice."""

    kind: str
    shapes: tuple[str, ...] | None = None
    camera: str | None = None
    variant: Variant = "h264"


#: Every trajectory shape, a moving camera in three of twelve, one to four objects, and four odd encodings.
RECIPES = (
    Recipe("circular"),
    Recipe("straight", ("straight", "stationary")),
    Recipe("crossing"),
    Recipe("pan", ("straight", "stationary")),
    Recipe("back_and_forth", variant="vp9"),
    Recipe("mixed", ("zigzag", "stop_and_go", "stationary")),
    Recipe("occlusion"),
    Recipe("curved", ("curved", "straight"), variant="rotated"),
    Recipe("entering"),
    Recipe("shake", ("circular", "straight"), variant="variable_rate"),
    Recipe("mixed", ("straight", "back_and_forth", "circular", "stationary")),
    Recipe("zoom", ("irregular",), variant="odd_size"),
)


def write_scene(spec: SceneSpec, folder: Path, variant: Variant = "h264", name: str = "") -> Path:
    """Render and encode a scene, with its truth beside it.

    Args:
        spec: The scene; the variant may adapt its size or timing, the truth follows.
        folder: Where the files go; made if missing.
        variant: How the video is encoded.
        name: Stem of the files; default: the scene's name, and the variant's unless it is h264.

    Returns:
        The video; the truth is at `truth_path(video)`.

    Raises:
        EncodeError: ffmpeg failed.
    """
    stem = name or file_stem(spec, variant)
    video = Path(folder) / f"{stem}{suffix(variant)}"
    encode(spec, video, variant)
    write_truth(truth_path(video), adapt(spec, variant), video.name, variant)
    return video


def truth_path(video: Path) -> Path:
    """The sidecar of a scene's video."""
    return video.with_name(f"{video.stem}.truth.json")


def file_stem(spec: SceneSpec, variant: Variant) -> str:
    """Stem of a scene's files: its name, and what is peculiar about the encoding."""
    return spec.name if variant == "h264" else f"{spec.name}-{variant.replace('_', '-')}"


def demo_scenes(count: int = 12, seed: int = 0) -> Iterator[tuple[SceneSpec, Variant, str]]:
    """The scenes of the demo corpus with their variants and file stems, all stems different.

    A longer corpus begins with the scenes of a shorter one; after the last recipe the first comes again.
    """
    taken: dict[str, int] = {}
    for i in range(count):
        recipe = RECIPES[i % len(RECIPES)]
        rng = rng_of("demo", seed, i)
        width, height = SIZES[int(rng.integers(len(SIZES)))]
        own = int(rng.integers(2**31))
        spec = make_scene(own, recipe.kind, width=width, height=height, shapes=recipe.shapes, camera=recipe.camera)
        stem = file_stem(spec, recipe.variant)
        taken[stem] = taken.get(stem, 0) + 1
        yield spec, recipe.variant, stem if taken[stem] == 1 else f"{stem}-{taken[stem]}"


def demo_corpus(
    folder: Path, count: int = 12, seed: int = 0, *, processes: int = 1, progress: Progress | None = None
) -> list[Path]:
    """Write the demo corpus.

    Args:
        folder: Where the files go; made if missing, files of the same names are replaced.
        count: Number of scenes.
        seed: Another seed gives other scenes.
        processes: Worker processes; the files do not depend on it.
        progress: Called with (finished, count, video) as scenes are finished.

    Returns:
        The videos, in the corpus's order.

    Raises:
        ValueError: `count` or `processes` is not positive.
        EncodeError: ffmpeg failed.
    """
    if count < 1 or processes < 1:
        raise ValueError(f"count and processes must be at least 1, they are {count} and {processes}")
    folder = Path(folder)
    jobs = [(spec, folder, variant, stem) for spec, variant, stem in demo_scenes(count, seed)]
    if processes == 1:
        videos = []
        for job in jobs:
            videos.append(write_scene(*job))
            if progress:
                progress(len(videos), count, videos[-1])
        return videos
    # spawn: a forked child would inherit locks of threads that OpenCV or Dagster hold
    with ProcessPoolExecutor(min(processes, count), mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting = {pool.submit(write_scene, *job): i for i, job in enumerate(jobs)}
        done: dict[int, Path] = {}
        for future in as_completed(waiting):
            done[waiting[future]] = future.result()
            if progress:
                progress(len(done), count, done[waiting[future]])
    return [done[i] for i in range(count)]
