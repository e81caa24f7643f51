"""The words of options, in one form per question."""

from __future__ import annotations

#: Shapes that no one would see in a path of the first: a curved path may pass for a part of a circle, so
#: that pair is missing, as are a line with stops and a straight line.
EXCLUDED_SHAPES: dict[str, tuple[str, ...]] = {
    "straight": ("circular", "zigzag", "stationary", "curved"),
    "curved": ("straight", "zigzag", "back_and_forth", "stationary"),
    "circular": ("straight", "zigzag", "back_and_forth", "stationary"),
    "zigzag": ("straight", "circular", "stationary"),
    "back_and_forth": ("circular", "curved", "stationary"),
    "stop_and_go": ("circular", "back_and_forth", "stationary"),
    "stationary": ("straight", "curved", "circular", "zigzag", "back_and_forth", "stop_and_go"),
}
SHAPE_PHRASES = {
    "straight": "moves in a straight line", "curved": "moves along a curved path", "circular": "moves around in a circle", "zigzag": "moves along a zigzag path",
    "back_and_forth": "keeps moving back and forth", "stop_and_go": "stops and starts again", "stationary": "stays in the same place",
}  # fmt: skip
TREND_PHRASES = {"accelerating": "speeds up", "decelerating": "slows down", "constant": "keeps a steady speed"}
SCALE_PHRASES = {"grows": "grows larger in the frame", "shrinks": "gets smaller in the frame"}
GAPS = {
    "approach": "it gets smaller", "recede": "it gets larger", "constant": "it stays about the same",
    "still": "neither of the two moves",
}  # fmt: skip
GETTING = {"approach": "getting closer to", "recede": "moving away from"}
WIDEST = 2.1  # frame heights; no net movement in a wide frame is longer
THERE = "is there at the start"
ENTRIES = {s: f"enters from the {s}" for s in ("left", "right", "top", "bottom")}


def frame_heights(value: float) -> str:
    """A length as an option says it: all options in one form, so that none stands out."""
    return f"about {value:.1f} frame heights" if value >= 1 else f"about {value:.2f} frame heights"
