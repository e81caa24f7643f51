"""Referring expressions: the shortest description that facts prove to fit one object of the clip and no other.

A description fits an object when facts say so, fails it when facts say otherwise, and is undecided where
they are silent. It names an object only if it fits that one and fails all others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fm_assets.captions.clipfacts import ClipFacts, Fact
from fm_assets.captions.language import noun, ordinal, who
from fm_assets.motion.compatibility import ANY_CLASS, Fit
from fm_assets.motion.compatibility import fit as values_fit

#: A touching region is told apart where the margin is this many times the one asked for.
_FAR = 2.0
_COUNTABLE = 3  # nobody counts further who is the n-th to appear
_SIDES = ("left", "right", "top", "bottom")
_SIDE_PHRASES = {
    "left": "from the left", "right": "from the right", "top": "from the top", "bottom": "from the bottom",
}  # fmt: skip
_EXTREME_PHRASES = {
    "left": "furthest to the left", "right": "furthest to the right", "top": "highest", "bottom": "lowest",
}  # fmt: skip
_START_PHRASES = {
    "upper left": "in the upper left", "upper centre": "at the top centre", "upper right": "in the upper right",
    "middle left": "halfway up the left side", "centre": "in the centre", "middle right": "halfway up the right side",
    "lower left": "in the lower left", "lower centre": "at the bottom centre", "lower right": "in the lower right",
}  # fmt: skip


@dataclass(frozen=True)
class Description:
    """What a noun phrase says of an object; empty parts say nothing.

    Attributes:
        class_name: Class; `object` fits every class.
        colour: Colour.
        begins: `entered` or `present`.
        side: Side of the frame that it enters from.
        rank: Place in the order of appearance among objects of its class, from 1; -1 is the last.
        start: Region that it starts in.
        extreme: `left` or `right`: outermost of its class at the start, `top`, `bottom` likewise.
        size: `larger` or `smaller` than all others of its class.
    """

    class_name: str = ANY_CLASS
    colour: str = ""
    begins: str = ""
    side: str = ""
    rank: int = 0
    start: str = ""
    extreme: str = ""
    size: str = ""


@dataclass(frozen=True)
class Name:
    """How an object is called, and the facts that the words rest on."""

    text: str
    class_name: str
    description: Description
    fact_ids: tuple[str, ...]


def names(clip: ClipFacts) -> dict[str, Name]:
    """The shortest distinguishing name per track; tracks that cannot be told apart have none."""
    if "names" not in clip.memo:
        clip.memo["names"] = _names(clip)
    return clip.memo["names"]


def _names(clip: ClipFacts) -> dict[str, Name]:
    found: dict[str, Name] = {}
    for track in clip.tracks:
        for description in _candidates(clip, track):
            if matches(clip, description) == ([track], []):
                facts = [f for f in _grounds(clip, track, description) if f is not None]
                several = bool(description.size) and len(_rivals(clip, track, description) or ()) > 1
                found[track] = Name(
                    phrase(description, several=several),
                    description.class_name,
                    description,
                    tuple(dict.fromkeys(f.fact_id for f in facts)),
                )
                break
    return found


def matches(clip: ClipFacts, description: Description) -> tuple[list[str], list[str]]:
    """Tracks that a description fits, and tracks of which the facts do not say whether it does."""
    if description in clip.memo:
        return clip.memo[description]
    base = Description(description.class_name, description.colour)
    possible = clip.tracks  # whom class or colour rule out, no detail brings back
    if description != base:
        likely = {track for found in matches(clip, base) for track in found}
        possible = [track for track in clip.tracks if track in likely]
    fits: list[str] = []
    open_: list[str] = []
    for track in possible:
        verdict = fit(clip, track, description)
        if verdict is None:
            open_.append(track)
        elif verdict:
            fits.append(track)
    clip.memo[description] = fits, open_
    return fits, open_


def fit(clip: ClipFacts, track: str, description: Description) -> bool | None:
    """Whether a description fits a track: True, False, or None where the facts are silent."""
    undecided = False
    for verdict in _verdicts(clip, track, description):
        if verdict is False:
            return False
        undecided = undecided or verdict is None
    return None if undecided else True


def _verdicts(clip: ClipFacts, track: str, d: Description) -> Iterator[bool | None]:
    if d.class_name != ANY_CLASS:
        yield _equal(clip.main("class", track), d.class_name, clip)
    if d.colour:
        yield _equal(clip.main("colour", track), d.colour, clip)
    if d.begins:
        yield _equal(clip.main("appear", track), d.begins, clip)
    if d.side:
        side = entry_side(clip, track)
        yield False if clip.value("appear", track) == "present" else None if side is None else side == d.side
    if d.start:
        yield _equal(clip.region_at(track, "start"), d.start, clip)
    if d.rank:
        yield _has_rank(clip, track, d)
    if d.extreme:
        yield _is_extreme(clip, track, d)
    if d.size:
        yield _is_of_size(clip, track, d)


def _equal(fact: Fact | None, said: str, clip: ClipFacts) -> bool | None:
    """Whether a fact has the value that is said; None where it is too near to tell, or there is no fact."""
    if fact is None:
        return None
    fit_ = values_fit(fact.kind, said, fact.value)
    if fit_ is Fit.NEAR and fact.kind == "region" and fact.margin >= _FAR * clip.min_margin:
        return False
    return True if fit_ is Fit.SAME else None if fit_ is Fit.NEAR else False


def entry_side(clip: ClipFacts, track: str) -> str | None:
    """The side of the frame that an entering object comes from, where its first region decides it."""
    if clip.value("appear", track) != "entered":
        return None
    region = clip.region_at(track, "start")
    if region is None:
        return None
    plain = {"middle left": "left", "middle right": "right", "upper centre": "top", "lower centre": "bottom"}
    if region.value in plain:
        return plain[region.value]
    heading = clip.value("direction", track)  # in a corner only the heading tells the side
    vertical, _, horizontal = region.value.partition(" ")
    if heading == {"left": "right", "right": "left"}.get(horizontal):
        return horizontal
    if heading == {"upper": "down", "lower": "up"}.get(vertical):
        return {"upper": "top", "lower": "bottom"}[vertical]
    return None


def _rivals(clip: ClipFacts, track: str, d: Description) -> list[str] | None:
    """Other tracks of the description's class (and colour); None where it is not known which those are."""
    known = ("rivals", track, d.class_name, d.colour)
    if known not in clip.memo:
        fits, open_ = matches(clip, Description(class_name=d.class_name, colour=d.colour))
        sure = all(other == track for other in open_)
        clip.memo[known] = [other for other in fits if other != track] if sure else None
    return clip.memo[known]


