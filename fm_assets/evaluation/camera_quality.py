"""How well the camera is measured: on rendered scenes, whose camera is known exactly, beside ultralytics' own GMC.

Pixels are those of a frame that is 640 wide. **px/frame** is the ground's motion from one *sampled* frame to the
next, which is what an estimator sees, whatever the file's frame rate.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from fm_assets.clips.camera import Camera, Step, measure
from fm_assets.clips.grey import shrunk
from fm_assets.clips.transforms import apply
from fm_assets.clips.verdict import CameraScore, Verdict, camera_score, judge
from fm_assets.detections.camera import Refiner
from fm_assets.scenes.foreground import LAYOUTS, Layout, covered, render_covered
from fm_assets.scenes.generate import make_scene
from fm_assets.scenes.render import render
from fm_assets.scenes.spec import CameraSpec, SceneSpec, Wave
from fm_assets.settings import ClipsSettings
from fm_resources.detector.network import import_ultralytics
from fm_resources.video import Frame

SIZE = (640, 360)
SHARES = (0.0, 0.1, 0.3, 0.5)
PANS_PX = (2.0, 10.0, 20.0, 50.0)
GMC_METHODS = ("sparseOptFlow", "orb")
#: Cameras of the verdict's scenes, and whether they move.
MOVES = {"static": False, "pan": True, "zoom": True, "shake": True}


@dataclass(frozen=True)
class CameraRow:
    """Errors of the camera's steps over scenes of one kind.

    An error is the mean distance, over the frame, between where a step and the true camera take a pixel.

    Attributes:
        layout: How the foreground is spread: one object, or many.
        foreground: Share of the frame that it covers.
        pan_px: The ground's motion, pixels per sampled frame.
        steps: Steps that were measured.
        unreliable: How many said that they are not reliable, without boxes.
        error_px: Mean error of the others; NaN where there are none.
        wrong: How many of those are off by more than a pixel.
        masked_unreliable: The same three with the boxes masked out, every step measured so.
        masked_error_px: See `masked_unreliable`.
        masked_wrong: See `masked_unreliable`.
        gmc_error_px: Mean error of ultralytics' GMC per method, which calls no step unreliable.
    """

    layout: Layout
    foreground: float
    pan_px: float
    steps: int
    unreliable: int
    error_px: float
    wrong: int
    masked_unreliable: int
    masked_error_px: float
    masked_wrong: int
    gmc_error_px: dict[str, float]


@dataclass(frozen=True)
class VerdictRow:
    """Verdicts on scenes of one kind of camera: how many scenes, and of how many it was right."""

    camera: str
    scenes: int
    right: int


@dataclass(frozen=True)
class ScoreRow:
    """What `s_m` comes out for a known camera.

    Attributes:
        camera: The camera, in words.
        score: `s_m` and its terms.
        verdict: The verdict under the settings' defaults.
        above: Whether `s_m` exceeds `clips.camera_threshold`.
    """

    camera: str
    score: CameraScore
    verdict: str
    above: bool


def transform_errors(
    home: Path,
    count: int = 6,
    *,
    frames: int = 10,
    shares: Sequence[float] = SHARES,
    pans_px: Sequence[float] = PANS_PX,
    layouts: Sequence[Layout] = LAYOUTS,
    gmc: Sequence[str] = GMC_METHODS,
) -> list[CameraRow]:
    """Errors of our transforms and of GMC's on the same rendered scenes.

    Args:
        home: FM_HOME, for ultralytics' settings.
        count: Scenes per row.
        frames: Frames per scene.
        shares: Shares of foreground.
        pans_px: Speeds of the pan.
        layouts: How the foreground is spread; without foreground only the first is measured.
        gmc: GMC's methods to compare with.
    """
    grid = [(la, s, p) for la in layouts for s in shares for p in pans_px if s > 0 or la == layouts[0]]
    return [_camera_row(home, count, frames, layout, share, pan, gmc) for layout, share, pan in grid]


def verdicts(count: int = 200, settings: ClipsSettings | None = None) -> list[VerdictRow]:
    """Whether still and moving cameras are told apart on rendered scenes with moving objects.

    Args:
        count: Scenes, a quarter of each of `MOVES`.
        settings: Section `clips`; default: its defaults.
    """
    chosen = settings or ClipsSettings()
    rows = []
    for place, (camera, moves) in enumerate(MOVES.items()):
        scenes = (count + len(MOVES) - 1 - place) // len(MOVES)
        right = sum(_is_moving(_scene(seed, camera), chosen) == moves for seed in range(scenes))
        rows.append(VerdictRow(camera, scenes, right))
    return rows


def calibration(settings: ClipsSettings | None = None) -> list[ScoreRow]:
    """`s_m` of rendered cameras of known speed: still, pans, zooms, shakes."""
    chosen = settings or ClipsSettings()
    rows = []
    for name, camera in CALIBRATION.items():
        spec = dataclasses.replace(_scene(4, "static"), camera=camera, duration_s=4.0)
        score, verdict = _measured(spec, chosen)
        rows.append(ScoreRow(name, score, verdict.camera_verdict, score.score > chosen.camera_threshold))
    return rows


def _shake(height: float, degrees: float) -> CameraSpec:
    waves = (Wave(height, 1.3, 0.4), Wave(height / 2, 2.7, 1.1))
    return CameraSpec("shake", shake_x=waves, shake_y=waves[::-1], shake_deg=(Wave(degrees, 1.1, 0.2),))


CALIBRATION: dict[str, CameraSpec] = {
    "still": CameraSpec(),
    **{f"pan, {v:g} heights/s": CameraSpec("pan", pan=(v, 0.0)) for v in (0.02, 0.1, 0.2, 0.4, 0.6, 1.0)},
    **{f"zoom, {100 * v:g} %/s": CameraSpec("zoom", zoom_per_s=float(np.log1p(v))) for v in (0.02, 0.1, 0.3)},
    **{f"shake, {v:g} heights, {d:g} degrees": _shake(v, d) for v, d in ((0.002, 0.1), (0.01, 0.5), (0.03, 1.5))},
}


def _scene(seed: int, camera: str) -> SceneSpec:
    return make_scene(seed, "mixed", camera=camera, width=480, height=270, fps=10, duration_s=5.0)


def _measured(spec: SceneSpec, settings: ClipsSettings) -> tuple[CameraScore, Verdict]:
    size = (spec.width, spec.height)
    camera = _camera(list(render(spec)), spec.times(), size, settings)
    score = camera_score(camera.steps, size, settings)
    return score, judge(camera, score, size, settings)


def _is_moving(spec: SceneSpec, settings: ClipsSettings) -> bool | None:
    """The verdict as moving or not; None where it says neither."""
    verdict = _measured(spec, settings)[1].camera_verdict
    return {"static": False, "compensated": True}.get(verdict)


def _camera(frames: list[np.ndarray], times: np.ndarray, size: tuple[int, int], settings: ClipsSettings) -> Camera:
    greys = [shrunk(frame, settings.camera_width_px) for frame in frames]
    ratio, still = settings.min_inlier_ratio, settings.static_px
    return measure(greys, times.tolist(), size, min_inlier_ratio=ratio, static_px=still)


def _camera_row(
    home: Path, count: int, frames: int, layout: Layout, share: float, pan_px: float, gmc: Sequence[str]
) -> CameraRow:
    settings = ClipsSettings()
    plain: list[float | None] = []
    masked: list[float | None] = []
    theirs: dict[str, list[float]] = {method: [] for method in gmc}
    for seed in range(count):
        scene = covered(seed, share=share, pan_px=pan_px, frames=frames, layout=layout, size=SIZE)
        images, times, truth = list(render_covered(scene)), scene.ground.times(), scene.steps()
        camera = _camera(images, times, SIZE, settings)
        plain += _errors(camera.steps, truth)
        masked += _errors(_masked(images, times, scene.boxes, settings), truth)
        for method in gmc:
            theirs[method] += _gmc_errors(home, method, images, truth)
    return CameraRow(
        layout, share, pan_px, len(plain),
        *_summary(plain), *_summary(masked), {method: float(np.mean(errors)) for method, errors in theirs.items()},
    )  # fmt: skip


def _masked(
    images: list[np.ndarray], times: np.ndarray, boxes: Callable[[int], np.ndarray], settings: ClipsSettings
) -> list[Step]:
    """The steps as the detections stage measures them again, with true boxes, as if no first step were reliable."""
    nothing = [dataclasses.asdict(Step(float(t_s))) for t_s in times]
    clip = {"width": SIZE[0], "height": SIZE[1], "frame_of_reference": "none", "camera": nothing}
    refiner = Refiner(clip, settings)
    steps = [Step(0.0, reliable=True)]
    for frame in refiner.seen(
        Frame(k, float(t), image, 1.0) for k, (t, image) in enumerate(zip(times, images, strict=True))
    ):
        there = boxes(frame.index)
        steps += [Step(**step) for step in refiner.step(frame.index, frame.t_s, there, np.ones(len(there)))]
    return steps


def _gmc_errors(home: Path, method: str, images: list[np.ndarray], truth: np.ndarray) -> list[float]:
    """Errors of ultralytics' GMC as its trackers call it."""
    import_ultralytics(home)
    from ultralytics.trackers.utils.gmc import GMC

    theirs = GMC(method=method)
    found = [theirs.apply(cv2.cvtColor(image, cv2.COLOR_RGB2BGR)) for image in images]
    return [_error(matrix, true) for matrix, true in zip(found[1:], truth[1:], strict=True)]


