"""A question and one of its options, read together as the statement that the option makes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fm_assets.captions.clipfacts import ClipFacts
from fm_assets.captions.nounphrases import tracks_in
from fm_assets.captions.parser import Judged, Literal, Parsed, judge_parsed, parse
from fm_assets.motion.claims import FactIndex


@dataclass(frozen=True)
class Part:
    """One sentence of a statement, or its denial."""

    sentence: str
    denied: bool = False


_MOVE = r"(?:move|head|travel|go|moving|heading|travelling|traveling|going)"
_START = r"(?:start|begin|first come into view|first appear|first enter)"
#: Where a second verb phrase begins; `back and forth` and `stops and starts` go on.
_AND_DOES = re.compile(
    r" and (?=(?:cover|end|enter|get|grow|keep|move|slow|speed|turn)s?\b)|(?<!stops)(?<!stop) and (?=starts?\b)"
)
_NAME = r"((?:the|a|an) .+?)"
Build = Callable[[re.Match[str], str], list[Part] | None]


def statement(question: str, option: str) -> list[Part] | None:
    """The statement that an option makes in answer to a question; None where the form is not known.

    Args:
        question: As it is asked, with or without the question mark.
        option: The option's text.
    """
    asked = " ".join(question.strip().rstrip("?.").lower().split())
    said = option.strip().rstrip(".").strip()
    said = said[:1].lower() + said[1:]
    for pattern, build in _FORMS:
        found = pattern.fullmatch(asked)
        if found:
            return build(found, said)
    return None


def judge_option(question: str, option: str, options: Sequence[str], clip: ClipFacts, index: FactIndex) -> Judged:
    """Verdict on one option of a question, from its text alone; see `read_option`."""
    parsed = read_option(question, option, options, clip)
    if parsed is None:
        return Judged("unverifiable", (), "the question has a form that is not read")
    return judge_parsed(parsed, index, clip.min_margin)


def read_option(question: str, option: str, options: Sequence[str], clip: ClipFacts) -> Parsed | None:
    """What one option of a question claims, read from its text alone; None where the question's form is not read.

    Superlatives compare the objects that question and options name.
    """
    parts = statement(question, option)
    if parts is None:
        return None
    literals: list[Literal] = []
    left_over: list[str] = []
    domain = tracks_in([question, *options], clip)
    for part in parts:
        parsed = parse(part.sentence, clip, domain=domain if len(domain) > 1 else ())
        left_over += parsed.left_over
        if not parsed.literals or (part.denied and len(parsed.literals) != 1):
            left_over.append(part.sentence)
            continue
        literals += [Literal(p.claim, p.negated != part.denied) for p in parsed.literals]
    return Parsed(tuple(literals), tuple(left_over))


def _plain(template: str) -> Build:
    """`{0}`, `{1}` ... are the question's groups, `{o}` is the option."""

    def build(found: re.Match[str], said: str) -> list[Part] | None:
        return [Part(template.format(*[g or "" for g in found.groups()], o=said))]

    return build


def _about(found: re.Match[str], said: str) -> list[Part] | None:
    """Options such as `it speeds up`, `speeds up`, `to the left`: what they say is said of the question's object."""
    name = found[1]
    if bare := re.fullmatch(r"(?:it|they|he|she) (.+)", said):
        return [Part(f"{name} {bare[1]}")]
    if said.startswith(name):
        return [Part(said)]
    if re.match(
        r"(?:moves|goes|stays|remains|travels|does|follows|speeds|slows|keeps|enters|is|zigzags|stops|grows|gets|turns|raises|lifts|lowers|waves|sits|stands)\b",
        said,
    ):
        return [Part(f"{name} {said}")]
    return [Part(f"{name} moves {said}")]


def _of_arm(found: re.Match[str], said: str) -> list[Part] | None:
    does = re.fullmatch(r"(raises|lowers|lifts|keeps) it\b(.*)", said)
    return [Part(f"{found[1]} {does[1]} their {found[2]} {found[3]}{does[2]}")] if does else None


