"""What a faster precision costs: in boxes, and in tracking."""

from __future__ import annotations

from pathlib import Path

from fm_assets.evaluation.quality.agreement import stored
from fm_assets.evaluation.quality.footage import MOVING, STILL, footage
from fm_assets.evaluation.quality.network import spec_of, with_network
from fm_assets.evaluation.quality.perception import A_SECOND, perceive, whole_video
from fm_assets.evaluation.quality.scoring import score
from fm_assets.evaluation.quality.section import Bench, Cell, Section, Table, Unavailable, changed
from fm_assets.evaluation.quality.sequence import CLASSES, read_truth
from fm_assets.evaluation.quality.tracking import SAMPLED_FPS, STAGES, track
from fm_resources.detector.agreement import compare
from fm_resources.detector.runtimes import is_int8

#: Boxes above this score are compared: near a detector's threshold last bits decide.
MIN_SCORE = 0.4
COLUMNS = (
    "sequence", "precision", "runtime", "frames/s", "boxes", "IoU >= 0.99", "IoU >= 0.9", "mean IoU", "HOTA", "IDF1",
)  # fmt: skip


def quantised_of(weights: Path) -> Path | None:
    """The INT8 export to OpenVINO that lies beside weights of the same model (`yolo11n*.pt`); None without one."""
    folder = weights.with_name(f"{weights.stem.partition('_')[0]}_openvino_model")
    return folder if folder.is_dir() and is_int8(folder) else None


def measure(bench: Bench) -> Section:
    """Both settings of `detector.precision` on the footage with truth; boxes held against those of f32."""
    exact = with_network(bench, "f32", classes=CLASSES)
    fast = with_network(bench, "fast", classes=CLASSES)
    if spec_of(fast).precision == spec_of(exact).precision:
        raise Unavailable(f"finds no faster precision here: `fast` is {spec_of(fast).precision} too")
    quantised = quantised_of(bench.need_weights())
    settings_of = [exact, fast]
    if quantised is not None:
        settings_of.append(changed(exact, detector={"weights": str(quantised), "runtime": "auto"}))
    rows: list[tuple[Cell, ...]] = []
    for name in (MOVING,) if bench.quick else (STILL, MOVING):
        film = footage(bench, name)
        truth, reference = read_truth(film), None
        for settings in settings_of:
            spec = spec_of(settings)
            bench.say(f"{name}, {spec.runtime} in {spec.precision}")
            full = whole_video(settings, fps=SAMPLED_FPS)
            perceive(film.video, changed(full, clips=A_SECOND), STAGES)  # loads the network
            seen = perceive(film.video, full, STAGES)
            boxes = stored(seen.tables["detections"])
            reference = reference or boxes
            agreed = compare(reference, boxes, MIN_SCORE)
            scores = score(truth.labels, track(seen, full, truth, film))
            rate = len(boxes.xyxy) / seen.seconds["detections"]
            rows.append((name, spec.precision, spec.runtime, rate, agreed.boxes, agreed.share, agreed.share_alike,
                         agreed.mean_iou, scores.hota, scores.idf1))  # fmt: skip
    return Section(
        "precision",
        (
            f"`detector.precision = \"fast\"` beside the default `\"f32\"`, weights `{bench.need_weights().name}`, at "
            f"{SAMPLED_FPS:g} sampled frames/s, each precision in the runtime that was measured as fastest for it. "
            f"Boxes above {MIN_SCORE:g} of either are looked for in the other (same class); the first row of a sequence "
            "is what the others are held against. HOTA and IDF1 of the tracks with all settings at their defaults. "
            "Frames/s of the stage with decoding."
            + (" The INT8 export has one frame size, 640x640, so it computes more per frame." if quantised else ""),
        ),
        (Table(COLUMNS, tuple(rows), digits={"frames/s": 1, "IoU >= 0.99": 4, "IoU >= 0.9": 4, "mean IoU": 4}),),
    )  # fmt: skip
