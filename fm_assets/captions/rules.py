"""What predicates claim: patterns over sentences in normal form, each with the statement that it makes.

Tokens: `<n>` is the n-th track, `<?>` an object that no phrase singles out, `{k}` a plural phrase. Verbs
are in their base form (see `normal.py`). A rule consumes words; words that no rule consumes are left over,
and a sentence with words left over is not proven.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from fm_assets.captions.language import FRACTIONS
from fm_assets.captions.nounphrases import NUMBERS
from fm_assets.motion.vocabulary import COLOURS

FRAME = r"(?:frame|image|picture|scene|screen|view|shot)"
NEUTRAL = r"(?:move|travel|head|go|proceed|shift|progress|make (?:its|their|his|her) way)"
MANNER = (
    r"(?:advance|drift|slide|glide|float|roll|walk|run|drive|fly|swim|crawl|jog|ride|sail|skate|step|stroll|bounce|jump|hop"
    r"|swing|sway|wiggle|wobble|meander|shuttle)"
)
TRACK = r"<(\d+|\?)>"
COUNT = r"(" + "|".join(NUMBERS) + r"|\d+)"
_OF_FRAME = rf"(?: (?:of|in) the {FRAME})?"
_SIDE = r"(?:wards?)?(?: (?:side|edge|direction|hand side))?"
_LR = rf"(?:(?:further )?(?:(?:to|towards|in|into) )?(?:the |its |a )?(?:left|right){_SIDE}(?! of <)|leftwards?|rightwards?)"
_UD = r"(?:upwards?|up|downwards?|down|(?:to|towards) the (?:top|bottom)(?: edge)?)"
_DIAG = r"(?:(?:(?:to|towards|in|into) )?(?:the )?(?:upper|lower|top|bottom) (?:left|right)(?: (?:corner|direction))?)"
_COMB = rf"(?:{_UD}(?: and| ,)? (?:then )?{_LR}|(?:{_LR}) and (?:to the )?{_UD})"
DIRECTION = rf"((?:(?:straight|directly|diagonally) )?(?:{_COMB}|{_DIAG}|{_LR}|{_UD})){_OF_FRAME}(?! of )"
_PART = r"(?:upper|lower|top|bottom|middle|centre|left|right)"
_SPOT = rf"((?:{_PART})(?: (?:left|right|centre|middle|side|edge|corner|part|area|portion))*)(?: of the {FRAME})?((?: ,)? (?:halfway up|at mid height))?"
REGION = rf"(?:(?:in|at|near|on|around|inside|within|by) the (?:very |far )?{_SPOT}|halfway up the (left|right)(?: (?:side|edge))?(?: of the {FRAME})?)(?! of <)"
_WORD_LENGTHS = {phrase.removesuffix(" of"): value for value, phrase in FRACTIONS}
_HEIGHT = r"(?: of)?(?: the)? frame(?: 's)? heights?"
LENGTH = (
    r"((?:about |roughly |around |approximately |some )?(?:"
    + "|".join(re.escape(w) for w in sorted(_WORD_LENGTHS, key=lambda w: (-len(w), w)))
    + rf"|\d+(?:\.\d+)? percent|\d+(?:\.\d+)?(?: times)?){_HEIGHT})"
)
SECONDS = r"(\d+(?:\.\d+)?) s\b"
_OWN = r"(?:his|her|their|its|the)"
_AT = rf"(?: (?:at|after) (?:about )?{SECONDS})?"
_ALL_TIME = r"(?: (?:throughout|all the time|the (?:whole|entire) time))?"
_TIMES = rf"(?: (once|twice|(?:about |exactly )?{COUNT} times))?"


def length_of(phrase: str) -> float | None:
    """Frame heights in a spoken length, or None."""
    bare = re.sub(r"^(?:about|roughly|around|approximately|some) ", "", phrase)
    bare = re.sub(rf"{_HEIGHT}$", "", bare).strip()
    if bare in _WORD_LENGTHS:
        return _WORD_LENGTHS[bare]
    if found := re.fullmatch(r"(\d+(?:\.\d+)?)( percent)?(?: times)?", bare):
        return float(found[1]) / (100.0 if found[2] else 1.0)
    return None


def count_of(word: str) -> int:
    """The number that a word or digits stand for."""
    return NUMBERS[word] if word in NUMBERS else int(word)


def direction_of(phrase: str) -> str | None:
    """The sector that a phrase names, or None where it names none or two opposite ones."""
    words = phrase.split()
    up = any(w in ("up", "upward", "upwards", "upper", "top") for w in words)
    down = any(w in ("down", "downward", "downwards", "lower", "bottom") for w in words)
    left = any(w.startswith("left") for w in words)
    right = any(w.startswith("right") for w in words)
    if (up and down) or (left and right):
        return None
    vertical, horizontal = ("upper" if up else "lower" if down else ""), ("left" if left else "right" if right else "")
    if vertical and horizontal:
        return f"{vertical}-{horizontal}"
    return horizontal or {"upper": "up", "lower": "down", "": None}[vertical]


def region_of(spot: str, halfway: bool) -> tuple[str, str] | None:
    """`(row, column)` of a spot; empty where the words leave it open; None where they name no place."""
    words = spot.split()
    row = "upper" if {"upper", "top"} & set(words) else "lower" if {"lower", "bottom"} & set(words) else ""
    column = "left" if "left" in words else "right" if "right" in words else ""
    middle = any(w in ("centre", "middle") for w in words)
    if middle or halfway:
        if row:
            return row, column or "centre"
        return ("middle", column) if column else ("middle", "centre")
    return (row, column) if row or column else None


@dataclass(frozen=True)
class Rule:
    """One pattern; `make` is called with the scan and the match's groups."""

    name: str
    pattern: str
    groups: int


