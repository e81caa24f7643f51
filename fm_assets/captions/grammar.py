"""Parts of speech of sentences in normal form, as patterns, and what their words stand for."""

from __future__ import annotations

import re

from fm_assets.captions.language import FRACTIONS
from fm_assets.captions.nounphrases import NUMBERS

FRAME = r"(?:frame|image|picture|scene|screen|view|shot|field of view)"
NEUTRAL = r"(?:move|travel|head|go|proceed|shift|progress|advance|make (?:its|their|his|her) way)"
MANNER = (
    r"(?:drift|slide|glide|float|roll|walk|run|drive|fly|swim|crawl|jog|ride|sail|skate|step|stroll|bounce|jump|hop"
    r"|swing|sway|wiggle|wobble|meander|shuttle)"
)
TRACK = r"<(\d+|\?)>"
NUMBER = r"(?:" + "|".join(NUMBERS) + r"|\d+)"
COUNT = rf"({NUMBER})"
_OF_FRAME = rf"(?: (?:of|in) the {FRAME})?"
_SIDE = r"(?:wards?)?(?: (?:side|edge|direction|hand side))?"
_LR = rf"(?:(?:further )?(?:(?:to|towards|in|into) )?(?:the |its |a )?(?:left|right){_SIDE}(?! of <)|leftwards?|rightwards?)"
_UD = r"(?:upwards?|up|downwards?|down|(?:to|towards) the (?:top|bottom)(?: edge)?)"
_DIAG = r"(?:(?:(?:to|towards|in|into) )?(?:the )?(?:upper|lower|top|bottom) (?:left|right)(?: (?:corner|direction))?)"
_COMB = rf"(?:{_UD}(?: and| ,)? (?:then )?{_LR}|(?:{_LR}) and (?:to the )?{_UD})"
DIRECTION = rf"((?:(?:straight|directly|diagonally) )?(?:{_COMB}|{_DIAG}|{_LR}|{_UD})){_OF_FRAME}(?! of )"
_PART = r"(?:upper|lower|top|bottom|middle|centre|left|right)"
SPOT = rf"((?:{_PART})(?: (?:left|right|centre|middle|side|edge|corner|part|area|portion))*)(?: of the {FRAME})?((?: ,)? (?:halfway up|at mid height))?"
REGION = rf"(?:(?:in|at|near|on|around|inside|within|by) the (?:very |far )?{SPOT}|halfway up the (left|right)(?: (?:side|edge))?(?: of the {FRAME})?)(?! of <)"
_WORD_LENGTHS = {phrase.removesuffix(" of"): value for value, phrase in FRACTIONS}
_HEIGHT = r"(?: of)?(?: the)? frame(?: 's)? heights?"
LENGTH = (
    r"((?:about |roughly |around |approximately |some )?(?:"
    + "|".join(re.escape(w) for w in sorted(_WORD_LENGTHS, key=lambda w: (-len(w), w)))
    + rf"|\d+(?:\.\d+)? percent|\d+(?:\.\d+)?(?: times)?){_HEIGHT})"
)
SECONDS = r"(\d+(?:\.\d+)?) s\b"


def length_of(phrase: str) -> float | None:
    """Frame heights in a spoken length, or None."""
    bare = re.sub(r"^(?:about|roughly|around|approximately|some) ", "", phrase)
    bare = re.sub(rf"{_HEIGHT}$", "", bare).strip()
    if bare in _WORD_LENGTHS:
        return _WORD_LENGTHS[bare]
    if found := re.fullmatch(r"(\d+(?:\.\d+)?)( percent)?(?: times)?", bare):
        return float(found[1]) / (100.0 if found[2] else 1.0)
    return None


def count_of(word: str) -> int:
    """The number that a word or digits stand for."""
    return NUMBERS[word] if word in NUMBERS else int(word)


def how_many(words: str) -> int:
    """The number in `once`, `three times`, `about 4`, `no`, `a single`."""
    word = re.sub(r"^(?:about|exactly) | times$", "", words)
    known = {"once": 1, "twice": 2, "thrice": 3, "a": 1, "an": 1, "a single": 1, "no": 0, "zero": 0}
    return known[word] if word in known else count_of(word)


def direction_of(phrase: str) -> str | None:
    """The sector that a phrase names, or None where it names none or two opposite ones."""
    words = phrase.split()
    up = any(w in ("up", "upward", "upwards", "upper", "top") for w in words)
    down = any(w in ("down", "downward", "downwards", "lower", "bottom") for w in words)
    left = any(w.startswith("left") for w in words)
    right = any(w.startswith("right") for w in words)
    if (up and down) or (left and right):
        return None
    vertical, horizontal = ("upper" if up else "lower" if down else ""), ("left" if left else "right" if right else "")
    if vertical and horizontal:
        return f"{vertical}-{horizontal}"
    return horizontal or {"upper": "up", "lower": "down", "": None}[vertical]


def region_of(spot: str, halfway: bool) -> tuple[str, str] | None:
    """`(row, column)` of a spot; empty where the words leave it open; None where they name no place."""
    words = spot.split()
    row = "upper" if {"upper", "top"} & set(words) else "lower" if {"lower", "bottom"} & set(words) else ""
    column = "left" if "left" in words else "right" if "right" in words else ""
    middle = any(w in ("centre", "middle") for w in words)
    if middle or halfway:
        if row:
            return row, column or "centre"
        return ("middle", column) if column else ("middle", "centre")
    return (row, column) if row or column else None