def _has_rank(clip: ClipFacts, track: str, d: Description) -> bool | None:
    rivals = _rivals(clip, track, d)
    if rivals is None:
        return None
    earlier = later = 0
    for other in rivals:
        found = clip.between("order", track, other)
        if found:
            earlier += found[0].value == "after"
            later += found[0].value == "before"
    if d.rank < 0:
        return False if later else (True if rivals and earlier == len(rivals) else None)
    if earlier >= d.rank or len(rivals) - later < d.rank - 1:
        return False
    return True if earlier + later == len(rivals) and earlier == d.rank - 1 else None


def _is_extreme(clip: ClipFacts, track: str, d: Description) -> bool | None:
    rivals = _rivals(clip, track, d)
    if not rivals:
        return None
    wanted = {"left": "left_of", "right": "right_of", "top": "above", "bottom": "below"}[d.extreme]
    contrary = {"left": "right_of", "right": "left_of", "top": "below", "bottom": "above"}[d.extreme]
    verdicts = []
    for other in rivals:
        values = {f.value for f in clip.relation_at(track, other, "start")}
        if contrary in values:
            return False
        verdicts.append(wanted in values)
    return True if all(verdicts) else None


def _is_of_size(clip: ClipFacts, track: str, d: Description) -> bool | None:
    rivals = _rivals(clip, track, d)
    if not rivals:
        return None
    found = [clip.between("size_order", track, other) for other in rivals]
    if any(facts and facts[0].value != d.size for facts in found):
        return False
    return True if all(found) else None


