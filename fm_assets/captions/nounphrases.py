"""Noun phrases of a sentence, resolved to the objects of a clip by what the facts say of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from fm_assets.captions.clipfacts import ClipFacts
from fm_assets.captions.language import noun, plural
from fm_assets.captions.normal import plain
from fm_assets.captions.referring import ANY_CLASS, Description, matches
from fm_assets.motion.vocabulary import COLOURS, REGIONS

NUMBERS = {
    w: i for i, w in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"]
    )
}  # fmt: skip
_ORDINALS = {
    w: i + 1
    for i, w in enumerate(
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]
    )
}
_SYNONYMS = {
    "car": ("automobile",), "bicycle": ("bike",), "motorcycle": ("motorbike",), "cell phone": ("phone", "mobile phone"),
    "tv": ("television",), "couch": ("sofa",), "airplane": ("plane", "aeroplane"), "sports ball": ("ball",),
    "dining table": ("table",), "potted plant": ("plant",), "person": ("individual", "human"),
}  # fmt: skip
#: Words for a class that say more than the class does: they find the object, but the rest stays unproven.
_NARROWER = {
    "person": ("man", "woman", "boy", "girl", "child", "pedestrian", "player", "adult", "kid", "worker"),
    "car": ("sedan", "suv", "taxi"),
    "dog": ("puppy",),
    "cat": ("kitten",),
}
_UNPROVEN = [
    "small",
    "large",
    "big",
    "tall",
    "short",
    "tiny",
    "huge",
    "young",
    "old",
    "other",
    "another",
    "same",
    "little",
    "dark",
    "light",
    "bright",
]
#: Words of a phrase that no fact proves.
ADDING = frozenset((*_UNPROVEN, *(word for words in _NARROWER.values() for word in words)))
#: Words that say that there is no second one.
_SINGLE = frozenset({"one", "1", "single"})
#: Words that compare the size of things of one class.
_SIZES = {
    "larger": "larger", "bigger": "larger", "largest": "larger", "biggest": "larger",
    "smaller": "smaller", "smallest": "smaller",
}  # fmt: skip


@dataclass(frozen=True)
class Group:
    """A plural noun phrase.

    Attributes:
        count: How many it speaks of; None where it gives no number.
        class_name: Class of its members.
        colour: Colour of its members; empty when it names none.
        members: Tracks that it stands for; None where the facts do not say, or the number is another.
        example: For `a ball` where there may be several: a track that is one; empty where none surely is.
    """

    count: int | None
    class_name: str
    colour: str
    members: tuple[str, ...] | None
    example: str = ""


@dataclass(frozen=True)
class Resolved:
    """A sentence with `<n>` for the n-th track, `<?>` for a phrase that fits no one track, `{k}` for groups."""

    text: str
    groups: tuple[Group, ...]
    unproven: tuple[str, ...]


def resolve(text: str, clip: ClipFacts) -> Resolved:
    """Replaces the noun phrases of a plain sentence by tokens."""
    known = clip.memo.get(("resolved", text))
    if known is not None:
        return known
    if "nouns" not in clip.memo:
        seen = {v for t in clip.tracks if (v := clip.value("class", t)) is not None}
        clip.memo["nouns"] = _nouns(tuple(sorted(seen | {ANY_CLASS})))
    nouns, words, by_word = clip.memo["nouns"]
    groups: list[Group] = []
    unproven: list[str] = []

    def replace(match: re.Match[str]) -> str:
        word, class_name, many, narrower = words[int(match["noun"])]
        modifiers = (match["mods"] or "").split()
        if not (many or match["det"] or modifiers):
            return match[0]  # a bare singular is part of some other phrase
        unproven.extend(m for m in modifiers if m in _UNPROVEN)
        if narrower:
            unproven.append(word)
        determiner = (match["det"] or "").strip()
        single = determiner == "one" or (determiner != "the" and not _SINGLE.isdisjoint(modifiers))
        if many or (single and not match["post"]):
            groups.append(_group(match, class_name, modifiers, clip))
            return f"{{{len(groups) - 1}}}"
        if "other" in modifiers or determiner == "another" or (match["start"] and not _region(match["start"])):
            return "<?>"
        fits, open_ = _fitting(clip, _description(match, class_name, modifiers))
        if len(fits) == 1 and not open_:
            return f"<{clip.tracks.index(fits[0])}>"
        if determiner in ("a", "an") and not match["post"]:
            colour = _colour(match, modifiers)  # `a blue ball` is none of the red ones
            groups.append(Group(1, class_name, colour, None, fits[0] if fits else ""))
            return f"{{{len(groups) - 1}}}"
        return "<?>"

    marked = nouns.sub(lambda m: f"@{by_word[m[0]]}@", text)
    named = re.sub(r"@(\d+)@", lambda m: words[int(m[1])][0], _PHRASE.sub(replace, marked))
    resolved = Resolved(named, tuple(groups), tuple(unproven))
    clip.memo["resolved", text] = resolved
    return resolved


def _fitting(clip: ClipFacts, description: Description) -> tuple[list[str], list[str]]:
    """`matches`, but what has a colour near to the one that is said gives way to the one thing that has it."""
    fits, open_ = matches(clip, description)
    if len(fits) == 1 and description.colour:
        open_ = [t for t in open_ if clip.value("colour", t) in (None, description.colour)]
    return fits, open_


def _colour(match: re.Match[str], modifiers: Sequence[str]) -> str:
    return match["wears"] or next((m for m in modifiers if m in COLOURS), "")


def _group(match: re.Match[str], class_name: str, modifiers: Sequence[str], clip: ClipFacts) -> Group:
    colour = _colour(match, modifiers)
    said = next(
        (NUMBERS.get(m, int(m) if m.isdigit() else None) for m in modifiers if m in NUMBERS or m.isdigit()), None
    )
    if said is None and (match["det"] or "").startswith("both"):
        said = 2
    if (match["det"] or "").strip() == "one" or "single" in modifiers:
        said = 1
    fits, open_ = matches(clip, Description(class_name, colour))
    sure = not open_ and not match["post"] and (said is None or said == len(fits))
    return Group(said, class_name, colour, tuple(fits) if sure else None)


def _description(match: re.Match[str], class_name: str, modifiers: Sequence[str]) -> Description:
    colour = _colour(match, modifiers)
    rank = next((_ORDINALS[m] for m in modifiers if m in _ORDINALS), -1 if "last" in modifiers else 0)
    numeric = next((int(m[:-2]) for m in modifiers if re.fullmatch(r"\d+(?:st|nd|rd|th)", m)), 0)
    extreme = next((m[:-4] for m in modifiers if m in ("leftmost", "rightmost", "topmost")), "")
    begins = "entered" if match["enters"] or match["entering"] else "present" if match["present"] else ""
    start = _region(match["start"]) if match["start"] else f"middle {match['half']}" if match["half"] else ""
    if match["side"]:
        extreme = match["side"]
    if match["far"]:
        extreme = {"highest": "top", "lowest": "bottom"}.get(match["far"], match["far"].rsplit(" ", 1)[-1])
    side = match["from"] or ""
    size = next((_SIZES[m] for m in modifiers if m in _SIZES), "")
    return Description(class_name, colour, begins, side, rank or numeric, start, extreme, size)


def named_class(word: str, clip: ClipFacts) -> str | None:
    """The class of the clip that a singular noun stands for and no more than that; None where it is none."""
    resolve("", clip)  # fills the clip's nouns
    _, words, by_word = clip.memo["nouns"]
    if word not in by_word:
        return None
    _, name, many, narrower = words[by_word[word]]
    return None if many or narrower else name


def _region(words: str) -> str:
    """The region that words name, or an empty text where they name a whole side."""
    words = words.replace("top", "upper").replace("bottom", "lower").replace(" corner", "")
    words = re.sub(r"\bmiddle$", "centre", words)
    return words if words in REGIONS else ""


@lru_cache(maxsize=4096)
def _nouns(
    classes: tuple[str, ...],
) -> tuple[re.Pattern[str], tuple[tuple[str, str, bool, bool], ...], dict[str, int]]:
    """The pattern of nouns for these classes, per noun (word, class, is plural, says more than the class), and its place."""
    words: dict[str, tuple[str, bool, bool]] = {}
    for name in classes:
        words[plural(name)] = (name, True, False)
    for name in classes:  # a singular beats an equal plural (sheep), a class beats another one's synonym
        words[noun(name)] = words[name.replace("_", " ").lower()] = (name, False, False)
    for name in classes:
        extra = [(s, False) for s in _SYNONYMS.get(name, ())] + [(n, True) for n in _NARROWER.get(name, ())]
        if " " in name and sum(c.split()[-1] == name.split()[-1] for c in classes) == 1:
            extra.append((name.split()[-1], False))
        if name == ANY_CLASS:
            extra += [("thing", False), ("item", False)]
        for spoken, narrower in extra:
            words.setdefault(spoken, (name, False, narrower))
            words.setdefault(plural(spoken), (name, True, narrower))
    listed = sorted(words, key=lambda w: (-len(w), w))
    plain_words = "|".join(re.escape(w) for w in listed if w not in COLOURS)
    colours = "|".join(w for w in listed if w in COLOURS)  # a fruit, unless another noun follows
    either = f"(?:{plain_words})" + (rf"|(?:{colours})(?! (?:{plain_words})\b)" if colours else "")
    pattern = re.compile(rf"\b(?:{either})\b")
    return pattern, tuple((w, *words[w]) for w in listed), {w: i for i, w in enumerate(listed)}


_MODIFIERS = "|".join(
    [
        *_ORDINALS,
        *COLOURS,
        *_UNPROVEN,
        *_SIZES,
        *NUMBERS,
        r"\d+(?:st|nd|rd|th)?",
        "single",
        "last",
        "leftmost",
        "rightmost",
        "topmost",
    ]
)
_DETERMINER = r"(?P<det>(?:the|an|a|this|both(?: of)?(?: the)?|all(?: of)?(?: the)?|these|those|another|one)\s)?"
_WHERE = r"(?:upper|top|lower|bottom|middle)(?: (?:left|right|centre|middle))?(?: corner)?|centre|left side|right side|left|right"
_FRAME = r"(?: of the (?:frame|image|picture|scene|screen|view))?"
_WHO = r" (?:that|who|which) "
_POST = (
    rf"(?:{_WHO}(?P<enters>enters|comes in)| (?P<entering>entering|coming in))(?: the (?:frame|scene|picture))?"
    r"(?: from the (?P<from>left|right|top|bottom)(?: side)?)?(?! at \d)"
    rf"|{_WHO}(?P<present>(?:is|are|was) (?:already )?(?:there|present|in view|visible) from the (?:start|beginning))"
    rf"|(?:{_WHO}(?:starts|begins)| starting) (?P<far>(?:furthest|farthest) to the (?:left|right)|highest|lowest)"
    rf"|(?:{_WHO}(?:starts|begins)| starting) (?:(?:in|at|on) the (?P<start>{_WHERE})|halfway up the (?P<half>left|right)(?: side)?){_FRAME}"
    r"| (?P<appear>to appear|to enter|to come into view)"
    r"| on the (?P<side>left|right)(?! side)"
)
_PHRASE = re.compile(
    rf"(?<!\w){_DETERMINER}(?P<mods>(?:(?:{_MODIFIERS}) )*)@(?P<noun>\d+)@(?: (?:dressed |clad )?in (?P<wears>{'|'.join(COLOURS)})\b)?(?P<post>{_POST})?"
)


def tracks_in(texts: Sequence[str], clip: ClipFacts) -> tuple[str, ...]:
    """The tracks that noun phrases of these texts single out, in their order."""
    known = ("tracks", *texts)
    if known in clip.memo:
        return clip.memo[known]
    found: dict[str, None] = {}
    for text in texts:
        for number in re.findall(r"<(\d+)>", resolve(plain(text), clip).text):
            found[clip.tracks[int(number)]] = None
    clip.memo[known] = tuple(found)
    return clip.memo[known]
