"""The verifier: what verifies, what contradicts, and what neither does."""

from __future__ import annotations

import pytest

from fm_assets.motion.claims import Claim, FactIndex, Verdict, verify
from fm_assets.motion.rows import MOTION_SCORES
from fm_assets.motion.vocabulary import DIRECTIONS, KINDS
from fm_resources.rows import from_pylist

V, C, U = Verdict.VERIFIED, Verdict.CONTRADICTED, Verdict.UNVERIFIABLE


def index(*facts: tuple) -> FactIndex:
    """Facts (kind, value, subject, object, margin, number, t0) as an index."""
    rows = []
    for i, entry in enumerate(facts):
        kind, value, subject, other, margin, number, t0 = (*entry, *(None,) * (7 - len(entry)))
        rows.append(
            {
                "fact_id": f"v.c0.f-{i:010x}", "clip_id": "v.c0", "kind": kind, "subject_track_id": subject,
                "object_track_id": other, "t0": t0 or 0.0, "t1": 8.0 if t0 is None else t0, "value": value,
                "number": number, "unit": KINDS[kind].unit, "margin": 4.0 if margin is None else margin,
                "confidence": 0.9, "frame_of_reference": "image", "frame0": 0, "frame1": 80,
            }
        )  # fmt: skip
    return FactIndex(from_pylist(rows, MOTION_SCORES))


def verdict(claim: Claim, *facts: tuple, min_margin: float = 1.5) -> Verdict:
    return verify(claim, index(*facts), min_margin).verdict


def test_equal_values_verify_and_name_their_fact() -> None:
    judgement = verify(Claim("colour", "a", "red"), index(("colour", "blue", "b"), ("colour", "red", "a")))
    assert judgement.verdict is V
    assert judgement.fact_ids == ("v.c0.f-0000000001",)


@pytest.mark.parametrize("claimed", DIRECTIONS)
def test_directions_beside_the_measured_one_are_neither_right_nor_wrong(claimed: str) -> None:
    steps = (DIRECTIONS.index(claimed) - DIRECTIONS.index("left")) % 8
    expected = {0: V, 1: U, 7: U}.get(steps, C)
    assert verdict(Claim("direction", "a", claimed), ("direction", "left", "a")) is expected


def test_weak_facts_decide_nothing() -> None:
    weak = ("direction", "left", "a", None, 1.4)
    assert verdict(Claim("direction", "a", "left"), weak) is U
    assert verdict(Claim("direction", "a", "right"), weak) is U
    assert verdict(Claim("direction", "a", "right"), weak, min_margin=1.0) is C  # its angle is not known


def test_facts_about_others_decide_nothing() -> None:
    assert verdict(Claim("direction", "b", "left"), ("direction", "left", "a")) is U
    assert verdict(Claim("order", "a", "before", "c"), ("order", "before", "a", "b")) is U


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (Claim("direction", "a", "left"), C),
        (Claim("trajectory_shape", "a", "circular"), C),
        (Claim("trajectory_shape", "a", "stationary"), U),
        (Claim("turn", "a", "left"), C),
        (Claim("repetition_count", "a", "3", number=3), C),
        (Claim("acceleration", "a", "accelerating"), C),
        (Claim("acceleration", "a", "constant"), U),
        (Claim("speed", "a", "0.3", number=0.3), C),
        (Claim("moving", "a", "moving"), C),
        (Claim("moving", "a", "stationary"), V),
        (Claim("distance_change", "a", "approach", "b"), C),
        (Claim("distance_change", "b", "constant", "a"), V),
        (Claim("speed_order", "a", "faster", "m"), C),
        (Claim("speed_order", "m", "faster", "a"), V),
        (Claim("speed_order", "a", "faster", "b"), U),
    ],
)
def test_rest_refutes_every_motion(claim: Claim, expected: Verdict) -> None:
    facts = [("moving", "stationary", "a"), ("moving", "stationary", "b"), ("moving", "moving", "m")]
    assert verdict(claim, *facts) is expected


@pytest.mark.parametrize(
    ("kind", "value", "reverse"),
    [
        ("order", "before", "after"), ("speed_order", "faster", "slower"), ("relative_position", "left_of", "right_of"),
        ("relative_position", "above", "below"),
    ],
)  # fmt: skip
def test_relations_hold_from_the_other_side(kind: str, value: str, reverse: str) -> None:
    fact = (kind, value, "a", "b")
    assert verdict(Claim(kind, "a", value, "b"), fact) is V
    assert verdict(Claim(kind, "b", reverse, "a"), fact) is V
    assert verdict(Claim(kind, "a", reverse, "b"), fact) is C
    assert verdict(Claim(kind, "b", value, "a"), fact) is C


