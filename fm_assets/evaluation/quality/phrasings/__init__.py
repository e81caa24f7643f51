"""English statements written as annotators, language models and non-native speakers write them, apart from templates.

They measure the verifier. Nothing in the product writes by them, and its reader is improved only on the half of them
that `seen` picks. Each states one fact of `fm_assets.motion.vocabulary` and nothing else.

Slots:
    {x}, {y}: subject and object, a noun phrase with its article; {X}, {Y} with a capital letter.
    {n}: number, in figures or words; {N} with a capital letter. {pl}: `s` where it is not 1.
    {times}: `once`, `twice`, `three times`; {Times} with a capital letter.
    {s}: seconds, in figures.
    {d}: direction, of `DIRECTION_WORDS`; {place}: region, of `PLACE_WORDS`.
    {rel}: relation, of `RELATION_WORDS`; {on_side}: of `SIDE_WORDS`.
    {c}: class with its article; {noun}, {nouns}: class alone, its plural.
    {colour}, {Colour}, {a_colour}: colour, with a capital letter, with its article.
    {thing}, {things}, {Things}: number and class.
"""

from __future__ import annotations

from fm_assets.evaluation.quality.phrasings.movement import MOVEMENT
from fm_assets.evaluation.quality.phrasings.objects import OBJECTS
from fm_assets.evaluation.quality.phrasings.pairs import PAIRS
from fm_assets.evaluation.quality.phrasings.timing import MOVEMENT_ORDERS, TIMING
from fm_assets.evaluation.quality.phrasings.words import (
    DIRECTION_WORDS,
    NUMBER_WORDS,
    PLACE_WORDS,
    RELATION_WORDS,
    SIDE_WORDS,
)

__all__ = [
    "DIRECTION_WORDS",
    "MOVEMENT_ORDERS",
    "NUMBER_WORDS",
    "PHRASINGS",
    "PLACE_WORDS",
    "RELATION_WORDS",
    "SIDE_WORDS",
]

#: Kind -> value -> statements. The value is empty where a slot holds it; that of `region` and `relative_position` is the
#: time (start, middle, end), that of `count` whether it is of one or many, that of `movement_order` a key of
#: `MOVEMENT_ORDERS`.
PHRASINGS: dict[str, dict[str, tuple[str, ...]]] = {**OBJECTS, **MOVEMENT, **PAIRS, **TIMING}
