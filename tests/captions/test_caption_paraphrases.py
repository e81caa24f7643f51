"""Paraphrases that the reader was improved on, apart from those that measure it: each is read as what it says."""

from __future__ import annotations

import re

import pytest
from synthetic_facts import Thing, facts_of, table

from fm_assets.captions.clipfacts import ClipFacts, clips
from fm_assets.captions.normal import _VERBS
from fm_assets.captions.parser import parse

#: (kind, value) -> sentences about X, and Y where there are two.
SAID: dict[tuple[str, str], tuple[str, ...]] = {
    ("appear", "occluded"): (
        "At the start X is hidden.",
        "X is not visible at first because something hides it.",
        "X only appears later, from behind something.",
        "X is hidden at the beginning.",
        "Initially, X cannot be seen, as it is hidden.",
        "X comes out from behind something.",
        "X is hidden at first and shows up later.",
        "X emerges from behind an obstacle.",
        "After being hidden, X appears.",
        "X starts out hidden.",
        "X is out of sight at the start because it is hidden.",
    ),
    ("appear", "present"): (
        "X is there from the beginning.",
        "X is visible in the first frame.",
        "X is already in the picture when the clip begins.",
        "From the start X is in the frame.",
        "X has been in view since the start.",
        "X is in the scene right from the start.",
        "X is present when the video starts.",
        "X can be seen from the start of the video.",
        "The clip opens with X in view.",
        "X does not enter; it is there from the start.",
        "X is on screen at the beginning of the clip.",
        "Right at the start, X is visible.",
    ),
    ("appear", "entered"): (
        "X comes into the frame.",
        "X enters the scene.",
        "X moves into view.",
        "X is not there at the start but comes in later.",
        "X enters the picture from outside.",
        "X comes in over the edge of the frame.",
        "X appears at the edge of the frame and moves in.",
        "X arrives from outside the frame.",
        "X shows up at the edge of the frame.",
        "X slides into the picture.",
        "During the clip X enters the frame.",
        "X comes in from off screen.",
        "After a while X enters the view.",
    ),
    ("disappear", "exited"): (
        "X leaves the frame.",
        "X goes out of view.",
        "X exits the scene before the end.",
        "X moves out of the picture.",
        "X leaves the picture over its edge.",
        "X goes out of the frame.",
        "X departs from the scene.",
        "X disappears over the edge of the frame.",
        "At the end X has left the frame.",
        "X moves off screen.",
        "By the end of the clip, X has gone out of the frame.",
        "X leaves before the clip ends.",
        "X does not stay in the frame until the end.",
    ),
    ("disappear", "present"): (
        "X is still there at the end.",
        "X stays in view until the end.",
        "X can be seen until the end of the clip.",
        "X remains visible to the end.",
        "X is in the last frame.",
        "X is visible in the final frame.",
        "When the clip ends, X is still in the picture.",
        "X never leaves the frame.",
        "At the end X is still visible.",
        "X does not leave the frame.",
        "X remains in the frame till the end.",
    ),
    ("disappear", "occluded"): (
        "X ends up hidden.",
        "X is hidden at the end.",
        "X disappears behind something.",
        "X goes behind something and is no longer visible.",
        "At the end X is hidden.",
        "X gets hidden before the clip ends.",
        "X vanishes behind an obstacle.",
        "X is out of sight at the end because it is hidden.",
        "In the end X cannot be seen because something hides it.",
        "X becomes hidden.",
        "X passes behind something and does not come out again.",
        "X is hidden from view by the end.",
    ),
    ("moving", "moving"): (
        "X is in motion.",
        "X moves.",
        "X is moving around.",
        "X changes its position.",
        "X does not stay still.",
        "X is on the move.",
        "X isn't still.",
        "X shows movement.",
        "X is not stationary.",
        "X does move.",
        "There is motion in X.",
        "X moves about.",
        "X does not rest.",
    ),
    ("moving", "stationary"): (
        "X does not move.",
        "X stands still.",
        "X stays where it is.",
        "X is at rest.",
        "X isn't moving.",
        "X remains in one place.",
        "X is not moving at all.",
        "X shows no movement.",
        "X stays put.",
        "X keeps its position.",
        "X does not change its position.",
        "X is motionless.",
        "X doesn't go anywhere.",
        "X rests.",
        "X has no motion.",
        "X never moves.",
    ),
    ("path_length", "1.2"): (
        "X travels 1.2 frame heights in total.",
        "X covers a total distance of 1.2 frame heights.",
        "The path of X is 1.2 frame heights long.",
        "X's path has a length of 1.2 frame heights.",
        "In total X moves 1.2 frame heights.",
        "X travels a distance of 1.2 frame heights along its path.",
        "The total distance covered by X is 1.2 frame heights.",
        "X goes 1.2 frame heights altogether.",
        "Along its path X covers 1.2 frame heights.",
        "The whole way of X measures 1.2 frame heights.",
        "X moves over a total path of 1.2 frame heights.",
        "X's total way is 1.2 frame heights.",
        "The length of the way that X goes is 1.2 frame heights.",
        "X completes a path of 1.2 frame heights.",
    ),
    ("pass", "passes"): (
        "X passes Y.",
        "X overtakes Y.",
        "X goes past Y.",
        "X moves past Y.",
        "X gets ahead of Y.",
        "X catches up with Y and passes it.",
        "X starts behind Y and ends ahead of it.",
        "X leaves Y behind.",
        "Y is overtaken by X.",
        "Y is passed by X.",
        "X goes by Y.",
        "X moves from behind Y to in front of it.",
        "Y gets overtaken by X.",
    ),
    ("cross", "crosses"): (
        "X and Y cross.",
        "X and Y cross each other's paths.",
        "The paths of X and Y cross.",
        "X crosses the path of Y.",
        "X's path crosses Y's path.",
        "X and Y intersect.",
        "X's path and Y's path intersect.",
        "The way of X crosses that of Y.",
        "X cuts across the path of Y.",
        "X crosses Y's way.",
        "X crosses over the path of Y.",
        "The trajectories of X and Y intersect.",
        "X and Y have crossing paths.",
        "X and Y move across each other.",
        "X's path cuts Y's path.",
        "X goes across the path of Y.",
        "There is a crossing of the paths of X and Y.",
    ),
    ("co_movement", "together"): (
        "X and Y move together.",
        "X moves together with Y.",
        "X and Y move in the same direction at the same speed.",
        "X moves along with Y.",
        "X and Y move in the same way.",
        "X moves just like Y.",
        "X and Y move in parallel.",
        "X and Y have the same motion.",
        "X's movement matches Y's.",
        "The movements of X and Y agree.",
        "X moves as Y does.",
        "X and Y travel in unison.",
        "X copies the movement of Y.",
        "X and Y go the same way together.",
        "X moves in sync with Y.",
        "X's motion is the same as Y's.",
        "X and Y share the same movement.",
    ),
    ("co_movement", "opposite"): (
        "X and Y move in opposite directions.",
        "X moves in the opposite direction to Y.",
        "X moves opposite to Y.",
        "X and Y go opposite ways.",
        "X goes the other way than Y.",
        "X's movement is opposite to Y's.",
        "X and Y have opposite motions.",
        "The movements of X and Y are opposed.",
        "X and Y head in opposite directions.",
        "X goes in the reverse direction of Y.",
        "X and Y move contrary to each other.",
        "While X goes one way, Y goes the other way.",
        "X moves one way and Y the other.",
    ),
}
#: (sentence, relations of Allen of X to Y of which it is true).
ORDERS = {
    "X's movement begins before Y's.": {"before", "meets", "overlaps", "contains", "finished_by"},
    "The movement of X starts before that of Y.": {"before", "meets", "overlaps", "contains", "finished_by"},
    "X's movement ends before Y's movement begins.": {"before", "meets"},
    "X begins moving once Y is at rest.": {"after", "met_by"},
    "X keeps moving longer than Y.": {"after", "met_by", "overlapped_by", "contains", "started_by"},
    "X sets off while Y is under way.": {"during", "finishes", "overlapped_by"},
    "X starts to move during Y's movement.": {"during", "finishes", "overlapped_by"},
    "X and Y both start at once.": {"starts", "started_by", "equals"},
}
#: What says more than any fact, or something else: never read as a whole.
OPEN = (
    "X crosses in front of Y.",
    "X and Y move side by side.",
    "X moves against Y.",
    "X goes behind something.",
    "X was hidden before it came into view.",
    "X moves along its path for 1.2 seconds.",
    "X leaves Y.",
    "X has no colour.",
)


