"""Sentences about two objects: patterns in which A is the subject and B the object, by kind and value.

Each is tried with its subject, and without it where the sentence goes on about the same one. Where both do something to
each other, the pattern names both. Words in normal form, as in `rules`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from fm_assets.captions.grammar import FRAME

_GO = r"(?:move|travel|go|head|proceed|walk|run|drive|ride|fly|swim|roll|glide|slide|drift)"
_AUX = r"(?:(?:be|have|do|can be see|get|start to|begin to) )?"
_EACH = r"(?: (?:with )?(?:each other|one another))?"
_OWN = r"(?: (?:paths?|ways?|trajector(?:y|ies)|courses?|tracks?|routes?))"
_MOVE = r"(?:movements?|motions?)"
_FASTER = r"(?:faster|quicker|speedier|more (?:quickly|rapidly|swiftly|fast))"
_SLOWER = r"(?:slower|more slowly|less (?:fast|quick|quickly|rapidly|swiftly))"
_SPEED = r"(?:speed|velocity|pace|rate)"
_SEEN = r"(?:(?:can )?be (?:already )?(?:see|visible|in view|there|on screen|present)|appear|come into view|come into sight|show up|turn up|become visible|emerge|arrive)"
_LOOK = r"(?:be|look|appear|seem|seem to be|appear to be)"
_MUCH = r"(?:clearly |noticeably )?"
_SPACE = rf"(?:(?: of)?(?: the)? (?:space|room|area|{FRAME}))"
_IN_FRAME = rf"(?: (?:in|of) the {FRAME})?"
_APART = r"(?:further away|farther away|further|farther)"
_NEAR = r"(?:closer|nearer|close|near)"
_THAN = r"than (?:that of |the one of )?B(?: do| be)?"

#: (kind, value, patterns with A as the subject and B as the object).
_TOLD: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("speed_order", "faster", (
        rf"(?:{_GO}|be) {_MUCH}{_FASTER} {_THAN}",
        rf"(?:(?:{_GO} )?(?:at|with) |have )(?:a )?{_MUCH}(?:higher|greater|larger|faster|bigger) (?:average |mean )?{_SPEED} {_THAN}(?: {_SPEED})?",
        rf"{_SPEED} (?:be )?{_MUCH}(?:higher|greater|larger|faster|bigger|above|more) {_THAN}(?: {_SPEED})?",
        r"(?:outpace|outstrip|outspeed) B",
        rf"B {_AUX}(?:outpace|outstrip) by A",
    )),
    ("speed_order", "slower", (
        rf"(?:{_GO}|be) {_MUCH}{_SLOWER} {_THAN}",
        rf"(?:(?:{_GO} )?(?:at|with) |have )(?:a )?{_MUCH}(?:lower|smaller|slower|lesser) (?:average |mean )?{_SPEED} {_THAN}(?: {_SPEED})?",
        rf"{_SPEED} (?:be )?{_MUCH}(?:lower|smaller|slower|less|below) {_THAN}(?: {_SPEED})?",
        rf"(?:do not {_GO}|be not) (?:as|so) (?:fast|quick|quickly) as B(?: do| be)?",
    )),
    ("size_order", "larger", (
        rf"{_LOOK} {_MUCH}(?:larger|bigger|greater)(?: in size)? than B(?: do| be)?",
        rf"have (?:a )?{_MUCH}(?:larger|bigger|greater) (?:apparent )?size than B",
        rf"size (?:be )?{_MUCH}(?:larger|bigger|greater|more) than (?:that of )?B(?: size)?",
        rf"(?:take up|occupy|fill|cover) more{_SPACE}?{_IN_FRAME} than B(?: do)?",
    )),
    ("size_order", "smaller", (
        rf"{_LOOK} {_MUCH}(?:smaller|tinier|less big|less large)(?: in size)? than B(?: do| be)?",
        rf"have (?:a )?{_MUCH}(?:smaller|lesser) (?:apparent )?size than B",
        rf"size (?:be )?{_MUCH}(?:smaller|less|lower) than (?:that of )?B(?: size)?",
        rf"(?:take up|occupy|fill|cover) less{_SPACE}?{_IN_FRAME} than B(?: do)?",
        r"(?:be|look) not (?:as|so) (?:big|large) as B(?: be)?",
        r"do not look (?:as|so) (?:big|large) as B(?: do)?",
    )),
    ("order", "before", (
        rf"{_SEEN} (?:earlier than|before|sooner than|ahead of|prior to) B(?: (?:do|be|{_SEEN}))?",
        r"be the first(?: one)? to (?:appear|show up|be see|come into view)(?: ,)? (?:ahead of|before|and then|then|follow by) B",
        rf"before B {_SEEN}(?: ,)? A {_SEEN}",
        rf"first A {_SEEN}(?: ,)?(?: and)? then B(?: {_SEEN})?",
        rf"{_SEEN} first(?: ,)?(?: and)? then B(?: {_SEEN})?",
    )),
    ("order", "after", (
        rf"(?:only )?{_SEEN} (?:only )?(?:later than|after|once) B(?: (?:do|be|have|have appear|{_SEEN}))?",
        rf"(?:after|once|when) B (?:have )?(?:already )?{_SEEN}(?: ,)? A {_SEEN}(?: (?:as well|too|also))?",
    )),
    ("distance_change", "approach", (
        rf"(?:end|end up|finish) {_NEAR} to B than (?:it|they) (?:start|begin|be at (?:first|the start))(?: out)?",
        rf"(?:get|come|move|draw|grow|become|go) {_NEAR} (?:to|towards) B",
        r"be (?:approach|near) by B",
    )),
    ("distance_change", "recede", (
        rf"(?:end|end up|finish) {_APART} (?:from|away from) B than (?:it|they) (?:start|begin|be at (?:first|the start))(?: out)?",
        rf"(?:get|come|move|draw|grow|become|go) {_APART} (?:from|away from) B",
        r"(?:distance|separate) (?:itself|himself|herself|themselves) from B",
        r"(?:recede|retreat|part|depart) from B",
    )),
    ("distance_change", "constant", (
        r"(?:keep|hold|maintain) (?:its|the same|a constant|a steady|a fixed|the) distance (?:from|to) B",
        r"(?:stay|remain|keep|be) at (?:the same|a constant|a steady|a fixed) distance (?:from|to) B",
        rf"A and B (?:get|come|move) neither {_NEAR} nor (?:(?:further |farther )?apart|{_APART})(?: (?:to|from) each other)?",
    )),
    ("contact", "touching", (
        rf"{_AUX}touch B",
        r"(?:be|come|get) (?:in|into) contact with B",
        r"make contact with B",
        r"move while (?:be )?touch B",
        rf"A and B {_AUX}touch{_EACH}",
        rf"A and B (?:be|come|get) (?:in|into) contact{_EACH}",
        rf"A and B make contact{_EACH}",
        r"there be (?:a )?contact between A and B",
        rf"B {_AUX}touch by A",
    )),
    ("follow", "follows", (
        rf"{_AUX}(?:follow|trail|trail behind|tail|chase|pursue|go after|run after|follow behind|follow after) B(?: at (?:a|the) (?:steady|constant|fixed|same) distance)?",
        rf"{_AUX}(?:{_GO} )(?:along )?(?:right |directly |just )?behind B(?: at (?:a|the) (?:steady|constant|fixed|same) distance)?",
        r"behind B(?: ,)? A follow",
        r"behind B(?: ,)? follow A",
    )),
    ("follow", "leads", (
        rf"{_AUX}lead(?: the way (?:for|of))? B",
        rf"{_AUX}{_GO} (?:right |directly |just )?(?:ahead of|in front of) B",
        r"have B (?:follow|trail|chase|tail|behind)(?: (?:it|behind it|behind))?",
    )),
    ("pass", "passes", (
        rf"{_AUX}(?:pass|overtake|outrun|outdistance|pass by|{_GO} (?:past|by)) B(?: from behind)?",
        r"(?:pull|get|move|go|come) ahead of B",
        r"B (?:be|get) (?:leave|left) behind by A",
    )),
    ("pass", "passed_by", (
        r"(?:fall|drop|get left|be left) behind B",
        r"(?:be|get) (?:leave|left) behind by B",
        r"let B (?:pass|overtake|go past)",
    )),
    ("cross", "crosses", (
        r"paths of A and B (?:cross|intersect)",
        rf"A and B {_AUX}(?:cross|intersect)(?: (?:each other|one another)(?:{_OWN})?| paths| ways| over)?",
        rf"A(?:{_OWN})? and B{_OWN} (?:cross|intersect|meet and cross|cut)(?: each other| one another)?",
        rf"A and B {_GO} across (?:each other|one another)(?:{_OWN})?",
        r"A and B have (?:cross|intersect) paths",
        rf"there be (?:a )?(?:cross|crossing|intersection) (?:of|between) (?:the paths of )?A and B(?:{_OWN})?",
        rf"{_AUX}cross paths with B",
        rf"{_AUX}(?:cross|intersect) (?:the (?:path|way|trajectory|course) of )?B{_OWN}?",
        rf"{_AUX}(?:cross over|cut(?: across| through)?|{_GO} across) (?:the{_OWN} of )?B{_OWN}?",
        rf"(?:path|trajectory|course|way) (?:cross|intersect|cut)(?: with)? (?:the{_OWN} of |that of )?B{_OWN}?",
        rf"B{_OWN}? {_AUX}cross by A",
    )),
    ("co_movement", "together", (
        rf"A and B {_GO} (?:together|in unison|in step|in parallel|in sync|in tandem|in concert|alike|as one|identically|(?:in )?the same way(?: together)?|in the same direction (?:and )?(?:at|with) the same {_SPEED})",
        rf"{_GO} (?:just |exactly )?like B(?: do)?",
        rf"{_GO} (?:just |exactly )?as B do",
        rf"A and B (?:have|share|show|make) the same {_MOVE}",
        rf"{_MOVE} (?:match|equal|be (?:the same as|identical to|equal to|like)) (?:that of )?B(?: {_MOVE})?",
        rf"copy (?:the {_MOVE} of )?B(?: {_MOVE})?",
        rf"{_GO} (?:(?:together|along|in step|in unison|in parallel|in sync|in tandem|in concert) with|in parallel to|alongside) B",
        rf"{_GO} (?:in )?(?:exactly )?the same way as B",
        rf"together(?: ,)? A and B {_GO}",
        r"accompany B",
        rf"A and B {_MOVE} (?:be (?:the same|alike|identical|equal)|agree|match)(?: each other)?",
    )),
    ("co_movement", "opposite", (
        rf"A and B {_GO} (?:in |into )?opposite (?:directions|direction|ways|way)",
        rf"in opposite directions(?: ,)? A and B {_GO}",
        rf"{_GO} in (?:the|an) (?:opposite|reverse|contrary) (?:direction|way|sense) (?:to|of|from|as|than) (?:that of )?B",
        rf"A and B {_GO} (?:opposite|contrary) to (?:each other|one another)",
        rf"A and B have opposite {_MOVE}",
        rf"{_MOVE} be (?:opposite to|(?:the )?opposite of|oppose to|contrary to) (?:that of )?B(?: {_MOVE})?",
        rf"(?:while )?A {_GO} one way(?: ,)?(?: and| while| whereas| but)? B (?:{_GO} )?the other(?: way)?",
        r"(?:move|go|travel|head) (?:opposite|oppositely|contrary) to B",
        r"(?:move|go|travel|head) the (?:other|opposite) way (?:from|than|to|as) B",
        rf"A and B {_MOVE} be (?:oppose|opposite|contrary|opposed)",
    )),
)  # fmt: skip


@dataclass(frozen=True)
class Told:
    """A pattern of sentences about two.

    Attributes:
        kind: Kind of fact.
        value: Its value, told from `a`.
        pattern: Groups `a` and `b` are tokens of tracks; without `a` the subject is the one before.
    """

    kind: str
    value: str
    pattern: re.Pattern[str]


def _compiled() -> tuple[Told, ...]:
    made = []
    for kind, value, texts in _TOLD:
        for text in texts:
            names = re.findall(r"\b[AB]\b", text)
            whole = text if "A" in names else f"(?:A )?{text}"
            whole = re.sub(r"\bA\b", r"<(?P<a>\\d+|\\?)>", whole)
            whole = re.sub(r"\bB\b", r"<(?P<b>\\d+|\\?)>", whole)
            made.append(Told(kind, value, re.compile(rf"{whole}(?= |$)")))
    return tuple(made)


_PATTERNS = _compiled()


@lru_cache(maxsize=1 << 16)
def read(text: str, position: int) -> tuple[Told, str | None, str, int] | None:
    """The statement about two objects that begins at a position: the longest, with its tokens and its end."""
    best: tuple[Told, str | None, str, int] | None = None
    for told in _PATTERNS:
        found = told.pattern.match(text, position)
        if found and (best is None or found.end() > best[3]):
            best = told, found["a"], found["b"], found.end()
    return best
