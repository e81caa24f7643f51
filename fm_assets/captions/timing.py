"""Sentences about when two objects move: points of time compared, and Allen's relations of which that is true.

`A starts before B`, `A stops while B moves`, `once B has stopped, A starts`: each compares ends of two intervals of
movement. What a comparison leaves open makes several of Allen's relations possible (Freksa 1992); ends that follow each
other at once are neither before nor after, so that `stops before B starts` is true where the one takes over from the other.
"""

from __future__ import annotations

import re
from functools import lru_cache

#: Order of (starts, ends, A's start to B's end, A's end to B's start): -1 earlier, 0 at once, 1 later.
_SIGNS = {
    "before": (-1, -1, -1, -1), "meets": (-1, -1, -1, 0), "overlaps": (-1, -1, -1, 1), "starts": (0, -1, -1, 1),
    "finished_by": (-1, 0, -1, 1), "during": (1, -1, -1, 1), "equals": (0, 0, -1, 1), "contains": (-1, 1, -1, 1),
    "finishes": (1, 0, -1, 1), "started_by": (0, 1, -1, 1), "overlapped_by": (1, 1, -1, 1), "met_by": (1, 1, 0, 1),
    "after": (1, 1, 1, 1),
}  # fmt: skip
_ENDS = {("start", "start"): 0, ("stop", "stop"): 1, ("start", "stop"): 2, ("stop", "start"): 3}

_AUX = r"(?:(?:have|be|do|only|already|still|also|then|just|first) )*"
_START = (
    r"(?:(?:start|begin)(?: (?:to )?move| (?:its|their) movement)?|set (?:off|out)|get (?:go|move)|start (?:off|out))"
)
_STOP = r"(?:(?:stop|cease|finish|end|quit)(?: (?:to )?move| (?:its|their) movement)?|halt|come to (?:a |its |an )?(?:complete )?(?:stop|halt|rest|standstill|end))"
_MOVE = r"(?:(?:keep|go|carry|continue)(?: on)?(?: to)? move|be (?:still |already )?(?:move|in motion|on the move)|still move|move|(?:go|carry|keep) on)"
_EVENT = rf"(?P<{{0}}aux>{_AUX})(?:(?P<{{0}}both>(?:start|begin) and (?:stop|end|finish)(?: move)?{{1}})|(?P<{{0}}start>{_START})|(?P<{{0}}stop>{_STOP})|(?P<{{0}}move>{_MOVE}))"
_MINE = _EVENT.format("a", "")
_OTHERS = _EVENT.format(
    "b", r"(?! (?:before|after|while|when|together|at))"
)  # `when B starts and stops before it`: two things
_TOO = r"(?: (?:too|as well|also))?(?= |$)"
_BEFORE = r"before|earlier than|sooner than|ahead of|prior to"
_AFTER = r"only after|after|later than|once|only once|only when"
_EQUAL = r"(?:at )?(?:exactly )?the (?:very )?(?:same )?(?:time|moment|instant) (?:as|when|that)|at the (?:very |same |exact )?(?:moment|instant|time)|(?:just|exactly|right|precisely) (?:when|as)|as soon as|(?:simultaneously|together) with|the moment"
_DURING = r"while|as long as"
_WHEN = r"when|by the time"
_LINK = rf"(?P<before>{_BEFORE})|(?P<after>{_AFTER})|(?P<equal>{_EQUAL})|(?P<while>{_DURING})|(?P<when>{_WHEN})"
_A, _B = r"<(?P<a>\d+|\?)>", r"<(?P<b>\d+|\?)>"
_SAME = r"at (?:exactly |precisely )?the same (?:time|moment|instant)|simultaneously|together|at once"

#: `A starts before B (does)`; without A it goes on about the same one.
_PLAIN = re.compile(rf"(?:{_A} )?{_MINE},? (?:{_LINK}) {_B}(?: (?:{_OTHERS}|do))?(?! (?:be|have)\b){_TOO}")
#: `Before B starts, A stops`.
_FRONTED = re.compile(rf"(?:{_LINK}) {_B} {_OTHERS}(?: ,)? {_A} {_MINE}{_TOO}")
#: `A and B start at the same time`.
_JOINT = re.compile(rf"{_A} and {_B} {_MINE} (?:{_SAME})(?= |$)")
_SAME_SPAN = re.compile(
    rf"{_A} and {_B} move (?:during|for|over|in) (?:exactly )?the same (?:time|period|interval|span)(?= |$)"
)
#: `A is the first to move, before B`; `A moves first, then B starts to move`.
_FIRST = re.compile(
    rf"{_A} (?:be the (?P<rank>first|last) to (?:start (?:to )?)?move|(?:start (?:to )?)?move first)"
    rf"(?: ,)? (?:ahead of|before|after|and then|then) {_B}(?: {_START}| {_MOVE})?(?= |$)"
)
#: `A moves only during the movement of B`.
_WITHIN = re.compile(
    rf"{_A} move only (?:during|while|within) (?:the movement of )?{_B}(?: movement| be move| move| be in motion)?(?= |$)"
)
#: `A does not start until B has stopped`.
_UNTIL = re.compile(rf"{_A} do not (?:{_START}|move) until {_B} {_OTHERS}(?= |$)")

