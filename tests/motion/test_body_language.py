"""Captions and questions about what people do with arms and legs, on facts measured of stick figures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from motion_paths import sample_times, table, track_row
from stick_figure import Figure, ease, person_row

from fm_assets.captions.clipfacts import ClipFacts, clips
from fm_assets.captions.parser import judge
from fm_assets.captions.writer import write
from fm_assets.motion.claims import FactIndex
from fm_assets.motion.facts import analyse
from fm_assets.qa.pairs import LETTERS, Pair, compose
from fm_assets.qa.statements import judge_option
from fm_assets.settings import MotionSettings

T = sample_times(8.0, 10.0)
Scene = tuple[ClipFacts, FactIndex]


def arms(t: np.ndarray) -> Figure:
    """The left arm goes up at 2 s; both are up from 4 s on, and go down together at 6 s."""
    down = ease(t, 5.5, 6.5, 0, 160)
    return Figure(arms=(ease(t, 1.5, 2.5, 10, 170) - down, ease(t, 3.5, 4.5, 10, 170) - down))


def once(t: np.ndarray) -> Figure:
    return Figure(arms=(10, ease(t, 2.5, 3.5, 10, 170)))


def waves(t: np.ndarray) -> Figure:
    swing = 32 * np.sin(2 * np.pi * 1.2 * (t - 2)) * ((t >= 2) & (t <= 2 + 3 / 1.2))
    return Figure(arms=(10, ease(t, 1, 1.7, 10, 100)), forearms=(10, ease(t, 1, 1.7, 10, 180) + swing))


def sits(t: np.ndarray) -> Figure:
    return Figure(thighs=ease(t, 2.6, 3.4, 0, 90), yaw=0)


def stands(t: np.ndarray) -> Figure:
    return Figure(thighs=ease(t, 2.6, 3.4, 90, 0), yaw=0)


FIGURES: dict[str, Callable[[np.ndarray], Figure]] = {f.__name__: f for f in (arms, once, waves, sits, stands)}


def scene(name: str) -> Scene:
    """A person who does this, and a red ball that rolls by."""
    share = np.linspace(0, 1, len(T))[:, None]
    ball = track_row(T, (1 - share) * [0.2, 0.2] + share * [1.6, 0.25], number=1)
    facts = analyse(table(person_row(T, FIGURES[name](T)), ball), MotionSettings()).facts
    return next(clips(facts, 1.5)), FactIndex(facts)


TOLD = {
    "arms": ["left arm at 2.0 s", "right arm at 4.0 s", "both arms at 6.0 s"],
    "once": ["right arm at 3.0 s"],
    "waves": ["right arm", "three times"],
    "sits": ["sits down at 3."],
    "stands": ["s up at 2.9 s"],
}


@pytest.mark.parametrize("name", FIGURES)
def test_what_is_written_is_told_in_time_and_proven(name: str) -> None:
    clip, index = scene(name)
    drafts = write(clip, 40)
    for draft in drafts:
        judged = judge(draft.text, clip, index)
        assert judged.verdict == "verified", (draft.text, judged.reason)
    deeds = [d.text for d in drafts if d.section == "actions" and "person" in d.text and d.rank >= 0]
    for said in TOLD[name]:
        assert sum(said in text for text in deeds) == 1, deeds


@pytest.mark.parametrize("name", FIGURES)
def test_questions_have_one_proven_answer_and_three_refuted_ones(name: str) -> None:
    clip, index = scene(name)
    pairs = compose(clip, index, 30)
    for pair in pairs:
        verdicts = [judge_option(pair.question, o, pair.options, clip, index).verdict for o in pair.options]
        assert sorted(verdicts) == ["contradicted"] * 3 + ["verified"]
        assert verdicts[LETTERS.index(pair.answer)] == "verified"
    asked = {p.template for p in pairs}
    assert asked & {"arms": {"arm_time"}, "waves": {"waves"}}.get(name, {"arm", "arm_time", "posture", "posture_time"})


def answer(pair: Pair) -> str:
    return pair.options[LETTERS.index(pair.answer)]


TRUE = {
    ("arms", "When does the person raise their left arm?"): 2.0,
    ("arms", "When does the person raise their right arm?"): 4.0,
    ("arms", "When does the person lower their left arm?"): 6.0,
    ("arms", "When does the person lower their right arm?"): 6.0,
    ("once", "When does the person raise their right arm?"): 3.0,
    ("once", "What does the person do with their right arm?"): "Raises it",
    ("waves", "How many times does the person wave with their right hand?"): "Three times",
    ("waves", "When does the person raise their right arm?"): 1.4,
    ("sits", "When does the person sit down?"): 3.0,
    ("sits", "Which change of posture does the person show?"): "Sits down",
    ("stands", "When does the person stand up?"): 3.0,
    ("stands", "Which change of posture does the person show?"): "Stands up",
}


def test_answers_agree_with_the_figure() -> None:
    own = {"arm", "arm_time", "posture", "posture_time", "waves"}
    asked = [(name, pair) for name in FIGURES for pair in compose(*scene(name), 30) if pair.template in own]
    assert {name for name, _ in asked} == set(FIGURES)
    for name, pair in asked:
        true, said = TRUE[name, pair.question], answer(pair)
        if isinstance(true, float):
            assert float(said.split()[1]) == pytest.approx(true, abs=0.2)
        else:
            assert said == true


READ = [
    ("once", "The person raises their right arm.", "verified"),
    ("once", "The person lifts up his right hand at 3.1 s.", "verified"),
    ("once", "The person raises an arm.", "verified"),
    ("once", "The person raises a hand at 6 s.", "unverifiable"),
    ("once", "The person raises their right arm at 6 s.", "contradicted"),
    ("once", "The person lowers their right arm.", "contradicted"),
    ("once", "The person lowers a hand.", "unverifiable"),
    ("once", "The person does not lower an arm.", "unverifiable"),
    ("once", "The person does not raise their right arm.", "contradicted"),
    ("once", "The person keeps their right arm raised.", "contradicted"),
    ("once", "The person keeps their right arm down all the time.", "contradicted"),
    ("once", "The person raises their left arm.", "unverifiable"),
    ("once", "The person does not raise their left arm.", "unverifiable"),
    ("once", "The person raises both arms.", "unverifiable"),
    ("once", "The person raises their right arm and then sits down.", "unverifiable"),
    ("once", "At the start, the person raises their right arm.", "unverifiable"),
    ("once", "The person raises their right arm above the head.", "unverifiable"),
    ("arms", "The person lowers both arms at 6.0 s.", "verified"),
    ("arms", "The person raises their hands.", "verified"),
    ("arms", "The person lowers their left arm at 2.0 s.", "contradicted"),
    ("waves", "The person waves.", "verified"),
    ("waves", "The person waves three times with the right hand.", "verified"),
    ("waves", "The person waves her right hand 3 times.", "verified"),
    ("waves", "The person waves their right hand once.", "contradicted"),
    ("waves", "The person waves their right hand twice.", "unverifiable"),
    ("waves", "The person waves with their left hand.", "unverifiable"),
    ("waves", "The person waves once.", "unverifiable"),
    ("waves", "The person does not wave.", "contradicted"),
    ("waves", "The person waves a flag.", "unverifiable"),
    ("sits", "The person sits down.", "verified"),
    ("sits", "The person takes a seat at 3.0 s.", "verified"),
    ("sits", "The person gets up.", "contradicted"),
    ("sits", "The person stays seated.", "contradicted"),
    ("sits", "The person does not sit down.", "contradicted"),
    ("sits", "The person does not stand up.", "verified"),
    ("sits", "The person is sitting down.", "unverifiable"),
    ("stands", "The person stands up.", "verified"),
    ("stands", "The person remains on their feet.", "contradicted"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "sentence", "verdict"), READ)
def test_what_sentences_claim(name: str, sentence: str, verdict: str) -> None:
    judged = judge(sentence, *scene(name))
    assert judged.verdict == verdict, judged.reason
