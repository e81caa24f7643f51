"""Tracking on real footage with truth, held against the library's own `track()` with the same weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fm_assets.clips.rows import FILTERED_CLIPS
from fm_assets.detections.rows import DETECTIONS
from fm_assets.evaluation.quality.footage import BOXES_ONLY, MOVING, STILL, Footage, footage
from fm_assets.evaluation.quality.network import spec_of, spoken_spec, with_network
from fm_assets.evaluation.quality.perception import Perceived, perceive, whole_video
from fm_assets.evaluation.quality.scenes import trackers
from fm_assets.evaluation.quality.scoring import METRICS, Labels, Scores, difference, metric_cells, score, score_again
from fm_assets.evaluation.quality.section import Bench, Cell, Goal, Section, Table, changed
from fm_assets.evaluation.quality.sequence import CLASSES, Truth, public_tables, read_truth, seen_labels, tracked
from fm_assets.evaluation.quality.yardstick import plain_track
from fm_assets.settings import Settings
from fm_resources.rows import canonical, from_pylist

SAMPLED_FPS = 10.0
#: Points (of 100) that sampling may cost against the yardstick, and that a moving camera must gain.
SAMPLING_POINTS, MOVING_POINTS = -2.0, 5.0
EVERY = "every frame"
SAMPLED = f"{SAMPLED_FPS:g} per second"
YARDSTICK = "plain `YOLO.track()`"
#: The library's tracker by default, and the one that ours is by default, with its own optical flow.
OTHER = 'plain `YOLO.track(tracker="botsort.yaml")`'
YARDSTICKS = {YARDSTICK: "tracktrack", OTHER: "botsort"}
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


@dataclass(frozen=True)
class Filmed:
    """A filmed sequence: all rows, what was perceived at the densest sampling, and what a second library finds."""

    rows: list[Row]
    densest: Perceived
    difference: float


def measure(bench: Bench) -> Section:
    """Filmed sequences with real weights, and sequences of which only public detections are there."""
    settings = with_network(bench, classes=CLASSES)
    sequences = BOXES_ONLY[: 1 if bench.quick else None]
    alone = [row for name in sequences for row in public_rows(bench, footage(bench, name))]
    filmed = {
        name: filmed_rows(bench, footage(bench, name), settings)
        for name in ((MOVING,) if bench.quick else (STILL, MOVING))
    }
    rows = [row for found in filmed.values() for row in found.rows]
    ablation = ablation_rows(bench, footage(bench, MOVING), settings, filmed[MOVING].densest)
    picture = draw_scores(rows, bench.pictures / "quality-tracking.png")
    checked = ", ".join(f"{name} {found.difference:.1e}" for name, found in filmed.items())
    chosen = settings.tracks.tracker
    return Section(
        "tracking",
        (_prose(settings),),
        (
            Table(("sequence", "frames", "tracker", *METRICS), tuple(row.cells() for row in rows)),
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
        tuple(goals(rows, chosen)),
        (
            f"TrackEval, a second library, gives the same scores for {chosen} up to: {checked}.",
            *against(rows, chosen),
        ),
        ((picture.name, "HOTA and IDF1 of each tracker and of the yardstick"),),
    )


def _prose(settings: Settings) -> str:
    return (
        f"Real footage with truth for people, {spoken_spec(spec_of(settings))}, through the pipeline's own stages "
        f"with all settings at their defaults (but classes: {', '.join(CLASSES)}), each video as one clip. {STILL}: a "
        f"camera that stands still, 795 frames at 10 per second. {MOVING}: from a moving bus, 750 frames at 25 per "
        "second, judged on the 291 frames that have truth. Where a video is sampled, boxes between two sampled frames "
        "are interpolated, so that every row of a sequence is judged on the same frames. The yardstick is `for r in "
        "YOLO(weights).track(video, stream=True)` on every frame with the library's own settings, which are TrackTrack "
        "and its high thresholds; beside it stands the library's BoT-SORT, which compensates the camera by its own "
        "optical flow. HOTA, DetA, AssA, IDF1 and MOTA as shares of 1; IDSW counts ID switches. Metrics by roboflow's "
        "`trackers`. The default tracker and its match threshold were chosen by their mean over all sequences of this "
        "page and nine rendered scenes: no sequence was held out."
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
                Goal(
                    f"{sequence}, {SAMPLED}: {name} over the yardstick's",
                    with_less,
                    SAMPLING_POINTS,
                    digits=1,
                    unit=" points",
                )
            )
            if sequence == MOVING and name == "IDF1":
                found.append(
                    Goal(
                        f"{sequence} (moving camera): IDF1 over the yardstick's",
                        gain,
                        MOVING_POINTS,
                        digits=1,
                        unit=" points",
                    )
                )
    return found


def against(rows: list[Row], chosen: str) -> list[str]:
    """The chosen tracker against the library's other one, a sentence per sequence."""
    table = {(row.sequence, row.sampling, row.tracker): row.scores for row in rows}
    said = []
    for sequence in dict.fromkeys(row.sequence for row in rows):
        plain, ours = table.get((sequence, EVERY, OTHER)), table.get((sequence, EVERY, chosen))
        if plain is not None and ours is not None:
            gains = ", ".join(
                f"{name} {100 * (of(ours) - of(plain)):+.1f}" for name, of in (("HOTA", _hota), ("IDF1", _idf1))
            )
            said.append(f"On {sequence} the points over {OTHER} are: {gains}.")
    return said