@pytest.fixture(scope="module")
def clip() -> ClipFacts:
    things = [
        Thing("ball", "red", "straight", (0.2, 0.5), (1.5, 0.5)),
        Thing("car", "blue", "straight", (1.0, 0.8), (0.4, 0.8)),
    ]
    return next(clips(table(facts_of(things)), 1.5))


def spoken(text: str) -> str:
    text = re.sub(r"\bX\b", "the red ball", text)
    text = re.sub(r"\bY\b", "the car", text)
    return text[0].upper() + text[1:]


@pytest.mark.parametrize(("said", "text"), [(said, text) for said, texts in SAID.items() for text in texts])
def test_a_paraphrase_is_read_as_what_it_says(clip: ClipFacts, said: tuple[str, str], text: str) -> None:
    parsed = parse(spoken(text), clip)
    assert not parsed.left_over
    kind, value = said
    claims = [lit for lit in parsed.literals if lit.claim.kind == kind]
    assert claims and all((lit.claim.value == value) != lit.negated for lit in claims)
    if kind == "pass":
        ball = next(t for t in clip.tracks if clip.value("class", t) == "ball")
        assert [(lit.claim.subject == ball) == (lit.claim.value == "passes") for lit in claims] == [True]


@pytest.mark.parametrize(("text", "relations"), ORDERS.items())
def test_an_order_of_movements_is_read_as_what_it_says(clip: ClipFacts, text: str, relations: set[str]) -> None:
    parsed = parse(spoken(text), clip)
    (literal,) = parsed.literals
    assert not parsed.left_over and literal.claim.kind == "movement_order"
    ball = next(t for t in clip.tracks if clip.value("class", t) == "ball")
    assert literal.claim.subject == ball
    assert {literal.claim.value, *literal.claim.alternatives} == relations


@pytest.mark.parametrize("text", OPEN)
def test_what_says_more_is_not_read(clip: ClipFacts, text: str) -> None:
    assert parse(spoken(text), clip).left_over


def test_hidden_at_the_beginning_is_a_beginning(clip: ClipFacts) -> None:
    """It was read as an end."""
    for text in ("X is hidden at the beginning.", "X is hidden in the beginning.", "At the beginning X is hidden."):
        assert [lit.claim.kind for lit in parse(spoken(text), clip).literals] == ["appear"]
    assert [lit.claim.kind for lit in parse(spoken("X is hidden at the end."), clip).literals] == ["disappear"]


def test_every_verb_is_listed_once() -> None:
    assert len(_VERBS) == len(set(_VERBS))
