"""The vocabulary of motion facts: kinds, values, units. Facts, captions, questions and the verifier speak it.

Frame of axes: x to the right, y **up** for angles (0 degrees = right, 90 = up), although stored pixels
count y downwards. Lengths are in frame heights, times in seconds from the clip's start.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

DIRECTIONS = ("right", "upper-right", "up", "upper-left", "left", "lower-left", "down", "lower-right")
SHAPES = ("straight", "curved", "circular", "zigzag", "back_and_forth", "stop_and_go", "stationary", "irregular")
RELATIONS = ("left_of", "right_of", "above", "below")
REGIONS = (
    "upper left", "upper centre", "upper right",
    "middle left", "centre", "middle right",
    "lower left", "lower centre", "lower right",
)  # fmt: skip
#: Allen's thirteen relations of two intervals (Allen 1983), each with its inverse.
ALLEN = (
    ("before", "after"), ("meets", "met_by"), ("overlaps", "overlapped_by"), ("starts", "started_by"),
    ("during", "contains"), ("finishes", "finished_by"), ("equals", "equals"),
)  # fmt: skip
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "grey", "white")

#: The seven caption sections and the seven question categories of the paper.
Section = Literal[
    "actions", "temporal order", "object-action association", "location", "repetition", "motion", "spatial relations"
]
SECTIONS: tuple[str, ...] = get_args(Section)
CATEGORIES = (
    "motion recognition", "action order", "motion-related object", "location",
    "repetition count", "motion attributes", "spatial relations",
)  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """What one kind of fact states.

    Attributes:
        values: Allowed values; empty where the value is a quantity or a class name.
        unit: Unit of `number`.
        relation: Whether the fact has an object track besides its subject.
        meaning: One sentence.
    """

    values: tuple[str, ...]
    unit: str
    relation: bool
    meaning: str


KINDS: dict[str, Kind] = {
    "class": Kind((), "", False, "What the subject is; number = share of the vote."),
    "colour": Kind(COLOURS, "", False, "The subject's colour; number = share of the vote."),
    "count": Kind((), "objects", False, "How many objects of a class the clip shows in all: value `<class>:<n>`, no subject."),
    "moving": Kind(("moving", "stationary"), "frame heights", False, "Whether the subject's position changes at all in the interval."),
    "direction": Kind(DIRECTIONS, "degrees", False, "Sector of the net displacement; number = angle, 0 right, 90 up."),
    "displacement": Kind((), "frame heights", False, "Length of the net displacement."),
    "path_length": Kind((), "frame heights", False, "Length of the smoothed path."),
    "speed": Kind((), "frame heights/s", False, "Mean speed over the interval."),
    "peak_speed": Kind((), "frame heights/s", False, "Largest speed over the interval."),
    "acceleration": Kind(("accelerating", "decelerating", "constant"), "ratio", False, "Speed in the last third over the first."),
    "trajectory_shape": Kind(SHAPES, "", False, "Shape of the path over the interval."),
    "repetition_count": Kind((), "cycles", False, "Complete cycles of a back-and-forth movement."),
    "repetition_period": Kind((), "seconds", False, "Time that one cycle of a back-and-forth movement takes."),
    "left_turns": Kind((), "turns", False, "How many turns of 45 to 135 degrees to the left (counter-clockwise) the path takes."),
    "right_turns": Kind((), "turns", False, "How many turns of 45 to 135 degrees to the right (clockwise) the path takes."),
    "turn": Kind(("left", "right"), "degrees", False, "A turn as the image shows it; left = counter-clockwise."),
    "region": Kind(REGIONS, "", False, "Where the subject is at t0 = t1 (thirds of the frame)."),
    "appear": Kind(("entered", "present", "occluded"), "seconds", False, "How the track begins: enters at the frame's edge, is there from the clip's start, or was hidden (or not found) before."),
    "disappear": Kind(("exited", "present", "occluded"), "seconds", False, "How the track ends: leaves over the frame's edge, is there at the clip's end, or is hidden (or not found) from then on."),
    "scale_change": Kind(("grows", "shrinks", "constant"), "ratio", False, "Apparent size at the end over the start."),
    "arm": Kind(("left_raised", "left_lowered", "right_raised", "right_lowered"), "seconds", False, "A person's wrist passes the shoulder of the same arm, upwards or downwards; left and right are the person's own; number = when."),
    "wave_count": Kind((), "waves", False, "How often a person's raised hand swings from side to side and back: value `<side>:<n>`."),
    "posture": Kind(("sits_down", "stands_up"), "seconds", False, "A person who stood sits from then on, or the other way round; number = when."),
    "relative_position": Kind(RELATIONS, "frame heights", True, "Where the subject is, seen from the object, at t0 = t1."),
    "distance_change": Kind(("approach", "recede", "constant"), "ratio", True, "Change of the gap between subject and object."),
    "order": Kind(("before", "after"), "seconds", True, "The subject appears before or after the object; number = |difference|."),
    "speed_order": Kind(("faster", "slower"), "ratio", True, "The subject's mean speed against the object's."),
    "size_order": Kind(("larger", "smaller"), "ratio", True, "The subject's apparent size against the object's, of one class, as long as both are seen whole."),
    "contact": Kind(("touching",), "seconds", True, "The boxes touch or overlap in the image and move together (depth is not known); number = how long."),
    "follow": Kind(("follows", "leads"), "frame heights", True, "Both go the same way, one behind the other, at a steady distance; number = the distance."),
    "pass": Kind(("passes", "passed_by"), "seconds", True, "Both go the same way and their order along it swaps; number = when."),
    "cross": Kind(("crosses",), "seconds", True, "Both go against or across each other and swap sides, or cross each other's paths; number = when they are nearest."),
    "clearance": Kind(("apart",), "frame heights", True, "The ways of both, boxes and all, keep clear of each other in the image as long as each is there; number = the least gap."),
    "co_movement": Kind(("together", "opposite"), "correlation", True, "The velocities of both agree, or are opposed, as long as both are seen."),
    "movement_order": Kind(tuple(dict.fromkeys(v for pair in ALLEN for v in pair)), "seconds", True, "Allen's relation of the subject's time of movement to the object's; number = how much later the subject starts."),
}  # fmt: skip

#: Kinds that say how far a thing goes: of what was not seen all the way they say nothing.
WHOLE_WAY = ("displacement", "path_length")
#: Kinds that say the same of a pair seen from its other side.
SYMMETRIC = ("distance_change", "contact", "cross", "clearance", "co_movement")


def from_other_side(kind: str, value: str) -> str:
    """What a fact about a pair says when its two objects change places (`follows` -> `leads`)."""
    return value if kind in SYMMETRIC else opposite(value) or value


def opposite(value: str) -> str | None:
    """The value that contradicts by reversal (`left` -> `right`, `before` -> `after`), or None."""
    return _OPPOSITES.get(value)


def _opposites() -> dict[str, str]:
    pairs = [
        ("left", "right"), ("up", "down"), ("upper-left", "lower-right"), ("upper-right", "lower-left"),
        ("left_of", "right_of"), ("above", "below"), ("before", "after"), ("approach", "recede"),
        ("accelerating", "decelerating"), ("grows", "shrinks"), ("faster", "slower"), ("larger", "smaller"), ("moving", "stationary"),
        ("entered", "present"), ("exited", "present"),
        ("follows", "leads"), ("passes", "passed_by"), ("together", "opposite"), *ALLEN[1:-1],
    ]  # fmt: skip
    return {a: b for a, b in pairs} | {
        b: a for a, b in pairs if (a, b) not in {("entered", "present"), ("exited", "present")}
    }


_OPPOSITES = _opposites()
