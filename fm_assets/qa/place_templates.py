"""Questions about where objects are, and where they are to each other."""

from __future__ import annotations

from collections.abc import Iterator

from fm_assets.captions.language import (
    REGION_PHRASES,
    RELATION_PHRASES,
)
from fm_assets.motion.vocabulary import REGIONS, from_other_side
from fm_assets.qa.maker import Candidate, Maker
from fm_assets.qa.phrases import (
    GAP_PHRASES,
    GETTING,
    SPOTS,
)


def start_place(m: Maker) -> Iterator[Candidate]:
    yield from _places(m, "start")


def end_place(m: Maker) -> Iterator[Candidate]:
    yield from _places(m, "end")


def _places(m: Maker, when: str) -> Iterator[Candidate]:
    for track in m.tracks:
        fact = m.clip.region_at(track, when)
        if fact is None or (when == "start" and m.told(track)):
            continue
        name = m.name(track)
        other_time = m.clip.region_at(track, "end" if when == "start" else "start")
        elsewhere = [f.value for t in m.tracks if t != track and (f := m.clip.region_at(t, when))]
        likely = [
            other_time.value if other_time else "",
            *m.mixed(elsewhere, fact.fact_id)[:1],
            *m.mixed(REGIONS, fact.fact_id),
        ]
        wrong = [REGION_PHRASES[r] for r in dict.fromkeys(likely) if r and r != fact.value]
        if when == "end":
            questions: tuple[str, ...] = (
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
        yield m.make(f"{when}_place", "location", "what", questions, REGION_PHRASES[fact.value], wrong, [track])


def from_to(m: Maker) -> Iterator[Candidate]:
    for track in m.moving:
        start, end = m.clip.region_at(track, "start"), m.clip.region_at(track, "end")
        if not start or not end or start.value == end.value or m.told(track):
            continue
        others = m.mixed([r for r in REGIONS if r not in (start.value, end.value)], start.fact_id)
        ways = [(end.value, start.value), (start.value, others[0]), (others[1], end.value)]
        wrong = [f"from the {SPOTS[x]} to the {SPOTS[y]}" for x, y in ways]
        right = f"from the {SPOTS[start.value]} to the {SPOTS[end.value]}"
        yield m.make(
            "from_to",
            "location",
            "how",
            (f"From where to where does {m.name(track)} move?",),
            right,
            wrong,
            [track],
        )


def relation_and_gap(m: Maker) -> Iterator[Candidate]:
    for x, y in m.pairs():
        if m.told(x) or m.told(y):
            continue
        places, changes = m.clip.relation_at(x, y, "start"), m.clip.between("distance_change", x, y)
        if not places or not m.clip.at_edge(places[0]) or len(changes) != 1 or changes[0].value not in GETTING:
            continue
        place, change = places[0].value, changes[0].value
        options = [
            f"{RELATION_PHRASES[p]} {m.it(y)}, {GETTING[c]} {m.it(y)}"
            for p in (place, from_other_side("relative_position", place))
            for c in (change, "recede" if change == "approach" else "approach")
        ]
        question = f"Where does {m.name(x)} start relative to {m.name(y)}, and what happens then?"
        yield m.make("relation_and_gap", "spatial relations", "how", (question,), options[0], options[1:], [x, y])


def relation_change(m: Maker) -> Iterator[Candidate]:
    for x, y in m.pairs():
        if m.told(x) or m.told(y):
            continue
        start, end = m.clip.relation_at(x, y, "start"), m.clip.relation_at(x, y, "end")
        axes = ({"left_of", "right_of"}, {"above", "below"})
        axis = next((p for p in axes if any(f.value in p for f in start) and any(f.value in p for f in end)), None)
        if axis is None or not (m.clip.at_edge(start[0]) and m.clip.at_edge(end[0])):
            continue
        first = next(f.value for f in start if f.value in axis)
        last = next(f.value for f in end if f.value in axis)
        ordered = [first, *sorted(axis - {first})]
        options = [(p, q) for p in ordered for q in ordered]
        it = m.it(y)
        texts = {
            o: f"{RELATION_PHRASES[o[0]]} {it} at the start, {RELATION_PHRASES[o[1]]} {it} at the end" for o in options
        }
        question = f"Where is {m.name(x)} relative to {m.name(y)}?"
        wrong = [texts[o] for o in options if o != (first, last)]
        yield m.make("relation_change", "spatial relations", "how", (question,), texts[first, last], wrong, [x, y])


def gap(m: Maker) -> Iterator[Candidate]:
    for x, y in m.pairs():
        facts = m.clip.between("distance_change", x, y)
        if len(facts) != 1:
            continue
        wrong = [f"it {p}" for v, p in GAP_PHRASES.items() if v != facts[0].value] + ["neither of the two moves"]
        a, b = m.name(x), m.name(y)
        questions = (
            f"What happens to the distance between {a} and {b}?",
            f"How does the distance between {a} and {b} change?",
        )
        yield m.make("gap", "spatial relations", "how", questions, f"it {GAP_PHRASES[facts[0].value]}", wrong, [x, y])