def _rules() -> list[Rule]:
    nouns = {
        # people's arms and postures come before the verbs `get`, `keep`, `stand` and `drop` and the sides of directions
        "arm": rf"(raise|lift|lower|drop)(?: up| down)? (?:(both(?: of)?)(?: {_OWN})?|{_OWN}|a|an|one(?: of {_OWN})?)(?: (left|right))? (arms?|hands?)(?: up| down)?{_AT}",
        "keep_arm": rf"keep {_OWN} (left|right) (?:arm|hand) (?:raise|lower|up|down){_ALL_TIME}",
        "wave": rf"wave(?: (?:{_OWN}|a|one)(?: (left|right))? (?:hand|arm))?{_TIMES}(?: with (?:{_OWN}|a|one)(?: (left|right))? (?:hand|arm))?{_TIMES}",
        "posture": rf"(?:(sit down|take (?:a|{_OWN}) seat)|(stand up|get up|get to {_OWN} feet)){_AT}",
        "keep_posture": rf"(?:stay|remain|keep) (?:seated|on {_OWN} feet){_ALL_TIME}",
        # relations and orders come first: their words are also parts of directions
        "relation": rf"(?:directly |just )?(?:(?:to|on) the (left|right)(?: hand)?(?: side)? of|(above|over)|(below|under|beneath|underneath)) {TRACK}",
        "closer": r"(?:get|come|move|draw|grow|become) (closer|nearer|apart|further apart|farther apart|further away|farther away)(?: together)?(?: (?:to|towards|from) (?:<(\d+|\?)>|(each other|one another)))?",
        "approach": rf"(approach|near|close in on|come towards) (?:{TRACK}|(each other|one another|the camera|the viewer))",
        "recede": rf"(?:recede|retreat|separate|move away|come away|draw away|go away) from (?:{TRACK}|(each other|one another|the camera|the viewer))",
        "gap": rf"the (?:distance|gap|space) between (?:{TRACK} and {TRACK}|(they|the two)) (?:(shrink|decrease|narrow|become smaller|get smaller)|(grow|increase|widen|become larger|get larger|become bigger|get bigger)|((?:stay|remain|keep) (?:about |roughly |nearly )?(?:the same|constant|unchanged)|(?:hardly|do not) change))",
        "towards": rf"(?:directly |straight )?towards (?:{TRACK}|(each other|one another|the camera|the viewer))",
        "away": rf"(?:directly |straight )?(?:further )?away from (?:{TRACK}|(each other|one another|the camera|the viewer))",
        "first_then": rf"appear first(?: ,)?(?: and)? (?:then|follow by) {TRACK}",
        "then_track": rf"(?:and )?(?:then|follow by|last|finally) {TRACK}(?= ,| and|$| then| appear)",
        "appear_before": rf"(?:appear|come into view|come into the {FRAME}|show up|arrive|be (?:there|in view|visible)) (before|earlier than|after|later than) {TRACK}(?: (?:do|appear))?",
        "enter_before": rf"enter(?: the {FRAME})? (before|after) {TRACK}(?: (?:do|enter))?",
        "extreme_order": r"(?:be the (first|last)(?: one)?(?: of them)? to appear|appear (first|last))",
        "same_time": r"(?:appear|come into view|show up) at (?:the same|exactly the same) (?:time|moment|instant)",
        "faster": rf"(?:(?:{NEUTRAL}|be) )?(?:much |clearly )?(faster|quicker|more quickly|slower|more slowly) than {TRACK}(?: do)?",
        "fastest": r"(?:be the (?:(fastest|quickest)|(slowest))(?: of them| one)?|(?:move|go|travel) (?:the )?(?:(fastest|quickest|most quickly)|(slowest|most slowly)))",
        "from_to": rf"from (?:the )?{_SPOT} to (?:the )?{_SPOT}",
        "there": r"there be",
        "shows": r"(?:the|this) (?:clip|video|scene|footage|frame) (?:show|contain|feature)",
        "stay_in_view": rf"(?:(?:stay|remain|be)(?: still)? (?:in view|visible|there|on screen|in the {FRAME})|be still there) (?:until|till|to|at) the (?:very )?end(?: of the (?:clip|video|scene))?",
        "from_start": r"be (?:already )?(?:in view|visible|there|present|on screen) (?:from|at|since) the (?:very )?(?:start|beginning)(?: of the (?:clip|video|scene))?",
        "whole_time": r"(?:be|stay|remain) (?:in view|visible|there|present|on screen) (?:throughout|from (?:start to end|beginning to end)|the (?:whole|entire) (?:time|clip|video)|for the (?:whole|entire) (?:clip|video))(?: the (?:whole |entire )?(?:clip|video|scene))?",
        "in_view": rf"be (?:visible|in view|present|on screen|seen|see|show|in the {FRAME})(?! from| at| until)",
        "enter": rf"(?:enter|come in|come into|move into|come into view)(?: the {FRAME})?(?: (?:from|on|at) the (left|right|top|bottom)(?: side| edge)?(?: of the {FRAME})?)?(?: (?:at|after) (?:about )?{SECONDS})?",
        "leave": rf"(?:leave|exit|go out of|move out of|disappear from)(?: the {FRAME}| view)?(?: (?:to|on|at|over|through) the (left|right|top|bottom)(?: side| edge)?(?: of the {FRAME})?)?(?: (?:at|after) (?:about )?{SECONDS})?",
        "still": r"(?:(?:do )?not move(?: at all)?(?= ,| and| while| whereas| but| throughout|$)|(?:stay|remain|be|stand|keep|hold|sit|lie)(?: completely| entirely| perfectly)? (?:still|stationary|motionless|in place|put|at rest|where (?:it|they) (?:be|start))|stay in (?:the same|one) place|(?:hold|keep) (?:its|their) (?:position|place)|(?:never|hardly) move)(?: (?:throughout|all the time|the whole time|the entire time))?",
        "halt": r"(?:come to (?:a )?(?:halt|stop|rest|standstill)|stop|halt|pause)(?! and)",
        "stop_and_go": r"(?:(?:stop|halt|pause) and (?:then )?(?:go|start|move on|move)(?: again)?(?: (?:several times|in turn|repeatedly))?|in a stop and go (?:manner|fashion|way|pattern|movement)|(?:move|go) in stops and starts|alternate between (?:move and stop|stop and move)|start and stop)",
        "back_and_forth": rf"(?:(?:(?:{NEUTRAL}|{MANNER}) )?(?:(?:regularly |repeatedly |steadily )?(?:back and forth|to and fro|side to side|from side to side|up and down|left and right))|oscillate)(?: ((?:once|twice)|(?:about |exactly )?{COUNT} times))?",
        "cycles": rf"(?:make|complete|perform|do|go through|repeat) ((?:about |exactly )?(?:a single|a|{COUNT})) (?:full |complete )?(?:back and forth (?:movement|motion|cycle|swing|trip)|cycle|repetition|round trip|oscillation|swing)s?(?: back and forth)?",
        "repeats": rf"(?:repeat|repeat (?:its|this|the) (?:movement|motion|back and forth movement)|do (?:so|this|it)) (once|twice|{COUNT} times)",
        "straight": r"(?:(?:in|along|on|follow|trace|take|describe) (?:a|one) (?:fairly |nearly |almost )?straight (?:line|path|course|trajectory)|straight (?:ahead|on|in one direction)|in one straight line|(?:its|the) path be straight)",
        "curve": r"(?:(?:in|along|on|follow|trace|take|describe) (?:a|an) (?:gentle |wide |smooth )?(?:(?:curve|curving) (?:path|line|course|trajectory)|curve|arc)|(?:curve|bend) (?:around|along)|(?:its|the) path be curve)",
        "circle": r"(?:(?:(?:in|along|follow|trace|take|describe|make) )(?:a|an|circles) ?(?:full |complete |wide |small )?(?:circle|loop|(?:circular|round|circle) (?:path|line|course|trajectory|movement|motion))s?|(?:in|make) (?:circle|loop)s?|circle (?:around|round)|(?:circle|loop)(?! of)|(?:go |move |run )?(?:round and round|around in (?:a circle|circle|circles)))",
        "zigzag": r"(?:(?:in|along|follow|trace|take|describe|make) a zigzag(?: (?:path|line|course|pattern|trajectory|movement|motion))?|zigzag|weave from side to side)",
        "turn": r"(?:(?:turn|veer|swerve|curve|bend)(?: sharply)? (?:to (?:the|its) )?(left|right)|(?:make|take) a (?:sharp )?(left|right) turn|(?:make|take) a (?:sharp )?turn to (?:the|its) (left|right))(?: (?:by|of) (?:about )?(\d+) degrees)?",
        "speed_up": r"(?:speed up|accelerate|gain speed|pick up speed|get (?:faster|quicker)(?: and faster)?|become faster|(?:increase|accelerate) (?:its|their) (?:speed|pace)|(?:its|the) speed (?:increase|grow|rise))",
        "slow_down": r"(?:slow down|slow|decelerate|lose speed|get slower(?: and slower)?|become slower|(?:decrease|slow) (?:its|their) (?:speed|pace)|(?:its|the) speed (?:decrease|drop|fall))",
        "steady": r"(?:(?:at|keep|maintain|hold|keep to|have) (?:a|an|its) (?:nearly |almost |fairly )?(?:constant|steady|even|uniform|same) (?:speed|pace)|at constant speed|(?:its|the) speed (?:stay|remain|keep|be) (?:about |nearly )?(?:constant|steady|the same))",
        "grow": rf"(?:(?:grow|get|become|appear)(?: (?:larger|bigger))(?: and (?:larger|bigger))?|grow in (?:size|the {FRAME})|increase in size|expand|enlarge|grow(?! <| in))(?: in (?:the|its) {FRAME})?",
        "shrink": rf"(?:(?:grow|get|become|appear) (?:smaller)(?: and smaller)?|shrink(?: in size)?|decrease in size)(?: in (?:the|its) {FRAME})?",
        "same_size": rf"(?:(?:stay|remain|keep|be) (?:about |roughly |nearly )?(?:the same size|the same in size|constant in size)|(?:keep|hold|maintain) (?:about |roughly |nearly )?(?:the same|its|a constant) (?:apparent )?size|(?:do not|hardly) change in size)(?: in the {FRAME})?",
        "path_length": rf"(?:(?:cover|travel|go|along|follow|over) )?a path (?:of|that be) {LENGTH}(?: long| in (?:all|length|total))?",
        "displacement": rf"(?:end(?: up)? {LENGTH} (?:away from|from) where (?:it|they) (?:start|begin|first appear|enter)|(?:(?:cover|travel|move|shift|over|for|by) )(?:a (?:net |total )?distance of )?{LENGTH}(?! per)(?: in (?:all|total))?)",
        "speed": r"at (?:a speed of )?(?:about |roughly )?(\d+(?:\.\d+)?) frame heights? (?:per|a|each) second",
        "colour": r"be (" + "|".join(COLOURS) + r")(?: in colour)?\b(?! <)",
        "be_track": rf"be {TRACK}",
        "rise": r"(?:rise|ascend|climb)(?: (?:up|upwards))?",
        "fall": r"(?:fall|drop|descend|sink)(?: (?:down|downwards))?",
        "move": rf"(?:keep |continue |start |begin )?({NEUTRAL}|{MANNER})(?: about)?(?! times)",
        "when": r"(?:at|from|in|by|near|towards) the (?:very )?(start|beginning|outset|end|middle)(?: of (?:the|this) (?:clip|video|scene|sequence|shot))?(?! of )|when (?:it|they) (?:first )?(come into view|appear|enter)|when the (?:clip|video|scene) (start|begin|end)|when (?:they|both) be (first|last) (?:see|visible)(?: together)?|(initially|at first|finally|eventually|halfway through)(?: the (?:clip|video))?",
        "region": REGION,
        "place": r"(?:can be (?:find|see)|(start|begin|end up|end|finish|stay|remain|be|lie|sit|stand|position|locate|situate|rest)(?: (?:out|off|up))?)(?: (?:position|locate|situate))?",
        "direction": DIRECTION,
        "track": TRACK,
        "group": r"\{(\d+)\}",
        "they": r"(?:(?:the )?two(?: of them)?|they|both(?: of them)?|the pair|these two)\b",
        "it": r"(?:it|this one|he|she)\b",
        "whole": r"(?:across|through|within|in|over|around|on) (?:the )?(?:frame|image|picture|scene|screen|view|shot|clip|video)",
        "veto": r"(?:neither|nor|without|instead(?: of)?|rather than|unless|if|or|except|unlike|barely|either|none|only)\b",
        "sequence": r"(?:then|afterwards?|subsequently|next|later|again|before|after|until|once|first|last|alternately|twice|"
        + SECONDS
        + r")",
        "negation": r"(?:not|never|no)\b",
        "separator": r"(?:,|;|:|and|while|whereas|but|as|also|meanwhile)(?= |$)",
        "filler": r"(?:the|a|an|its|their|also|of|too|overall|same|likewise|do|have|to|that|with|which|who|clip|video|scene|continuously|for|in all|of the two|in turn)\b",
    }
    return [Rule(name, pattern, re.compile(pattern).groups) for name, pattern in nouns.items()]


RULES = _rules()
_PATTERN = re.compile("|".join(f"({rule.pattern})(?= |$)" for rule in RULES))
_BY_GROUP: dict[int, Rule] = {}
_at = 1
for _rule in RULES:
    _BY_GROUP[_at] = _rule
    _at += 1 + _rule.groups

Handler = Callable[..., None]


def match_at(text: str, position: int) -> tuple[str, tuple[str | None, ...], int] | None:
    """The first rule that matches at a position: its name, its groups, and the end of what it consumes."""
    found = _PATTERN.match(text, position)
    if found is None or found.lastindex is None:
        return None
    rule = _BY_GROUP[found.lastindex]
    start = found.lastindex
    groups = found.groups()[start : start + rule.groups]
    return rule.name, groups, found.end()
