"""Sentences in a normal form: lower case, one spelling, verbs in their base form, punctuation apart."""

from __future__ import annotations

import re
from functools import lru_cache

_VERBS = [
    "move",
    "travel",
    "head",
    "go",
    "proceed",
    "shift",
    "progress",
    "advance",
    "drift",
    "slide",
    "glide",
    "float",
    "roll",
    "walk",
    "run",
    "drive",
    "fly",
    "swim",
    "crawl",
    "jog",
    "ride",
    "sail",
    "skate",
    "step",
    "stroll",
    "bounce",
    "jump",
    "hop",
    "swing",
    "rise",
    "ascend",
    "climb",
    "fall",
    "drop",
    "descend",
    "sink",
    "turn",
    "veer",
    "swerve",
    "bend",
    "curve",
    "circle",
    "loop",
    "orbit",
    "oscillate",
    "stay",
    "remain",
    "keep",
    "hold",
    "stand",
    "sit",
    "lie",
    "start",
    "begin",
    "end",
    "finish",
    "enter",
    "exit",
    "come",
    "get",
    "grow",
    "shrink",
    "become",
    "appear",
    "disappear",
    "approach",
    "near",
    "recede",
    "accelerate",
    "decelerate",
    "speed",
    "slow",
    "gain",
    "lose",
    "pick",
    "increase",
    "decrease",
    "narrow",
    "widen",
    "cover",
    "complete",
    "make",
    "repeat",
    "perform",
    "follow",
    "stop",
    "pause",
    "halt",
    "zigzag",
    "weave",
    "show",
    "contain",
    "feature",
    "arrive",
    "draw",
    "separate",
    "expand",
    "enlarge",
    "maintain",
    "reverse",
    "cross",
    "pass",
    "overtake",
    "change",
    "trace",
    "describe",
    "take",
    "rest",
    "retreat",
    "alternate",
    "leave",
    "shuttle",
    "wiggle",
    "wobble",
    "sway",
    "meander",
    "continue",
    "cycle",
    "locate",
    "position",
    "situate",
    "see",
    "raise",
    "lift",
    "lower",
    "wave",
    "seem",
    "look",
    "paint",
    "identify",
    "recognise",
    "recognize",
    "label",
    "classify",
    "measure",
    "amount",
    "average",
    "reach",
    "attain",
    "achieve",
    "hit",
    "peak",
    "exceed",
    "need",
    "require",
    "last",
    "return",
    "lead",
    "trail",
    "tail",
    "chase",
    "pursue",
    "outpace",
    "outrun",
    "accompany",
    "touch",
    "intersect",
    "set",
    "wind",
    "depart",
    "emerge",
    "hide",
    "displace",
    "vary",
    "wander",
    "cease",
    "oppose",
    "occupy",
    "include",
    "distance",
    "quicken",
    "bump",
    "carry",
    "resume",
    "let",
    "compare",
    "categorise",
    "categorize",
    "find",
    "spot",
    "exist",
    "traverse",
    "shuffle",
    "coincide",
    "vanish",
    "open",
    "catch",
    "cut",
    "match",
    "equal",
    "agree",
    "copy",
    "share",
]
_IRREGULAR = {
    "be": "is are was were been being am", "have": "has had having", "do": "does did doing done", "go": "goes went gone",
    "come": "came", "get": "got gotten", "grow": "grew grown", "shrink": "shrank shrunk", "become": "became",
    "rise": "rose risen", "fall": "fell fallen", "sink": "sank sunk", "keep": "kept", "hold": "held", "stand": "stood",
    "sit": "sat", "lie": "lay lain lying", "begin": "began begun", "make": "made", "show": "shown", "draw": "drew drawn",
    "overtake": "overtook overtaken", "take": "took taken", "run": "ran", "drive": "drove driven", "fly": "flew flown",
    "ride": "rode ridden", "slide": "slid", "bend": "bent", "swing": "swung", "swim": "swam", "lose": "lost",
    "speed": "sped", "weave": "wove woven", "see": "saw seen", "lead": "led", "wind": "wound", "hide": "hid hidden", "find": "found", "leave": "leaving", "outrun": "outran", "catch": "caught",
}  # fmt: skip
_DOUBLED = (
    "get",
    "run",
    "sit",
    "stop",
    "begin",
    "drop",
    "hop",
    "step",
    "jog",
    "swim",
    "hit",
    "set",
    "outrun",
    "let",
    "cut",
)
_PHRASES = (
    (r"\b(?:cannot|can not)\b", "can not"),
    (r"n't\b", " not"),
    (r"\b(it|they|he|she|that|there)'(?:s|re)\b", r"\1 is"),
    (r"'s\b", " 's"),
    (r"[\u2010-\u2015]", "-"),
    (r"\bcent(?:er|re)d?\b", "centre"),
    (r"\bgray\b", "grey"),
    (r"\btoward\b", "towards"),
    (r"\bcolored\b|\bcoloured\b", ""),
    (r"\b(upper|lower|top|bottom|middle|centre|left|right|mid)-", r"\1 "),
    (r"\bzig-?zag", "zigzag"),
    (r"\b(back|stop|to|up|start)-and-(forth|go|fro|down|stop)\b", r"\1 and \2"),
    (r"\bcounter-clockwise\b|\banti-clockwise\b", "counterclockwise"),
    (r"\boff-screen\b", "off screen"),
    (r"\bmid-height\b", "mid height"),
    (r"\bside-to-side\b", "side to side"),
    (r"\bhalf-way\b", "halfway"),
    (r"(\d)\s*%", r"\1 percent"),
    (r"(\d(?:\.\d+)?)\s*(?:seconds|second|secs|sec|s)\b", r"\1 s"),
    (r"\bsitting down\b", "seated"),  # as often how one is as what one does
    (r"\bstanding up\b", "on foot"),
    (r"\bdegrees?\b", "degrees"),
    (r"\bframe'?s? height", "frame height"),
)


