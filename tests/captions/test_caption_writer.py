"""The embedded writer: true, cited, readable and repeatable sentences."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic_facts import Thing, facts_of, random_clip, table

from fm_assets.captions.clipfacts import clips
from fm_assets.captions.compute import compute
from fm_assets.captions.grammar import length_of
from fm_assets.captions.language import a, length, number, ordinal, plural, times
from fm_assets.captions.parser import judge
from fm_assets.captions.referring import matches, names
from fm_assets.captions.rows import CAPTIONS
from fm_assets.captions.writer import write
from fm_assets.motion.claims import FactIndex
from fm_assets.motion.vocabulary import SECTIONS
from fm_assets.settings import Settings
from fm_assets.stage import SourceFile, Task
from fm_resources.rows import canonical, data_version


def settings(**captions: object) -> Settings:
    return Settings.model_validate({"home": "unused", "root": "unused", "captions": captions})


def task(rows: list[dict]) -> Task:
    return Task("captions", "video", SourceFile(Path("v.mp4"), "0", "", ""), {"motion_scores": table(rows)})


@pytest.mark.parametrize("start", range(0, 200, 50))
def test_every_sentence_is_read_back_and_proven(start: int) -> None:
    for seed in range(start, start + 50):
        rows = table(random_clip(seed))
        clip = next(clips(rows, 1.5))
        index = FactIndex(rows)
        known = {f.fact_id: f for f in clip.facts}
        for draft in write(clip, 24):
            judged = judge(draft.text, clip, index)
            assert judged.verdict == "verified", (seed, draft.text, judged.reason)
            assert draft.fact_ids and all(known[i].margin >= 1.5 for i in draft.fact_ids)
            counts = any(known[i].kind == "count" for i in draft.fact_ids)  # `a bus` is proven by the bus itself
            assert counts or set(judged.fact_ids) <= set(draft.fact_ids)
            assert draft.section in SECTIONS
            assert re.fullmatch(r"[A-Z].*[a-z0-9]\.", draft.text)
            assert (
                "  " not in draft.text
                and " the the " not in draft.text
                and not re.search(r"\ba [aeiou](?!ni|se)", draft.text)
            )


def test_sections_come_in_order_and_the_limit_keeps_what_moves() -> None:
    still = [
        Thing(c, "", "stationary", (0.2 + 0.2 * i, 0.3), (0.2 + 0.2 * i, 0.3))
        for i, c in enumerate(("cup", "bus", "dog", "umbrella"))
    ]
    rows = facts_of([*still, Thing("ball", "red", "straight", (0.2, 0.8), (1.5, 0.8))])
    clip = next(clips(table(rows), 1.5))
    drafts = write(clip, 24)
    order = [SECTIONS.index(d.section) for d in drafts]
    assert order == sorted(order)
    few = write(clip, 4)
    assert len(few) == 4
    assert sum("the ball" in d.text.lower() for d in few) >= 3


def test_facts_below_the_margin_are_not_spoken_of() -> None:
    rows = facts_of([Thing("ball", "red", "straight", (0.2, 0.5), (1.5, 0.5))])
    for row in rows:
        if row["kind"] in ("direction", "trajectory_shape", "colour"):
            row["margin"] = 1.2
    text = compute(task(rows), settings()).rows.column("text")[0].as_py()
    assert text and not re.search(r"right|straight|red", re.sub(r"left side|right side", "", text))
    bold = compute(task(rows), settings(min_margin=1.0)).rows.column("text")[0].as_py()
    assert "to the right" in bold


def test_a_clip_without_certain_facts_has_an_empty_caption() -> None:
    rows = facts_of([Thing("ball", "red", "straight", (0.2, 0.5), (1.5, 0.5))])
    weak = [row | {"margin": 0.5} for row in rows]
    found = compute(task(weak), settings()).rows
    assert found.column("text").to_pylist() == [""]
    assert found.column("sentences").to_pylist() == [[]]
    assert compute(task([]), settings()).rows.num_rows == 0


def test_rows_are_canonical_and_repeat_exactly() -> None:
    rows = [row for seed in range(5) for row in random_clip(seed)]
    first, again = (canonical(compute(task(list(r)), settings()).rows, CAPTIONS) for r in (rows, reversed(rows)))
    assert data_version(first) == data_version(again)
    assert first.column("clip_id").to_pylist() == sorted(first.column("clip_id").to_pylist())
    for row in first.to_pylist():
        assert row["caption_id"] == row["clip_id"] + ".cap"
        assert row["text"] == " ".join(s["text"] for s in row["sentences"])


def test_no_two_objects_are_called_the_same_and_each_name_fits_one() -> None:
    for seed in range(120):
        clip = next(clips(table(random_clip(seed, 6)), 1.5))
        called = names(clip)
        texts = [n.text for n in called.values()]
        assert len(set(texts)) == len(texts)
        for track, name in called.items():
            assert matches(clip, name.description) == ([track], [])


@pytest.mark.parametrize(
    ("things", "expected"),
    [
        ([Thing("ball", "red", "stationary", (0.3, 0.3), (0.3, 0.3))], ["the ball"]),
        (
            [Thing("ball", "red", "stationary", (0.3, 0.3), (0.3, 0.3)), Thing("ball", "blue", "stationary", (1.3, 0.3), (1.3, 0.3))],
            ["the red ball", "the blue ball"],
        ),
        (
            [Thing("person", "", "stationary", (0.9, 0.5), (0.9, 0.5)), Thing("person", "", "straight", (0.05, 0.5), (0.8, 0.5), 2.0, begins="entered")],
            ["the person who starts furthest to the right", "the person who starts furthest to the left"],
        ),
        (
            [Thing("object", "red", "stationary", (0.3, 0.3), (0.3, 0.3)), Thing("object", "blue", "stationary", (1.3, 0.3), (1.3, 0.3))],
            ["the red object", "the blue object"],
        ),
    ],
)  # fmt: skip
def test_names_are_the_shortest_that_tell_apart(things: list[Thing], expected: list[str]) -> None:
    assert [n.text for n in names(next(clips(table(facts_of(things)), 1.5))).values()] == expected


def test_objects_that_cannot_be_told_apart_are_only_counted() -> None:
    twins = [Thing("dog", "", "stationary", (0.3, 0.3), (0.3, 0.3)) for _ in range(2)]
    clip = next(clips(table(facts_of(twins)), 1.5))
    assert names(clip) == {}
    assert len(write(clip, 24)) == 1
    assert "two dogs" in write(clip, 24)[0].text.lower()


def test_words() -> None:
    assert [number(n) for n in (0, 1, 12, 13)] == ["zero", "one", "twelve", "13"]
    assert [ordinal(n) for n in (1, 10, 11, 21)] == ["first", "tenth", "11th", "21st"]
    assert [times(n) for n in (1, 2, 3)] == ["once", "twice", "three times"]
    assert [plural(n) for n in ("person", "bus", "cell_phone", "wine glass", "scissors", "puppy", "knife")] == [
        "people", "buses", "cell phones", "wine glasses", "pairs of scissors", "puppies", "knives",
    ]  # fmt: skip
    assert [a(n) for n in ("umbrella", "ball", "unicycle", "orange ball")] == [
        "an umbrella",
        "a ball",
        "a unicycle",
        "an orange ball",
    ]


@given(st.floats(0.02, 12.0))
def test_a_spoken_length_is_read_back_within_its_precision(value: float) -> None:
    spoken = length(value)
    back = length_of(spoken)
    assert back is not None
    assert abs(back - value) <= max(0.1 * value, 0.006)
