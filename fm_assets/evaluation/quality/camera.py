"""The camera's transforms against rendered truth, beside ultralytics' GMC, and verdicts on rendered and real clips."""

from __future__ import annotations

import math
from collections.abc import Sequence

from fm_assets.evaluation.camera_quality import PANS_PX, CameraRow, VerdictRow, transform_errors, verdicts
from fm_assets.evaluation.quality.perception import perceive
from fm_assets.evaluation.quality.section import Bench, Cell, Goal, Section, Table

#: Scenes per row of errors, and of the verdicts.
SCENES, VERDICTS = 3, 200
#: Pan, pixels per sampled frame, up to which the goals hold.
GOAL_PAN_PX = 20.0
#: Whether the camera moves in the real clips, as their README and a look at them say. (The arms are said to be filmed
#: by a static camera, but the edges of table and whiteboard and the robots' feet are displaced: it is hand-held.)
REAL = {
    "videos/intel_car-detection.mp4": False, "videos/intel_one-by-one-person.mp4": False,
    "videos/intel_bottle-detection.mp4": False, "videos/sam2_01_dog.mp4": False, "videos/sam2_04_coffee.mp4": False,
    "videos/lerobot_so100_arms.mp4": True, "videos/udacity_solidWhiteRight.mp4": True,
    "mot/PETS09-S2L1/vtest_480x360_795f_10fps.mp4": False, "mot/MOT17-13/MOT17-13_960x540_750f.mp4": True,
}  # fmt: skip


def measure(bench: Bench) -> Section:
    """Errors, verdicts on rendered scenes and, where they are there, on real clips."""
    bench.say("transforms")
    pans = (10.0,) if bench.quick else PANS_PX
    errors = transform_errors(bench.settings.home, 1 if bench.quick else SCENES, pans_px=pans)
    bench.say("verdicts on rendered scenes")
    judged = verdicts(8 if bench.quick else VERDICTS, bench.settings.clips)
    real = real_rows(bench)
    methods = list(errors[0].gmc_error_px)
    return Section(
        "camera",
        (
            "Rendered scenes, 640x360, whose camera is known exactly: a pan over textured ground, in front of it "
            "moving objects that cover a share of the frame, one large or many. The error is the mean distance over "
            "the frame between where the measured and the true step take a pixel. Steps that say that they are not "
            "reliable are counted and left out of the mean (GMC says so of none); *wrong* are the reliable ones that "
            "are off by more than a pixel. *With boxes*: measured again with the objects' boxes masked out, as the "
            "stage `detections` does.",
            f"Verdicts: {sum(row.scenes for row in judged)} rendered scenes, 480x270, a quarter each still, panning, "
            "zooming and shaking.",
        ),
        (
            Table(
                ("foreground", "objects", "px/frame", "steps", "error", "not reliable", "wrong", "with boxes: error",
                 "with boxes: not reliable", "with boxes: wrong", *(f"GMC {method}: error" for method in methods)),
                tuple(error_cells(row) for row in errors),
                "Errors in pixels:",
                {"px/frame": 0, **{f"GMC {method}: error": 2 for method in methods}},
            ),
            Table(("camera", "scenes", "right"), tuple((r.camera, r.scenes, r.right) for r in judged), "Verdicts:"),
            *([Table(("clip", "camera moves", "verdict", "right"), tuple(real), "Real clips, the clip that the settings choose (a moving camera may also be called unreliable):")] if real else []),
        ),
        tuple(goals(errors, judged, real)),
    )  # fmt: skip


def goals(errors: Sequence[CameraRow], judged: Sequence[VerdictRow], real: Sequence[tuple[Cell, ...]]) -> list[Goal]:
    """The worst row of each kind against its bound."""
    inside = [row for row in errors if row.pan_px <= GOAL_PAN_PX]
    light = [row.error_px for row in inside if row.foreground <= 0.3]
    heavy = [row.masked_error_px for row in inside if row.foreground == 0.5]
    right, scenes = sum(row.right for row in judged), sum(row.scenes for row in judged)
    most = f"pans up to {GOAL_PAN_PX:g} px/frame, the worst row"
    found = [
        Goal(f"Mean error up to 30 % foreground, {most}", worst(light), 0.1, "<=", digits=3, unit=" px"),
        Goal(f"Mean error at 50 % foreground with boxes, {most}", worst(heavy), 0.2, "<=", digits=3, unit=" px"),
        Goal("Verdicts right on rendered scenes", right / scenes if scenes else math.nan, 0.98, digits=3),
    ]
    if real:
        found.append(Goal("Verdicts right on real clips", sum(bool(row[3]) for row in real) / len(real), 1.0))
    return found


def worst(values: Sequence[float]) -> float:
    """The largest value; NaN where one is, or where there is none: what was not measured keeps no bound."""
    return max(values, default=math.nan) if not any(map(math.isnan, values)) else math.nan


def error_cells(row: CameraRow) -> tuple[Cell, ...]:
    """A row of the table of errors."""
    return (
        f"{row.foreground:.0%}", row.layout if row.foreground else "none", row.pan_px, row.steps, row.error_px,
        row.unreliable, row.wrong, row.masked_error_px, row.masked_unreliable, row.masked_wrong,
        *row.gmc_error_px.values(),
    )  # fmt: skip


def real_rows(bench: Bench) -> list[tuple[Cell, ...]]:
    """Verdicts on those of the real clips of which it is known whether the camera moves; none without data."""
    if bench.data is None:
        return []
    rows: list[tuple[Cell, ...]] = []
    for name, moves in REAL.items():
        video = bench.data / name
        if not video.is_file() or (bench.quick and len(rows) == 1):
            continue
        bench.say(name)
        verdict = str(perceive(video, bench.settings, ("source_videos", "filtered_clips")).clip["camera_verdict"])
        rows.append((video.name, moves, verdict, (verdict != "static") == moves))
    return rows