def _errors(steps: Sequence[Step], truth: np.ndarray) -> list[float | None]:
    """Errors of the steps after the first, in pixels; None where one is not reliable."""
    return [
        _error(np.array([[s.a, -s.b, s.tx], [s.b, s.a, s.ty]]), true) if s.reliable else None
        for s, true in zip(steps[1:], truth[1:], strict=True)
    ]


def _error(matrix: np.ndarray, true: np.ndarray) -> float:
    """Mean distance over the frame between where two maps (2, 3) take its pixels."""
    grid = np.stack(np.meshgrid(np.linspace(0, SIZE[0], 9), np.linspace(0, SIZE[1], 6)), axis=-1).reshape(-1, 2)
    return float(np.linalg.norm(apply(matrix, grid) - apply(true, grid), axis=1).mean())


def _summary(errors: Sequence[float | None]) -> tuple[int, float, int]:
    """How many are not reliable, the mean of the others (NaN without any), and how many of those exceed a pixel."""
    known = [error for error in errors if error is not None]
    mean = float(np.mean(known)) if known else float("nan")
    return len(errors) - len(known), mean, sum(error > 1.0 for error in known)


def error_table(rows: Sequence[CameraRow]) -> str:
    """Rows of `transform_errors` as a Markdown table."""
    methods = list(rows[0].gmc_error_px)
    head = ["foreground", "objects", "px/frame", "error, px", "not reliable", "wrong", "with boxes, px", "not reliable",
            "wrong", *(f"GMC {method}, px" for method in methods)]  # fmt: skip
    body = [
        [f"{row.foreground:.0%}", row.layout if row.foreground else "none", f"{row.pan_px:g}",
         f"{row.error_px:.3f}", f"{row.unreliable}/{row.steps}", str(row.wrong),
         f"{row.masked_error_px:.3f}", f"{row.masked_unreliable}/{row.steps}", str(row.masked_wrong),
         *(f"{row.gmc_error_px[method]:.2f}" for method in methods)]
        for row in rows
    ]  # fmt: skip
    return _markdown(head, body)


