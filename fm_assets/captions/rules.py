"""What predicates claim: patterns over sentences in normal form, each with the statement that it makes.

Tokens: `<n>` is the n-th track, `<?>` an object that no phrase singles out, `{k}` a plural phrase. Verbs
are in their base form (see `normal.py`). A rule consumes words; words that no rule consumes are left over,
and a sentence with words left over is not proven.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from fm_assets.captions.grammar import (
    COUNT,
    DIRECTION,
    FRAME,
    LENGTH,
    MANNER,
    NEUTRAL,
    NUMBER,
    REGION,
    SECONDS,
    SPOT,
    TRACK,
)
from fm_assets.motion.vocabulary import COLOURS


@dataclass(frozen=True)
class Rule:
    """One pattern; `make` is called with the scan and the match's groups."""

    name: str
    pattern: str
    groups: int


_ABOUT = r"(?:about |roughly |around |approximately |exactly |nearly )?"
RATE = rf"{_ABOUT}(\d+(?:\.\d+)?) frame heights? (?:(?:per|a|each|every|in a) second|/ s(?:ec|econd)?|per s)"
CYCLE = r"(?:full |complete |single |whole )?(?:back and forth (?:cycle|movement|motion|swing|trip)|cycle|oscillation|swing|round trip|repetition)s?(?: (?:back and forth|of its (?:movement|motion)(?: back and forth)?))?"
_PACE = r"(?:average |mean |overall )?(?:speed|velocity|pace)"
_PEAK = r"(?:at most|(?:top|maximum|maximal|max|peak|highest|greatest|largest|fastest)(?: (?:speed|velocity|pace))?)"
_TO = r"(?:(?:(?:to|towards) )?(?:the |its )?)"
_HAND = r"(left|right|counterclockwise|anticlockwise|clockwise)"
_TIMES = rf"(once|twice|thrice|(?:{NUMBER}|no|zero) times)"
_OWN = r"(?:his|her|their|its|the)"
_AT = rf"(?: (?:at|after) (?:about )?{SECONDS})?"
_ALL_TIME = r"(?: (?:throughout|all the time|the (?:whole|entire) time))?"
_WAVES = rf"(?: (once|twice|(?:about |exactly )?{COUNT} times))?"
_MANY = rf"((?:about |exactly )?(?:a single|a|no|{NUMBER}))"


