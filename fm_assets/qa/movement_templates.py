"""Questions about how one object moves: its shape, entry, cycles, direction, speed, distance, size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

from fm_assets.captions.clipfacts import Fact
from fm_assets.captions.language import DIRECTION_PHRASES, seconds, times
from fm_assets.captions.referring import entry_side
from fm_assets.motion.vocabulary import DIRECTIONS
from fm_assets.qa.balance import Asked
from fm_assets.qa.ladder import STEP, position, rung
from fm_assets.qa.maker import Candidate, Maker
from fm_assets.qa.phrases import ENTRIES, EXCLUDED_SHAPES, SHAPE_PHRASES, THERE, TREND_PHRASES, WIDEST, frame_heights

STILL = "still"
_ENTRY_PHRASES = {"present": THERE, **ENTRIES}
_TRENDS = {**TREND_PHRASES, STILL: "does not move at all"}


def shape(m: Maker) -> Iterator[Candidate]:
    for track in m.tracks:
        fact = m.clip.main("trajectory_shape", track)
        if fact is None or fact.value not in EXCLUDED_SHAPES:
            continue
        sets = list(combinations(EXCLUDED_SHAPES[fact.value], 3))
        asked = m.choose("shape", fact.value, sets, fact.fact_id)
        if asked is None:
            continue
        name = m.name(track)
        questions = (
            f"What does {name} do?",
            f"What does {name} do in the clip?",
            f"Which best describes how {name} moves?",
        )
        said = [SHAPE_PHRASES[s] for s in asked.wrong]
        yield m.make(
            "shape", "motion recognition", "what", questions, SHAPE_PHRASES[fact.value], said, [track], asked=asked
        )


def entry(m: Maker) -> Iterator[Candidate]:
    for track in m.tracks:
        fact = m.clip.main("appear", track)
        if fact is None or m.told(track):
            continue
        value = "present" if fact.value == "present" else entry_side(m.clip, track)
        if value is None:
            continue
        others = [v for v in _ENTRY_PHRASES if v != value]
        asked = m.choose("entry", value, list(combinations(others, 3)), fact.fact_id)
        if asked is None:
            continue
        questions = (
            f"How does {m.name(track)} come into view?",
            f"How does {m.name(track)} appear in the clip?",
        )
        said = [_ENTRY_PHRASES[v] for v in asked.wrong]
        yield m.make("entry", "motion recognition", "how", questions, _ENTRY_PHRASES[value], said, [track], asked=asked)


def repetitions(m: Maker) -> Iterator[Candidate]:
    for track in m.tracks:
        fact = m.clip.main("repetition_count", track)
        if fact is None or fact.number is None or fact.number < 1:
            continue
        count = round(fact.number)
        asked = _counted(m, "repetitions", fact, count)
        if asked is None:
            continue
        name = m.name(track)
        questions = (
            f"How many times does {name} go back and forth?",
            f"How many times does {name} move back and forth?",
        )
        given = [m.clip.main("trajectory_shape", track)]
        said = [times(int(n)) for n in asked.wrong]
        yield m.make(
            "repetitions", "repetition count", "how", questions, times(count), said, [track], given, asked=asked
        )


def direction(m: Maker) -> Iterator[Candidate]:
    for track in m.moving:
        fact = m.clip.main("direction", track)
        if fact is None:
            continue
        at = DIRECTIONS.index(fact.value)  # the three others at right angles to it and to each other
        asked = m.choose("direction", fact.value, [tuple(DIRECTIONS[(at + k) % 8] for k in (4, 2, 6))], fact.fact_id)
        if asked is None:
            continue
        name = m.name(track)
        questions = (
            f"In which direction does {name} move?",
            f"Which way does {name} move?",
            f"Which way does {name} head?",
        )
        said = [DIRECTION_PHRASES[d] for d in asked.wrong]
        yield m.make(
            "direction",
            "motion attributes",
            "how",
            questions,
            DIRECTION_PHRASES[fact.value],
            said,
            [track],
            asked=asked,
        )


def trend(m: Maker) -> Iterator[Candidate]:
    for track in m.moving:
        fact = m.clip.main("acceleration", track)
        if fact is None:
            continue
        name = m.name(track)
        questions = (
            f"How does {name} change {m.its(track)} speed?",
            f"What does {name} do in terms of speed?",
        )
        yield from m.among("trend", "motion attributes", "how", questions, fact.value, _TRENDS, [track], fact.fact_id)


def distance(m: Maker) -> Iterator[Candidate]:
    for track in m.moving:
        question = f"How far from {m.its(track)} starting point does {m.name(track)} end up?"
        yield from _on_ladder(
            m, "distance", m.clip.whole_way("displacement", track), question, track, frame_heights, WIDEST
        )


def path_length(m: Maker) -> Iterator[Candidate]:
    for track in m.moving:
        if m.clip.value("trajectory_shape", track) in ("straight", "stop_and_go"):
            continue  # the distance says it
        question = f"How long is the path that {m.name(track)} covers?"
        fact = m.clip.whole_way("path_length", track)
        yield from _on_ladder(m, "path_length", fact, question, track, frame_heights, 4 * WIDEST)


def speed(m: Maker) -> Iterator[Candidate]:
    for track in m.moving:
        question = f"How fast does {m.name(track)} move on average?"
        fact = m.clip.main("speed", track)
        yield from _on_ladder(m, "speed", fact, question, track, lambda v: f"{frame_heights(v)} per second", WIDEST)


def peak_speed(m: Maker) -> Iterator[Candidate]:
    for track in m.moving:
        question = f"What top speed does {m.name(track)} reach?"
        fact = m.clip.main("peak_speed", track)
        yield from _on_ladder(
            m, "peak_speed", fact, question, track, lambda v: f"{frame_heights(v)} per second", 2 * WIDEST
        )


def turns(m: Maker) -> Iterator[Candidate]:
    for track, side in ((track, side) for track in m.moving for side in ("left", "right")):
        fact = m.clip.main(f"{side}_turns", track)
        if fact is None or not fact.number:
            continue
        asked = _counted(m, "turns", fact, round(fact.number))
        if asked is None:
            continue
        name, said = m.name(track), [times(int(n)) for n in asked.wrong]
        question = f"How many times does {name} turn {side}?"
        right = times(round(fact.number))
        yield m.make("turns", "repetition count", "how", (question,), right, said, [track], asked=asked)


def _counted(m: Maker, form: str, fact: Fact, count: int) -> Asked | None:
    """Four counts in a row, the right one at any place."""
    firsts = range(max(1, count - 3), count + 1)
    sets = [tuple(str(n) for n in range(first, first + 4) if n != count) for first in firsts]
    return m.choose(form, str(count), sets, fact.fact_id)


def period(m: Maker) -> Iterator[Candidate]:
    for track in m.moving:
        question = f"How long does one back-and-forth cycle of {m.name(track)} take?"
        fact = m.clip.main("repetition_period", track)
        yield from _on_ladder(m, "period", fact, question, track, lambda s: f"about {seconds(s)}", m.clip.end_s)


def _on_ladder(
    m: Maker, template: str, fact: Fact | None, question: str, track: str, spoken: Callable[[float], str], most: float
) -> Iterator[Candidate]:
    """Four rungs of a ladder, the right one at any place."""
    at = position(fact, m.clip.clip_id, track, template)
    if at is None:
        return
    firsts = [at - STEP * k for k in range(4) if at >= STEP * k and rung(at + STEP * (3 - k)) <= max(most, rung(at))]
    sets = [tuple(str(first + STEP * j) for j in range(4) if first + STEP * j != at) for first in firsts]
    asked = m.choose(template, str(at), sets, track)
    if asked is None:
        return
    said = [spoken(rung(int(n))) for n in asked.wrong]
    category = "repetition count" if template == "period" else "motion attributes"
    yield m.make(template, category, "how", (question,), spoken(rung(at)), said, [track], asked=asked)
