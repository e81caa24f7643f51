"""The embedded questions: four distinct options, one of them right, by the facts and by the objects behind them."""

from __future__ import annotations

import random
from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from synthetic_facts import CLIP_S, Thing, facts_of, random_clip, random_thing, region, table

from fm_assets.captions.clipfacts import clips
from fm_assets.captions.rows import CAPTIONS
from fm_assets.motion.claims import FactIndex
from fm_assets.motion.vocabulary import CATEGORIES
from fm_assets.qa.balance import choose_by
from fm_assets.qa.compute import compute
from fm_assets.qa.pairs import LETTERS, Pair, compose
from fm_assets.qa.rows import QA_PAIRS
from fm_assets.qa.statements import judge_option
from fm_assets.settings import Settings
from fm_assets.stage import SourceFile, Task
from fm_resources.rows import canonical, data_version


@pytest.fixture(scope="module")
def corpus() -> list[tuple[int, list[Pair]]]:
    found = []
    for seed in range(260):
        rows = table(random_clip(seed))
        found.append((seed, compose(next(clips(rows, 1.5)), FactIndex(rows), 10)))
    return found


def test_every_pair_is_upheld_when_read_again(corpus: list[tuple[int, list[Pair]]]) -> None:
    for seed, pairs in corpus[:100]:
        rows = table(random_clip(seed))
        clip, index = next(clips(rows, 1.5)), FactIndex(rows)
        for pair in pairs:
            for letter, option in zip(LETTERS, pair.options, strict=True):
                expected = "verified" if letter == pair.answer else "contradicted"
                assert judge_option(pair.question, option, pair.options, clip, index).verdict == expected, (seed, pair)


def test_pairs_are_well_formed(corpus: list[tuple[int, list[Pair]]]) -> None:
    for seed, pairs in corpus:
        assert len({p.question for p in pairs}) == len(pairs)
        for pair in pairs:
            assert pair.category in CATEGORIES and pair.what_how in ("what", "how")
            assert pair.difficulty in ("easy", "medium", "hard") and pair.verdict == "verified"
            assert len({o.lower() for o in pair.options}) == 4
            assert all(o[0].isupper() and not o.endswith(".") for o in pair.options)
            assert pair.question.endswith("?") and "  " not in pair.question
            roles = Counter(role for role, _ in pair.evidence)
            wrong = {f"distractor_{x.lower()}" for x in LETTERS if x != pair.answer}
            assert set(roles) == {"right", *wrong}, (seed, pair)


def test_no_two_questions_rest_on_the_same_facts(corpus: list[tuple[int, list[Pair]]]) -> None:
    for seed, pairs in corpus:
        clip = next(clips(table(random_clip(seed)), 1.5))
        kinds = {f.fact_id: f.kind for f in clip.facts}
        proofs = [
            frozenset(i for role, i in pair.evidence if role == "right" and kinds[i] not in ("class", "colour"))
            for pair in pairs
        ]
        assert len(set(proofs)) == len(proofs), seed
        assert max(Counter(i for proof in proofs for i in proof).values(), default=0) <= 3, seed


def test_answers_are_spread_and_not_betrayed_by_length(corpus: list[tuple[int, list[Pair]]]) -> None:
    pairs = [p for _, found in corpus for p in found]
    letters = Counter(p.answer for p in pairs)
    expected = len(pairs) / 4
    assert sum((letters[x] - expected) ** 2 / expected for x in LETTERS) < 16.3  # chi-square, 3 degrees, p = 0.001
    longest = 0.0
    for pair in pairs:
        lengths = [len(o) for o in pair.options]
        right = lengths[LETTERS.index(pair.answer)]
        longest += (right == max(lengths)) / lengths.count(max(lengths))
    assert 0.18 < longest / len(pairs) < 0.32
    categories = Counter(p.category for p in pairs)
    assert set(categories) == set(CATEGORIES)
    assert max(categories.values()) < 0.3 * len(pairs)
    assert Counter(p.what_how for p in pairs)["how"] > 0.25 * len(pairs)


def test_answers_agree_with_the_objects_behind_the_facts() -> None:
    """The same questions, answered from the objects' own positions and cycles instead of from facts."""
    checked: Counter[str] = Counter()
    for seed in range(120):
        thing = random_thing(random.Random(seed))
        thing.class_name = "ball"
        rows = table(facts_of([thing]))
        for pair in compose(next(clips(rows, 1.5)), FactIndex(rows), 20, partial(choose_by, {})):  # all may be asked
            right = pair.options[LETTERS.index(pair.answer)].lower()
            if pair.template == "direction":
                dx, dy = thing.end[0] - thing.start[0], thing.end[1] - thing.start[1]
                assert ("left" in right) <= (dx < 0) and ("right" in right) <= (dx > 0)
                assert ("up" in right) <= (dy < 0) and ("down" in right or "lower" in right) <= (dy > 0)
            elif pair.template == "repetitions":
                assert (
                    right
                    == {2: "twice", 3: "three times", 4: "four times", 5: "five times", 6: "six times"}[thing.cycles]
                )
            elif pair.template in ("start_place", "end_place"):
                place = region(thing.start if pair.template == "start_place" else thing.end)[0]
                words = (
                    place.replace("middle", "halfway")
                    .replace("upper centre", "top centre")
                    .replace("lower centre", "bottom centre")
                )
                assert all(w in right for w in words.split())
            elif pair.template == "disappear_time":
                assert right == f"at {thing.t1:.1f} s" and thing.t1 < CLIP_S
            else:
                continue
            checked[pair.template] += 1
    assert len(checked) == 5 and min(checked.values()) >= 5, checked


def test_a_question_without_three_refuted_options_is_not_asked() -> None:
    rows = facts_of([Thing("ball", "red", "straight", (0.2, 0.5), (1.5, 0.5))])
    bare = table([r for r in rows if r["kind"] in ("class", "moving")])
    assert compose(next(clips(bare, 1.5)), FactIndex(bare), 10) == []


def _task(rows: list[dict]) -> Task:
    tables = {"motion_scores": table(rows), "captions": CAPTIONS.empty_table()}
    return Task("qa_pairs", "v", SourceFile(Path("v.mp4"), "0", "", ""), tables)


def _settings(**qa: object) -> Settings:
    return Settings.model_validate({"home": "unused", "root": "unused", "qa": qa})


def test_rows_are_canonical_repeat_exactly_and_keep_the_quota() -> None:
    rows = [row for seed in range(6) for row in random_clip(seed)]
    first, again = (
        canonical(compute(_task(list(r)), _settings(pairs_per_clip=7)).rows, QA_PAIRS) for r in (rows, reversed(rows))
    )
    assert data_version(first) == data_version(again)
    assert len(set(first.column("qa_id").to_pylist())) == first.num_rows
    assert max(Counter(first.column("clip_id").to_pylist()).values()) <= 7
    assert set(first.column("verdict").to_pylist()) == {"verified"}
    assert compute(_task(rows), _settings(pairs_per_clip=0)).rows.num_rows == 0


def test_weak_facts_are_not_asked_about() -> None:
    rows = [row | {"margin": 2.0} for row in random_clip(3)]
    assert compute(_task(rows), _settings(min_margin=2.5)).rows.num_rows == 0
    assert compute(_task(rows), _settings(min_margin=1.5)).rows.num_rows > 0