def _rules() -> list[Rule]:
    nouns = {
        # people's arms and postures come before the verbs `get`, `keep`, `stand` and `drop` and the sides of directions
        "arm": rf"(raise|lift|lower|drop)(?: up| down)? (?:(both(?: of)?)(?: {_OWN})?|{_OWN}|a|an|one(?: of {_OWN})?)(?: (left|right))? (arms?|hands?)(?: up| down)?{_AT}",
        "keep_arm": rf"keep {_OWN} (left|right) (?:arm|hand) (?:raise|lower|up|down){_ALL_TIME}",
        "wave": rf"wave(?: (?:{_OWN}|a|one)(?: (left|right))? (?:hand|arm))?{_WAVES}(?: with (?:{_OWN}|a|one)(?: (left|right))? (?:hand|arm))?{_WAVES}",
        "posture": rf"(?:(sit down|take (?:a|{_OWN}) seat)|(stand up|get up|get to {_OWN} feet)){_AT}",
        "keep_posture": rf"(?:stay|remain|keep) (?:seated|on {_OWN} feet){_ALL_TIME}",
        # quantities come first: their words are also parts of movements
        "at_peak": r"(?:at its (?:fastest|quickest|peak|maximum)|when it (?:be|move|go) (?:the )?(?:fastest|quickest))(?: ,)?",
        "peak_speed": rf"(?:(?:{NEUTRAL}|reach|have|hit|attain|achieve|get|be|never exceed|peak at) )?(?:(?:at|with|a|an|its) )*{_PEAK}(?: that (?:it|they) (?:reach|attain|have))?(?: (?:of|be|reach|at|equal|amount to))* {RATE}(?: , its top speed)?",
        "peak_reach": rf"(?:(?:reach|get|hit|attain|achieve|go|move|travel|peak|top out)(?: {_PACE}s?)?(?: of)? (?:up to|as fast as|at most|(?<=peak )at|(?<=top out )at|a maximum of|a top of|a peak of)|{_PACE} (?:reach|peak at|top out at)(?: (?:up to|a (?:maximum|peak|top) of))?|never exceed) {RATE}(?: , its top speed)?|(?:{NEUTRAL} )?(?:at )?{RATE} (?:at most|at (?:its )?(?:peak|most|maximum)|at (?:top|full|maximum) speed)",
        "speed": rf"(?:(?:{NEUTRAL}|cover|have|be|average) )?(?:(?:at|with) )?(?:an? |its )?(?:(?:average|mean|overall) )?(?:{_PACE} )?(?:(?:of|be|average|amount to|equal|at) )*(?:an average of )?{RATE}(?: on average)?",
        "period": rf"(?:(?:(?:need|take|require) {_ABOUT}{SECONDS} (?:for|per|to (?:complete|make|do|perform)) (?:one |a |each |every |an )?(?:single )?{CYCLE})|(?:take for each cycle {_ABOUT}{SECONDS}(?: long)?)|(?:take {_ABOUT}{SECONDS} for each cycle)|(?:(?:(?:{NEUTRAL}|{MANNER}) )?(?:back and forth|to and fro|there and back)|oscillate|return|come back|repeat(?: (?:its|the|this) (?:movement|motion|cycle|swing|{CYCLE}))?|(?:complete|make|finish|do|perform) (?:a|one) {CYCLE}) (?:every|each|once every|once per|with a period of) {_ABOUT}{SECONDS}|(?:(?:have|with) a )?period (?:of|be) {_ABOUT}{SECONDS}|oscillate with a period of {_ABOUT}{SECONDS})",
        "turns": rf"(?:path )?(?:turn|veer|bend|swerve|change direction) {_TO}{_HAND} {_TIMES}|(?:path )?(?:make|take|perform|do|have|include|contain) {_MANY} (?:{_HAND}(?: hand)? (?:turn|bend)s?|(?:turn|bend)s? {_TO}{_HAND})(?: in total)?",
        "cycle_times": rf"(?:swing|(?:{NEUTRAL}|{MANNER}) (?:there and back|forth and back|backwards? and forwards?|forwards? and backwards?)|(?:repeat|do) (?:its|the|this) back and forth (?:movement|motion)) {_TIMES}(?: in total)?",
        # relations and orders come next: their words are also parts of directions
        "relation": rf"(?:directly |just )?(?:(?:(?:to|on) the )?(left|right)(?: hand)?(?: side)? of|(above|over|higher(?: up)? than|further up than)|(below|under|beneath|underneath|lower(?: down)? than|further down than)) {TRACK}",
        "closer": r"(?:get|come|move|draw|grow|become) (closer|nearer|apart|further apart|farther apart|further away|farther away)(?: together)?(?: (?:to|towards|from) (?:<(\d+|\?)>|(each other|one another)))?",
        "approach": rf"(approach|near|close in on|come towards) (?:{TRACK}|(each other|one another|the camera|the viewer))",
        "recede": rf"(?:recede|retreat|separate|move away|come away|draw away|go away) from (?:{TRACK}|(each other|one another|the camera|the viewer))",
        "gap": rf"the (?:distance|gap|space) between (?:{TRACK} and {TRACK}|(they|the two)) (?:(shrink|decrease|narrow|become smaller|get smaller)|(grow|increase|widen|become larger|get larger|become bigger|get bigger)|((?:do not (?:change|vary)|be constant|stay|remain|keep) (?:about |roughly |nearly )?(?:the same|constant|unchanged)|(?:hardly|do not) change))",
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
        "from_to": rf"from (?:the )?{SPOT} to (?:the )?{SPOT}",
        "there": r"there be",
        "shows": r"(?:the|this) (?:clip|video|scene|footage|frame) (?:show|contain|feature)",
        "stay_in_view": rf"(?:(?:stay|remain|be)(?: still)? (?:in view|visible|there|on screen|in the {FRAME})|be still there) (?:until|till|to|at) the (?:very )?end(?: of the (?:clip|video|scene))?",
        "from_start": r"be (?:already )?(?:in view|visible|there|present|on screen) (?:from|at|since) the (?:very )?(?:start|beginning)(?: of the (?:clip|video|scene))?",
        "whole_time": r"(?:be|stay|remain) (?:in view|visible|there|present|on screen) (?:throughout|from (?:start to end|beginning to end)|the (?:whole|entire) (?:time|clip|video)|for the (?:whole|entire) (?:clip|video))(?: the (?:whole |entire )?(?:clip|video|scene))?",
        "in_view": rf"be (?:visible|in view|present|on screen|seen|see|show|in the {FRAME})(?! from| at| until)",
        "enter": rf"(?:enter|come in|come into(?: view)?|(?:move|go|get|walk|run|drive|travel|step|slide|fly|roll) into(?: view)?|arrive in|make (?:its|their) way into|emerge into)(?: the {FRAME})?(?: from (?:the edge|outside(?: the {FRAME})?|beyond the edge|off ?screen)(?: of the {FRAME})?)?(?: (?:from|on|at) the (left|right|top|bottom)(?: side| edge)?(?: of the {FRAME})?)?(?: (?:at|after) (?:about )?{SECONDS})?",
        "leave": rf"(?:have left(?= the)|leave|exit|(?:go|move|run|drive|head|get|walk|travel|pass|fly|roll|slide) (?:out of|off)|depart(?: from)?|disappear from)(?: the {FRAME}| view| screen)?(?: (?:over|across|through|at|past) (?:the|its) edge(?: of the {FRAME})?)?(?: (?:by|before) the (?:end(?: of the (?:clip|video|scene))?|(?:clip|video|scene) (?:end|be over|finish)))?(?: (?:to|on|at|over|through) the (left|right|top|bottom)(?: side| edge)?(?: of the {FRAME})?)?(?: (?:at|after) (?:about )?{SECONDS})?",
        "still": r"(?:(?:do|have) not (?:change|shift|leave) (?:its|their) (?:position|place|location|spot)|(?:do|be) not (?:move|go) anywhere|(?:stay|remain) at (?:one|the same) (?:point|place|spot|position)|(?:stay|remain|rest|be) in (?:one|the same) (?:spot|place|position)|(?:do )?not move(?: at all)?(?= ,| and| while| whereas| but| throughout|$)|(?:stay|remain|be|stand|keep|hold|sit|lie)(?: completely| entirely| perfectly)? (?:still|stationary|motionless|immobile|unmoving|static|in position|on the spot|in place|put|at rest|where (?:it|they) (?:be|start))|stay in (?:the same|one) place|(?:hold|keep) (?:its|their) (?:position|place)|(?:never|hardly) move)(?: (?:throughout|all the time|the whole time|the entire time))?",
        "stop_and_go": r"(?:make an? (?:stop|pause|halt|break) (?:on (?:its|the) way|in between|along the way|midway)|(?:stop|halt|pause)(?: partway| midway| halfway| on the way| in between)?(?: ,)? and (?:then )?(?:go on|continue|resume|go|start|move on|move|carry on)(?: again)?(?: (?:several times|in turn|repeatedly))?|(?:move(?: ,)? )?(?:stop|halt|pause)(?: ,)? and move on|in a stop and go (?:manner|fashion|way|pattern|movement)|(?:move|go) in stops and starts|alternate between (?:move and stop|stop and move)|start and stop)",
        "hidden": rf"(?:(?:get|become|be|end up)(?: first| completely)? hide(?: from (?:view|sight))?(?: (?:behind|by) something)?(?: (?:inside|within) the {FRAME})?(?: before the (?:clip|video|scene) end)?|disappear behind something|(emerge|come out|appear|come into view) (?:from behind something|inside the {FRAME}(?: ,)? not (?:from|at) (?:its|the) edge))",
        "halt": r"(?:come to (?:a )?(?:halt|stop|rest|standstill)|stop|halt|pause)(?! and)",
        "back_and_forth": rf"(?:(?:(?:{NEUTRAL}|{MANNER}) )?(?:be )?(?:(?:regularly |repeatedly |steadily )?(?:back and forth|to and fro|backwards? and forwards?|forwards? and backwards?|side to side|from side to side|up and down|left and right))|oscillate)(?: ((?:once|twice)|(?:about |exactly )?{COUNT} times))?",
        "cycles": rf"(?:make|complete|perform|do|go through|repeat) ((?:about |exactly )?(?:a single|a|{COUNT})) {CYCLE}(?: in total)?",
        "repeats": rf"(?:repeat|repeat (?:its|this|the) (?:movement|motion|back and forth movement)|do (?:so|this|it)) (once|twice|{COUNT} times)",
        "straight": r"(?:(?:in|along|on|follow|trace|take|describe) (?:a|one) (?:fairly |nearly |almost )?straight (?:line|path|course|trajectory)|straight (?:ahead|on|in one direction)|in one straight line|straight(?=$| ,| and)|(?:(?:its|the) )?path (?:be (?:a )?straight(?: line)?|run straight)|(?:along|in|on) straight (?:line|path)|(?:travel|move|go|run) along a straight (?:line|path))",
        "curve": r"(?:(?:in|along|on|follow|trace|take|describe) (?:a|an) (?:gentle |wide |smooth )?(?:(?:curve|curving) (?:path|line|course|trajectory)|curve|arc)|(?:curve|bend) (?:around|along)|(?:(?:its|the) )?path (?:be (?:a )?curve|describe (?:a curve|an arc)|be an arc))",
        "circle": r"(?:(?:(?:its|the) )?path (?:be (?:a )?(?:circular|circle|round)|form a circle)|(?:(?:in|along|follow|trace|take|describe|make) )(?:a|an|circles) ?(?:full |complete |wide |small )?(?:circle|loop|(?:circular|round|circle) (?:path|line|course|trajectory|movement|motion))s?|(?:in|make) (?:circle|loop)s?|circle (?:around|round)|(?:circle|loop)(?! of)|(?:go |move |run |travel )?(?:(?:round|around)(?: and (?:round|around))? in circles?|round and round|around in (?:a circle|circle|circles)))",
        "zigzag": r"(?:(?:(?:its|the) )?path (?:be (?:a )?zigzag|zigzag)|(?:in|along|follow|trace|take|describe|make) a zigzag(?: (?:path|line|course|pattern|trajectory|movement|motion))?|zigzag|weave from side to side)",
        "irregular": r"(?:(?:(?:its|the) )?path be irregular|(?:move|travel|go) (?:irregularly|erratically|in an (?:irregular|erratic) (?:way|manner|fashion|path|pattern))|wander(?: (?:about|around))?|(?:follow|take|trace) an (?:irregular|erratic) path)",
        "turn": r"(?:(?:path )?(?:turn|veer|swerve|curve|bend)(?: sharply)? (counterclockwise|anticlockwise|clockwise)|(?:path )?(?:turn|veer|swerve|curve|bend)(?: sharply)? (?:(?:to|towards) (?:the|its) )?(left|right)|(?:make|take) a (?:sharp )?(left|right) turn|(?:make|take) a (?:sharp )?turn to (?:the|its) (left|right))(?: (?:by|of) (?:about )?(\d+) degrees)?",
        "speed_up": r"(?:(?:movement|motion) (?:accelerate|speed up|quicken)|speed (?:increase|grow|rise|go up)|(?:move|go|travel|get|become) faster(?: and faster)?(?= ,|$| and)|(?:move|go|be|travel) faster (?:at|towards) the end than (?:at|in) the (?:beginning|start)|speed up|accelerate|gain speed|pick up speed|get (?:faster|quicker)(?: and faster)?|become faster|(?:increase|accelerate) (?:its|their) (?:speed|pace)|(?:its|the) speed (?:increase|grow|rise))",
        "slow_down": r"(?:(?:movement|motion) (?:decelerate|slow down|slow)|speed (?:decrease|drop|fall|go down|reduce|diminish)|(?:move|go|travel|get|become) (?:slower(?: and slower)?|more and more slowly|more slowly)(?= ,|$| and)|(?:move|go|be|travel) (?:slower|more slowly) (?:at|towards) the end than (?:at|in) the (?:beginning|start)|slow down|slow|decelerate|lose speed|get slower(?: and slower)?|become slower|(?:decrease|slow) (?:its|their) (?:speed|pace)|(?:its|the) speed (?:decrease|drop|fall))",
        "steady": r"(?:neither (?:speed up|accelerate|get faster) nor (?:slow down|slow|decelerate|get slower)|(?:do not|never) change (?:its|their) (?:speed|pace)|(?:move|go|travel) (?:steadily|uniformly|evenly)|(?:keep|maintain|hold|have|move at|at) the same (?:speed|pace)(?: throughout)?|speed (?:stay|remain|keep|be) (?:about |nearly )?(?:constant|steady|unchanged|the same)|(?:at|keep|maintain|with|have) (?:a |an )?(?:constant|uniform|steady) (?:speed|pace)(?: throughout)?|(?:at|keep|maintain|hold|keep to|have) (?:a|an|its) (?:nearly |almost |fairly )?(?:constant|steady|even|uniform|same) (?:speed|pace)|at constant speed|(?:its|the) speed (?:stay|remain|keep|be) (?:about |nearly )?(?:constant|steady|the same))",
        "grow": rf"(?:size (?:increase|grow|get (?:larger|bigger))|(?:take up|occupy|fill) more and more (?:of the {FRAME}|space|room)|(?:be|look) (?:larger|bigger) (?:at|towards|in) the end than (?:at|in) the (?:start|beginning)|(?:be|look|appear) (?:larger|bigger) and (?:larger|bigger)|(?:grow|get|become|appear)(?: (?:larger|bigger))(?: and (?:larger|bigger))?|grow in (?:size|the {FRAME})|increase in size|expand|enlarge|grow(?! <| in))(?: in (?:the|its) {FRAME})?",
        "shrink": rf"(?:size (?:decrease|shrink|get smaller)|(?:take up|occupy|fill) less and less (?:of the {FRAME}|space|room)|(?:be|look) smaller (?:at|towards|in) the end than (?:at|in) the (?:start|beginning)|(?:be|look|appear) smaller and smaller|(?:grow|get|become|appear) (?:smaller)(?: and smaller)?|shrink(?: in size)?|decrease in size)(?: in (?:the|its) {FRAME})?",
        "same_size": rf"(?:size (?:do not change|(?:stay|remain|keep|be) (?:about |nearly )?(?:the same|constant|unchanged))|do not (?:get|become|grow) (?:(?:bigger|larger) (?:or|nor) smaller|smaller (?:or|nor) (?:bigger|larger))|neither (?:grow|expand|get (?:bigger|larger)) nor (?:shrink|get smaller)|(?:be|look) as (?:big|large) (?:at|in) the end as (?:at|in) the (?:start|beginning)|(?:stay|remain|keep|be) (?:about |roughly |nearly )?(?:the same size|the same in size|constant in size)|(?:keep|hold|maintain) (?:about |roughly |nearly )?(?:the same|its|a constant) (?:apparent )?size|(?:do not|hardly) change in size)(?: in the {FRAME})?",
        "path_length": rf"(?:(?:move|cover|travel|go|along|follow|over|have|take) )?(?:(?:along|over) )?(?:a )?(?:total )?path (?:(?:of|that be|be|measure|have a length of|length (?:be|of)) )+{LENGTH}(?: long| in (?:all|length|total))?|the length of <(?:\d+|\?)> path be {LENGTH}|path length (?:of|be) {LENGTH}|have a path length of {LENGTH}|(?:cover|travel) (?:a (?:total )?distance of |a total of )?{LENGTH}(?! per)(?: in (?:all|total))?|(?:move|go) (?:a total (?:distance )?of |a total distance of ){LENGTH}|(?:move|go) {LENGTH} in (?:all|total)",
        "displacement": rf"(?:(?:end(?: up)?|finish|stop|wind up|be) {LENGTH} (?:away from|from|off) (?:where (?:it|they) (?:start|begin|first appear|enter)|(?:its|the|their) (?:start(?:ing)? (?:point|position)|initial (?:point|position)|point of departure|start|begin(?:ning)?))|(?:end point|end position|final position|end) (?:lie|be) {LENGTH} (?:away )?from (?:its|the) (?:start(?:ing)? (?:point|position)|initial (?:point|position)|start|beginning)|(?:be |get )?displace(?: by)? {LENGTH}|(?:get|move|end|end up) {LENGTH} away(?: from (?:its|the) (?:start(?:ing)?(?: point| position)?|beginning|origin))?|(?:move|have|make) a net (?:distance|displacement) of {LENGTH}|(?:end|end up|finish) (?:at )?(?:a distance of )?{LENGTH} from (?:its|the) (?:start(?:ing)?(?: point| position)?|beginning|origin)|(?:have a )?(?:net |overall )?displacement (?:of|be|amount to|measure|equal) {LENGTH}|as the crow fly(?: ,)? get {LENGTH}(?: far| away)?|get {LENGTH}(?: far| away)? as the crow fly|(?:(?:move|shift|over|for|by) )(?:a (?:net )?distance of )?{LENGTH}(?! per)(?: as the crow fly)?)",
        "colour": r"be (" + "|".join(COLOURS) + r")(?: in colour)?\b(?! <)",
        "be_kind": r"be \{(\d+)\}",
        "be_named": r"be an? ([a-z]+)",
        "counted": rf"count of \{{(\d+)\}} be {COUNT}",
        "be_track": rf"be {TRACK}",
        "rise": r"(?:rise|ascend|climb)(?: (?:up|upwards))?",
        "fall": r"(?:fall|drop|descend|sink)(?: (?:down|downwards))?",
        "position_changes": r"change (?:its|their) (?:position|place|location)|(?:show|display) (?:movement|motion)",
        "move": rf"(?:keep |continue |start |begin )?({NEUTRAL}|{MANNER})(?: about| around(?! (?:in|the|a|and)| <))?(?! times)",
        "when": r"(?:at|from|in|by|near|towards) the (?:very )?(start|beginning|outset|end|middle(?! (?:left|right|centre|part|corner)))(?: of (?:the|this) (?:clip|video|scene|sequence|shot))?(?! of )|when (?:it|they) (?:first )?(come into view|appear|enter)|when the (?:clip|video|scene) (start|begin|end)|when (?:they|both|it) (?:be )?(first|last) (?:see|visible|show up|appear|find)(?: together)?|in the (first|last) (?:frame|image|picture)|(halfway|midway) (?:through|of) (?:its|the) (?:appearance|time|life)|at the (mid ?point|halfway point)(?: of the (?:clip|video|scene))?|(initially|at first|to begin with|finally|eventually|halfway through|midway(?: through)?)(?: the (?:clip|video))?",
        "region": REGION,
        "place": r"(?:can be (?:find|see|spot|locate)|(start|begin|end up|end|finish|stay|remain|be|lie|sit|stand|position|locate|situate|rest)(?: (?:out|off|up))?)(?: (?:position|locate|situate))?",
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
        "filler": r"(?:the|a|an|its|their|also|of|too|overall|in total|same|likewise|do|have|to|that|with|which|who|clip|video|scene|continuously|for|in all|of the two|in turn)\b",
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


@lru_cache(maxsize=1 << 16)
def match_at(text: str, position: int) -> tuple[str, tuple[str | None, ...], int] | None:
    """The first rule that matches at a position: its name, its groups, and the end of what it consumes."""
    found = _PATTERN.match(text, position)
    if found is None or found.lastindex is None:
        return None
    rule = _BY_GROUP[found.lastindex]
    start = found.lastindex
    groups = found.groups()[start : start + rule.groups]
    return rule.name, groups, found.end()
