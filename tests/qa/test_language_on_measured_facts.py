"""Captions and questions on facts that the motion calculus measured, not on made-up ones."""

from __future__ import annotations

import itertools
import random
import re

from synthetic_facts import Thing, random_thing, tracks_table

from fm_assets.captions.clipfacts import clips
from fm_assets.captions.parser import judge
from fm_assets.captions.sentences import embedded
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


def test_nobody_is_said_to_go_far_whose_way_was_not_all_seen() -> None:
    """A track that begins inside the frame, later on, has a direction, but no `how far`."""
    said: dict[float, str] = {0.0: "", 3.0: ""}
    for begins, end in itertools.product(said, (1.0, 1.1, 1.2, 1.3, 1.4, 1.5)):  # some lie near a rung of the ladder
        thing = Thing("ball", "red", "straight", (0.4, 0.5), (end, 0.5), t0=begins)
        facts = analyse(tracks_table([thing], "v-00000001.c0", 1), MotionSettings()).facts
        clip, index = next(clips(facts, 1.5)), FactIndex(facts)
        texts = [s.text for s in embedded(clip, index, 24)]
        said[begins] += " ".join(texts + [pair.question for pair in compose(clip, index, 20)])
    for words in (", covering ", "how far it gets"):
        assert words in said[0.0] and words not in said[3.0]
    assert "to the right" in said[3.0]