def filmed_rows(bench: Bench, film: Footage, settings: Settings) -> Filmed:
    """Every tracker on every frame and sampled, and the yardstick."""
    truth = read_truth(film)
    samplings = {EVERY: 0.0} if film.fps <= SAMPLED_FPS else {EVERY: 0.0, SAMPLED: SAMPLED_FPS}
    if bench.quick:
        samplings = {SAMPLED: SAMPLED_FPS}
    rows, perceived = [], []
    for label, fps in samplings.items():
        bench.say(f"{film.name}, {label}")
        full = whole_video(settings, fps=fps)
        perceived.append(perceive(film.video, full, STAGES))
        for tracker in trackers(settings, quick=bench.quick):
            with_it = changed(full, tracks={"tracker": tracker})
            rows.append(Row(film.name, label, tracker, score(truth.labels, track(perceived[-1], with_it, truth, film))))
    densest = whole_video(settings, fps=next(iter(samplings.values())))
    labels = track(perceived[0], densest, truth, film)
    apart = difference(score(truth.labels, labels), score_again(truth.labels, labels))
    if not bench.quick:
        for label, tracker in YARDSTICKS.items():
            bench.say(f"{film.name}, {label}")
            plain = plain_track(film.video, bench.need_weights(), CLASSES, settings.home, tracker)
            rows.append(Row(film.name, EVERY, label, score(truth.labels, seen_labels(plain, truth))))
    return Filmed(rows, perceived[0], apart)


def track(seen: Perceived, settings: Settings, truth: Truth, film: Footage) -> Labels:
    """Tracks of stored detections, on the truth's frames."""
    tracks = perceive(seen.path, settings, ("tracks",), known=seen).tables["tracks"]
    interval = 1 / (settings.detections.fps or film.fps)
    return tracked(tracks, truth, max(settings.tracks.max_gap_s, 1.5 * interval))


def ablation_rows(bench: Bench, film: Footage, settings: Settings, seen: Perceived) -> list[tuple[Cell, ...]]:
    """The chosen tracker with one thing changed at a time."""
    bench.say(f"{film.name}, what brings it")
    truth = read_truth(film)
    full = whole_video(settings, fps=SAMPLED_FPS if bench.quick else 0.0)
    rows: list[tuple[Cell, ...]] = []
    for label, without in CHANGES.items():
        rows.append((label, *metric_cells(score(truth.labels, track(*without(seen, full), truth, film)))))
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


def _not_refined(seen: Perceived, settings: Settings) -> tuple[Perceived, Settings]:
    """The same detections with the camera as it was measured before there were boxes to mask out."""
    boxes = [{**row, "camera": None} for row in seen.tables["detections"].to_pylist()]
    table = canonical(from_pylist(boxes, DETECTIONS), DETECTIONS)
    return Perceived(seen.path, {**seen.tables, "detections": table}, seen.seconds), settings


def _tracks(**values: float | str) -> Change:
    return lambda seen, settings: (seen, changed(settings, tracks=values))


CHANGES: dict[str, Change] = {
    "nothing": lambda seen, settings: (seen, settings),
    "no camera transforms": _no_camera,
    "the camera is not measured again with boxes masked out": _not_refined,
    "the filters' velocity noise does not grow with the time between frames": _tracks(turn_exponent=0.0),
    "boxes are not smoothed": _tracks(smoothing="none"),
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
        Row(
            film.name,
            EVERY,
            name,
            score(truth.labels, track(seen, changed(settings, tracks={"tracker": name}), truth, film)),
        )
        for name in trackers(settings, quick=bench.quick)
    ]


def _hota(scores: Scores) -> float:
    return scores.hota


def _idf1(scores: Scores) -> float:
    return scores.idf1


def draw_scores(rows: list[Row], path: Path) -> Path:
    """Draws HOTA and IDF1 of the filmed sequences, a bar per tracker and sampling, the yardstick as a line."""
    from matplotlib.figure import Figure

    sequences = list(dict.fromkeys(row.sequence for row in rows))
    figure = Figure(figsize=(3.2 * len(sequences) + 1.2, 3.4), dpi=100, layout="constrained")
    axes = figure.subplots(1, len(sequences), sharey=True, squeeze=False)[0]
    for axis, sequence in zip(axes, sequences, strict=True):
        mine = [row for row in rows if row.sequence == sequence]
        ours = [row for row in mine if row.tracker not in YARDSTICKS]
        places = list(range(len(ours)))
        for shift, (name, of, colour) in zip(
            (-0.2, 0.2), (("HOTA", _hota, "#3b6ea5"), ("IDF1", _idf1, "#e0893b")), strict=True
        ):
            axis.bar([p + shift for p in places], [of(row.scores) for row in ours], 0.4, color=colour, label=name)
            for plain in (row for row in mine if row.tracker in YARDSTICKS):
                style, label = ("--", "YOLO.track()") if plain.tracker == YARDSTICK else (":", "its BoT-SORT")
                axis.axhline(of(plain.scores), color=colour, linestyle=style, linewidth=1, label=f"{name}, {label}")
        axis.set_xticks(places, [f"{row.tracker}\n{row.sampling}" for row in ours], rotation=60, fontsize=7)
        axis.set_title(sequence, fontsize=9)
        axis.set_ylim(0, 1)
    axes[-1].legend(fontsize=7, loc="upper right")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    return path
