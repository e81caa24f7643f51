"""Facts computed from the true boxes of rendered scenes against what the scenes' parameters say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from motion_paths import table, track_row

from fm_assets.motion.facts import analyse
from fm_assets.scenes import geometry
from fm_assets.scenes.facts import ObjectFacts, parameter_facts
from fm_assets.scenes.generate import KINDS, make_scene
from fm_assets.scenes.spec import SceneSpec
from fm_assets.scenes.truth import truth
from fm_assets.settings import MotionSettings

SEEDS = (11, 12, 13)
FPS = 10


def track_rows(spec: SceneSpec, clip_id: str, noise_px: float) -> Iterator[dict]:
    """What a good tracker would store: visible boxes at 10 fps, compensated where the camera moves."""
    exact, rng = truth(spec), np.random.default_rng(spec.seed)
    wanted = np.searchsorted(exact.times, np.arange(0, spec.duration_s, 1 / FPS) - 1e-6)
    picked = np.unique(wanted.clip(0, len(exact.times) - 1))
    to_world = geometry.invert(exact.camera[picked])
    for i, (name, colour) in enumerate(zip(exact.classes, exact.colours, strict=True)):
        box = exact.visible_boxes[i][picked]
        seen = (exact.visible[i][picked] > 0.35) & np.isfinite(box).all(axis=1)
        box = np.where(seen[:, None], box, 0.0) + rng.normal(0, noise_px * np.sqrt(2), box.shape)
        box = np.clip(box, 0, [spec.width, spec.height] * 2)
        centre = (box[:, :2] + box[:, 2:]) / 2
        row = track_row(
            exact.times[picked], centre / spec.height, number=i, clip_id=clip_id, keep=seen, cut=False,
            width=spec.width, height=spec.height, class_name=name, colour=colour, clip_s=spec.duration_s,
            reference="image" if spec.camera.kind == "static" else "stabilised",
            stabilised=geometry.apply(to_world, centre[:, None])[:, 0] / spec.height,
        )  # fmt: skip
        for point, k in zip(row["boxes"], np.flatnonzero(seen), strict=True):
            point.update(zip(("x1", "y1", "x2", "y2"), box[k].tolist(), strict=True))
        yield row


@pytest.fixture(scope="module", params=[0.0, 1.0], ids=["exact", "noise"])
def scenes(request: pytest.FixtureRequest) -> tuple[dict[str, ObjectFacts], list[dict]]:
    """Expected facts by track id, and the computed ones."""
    rows, expected = [], {}
    for kind in KINDS:
        for seed in SEEDS:
            spec = make_scene(seed, kind)
            clip_id = f"{kind}-{seed}.c0"
            rows += track_rows(spec, clip_id, request.param)
            expected |= {f"{clip_id}.t{i}": known for i, known in enumerate(parameter_facts(spec))}
    return expected, analyse(table(*rows), MotionSettings()).facts.to_pylist()


def close(measured: float, known: float | None) -> bool | None:
    return None if known is None else abs(measured - known) < 0.1 * known


def direction(f: dict, k: ObjectFacts) -> bool | None:
    if k.direction_deg is None or k.displacement < 0.2:
        return None
    return abs((f["number"] - k.direction_deg + 180) % 360 - 180) < 6


def acceleration(f: dict, k: ObjectFacts) -> bool | None:
    r = k.speed_ratio
    return r and {"accelerating": r > 1.5, "decelerating": r < 1 / 1.5, "constant": 0.7 < r < 1.4}[f["value"]]


def turn(f: dict, k: ObjectFacts) -> bool:
    t = k.turn_deg
    return t is not None and (f["value"] == "left") == (t > 0) and abs(f["number"] - abs(t)) < 25


def scale(f: dict, k: ObjectFacts) -> bool:
    return {"grows": k.scale > 1.2, "shrinks": k.scale < 0.84, "constant": 0.84 < k.scale < 1.2}[f["value"]]


def event(f: dict, when: float | None) -> bool:
    return (f["value"] == "present") == (when is None) and (when is None or abs(f["number"] - when) < 0.5)


#: Whether a fact agrees with the scene's parameters, by kind; None where those do not say.
AGREES: dict[str, Callable[[dict, ObjectFacts], bool | None]] = {
    "class": lambda f, k: f["value"] == k.class_name,
    "colour": lambda f, k: f["value"] == k.colour,
    "moving": lambda f, k: (f["value"] == "stationary") == (k.shape == "stationary"),
    "trajectory_shape": lambda f, k: f["value"] == k.shape,
    "direction": direction,
    "path_length": lambda f, k: close(f["number"], None if k.enter_s or k.exit_s else k.path_length),
    "speed": lambda f, k: close(f["number"], k.speed),
    "acceleration": acceleration,
    "turn": turn,
    "repetition_count": lambda f, k: f["number"] == k.cycles,
    "scale_change": scale,
    "appear": lambda f, k: event(f, k.enter_s),
    "disappear": lambda f, k: event(f, k.exit_s),
}


def test_usable_facts_agree_with_the_parameters(scenes: tuple[dict[str, ObjectFacts], list[dict]]) -> None:
    expected, facts = scenes
    own = [f for f in facts if f["kind"] in AGREES and f["margin"] >= 1.5]
    verdicts = [(f, AGREES[f["kind"]](f, expected[f["subject_track_id"]])) for f in own]
    judged = [(f, v) for f, v in verdicts if v is not None]
    assert len(judged) > 8 * len(expected)
    assert [f for f, v in judged if not v] == []


def test_most_of_what_the_parameters_say_is_found(scenes: tuple[dict[str, ObjectFacts], list[dict]]) -> None:
    expected, facts = scenes
    usable = defaultdict(set)
    for fact in facts:
        if fact["margin"] >= 1.5 and not fact["object_track_id"]:
            usable[fact["kind"]].add(fact["subject_track_id"])
    share = {
        kind: len(usable[kind] & set(expected)) / len(expected)
        for kind in ("moving", "trajectory_shape", "appear", "disappear")
    }
    assert min(share.values()) >= 0.85, share
    swings = {t for t, e in expected.items() if e.cycles}
    assert len(usable["repetition_count"] & swings) >= 0.85 * len(swings)
    straight = {t for t, e in expected.items() if e.shape == "straight"}
    assert len(usable["direction"] & straight) >= 0.85 * len(straight)


def test_objects_are_counted_or_the_count_is_open(scenes: tuple[dict[str, ObjectFacts], list[dict]]) -> None:
    expected, facts = scenes
    counted = [f for f in facts if f["kind"] == "count" and f["margin"] >= 1.5]
    assert counted
    for fact in counted:
        name, number = fact["value"].split(":")
        clip = fact["clip_id"] + "."
        assert int(number) == sum(t.startswith(clip) and e.class_name == name for t, e in expected.items()), fact
