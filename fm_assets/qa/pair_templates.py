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
        question = f"Which way do {m.name(a)} and {m.name(b)} move?"
        yield from m.among("directions_of_two", "motion attributes", "how", (question,), value, texts, [x, y], a, b)


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
            question = f"What do {m.name(a)} and {m.name(b)} do?"
            found = list(
                m.among(
                    "shapes_of_two", "motion recognition", "what", (question,), value, texts, [x, y], a, b, form=form
                )
            )
            yield from found
            if found:
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
        question = f"How does {m.name(a)} compare with {m.name(b)}?"
        yield from m.among("speed_and_side", "spatial relations", "how", (question,), value, texts, [x, y], a, b)


def follower(m: Maker) -> Iterator[Candidate]:
    """Who follows whom, or passes whom, and which way."""
    for x, y in m.pairs():
        a, b = m.mixed([x, y], "follower")
        for kind, verb, contrary in (("follow", "follows", "leads"), ("pass", "passes", "passed_by")):
            met, heading = m.clip.between(kind, a, b), m.clip.main("direction", a)
            if len(met) != 1 or heading is None:
                continue
            doers = {verb: (a, b), contrary: (b, a)}
            texts = {
                f"{who}|{way}": f"{m.name(doers[who][0])} {verb} {m.name(doers[who][1])}, moving {DIRECTION_PHRASES[way]}"
                for who in doers
                for way in (heading.value, opposite(heading.value) or "")
            }
            value = f"{met[0].value}|{heading.value}"
            question = f"Which of {m.name(a)} and {m.name(b)} {verb} the other, and which way?"
            yield from m.among(kind, "spatial relations", "how", (question,), value, texts, [x, y], a, b)


#: Allen's relations in which the first of two movements begins before the second, after it; ends before it, after it.
_BEGINS = {r: "first" for r in ("before", "meets", "overlaps", "contains", "finished_by")} | {
    r: "second" for r in ("after", "met_by", "overlapped_by", "during", "finishes")
}
_ENDS = {r: "first" for r in ("before", "meets", "overlaps", "during", "starts")} | {
    r: "second" for r in ("after", "met_by", "overlapped_by", "contains", "started_by")
}


def movement_order(m: Maker) -> Iterator[Candidate]:
    """Which of two movements begins first, and which ends first."""
    for x, y in m.pairs():
        a, b = m.mixed([x, y], "movement order")
        known = m.clip.between("movement_order", a, b)
        if len(known) != 1 or known[0].value not in _BEGINS or known[0].value not in _ENDS:
            continue
        names = {"first": m.name(a), "second": m.name(b)}
        texts = {
            f"{begins}|{ends}": f"{names[begins]} starts first, {names[ends]} stops first"
            for begins in names
            for ends in names
        }
        value = f"{_BEGINS[known[0].value]}|{_ENDS[known[0].value]}"
        question = f"Which of {m.name(a)} and {m.name(b)} starts moving first, and which stops moving first?"
        yield from m.among("movement_order", "action order", "how", (question,), value, texts, [x, y], a, b)


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
