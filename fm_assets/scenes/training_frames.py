"""Labelled single frames of rendered scenes: what the bundled detector learns from and is measured on."""

from __future__ import annotations

import itertools
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from fm_assets.scenes.corpus import SIZES
from fm_assets.scenes.generate import KINDS, NoSceneError, make_scene
from fm_assets.scenes.render import render
from fm_assets.scenes.seeds import rng_of
from fm_assets.scenes.spec import BACKGROUNDS, CLASSES, COLOUR_RGB, ObjectSpec, Occluder, SceneSpec
from fm_assets.scenes.trajectories import Stationary
from fm_assets.scenes.truth import truth

Part = Literal["training", "held_out"]

#: Raise it when equal seeds give other frames or labels than before.
LOGIC_VERSION = 1

#: First scene seed of each part. The parts never meet: a part has fewer than `PART_SEEDS` scenes.
FIRST_SEED: dict[Part, int] = {"training": 10_000_000, "held_out": 20_000_000}
PART_SEEDS = 10_000_000
#: Frames per scene.
FRAMES = 4
#: Objects of which less than this share shows are not labelled: nobody could name them.
MIN_VISIBLE = 0.3

#: A crowd's objects: number per frame, and size in frame heights.
_CROWD = (3, 9)
_CROWD_SIZE = (0.05, 0.26)
_COLOURS = [name for name in COLOUR_RGB if name != "grey"]
#: JPEG qualities of the compression that stands for a video's codec; above 100: none.
_QUALITY = (35, 101)

#: Scenes that a worker process makes at a time.
_CHUNK = 16

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Frame:
    """One labelled frame.

    Attributes:
        image: Picture (h, w, 3) uint8 RGB.
        classes: Index into `CLASSES` per object (n,).
        boxes: Extent of each object's part inside the frame, x1, y1, x2, y2 in pixels (n, 4).
    """

    image: np.ndarray
    classes: np.ndarray
    boxes: np.ndarray


def scene_frames(part: Part, number: int, longer_side: int) -> list[Frame]:
    """The labelled frames of one scene; equal arguments give equal frames.

    Every other training scene is a crowd: single frames full of objects at random places, of which a detector
    learns more per frame than of scenes that keep their few objects apart. Held-out scenes are all such as the
    product renders.

    Args:
        part: Training or held-out; no scene is in both.
        number: Which of the part's scenes.
        longer_side: Longer side of the frames in pixels.

    Raises:
        ValueError: The part has no such scene.
    """
    if not 0 <= number < PART_SEEDS:
        raise ValueError(f"scene {number}: a part has the scenes 0 to {PART_SEEDS - 1}")
    seed = FIRST_SEED[part] + number
    rng = rng_of("training frames", seed)
    crowded = part == "training" and number % 2 == 1
    spec, times = _crowd(seed, rng) if crowded else _scene(seed, rng)
    exact = truth(spec, times)
    frames = []
    for k, image in enumerate(render(spec, times)):
        shown = np.flatnonzero(exact.visible[:, k] >= MIN_VISIBLE)
        scale = longer_side / spec.width
        frames.append(
            Frame(
                _worn(image, rng, longer_side),
                np.array([CLASSES.index(exact.classes[i]) for i in shown], dtype=np.int64),
                exact.visible_boxes[shown, k].reshape(-1, 4) * scale,
            )
        )
    return frames


def _scene(seed: int, rng: np.random.Generator) -> tuple[SceneSpec, np.ndarray]:
    """A scene as the product makes them, and times spread over it."""
    width, height = SIZES[int(rng.integers(len(SIZES)))]
    kind = KINDS[int(rng.integers(len(KINDS)))]
    camera = str(rng.choice(["pan", "zoom", "shake"])) if kind == "mixed" and rng.random() < 0.3 else None
    for attempt in range(20):
        try:
            # the seeds of further attempts lie beyond both parts
            spec = make_scene(seed + attempt * 100_000_000, kind, width=width, height=height, camera=camera)
        except NoSceneError:
            continue
        every = spec.times()
        slots = np.linspace(0, len(every), FRAMES + 1)
        chosen = [int(rng.integers(int(a), int(b))) for a, b in itertools.pairwise(slots)]
        return spec, every[chosen]
    raise NoSceneError(f"seed {seed}, kind {kind!r}: no scene in 20 attempts")