def test_left_of_says_nothing_about_above() -> None:
    fact = ("relative_position", "left_of", "a", "b")
    assert verdict(Claim("relative_position", "a", "above", "b"), fact) is U
    both = (fact, ("relative_position", "above", "a", "b"))
    assert verdict(Claim("relative_position", "a", "above", "b"), *both) is V
    assert verdict(Claim("relative_position", "a", "below", "b"), *both) is C


def test_moments_are_told_apart() -> None:
    facts = [
        ("region", "upper left", "a", None, 4.0, None, 0.0), ("region", "centre", "a", None, 0.3, None, 4.0),
        ("region", "lower right", "a", None, 4.0, None, 8.0),
    ]  # fmt: skip
    assert verdict(Claim("region", "a", "upper left", when="start"), *facts) is V
    assert verdict(Claim("region", "a", "upper left", when="end"), *facts) is C
    assert verdict(Claim("region", "a", "centre", when="middle"), *facts) is U
    assert verdict(Claim("region", "a", "upper left"), *facts) is U
    assert verdict(Claim("region", "a", "lower right", when="end"), *facts) is V
    weak_start = [("region", "upper left", "a", None, 0.3, None, 0.0), *facts[1:]]
    assert verdict(Claim("region", "a", "centre", when="start"), *weak_start) is U


def test_touching_regions_are_refuted_only_from_afar() -> None:
    claim = Claim("region", "a", "upper centre", when="start")
    assert verdict(claim, ("region", "upper left", "a", None, 2.0)) is U
    assert verdict(claim, ("region", "upper left", "a", None, 3.5)) is C
    assert verdict(claim, ("region", "lower left", "a", None, 2.0)) is C


@pytest.mark.parametrize(
    ("angle", "margin", "claimed", "expected"),
    [
        (180.0, 3.36, "upper-left", C),  # 22.5 degrees off the sector, 3.36 of 6.7
        (190.0, 1.87, "upper-left", C),  # 32.5 degrees off
        (190.0, 1.87, "lower-left", U),  # 12.5 degrees off
        (180.0, 2.0, "upper-left", U),  # with twice the noise
        (200.0, 0.4, "right", C),  # left or lower left, but not right
        (200.0, 0.4, "lower-left", U),
    ],
)
def test_a_neighbouring_direction_is_refuted_from_afar(
    angle: float, margin: float, claimed: str, expected: Verdict
) -> None:
    assert verdict(Claim("direction", "a", claimed), ("direction", "left", "a", None, margin, angle)) is expected


def test_a_straight_path_has_a_stop_only_if_it_is_hardly_straight() -> None:
    for margin, expected in ((4.0, C), (2.0, U)):
        straight = ("trajectory_shape", "straight", "a", None, margin)
        assert verdict(Claim("trajectory_shape", "a", "stop_and_go"), straight) is expected
    stopping = ("trajectory_shape", "stop_and_go", "a", None, 9.0)
    assert verdict(Claim("trajectory_shape", "a", "straight"), stopping) is U  # it may be that, too


def test_half_a_period_is_not_the_period() -> None:
    even = ("repetition_period", "3.4", "a", None, 3.9, 3.4)  # the margin is that of the cycles' evenness
    assert verdict(Claim("repetition_period", "a", "3.4", number=3.4), even) is V
    assert verdict(Claim("repetition_period", "a", "1.7", number=1.7), even) is C


def test_a_claim_of_several_values_needs_one_of_them() -> None:
    fact = ("movement_order", "overlaps", "a", "b", 5.0)
    first = Claim("movement_order", "a", "before", "b", alternatives=("meets", "overlaps", "contains", "finished_by"))
    later = Claim("movement_order", "a", "after", "b", alternatives=("met_by", "overlapped_by", "during", "finishes"))
    over = Claim("movement_order", "a", "before", "b", alternatives=("meets",))
    assert verdict(first, fact) is V
    assert verdict(later, fact) is C
    assert verdict(over, fact) is U  # it meets what nearly overlaps


def test_numbers_need_ten_per_cent_or_two_errors() -> None:
    sharp, vague = ("speed", "0.5", "a", None, 20.0, 0.5), ("speed", "0.5", "a", None, 4.0, 0.5)
    assert verdict(Claim("speed", "a", "0.54", number=0.54), sharp) is V
    assert verdict(Claim("speed", "a", "0.58", number=0.58), sharp) is U
    assert verdict(Claim("speed", "a", "0.7", number=0.7), sharp) is C
    assert verdict(Claim("speed", "a", "0.62", number=0.62), vague) is V
    assert verdict(Claim("speed", "a", "0.7", number=0.7), vague) is U  # within two errors, but off by two fifths
    assert verdict(Claim("speed", "a", "0.54"), sharp) is V
    assert verdict(Claim("speed", "a", "fast"), sharp) is U


