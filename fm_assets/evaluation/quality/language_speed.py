"""What facts, captions and questions cost: CPU seconds of one process, on made clips."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fm_assets.captions.clipfacts import ClipFacts, clips
from fm_assets.captions.sentences import embedded
from fm_assets.evaluation.quality.made_tracks import Known, known_tracks, still_clip
from fm_assets.evaluation.quality.section import Bench, Goal, Section, Table
from fm_assets.motion.claims import FactIndex
from fm_assets.motion.facts import analyse
from fm_assets.qa.pairs import compose
from fm_assets.settings import Settings

#: Clips that are made; of a quick run.
CLIPS, QUICK_CLIPS = 200, 10
#: Runs, of which the fastest counts.
REPEATS = 3
TRACKS, FRAMES, FPS = 10, 100, 10.0
WIDTH, HEIGHT = 1280, 720
#: Side of a made box, frame heights, and noise of its edges, pixels.
SIDE, NOISE_PX = 0.08, 1.4
#: CPU seconds per 1,000 clips.
FACTS_S, LANGUAGE_S = 10.0, 20.0
NAMES = ("ball", "car", "person")


@dataclass(frozen=True)
class Cost:
    """CPU seconds of one kind of output, and how many of them were made."""

    seconds: float
    made: int


def measure(bench: Bench) -> Section:
    """Times the made clips, all of them at once for facts, each by itself for language."""
    count = QUICK_CLIPS if bench.quick else CLIPS
    settings = bench.settings
    rows = pa.concat_tables([made_clip(k, settings) for k in range(count)]).combine_chunks()
    best: dict[str, Cost] = {}
    for _ in range(1 if bench.quick else REPEATS):
        for name, cost in costs(rows, settings).items():
            best[name] = min(cost, best.get(name, cost), key=lambda c: c.seconds)
    return report(best, count)


def made_clip(number: int, settings: Settings) -> pa.Table:
    """Rows of `tracks` of one clip: ten objects on straight, curved and swinging ways, or at rest.

    Args:
        number: Decides the clip.
        settings: Settings.
    """
    rng = np.random.default_rng(number)
    times = np.arange(FRAMES) / FPS
    clip = still_clip(f"speed-{number:08d}.c0", f"speed-{number:08d}", (0.0, FRAMES / FPS), (WIDTH, HEIGHT))
    objects = [_object(i, (times / times[-1])[:, None], rng) for i in range(TRACKS)]
    return known_tracks(clip, objects, np.arange(FRAMES), times, settings)


def _object(i: int, s: np.ndarray, rng: np.random.Generator) -> Known:
    start, end = rng.uniform((0.2, 0.15), (1.58, 0.85), (2, 2))
    bend = rng.uniform(-0.2, 0.2, 2)
    straight = start + (end - start) * s
    centre = (
        straight,
        straight + bend * np.sin(np.pi * s),
        start + (end - start) * (1 - np.cos(6 * np.pi * s)) / 2,
        np.repeat(start[None], len(s), axis=0),
    )[i % 4]
    boxes = np.concatenate([centre - SIDE / 2, centre + SIDE / 2], axis=1) * HEIGHT
    return Known(np.arange(len(s)), boxes + rng.normal(0.0, NOISE_PX, boxes.shape), NAMES[i % 3], "red", 0.9)


def costs(tracks: pa.Table, settings: Settings) -> dict[str, Cost]:
    """What facts, captions and questions of these tracks cost, each as its stage makes them.

    Args:
        tracks: Rows of `tracks` of any number of clips.
        settings: Settings.
    """
    began = time.process_time()
    facts = analyse(tracks, settings.motion).facts
    spent = time.process_time() - began
    ids = facts.column("clip_id").unique().to_pylist()
    per_clip = [facts.filter(pc.equal(facts["clip_id"], clip_id)) for clip_id in ids]
    most, quota = settings.captions.max_sentences, settings.qa.pairs_per_clip
    return {
        "facts": Cost(spent, facts.num_rows),
        "captions": _cost(per_clip, settings.captions.min_margin, lambda clip, index: len(embedded(clip, index, most))),
        "questions": _cost(per_clip, settings.qa.min_margin, lambda clip, index: len(compose(clip, index, quota))),
    }


def _cost(per_clip: list[pa.Table], min_margin: float, make: Callable[[ClipFacts, FactIndex], int]) -> Cost:
    began = time.process_time()
    made = sum(make(clip, index) for clip, index in _indexed(per_clip, min_margin))
    return Cost(time.process_time() - began, made)


def _indexed(per_clip: list[pa.Table], min_margin: float) -> Iterator[tuple[ClipFacts, FactIndex]]:
    for facts in per_clip:
        yield from ((clip, FactIndex(facts)) for clip in clips(facts, min_margin))


def report(found: dict[str, Cost], count: int) -> Section:
    """The section.

    Args:
        found: What was made -> what it cost.
        count: Of how many clips.
    """
    per = {name: 1000 * cost.seconds / count for name, cost in found.items()}
    rows = tuple((name, count, cost.made / count, per[name]) for name, cost in found.items())
    language = per["captions"] + per["questions"]
    return Section(
        "language_speed",
        (
            f"Made clips of {TRACKS} tracks on {FRAMES} sampled frames (straight, curved, swinging, at rest; the "
            f"edges of boxes off by {NOISE_PX:g} px of {HEIGHT}), with all settings at their defaults: `motion_scores` by the motion calculus, "
            "`captions` and `qa_pairs` by the embedded writers, each sentence and option judged by the verifier. "
            f"CPU seconds of one process, the least of {REPEATS} runs.",
        ),
        (
            Table(
                ("what", "clips", "per clip", "CPU s per 1,000 clips"),
                rows,
                digits={"per clip": 1, "CPU s per 1,000 clips": 2},
            ),
        ),
        (
            Goal("Facts of 1,000 clips", per["facts"], FACTS_S, "<=", digits=1, unit=" s CPU"),
            Goal("Captions and questions of 1,000 clips", language, LANGUAGE_S, "<=", digits=1, unit=" s CPU"),
        ),
    )
