"""Sections `facts` and `answers`: rendered scenes' facts, sentences and questions judged by the scenes' parameters."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fm_assets.captions.clipfacts import ClipFacts, clips
from fm_assets.captions.scan import Literal
from fm_assets.evaluation.quality import answers, facts
from fm_assets.evaluation.quality.matching import match
from fm_assets.evaluation.quality.section import Bench
from fm_assets.evaluation.quality.upheld import Judge, spoken
from fm_assets.motion.claims import Claim, FactIndex
from fm_assets.motion.facts import analyse
from fm_assets.motion.vocabulary import CATEGORIES, KINDS, opposite
from fm_assets.qa.pairs import LETTERS, Pair, compose
from fm_assets.scenes.generate import make_scene
from fm_assets.scenes.oracle.judge import Oracle
from fm_assets.scenes.spec import SceneSpec
from fm_assets.scenes.tracks import object_of, track_rows, true_tracks
from fm_assets.scenes.truth import truth
from fm_assets.settings import MotionSettings, load_settings
from fm_assets.tracks.rows import TRACKS
from fm_resources.rows import canonical, from_pylist


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    settings = load_settings(None, ["detector.backend=motion"], {"FM_HOME": str(tmp_path / "home")})
    return Bench(settings, None, None, True, tmp_path, tmp_path, lambda _: None)


@pytest.fixture(scope="module")
def spec() -> SceneSpec:
    return make_scene(7, "mixed")


@pytest.fixture(scope="module")
def judge(spec: SceneSpec) -> Judge:
    return Judge(Oracle(spec), object_of)


@pytest.fixture(scope="module")
def told(spec: SceneSpec) -> tuple[list[dict], ClipFacts, list[Pair]]:
    """Usable facts of a scene, and the questions that they make."""
    table = analyse(true_tracks(spec, "s.c0"), MotionSettings()).facts
    clip = next(clips(table, 1.5))
    return [f for f in table.to_pylist() if f["margin"] >= 1.5], clip, compose(clip, FactIndex(table), 10)


def test_the_section_facts_judges_scenes(bench: Bench) -> None:
    section = facts.measure(bench)
    reached = {goal.what: goal for goal in section.goals}
    for what in ("Usable facts that are true, exact boxes", "Usable facts that are true, boxes off by 1 px"):
        assert reached[what].value == 1.0
    assert reached["Questions whose right option holds and no other"].met
    assert reached["Caption sentences that are true"].met
    assert section.notes == ()
    by_kind, sentences, pairs, _ = section.tables
    assert sum(int(row[1]) for row in by_kind.rows) > 60  # type: ignore[arg-type]
    assert sum(int(row[1]) for row in sentences.rows) > 20  # type: ignore[arg-type]
    assert {row[0] for row in pairs.rows} <= set(CATEGORIES) and len(pairs.rows) >= 5


def test_scenes_of_the_plan_are_all_different() -> None:
    scenes = list(facts.plan(12))
    assert len(scenes) == 12 and len({(s.seed, s.kind) for s in scenes}) == 12


def test_a_fact_turned_into_its_contrary_is_false(told: tuple[list[dict], ClipFacts, list[Pair]], judge: Judge) -> None:
    rows, _, _ = told
    turned = 0
    for fact in rows:
        contrary = opposite(fact["value"])
        if contrary in KINDS[fact["kind"]].values:
            assert judge.fact({**fact, "value": contrary}) is False, fact
            turned += 1
        quantity = fact["kind"] in ("path_length", "speed", "displacement", "peak_speed", "repetition_count")
        if quantity and fact["number"] > 0.1:
            assert judge.fact({**fact, "number": 2 * fact["number"]}) is False, fact
    assert turned > 10


def test_a_question_with_another_answer_is_false(told: tuple[list[dict], ClipFacts, list[Pair]], judge: Judge) -> None:
    _, clip, pairs = told
    assert len(pairs) >= 8
    for pair in pairs:
        assert judge.pair(pair, clip).upheld is True
        other = replace(pair, answer=next(x for x in LETTERS if x != pair.answer))
        judged = judge.pair(other, clip)
        assert judged.upheld is False and len(judged.failing) == 2
        assert "true" in facts.pair_words(judged)


def test_sentences_are_judged(told: tuple[list[dict], ClipFacts, list[Pair]], judge: Judge, spec: SceneSpec) -> None:
    _, clip, _ = told
    still = next(o for o in spec.objects if o.trajectory.shape == "stationary")
    assert judge.sentence(f"The {still.colour} {still.class_name} stays still.", clip) is True
    assert judge.sentence(f"The {still.class_name} moves in a circle.", clip) is False
    assert judge.sentence(f"The {still.class_name} stays still gladly.", clip) is None


def test_claims_in_short() -> None:
    literal = Literal(Claim("region", "a.c0.t1", "centre", when="start"), negated=True)
    assert spoken(literal) == "not region(t1) = centre at the start"
    assert spoken(Literal(Claim("speed_order", "a.c0.t1", "faster", "a.c0.t2"))) == "speed_order(t1, t2) = faster"


def cut(row: dict, first: int, last: int, number: int) -> dict:
    """Another track from some of the boxes of one."""
    boxes = row["boxes"][first:last]
    ends = {"start_s": boxes[0]["t_s"], "end_s": boxes[-1]["t_s"], "frames": len(boxes), "observed": len(boxes)}
    return {**row, **ends, "track_id": f"s.c0.t{number}", "boxes": boxes}


def test_tracks_are_matched_and_their_faults_named(spec: SceneSpec, told: tuple, judge: Judge) -> None:
    rows = track_rows(spec, "s.c0", 0.0)
    whole = match(true_tracks(spec, "s.c0"), truth(spec))
    assert whole.object_of == {row["track_id"]: object_of(row["track_id"]) for row in rows}
    assert not (whole.shared | whole.missed | whole.broken)
    first, second = rows[:2]
    switched = {**first, "boxes": first["boxes"][:40] + second["boxes"][40:]}
    ghost = {**second, "boxes": [{**b, "x1": 0.0, "y1": 0.0, "x2": 3.0, "y2": 3.0} for b in second["boxes"]]}
    parts = [switched, ghost, *(cut(rows[2], *part) for part in ((0, 20, 2), (20, None, 9)))]
    found = match(canonical(from_pylist(parts, TRACKS), TRACKS), truth(spec))
    assert found.object_of == {"s.c0.t0": "o1", "s.c0.t2": "o3", "s.c0.t9": "o3"}
    assert found.shared == {"s.c0.t0"} and found.broken == {"s.c0.t2", "s.c0.t9"} and "o2" in found.missed

    def why(kind: str, track: str, value: str, other: str | None = None) -> str:
        pair = told[2][0]
        claim = Claim(kind, track, value, other)
        read = replace(judge.pair(pair, told[1]), options=(False,) * 4)
        parsed = replace(read.read[0], literals=(Literal(claim),))
        return answers.cause(replace(read, read=(parsed,) * 4), found, Judge(judge.oracle, found.object_of.get))

    assert why("speed_order", "s.c0.t0", "faster", "s.c0.t2") == "missed object"
    assert why("moving", "s.c0.t1", "moving") == "false detection"
    assert why("moving", "s.c0.t0", "moving") == why("appear", "s.c0.t9", "present") == "ID switch or merged objects"


def test_the_section_answers_runs_the_pipeline(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "plan", lambda count: [(answers.FIRST_SEED, "straight")])
    section = answers.measure(bench)
    assert [goal.met for goal in section.goals] == [True, True]
    assert sum(int(row[1]) for row in section.tables[0].rows) >= 3  # type: ignore[arg-type]
    assert "0 of 1 objects have no track" in section.prose[0]


def test_answers_seeds_are_held_out() -> None:
    jobs = answers.plan(answers.SCENES)
    assert min(seed for seed, _ in jobs) >= 42_000_000 and len({kind for _, kind in jobs[:16]}) == 16