def test_counts_are_exact() -> None:
    facts = [("count", "car:3", None, None, 4.0, 3.0), ("repetition_count", "4", "a", None, 4.0, 4.0)]
    assert verdict(Claim("count", None, "car:3"), *facts) is V
    assert verdict(Claim("count", None, "car:2"), *facts) is C
    assert verdict(Claim("count", None, "dog:3"), *facts) is U
    assert verdict(Claim("repetition_count", "a", "4"), *facts) is V
    assert verdict(Claim("repetition_count", "a", "5"), *facts) is C


def test_times_of_events() -> None:
    fact = ("appear", "entered", "a", None, 4.0, 2.4, 2.4)
    assert verdict(Claim("appear", "a", "entered"), fact) is V
    assert verdict(Claim("appear", "a", "entered", number=2.5), fact) is V
    assert verdict(Claim("appear", "a", "entered", number=3.0), fact) is U
    assert verdict(Claim("appear", "a", "entered", number=5.0), fact) is C
    assert verdict(Claim("appear", "a", "present"), fact) is C


def test_a_turn_is_refuted_only_if_all_turns_go_the_other_way() -> None:
    assert verdict(Claim("turn", "a", "left"), ("turn", "right", "a", None, 4.0, 90.0)) is C
    assert verdict(Claim("turn", "a", "left"), ("turn", "right", "a"), ("turn", "left", "a", None, 1.0, 40.0)) is U
    assert verdict(Claim("turn", "a", "right", number=100), ("turn", "right", "a", None, 4.0, 90.0)) is V
    assert verdict(Claim("turn", "a", "right", number=180), ("turn", "right", "a", None, 4.0, 90.0)) is C
    assert verdict(Claim("turn", "a", "right"), ("trajectory_shape", "straight", "a")) is C


def test_classes_and_colours() -> None:
    assert verdict(Claim("class", "a", "dog"), ("class", "car", "a")) is C
    assert verdict(Claim("class", "a", "object"), ("class", "car", "a")) is V
    assert verdict(Claim("class", "a", "car"), ("class", "object", "a")) is U
    assert verdict(Claim("colour", "a", "orange"), ("colour", "red", "a")) is U
    assert verdict(Claim("colour", "a", "green"), ("colour", "red", "a")) is C


def test_what_is_not_in_the_vocabulary_is_open() -> None:
    assert verdict(Claim("direction", "a", "sideways"), ("direction", "left", "a")) is U
    assert verdict(Claim("direction", "a", "left", when="start"), ("direction", "left", "a")) is U
    assert verdict(Claim("order", "a", "before"), ("order", "before", "a", "b")) is U
    with pytest.raises(ValueError, match="unknown kind"):
        Claim("mood", "a", "happy")
    with pytest.raises(ValueError, match="unknown moment"):
        Claim("region", "a", "centre", when="later")


def test_counts_of_several_clips_do_not_mix() -> None:
    def row(clip: str, value: str) -> dict:
        return {
            "fact_id": f"{clip}.f-0", "clip_id": clip, "kind": "count", "subject_track_id": None,
            "object_track_id": None, "t0": 0.0, "t1": 8.0, "value": value, "number": None, "unit": "objects",
            "margin": 4.0, "confidence": 0.9, "frame_of_reference": "image", "frame0": 0, "frame1": 80,
        }  # fmt: skip

    both = from_pylist([row("v.c0", "car:3"), row("v.c1", "car:1")], MOTION_SCORES)
    assert verify(Claim("count", None, "car:3"), FactIndex(both)).verdict is U
    assert verify(Claim("count", None, "car:1"), FactIndex(both.slice(1))).verdict is V


@pytest.mark.parametrize("kind", ["displacement", "path_length"])
@pytest.mark.parametrize("end", [("appear", "occluded"), ("disappear", "occluded")])
def test_how_far_something_goes_is_not_known_where_it_was_hidden(kind: str, end: tuple[str, str]) -> None:
    far = (kind, "0.4", "a", None, 9.0, 0.4)
    right, wrong = Claim(kind, "a", "0.4", number=0.4), Claim(kind, "a", "2", number=2.0)
    assert (verdict(right, far), verdict(wrong, far)) == (V, C)
    hidden = (*end, "a", None, 0.5)  # a weak fact is warning enough
    assert (verdict(right, far, hidden), verdict(wrong, far, hidden)) == (U, U)
    seen = ("appear", "entered", "a", None, 9.0)
    assert verdict(right, far, seen) is V
    assert verdict(Claim("direction", "a", "left"), ("direction", "left", "a"), hidden) is V
