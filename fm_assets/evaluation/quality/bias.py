"""What questions betray of their answers, on rendered scenes that the balance was not measured on."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from typing import Any

from fm_assets.captions.clipfacts import clips
from fm_assets.evaluation.quality.section import Bench, Goal, Section, Table
from fm_assets.motion.claims import FactIndex
from fm_assets.motion.facts import analyse
from fm_assets.qa import bias
from fm_assets.qa.pairs import compose
from fm_assets.scenes.generate import KINDS, make_scene
from fm_assets.scenes.tracks import true_tracks
from fm_assets.settings import Settings

#: Scenes of each kind; of a quick run.
EACH, QUICK = 120, 6
#: Seeds that no other measurement uses.
FIRST_SEED = 61_000_000
NOISE_PX = 1.0
#: One question of so many is guessed at, the others are learned from; videos are kept together.
HELD_OUT = 3
#: Bounds: the blind guesser's share, that of right options that are the longest, chi-square p of the letters.
BLIND, LONGEST, LETTERS_P = bias.CHANCE + bias.ALLOWED, bias.CHANCE + 0.02, 0.001


def measure(bench: Bench) -> Section:
    """Asks about scenes, and has the guesser guess."""
    each = QUICK if bench.quick else EACH
    scenes = [(FIRST_SEED + number, kind) for number in range(each) for kind in KINDS]
    bench.say(f"asking about {len(scenes)} scenes")
    with ProcessPoolExecutor() as pool:
        asked = list(pool.map(questions_of, scenes, repeat(bench.settings), chunksize=8))
    learn = [row for i, rows in enumerate(asked) if i % HELD_OUT for row in rows]
    guess = [row for i, rows in enumerate(asked) if not i % HELD_OUT for row in rows]
    return report(bias.blind(learn, guess), [*learn, *guess], len(scenes))


def questions_of(scene: tuple[int, str], settings: Settings) -> list[dict[str, Any]]:
    """Rows of `qa_pairs` of a scene, by seed and kind, from its exact boxes with noise."""
    seed, kind = scene
    facts = analyse(true_tracks(make_scene(seed, kind), f"{kind}-{seed}.c0", NOISE_PX), settings.motion).facts
    return [
        pair.row(clip.clip_id)
        for clip in clips(facts, settings.qa.min_margin)
        for pair in compose(clip, FactIndex(facts), settings.qa.pairs_per_clip)
    ]


def report(found: bias.Blind, rows: list[dict[str, Any]], scenes: int) -> Section:
    """The section.

    Args:
        found: What the guesser reached.
        rows: All questions.
        scenes: Of how many scenes.
    """
    counts, p = bias.letters(rows)
    longest = bias.longest(rows)
    return Section(
        "bias",
        (
            f"{len(rows)} questions about {scenes} rendered scenes of every kind (exact boxes, centres off by {NOISE_PX:g} px), none of "
            f"which the balance of answers was measured on. A linear classifier on words learns from {found.learned} of them which "
            f"options are right, and guesses at {found.overall.questions} of other scenes without seeing anything; chance is 0.25. Errors "
            "are standard errors, clustered by scene.",
        ),
        (
            Table(
                ("questions", "guessed at", "guessed right", "error"),
                tuple(_lines(found)),
                f"The blind guesser, by template ({bias.EACH} questions and more).",
                {"guessed right": 3, "error": 3},
            ),
            Table(
                tuple(counts), (tuple(counts.values()),), "How often each letter is right."
            ),
        ),
        (
            Goal("Guessed right by who reads only the words", found.overall.share, BLIND, "<=", digits=3),
            Goal("Right options that are the longest", longest.share, LONGEST, "<=", digits=3),
            Goal("Chi-square test of the letters, p", p, LETTERS_P, digits=3),
        ),
    )  # fmt: skip


def _lines(found: bias.Blind) -> Iterator[tuple[str, int, float, float]]:
    for name, share in (("all", found.overall), *found.templates.items()):
        yield name, share.questions, share.share, share.error