def _of_waves(found: re.Match[str], said: str) -> list[Part] | None:
    return [Part(f"{found[1]} waves {said}" + (f" with their {found[2]} hand" if found[2] else ""))]


def _relative(found: re.Match[str], said: str) -> list[Part] | None:
    first, second, when = found[1], found[2], found[3]
    said = re.sub(r"\b(?:it|them)\b", second, said)
    if not re.search(r"\b(?:above|below|left of|right of|over|under)\b", said):
        return None
    if re.fullmatch(r"above|below|over|under", said) or said.endswith((" above", " below")):
        return None
    where = said if said.startswith("is ") else f"is {said}"
    return [Part(f"{first} {where}{' ' + when if when else ''}")]


def _start_and_gap(found: re.Match[str], said: str) -> list[Part] | None:
    first, second = found[1], found[2]
    place, comma, change = re.sub(r"\b(?:it|them)\b", second, said).partition(", ")
    if not comma:
        return None
    return [Part(f"{first} starts {place}"), Part(f"{first} is {change}")]


def _compared(found: re.Match[str], said: str) -> list[Part] | None:
    first, second = found[1], found[2]
    parts = re.fullmatch(r"(?:is )?(faster|slower) and starts to the (left|right)(?: of (?:it|them))?", said)
    if parts is None:
        return None
    return [Part(f"{first} is {parts[1]} than {second}"), Part(f"{first} starts to the {parts[2]} of {second}")]


def _met(found: re.Match[str], said: str) -> list[Part] | None:
    """`X follows Y, moving to the left`."""
    parts = re.fullmatch(rf"{_NAME} (follows|passes) {_NAME}, moving (.+)", said)
    if parts is None:
        return None
    doer, verb, other, way = parts.groups()
    return [Part(f"{doer} {verb} {other}"), Part(f"{doer} moves {way}")]


def _begin_and_end(found: re.Match[str], said: str) -> list[Part] | None:
    """`X starts first, Y stops first`, of the two that the question names."""
    names = [found[1], found[2]]
    parts = re.fullmatch(rf"{_NAME} starts first, {_NAME} stops first", said)
    if parts is None or not {parts[1], parts[2]} <= set(names):
        return None
    other = {names[0]: names[1], names[1]: names[0]}
    return [
        Part(f"{parts[1]} starts moving before {other[parts[1]]}"),
        Part(f"{parts[2]} stops moving before {other[parts[2]]}"),
    ]


def _gap(found: re.Match[str], said: str) -> list[Part] | None:
    first, second = found[1], found[2]
    if said.startswith("neither of"):
        return [Part(f"{first} does not move"), Part(f"{second} does not move")]
    said = re.sub(r"^(?:it|the distance|the gap) ", "", said)
    return [Part(f"the distance between {first} and {second} {said}")]


def _which(found: re.Match[str], said: str) -> list[Part] | None:
    return [Part(f"{said} {found[1]}")]


def _which_of_two(found: re.Match[str], said: str) -> list[Part] | None:
    does, first, second = found[1], found[2], found[3]
    held = {
        f"only {first}": (True, False), f"only {second}": (False, True),
        "both of them": (True, True), "both": (True, True), "neither of them": (False, False), "neither": (False, False),
    }.get(said)  # fmt: skip
    if held is None:
        return None
    return [Part(f"{name} {does}", denied=not holds) for name, holds in zip((first, second), held, strict=True)]


def _first_of_two(found: re.Match[str], said: str) -> list[Part] | None:
    rank, first, second = found[1], found[2], found[3]
    return [Part(f"{said} appears {rank}")] if said in (first, second) else None


