"""Two statements about one object at once, each with another that is false: four options, each half of which occurs twice.

A single statement with one contrary makes a bad question: others would have to be added that are never right, and an
answer among two is guessed half of the time. Two statements make four options, none of which stands out.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fm_assets.captions.clipfacts import Fact
from fm_assets.captions.language import DIRECTION_PHRASES, REGION_PHRASES, base, of_people, times, who
from fm_assets.captions.referring import entry_side
from fm_assets.motion.claims import FAR
from fm_assets.motion.vocabulary import REGIONS, opposite
from fm_assets.qa.ladder import STEP, position, rung
from fm_assets.qa.maker import Candidate, Maker
from fm_assets.qa.phrases import EXCLUDED_SHAPES, SCALE_PHRASES, SHAPE_PHRASES, TREND_PHRASES, frame_heights

_OTHER_SIDE = {"left": "right", "right": "left", "upper": "lower", "lower": "upper"}


@dataclass(frozen=True)
class Half:
    """A statement about an object, and what may be said instead of it.

    Attributes:
        form: What it is about.
        topic: The same as the question names it.
        phrases: Value -> verb phrase; the first is true, the others are not.
        category: Category of a question about it.
        gives: Whether a name that tells where or how the object comes in gives it away.
    """

    form: str
    topic: str
    phrases: dict[str, str]
    category: str = "motion attributes"
    gives: bool = False

    @property
    def value(self) -> str:
        """What is true."""
        return next(iter(self.phrases))

    @property
    def others(self) -> list[str]:
        """What is not."""
        return list(self.phrases)[1:]


def both(m: Maker) -> Iterator[Candidate]:
    """Questions of two halves, those of different objects in turn."""
    streams = [_of_object(m, track) for track in m.tracks]
    for row in itertools.zip_longest(*streams):
        yield from (candidate for candidate in row if candidate is not None)


def _of_object(m: Maker, track: str) -> Iterator[Candidate]:
    person = who(m.names[track].class_name) == "who"
    halves = [h for h in _halves(m, track) if h.others and not (h.gives and m.told(track))]
    for a, b in m.mixed(list(itertools.combinations(halves, 2)), track, "halves"):
        sets = [
            (f"{a.value}|{y}", f"{x}|{b.value}", f"{x}|{y}") for x, y in itertools.product(a.others, b.others)
        ]  # fmt: skip
        asked = m.choose(f"both: {a.form} and {b.form}", f"{a.value}|{b.value}", sets, track, unknown=False)
        if asked is None:
            continue
        texts = []
        for value in (asked.value, *asked.wrong):
            first, _, second = value.partition("|")
            texts.append(_said(a.phrases[first], b.phrases[second], person))
        topics = f"{a.topic}, and {b.topic}"
        question = f"What is true of {m.name(track)}: {of_people(topics) if person else topics}?"
        given = [m.clip.main("trajectory_shape", track)] if "repetitions" in (a.form, b.form) else []
        yield m.make("both", a.category, "how", (question,), texts[0], texts[1:], [track], given, asked=asked)


def _said(first: str, second: str, person: bool) -> str:
    """Two verb phrases (`moves to the left`) in one sentence, of a person or a thing."""
    if not person:
        return f"it {first} and {second}"
    verbs = [phrase.partition(" ") for phrase in (first, second)]
    return "they " + " and ".join(f"{base(verb)}{blank}{rest}" for verb, blank, rest in verbs)


def _halves(m: Maker, track: str) -> Iterator[Half]:
    """What can be said of an object and said otherwise, in a fixed order."""
    yield from _course(m, track)
    yield from _amounts(m, track)
    side = entry_side(m.clip, track)
    if side in ("left", "right"):
        enters = {s: f"enters from the {s}" for s in (side, _OTHER_SIDE[side])}
        yield Half("entry", "where it comes from", enters, "motion recognition", gives=True)
    for when, verb in (("start", "starts"), ("end", "ends up")):
        place = m.clip.region_at(track, when)
        if place is not None and place.margin >= FAR * m.clip.min_margin:
            said = {r: f"{verb} {REGION_PHRASES[r]}" for r in (place.value, *mirrored(place.value))}
            yield Half(when, f"where it {verb}", said, "location", gives=when == "start")


def _course(m: Maker, track: str) -> Iterator[Half]:
    """Direction, shape, turn, change of speed and size."""
    clip = m.clip
    heading, shape = clip.value("direction", track), clip.value("trajectory_shape", track)
    if heading is not None:
        ways = (heading, opposite(heading) or "")
        yield Half(
            f"direction {'/'.join(sorted(ways))}",
            "which way it moves",
            {d: f"moves {DIRECTION_PHRASES[d]}" for d in ways},
        )
    if shape in EXCLUDED_SHAPES and shape != "stop_and_go":
        shown = [shape, *(s for s in EXCLUDED_SHAPES[shape] if s not in ("stop_and_go", "stationary"))]
        yield Half("shape", "which path it takes", {s: SHAPE_PHRASES[s] for s in shown}, "motion recognition")
    turns = {t.value for t in clip.of("turn", track)}
    if len(turns) == 1:
        turn = turns.pop()
        yield Half(
            "turn", "which way it turns", {s: f"turns {s}" for s in (turn, _OTHER_SIDE[turn])}, "motion recognition"
        )
    for kind, thing, phrases in (("acceleration", "speed", TREND_PHRASES), ("scale_change", "size", SCALE_PHRASES)):
        value = clip.value(kind, track)
        contrary = opposite(value) if value else None
        if value in phrases and contrary in phrases:
            yield Half(kind, f"how its {thing} changes", {v: phrases[v] for v in (value, contrary)})


def _amounts(m: Maker, track: str) -> Iterator[Half]:
    """Distance, length of the path, speed, cycles."""
    clip = m.clip
    its = "they start" if who(m.names[track].class_name) == "who" else "it starts"
    straight = clip.value("trajectory_shape", track) in ("straight", "stop_and_go")
    said: list[tuple[str, Fact | None, Callable[[float], str]]] = [
        ("how far it gets", clip.whole_way("displacement", track), lambda v: f"ends up {frame_heights(v)} from where {its}"),
        ("how fast it moves", clip.main("speed", track), lambda v: f"moves at {frame_heights(v)} per second"),
    ]  # fmt: skip
    if not straight:
        way = clip.whole_way("path_length", track)
        said.append(("how long its path is", way, lambda v: f"covers a path of {frame_heights(v)}"))
    for topic, fact, spoken in said:
        at = position(fact, clip.clip_id, track, topic)
        if fact is not None and at is not None:
            rungs = [n for n in (at, at - STEP, at + STEP) if n >= 0]
            yield Half(fact.kind, topic, {str(n): spoken(rung(n)) for n in rungs})
    cycles = clip.main("repetition_count", track)
    if cycles is not None and cycles.number is not None and cycles.number >= 1:
        count = round(cycles.number)
        counts = [n for n in (count, count - 1, count + 1) if n >= 1]
        swings = {str(n): f"moves back and forth {times(n)}" for n in counts}
        yield Half("repetitions", "how often it goes back and forth", swings, "repetition count")


def mirrored(region: str) -> list[str]:
    """The region on the other side of the frame: across, above or below, and both at once."""
    words = ["middle", "centre"] if region == "centre" else region.split()
    sides = [dict.fromkeys((w, _OTHER_SIDE.get(w, w))) for w in words]
    found = [" ".join(pair) for pair in itertools.product(*sides)]
    return [r for r in found if r != region and r in REGIONS]
