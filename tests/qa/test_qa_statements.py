"""Questions and options read together: from their text alone."""

from __future__ import annotations

import pytest
from synthetic_facts import Thing, facts_of, table

from fm_assets.captions.clipfacts import ClipFacts, clips
from fm_assets.motion.claims import FactIndex
from fm_assets.qa.statements import judge_option, statement


@pytest.fixture(scope="module")
def scene() -> tuple[ClipFacts, FactIndex]:
    things = [
        Thing("ball", "red", "straight", (0.2, 0.5), (1.5, 0.5), trend="accelerating"),
        Thing("car", "blue", "stationary", (1.0, 0.8), (1.0, 0.8)),
        Thing("dog", "", "back_and_forth", (0.25, 0.85), (0.25, 0.85), cycles=3),
        Thing("bus", "green", "curved", (1.72, 0.2), (0.5, 0.2), t0=1.2, begins="entered", ends="exited", t1=6.0),
    ]
    rows = table(facts_of(things))
    return next(clips(rows, 1.5)), FactIndex(rows)


CASES = [
    ("In which direction does the ball move?", ["To the right", "To the left", "Upwards", "Downwards"]),
    ("What direction is the ball moving in?", ["right", "left", "up", "down"]),
    ("Which way does the red ball go?", ["rightwards", "leftwards", "up", "down"]),
    ("What does the dog do?", ["It moves back and forth", "It moves in a circle", "It stays still", "It moves along a curve"]),
    ("How many times does the dog go back and forth?", ["Three times", "Twice", "Four times", "Five times"]),
    ("Where in the frame does the ball end up?", ["Halfway up the right side", "In the upper left", "In the lower left", "Halfway up the left side of the frame"]),
    ("Which of these objects moves to the right?", ["The ball", "The bus", "The car", "A blue car"]),
    ("Which object stays still?", ["The car", "The ball", "The dog", "The bus"]),
    ("Which of these objects moves the fastest?", ["The bus", "The car", "The dog", "The red ball"]),
    ("Which of the two moves to the right, the ball or the bus?", ["Only the ball", "Only the bus", "Both of them", "Neither of them"]),
    ("How do the ball and the bus come into view?", [
        "The ball is there from the start, the bus enters later", "The bus is there from the start, the ball enters later",
        "The ball enters first, the bus enters later", "The bus enters first, the ball enters later"]),
    ("Where is the ball relative to the car?", [
        "To the left of it at the start, to the right of it at the end", "To the left of it at the start, to the left of it at the end",
        "To the right of it at the start, to the left of it at the end", "To the right of it at the start, to the right of it at the end"]),
    ("When does the bus enter the frame?", ["At 1.2 s", "At 2.7 s", "At 4.2 s", "At 5.7 s"]),
    ("How far from its starting point does the ball end up?", ["About 1.3 frame heights", "About 0.6 frame heights", "About 2.6 frame heights", "About 0.3 frame heights"]),
]  # fmt: skip


@pytest.mark.parametrize(("question", "options"), CASES)
def test_the_first_option_is_proven_and_the_others_refuted(
    question: str, options: list[str], scene: tuple[ClipFacts, FactIndex]
) -> None:
    found = [judge_option(question, option, options, *scene) for option in options]
    assert [j.verdict for j in found] == ["verified", "contradicted", "contradicted", "contradicted"], found
    assert all(j.fact_ids for j in found)


@pytest.mark.parametrize(
    ("question", "option"),
    [
        ("Why does the ball move?", "Because it was kicked"),
        ("What colour is the sky?", "Blue"),
        ("In which direction does the horse move?", "To the left"),
        ("In which direction does the ball move?", "Towards home"),
        ("How many times does the dog go back and forth?", "Multiple times"),
        ("Which object moves to the right?", "None of the above"),
        ("Where is the ball relative to the car?", "Nearby"),
    ],
)
def test_what_cannot_be_read_is_left_open(question: str, option: str, scene: tuple[ClipFacts, FactIndex]) -> None:
    assert judge_option(question, option, [option], *scene).verdict == "unverifiable"


def test_unknown_forms_make_no_statement() -> None:
    assert statement("Is it nice?", "Yes") is None