def verdict_table(rows: Sequence[VerdictRow]) -> str:
    """Rows of `verdicts` as a Markdown table."""
    total = VerdictRow("all", sum(row.scenes for row in rows), sum(row.right for row in rows))
    return _markdown(
        ["camera", "scenes", "right"],
        [[row.camera, str(row.scenes), f"{row.right / max(row.scenes, 1):.1%}"] for row in (*rows, total)],
    )


def score_table(rows: Sequence[ScoreRow]) -> str:
    """Rows of `calibration` as a Markdown table."""
    names = ("score", "mean_dt", "mean_dr", "max_dt", "max_dr")
    return _markdown(
        ["camera", "s_m", "mean dt", "mean dr", "max dt", "max dr", "above the threshold", "verdict"],
        [
            [row.camera, *(f"{getattr(row.score, n):.3f}" for n in names), "yes" if row.above else "no", row.verdict]
            for row in rows
        ],
    )


def _markdown(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *body))


def main() -> None:
    """Prints the three tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path(".fm"), help="FM_HOME")
    parser.add_argument("--scenes", type=int, default=6, help="scenes per row of the transform's errors")
    parser.add_argument("--verdicts", type=int, default=200, help="scenes of the verdicts")
    wanted = parser.parse_args()
    print(score_table(calibration()), end="\n\n", flush=True)
    print(error_table(transform_errors(wanted.home, wanted.scenes)), end="\n\n", flush=True)
    print(verdict_table(verdicts(wanted.verdicts)))


if __name__ == "__main__":
    main()