Found = tuple[str | None, str, list[frozenset[str]], int]


@lru_cache(maxsize=1 << 16)
def read(text: str, position: int) -> Found | None:
    """The statement about two movements that begins at a position of a sentence in normal form.

    Returns:
        Tokens of both objects (the first is None where the subject is the one before), for each thing said the
        relations of Allen, of the first to the second, of which it is true, and where the statement ends. None:
        there is no such statement.
    """
    if found := _JOINT.match(text, position):
        phases = _phases(found, "a")
        if "move" not in phases:
            return found["a"], found["b"], [_relations(p, p, frozenset({0})) for p in phases], found.end()
    if found := _SAME_SPAN.match(text, position):
        return found["a"], found["b"], [frozenset({"equals"})], found.end()
    if found := _FIRST.match(text, position):
        sign = 1 if found["rank"] == "last" else -1
        return found["a"], found["b"], [_relations("start", "start", frozenset({sign}))], found.end()
    if found := _WITHIN.match(text, position):
        return found["a"], found["b"], [frozenset({"during"})], found.end()
    if (found := _UNTIL.match(text, position)) and (phase := _phases(found, "b")) in (("start",), ("stop",)):
        return found["a"], found["b"], [_relations("start", phase[0], frozenset({0, 1}))], found.end()
    for pattern in (_PLAIN, _FRONTED):
        if (found := pattern.match(text, position)) and (said := _said(found)):
            return found["a"], found["b"], said, found.end()
    return None


def _phases(found: re.Match[str], whose: str) -> tuple[str, ...]:
    """What an event is: `start`, `stop`, both, or `move`; empty where it is left out."""
    if found[f"{whose}both"]:
        return "start", "stop"
    return tuple(phase for phase in ("start", "stop", "move") if found[f"{whose}{phase}"])


def _said(found: re.Match[str]) -> list[frozenset[str]] | None:
    """What is said of both movements; None where a part of it is not understood."""
    mine, others = _phases(found, "a"), _phases(found, "b")
    turned = bool(found["bboth"] and not found["aboth"])
    others = others or mine
    if turned:
        mine, others = others, mine
    said = [
        _compared(phase, others[k] if len(others) == len(mine) else others[0], found, turned=turned)
        for k, phase in enumerate(mine)
    ]
    known = [relations for relations in said if relations]
    if len(known) < len(said):
        return None
    if len(known) == 2 and others == ("move",):
        known = [known[0] & known[1]]
    return [_mirrored(relations) for relations in known] if turned else known


def _compared(phase: str, other: str, found: re.Match[str], *, turned: bool) -> frozenset[str] | None:
    """Relations of which one comparison is true; None where the words do not say how the points lie."""
    if "move" in (phase, other):
        return _against_movement(phase, other, found)
    earlier, later = ("after", "before") if turned else ("before", "after")
    mixed = phase != other
    if found[earlier]:
        return _relations(phase, other, frozenset({-1, 0} if mixed and phase == "stop" else {-1}))
    if found[later]:
        return _relations(phase, other, frozenset({0, 1} if mixed and phase == "start" else {1}))
    if found["equal"]:
        return _relations(phase, other, frozenset({0}))
    if found["when"] and phase == "stop" and other == "start" and "have" in found["aaux"].split():
        return _relations(phase, other, frozenset({-1, 0}))  # has stopped when the other starts
    return None


def _against_movement(phase: str, other: str, found: re.Match[str]) -> frozenset[str] | None:
    """One moves while the other starts or stops, or only when it has stopped."""
    if phase == "move" and other == "move":
        return None
    moving_is_mine = phase == "move"
    point = other if moving_is_mine else phase
    if found["while"] and moving_is_mine:
        return None  # `A moves while B starts` says no more than that they meet
    if found["after"] and moving_is_mine:
        words = found[0].split()
        if point == "stop" and ("only" in words or "once" in words):
            return _relations("start", "stop", frozenset({0, 1}))
        if point != "stop" or not {"keep", "go", "still", "continue", "carry"} & set(words):
            return None
    elif not (found["when"] or found["while"]):
        return None
    inside = _relations("start", point, frozenset({-1})) & _relations("stop", point, frozenset({1}))
    return inside if moving_is_mine else _mirrored(inside)


def _relations(phase: str, other: str, signs: frozenset[int]) -> frozenset[str]:
    place = _ENDS[phase, other]
    return frozenset(name for name, known in _SIGNS.items() if known[place] in signs)


def _mirrored(relations: frozenset[str]) -> frozenset[str]:
    """The same relations told from the other side."""
    turned = {name: (-s, -e, -b, -a) for name, (s, e, a, b) in _SIGNS.items()}
    return frozenset(name for name, known in _SIGNS.items() for r in relations if turned[r] == known)
