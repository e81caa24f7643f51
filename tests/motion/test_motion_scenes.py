"""Facts computed from the true boxes of rendered scenes against what the scenes' parameters say."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from fm_assets.evaluation.quality.upheld import Judge
from fm_assets.motion.facts import analyse
from fm_assets.scenes.facts import parameter_facts
from fm_assets.scenes.generate import KINDS, make_scene
from fm_assets.scenes.oracle.judge import Oracle
from fm_assets.scenes.spec import SceneSpec
from fm_assets.scenes.tracks import object_of, true_tracks
from fm_assets.settings import MotionSettings

SEEDS = (11, 12, 13)
#: Kinds of scenes, and their seeds, in which two objects have to do with each other.
PAIR_KINDS, PAIR_SEEDS = ("crossing", "occlusion", "entering", "mixed", "pan", "zoom", "shake"), range(100, 110)
#: Each of the kinds is judged at least so often.
JUDGED = {
    "moving": 130, "trajectory_shape": 130, "direction": 70, "speed": 100, "peak_speed": 100, "path_length": 100,
    "acceleration": 60, "appear": 150, "scale_change": 130, "region": 300, "relative_position": 300, "count": 150,
    "distance_change": 20, "speed_order": 20, "cross": 5, "co_movement": 15, "movement_order": 30, "order": 10,
}  # fmt: skip


@pytest.fixture(scope="module")
def specs() -> dict[str, SceneSpec]:
    """Scenes by clip."""
    jobs = [(kind, seed) for kind in KINDS for seed in SEEDS] + [(k, s) for k in PAIR_KINDS for s in PAIR_SEEDS]
    return {f"{kind}-{seed}.c0": make_scene(seed, kind) for kind, seed in jobs}


@pytest.fixture(scope="module")
def judges(specs: dict[str, SceneSpec]) -> dict[str, Judge]:
    """What each scene's parameters say."""
    return {clip_id: Judge(Oracle(spec), object_of) for clip_id, spec in specs.items()}


@pytest.fixture(scope="module", params=[0.0, 1.0], ids=["exact", "noise"])
def facts(request: pytest.FixtureRequest, specs: dict[str, SceneSpec]) -> list[dict]:
    """The usable facts of all scenes."""
    return [
        fact
        for clip_id, spec in specs.items()
        for fact in analyse(true_tracks(spec, clip_id, request.param), MotionSettings()).facts.to_pylist()
        if fact["margin"] >= 1.5
    ]


def test_usable_facts_agree_with_the_parameters(facts: list[dict], judges: dict[str, Judge]) -> None:
    judged: Counter[str] = Counter()
    wrong, undecided = [], []
    for fact in facts:
        verdict = judges[fact["clip_id"]].fact(fact)
        judged[fact["kind"]] += verdict is True
        if verdict is not True:
            (wrong if verdict is False else undecided).append(fact)
    assert wrong == []
    assert len(undecided) <= 0.01 * len(facts), Counter(f["kind"] for f in undecided)
    assert {kind: judged[kind] for kind, least in JUDGED.items() if judged[kind] < least} == {}


def test_most_of_what_the_parameters_say_is_found(facts: list[dict], specs: dict[str, SceneSpec]) -> None:
    plain = {clip_id: spec for clip_id, spec in specs.items() if spec.seed in SEEDS}  # as many of each kind of scene
    known = {(clip_id, o.object_id): o for clip_id, spec in plain.items() for o in parameter_facts(spec)}
    usable = defaultdict(set)
    for fact in facts:
        if fact["subject_track_id"] and not fact["object_track_id"]:
            usable[fact["kind"]].add((fact["clip_id"], object_of(fact["subject_track_id"])))
    share = {
        kind: len(usable[kind] & set(known)) / len(known)
        for kind in ("moving", "trajectory_shape", "appear", "disappear")
    }
    assert min(share.values()) >= 0.85, share
    swings = {o for o, parameters in known.items() if parameters.cycles}
    assert len(usable["repetition_count"] & swings) >= 0.85 * len(swings)
    straight = {o for o, parameters in known.items() if parameters.shape == "straight"}
    assert len(usable["direction"] & straight) >= 0.85 * len(straight)
