"""Tracking again from stored detections, against detecting and tracking."""

from __future__ import annotations

import statistics
from pathlib import Path

from fm_assets.evaluation.quality.footage import MOVING, STILL, footage
from fm_assets.evaluation.quality.network import spec_of, spoken_spec, with_network
from fm_assets.evaluation.quality.perception import A_SECOND, Perceived, perceive, whole_video
from fm_assets.evaluation.quality.section import Bench, Goal, Section, Table, changed
from fm_assets.settings import Settings

BOUND = 20.0
REPEATS = 2


def measure(bench: Bench) -> Section:
    """Times `detections` + `tracks` and `tracks` alone on the footage with truth, at the settings' sampling."""
    settings = with_network(bench)
    videos = {name: footage(bench, name).video for name in ((MOVING,) if bench.quick else (MOVING, STILL))}
    return report(videos, settings, 1 if bench.quick else REPEATS)


def report(videos: dict[str, Path], settings: Settings, repeats: int, domain: str = "") -> Section:
    """The section.

    Args:
        videos: Name -> video.
        settings: Settings with a network as detector.
        repeats: How often each video is detected and tracked; medians count.
        domain: Domain of the videos.
    """
    rows, ratios = [], []
    for name, video in videos.items():
        timed = _timed(video, settings, repeats, domain)
        both = [t.seconds["detections"] + t.seconds["tracks"] for t in timed]
        alone = [t.seconds["tracks"] for t in timed]
        ratio = statistics.median(b / a for b, a in zip(both, alone, strict=True))
        frames, tracks = (timed[0].tables[stage].num_rows for stage in ("detections", "tracks"))
        rows.append((name, frames, tracks, statistics.median(both), statistics.median(alone), ratio))
        ratios.append(ratio)
    return Section(
        "retrack",
        (
            "The stage `tracks` over stored rows, against `detections` (decoding included) and `tracks`, each video as "
            f"one clip at {settings.detections.fps:g} sampled frames/s ({spoken_spec(spec_of(settings))}), in one process whose network is loaded. Median "
            f"of {repeats} run(s).",
        ),
        (
            Table(
                ("video", "sampled frames", "tracks", "detect and track, s", "track again, s", "ratio"),
                tuple(rows),
                digits={"detect and track, s": 2, "track again, s": 3, "ratio": 1},
            ),
        ),
        (Goal("Detect and track over track again, the least of the videos", min(ratios), BOUND, digits=1, unit="x"),),
    )


def _timed(video: Path, settings: Settings, repeats: int, domain: str) -> list[Perceived]:
    first = changed(settings, clips=A_SECOND)
    perceive(video, first, ("source_videos", "filtered_clips", "detections", "tracks"), domain=domain)
    full = whole_video(settings)
    known = perceive(video, full, ("source_videos", "filtered_clips"), domain=domain)
    return [perceive(video, full, ("detections", "tracks"), domain=domain, known=known) for _ in range(repeats)]
