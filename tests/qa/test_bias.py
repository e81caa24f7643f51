"""The guards against questions that betray their answers: they see what is there to see, and nothing else."""

from __future__ import annotations

import random

import numpy as np
import pytest
from synthetic_facts import random_clip, table

from fm_assets.captions.clipfacts import clips
from fm_assets.motion.claims import FactIndex
from fm_assets.qa import balance, bias
from fm_assets.qa.pairs import compose

COLOURS = ("red", "green", "blue", "yellow", "black", "white")


def rows(count: int, seed: int, *, betrayed: float) -> list[dict]:
    """Questions of three per video; in a share of them the right option is the one that all others share words with."""
    rng = random.Random(seed)
    found = []
    for i in range(count):
        options = rng.sample(COLOURS, 4)
        answer = rng.randrange(4)
        if rng.random() < betrayed:
            options[answer] = "straight"
        texts = {
            f"option_{letter.lower()}": f"It is {word}" for letter, word in zip(bias.LETTERS, options, strict=True)
        }
        found.append(
            {"clip_id": f"v{i // 3}.c0", "template": "colour", "question": "Which?", "answer": bias.LETTERS[answer], **texts}
        )  # fmt: skip
    return found


def test_the_guesser_finds_what_words_betray_and_nothing_where_they_betray_nothing() -> None:
    fair = bias.blind(rows(900, 1, betrayed=0), rows(600, 2, betrayed=0))
    assert fair.enough and abs(fair.overall.share - 0.25) < 0.06
    assert not fair.overall.above(bias.CHANCE + bias.ALLOWED)
    half = bias.blind(rows(900, 3, betrayed=0.5), rows(600, 4, betrayed=0.5))
    assert abs(half.overall.share - (0.5 + 0.5 * 0.25)) < 0.07
    assert half.overall.above(bias.CHANCE + bias.ALLOWED)
    assert half.templates["colour"].questions == 600


def test_few_questions_tell_nothing() -> None:
    few = bias.blind(rows(100, 1, betrayed=1), rows(600, 2, betrayed=1))
    assert not few.enough and np.isnan(few.overall.share)
    assert not few.overall.above(0.0)


def test_the_error_of_a_share_counts_videos_not_questions() -> None:
    hits = np.repeat([1, 0], 30)
    one_each = bias.share_of(hits, [str(i) for i in range(60)])
    two_videos = bias.share_of(hits, ["a"] * 30 + ["b"] * 30)
    assert one_each.share == two_videos.share == 0.5
    assert abs(one_each.error - 0.5 / np.sqrt(59)) < 1e-9
    assert abs(two_videos.error - np.sqrt(2 * 2 * 15**2) / 60) < 1e-9


def test_a_right_option_that_is_always_the_longest_is_noticed() -> None:
    fair = rows(300, 5, betrayed=0)
    assert bias.longest_by_chance(bias.longest(fair))
    for row in fair:
        row[f"option_{row['answer'].lower()}"] += " and nothing else"
    assert bias.longest(fair).share == 1.0
    assert not bias.longest_by_chance(bias.longest(fair))


def test_solve_makes_every_value_right_as_often_as_the_cap_allows() -> None:
    counts = {"straight": 700, "curved": 100, "circular": 100, "zigzag": 100}
    sets = {v: [tuple(w for w in counts if w != v)] for v in counts}
    found = balance.solve("shape", counts, sets)
    asked = {v: counts[v] * sum(share for share, _ in found[v]) for v in counts}
    assert max(asked.values()) / sum(asked.values()) <= balance.CAPS[-1] + 1e-3
    assert min(asked[v] for v in ("curved", "circular", "zigzag")) > 90
    assert asked["straight"] < 160


def test_solve_asks_nothing_where_only_one_value_occurs() -> None:
    sets = {v: [("a", "b", "c")] for v in ("steady", "faster", "slower")}
    found = balance.solve("trend", {"steady": 50, "faster": 0, "slower": 0}, sets)
    assert found == {"steady": []}


def test_of_three_values_none_is_asked_about_but_counts_in_thirds() -> None:
    counts = {"2": 60, "3": 30, "4": 10}
    sets = {v: [tuple(w for w in ("2", "3", "4", "5") if w != v)] for v in counts}
    assert not any(ways for ways in balance.solve("object_of_two", counts, sets).values())
    found = balance.solve("repetitions", counts, sets)
    asked = {v: counts[v] * sum(share for share, _ in ways) for v, ways in found.items()}
    assert max(asked.values()) / sum(asked.values()) <= balance.FEW_CAP + 1e-3


@pytest.mark.parametrize("value", ["straight", "unheard of"])
def test_a_choice_is_seeded_and_stays_within_what_is_allowed(value: str) -> None:
    sets = [("curved", "circular", "zigzag"), ("curved", "circular", "stationary")]
    for clip in range(200):
        wrong = balance.choose("shape", value, sets, clip)
        assert wrong == balance.choose("shape", value, sets, clip)
        assert wrong is None or frozenset(wrong) in {frozenset(s) for s in sets}
    if value == "unheard of":
        assert all(balance.choose("shape", value, sets, clip) for clip in range(20))


@pytest.mark.slow
def test_who_sees_no_video_guesses_questions_of_made_up_clips_little_better_than_chance() -> None:
    found: list[dict] = []
    for seed in range(500):
        facts = table(random_clip(seed))
        clip = next(clips(facts, 1.5))
        found += [pair.row(clip.clip_id) for pair in compose(clip, FactIndex(facts), 10)]
    middle = len(found) * 2 // 3
    # these clips' answers are spread otherwise than those that the table was measured on
    assert bias.blind(found[:middle], found[middle:]).overall.share < 0.4
