"""A candidate question, and what all templates need to make one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fm_assets.captions.clipfacts import ClipFacts, Fact
from fm_assets.captions.language import Choice, pick, shuffled, who
from fm_assets.captions.referring import Name, names
from fm_assets.captions.writer import importance
from fm_assets.qa.balance import Asked, Chooser, Wrong, choose

#: Moments of a question are this far apart, and at least so far from the clip's ends, seconds.
APART_S, SPARE_S = 1.5, 0.2


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
        asked: What the balance was asked about, where it was.
    """

    template: str
    category: str
    what_how: str
    question: str
    right: str
    wrong: tuple[str, ...]
    given: frozenset[str]
    asked: Asked | None = None


class Maker:
    """What templates need of a clip: names, objects by importance, and seeded choices.

    Args:
        clip: The clip.
        chooser: Decides which questions are asked, and beside which wrong values.
    """

    def __init__(self, clip: ClipFacts, chooser: Chooser = choose) -> None:
        self.clip = clip
        self._chooser = chooser
        self.names: dict[str, Name] = names(clip)
        position = {t: i for i, t in enumerate(clip.tracks)}
        self.tracks = sorted(self.names, key=lambda t: (*importance(clip, t), position[t]))
        self.moving = [t for t in self.tracks if clip.value("moving", t) == "moving"]

    def make(
        self, template: str, category: str, what_how: str, questions: Sequence[str], right: str, wrong: Sequence[str],
        tracks: Sequence[str], given: Sequence[Fact | None] = (), asked: Asked | None = None,
    ) -> Candidate:  # fmt: skip
        """A candidate with one of the phrasings; names of `tracks` and `given` count as given away."""
        question = pick(questions, self.clip.clip_id, template, right, *tracks)
        known = {i for t in tracks for i in self.names[t].fact_ids} | {f.fact_id for f in given if f is not None}
        distinct = [w for w in dict.fromkeys(_capital(w) for w in wrong) if w != _capital(right)]
        return Candidate(
            template, category, what_how, question, _capital(right), tuple(distinct), frozenset(known), asked
        )

    def choose(
        self, form: str, value: str, sets: Sequence[Wrong], *parts: object, unknown: bool = True
    ) -> Asked | None:
        """Wrong values to ask about `value` with, of `sets`; None where it is not asked. See `balance.Chooser`."""
        wrong = self._chooser(form, value, sets, self.clip.clip_id, *parts, unknown=unknown)
        return None if wrong is None else Asked(form, value, wrong)

    def among(
        self, template: str, category: str, what_how: str, questions: Sequence[str], value: str, texts: Mapping[str, str],
        tracks: Sequence[str], *parts: object, form: str = "", unknown: bool = True,
    ) -> Iterator[Candidate]:  # fmt: skip
        """The candidate whose options are all of `texts`, of which that of `value` is right; none where it is not asked.

        The balance knows it as `form`, by itself as its template; `parts` seed the choice.
        """
        others = tuple(v for v in texts if v != value)
        asked = self.choose(form or template, value, [others], *parts, unknown=unknown)
        if asked is not None:
            wrong = [texts[v] for v in asked.wrong]
            yield self.make(template, category, what_how, questions, texts[value], wrong, tracks, asked=asked)

    def name(self, track: str) -> str:
        """What an object is called."""
        return self.names[track].text

    def its(self, track: str) -> str:
        """`its`, or `their` for a person."""
        return "their" if who(self.names[track].class_name) == "who" else "its"

    def it(self, track: str) -> str:
        """`it`, or `them` for a person."""
        return "them" if who(self.names[track].class_name) == "who" else "it"

    def told(self, track: str) -> bool:
        """Whether the object's name says where or how it comes in, so that such a question answers itself."""
        d = self.names[track].description
        return bool(d.start or d.extreme or d.begins or d.side)

    def mixed(self, items: Sequence[Choice], *parts: object) -> list[Choice]:
        """The items in an order that clip and parts decide."""
        return shuffled(items, self.clip.clip_id, *parts)

    def other_moments(self, form: str, fact: Fact) -> tuple[Asked, list[float]] | None:
        """Three moments of the clip in a row with that of an event, seconds; None where it is not asked about.

        Which of the four is the event's is balanced: most events come early.
        """
        if fact.number is None:
            return None
        before = int((fact.number - SPARE_S) // APART_S)
        last = before + int((self.clip.end_s - SPARE_S - fact.number) // APART_S)
        sets = [
            tuple(str(n) for n in range(first, first + 4) if n != before)
            for first in range(max(0, before - 3), min(before, last - 3) + 1)
        ]
        asked = self.choose(form, str(before), sets, fact.fact_id) if sets else None
        return asked and (asked, [fact.number + APART_S * (int(n) - before) for n in asked.wrong])

    def pairs(self) -> list[tuple[str, str]]:
        """Pairs of the five most telling objects."""
        some = self.tracks[:5]
        return [(x, y) for i, x in enumerate(some) for y in some[i + 1 :]]

    def untold(self) -> list[str]:
        """Named objects in their order of appearance, without those whose name speaks of it."""
        return [
            t for t in self.clip.tracks if t in self.names and not self.names[t].description.rank and not self.told(t)
        ][:6]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
