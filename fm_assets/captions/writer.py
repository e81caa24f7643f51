"""The embedded writer: a clip's facts as English sentences in the paper's seven sections.

Every sentence rests on facts that reach the margin and cites them; wording is chosen by hashes of the
clip and the fact, so that equal facts always read the same.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fm_assets.captions import body_sentences
from fm_assets.captions.clipfacts import ClipFacts, Fact
from fm_assets.captions.language import (
    DIRECTION_PHRASES,
    REGION_PHRASES,
    RELATION_PHRASES,
    a,
    join,
    length,
    noun,
    number,
    pick,
    plural,
    seconds,
    sentence,
    times,
)
from fm_assets.captions.referring import ANY_CLASS, Name, entry_side, names
from fm_assets.motion.vocabulary import SECTIONS

_RELATED = 5  # objects whose mutual relations are told; more would drown the movement
_SPATIAL = 4
_SHAPE_VERBS: dict[str, tuple[str, ...]] = {
    "straight": ("moves in a straight line", "follows a straight path", "travels along a straight line"),
    "curved": ("follows a curved path", "moves along a curve", "moves in an arc"),
    "circular": ("moves in a circle", "follows a circular path", "goes around in a circle"),
    "zigzag": ("zigzags", "follows a zigzag path", "moves in a zigzag"),
    "back_and_forth": ("moves back and forth", "goes back and forth", "travels back and forth"),
    "stop_and_go": ("stops and starts", "moves in a stop-and-go manner", "alternates between moving and stopping"),
}  # fmt: skip
_TREND = {
    "accelerating": ("speeds up", "picks up speed", "accelerates"),
    "decelerating": ("slows down", "loses speed", "decelerates"),
    "constant": ("keeps a steady speed", "moves at a steady pace", "holds a constant speed"),
}
_SCALE = {
    "grows": ("grows larger in the frame", "gets bigger in the frame", "becomes larger in the frame"),
    "shrinks": ("gets smaller in the frame", "becomes smaller in the frame", "shrinks in the frame"),
}


@dataclass(frozen=True)
class Draft:
    """A sentence before it is chosen.

    Attributes:
        section: One of `SECTIONS`.
        text: The sentence.
        fact_ids: What it rests on.
        rank: Place in the order of importance, smaller first.
    """

    section: str
    text: str
    fact_ids: tuple[str, ...]
    rank: float


def write(clip: ClipFacts, max_sentences: int) -> list[Draft]:
    """The sentences of a caption in reading order, at most `max_sentences`, the most telling ones."""
    drafts = list(_Writer(clip).drafts())
    chosen = sorted(range(len(drafts)), key=lambda i: (drafts[i].rank, i))[:max_sentences]
    return sorted((drafts[i] for i in sorted(chosen)), key=lambda d: SECTIONS.index(d.section))


def importance(clip: ClipFacts, track: str) -> tuple[int, float]:
    """Sort key: moving objects first, the longest paths before the others."""
    moving = clip.value("moving", track) == "moving"
    path = clip.main("path_length", track) or clip.main("displacement", track)
    return (0 if moving else 1, -(path.number or 0.0) if path else 0.0)


class _Writer:
    def __init__(self, clip: ClipFacts) -> None:
        self.clip = clip
        self.names: dict[str, Name] = names(clip)
        order = {t: i for i, t in enumerate(clip.tracks)}
        self.tracks = sorted(self.names, key=lambda t: (*importance(clip, t), order[t]))
        self.moving = [t for t in self.tracks if clip.value("moving", t) == "moving"]
        self.still = [t for t in self.tracks if clip.value("moving", t) == "stationary"]

    def drafts(self) -> Iterator[Draft]:
        yield from self._scene()
        yield from self._actions()
        yield from self._people()
        yield from self._temporal()
        yield from self._association()
        yield from self._location()
        yield from self._repetition()
        yield from self._motion()
        yield from self._spatial()

    def _draft(
        self, section: str, text: str, facts: Sequence[Fact | None], rank: float, tracks: Sequence[str] = ()
    ) -> Draft:
        named = [i for t in tracks for i in self.names[t].fact_ids]
        ids = dict.fromkeys([f.fact_id for f in facts if f is not None] + named)
        return Draft(section, sentence(text), tuple(ids), rank)

    def _pick(self, options: Sequence[str], fact: Fact) -> str:
        return pick(options, self.clip.clip_id, fact.fact_id)

    def _name(self, track: str) -> str:
        return self.names[track].text

    # -- actions -----------------------------------------------------------------------------------

    def _scene(self) -> Iterator[Draft]:
        facts = self.clip.of("count", None)
        counted: list[tuple[Fact, str, int]] = []
        for fact in facts:
            name, _, count = fact.value.rpartition(":")
            if count.isdigit() and not (name == ANY_CLASS and len(facts) > 1):
                counted.append((fact, name, int(count)))
        if not counted:
            return
        parts = [a(noun(name)) if n == 1 else f"{number(n)} {plural(name)}" for _, name, n in counted]
        many = len(parts) > 1 or counted[0][2] > 1
        text = self._pick(
            (
                f"{join(parts)} {'are' if many else 'is'} in view",
                f"the clip shows {join(parts)}",
                f"{join(parts)} {'are' if many else 'is'} visible",
            ),
            counted[0][0],
        )
        grounds: list[Fact | None] = [f for f, _, _ in counted]
        yield self._draft("actions", text, grounds, -1.0)

    def _actions(self) -> Iterator[Draft]:
        for rank, track in enumerate(self.moving):
            shape = self.clip.main("trajectory_shape", track)
            if shape and shape.value == "back_and_forth" and self.clip.main("repetition_count", track):
                continue  # the count says it
            if shape and shape.value in _SHAPE_VERBS:
                text = f"{self._name(track)} {self._pick(_SHAPE_VERBS[shape.value], shape)}"
                yield self._draft("actions", text, [shape], rank, [track])
            elif not self.clip.main("direction", track):
                moving = self.clip.main("moving", track)
                if moving:
                    yield self._draft("actions", f"{self._name(track)} moves", [moving], rank, [track])
        if self.still and not self.moving:
            yield self._stillness("actions", self.still)

    def _people(self) -> Iterator[Draft]:
        for rank, track in enumerate(self.tracks):
            for text, facts in body_sentences.deeds(self.clip, track):
                yield self._draft("actions", f"{self._name(track)} {text}", facts, rank + 0.2, [track])

    def _stillness(self, section: str, tracks: Sequence[str]) -> Draft:
        facts = [self.clip.main("moving", t) for t in tracks]
        return self._draft(section, self._stay_still(tracks), facts, 1.5, tracks)

    def _stay_still(self, tracks: Sequence[str]) -> str:
        first = self.clip.main("moving", tracks[0])
        verbs = (
            ("stays still", "stay still"),
            ("does not move", "do not move"),
            ("remains stationary", "remain stationary"),
        )
        one, many = pick(verbs, self.clip.clip_id, first.fact_id if first else "")
        return f"{join([self._name(t) for t in tracks])} {many if len(tracks) > 1 else one}"

    # -- temporal order ----------------------------------------------------------------------------

    def _temporal(self) -> Iterator[Draft]:
        entering = [t for t in self.tracks if self.clip.value("appear", t) == "entered"]
        for rank, track in enumerate(self.tracks):
            yield from self._comings_and_goings(track, rank)
        there = [
            t for t in self.tracks if self.clip.value("appear", t) == "present" and not self.names[t].description.begins
        ]
        if entering and there:
            facts = [self.clip.main("appear", t) for t in there]
            verb = "are" if len(there) > 1 else "is"
            yield self._draft(
                "temporal order",
                f"{join([self._name(t) for t in there])} {verb} in view from the start",
                facts,
                3.0,
                there,
            )
        yield from self._order()

    def _comings_and_goings(self, track: str, rank: int) -> Iterator[Draft]:
        appear, disappear = self.clip.main("appear", track), self.clip.main("disappear", track)
        name = self._name(track)
        parts: list[str] = []
        facts: list[Fact | None] = []
        if appear and appear.value == "entered" and self.names[track].description.begins != "entered":
            side = entry_side(self.clip, track)
            where = f" from the {side}" if side else ""
            verb = self._pick(("enters the frame", "comes into the frame", "enters"), appear)
            parts.append(f"{verb}{where}" + (f" at {seconds(appear.number)}" if appear.number is not None else ""))
            facts += [appear, self.clip.region_at(track, "start") if where else None]
        if disappear and disappear.value == "exited":
            verb = self._pick(("leaves the frame", "exits the frame", "leaves"), disappear)
            parts.append(verb + (f" at {seconds(disappear.number)}" if disappear.number is not None else ""))
            facts.append(disappear)
        if parts:
            yield self._draft("temporal order", f"{name} {' and '.join(parts)}", facts, rank + 0.4, [track])

    def _order(self) -> Iterator[Draft]:
        """The order of those that come in one after the other; that they come after the rest goes without saying."""
        chain = self._chain()
        if len(chain) < 2:
            return
        facts = [self.clip.between("order", x, y)[0] for x, y in itertools.pairwise(chain)]
        if len(chain) == 2:
            text = self._pick(
                ("{0} appears before {1}", "{0} appears earlier than {1}", "{1} appears after {0}"), facts[0]
            )
        else:
            text = ", and ".join(f"{{{i}}} appears before {{{i + 1}}}" for i in range(len(chain) - 1))
        yield self._draft("temporal order", text.format(*(self._name(t) for t in chain)), facts, 2.2, chain)

    def _chain(self) -> list[str]:
        """Entering objects in their order of appearance, each proven to come before the next."""
        chain: list[str] = []
        for track in self.clip.tracks:  # numbered by first appearance
            if (
                track not in self.names
                or self.names[track].description.rank
                or self.clip.value("appear", track) != "entered"
            ):
                continue
            if not chain or any(f.value == "before" for f in self.clip.between("order", chain[-1], track)):
                chain.append(track)
        return chain[:3]

    # -- object-action association -------------------------------------------------------------------

    def _association(self) -> Iterator[Draft]:
        if self.moving and self.still:
            facts = [self.clip.main("moving", t) for t in [*self.moving[:3], *self.still[:3]]]
            movers = self.moving[:3]
            verb = "move" if len(movers) > 1 else "moves"
            text = f"{join([self._name(t) for t in movers])} {verb}, while {self._stay_still(self.still[:3])}"
            yield self._draft("object-action association", text, facts, 1.2, [*movers, *self.still[:3]])
        told: set[str] = set()
        for x, y in self._pairs(self.moving):
            found = self.clip.between("speed_order", x, y)
            if found and not {x, y} <= told:
                told |= {x, y}
                text = self._pick(("{0} moves {2} than {1}", "{0} is {2} than {1}"), found[0])
                yield self._draft(
                    "object-action association",
                    text.format(self._name(x), self._name(y), found[0].value),
                    found[:1],
                    2.4 + len(told),
                    [x, y],
                )

    def _pairs(self, tracks: Sequence[str]) -> list[tuple[str, str]]:
        some = tracks[:_RELATED]
        return [(x, y) for i, x in enumerate(some) for y in some[i + 1 :]]

    # -- location ------------------------------------------------------------------------------------

    def _location(self) -> Iterator[Draft]:
        for rank, track in enumerate(self.tracks):
            start, end = self.clip.region_at(track, "start"), self.clip.region_at(track, "end")
            name = self._name(track)
            told = self.names[track].description.start
            if track in self.still and self.clip.place_throughout(track):
                if told:
                    continue  # the name says it
                places = self.clip.of("region", track)
                yield self._draft(
                    "location", f"{name} stays {REGION_PHRASES[places[0].value]}", places, rank + 0.5, [track]
                )
                continue
            if start and end and start.value != end.value:
                verb = self._pick(("starts", "begins"), start)
                text = f"{name} {verb} {REGION_PHRASES[start.value]} and ends up {REGION_PHRASES[end.value]}"
                if told:
                    text, start = f"{name} ends up {REGION_PHRASES[end.value]}", None
            elif start and not told:
                text, end = f"{name} starts {REGION_PHRASES[start.value]}", None
            else:
                continue
            yield self._draft("location", text, [start, end], rank + 0.5, [track])

    # -- repetition ----------------------------------------------------------------------------------

    def _repetition(self) -> Iterator[Draft]:
        for rank, track in enumerate(self.tracks):
            fact = self.clip.main("repetition_count", track)
            if fact is None or fact.number is None or fact.number < 1:
                continue
            count = round(fact.number)
            cycles = "a single full cycle" if count == 1 else f"{number(count)} full cycles"
            text = self._pick(
                (
                    f"goes back and forth {times(count)}",
                    f"moves back and forth {times(count)}",
                    f"makes {cycles} back and forth",
                ),
                fact,
            )
            yield self._draft("repetition", f"{self._name(track)} {text}", [fact], rank + 0.1, [track])

    # -- motion --------------------------------------------------------------------------------------

    def _motion(self) -> Iterator[Draft]:
        for rank, track in enumerate(self.moving):
            yield from self._heading(track, rank)
            yield from self._manner(track, rank)
        for rank, track in enumerate(self.still):
            scale = self.clip.main("scale_change", track)
            if scale and scale.value in _SCALE:
                yield self._draft(
                    "motion",
                    f"{self._name(track)} {self._pick(_SCALE[scale.value], scale)}",
                    [scale],
                    rank + 3.0,
                    [track],
                )

    def _heading(self, track: str, rank: int) -> Iterator[Draft]:
        name = self._name(track)
        heading, far = self.clip.main("direction", track), self.clip.main("displacement", track)
        shape = self.clip.value("trajectory_shape", track)
        said = length(far.number) if far and far.number and far.number >= 0.05 else ""
        if heading:
            verb = self._pick(("moves", "heads", "travels"), heading)
            text = f"{name} {verb} {DIRECTION_PHRASES[heading.value]}"
            if said and shape in ("straight", "stop_and_go"):
                text += f", covering {said}"
            elif said:
                text += f" and ends up {said} from where it starts"
            yield self._draft("motion", text, [heading, far if said else None], rank + 0.05, [track])
        path = self.clip.main("path_length", track)
        if path and path.number and shape not in ("straight", "stop_and_go") and path.number >= 0.05:
            yield self._draft(
                "motion", f"{name} covers a path of {length(path.number)} in all", [path], rank + 2.5, [track]
            )

    def _manner(self, track: str, rank: int) -> Iterator[Draft]:
        name = self._name(track)
        trend, scale = self.clip.main("acceleration", track), self.clip.main("scale_change", track)
        parts: list[str] = []
        facts: list[Fact | None] = []
        if trend and (trend.value != "constant" or rank == 0):
            parts.append(self._pick(_TREND[trend.value], trend))
            facts.append(trend)
        if scale and scale.value in _SCALE:
            parts.append(self._pick(_SCALE[scale.value], scale))
            facts.append(scale)
        if parts:
            yield self._draft("motion", f"{name} {' and '.join(parts)}", facts, rank + 0.8, [track])
        turns = self.clip.of("turn", track)
        if turns and len({t.value for t in turns}) == 1:
            text = self._pick(
                (f"turns {turns[0].value}", f"turns to the {turns[0].value}", f"veers {turns[0].value}"), turns[0]
            )
            yield self._draft("motion", f"{name} {text}", turns[:1], rank + 0.9, [track])

    # -- spatial relations ---------------------------------------------------------------------------

    def _spatial(self) -> Iterator[Draft]:
        pairs = [p for p in self._pairs(self.tracks) if p[0] in self.moving] or self._pairs(self.tracks)
        told = 0
        for position, (x, y) in enumerate(pairs):
            if told >= _SPATIAL:
                break
            for draft in self._relation(x, y, 1.6 + position):
                told += 1
                yield draft
        for position, (x, y) in enumerate(pairs[: _SPATIAL * 2]):
            change = self.clip.between("distance_change", x, y)
            if change and change[0].value != "constant":
                closer = change[0].value == "approach"
                verb = self._pick(
                    ("get closer to each other", "come closer to each other")
                    if closer
                    else ("move apart", "move away from each other"),
                    change[0],
                )
                yield self._draft(
                    "spatial relations",
                    f"{self._name(x)} and {self._name(y)} {verb}",
                    change[:1],
                    1.8 + position,
                    [x, y],
                )

    def _relation(self, x: str, y: str, rank: float) -> Iterator[Draft]:
        start, end = self.clip.relation_at(x, y, "start"), self.clip.relation_at(x, y, "end")
        if start:
            fact = start[0]
            where = f"{RELATION_PHRASES[fact.value]} {self._name(y)}"
            ways: tuple[str, ...] = (
                f"at the start, {{0}} is {where}",
                f"{{0}} is {where} at the start",
                f"{{0}} starts {where}",
            )
            if not self.clip.at_edge(fact):
                ways = (f"when they are first seen together, {{0}} is {where}",)
            text = self._pick(ways, fact).format(self._name(x))
            yield self._draft("spatial relations", text, [fact], rank, [x, y])
        if end and (not start or end[0].value != start[0].value):
            fact = end[0]
            where = f"{RELATION_PHRASES[fact.value]} {self._name(y)}"
            ways = (f"at the end, {{0}} is {where}", f"{{0}} ends up {where}")
            if not self.clip.at_edge(fact):
                ways = (f"when they are last seen together, {{0}} is {where}",)
            text = self._pick(ways, fact).format(self._name(x))
            yield self._draft("spatial relations", text, [fact], rank + 0.1, [x, y])
