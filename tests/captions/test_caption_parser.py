"""The reader of sentences: what it proves, what it refutes, and what it refuses to judge."""

from __future__ import annotations

import re

import pytest
from synthetic_facts import Thing, facts_of, random_clip, table

from fm_assets.captions.clipfacts import ClipFacts, clips
from fm_assets.captions.parser import judge, parse
from fm_assets.captions.writer import write
from fm_assets.motion.claims import FactIndex


@pytest.fixture(scope="module")
def scene() -> tuple[ClipFacts, FactIndex]:
    """A red ball crosses to the right, a blue car stands, a green car comes in later along a curve."""
    things = [
        Thing("ball", "red", "straight", (0.2, 0.5), (1.5, 0.5), trend="accelerating"),
        Thing("car", "blue", "stationary", (1.0, 0.8), (1.0, 0.8), scale="grows"),
        Thing("person", "", "back_and_forth", (0.25, 0.85), (0.25, 0.85), cycles=3),
        Thing(
            "car",
            "green",
            "curved",
            (1.7, 0.2),
            (0.5, 0.2),
            t0=1.2,
            begins="entered",
            ends="exited",
            t1=6.0,
            turns=[(3.0, "left", 80.0)],
        ),
    ]
    rows = table(facts_of(things))
    return next(clips(rows, 1.5)), FactIndex(rows)


VERIFIED = [
    "The red ball moves to the right.",
    "A red ball is moving rightward.",
    "The ball travels towards the right in a straight line.",
    "The ball heads right across the frame and speeds up.",
    "The red ball moved from left to right.",
    "The ball follows a straight path, while the blue car stays still.",
    "The blue car doesn't move.",
    "The blue car remains stationary throughout.",
    "The blue car grows larger in the frame.",
    "The blue car is not moving.",
    "The person oscillates.",
    "The person goes back and forth three times.",
    "The person makes three full cycles back and forth.",
    "The green car enters the frame from the right at about 1.2 s and leaves at 6.0 seconds.",
    "The car that enters from the right follows a curved path.",
    "The green car moves in an arc and turns left.",
    "The ball appears before the green car.",
    "The ball is in view from the start.",
    "The ball, the blue car and the person are visible from the beginning.",
    "The ball starts halfway up the left side of the frame and ends up halfway up the right side.",
    "At the start, the ball is to the left of the blue car.",
    "The ball is faster than the blue car.",
    "Two cars, a person and a ball are in view.",
    "There are two cars.",
    "The clip shows two cars.",
    "The ball does not move left.",
    "The ball covers about 1.3 times the frame height.",
]  # fmt: skip

CONTRADICTED = [
    "The red ball moves to the left.",
    "The red ball quickly rolls left.",
    "The ball stays still.",
    "The blue car moves right.",
    "The blue car is moving.",
    "The ball slows down.",
    "The ball moves in a circle.",
    "The ball moves to the right, while the blue car drives left.",
    "The person goes back and forth five times.",
    "The green car enters from the left.",
    "The green car is in view from the start.",
    "The green car appears before the ball.",
    "There are three cars in the scene.",
    "The ball starts in the upper right of the frame.",
    "The ball is to the right of the blue car at the start.",
    "The blue car shrinks in the frame.",
    "The green car turns right.",
    "The ball covers about a fifth of the frame height.",
    "The blue car is faster than the ball.",
    "The ball does not move right.",
]  # fmt: skip

UNVERIFIABLE = [
    "The dog moves left.",
    "The car moves to the left.",
    "The camera pans left.",
    "The ball gracefully moves to the right.",
    "The ball moves left, then up.",
    "The ball moves left or right.",
    "The ball might be pushed by the person.",
    "The red ball moves right because the person kicks it.",
    "The ball rolls to the right.",
    "A man moves back and forth.",
    "Neither the ball nor the car moves left.",
    "If the ball moves left, the car stops.",
    "It is a sunny day.",
    "The ball moves 20 cm to the right.",
    "At the start, the ball moves left.",
    "The other car moves left.",
    "",
]  # fmt: skip


@pytest.mark.parametrize("text", VERIFIED)
def test_true_sentences_are_proven(text: str, scene: tuple[ClipFacts, FactIndex]) -> None:
    found = judge(text, *scene)
    assert found.verdict == "verified", (found, parse(text, scene[0]))
    assert found.fact_ids


@pytest.mark.parametrize("text", CONTRADICTED)
def test_false_sentences_are_refuted_by_a_named_fact(text: str, scene: tuple[ClipFacts, FactIndex]) -> None:
    found = judge(text, *scene)
    assert found.verdict == "contradicted", (found, parse(text, scene[0]))
    assert found.fact_ids


@pytest.mark.parametrize("text", UNVERIFIABLE)
def test_what_no_fact_speaks_of_is_left_open(text: str, scene: tuple[ClipFacts, FactIndex]) -> None:
    found = judge(text, *scene)
    assert found.verdict == "unverifiable", (found, parse(text, scene[0]))


def test_a_pronoun_stands_for_the_subject_before(scene: tuple[ClipFacts, FactIndex]) -> None:
    first = parse("The red ball moves to the right.", scene[0])
    assert judge("It speeds up.", *scene, subjects=first.subjects).verdict == "verified"
    assert judge("It slows down.", *scene, subjects=first.subjects).verdict == "contradicted"
    assert judge("It speeds up.", *scene).verdict == "unverifiable"


_SWAPS = {
    "to the left": "to the right", "upwards": "downwards", "upper": "lower", "moves in a straight line": "moves in a circle",
    "speeds up": "slows down", "grows larger": "gets smaller", "stays still": "moves to the left", "is faster than": "is slower than",
    "get closer to each other": "move apart", "enters": "leaves", "appears before": "appears after", "three times": "seven times",
}  # fmt: skip


def test_a_sentence_turned_into_its_opposite_is_never_proven() -> None:
    turned = 0
    for number in range(80):
        rows = table(random_clip(number))
        clip = next(clips(rows, 1.5))
        index = FactIndex(rows)
        for draft in write(clip, 24):
            for a, b in [*_SWAPS.items(), *((b, a) for a, b in _SWAPS.items())]:
                if " that " in draft.text or " who " in draft.text or not re.search(rf"\b{a}\b", draft.text):
                    continue
                false = draft.text.replace(a, b)
                turned += 1
                assert judge(false, clip, index).verdict != "verified", (draft.text, false)
    assert turned > 150
