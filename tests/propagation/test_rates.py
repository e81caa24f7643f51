"""Shares with intervals by video, the path of a change, and answers against the truth of a scene."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scene_rows import NOWHERE, Tables, above, below

from fm_assets.propagation.bought import WITHOUT, answers
from fm_assets.propagation.causes import Ledger, in_words
from fm_assets.propagation.compare import compare
from fm_assets.propagation.compute import sample
from fm_assets.propagation.faults import FAULTS
from fm_assets.propagation.forced import forced
from fm_assets.propagation.rates import change_rates, falling, measure_rates, share
from fm_assets.propagation.rows import ERROR_PROPAGATION
from fm_assets.propagation.scratch import GIVEN, scratch
from fm_assets.propagation.trial import change_rows
from fm_assets.propagation.truth import SceneTruth
from fm_assets.scenes.generate import make_scene
from fm_assets.scenes.spec import SceneSpec
from fm_assets.scenes.tracks import true_tracks
from fm_assets.settings import Settings, load_settings
from fm_assets.settings_sections import FAULT_NAMES
from fm_resources.rows import from_pylist

SEED = 3


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings()


@pytest.fixture(scope="module")
def scene() -> SceneSpec:
    return make_scene(79_000_004, "entering")


@pytest.fixture(scope="module")
def clean(scene: SceneSpec, settings: Settings) -> Tables:
    return below(true_tracks(scene, f"{scene.name}.c0", 0.5), settings)


def hit(clean: Tables, settings: Settings, name: str, rate: float, seed: int = SEED) -> Tables:
    return below(FAULTS[name].inject(clean["tracks"], rate, seed, ("ball", "box")), settings)


def test_the_settings_name_every_fault() -> None:
    assert tuple(FAULTS) == FAULT_NAMES


def test_an_interval_is_wider_where_videos_err_as_a_whole() -> None:
    rng = np.random.default_rng(5)
    of = np.full(60, 10.0)
    spread = rng.binomial(10, 0.3, 60).astype(float)
    lumped = np.where(rng.random(60) < 0.3, 10.0, 0.0)
    widths = [share(right, of, SEED)[2] - share(right, of, SEED)[1] for right in (spread, lumped)]
    assert widths[1] > 2 * widths[0]
    value, low, high = share(spread, of, SEED)
    assert low < value < high and value == spread.sum() / of.sum()
    assert all(math.isnan(x) for x in share(np.zeros(4), np.zeros(4), SEED))
    assert share(spread, of, SEED) == share(spread, of, SEED)


def test_an_interval_holds_the_true_share_as_often_as_it_says() -> None:
    rng = np.random.default_rng(6)
    of = np.full(50, 8.0)
    inside = 0
    for _ in range(200):
        _, low, high = share(rng.binomial(8, rng.beta(3, 7, 50)).astype(float), of, SEED)
        inside += low <= 0.3 <= high
    assert 0.88 <= inside / 200 <= 0.99


def test_rates_count_every_item_once(clean: Tables, settings: Settings) -> None:
    after = hit(clean, settings, "fragmentation", 1.0)
    changes = compare(clean, after)
    table = from_pylist(change_rows("faults", "v", clean, after, "fragmentation", 1.0), ERROR_PROPAGATION)
    counted = Counter({c: n for c, n in zip(*_sums(table), strict=True)})
    assert counted == Counter((c.stage, c.change) for c in changes)
    for rate in change_rates(table, SEED):
        if not rate.kind:
            assert rate.of == sum(
                n for (stage, change), n in counted.items() if stage == rate.stage and change != "new"
            )


def _sums(table) -> tuple[list, list]:  # type: ignore[no-untyped-def]
    sums = table.group_by(["stage", "change"]).aggregate([("items", "sum")]).to_pylist()
    return [(s["stage"], s["change"]) for s in sums], [s["items_sum"] for s in sums]


def test_every_changed_question_names_facts_tracks_and_frames(clean: Tables, settings: Settings) -> None:
    after = hit(clean, settings, "id_switch", 1.0)
    changes = compare(clean, after)
    ledger = Ledger(changes, clean, after)
    asked = [c for c in changes if c.stage == "qa_pairs" and c.change in ("flipped", "vanished", "new")]
    by_id = {c.before_id: c for c in changes if c.before_id} | {c.after_id: c for c in changes if c.after_id}
    explained = 0
    for change in asked:
        causes = ledger.causes(change)
        rests = [by_id[name] for name in (*change.rests_before, *change.rests_after) if name in by_id]
        if all(fact.change == "unchanged" for fact in rests):  # other questions took its place
            assert not causes and change.change != "flipped"
            continue
        assert [c for c in causes if c.stage == "motion_scores"] and [c for c in causes if c.stage == "tracks"]
        for cause in causes:
            assert by_id[cause.before_id or cause.after_id].change == cause.change != "unchanged"
            assert cause.frame0 <= cause.frame1 and cause.start_s <= cause.end_s
        assert " <- " in in_words(change, causes)
        explained += 1
    assert explained


def test_a_fault_begins_where_its_cause_says(clean: Tables, settings: Settings) -> None:
    after = hit(clean, settings, "id_switch", 1.0)
    ledger = Ledger(compare(clean, after), clean, after)
    boxes = {r["track_id"]: {b["t_s"]: b for b in r["boxes"]} for r in clean["tracks"].to_pylist()}
    later = {r["track_id"]: {b["t_s"]: b for b in r["boxes"]} for r in after["tracks"].to_pylist()}
    seen = 0
    for change in compare(clean, after):
        for cause in ledger.causes(change):
            if cause.stage == "tracks" and cause.change == "changed":
                old, new = boxes[cause.before_id], later[cause.after_id]
                assert all(old[t]["x1"] == new[t]["x1"] for t in old if t in new and t < cause.start_s)
                seen += 1
    assert seen


def test_a_sample_is_stable_under_growth() -> None:
    videos = [f"video-{k}" for k in range(200)]
    before, after = sample(videos, 20, SEED), sample([*videos, *(f"later-{k}" for k in range(20))], 20, SEED)
    assert len(before) == 20 and len(set(before) - set(after)) <= 6
    assert sample(videos, 0, SEED) == sorted(videos)
    assert sample(videos, 20, SEED + 1) != before


def test_exact_tracks_are_all_true(scene: SceneSpec, settings: Settings) -> None:
    exact = below(true_tracks(scene, f"{scene.name}.c0"), settings)
    measures = SceneTruth(scene, f"{scene.name}.c0", settings).measures(exact, "", 0.0, "v")
    for rate in measure_rates(measures, SEED):
        assert rate.value == 1.0 or rate.of == 0, rate


def test_wrong_classes_are_found_out_by_the_truth(scene: SceneSpec, settings: Settings, clean: Tables) -> None:
    truth = SceneTruth(scene, f"{scene.name}.c0", settings)
    flipped = hit(clean, settings, "class_flip", 1.0)
    found = {(m.stage, m.name): m.right / m.of for m in truth.measures(flipped, "class_flip", 1.0, "v") if m.of}
    assert found["motion_scores", "precision"] < 1.0
    assert found["captions", "accuracy"] < 1.0
    assert found["tracks", "IDF1"] == pytest.approx(1.0, abs=0.01)  # boxes are all in place


def test_without_abstention_the_calculus_says_something_of_every_track(clean: Tables, settings: Settings) -> None:
    facts = forced(clean["tracks"], clean["motion_scores"], settings.motion, 1.5)
    said = {(f["kind"], f["subject_track_id"]) for f in facts.to_pylist()}
    for track in clean["tracks"]["track_id"].to_pylist():
        assert {kind for kind in ("class", "appear", "disappear", "moving") if (kind, track) in said} == {
            "class", "appear", "disappear", "moving",
        }  # fmt: skip
    kept = {f["fact_id"] for f in clean["motion_scores"].to_pylist()}
    assert kept <= {f["fact_id"] for f in facts.to_pylist()} and facts.num_rows > len(kept)


@pytest.mark.slow
def test_guards_pay_off(settings: Settings, tmp_path: Path) -> None:
    """Over many scenes with noisy boxes and lost ones, taking the guards away ships more wrong answers."""
    totals: dict[str, Counter] = {g.name: Counter() for g in WITHOUT}
    here = settings.model_copy(update={"home": tmp_path})
    for k in range(30):
        spec = make_scene(79_100_000 + k, ("mixed", "entering", "crossing", "occlusion", "looming")[k % 5])
        rows = above(spec, 1.5)
        rows["detections"] = FAULTS["missed_boxes"].inject(rows["detections"], 0.2, SEED, ())
        with scratch(here, spec.name, NOWHERE) as lake:
            version = lake.version({s.name: lake.put(s.name, rows[s.name], {"made": 1}) for s in GIVEN})
        truth = SceneTruth(spec, f"{spec.name}.c0", settings)
        for guards, verdicts in answers(version.tables, truth.judge(version.tables), settings):
            totals[guards.name].update(verdicts)
    wrong = {name: c[False] / max(1, c[True] + c[False]) for name, c in totals.items()}
    assert wrong["without abstention"] > wrong["as shipped"] + 0.02
    assert wrong["without all three"] > wrong["as shipped"] + 0.02
    assert wrong["as shipped"] < 0.05


@pytest.mark.slow
def test_more_of_a_fault_changes_more(settings: Settings, tmp_path: Path) -> None:
    """Seven faults on 10 scenes: no curve falls beyond its noise, and rate 0 changes nothing."""
    here, rates = settings.model_copy(update={"home": tmp_path}), (0.0, 0.1, 0.3)
    rows = []
    for k in range(10):
        spec = make_scene(79_200_000 + k, ("mixed", "entering", "crossing", "looming")[k % 4])
        given = above(spec)
        with scratch(here, spec.name, NOWHERE) as lake:
            base = lake.version({s.name: lake.put(s.name, given[s.name], {"made": 1}) for s in GIVEN})
            for name, fault in FAULTS.items():
                for rate in rates:
                    faulty = fault.inject(base.tables[fault.stage], rate, SEED, ("ball", "box", "cross"))
                    ref = lake.put(fault.stage, faulty, {"fault": name, "rate": rate}, base.refs[fault.stage])
                    given_refs = {n: base.refs[n] for n in ("filtered_clips", "detections")} | {fault.stage: ref}
                    after = lake.version(given_refs).tables
                    rows += change_rows("faults", spec.name, base.tables, after, name, rate)
    found = change_rates(from_pylist(rows, ERROR_PROPAGATION), SEED)
    assert not falling(found)
    shares = {(r.fault, r.rate, r.stage): r.value for r in found if not r.kind and r.name == "affected"}
    for name in FAULTS:
        assert all(shares[name, 0.0, stage] == 0.0 for stage in ("tracks", "motion_scores", "captions", "qa_pairs"))
        assert shares[name, 0.3, "motion_scores"] >= shares[name, 0.1, "motion_scores"], name
        assert shares[name, 0.3, "motion_scores"] > 0.0, name
