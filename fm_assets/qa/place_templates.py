"""Questions about where objects are, and where they are to each other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from fm_assets.captions.language import (
    REGION_PHRASES,
    RELATION_PHRASES,
)
from fm_assets.motion.claims import FAR
from fm_assets.motion.vocabulary import REGIONS, from_other_side
from fm_assets.qa.maker import Candidate, Maker
from fm_assets.qa.phrases import (
    GAPS,
    GETTING,
)


def start_place(m: Maker) -> Iterator[Candidate]:
    yield from _places(m, "start")


def end_place(m: Maker) -> Iterator[Candidate]:
    yield from _places(m, "end")


def middle_place(m: Maker) -> Iterator[Candidate]:
    yield from _places(m, "middle")


def _places(m: Maker, when: str) -> Iterator[Candidate]:
    for track in m.tracks:
        fact = m.clip.region_at(track, when)
        if fact is None or (when != "end" and m.told(track)):
            continue
        if fact.margin < FAR * m.clip.min_margin:
            continue  # what touches it could not be refuted, and the lonely option would be the right one
        form = (
            f"{when}_place {m.clip.value('disappear' if when == 'end' else 'appear', track)}"  # the question tells it
        )
        asked = m.choose(form, fact.value, OTHERS[fact.value], fact.fact_id)
        if asked is None:
            continue
        name = m.name(track)
        if when == "middle":
            if {m.clip.value(kind, track) for kind in ("appear", "disappear")} != {"present"}:
                continue
            questions: tuple[str, ...] = (f"Where in the frame is {name} in the middle of the clip?",)
        elif when == "end":
            questions = (
                f"Where in the frame does {name} end up?",
                f"Where is {name} when last seen?",
            )
            if m.clip.value("disappear", track) == "present":
                questions = (questions[0], f"Where is {name} at the end of the clip?")
        elif m.clip.value("appear", track) == "present":
            questions = (f"Where in the frame does {name} start?", f"Where is {name} at the start of the clip?")
        else:
            questions = (
                f"Where in the frame does {name} first come into view?",
                f"Where in the frame does {name} first appear?",
            )
        said = [REGION_PHRASES[r] for r in asked.wrong]
        yield m.make(
            f"{when}_place", "location", "what", questions, REGION_PHRASES[fact.value], said, [track], asked=asked
        )


#: Per region all sets of three others.
OTHERS = {r: list(combinations([o for o in REGIONS if o != r], 3)) for r in REGIONS}


def relation_and_gap(m: Maker) -> Iterator[Candidate]:
    for x, y in m.pairs():
        if m.told(x) or m.told(y):
            continue
        places, changes = m.clip.relation_at(x, y, "start"), m.clip.between("distance_change", x, y)
        if not places or not m.clip.at_edge(places[0]) or len(changes) != 1 or changes[0].value not in GETTING:
            continue
        texts = {
            f"{p}|{c}": f"{RELATION_PHRASES[p]} {m.it(y)}, {GETTING[c]} {m.it(y)}"
            for p in (places[0].value, from_other_side("relative_position", places[0].value))
            for c in GETTING
        }
        value = f"{places[0].value}|{changes[0].value}"
        question = f"Where does {m.name(x)} start relative to {m.name(y)}, and what happens then?"
        yield from m.among("relation_and_gap", "spatial relations", "how", (question,), value, texts, [x, y], x, y)


def relation_change(m: Maker) -> Iterator[Candidate]:
    for x, y in m.pairs():
        if m.told(x) or m.told(y):
            continue
        start, end = m.clip.relation_at(x, y, "start"), m.clip.relation_at(x, y, "end")
        axes = (("left_of", "right_of"), ("above", "below"))
        axis = next((p for p in axes if any(f.value in p for f in start) and any(f.value in p for f in end)), None)
        if axis is None or not (m.clip.at_edge(start[0]) and m.clip.at_edge(end[0])):
            continue
        first, last = (next(f.value for f in found if f.value in axis) for found in (start, end))
        it = m.it(y)
        texts = {
            f"{p}|{q}": f"{RELATION_PHRASES[p]} {it} at the start, {RELATION_PHRASES[q]} {it} at the end"
            for p in axis
            for q in axis
        }
        value = f"{first}|{last}"
        question = f"Where is {m.name(x)} relative to {m.name(y)}?"
        yield from m.among("relation_change", "spatial relations", "how", (question,), value, texts, [x, y], x, y)


def gap(m: Maker) -> Iterator[Candidate]:
    for x, y in m.pairs():
        facts = m.clip.between("distance_change", x, y)
        if len(facts) != 1:
            continue
        value = facts[0].value
        a, b = m.name(x), m.name(y)
        questions = (
            f"What happens to the distance between {a} and {b}?",
            f"How does the distance between {a} and {b} change?",
        )
        yield from m.among("gap", "spatial relations", "how", questions, value, GAPS, [x, y], x, y)
