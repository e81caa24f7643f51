"""English for motion facts: nouns, numbers, lengths, directions; and choices seeded from content."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import TypeVar

Choice = TypeVar("Choice")

_SMALL = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_PLURALS = {
    "person": "people", "man": "men", "woman": "women", "child": "children", "sheep": "sheep", "mouse": "mice",
    "knife": "knives", "wine glass": "wine glasses", "bus": "buses", "toothbrush": "toothbrushes", "skis": "skis",
    "sandwich": "sandwiches", "couch": "couches", "bench": "benches", "aircraft": "aircraft", "broccoli": "broccoli",
    "scissors": "scissors", "foot": "feet", "goose": "geese", "deer": "deer", "fish": "fish", "leaf": "leaves",
}  # fmt: skip
_PAIRS = ("scissors", "skis")
_LIVING = ("person", "man", "woman", "child", "boy", "girl")

#: Spoken fractions of a frame height, and the value each stands for.
FRACTIONS: tuple[tuple[float, str], ...] = (
    (0.05, "a twentieth of"), (0.1, "a tenth of"), (1 / 8, "an eighth of"), (1 / 6, "a sixth of"), (0.2, "a fifth of"), (0.25, "a quarter of"),
    (1 / 3, "a third of"), (0.4, "two fifths of"), (0.5, "half"), (0.6, "three fifths of"), (2 / 3, "two thirds of"), (0.75, "three quarters of"), (1.0, "the full"),
    (1.25, "one and a quarter times"), (1.5, "one and a half times"), (2.0, "twice"), (2.5, "two and a half times"), (3.0, "three times"), (4.0, "four times"), (5.0, "five times"),
)  # fmt: skip

DIRECTION_PHRASES = {
    "right": "to the right", "upper-right": "towards the upper right", "up": "upwards", "upper-left": "towards the upper left",
    "left": "to the left", "lower-left": "towards the lower left", "down": "downwards", "lower-right": "towards the lower right",
}  # fmt: skip

REGION_PHRASES = {
    "upper left": "in the upper left of the frame", "upper centre": "at the top centre of the frame", "upper right": "in the upper right of the frame",
    "middle left": "halfway up the left side of the frame", "centre": "in the centre of the frame", "middle right": "halfway up the right side of the frame",
    "lower left": "in the lower left of the frame", "lower centre": "at the bottom centre of the frame", "lower right": "in the lower right of the frame",
}  # fmt: skip

RELATION_PHRASES = {"left_of": "to the left of", "right_of": "to the right of", "above": "above", "below": "below"}


def seed(*parts: object) -> int:
    """A number from content: the first 8 bytes of the sha256 of the parts."""
    return int.from_bytes(hashlib.sha256("|".join(map(str, parts)).encode()).digest()[:8], "big")


def pick(options: Sequence[Choice], *parts: object) -> Choice:
    """One of the options, always the same one for the same parts."""
    return options[seed(*parts) % len(options)]


def shuffled(items: Sequence[Choice], *parts: object) -> list[Choice]:
    """The items in an order that the parts alone decide."""
    order = sorted(range(len(items)), key=lambda i: seed(*parts, i))
    return [items[i] for i in order]


def number(value: int) -> str:
    """A count in words up to twelve, in digits above."""
    return _SMALL[value] if 0 <= value < len(_SMALL) else str(value)


def ordinal(position: int) -> str:
    """`first` for 1, up to tenth; `11th`, `12th`, `21st` above.

    Raises:
        ValueError: The position is below 1.
    """
    if position < 1:
        raise ValueError(f"positions count from 1, not {position}")
    if position <= len(_ORDINALS):
        return _ORDINALS[position - 1]
    ending = "th" if position % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(position % 10, "th")
    return f"{position}{ending}"


def times(count: int) -> str:
    """`once`, `twice`, `three times`."""
    return {1: "once", 2: "twice"}.get(count) or f"{number(count)} times"


def noun(name: str) -> str:
    """A class name as a countable noun (`scissors` -> `pair of scissors`)."""
    name = name.replace("_", " ").lower()
    return f"pair of {name}" if name in _PAIRS else name


def plural(name: str) -> str:
    """The plural of a class name; of several words, the last is put in the plural."""
    name = name.replace("_", " ").lower()
    if name in _PAIRS:
        return f"pairs of {name}"
    if name in _PLURALS:
        return _PLURALS[name]
    head, _, last = name.rpartition(" ")
    if head:
        return f"{head} {plural(last)}"
    if last.endswith(("s", "x", "z", "ch", "sh")):
        return f"{last}es"
    if last.endswith("y") and len(last) > 1 and last[-2] not in "aeiou":
        return f"{last[:-1]}ies"
    return f"{last}s"


def a(phrase: str) -> str:
    """The phrase with its indefinite article."""
    first = phrase.split()[0].lower()
    vowel = first[0] in "aeiou" and not first.startswith(("uni", "use", "eu", "one"))
    return f"{'an' if vowel or first.startswith(('hour', 'honest')) else 'a'} {phrase}"


def who(class_name: str) -> str:
    """The relative pronoun of a class."""
    return "who" if class_name in _LIVING else "that"


def of_people(text: str) -> str:
    """What is said of a thing, said of a person: `it moves` becomes `they move`, `its` becomes `their`."""
    they = re.sub(r"\bit (\w+)", lambda found: f"they {base(found[1])}", text)
    return re.sub(r"\bits\b", "their", they)


def base(verb: str) -> str:
    """The form of a verb after `they`: `moves` -> `move`, `goes` -> `go`."""
    return {"goes": "go", "does": "do", "is": "are"}.get(verb) or verb.removesuffix("s")


def join(parts: Sequence[str], word: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def seconds(value: float) -> str:
    """A time with one decimal."""
    return f"{value:.1f} s"


def length(value: float) -> str:
    """A length in frame heights as one says it, within about a tenth of its value."""
    near, phrase = min(FRACTIONS, key=lambda f: abs(f[0] - value) / f[0])
    if abs(near - value) <= 0.1 * value:
        if near == 1.0:
            return "about the full frame height"
        return f"about {phrase} the frame height"
    if value < 1:
        return f"about {max(1, round(value * 100))} percent of the frame height"
    return f"about {value:.1f} times the frame height"


def sentence(text: str) -> str:
    """The text with a capital and a full stop."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")
