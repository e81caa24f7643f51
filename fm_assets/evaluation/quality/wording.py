"""Statements put into words: the slots of `phrasings` filled from a scene's parameters."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from fm_assets.evaluation.quality.phrasings import (
    DIRECTION_WORDS,
    NUMBER_WORDS,
    PHRASINGS,
    PLACE_WORDS,
    RELATION_WORDS,
    SIDE_WORDS,
)
from fm_assets.scenes.spec import SceneSpec

#: Halves of the phrasings: the reader is improved on the first, and measured on both.
HALVES = ("seen", "held out")
_PLURALS = {"ball": "balls", "box": "boxes", "star": "stars", "cone": "cones", "cross": "crosses"}
#: Kinds whose value fills a slot, so that all statements are kept under one key.
_SLOT_KINDS = frozenset({"class", "colour", "direction"})


@dataclass(frozen=True)
class Said:
    """A statement about a scene before it is put into words.

    Attributes:
        kind: Key of `PHRASINGS`.
        value: Value; for `movement_order` a key of `MOVEMENT_ORDERS`, for `count` the class, empty for quantities.
        subject: Number of the object; -1 for `count`.
        other: Number of the second object; -1 where there is none.
        number: Quantity, where there is one.
        when: Moment of a place, else empty.
    """

    kind: str
    value: str
    subject: int
    other: int = -1
    number: float | None = None
    when: str = ""


def key_of(said: Said) -> str:
    """Under which key of its kind `PHRASINGS` keeps the ways to say this."""
    if said.kind == "count":
        return "one" if said.number == 1 else "many"
    if said.when:
        return said.when
    return "" if said.kind in _SLOT_KINDS or said.number is not None else said.value


@cache
def phrasings(kind: str, key: str, half: str) -> tuple[str, ...]:
    """The statements of one half: those of a key in the order of their hashes, taken in turn."""
    ordered = sorted(PHRASINGS[kind][key], key=lambda text: hashlib.sha256(f"{kind}|{text}".encode()).digest())
    return tuple(ordered[HALVES.index(half) :: 2])


def draw(options: Sequence[str], *parts: object) -> str:
    """One of the options, always the same one for the same parts."""
    digest = hashlib.sha256("|".join(map(str, parts)).encode()).digest()
    return options[int.from_bytes(digest[:8], "big") % len(options)]


def names_of(spec: SceneSpec) -> dict[int, str]:
    """Noun phrases of the objects that have a unique one: `the ball`, or `the red ball` where there are two."""
    classes = Counter(o.class_name for o in spec.objects)
    both = Counter((o.colour, o.class_name) for o in spec.objects)
    found: dict[int, str] = {}
    for i, o in enumerate(spec.objects):
        if both[o.colour, o.class_name] > 1:
            continue
        short = classes[o.class_name] == 1 and draw(("long", "short"), spec.seed, spec.kind, i) == "short"
        found[i] = f"the {o.class_name}" if short else f"the {o.colour} {o.class_name}"
    return found


def subject_of(said: Said, spec: SceneSpec, names: Mapping[int, str]) -> str | None:
    """How a statement calls its subject: without its class where it states that, or its colour; None: it cannot."""
    if said.subject < 0:
        return ""
    obj = spec.objects[said.subject]
    if said.kind == "class":
        unique = sum(o.colour == obj.colour for o in spec.objects) == 1
        return f"the {obj.colour} object" if unique else None
    if said.kind == "colour":
        unique = sum(o.class_name == obj.class_name for o in spec.objects) == 1
        return f"the {obj.class_name}" if unique else None
    return names.get(said.subject)


def word(said: Said, template: str, spec: SceneSpec, names: Mapping[int, str], seed: object) -> str:
    """The statement in the words of a template.

    Raises:
        ValueError: The template has a slot that the statement does not fill.
    """
    x, y = subject_of(said, spec, names) or "", names.get(said.other, "")
    slots = {"x": x, "X": _capital(x), "y": y, "Y": _capital(y)}
    slots |= _values(said, template, seed) | _numbers(said, template, seed)
    try:
        return template.format_map(slots)
    except KeyError as error:
        raise ValueError(f"{template!r} has a slot that {said} does not fill") from error


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _values(said: Said, template: str, seed: object) -> dict[str, str]:
    value = said.value
    match said.kind:
        case "class":
            return {"c": _article(value), "noun": value}
        case "colour":
            return {"colour": value, "Colour": _capital(value), "a_colour": _article(value)}
        case "direction":
            return {"d": draw(DIRECTION_WORDS[value], seed, template)}
        case "region":
            return {"place": draw(PLACE_WORDS[value], seed, template)}
        case "relative_position":
            return {
                "rel": draw(RELATION_WORDS[value], seed, template),
                "on_side": draw(SIDE_WORDS[value], seed, template),
            }
        case _:
            return {}


def _numbers(said: Said, template: str, seed: object) -> dict[str, str]:
    if said.number is None:
        return {}
    if said.kind not in ("count", "repetition_count", "left_turns", "right_turns"):
        text = f"{said.number:.2f}".rstrip("0").rstrip(".")
        return {"n": text, "N": text, "s": f"{said.number:.1f}".removesuffix(".0")}
    count = round(said.number)
    spelled = NUMBER_WORDS[count] if count < len(NUMBER_WORDS) else str(count)
    n = draw((spelled, str(count)), seed, template) if count else spelled
    often = {0: "zero times", 1: "once", 2: "twice"}.get(count, f"{n} times")
    slots = {"n": n, "N": _capital(n), "pl": "" if count == 1 else "s", "times": often, "Times": _capital(often)}
    if said.kind == "count":
        things = f"{n} {_PLURALS[said.value] if count != 1 else said.value}"
        slots |= {"thing": things, "things": things, "Things": _capital(things)}
        slots |= {"noun": said.value, "nouns": _PLURALS[said.value]}
    return slots
