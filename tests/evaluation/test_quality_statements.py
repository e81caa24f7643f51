"""The section on statements: what is said of scenes is what their oracle affirms and denies, in whole English sentences."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fm_assets.evaluation.quality import statements
from fm_assets.evaluation.quality.phrasings import PHRASINGS
from fm_assets.evaluation.quality.registry import ENTRIES, measure
from fm_assets.evaluation.quality.section import Bench
from fm_assets.evaluation.quality.statement_scenes import STAGED, staged
from fm_assets.evaluation.quality.statements import FIRST_SEED, Scene, claim_of
from fm_assets.evaluation.quality.wording import HALVES, phrasings
from fm_assets.motion.claims import Claim
from fm_assets.motion.vocabulary import KINDS
from fm_assets.scenes.generate import make_scene
from fm_assets.scenes.tracks import object_of
from fm_assets.settings import load_settings


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    return [Scene(make_scene(5, "mixed")), Scene(staged(3, "follow")), Scene(staged(1, "orders"))]


def test_the_goals_hold_on_a_shortened_run(tmp_path: Path) -> None:
    bench = Bench(load_settings(env={}), None, None, True, tmp_path, tmp_path, lambda _: None)
    section = measure(next(entry for entry in ENTRIES if entry.name == "statements"), bench)
    assert section.quick and len(section.goals) == 3 * len(HALVES)
    precision = [goal for goal in section.goals if goal.what.startswith("precision")]
    assert precision and all(goal.met for goal in precision), section.goals
    assert sum(int(row[1]) for row in section.tables[0].rows[:-1]) == section.tables[0].rows[-1][1]


def test_every_kind_is_phrased_and_in_both_halves() -> None:
    unsaid = {"arm", "posture", "wave_count"} | {
        "clearance"
    }  # nothing rendered has arms; nobody says of two that they keep clear
    assert set(KINDS) - set(PHRASINGS) == unsaid
    for kind, values in PHRASINGS.items():
        assert sum(map(len, values.values())) >= 16, kind
        for key, texts in values.items():
            halves = [phrasings(kind, key, half) for half in HALVES]
            assert all(halves) and sorted((*halves[0], *halves[1])) == sorted(texts), (kind, key)


def test_a_corrupted_statement_differs_in_one_thing_and_is_denied(scenes: list[Scene]) -> None:
    drawn = statements._drawn(scenes, "seen", 200)
    assert len(drawn) == 200
    for scene, true, false in drawn:
        assert scene.holds(true) is True and scene.holds(false) is False
        assert true.kind == false.kind and true != false
        assert claim_of(true, true.value if true.kind != "movement_order" else "before").kind == true.kind


def test_statements_are_whole_sentences_and_always_the_same(scenes: list[Scene]) -> None:
    first, second = (statements.judged(scenes, "held out", 60) for _ in range(2))
    assert [o.text for o in first] == [o.text for o in second]
    for outcome in first:
        assert not re.search(r"[{}]|  |\bNone\b", outcome.text), outcome.text


@pytest.mark.parametrize("kind", STAGED)
def test_staged_situations_are_what_they_are_called(kind: str) -> None:
    scene = Scene(staged(7, kind))
    said = {s.kind for s in scene.known[True]}
    expected = {"opposite": "co_movement", "gap": "distance_change", "orders": "movement_order"}.get(kind, kind)
    assert expected in said


def test_noise_of_what_rests_starts_no_movement() -> None:
    """In these scenes something rests for seconds; a noisy velocity of it was taken for a part of its movement."""
    judged = []
    for seed in (FIRST_SEED + 12, FIRST_SEED + 64):
        scene = Scene(staged(seed, "orders"))
        for fact in scene.clip.facts:
            if fact.kind == "movement_order" and fact.margin >= 1.5:
                subject, other = object_of(fact.subject or ""), object_of(fact.object or "")
                judged.append(scene.oracle.holds(Claim(fact.kind, subject, fact.value, other)))
    assert judged and False not in judged


def test_an_unknown_situation_is_named() -> None:
    with pytest.raises(ValueError, match="unknown situation 'dance'"):
        staged(1, "dance")
