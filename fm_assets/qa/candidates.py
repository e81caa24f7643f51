"""Candidate questions: what could be asked of a clip, with options by preference. The verifier decides what may be.

A candidate's right option is what a fact says; its wrong options are typed: the opposite, a neighbour at
least 90 degrees away, another object's value, another count, another time. Options of one question have
one form, so that neither length nor wording tells the right one.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from fm_assets.captions.clipfacts import INVERSE, ClipFacts, Fact
from fm_assets.captions.language import (
    DIRECTION_PHRASES,
    REGION_PHRASES,
    RELATION_PHRASES,
    pick,
    seconds,
    seed,
    shuffled,
    times,
    who,
)
from fm_assets.captions.referring import Name, entry_side, names
from fm_assets.captions.writer import importance
from fm_assets.motion.vocabulary import DIRECTIONS, REGIONS

#: Shapes that no one would see in a path of the first: a curved path may pass for a part of a circle, so
#: that pair is missing, as are a line with stops and a straight line.
EXCLUDED_SHAPES: dict[str, tuple[str, ...]] = {
    "straight": ("circular", "zigzag", "stationary", "curved"),
    "curved": ("straight", "zigzag", "back_and_forth", "stationary"),
    "circular": ("straight", "zigzag", "back_and_forth", "stationary"),
    "zigzag": ("straight", "circular", "stationary"),
    "back_and_forth": ("circular", "curved", "stationary"),
    "stop_and_go": ("circular", "back_and_forth", "stationary"),
    "stationary": ("straight", "curved", "circular", "zigzag", "back_and_forth", "stop_and_go"),
}
_SHAPE_PHRASES = {
    "straight": "moves in a straight line", "curved": "moves along a curved path", "circular": "moves around in a circle", "zigzag": "moves along a zigzag path",
    "back_and_forth": "keeps moving back and forth", "stop_and_go": "stops and starts again", "stationary": "stays in the same place",
}  # fmt: skip
_TREND_PHRASES = {"accelerating": "speeds up", "decelerating": "slows down", "constant": "keeps a steady speed"}
_SCALE_PHRASES = {"grows": "grows larger in the frame", "shrinks": "gets smaller in the frame"}
_SPOTS = {r: r.replace("upper centre", "top centre").replace("lower centre", "bottom centre") for r in REGIONS}
_GAP_PHRASES = {"approach": "gets smaller", "recede": "gets larger", "constant": "stays about the same"}
_GETTING = {"approach": "getting closer to", "recede": "moving away from"}
_THERE = "is there at the start"
_ENTRIES = {s: f"enters from the {s}" for s in ("left", "right", "top", "bottom")}


@dataclass(frozen=True)
class Candidate:
    """A question that could be asked.

    Attributes:
        template: Name of the template.
        category: One of `CATEGORIES`.
        what_how: `what` or `how`.
        question: Its text.
        right: Text of the right option.
        wrong: Texts of wrong options, the best first; three are taken, those that the facts refute.
        given: Facts that the question itself gives away, names of objects included.
    """

    template: str
    category: str
    what_how: str
    question: str
    right: str
    wrong: tuple[str, ...]
    given: frozenset[str]


def candidates(clip: ClipFacts) -> dict[str, Iterator[Candidate]]:
    """Candidates per category, the most telling objects first, templates in turn.

    Templates with an option that is never right (`trend`, `gap`) come after all others of their category.
    """
    maker = _Maker(clip)
    last = {"motion attributes": maker.trend, "spatial relations": maker.gap}
    found: dict[str, Iterator[Candidate]] = {}
    for category, makers in maker.makers().items():
        turns = _in_turn([make() for make in shuffled(makers, clip.clip_id, category)])
        found[category] = itertools.chain(turns, last[category]() if category in last else ())
    return found


def _in_turn(streams: Sequence[Iterator[Candidate]]) -> Iterator[Candidate]:
    """One from each stream before any gives a second."""
    for row in itertools.zip_longest(*streams):
        yield from (c for c in row if c is not None)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


class _Maker:
    def __init__(self, clip: ClipFacts) -> None:
        self.clip = clip
        self.names: dict[str, Name] = names(clip)
        position = {t: i for i, t in enumerate(clip.tracks)}
        self.tracks = sorted(self.names, key=lambda t: (*importance(clip, t), position[t]))
        self.moving = [t for t in self.tracks if clip.value("moving", t) == "moving"]

    def makers(self) -> dict[str, list[Callable[[], Iterator[Candidate]]]]:
        """Generators per category, in the order of `CATEGORIES`."""
        return {
            "motion recognition": [self.shape, self.entry],
            "action order": [self.order_of_three, self.two_arrivals, self.first_of_four, self.entry_time],
            "motion-related object": [self.object_of_four, self.object_of_two],
            "location": [self.start_place, self.end_place, self.from_to],
            "repetition count": [self.repetitions],
            "motion attributes": [
                self.direction,
                self.direction_and_trend,
                self.distance,
                self.direction_and_size,
                self.speed_ranking,
            ],
            "spatial relations": [self.relation_change, self.relation_and_gap],
        }

    def _make(
        self, template: str, category: str, what_how: str, questions: Sequence[str], right: str, wrong: Sequence[str],
        tracks: Sequence[str], given: Sequence[Fact | None] = (),
    ) -> Candidate:  # fmt: skip
        question = pick(questions, self.clip.clip_id, template, right, *tracks)
        known = {i for t in tracks for i in self.names[t].fact_ids} | {f.fact_id for f in given if f is not None}
        distinct = [w for w in dict.fromkeys(_capital(w) for w in wrong) if w != _capital(right)]
        return Candidate(template, category, what_how, question, _capital(right), tuple(distinct), frozenset(known))

    def _name(self, track: str) -> str:
        return self.names[track].text

    def _its(self, track: str) -> str:
        return "their" if who(self.names[track].class_name) == "who" else "its"

    def _it(self, track: str) -> str:
        return "them" if who(self.names[track].class_name) == "who" else "it"

    def _told(self, track: str) -> bool:
        """Whether the object's name says where or how it comes in, so that such a question answers itself."""
        d = self.names[track].description
        return bool(d.start or d.extreme or d.begins or d.side)

    def _mixed(self, items: Sequence[str], *parts: object) -> list[str]:
        return shuffled(items, self.clip.clip_id, *parts)

    # -- motion recognition ------------------------------------------------------------------------

    def shape(self) -> Iterator[Candidate]:
        for track in self.tracks:
            fact = self.clip.main("trajectory_shape", track)
            if fact is None or fact.value not in EXCLUDED_SHAPES:
                continue
            wrong = [_SHAPE_PHRASES[s] for s in self._mixed(EXCLUDED_SHAPES[fact.value], fact.fact_id)]
            name = self._name(track)
            questions = (
                f"What does {name} do?",
                f"What does {name} do in the clip?",
                f"Which best describes how {name} moves?",
            )
            yield self._make(
                "shape", "motion recognition", "what", questions, _SHAPE_PHRASES[fact.value], wrong, [track]
            )

    def entry(self) -> Iterator[Candidate]:
        for track in self.tracks:
            fact = self.clip.main("appear", track)
            if fact is None or self._told(track):
                continue
            side = entry_side(self.clip, track)
            right = _THERE if fact.value == "present" else _ENTRIES.get(side or "", "")
            if not right or (fact.value == "present" and seed(self.clip.clip_id, fact.fact_id) % 3):
                continue  # most objects are there from the start: asked each time, that would be the best guess
            others = [*self._mixed([e for e in _ENTRIES.values() if e != right], fact.fact_id)]
            if fact.value != "present":
                others.insert(0, _THERE)
            questions = (
                f"How does {self._name(track)} come into view?",
                f"How does {self._name(track)} appear in the clip?",
            )
            yield self._make("entry", "motion recognition", "how", questions, right, others, [track])

    # -- action order ------------------------------------------------------------------------------

    def _chain(self, size: int) -> Iterator[list[str]]:
        for group in itertools.combinations(self._untold(), size):
            if all(
                any(f.value == "before" for f in self.clip.between("order", x, y)) for x, y in itertools.pairwise(group)
            ):
                yield list(group)

    def _untold(self) -> list[str]:
        """Named objects in their order of appearance, without those whose name speaks of it."""
        return [
            t for t in self.clip.tracks if t in self.names and not self.names[t].description.rank and not self._told(t)
        ][:6]

    def order_of_three(self) -> Iterator[Candidate]:
        for chain in self._chain(3):
            texts = [self._name(t) for t in chain]
            listed = self._mixed(texts, "order", *chain)
            wrong = [", then ".join(p) for p in itertools.permutations(texts) if list(p) != texts]
            questions = (
                f"In what order do {listed[0]}, {listed[1]} and {listed[2]} appear?",
                f"In which order do {listed[0]}, {listed[1]} and {listed[2]} come into view?",
            )
            yield self._make(
                "order_of_three",
                "action order",
                "what",
                questions,
                ", then ".join(texts),
                self._mixed(wrong, *chain),
                chain,
            )

    def two_arrivals(self) -> Iterator[Candidate]:
        """Four stories of how two objects come into view, each of which may be the true one."""
        for x, y in itertools.combinations(self._untold(), 2):
            first, second = self.clip.value("appear", x), self.clip.value("appear", y)
            if first is None or second is None or "entered" not in (first, second):
                continue
            a, b = self._mixed([x, y], "arrivals")
            stories = {
                (p, q, who_first): text.format(self._name(p), self._name(q))
                for p, q in ((a, b), (b, a))
                for who_first, text in (
                    ("present", "{0} is there from the start, {1} enters later"),
                    ("entered", "{0} enters first, {1} enters later"),
                )
            }
            if first == second:
                found = self.clip.between("order", x, y)
                true = (x, y, "entered") if found and found[0].value == "before" else (y, x, "entered")
            else:
                true = (x, y, "present") if first == "present" else (y, x, "present")
            question = f"How do {self._name(a)} and {self._name(b)} come into view?"
            wrong = [text for key, text in stories.items() if key != true]
            yield self._make("two_arrivals", "action order", "what", (question,), stories[true], wrong, [x, y])

    def first_of_four(self) -> Iterator[Candidate]:
        for chain in self._chain(4):
            texts = [self._name(t) for t in chain]
            last = pick((False, True), self.clip.clip_id, *chain)
            right = texts[-1] if last else texts[0]
            question = f"Which of these objects appears {'last' if last else 'first'}?"
            yield self._make(
                "first_of_four", "action order", "what", (question,), right, [t for t in texts if t != right], chain
            )

    def entry_time(self) -> Iterator[Candidate]:
        for track in self.tracks:
            for kind, value, verb in (("appear", "entered", "enter"), ("disappear", "exited", "leave")):
                fact = self.clip.main(kind, track)
                if fact is None or fact.value != value or fact.number is None:
                    continue
                step = 1.5
                earlier = min(seed(self.clip.clip_id, fact.fact_id) % 4, int((fact.number - 0.2) // step))
                latest = int((self.clip.end_s - 0.2 - fact.number) // step)
                first = -max(earlier, 3 - latest)
                moments = [fact.number + step * k for k in range(first, first + 4) if k]
                if min(moments) < 0.1 or max(moments) > self.clip.end_s:
                    continue
                question = f"When does {self._name(track)} {verb} the frame?"
                wrong = [f"at {seconds(m)}" for m in moments]
                yield self._make(
                    f"{kind}_time", "action order", "what", (question,), f"at {seconds(fact.number)}", wrong, [track]
                )

    # -- motion-related object ---------------------------------------------------------------------

    def _deeds(self, track: str) -> Iterator[tuple[str, list[str]]]:
        """What an object does, as a verb phrase, and the objects that clearly do otherwise."""
        others = [t for t in self.tracks if t != track]
        plain = not any(self._told(t) for t in self.tracks)
        shape = self.clip.value("trajectory_shape", track)
        heading = self.clip.value("direction", track)
        if heading:
            away = [t for t in others if self._turned_away(t, heading)]
            yield f"moves {DIRECTION_PHRASES[heading]}", away
        if shape in EXCLUDED_SHAPES and shape != "stationary":
            yield (
                _SHAPE_PHRASES[shape],
                [t for t in others if self.clip.value("trajectory_shape", t) in EXCLUDED_SHAPES[shape]],
            )
        if self.clip.value("moving", track) == "stationary":
            yield "stays still", others
        if plain and self.clip.value("appear", track) == "entered":
            side = entry_side(self.clip, track)
            yield f"enters the frame{f' from the {side}' if side else ''}", others
        if self.clip.value("disappear", track) == "exited":
            yield "leaves the frame", others
        for kind, phrases in (("acceleration", _TREND_PHRASES), ("scale_change", _SCALE_PHRASES)):
            value = self.clip.value(kind, track)
            if value in phrases and value != "constant":
                yield phrases[value], others
        end = self.clip.region_at(track, "end")
        if end and plain:
            yield f"ends up {REGION_PHRASES[end.value]}", others
        if self.clip.between("speed_order", track, others[0]) if others else ():
            yield "moves the fastest", others

    def _turned_away(self, track: str, heading: str) -> bool:
        if self.clip.value("moving", track) == "stationary":
            return True
        other = self.clip.value("direction", track)
        if other is None:
            return False
        apart = abs(DIRECTIONS.index(other) - DIRECTIONS.index(heading))
        return min(apart, 8 - apart) >= 2

    def object_of_four(self) -> Iterator[Candidate]:
        if len(self.tracks) < 4:
            return
        deeds = [(track, deed, others) for track in self.tracks for deed, others in self._deeds(track)]
        for track, deed, others in self._spread(deeds):
            if len(others) >= 3:
                questions = (f"Which of these objects {deed}?", f"Which object {deed}?")
                wrong = [self._name(t) for t in shuffled(others, self.clip.clip_id, track, deed)]
                yield self._make(
                    "object_of_four",
                    "motion-related object",
                    "what",
                    questions[: 1 if "fastest" in deed else 2],
                    self._name(track),
                    wrong,
                    [track],
                )

    def _spread(self, deeds: Sequence[tuple[str, str, list[str]]]) -> list[tuple[str, str, list[str]]]:
        """Each kind of deed once before any comes twice, in an order that the clip decides."""
        mixed = shuffled(deeds, self.clip.clip_id, "deeds")
        seen: dict[str, int] = {}
        ranked: list[tuple[int, int, tuple[str, str, list[str]]]] = []
        for deed in mixed:
            kind = deed[1].split()[0] + deed[1].split()[-1]
            seen[kind] = seen.get(kind, 0) + 1
            ranked.append((seen[kind], len(ranked), deed))
        return [deed for _, _, deed in sorted(ranked, key=lambda r: r[:2])]

    def object_of_two(self) -> Iterator[Candidate]:
        if len(self.tracks) >= 4:
            return
        deeds = [
            (track, deed, others)
            for track in self.tracks
            for deed, others in self._deeds(track)
            if "fastest" not in deed
        ]
        for track, deed, _ in self._spread(deeds):
            x, y = self._pair_for(track, deed)
            if not x:
                continue
            a, b = self._mixed([self._name(x), self._name(y)], deed)
            right = self._who_does(x, y, deed)
            answers = [f"only {a}", f"only {b}", "both of them", "neither of them"]
            if right in answers:
                wrong = [o for o in answers if o != right]
                yield self._make(
                    "object_of_two",
                    "motion-related object",
                    "what",
                    (f"Which of the two {deed}, {a} or {b}?",),
                    right,
                    wrong,
                    [x, y],
                )

    def _pair_for(self, track: str, deed: str) -> tuple[str, str]:
        """The doer and another object, or two others, so that `neither` is right now and then."""
        others = shuffled([t for t in self.tracks if t != track], self.clip.clip_id, deed)
        if len(others) >= 2 and seed(self.clip.clip_id, deed, "neither") % 4 == 0:
            return others[0], others[1]
        return (track, others[0]) if others else ("", "")

    def _who_does(self, x: str, y: str, deed: str) -> str:
        held = [any(d == deed for d, _ in self._deeds(t)) for t in (x, y)]
        clear = [
            h or any(d == deed and t in away for u in self.tracks for d, away in self._deeds(u))
            for h, t in zip(held, (x, y), strict=True)
        ]
        if not all(clear):
            return ""
        if held == [True, True]:
            return "both of them"
        return "neither of them" if not any(held) else f"only {self._name(x if held[0] else y)}"

    # -- location ----------------------------------------------------------------------------------

    def start_place(self) -> Iterator[Candidate]:
        yield from self._places("start")

    def end_place(self) -> Iterator[Candidate]:
        yield from self._places("end")

    def _places(self, when: str) -> Iterator[Candidate]:
        for track in self.tracks:
            fact = self.clip.region_at(track, when)
            if fact is None or (when == "start" and self._told(track)):
                continue
            name = self._name(track)
            other_time = self.clip.region_at(track, "end" if when == "start" else "start")
            elsewhere = [f.value for t in self.tracks if t != track and (f := self.clip.region_at(t, when))]
            likely = [
                other_time.value if other_time else "",
                *self._mixed(elsewhere, fact.fact_id)[:1],
                *self._mixed(REGIONS, fact.fact_id),
            ]
            wrong = [REGION_PHRASES[r] for r in dict.fromkeys(likely) if r and r != fact.value]
            if when == "end":
                questions: tuple[str, ...] = (
                    f"Where in the frame does {name} end up?",
                    f"Where is {name} when last seen?",
                )
                if self.clip.value("disappear", track) == "present":
                    questions = (questions[0], f"Where is {name} at the end of the clip?")
            elif self.clip.value("appear", track) == "present":
                questions = (f"Where in the frame does {name} start?", f"Where is {name} at the start of the clip?")
            else:
                questions = (
                    f"Where in the frame does {name} first come into view?",
                    f"Where in the frame does {name} first appear?",
                )
            yield self._make(f"{when}_place", "location", "what", questions, REGION_PHRASES[fact.value], wrong, [track])

    def from_to(self) -> Iterator[Candidate]:
        for track in self.moving:
            start, end = self.clip.region_at(track, "start"), self.clip.region_at(track, "end")
            if not start or not end or start.value == end.value or self._told(track):
                continue
            others = self._mixed([r for r in REGIONS if r not in (start.value, end.value)], start.fact_id)
            ways = [(end.value, start.value), (start.value, others[0]), (others[1], end.value)]
            wrong = [f"from the {_SPOTS[x]} to the {_SPOTS[y]}" for x, y in ways]
            right = f"from the {_SPOTS[start.value]} to the {_SPOTS[end.value]}"
            yield self._make(
                "from_to",
                "location",
                "how",
                (f"From where to where does {self._name(track)} move?",),
                right,
                wrong,
                [track],
            )

    # -- repetition count --------------------------------------------------------------------------

    def repetitions(self) -> Iterator[Candidate]:
        for track in self.tracks:
            fact = self.clip.main("repetition_count", track)
            if fact is None or fact.number is None or fact.number < 1:
                continue
            count = round(fact.number)
            first = max(1, count - seed(self.clip.clip_id, fact.fact_id) % 4)
            wrong = [times(n) for n in range(first, first + 4) if n != count]
            name = self._name(track)
            questions = (
                f"How many times does {name} go back and forth?",
                f"How many times does {name} move back and forth?",
            )
            given = [self.clip.main("trajectory_shape", track)]
            yield self._make("repetitions", "repetition count", "how", questions, times(count), wrong, [track], given)

    # -- motion attributes -------------------------------------------------------------------------

    def _heading(self, track: str) -> tuple[Fact, list[str]] | None:
        """The direction and the three others at right angles to it and to each other."""
        fact = self.clip.main("direction", track)
        if fact is None:
            return None
        at = DIRECTIONS.index(fact.value)
        return fact, [DIRECTIONS[(at + k) % 8] for k in (4, 2, 6)]

    def direction(self) -> Iterator[Candidate]:
        for track in self.moving:
            found = self._heading(track)
            if found:
                name = self._name(track)
                questions = (
                    f"In which direction does {name} move?",
                    f"Which way does {name} move?",
                    f"Which way does {name} head?",
                )
                wrong = [DIRECTION_PHRASES[d] for d in found[1]]
                yield self._make(
                    "direction",
                    "motion attributes",
                    "how",
                    questions,
                    DIRECTION_PHRASES[found[0].value],
                    wrong,
                    [track],
                )

    def direction_and_trend(self) -> Iterator[Candidate]:
        said = {"accelerating": "speeding up", "decelerating": "slowing down"}
        yield from self._with_direction(
            "direction_and_trend",
            "acceleration",
            said,
            {"accelerating": "decelerating", "decelerating": "accelerating"},
        )

    def direction_and_size(self) -> Iterator[Candidate]:
        said = {"grows": "growing larger in the frame", "shrinks": "getting smaller in the frame"}
        yield from self._with_direction(
            "direction_and_size", "scale_change", said, {"grows": "shrinks", "shrinks": "grows"}
        )

    def _with_direction(
        self, template: str, kind: str, said: dict[str, str], contrary: dict[str, str]
    ) -> Iterator[Candidate]:
        for track in self.moving:
            found, fact = self._heading(track), self.clip.main(kind, track)
            if not found or fact is None or fact.value not in said:
                continue
            ways, manners = (found[0].value, found[1][0]), (fact.value, contrary[fact.value])
            options = [f"{DIRECTION_PHRASES[w]}, {said[m]}" for w in ways for m in manners]
            name = self._name(track)
            questions = (f"How does {name} move?", f"How does {name} move over time?")
            yield self._make(template, "motion attributes", "how", questions, options[0], options[1:], [track])

    def trend(self) -> Iterator[Candidate]:
        for track in self.moving:
            fact = self.clip.main("acceleration", track)
            if fact is not None:
                wrong = [p for v, p in _TREND_PHRASES.items() if v != fact.value] + ["does not move at all"]
                name = self._name(track)
                questions = (
                    f"How does {name} change {self._its(track)} speed?",
                    f"What does {name} do in terms of speed?",
                )
                yield self._make(
                    "trend", "motion attributes", "how", questions, _TREND_PHRASES[fact.value], wrong, [track]
                )

    def distance(self) -> Iterator[Candidate]:
        for track in self.moving:
            fact = self.clip.main("displacement", track)
            if fact is None or not fact.number or fact.number < 0.08:
                continue
            below = min(
                seed(self.clip.clip_id, fact.fact_id) % 4, max(k for k in range(4) if fact.number / 2**k >= 0.05)
            )
            below = max(below, min(k for k in range(4) if fact.number * 2 ** (3 - k) <= 5 or k == 3))
            said = [f"about {fact.number * 2.0 ** (k - below):.2g} frame heights" for k in range(4)]
            question = f"How far from {self._its(track)} starting point does {self._name(track)} end up?"
            yield self._make(
                "distance",
                "motion attributes",
                "how",
                (question,),
                said[below],
                [w for w in said if w != said[below]],
                [track],
            )

    def speed_ranking(self) -> Iterator[Candidate]:
        for group in itertools.combinations(self.moving[:5], 3):
            ranked = sorted(
                group,
                key=lambda t: sum(
                    f.value == "slower" for o in group if o != t for f in self.clip.between("speed_order", t, o)
                ),
            )
            if all(
                any(f.value == "faster" for f in self.clip.between("speed_order", x, y))
                for x, y in itertools.combinations(ranked, 2)
            ):
                texts = [self._name(t) for t in ranked]
                a, b, c = self._mixed(texts, "speed")
                wrong = [", then ".join(p) for p in itertools.permutations(texts) if list(p) != texts]
                question = f"How do {a}, {b} and {c} rank in speed, from fastest to slowest?"
                yield self._make(
                    "speed_ranking",
                    "motion attributes",
                    "how",
                    (question,),
                    ", then ".join(texts),
                    self._mixed(wrong, *group),
                    ranked,
                )

    # -- spatial relations -------------------------------------------------------------------------

    def _pairs(self) -> list[tuple[str, str]]:
        some = self.tracks[:5]
        return [(x, y) for i, x in enumerate(some) for y in some[i + 1 :]]

    def relation_and_gap(self) -> Iterator[Candidate]:
        for x, y in self._pairs():
            if self._told(x) or self._told(y):
                continue
            places, changes = self.clip.relation_at(x, y, "start"), self.clip.between("distance_change", x, y)
            if not places or len(changes) != 1 or changes[0].value not in _GETTING:
                continue
            place, change = places[0].value, changes[0].value
            options = [
                f"{RELATION_PHRASES[p]} {self._it(y)}, {_GETTING[c]} {self._it(y)}"
                for p in (place, INVERSE[place])
                for c in (change, "recede" if change == "approach" else "approach")
            ]
            question = f"Where does {self._name(x)} start relative to {self._name(y)}, and what happens then?"
            yield self._make(
                "relation_and_gap", "spatial relations", "how", (question,), options[0], options[1:], [x, y]
            )

    def relation_change(self) -> Iterator[Candidate]:
        for x, y in self._pairs():
            if self._told(x) or self._told(y):
                continue
            start, end = self.clip.relation_at(x, y, "start"), self.clip.relation_at(x, y, "end")
            axes = ({"left_of", "right_of"}, {"above", "below"})
            axis = next((p for p in axes if any(f.value in p for f in start) and any(f.value in p for f in end)), None)
            if axis is None:
                continue
            first = next(f.value for f in start if f.value in axis)
            last = next(f.value for f in end if f.value in axis)
            ordered = [first, *sorted(axis - {first})]
            options = [(p, q) for p in ordered for q in ordered]
            it = self._it(y)
            texts = {
                o: f"{RELATION_PHRASES[o[0]]} {it} at the start, {RELATION_PHRASES[o[1]]} {it} at the end"
                for o in options
            }
            question = f"Where is {self._name(x)} relative to {self._name(y)}?"
            wrong = [texts[o] for o in options if o != (first, last)]
            yield self._make(
                "relation_change", "spatial relations", "how", (question,), texts[first, last], wrong, [x, y]
            )

    def gap(self) -> Iterator[Candidate]:
        for x, y in self._pairs():
            facts = self.clip.between("distance_change", x, y)
            if len(facts) != 1:
                continue
            wrong = [f"it {p}" for v, p in _GAP_PHRASES.items() if v != facts[0].value] + ["neither of the two moves"]
            a, b = self._name(x), self._name(y)
            questions = (
                f"What happens to the distance between {a} and {b}?",
                f"How does the distance between {a} and {b} change?",
            )
            yield self._make(
                "gap", "spatial relations", "how", questions, f"it {_GAP_PHRASES[facts[0].value]}", wrong, [x, y]
            )