def _candidates(clip: ClipFacts, track: str) -> Iterator[Description]:
    """Descriptions that hold of a track, from the shortest to the longest."""
    if clip.misnamed(track):
        return  # a network's guess of 0.4 is wrong half of the time, and `the blue object` tells nobody what is meant
    class_name = clip.value("class", track) or ANY_CLASS
    colour = clip.value("colour", track) or ""
    if class_name != ANY_CLASS:
        yield Description(class_name)
    if colour:
        yield Description(class_name, colour)
    for shade in dict.fromkeys(("", colour)):
        base = Description(class_name, shade)
        yield from _details(clip, track, base)


def _details(clip: ClipFacts, track: str, base: Description) -> Iterator[Description]:
    c, k = base.class_name, base.colour
    if c != ANY_CLASS:
        for size in ("larger", "smaller"):
            yield Description(c, k, size=size)
    for extreme in _SIDES[:2]:
        yield Description(c, k, extreme=extreme)
    start = clip.region_at(track, "start")
    begins = clip.value("appear", track)
    if begins == "entered":
        yield Description(c, k, begins="entered")
        side = entry_side(clip, track)
        if side:
            yield Description(c, k, begins="entered", side=side)
    elif start:
        yield Description(c, k, start=start.value)
    if begins == "present":
        yield Description(c, k, begins="present")
    earlier = sum(
        f.value == "after"
        for other in clip.tracks
        for f in clip.between("order", track, other)[:1]
        if _same(clip, other, base)
    )
    if c != ANY_CLASS and earlier < _COUNTABLE:
        yield Description(c, k, rank=earlier + 1)
    if start and begins == "entered":
        yield Description(c, k, start=start.value)
    for extreme in _SIDES[2:]:
        yield Description(c, k, extreme=extreme)


def _same(clip: ClipFacts, track: str, base: Description) -> bool:
    return bool(fit(clip, track, Description(base.class_name, base.colour)))


def _grounds(clip: ClipFacts, track: str, d: Description) -> Iterator[Fact | None]:
    """Facts about the track itself that a description rests on."""
    if d.class_name != ANY_CLASS:
        yield clip.main("class", track)
    if d.colour:
        yield clip.main("colour", track)
    if d.begins or d.side:
        yield clip.main("appear", track)
    if d.side or d.start:
        yield clip.region_at(track, "start")
    for other in (_rivals(clip, track, d) or ()) if d.rank or d.extreme or d.size else ():
        if d.size:
            yield from clip.between("size_order", track, other)[:1]
        else:
            found = clip.between("order", track, other) if d.rank else clip.relation_at(track, other, "start")
            yield from found[:1]


def phrase(d: Description, *, several: bool = False) -> str:
    """A description as a definite noun phrase; of `several` others, an object is the largest."""
    ranked = f"{ordinal(d.rank)} " if d.rank > 0 else "last " if d.rank < 0 else ""
    pronoun = who(d.class_name)
    dressed = d.colour and pronoun == "who"  # a person is not red, but may be in red
    sized = f"{d.size.removesuffix('r')}st " if d.size and several else f"{d.size} " if d.size else ""
    text = f"the {ranked}{sized}{d.colour + ' ' if d.colour and not dressed else ''}{noun(d.class_name)}"
    if dressed:
        text += f" in {d.colour}"
    if d.side:
        return f"{text} {pronoun} enters {_SIDE_PHRASES[d.side]}"
    if d.begins:
        return f"{text} {pronoun} {'enters' if d.begins == 'entered' else 'is there from the start'}"
    if d.extreme:
        return f"{text} {pronoun} starts {_EXTREME_PHRASES[d.extreme]}"
    if d.start:
        return f"{text} {pronoun} starts {_START_PHRASES[d.start]}"
    if d.rank:
        return f"{text} to appear"
    return text
