"""What people put into the slots of a statement: directions, places and sides in several wordings each."""

from __future__ import annotations

DIRECTION_WORDS: dict[str, tuple[str, ...]] = {
    "right": ("to the right", "right", "rightwards", "towards the right", "from left to right", "rightward"),
    "upper-right": (
        "to the upper right",
        "up and to the right",
        "towards the top right",
        "diagonally up to the right",
        "toward the upper right corner",
    ),
    "up": ("up", "upwards", "upward", "towards the top", "from bottom to top", "in the upward direction"),
    "upper-left": (
        "to the upper left",
        "up and to the left",
        "towards the top left",
        "diagonally up to the left",
        "toward the upper left corner",
    ),
    "left": ("to the left", "left", "leftwards", "towards the left", "from right to left", "leftward"),
    "lower-left": (
        "to the lower left",
        "down and to the left",
        "towards the bottom left",
        "diagonally down to the left",
        "toward the lower left corner",
    ),
    "down": ("down", "downwards", "downward", "towards the bottom", "from top to bottom", "in the downward direction"),
    "lower-right": (
        "to the lower right",
        "down and to the right",
        "towards the bottom right",
        "diagonally down to the right",
        "toward the lower right corner",
    ),
}

PLACE_WORDS: dict[str, tuple[str, ...]] = {
    "upper left": ("in the upper left", "at the top left of the frame", "in the top-left part of the picture"),
    "upper centre": ("at the top centre", "in the upper middle of the frame", "in the top middle of the image"),
    "upper right": ("in the upper right", "at the top right of the frame", "in the top-right part of the picture"),
    "middle left": ("at the middle left", "in the centre left of the frame", "on the left at mid-height"),
    "centre": ("in the centre", "in the middle of the frame", "in the center of the image"),
    "middle right": ("at the middle right", "in the centre right of the frame", "on the right at mid-height"),
    "lower left": ("in the lower left", "at the bottom left of the frame", "in the bottom-left part of the picture"),
    "lower centre": ("at the bottom centre", "in the lower middle of the frame", "in the bottom middle of the image"),
    "lower right": (
        "in the lower right",
        "at the bottom right of the frame",
        "in the bottom-right part of the picture",
    ),
}

#: Relation -> words before the object.
RELATION_WORDS: dict[str, tuple[str, ...]] = {
    "left_of": ("to the left of", "left of", "on the left side of", "on the left of"),
    "right_of": ("to the right of", "right of", "on the right side of", "on the right of"),
    "above": ("above", "higher than", "higher up than", "over"),
    "below": ("below", "lower than", "lower down than", "beneath"),
}

#: Relation -> where the object has the subject.
SIDE_WORDS: dict[str, tuple[str, ...]] = {
    "left_of": ("on its left", "to its left"),
    "right_of": ("on its right", "to its right"),
    "above": ("above it",),
    "below": ("below it",),
}

NUMBER_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
