"""Two versions of a clip compared: nothing changed, everything changed, and what lies between."""

from __future__ import annotations

from collections import Counter

import pytest
from scene_rows import Tables, below

from fm_assets.propagation.compare import COMPARED, Change, compare, counts, right_answer
from fm_assets.qa.rows import QA_PAIRS
from fm_assets.scenes.generate import make_scene
from fm_assets.scenes.spec import SceneSpec
from fm_assets.scenes.tracks import true_tracks
from fm_assets.settings import Settings, load_settings
from fm_assets.tracks.rows import TRACKS
from fm_resources.rows import from_pylist


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings()


@pytest.fixture(scope="module")
def scene() -> SceneSpec:
    return make_scene(77_000_110, "entering")


@pytest.fixture(scope="module")
def clean(scene: SceneSpec, settings: Settings) -> Tables:
    return below(true_tracks(scene, f"{scene.name}.c0"), settings)


def edited(tables: Tables, settings: Settings, edit) -> Tables:  # type: ignore[no-untyped-def]
    return below(from_pylist(edit(tables["tracks"].to_pylist()), TRACKS), settings)


def shifted(rows: list[dict], pixels: float) -> list[dict]:
    for row in rows[:1]:
        for k, box in enumerate(row["boxes"]):
            for name in ("x1", "x2", "cx", "sx"):
                box[name] += pixels * k
    return rows


def renumbered(rows: list[dict]) -> list[dict]:
    """The same tracks under each other's names."""
    names = [row["track_id"] for row in rows]
    for row, name in zip(rows, reversed(names), strict=True):
        row["track_id"] = name
    return rows


def changes_of(changes: list[Change], stage: str) -> Counter[str]:
    return Counter(c.change for c in changes if c.stage == stage)


def test_a_version_does_not_differ_from_itself(clean: Tables) -> None:
    changes = compare(clean, clean)
    assert {c.change for c in changes} == {"unchanged"}
    assert {c.stage for c in changes} == set(COMPARED)
    sentences = sum(len(row["sentences"]) for row in clean["captions"].to_pylist())
    rows = {stage: table.num_rows for stage, table in clean.items()} | {"captions": sentences}
    assert Counter(c.stage for c in changes) == rows
    assert all(c.before_id == c.after_id and c.before == c.after for c in changes)


def test_names_of_tracks_do_not_matter(clean: Tables, settings: Settings) -> None:
    changes = compare(clean, edited(clean, settings, renumbered))
    assert changes_of(changes, "tracks") == {"unchanged": clean["tracks"].num_rows}
    facts = changes_of(changes, "motion_scores")
    assert not facts["vanished"] and not facts["new"] and not facts["changed"]


def test_a_track_that_is_gone_takes_its_facts_with_it(clean: Tables, settings: Settings) -> None:
    gone = clean["tracks"].to_pylist()[0]["track_id"]
    changes = compare(clean, edited(clean, settings, lambda rows: rows[1:]))
    assert [c.before_id for c in changes if c.stage == "tracks" and c.change == "vanished"] == [gone]
    facts = [c for c in changes if c.stage == "motion_scores" and gone in c.rests_before]
    assert facts and {c.change for c in facts} == {"vanished"}
    lost = {c.before_id for c in facts}
    named = [c for c in changes if c.stage == "qa_pairs" and c.change == "unchanged"]
    right = {row["qa_id"]: {e["fact_id"] for e in row["evidence"]} for row in clean["qa_pairs"].to_pylist()}
    assert all(not right[c.before_id] & lost for c in named)


def test_another_course_flips_the_answer(clean: Tables, settings: Settings) -> None:
    after = edited(clean, settings, lambda rows: shifted(rows, 2.0))
    changes = compare(clean, after)
    assert changes_of(changes, "tracks")["changed"] + changes_of(changes, "tracks")["vanished"] >= 1
    flipped = [c for c in changes if c.stage == "qa_pairs" and c.change == "flipped"]
    assert flipped
    answers = [{row["qa_id"]: right_answer(row) for row in t["qa_pairs"].to_pylist()} for t in (clean, after)]
    assert all(answers[0][c.before_id] != answers[1][c.after_id] for c in flipped)


def test_a_shifted_answer_letter_is_no_flip(clean: Tables) -> None:
    rows = clean["qa_pairs"].to_pylist()
    for row in rows[:1]:
        row["option_a"], row["option_b"] = row["option_b"], row["option_a"]
        row["answer"] = {"A": "B", "B": "A"}.get(row["answer"], row["answer"])
    changes = compare(clean, clean | {"qa_pairs": from_pylist(rows, QA_PAIRS)})
    assert changes_of(changes, "qa_pairs") == {"changed": 1, "unchanged": len(rows) - 1}


def test_another_right_answer_is_a_flip(clean: Tables) -> None:
    rows = clean["qa_pairs"].to_pylist()
    row = rows[0]
    row["answer"] = "B" if row["answer"] == "A" else "A"
    for evidence in row["evidence"]:
        evidence["role"] = "distractor_c" if evidence["role"] == "right" else evidence["role"]
    changes = compare(clean, clean | {"qa_pairs": from_pylist(rows, QA_PAIRS)})
    found = [c for c in changes if c.change == "flipped"]
    assert [c.before_id for c in found] == [row["qa_id"]]
    assert found[0].before != found[0].after


@pytest.mark.parametrize("edit", [renumbered, lambda rows: rows[1:], lambda rows: shifted(rows, 1.0)])
def test_the_other_way_round_vanished_is_new(clean: Tables, settings: Settings, edit) -> None:  # type: ignore[no-untyped-def]
    after = edited(clean, settings, edit)
    there, back = counts(compare(clean, after)), counts(compare(after, clean))
    other = {"vanished": "new", "new": "vanished"}
    for stage in COMPARED:
        forth: Counter[str] = Counter()
        mirrored: Counter[str] = Counter()
        for (name, _, change), number in there.items():
            forth[change] += number * (name == stage)
        for (name, _, change), number in back.items():
            mirrored[other.get(change, change)] += number * (name == stage)
        assert +forth == +mirrored, stage


def test_a_comparison_is_always_the_same(clean: Tables, settings: Settings) -> None:
    after = edited(clean, settings, lambda rows: shifted(rows, 1.0))
    assert compare(clean, after) == compare(clean, after)


def test_a_question_that_only_names_its_objects_otherwise_keeps_its_answer(clean: Tables, settings: Settings) -> None:
    def other_class(rows: list[dict]) -> list[dict]:
        for row in rows:
            row["class"] = "gadget"
        return rows

    after = edited(clean, settings, other_class)
    told = {t: {r["qa_id"]: right_answer(r) for r in v["qa_pairs"].to_pylist()} for t, v in enumerate((clean, after))}
    for change in compare(clean, after):
        if change.stage == "qa_pairs" and change.before_id and change.after_id:
            same = told[0][change.before_id] == told[1][change.after_id]
            assert (change.change == "flipped") != same  # an answer that names a thing by another class is another one


def test_what_a_version_lacks_is_not_compared(clean: Tables) -> None:
    part = {stage: clean[stage] for stage in ("tracks", "motion_scores")}
    assert {c.stage for c in compare(part, clean)} == set(part)


def test_an_empty_version_is_all_new(clean: Tables) -> None:
    empty = {stage: table.slice(0, 0) for stage, table in clean.items()}
    assert {c.change for c in compare(empty, clean)} == {"new"}
    assert {c.change for c in compare(clean, empty)} == {"vanished"}