def _forms(base: str) -> list[str]:
    if base.endswith("y") and base[-2] not in "aeiou":
        return [f"{base[:-1]}ies", f"{base[:-1]}ied", f"{base}ing"]
    ending = "es" if base.endswith(("s", "x", "z", "ch", "sh", "o")) else "s"
    stem = base + base[-1] if base in _DOUBLED else base
    if base.endswith("e"):
        return [f"{base}s", f"{base}d", f"{base[:-1]}ing"]
    return [f"{base}{ending}", f"{stem}ed", f"{stem}ing"]


def _lemmas() -> dict[str, str]:
    table = {form: base for base in _VERBS for form in _forms(base)}
    table |= {form: base for base, forms in _IRREGULAR.items() for form in forms.split()}
    table |= {
        "lying": "lie",
        "zigzagging": "zigzag",
        "zigzagged": "zigzag",
        "travelled": "travel",
        "travelling": "travel",
        "nearing": "near",
        "labelled": "label",
        "labelling": "label",
        "tagged": "tag",
        "tagging": "tag",
    }
    for noun in ("beginning",):  # mostly a noun
        table.pop(noun, None)
    return table


_LEMMAS = _lemmas()
_COMPILED = [(re.compile(pattern), to) for pattern, to in _PHRASES]
_TOKENS = re.compile(r"<\?>|<\d+>|\{\d+\}|\d+(?:\.\d+)?|[a-z]+(?:-[a-z]+)*|'s|[^\s\w]")


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """A sentence in lower case with one spelling; words keep their forms."""
    text = text.strip().lower().replace("\u2019", "'")
    for pattern, to in _COMPILED:
        text = pattern.sub(to, text)
    return text


def base_forms(text: str) -> str:
    """A plain sentence with verbs in their base form and tokens apart by one blank; the full stop is dropped."""
    tokens = _TOKENS.findall(text)
    return " ".join(_LEMMAS.get(t, t) for t in tokens if t not in (".", "!", '"', "'", "'s", "`", "*"))


def split_sentences(text: str) -> list[str]:
    """The sentences of a text; decimal points do not end one, line breaks do."""
    parts: list[str] = []
    for line in text.splitlines():
        line = re.sub(r"^\s*(?:[-*\u2022]|\d+[.)])\s+", "", line)
        parts += [p.strip() for p in re.split(r"(?<=[.!?])[\"')]*\s+(?=[A-Z\"'(\d])", line) if p.strip()]
    return parts