def _arrivals(found: re.Match[str], said: str) -> list[Part] | None:
    """`X enters first, Y enters later`: of two that enter, the first also comes before the other."""
    parts = re.fullmatch(rf"{_NAME} (is there from the start|enters first), {_NAME} enters later", said)
    if parts is None:
        return None
    x, how, y = parts.groups()
    if how == "enters first":
        return [Part(f"{x} enters"), Part(f"{y} enters"), Part(f"{x} appears before {y}")]
    return [Part(f"{x} is there from the start"), Part(f"{y} enters")]


def _in_order(found: re.Match[str], said: str) -> list[Part] | None:
    names = re.split(r",? then |, ", said)
    if len(names) < 2:
        return None
    return [Part(f"{x} appears before {y}") for x, y in itertools.pairwise(names)]


def _by_speed(found: re.Match[str], said: str) -> list[Part] | None:
    names = re.split(r",? then |, ", said)
    if len(names) < 2:
        return None
    return [Part(f"{x} is faster than {y}") for x, y in itertools.pairwise(names)]


def _said_of(found: re.Match[str], said: str) -> list[Part] | None:
    """`It does this and does that` of the question's object: a sentence for each."""
    bare = re.fullmatch(r"(?:it|they|he|she) (.+)", said)
    return [Part(f"{found[1]} {half}") for half in _AND_DOES.split(bare[1])] if bare else [Part(said)]


def _itself(found: re.Match[str], said: str) -> list[Part] | None:
    return [Part(said)]


