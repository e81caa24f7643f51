"""Captions and questions on facts that the motion calculus measured, not on made-up ones."""

from __future__ import annotations

import random
import re

from synthetic_facts import random_thing, tracks_table

from fm_assets.captions.clipfacts import clips
from fm_assets.captions.parser import judge
from fm_assets.captions.writer import write
from fm_assets.motion.claims import FactIndex
from fm_assets.motion.facts import analyse
from fm_assets.qa.pairs import LETTERS, compose
from fm_assets.settings import MotionSettings


def test_all_sentences_and_answers_are_proven_and_agree_with_the_objects() -> None:
    sentences = questions = directions = 0
    for seed in range(40):
        rng = random.Random(seed)
        things = [random_thing(rng) for _ in range(1 if seed % 2 else rng.randint(1, 5))]
        for thing in things:
            if thing.begins == "entered":
                thing.start = (0.0 if thing.start[0] < 0.9 else 16 / 9, thing.start[1])
        facts = analyse(tracks_table(things, f"v-{seed:08x}.c0", seed), MotionSettings()).facts
        clip, index = next(clips(facts, 1.5)), FactIndex(facts)
        for draft in write(clip, 24):
            sentences += 1
            assert judge(draft.text, clip, index).verdict == "verified", (seed, draft.text)
        pairs = compose(clip, index, 10)
        questions += len(pairs)
        for pair in pairs:
            said = re.search(
                r"(?:moves )?(to the \w+|towards the \w+ \w+|\w+wards)",
                pair.options[LETTERS.index(pair.answer)].lower(),
            )
            told = pair.template == "direction" or (pair.template == "both" and "which way it moves" in pair.question)
            if told and said and len(things) == 1 and things[0].shape == "straight":
                right = said[1]
                dx, dy = (b - a for a, b in zip(things[0].start, things[0].end, strict=True))
                assert ("left" in right) <= (dx < 0) and ("right" in right) <= (dx > 0)
                assert ("up" in right) <= (dy < 0) and ("down" in right or "lower" in right) <= (dy > 0)
                directions += 1
    assert sentences > 300 and questions > 200 and directions >= 1