def _crowd(seed: int, rng: np.random.Generator) -> tuple[SceneSpec, np.ndarray]:
    """Frames with other objects in each, over one ground; objects may hide each other and be cut by the edge."""
    width, height = SIZES[int(rng.integers(len(SIZES)))]
    aspect = width / height
    objects = []
    for k in range(FRAMES):
        for _ in range(int(rng.integers(*_CROWD))):
            place = rng.uniform((-0.02, -0.02), (aspect + 0.02, 1.02))
            size = float(np.exp(rng.uniform(*np.log(_CROWD_SIZE))))
            look = CLASSES[int(rng.integers(len(CLASSES)))], _COLOURS[int(rng.integers(len(_COLOURS)))]
            objects.append(ObjectSpec(*look, size, Stationary((float(place[0]), float(place[1]))), k, k + 0.5))
    bars = []
    if rng.random() < 0.4:
        left, wide = float(rng.uniform(0.1, aspect - 0.3)), float(rng.uniform(0.1, 0.26))
        bars.append(Occluder((left, -2.0, left + wide, 3.0)))
    spec = SceneSpec(
        seed=seed, kind="crowd", name="crowd", width=width, height=height, fps=1, duration_s=float(FRAMES),
        background=BACKGROUNDS[int(rng.integers(len(BACKGROUNDS)))], objects=tuple(objects), occluders=tuple(bars),
    )  # fmt: skip
    return spec, np.arange(FRAMES) + 0.25


def _worn(image: np.ndarray, rng: np.random.Generator, longer_side: int) -> np.ndarray:
    """The picture after a lossy compression at its own size, then scaled by one of the usual ways."""
    quality = int(rng.integers(*_QUALITY))
    if quality <= 100:
        coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        image = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR))
    way = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC)[int(rng.integers(3))]
    height = round(image.shape[0] * longer_side / image.shape[1])
    return cv2.resize(image, (longer_side, height), interpolation=way)


def write_frames(
    part: Part, count: int, longer_side: int, folder: Path, *, processes: int = 1, progress: Progress | None = None
) -> int:
    """Writes the frames of a part's first scenes as `images/*.png` and `labels/*.txt`, as ultralytics reads them.

    Args:
        part: Training or held-out.
        count: Number of scenes.
        longer_side: Longer side of the frames in pixels.
        folder: Where the two folders go; made if missing.
        processes: Worker processes; the files do not depend on it.
        progress: Called with (finished, count) as scenes are finished.

    Returns:
        Number of frames.
    """
    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    starts = range(0, count, _CHUNK)
    total = done = 0
    # spawn: a forked child would inherit locks of threads that OpenCV or torch hold
    with ProcessPoolExecutor(max(1, processes), mp_context=multiprocessing.get_context("spawn")) as pool:
        numbers = [range(start, min(start + _CHUNK, count)) for start in starts]
        waiting = {pool.submit(_write_scenes, part, chunk, longer_side, folder): len(chunk) for chunk in numbers}
        for future in as_completed(waiting):
            total += future.result()
            done += waiting[future]
            if progress:
                progress(done, count)
    return total


def _write_scenes(part: Part, numbers: range, longer_side: int, folder: Path) -> int:
    # drawing is many small jobs: OpenCV's own threads would only get into the other processes' way
    cv2.setNumThreads(1)
    written = 0
    for number in numbers:
        for k, frame in enumerate(scene_frames(part, number, longer_side)):
            stem = f"{number:06d}-{k}"
            picture = np.ascontiguousarray(frame.image[..., ::-1])
            if not cv2.imwrite(str(folder / "images" / f"{stem}.png"), picture, [cv2.IMWRITE_PNG_COMPRESSION, 1]):
                raise OSError(f"{folder}: frame {stem} could not be written")
            (folder / "labels" / f"{stem}.txt").write_text(_label(frame), encoding="ascii")
            written += 1
    return written


def _label(frame: Frame) -> str:
    """One line per object: class, centre and size, in shares of the frame."""
    height, width = frame.image.shape[:2]
    boxes = frame.boxes / (width, height, width, height)
    rows = np.concatenate([(boxes[:, :2] + boxes[:, 2:]) / 2.0, boxes[:, 2:] - boxes[:, :2]], axis=1)
    lines = (f"{c} {x:.6f} {y:.6f} {w:.6f} {h:.6f}" for c, (x, y, w, h) in zip(frame.classes, rows, strict=True))
    return "\n".join(lines)