_FORMS: list[tuple[re.Pattern[str], Build]] = [
    (re.compile(pattern), build)
    for pattern, build in (
        (
            rf"(?:in |towards )?(?:which|what) direction (?:does|do|is|are) {_NAME} {_MOVE}(?: in| towards)?(?: in the (?:frame|image|clip|video))?",
            _plain("{0} moves {o}"),
        ),
        (rf"which way do {_NAME} and {_NAME} {_MOVE}", _itself),
        (rf"what do {_NAME} and {_NAME} do", _itself),
        (rf"how does {_NAME} compare with {_NAME}", _compared),
        (rf"which way (?:does|do|is|are) {_NAME} {_MOVE}", _plain("{0} moves {o}")),
        (rf"from where to where (?:does|do) {_NAME} {_MOVE}", _plain("{0} moves {o}")),
        (
            rf"where (?:is|are) {_NAME} (?:relative to|in relation to|with respect to|as seen from) {_NAME}(?: (at the (?:start|end)))?(?: of the (?:clip|video))?",
            _relative,
        ),
        (rf"where (?:in the frame )?(?:does|do) {_NAME} {_START}(?: in the frame)?", _plain("{0} starts {o}")),
        (
            rf"where (?:in the frame )?(?:does|do) {_NAME} (?:end|end up|finish)(?: in the frame)?",
            _plain("{0} ends up {o}"),
        ),
        (
            rf"where (?:in the frame )?(?:is|are) {_NAME} (?:at the (?:start|beginning)(?: of the (?:clip|video))?|when (?:it|they|he|she) first (?:comes? into view|appears?))",
            _plain("{0} starts {o}"),
        ),
        (
            rf"where (?:in the frame )?(?:is|are) {_NAME} (?:at the end(?: of the (?:clip|video))?|when (?:(?:it|they|he|she) (?:is|are) )?last seen)",
            _plain("{0} ends up {o}"),
        ),
        (
            rf"how many times (?:does|do) {_NAME} (?:go|move|swing|travel) back and forth",
            _plain("{0} moves back and forth {o}"),
        ),
        (
            rf"how far from (?:its|their|his|her) starting point (?:does|do) {_NAME} end up",
            _plain("{0} ends up {o} from where it starts"),
        ),
        (
            rf"how many times (?:does|do) {_NAME} wave(?:(?: with)? (?:its|their|his|her|the) (left|right) (?:hand|arm))?",
            _of_waves,
        ),
        (rf"what (?:does|do) {_NAME} do with (?:its|their|his|her) (left|right) (arm|hand)", _of_arm),
        (rf"(?:what|which) change of posture (?:does|do) {_NAME} show", _plain("{0} {o}")),
        (
            rf"when (?:does|do) {_NAME} ((?:raise|lift|lower) (?:its|their|his|her) (?:left|right) (?:arm|hand)|sit down|stand up|get up)",
            _plain("{0} {1} {o}"),
        ),
        (rf"how far (?:does|do) {_NAME} (?:move|travel)(?: in all)?", _plain("{0} covers {o}")),
        (rf"which of {_NAME} and {_NAME} (?:follows|passes) the other, and which way", _met),
        (rf"which of {_NAME} and {_NAME} starts moving first, and which stops moving first", _begin_and_end),
        (rf"what top speed does {_NAME} reach", _plain("{0} reaches a top speed of {o}")),
        (rf"how many times does {_NAME} turn (left|right)", _plain("{0} turns {1} {o}")),
        (rf"how fast (?:does|do) {_NAME} move on average", _plain("{0} moves at {o}")),
        (rf"how long is the path that {_NAME} (?:covers|takes|follows)", _plain("{0} covers a path of {o}")),
        (
            rf"how long does one (?:back-and-forth )?(?:cycle|swing) of {_NAME} take",
            _plain("one back and forth cycle of {0} takes {o}"),
        ),
        (
            rf"where (?:in the frame )?is {_NAME} (?:in the middle of|halfway through) the (?:clip|video)",
            _plain("{0} is {o} in the middle"),
        ),
        (rf"where does {_NAME} start relative to {_NAME}, and what happens then", _start_and_gap),
        (
            rf"(?:what happens to the (?:distance|gap) between|how does the (?:distance|gap) between) {_NAME} and {_NAME}(?: change| develop)?",
            _gap,
        ),
        (rf"which (?:of the two )?appears (first|last), {_NAME} or {_NAME}", _first_of_two),
        (rf"how do {_NAME} and {_NAME} come into view", _arrivals),
        (rf"(?:which|who) (?:of the two )?(.+?), {_NAME} or {_NAME}", _which_of_two),
        (r"in (?:what|which) order do .+ (?:first )?(?:appear|come into view)", _in_order),
        (
            r"(?:what is the order of .+|how do .+ rank|how do .+ compare) (?:in speed, )?from (?:the )?fastest to (?:the )?slowest",
            _by_speed,
        ),
        (rf"when (?:does|do) {_NAME} (?:enter|come into)(?: the frame)?", _plain("{0} enters the frame {o}")),
        (rf"when (?:does|do) {_NAME} (?:leave|exit)(?: the frame)?", _plain("{0} leaves the frame {o}")),
        (
            rf"how (?:does|do) {_NAME} (?:move|come into view|appear|change (?:its|their|his|her) speed|change)(?: in the (?:frame|clip|video)| over time| in size)?",
            _about,
        ),
        (rf"what (?:does|do) {_NAME} do(?: in the (?:clip|video)| in terms of speed)?", _about),
        (
            rf"(?:what|which) (?:kind of |sort of )?(?:path|trajectory|movement|motion) (?:does|do) {_NAME} (?:follow|take|make|show|perform)",
            _about,
        ),
        (rf"(?:what|which)(?: of these)? (?:best )?describes how {_NAME} moves", _about),
        (
            r"(?:which|what) (?:statement|of these|of the following)(?: statements)? (?:is|holds) (?:true|right|correct).*",
            _itself,
        ),
        (rf"(?:what|which)(?: of these)? is true of {_NAME}(?:: .+)?", _said_of),
        (rf"which statement about {_NAME} is (?:true|right|correct)", _said_of),
        (r"(?:which|what) (?:(?:of these )?(?:objects?|things?|people|persons?|one)|of these) (.+)", _which),
        (
            r"(?:what|who) ((?:moves|goes|stays|enters|leaves|speeds|slows|starts|ends|is|appears|follows|travels|zigzags|grows|gets|remains|does not) ?.*)",
            _which,
        ),
    )
]
