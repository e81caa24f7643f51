"""Tracking on real footage with truth, held against the library's own `track()` with the same weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fm_assets.clips.rows import FILTERED_CLIPS
from fm_assets.detections.rows import DETECTIONS
from fm_assets.evaluation.quality.footage import BOXES_ONLY, MOVING, STILL, Footage, footage
from fm_assets.evaluation.quality.perception import Perceived, perceive, whole_video
from fm_assets.evaluation.quality.scenes import trackers
from fm_assets.evaluation.quality.scoring import Scores, score
from fm_assets.evaluation.quality.section import Bench, Cell, Goal, Section, Table, changed
from fm_assets.evaluation.quality.sequence import CLASSES, Truth, public_tables, read_truth, seen_labels, tracked
from fm_assets.evaluation.quality.yardstick import plain_track
from fm_assets.settings import Settings
from fm_resources.rows import canonical, from_pylist

SAMPLED_FPS = 10.0
#: Points (of 100) that sampling may cost against the yardstick, and that a moving camera must gain.
SAMPLING_POINTS, MOVING_POINTS = -2.0, 5.0
METRICS = ("HOTA", "DetA", "AssA", "IDF1", "MOTA", "IDSW")
EVERY = "every frame"
SAMPLED = f"{SAMPLED_FPS:g} per second"
YARDSTICK = "plain `YOLO.track()`"
STAGES = ("source_videos", "filtered_clips", "detections")


@dataclass(frozen=True)
class Row:
    """Scores of a tracker on a sequence under a sampling."""

    sequence: str
    sampling: str
    tracker: str
    scores: Scores

    def cells(self) -> tuple[Cell, ...]:
        """The row of the table."""
        return self.sequence, self.sampling, self.tracker, *metric_cells(self.scores)


def measure(bench: Bench) -> Section:
    """Filmed sequences with real weights, and sequences of which only public detections are there."""
    alone = [row for name in BOXES_ONLY[: 1 if bench.quick else None] for row in public_rows(bench, footage(bench, name))]
    settings = person_settings(bench)
    filmed, ablation = [], []
    for name in (MOVING,) if bench.quick else (STILL, MOVING):
        rows, seen = filmed_rows(bench, footage(bench, name), settings)
        filmed += rows
        if name == MOVING:
            ablation = ablation_rows(bench, footage(bench, name), settings, seen)
    chosen = settings.tracks.tracker
    return Section(
        "tracking",
        (
            f"Real footage with truth for people, weights `{bench.need_weights().name}`, through the pipeline's own "
            f"stages with all settings at their defaults (classes: {', '.join(CLASSES)}), each video as one clip. "
            f"{STILL}: a camera that stands still, 795 frames at 10 per second. {MOVING}: from a moving bus, 750 frames "
            "at 25 per second, judged on the 291 frames that have truth. Where a video is sampled, boxes between two "
            "sampled frames are interpolated, so that every row of a sequence is judged on the same frames. The "
            f"yardstick is `for r in YOLO(weights).track(video, stream=True)` on every frame with the library's own "
            "settings. HOTA, DetA, AssA, IDF1 and MOTA as shares of 1; IDSW counts ID switches. Metrics by roboflow's "
            "`trackers`.",
        ),
        (
            Table(("sequence", "frames", "tracker", *METRICS), tuple(row.cells() for row in filmed)),
            Table(
                ("what is changed", *METRICS),
                tuple(ablation),
                f"What brings it on {MOVING} ({chosen}, {SAMPLED if bench.quick else EVERY}):",
            ),
            Table(
                ("sequence", "frames", "tracker", *METRICS),
                tuple(row.cells() for row in alone),
                "The tracker alone, on public detections without frames (so nothing is known of the camera, which "
                "moves in all of them but Venice-2):",
            ),
        ),
        tuple(goals(filmed, chosen)),
    )


def goals(rows: list[Row], chosen: str) -> list[Goal]:
    """The chosen tracker against the yardstick, in points of 100; none where the yardstick was not measured."""
    table = {(row.sequence, row.sampling, row.tracker): row.scores for row in rows}
    found = []
    for sequence in dict.fromkeys(row.sequence for row in rows):
        plain, ours = table.get((sequence, EVERY, YARDSTICK)), table.get((sequence, EVERY, chosen))
        sampled = table.get((sequence, SAMPLED, chosen), ours)
        if plain is None or ours is None or sampled is None:
            continue
        for name, of in (("HOTA", _hota), ("IDF1", _idf1)):
            gain, with_less = 100 * (of(ours) - of(plain)), 100 * (of(sampled) - of(plain))
            found.append(Goal(f"{sequence}, {EVERY}: {name} over the yardstick's", gain, 0.0, digits=1, unit=" points"))
            found.append(
                Goal(f"{sequence}, {SAMPLED}: {name} over the yardstick's", with_less, SAMPLING_POINTS, digits=1, unit=" points")
            )
            if sequence == MOVING and name == "IDF1":
                found.append(
                    Goal(f"{sequence} (moving camera): IDF1 over the yardstick's", gain, MOVING_POINTS, digits=1, unit=" points")
                )
    return found


def person_settings(bench: Bench) -> Settings:
    """Defaults with the given weights, for people alone, as the yardstick is."""
    return changed(
        bench.settings,
        detector={"backend": "ultralytics", "weights": str(bench.need_weights()), "precision": "f32"},
        detections={"classes": CLASSES},
    )


def filmed_rows(bench: Bench, film: Footage, settings: Settings) -> tuple[list[Row], Perceived]:
    """Every tracker on every frame and sampled, and the yardstick; and what was perceived at the densest sampling."""
    truth = read_truth(film)
    samplings = [(EVERY, 0.0)] if film.fps <= SAMPLED_FPS else [(EVERY, 0.0), (SAMPLED, SAMPLED_FPS)]
    if bench.quick:
        samplings = samplings[-1:]
    rows, densest = [], None
    for label, fps in samplings:
        bench.say(f"{film.name}, {label}")
        full = whole_video(settings, fps=fps)
        seen = perceive(film.video, full, STAGES)
        densest = densest or seen
        for tracker in trackers(settings, quick=bench.quick):
            scores = track_scores(seen, changed(full, tracks={"tracker": tracker}), truth, film)
            rows.append(Row(film.name, label, tracker, scores))
    if not bench.quick:
        bench.say(f"{film.name}, {YARDSTICK}")
        plain = plain_track(film.video, bench.need_weights(), CLASSES, settings.home)
        rows.append(Row(film.name, EVERY, YARDSTICK, score(truth.labels, seen_labels(plain, truth))))
    assert densest is not None
    return rows, densest


def track_scores(seen: Perceived, settings: Settings, truth: Truth, film: Footage) -> Scores:
    """Tracks stored detections, and scores them."""
    tracks = perceive(seen.path, settings, ("tracks",), known=seen).tables["tracks"]
    interval = 1 / (settings.detections.fps or film.fps)
    return score(truth.labels, tracked(tracks, truth, max(settings.tracks.max_gap_s, 1.5 * interval)))


def ablation_rows(bench: Bench, film: Footage, settings: Settings, seen: Perceived) -> list[tuple[Cell, ...]]:
    """The chosen tracker with one thing changed at a time."""
    bench.say(f"{film.name}, what brings it")
    truth = read_truth(film)
    full = whole_video(settings, fps=SAMPLED_FPS if bench.quick else 0.0)
    rows: list[tuple[Cell, ...]] = []
    for label, without in CHANGES.items():
        rows.append((label, *metric_cells(track_scores(*without(seen, full), truth, film))))
    return rows


Change = Callable[[Perceived, Settings], tuple[Perceived, Settings]]


def _no_camera(seen: Perceived, settings: Settings) -> tuple[Perceived, Settings]:
    """The same detections, as if the camera stood still."""
    still = [{**row, "frame_of_reference": "image", "camera": []} for row in seen.tables["filtered_clips"].to_pylist()]
    boxes = [{**row, "camera": None} for row in seen.tables["detections"].to_pylist()]
    changed_tables = {
        **seen.tables,
        "filtered_clips": canonical(from_pylist(still, FILTERED_CLIPS), FILTERED_CLIPS),
        "detections": canonical(from_pylist(boxes, DETECTIONS), DETECTIONS),
    }
    return Perceived(seen.path, changed_tables, seen.seconds), settings


def _tracks(**values: float) -> Change:
    return lambda seen, settings: (seen, changed(settings, tracks=values))


CHANGES: dict[str, Change] = {
    "nothing": lambda seen, settings: (seen, settings),
    "no camera transforms": _no_camera,
    "gaps are not interpolated": _tracks(max_gap_s=0.0),
    "short tracks are kept": _tracks(min_track_s=0.0),
}


def public_rows(bench: Bench, film: Footage) -> list[Row]:
    """Every tracker on public detections."""
    bench.say(film.name)
    truth = read_truth(film)
    settings = whole_video(bench.settings, fps=0.0)
    seen = Perceived(film.boxes, public_tables(film), {})
    return [
        Row(film.name, EVERY, name, track_scores(seen, changed(settings, tracks={"tracker": name}), truth, film))
        for name in trackers(settings, quick=bench.quick)
    ]


def metric_cells(scores: Scores) -> tuple[Cell, ...]:
    """The metrics in the order of `METRICS`."""
    return scores.hota, scores.deta, scores.assa, scores.idf1, scores.mota, scores.idsw


def _hota(scores: Scores) -> float:
    return scores.hota


def _idf1(scores: Scores) -> float:
    return scores.idf1
