"""Questions about people: a person is `they`, a thing is `it`, and either way the options are read as they are meant."""

from __future__ import annotations

import re

import pytest
from synthetic_facts import Thing, facts_of, table

from fm_assets.captions.clipfacts import ClipFacts, clips
from fm_assets.captions.language import of_people
from fm_assets.motion.claims import FactIndex
from fm_assets.qa.candidates import candidates
from fm_assets.qa.maker import Candidate
from fm_assets.qa.statements import judge_option


def asked(class_name: str) -> tuple[ClipFacts, FactIndex, list[Candidate]]:
    """Candidates of kind `both` about the moving ones of a clip."""
    things = [
        Thing(class_name, "red", "straight", (0.15, 0.15), (1.55, 0.15), trend="accelerating", scale="grows"),
        Thing(
            class_name, "green", "curved", (1.7, 0.2), (0.2, 0.8), t0=1.2, begins="entered", turns=[(3.0, "left", 80.0)]
        ),
        Thing(class_name, "blue", "back_and_forth", (0.3, 0.85), (0.3, 0.85), cycles=3),
    ]
    rows = table(facts_of(things))
    clip = next(clips(rows, 1.5))
    found = [c for several in candidates(clip).values() for c in several if c.template == "both"]
    return clip, FactIndex(rows), found


@pytest.mark.parametrize(("class_name", "pronoun"), [("person", "they"), ("ball", "it")])
def test_the_pronoun_fits_and_options_say_what_they_should(class_name: str, pronoun: str) -> None:
    clip, index, found = asked(class_name)
    assert len(found) >= 5
    other = r"\b(?:it|its)\b" if pronoun == "they" else r"\b(?:they|their)\b"
    for candidate in found:
        for option in (candidate.right, *candidate.wrong):
            assert option.lower().startswith(f"{pronoun} ")
            assert not re.search(other, f"{candidate.question} {option}".lower()), (candidate.question, option)
            verdict = judge_option(candidate.question, option, (), clip, index).verdict
            assert verdict == ("verified" if option == candidate.right else "contradicted"), (
                candidate.question,
                option,
            )


def test_verbs_go_with_their_pronoun() -> None:
    assert of_people("which way it moves, and how often it goes back and forth") == (
        "which way they move, and how often they go back and forth"
    )
    assert of_people("how its speed changes") == "how their speed changes"
