"""Questions about how one object moves: its shape, entry, cycles, direction, speed, distance, size."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from fm_assets.captions.clipfacts import Fact
from fm_assets.captions.language import (
    DIRECTION_PHRASES,
    seed,
    times,
)
from fm_assets.captions.referring import entry_side
from fm_assets.motion.vocabulary import DIRECTIONS
from fm_assets.qa.maker import Candidate, Maker
from fm_assets.qa.phrases import (
    ENTRIES,
    EXCLUDED_SHAPES,
    SHAPE_PHRASES,
    THERE,
    TREND_PHRASES,
    WIDEST,
    frame_heights,
)


def shape(m: Maker) -> Iterator[Candidate]:
    for track in m.tracks:
        fact = m.clip.main("trajectory_shape", track)
        if fact is None or fact.value not in EXCLUDED_SHAPES:
            continue
        wrong = [SHAPE_PHRASES[s] for s in m.mixed(EXCLUDED_SHAPES[fact.value], fact.fact_id)]
        name = m.name(track)
        questions = (
            f"What does {name} do?",
            f"What does {name} do in the clip?",
            f"Which best describes how {name} moves?",
        )
        yield m.make("shape", "motion recognition", "what", questions, SHAPE_PHRASES[fact.value], wrong, [track])


def entry(m: Maker) -> Iterator[Candidate]:
    for track in m.tracks:
        fact = m.clip.main("appear", track)
        if fact is None or m.told(track):
            continue
        side = entry_side(m.clip, track)
        right = THERE if fact.value == "present" else ENTRIES.get(side or "", "")
        if not right or (fact.value == "present" and seed(m.clip.clip_id, fact.fact_id) % 3):
            continue  # most objects are there from the start: asked each time, that would be the best guess
        others = [*m.mixed([e for e in ENTRIES.values() if e != right], fact.fact_id)]
        if fact.value != "present":
            others.insert(0, THERE)
        questions = (
            f"How does {m.name(track)} come into view?",
            f"How does {m.name(track)} appear in the clip?",
        )
        yield m.make("entry", "motion recognition", "how", questions, right, others, [track])


def repetitions(m: Maker) -> Iterator[Candidate]:
    for track in m.tracks:
        fact = m.clip.main("repetition_count", track)
        if fact is None or fact.number is None or fact.number < 1:
            continue
        count = round(fact.number)
        first = max(1, count - seed(m.clip.clip_id, fact.fact_id) % 4)
        wrong = [times(n) for n in range(first, first + 4) if n != count]
        name = m.name(track)
        questions = (
            f"How many times does {name} go back and forth?",
            f"How many times does {name} move back and forth?",
        )
        given = [m.clip.main("trajectory_shape", track)]
        yield m.make("repetitions", "repetition count", "how", questions, times(count), wrong, [track], given)


def _heading(m: Maker, track: str) -> tuple[Fact, list[str]] | None:
    """The direction and the three others at right angles to it and to each other."""
    fact = m.clip.main("direction", track)
    if fact is None:
        return None
    at = DIRECTIONS.index(fact.value)
    return fact, [DIRECTIONS[(at + k) % 8] for k in (4, 2, 6)]


def direction(m: Maker) -> Iterator[Candidate]:
    for track in m.moving:
        found = _heading(m, track)
        if found:
            name = m.name(track)
            questions = (
                f"In which direction does {name} move?",
                f"Which way does {name} move?",
                f"Which way does {name} head?",
            )
            wrong = [DIRECTION_PHRASES[d] for d in found[1]]
            yield m.make(
                "direction",
                "motion attributes",
                "how",
                questions,
                DIRECTION_PHRASES[found[0].value],
                wrong,
                [track],
            )


def direction_and_trend(m: Maker) -> Iterator[Candidate]:
    said = {"accelerating": "speeding up", "decelerating": "slowing down"}
    yield from _with_direction(
        m,
        "direction_and_trend",
        "acceleration",
        said,
        {"accelerating": "decelerating", "decelerating": "accelerating"},
    )


def direction_and_size(m: Maker) -> Iterator[Candidate]:
    said = {"grows": "growing larger in the frame", "shrinks": "getting smaller in the frame"}
    yield from _with_direction(m, "direction_and_size", "scale_change", said, {"grows": "shrinks", "shrinks": "grows"})


def _with_direction(
    m: Maker, template: str, kind: str, said: dict[str, str], contrary: dict[str, str]
) -> Iterator[Candidate]:
    for track in m.moving:
        found, fact = _heading(m, track), m.clip.main(kind, track)
        if not found or fact is None or fact.value not in said:
            continue
        ways, manners = (found[0].value, found[1][0]), (fact.value, contrary[fact.value])
        options = [f"{DIRECTION_PHRASES[w]}, {said[m]}" for w in ways for m in manners]
        name = m.name(track)
        questions = (f"How does {name} move?", f"How does {name} move over time?")
        yield m.make(template, "motion attributes", "how", questions, options[0], options[1:], [track])


def trend(m: Maker) -> Iterator[Candidate]:
    for track in m.moving:
        fact = m.clip.main("acceleration", track)
        if fact is not None:
            wrong = [p for v, p in TREND_PHRASES.items() if v != fact.value] + ["does not move at all"]
            name = m.name(track)
            questions = (
                f"How does {name} change {m.its(track)} speed?",
                f"What does {name} do in terms of speed?",
            )
            yield m.make("trend", "motion attributes", "how", questions, TREND_PHRASES[fact.value], wrong, [track])


def distance(m: Maker) -> Iterator[Candidate]:
    for track in m.moving:
        fact = m.clip.whole_way("displacement", track)
        if fact is None or not fact.number or fact.number < 0.08:
            continue
        below = min(seed(m.clip.clip_id, fact.fact_id) % 4, max(k for k in range(4) if fact.number / 2**k >= 0.05))
        below = max(below, min(k for k in range(4) if fact.number * 2 ** (3 - k) <= WIDEST or k == 3))
        said = [frame_heights(fact.number * 2.0 ** (k - below)) for k in range(4)]
        question = f"How far from {m.its(track)} starting point does {m.name(track)} end up?"
        yield m.make(
            "distance",
            "motion attributes",
            "how",
            (question,),
            said[below],
            [w for w in said if w != said[below]],
            [track],
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
            any(f.value == "faster" for f in m.clip.between("speed_order", x, y))
            for x, y in itertools.combinations(ranked, 2)
        ):
            texts = [m.name(t) for t in ranked]
            a, b, c = m.mixed(texts, "speed")
            wrong = [", then ".join(p) for p in itertools.permutations(texts) if list(p) != texts]
            question = f"How do {a}, {b} and {c} rank in speed, from fastest to slowest?"
            yield m.make(
                "speed_ranking",
                "motion attributes",
                "how",
                (question,),
                ", then ".join(texts),
                m.mixed(wrong, *group),
                ranked,
            )
