"""Questions about two or three objects at once: which way each goes, which is faster, what each does."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from fm_assets.captions.language import DIRECTION_PHRASES, RELATION_PHRASES
from fm_assets.motion.vocabulary import DIRECTIONS, opposite
from fm_assets.qa.maker import Candidate, Maker
from fm_assets.qa.phrases import EXCLUDED_SHAPES, SHAPE_PHRASES


def directions_of_two(m: Maker) -> Iterator[Candidate]:
    """Two directions, opposite to each other, for each of two objects."""
    for x, y in m.pairs():
        a, b = m.mixed([x, y], "directions")
        first, second = m.clip.main("direction", a), m.clip.main("direction", b)
        if first is None or second is None or second.value not in (first.value, opposite(first.value)):
            continue
        ways = sorted((first.value, opposite(first.value) or ""), key=DIRECTIONS.index)
        texts = {
            f"{p}|{q}": f"{m.name(a)} moves {DIRECTION_PHRASES[p]}, {m.name(b)} moves {DIRECTION_PHRASES[q]}"
            for p, q in itertools.product(ways, ways)
        }
        value = f"{first.value}|{second.value}"
        asked = m.choose("directions_of_two", value, [tuple(v for v in texts if v != value)], a, b)
        if asked is not None:
            question = f"Which way do {m.name(a)} and {m.name(b)} move?"
            said = [texts[v] for v in asked.wrong]
            yield m.make(
                "directions_of_two", "motion attributes", "how", (question,), texts[value], said, [x, y], asked=asked
            )


def shapes_of_two(m: Maker) -> Iterator[Candidate]:
    """Two kinds of movement for each of two objects."""
    for x, y in m.pairs():
        a, b = m.mixed([x, y], "shapes")
        first, second = m.clip.value("trajectory_shape", a), m.clip.value("trajectory_shape", b)
        if first not in EXCLUDED_SHAPES or second not in EXCLUDED_SHAPES:
            continue
        for other in m.mixed(tuple(EXCLUDED_SHAPES), a, b) if first == second else (second,):
            if other not in EXCLUDED_SHAPES[first] or first not in EXCLUDED_SHAPES[other]:
                continue
            kinds = sorted((first, other))
            texts = {
                f"{p}|{q}": f"{m.name(a)} {SHAPE_PHRASES[p]}, {m.name(b)} {SHAPE_PHRASES[q]}"
                for p, q in itertools.product(kinds, kinds)
            }
            value, form = f"{first}|{second}", f"shapes of two: {' and '.join(kinds)}"
            asked = m.choose(form, value, [tuple(v for v in texts if v != value)], a, b)
            if asked is not None:
                question = f"What do {m.name(a)} and {m.name(b)} do?"
                said = [texts[v] for v in asked.wrong]
                yield m.make(
                    "shapes_of_two", "motion recognition", "what", (question,), texts[value], said, [x, y], asked=asked
                )
                break


def speed_and_side(m: Maker) -> Iterator[Candidate]:
    """Which of two is faster, and on which side of the other it starts."""
    for x, y in m.pairs():
        if m.told(x) or m.told(y):
            continue
        a, b = m.mixed([x, y], "speed and side")
        speeds, places = m.clip.between("speed_order", a, b), m.clip.relation_at(a, b, "start")
        sides = [f.value for f in places if f.value in ("left_of", "right_of")]
        if not speeds or not sides or not m.clip.at_edge(places[0]):
            continue
        value = f"{speeds[0].value}|{sides[0]}"
        texts = {
            f"{speed}|{side}": f"is {speed} and starts {RELATION_PHRASES[side]} {m.it(b)}"
            for speed in ("faster", "slower")
            for side in ("left_of", "right_of")
        }
        asked = m.choose("speed_and_side", value, [tuple(v for v in texts if v != value)], a, b)
        if asked is not None:
            question = f"How does {m.name(a)} compare with {m.name(b)}?"
            said = [texts[v] for v in asked.wrong]
            yield m.make(
                "speed_and_side", "spatial relations", "how", (question,), texts[value], said, [x, y], asked=asked
            )


def speed_ranking(m: Maker) -> Iterator[Candidate]:
    for group in itertools.combinations(m.moving[:5], 3):
        ranked = sorted(
            group,
            key=lambda t: sum(
                f.value == "slower" for o in group if o != t for f in m.clip.between("speed_order", t, o)
            ),
        )
        if all(
            any(f.value == "faster" for f in m.clip.between("speed_order", p, q))
            for p, q in itertools.combinations(ranked, 2)
        ):
            texts = [m.name(t) for t in ranked]
            a, b, c = m.mixed(texts, "speed")
            wrong = [", then ".join(p) for p in itertools.permutations(texts) if list(p) != texts]
            question = f"How do {a}, {b} and {c} rank in speed, from fastest to slowest?"
            right = ", then ".join(texts)
            said = m.mixed(wrong, *group)
            yield m.make("speed_ranking", "motion attributes", "how", (question,), right, said, ranked)
