"""Sentences in normal form said more plainly: one word order and one verb for what is said in many ways.

Every change keeps the meaning; words that say more than the rest are never dropped. Text as `normal.base_forms` makes it.
"""

from __future__ import annotations

import re

from fm_assets.captions.grammar import FRAME, NUMBER
from fm_assets.motion.vocabulary import COLOURS

_T = r"<(?:\d+|\?)>"
_CLIP = rf"(?:clip|video|footage|recording|sequence|film|{FRAME})"
_COLOUR = "|".join(COLOURS)
_OWNED = (
    r"(?:colour|color|size|apparent size|speed|average speed|mean speed|top speed|maximum speed|peak speed|highest speed"
    r"|greatest speed|movement|motion|path|trajectory|course|class|category|type|position|starting position|final position"
    r"|net displacement|displacement|overall displacement|path length|length of path|period|velocity|pace)"
)
_TIMES = rf"(?:once|twice|thrice|{NUMBER} times|zero times)"
_LED = r"follow|trail|tail|chase|pursue|lead|overtake|pass|touch|approach|outpace|outrun|cross|accompany"
_PRESENT = rf"(?:in view|visible|there|present|on screen|on the screen|in the {FRAME}|in sight)"
_OPENS = rf"(?:from|at|since|right from|in|when|by) the (?:very )?(?:start|beginning|outset|first {FRAME}|{_CLIP} (?:start|begin|open))(?: of the {_CLIP})?(?: on)?"
_CLOSES = rf"(?:until|till|to|at|in|when|by|through to|up to|right to) the (?:very )?(?:end|(?:last|final) {FRAME}|{_CLIP} (?:end|finish|stop|be over))(?: of the {_CLIP})?"
_AT_FIRST = r"(?:at first|first|initially|to begin with|(?:at|in|from) the (?:very )?(?:start|beginning|outset))"
_SOMETHING = r"(?:something|an obstacle|an obstruction|a screen|a wall)"
_UNSEEN = r"(?:can not be see|be not (?:visible|in view|in sight|see)|be (?:invisible|out of sight|out of view|no longer visible))"
_EMERGE = r"(?:appear|emerge|come out|come into view|come into sight|show up|turn up|become visible|be see)"
_LATER = r"(?: (?:later|later on|afterwards|after a while|after some time))?"
_PATH = r"(?:path|way|route|course|trajectory)"
_GO = r"(?:travel|cover|go|move|traverse)"
_HEIGHTS = r"([^,<{]*?frame heights?)"

_CHANGES: tuple[tuple[str, str], ...] = (
    # hidden at first or at the end, in the one form that the rules know
    (rf"{_UNSEEN}((?: [a-z]+){{0,4}}?)(?: ,)? (?:because|as|since|for) (?:it be (?:hide|cover|behind {_SOMETHING})|{_SOMETHING} (?:hide|cover|block) it)", r"be hide\1"),
    (rf"({_T}) (?:be|start|start out|start off|begin) (?:{_AT_FIRST} )?hide(?: behind {_SOMETHING})?(?: {_AT_FIRST})?(?: ,)? (?:and|but|then|and then|but then) (?:only )?{_EMERGE}{_LATER}$", r"\1 be hide at first"),
    (rf"({_T}) (?:be {_AT_FIRST} hide|(?:start|begin)(?: out| off)? hide)\b", r"\1 be hide at first"),
    (rf"({_T}) (?:only )?{_EMERGE}(?: (?:somewhere )?(?:in|inside|within) (?:the middle of )?the {FRAME})? after (?:have )?be hide$", r"\1 be hide at first"),
    (rf"^after (?:have )?be hide(?: ,)? ({_T}) {_EMERGE}$", r"\1 be hide at first"),
    (rf"({_T}) (?:only )?{_EMERGE}(?: only)?{_LATER}(?: ,)? from behind {_SOMETHING}$", r"\1 be hide at first"),
    (rf"({_T}) (?:vanish|disappear) behind {_SOMETHING}$", r"\1 be hide at the end"),
    (rf"({_T}) (?:go|move|pass|slip|get) behind {_SOMETHING}(?: ,)? and (?:{_UNSEEN}|(?:do not|never) (?:come out|{_EMERGE}|return)|(?:stay|remain) (?:there|hide))(?: again)?$", r"\1 be hide at the end"),
    # coming and going
    (r"^right (?=at|from|since) ?", ""),
    (rf"({_T}) be (?:still )?(?:{_PRESENT} )?in the (?:very )?(?:last|final) {FRAME}$", r"\1 be still in view at the end"),
    (rf"^(?:after (?:a while|some time|a moment)|later on|later|at some point)(?: ,)? ({_T}) (?=enter|come in|leave|exit|(?:go|move|come) (?:into|out))", r"\1 "),
    (rf"({_T}) be not (?:there|in view|visible|present|in the {FRAME}) (?:{_AT_FIRST}|{_OPENS})(?: ,)? (?:but|and) (?:only )?(?:come in|enter(?: the {FRAME})?|come into (?:view|the {FRAME})){_LATER}$", r"\1 enter"),
    (rf"({_T}) (?:come in|enter|arrive|move in|come) (?:over|across|through|past) (?:the|its) (?:edge|border)(?: of the {FRAME})?$", r"\1 enter"),
    (rf"({_T}) (?:arrive|come|move in|come in) from outside(?: (?:of )?the {FRAME})?$", r"\1 enter"),
    (rf"({_T}) (?:appear|show up|turn up) at the (?:edge|border) of the {FRAME}(?: and (?:then )?move (?:in|inside|inwards?))?$", r"\1 enter"),
    (rf"({_T}) (?:disappear|vanish) (?:over|across|through|past) the (?:edge|border)(?: of the {FRAME})?$", r"\1 leave the frame"),
    # at rest or not
    (r"\bbe not (?:still|stationary|motionless|immobile|static|at rest)$", "move"),
    (r"\bdo not (?:rest|(?:stay|stand|keep|remain|hold|be) (?:still|stationary|motionless|in place|put))$", "move"),
    (r"\b(?:show|have|make) no (?:movement|motion)$|(?<=> )rest$", "be still"),
    (rf"^there be (?:a |some )?(?:movement|motion) in ({_T})$", r"\1 move"),
    # how far
    (rf"\bthe (?:total|whole|entire|full|complete) {_PATH} of ({_T})", r"\1 path"),
    (rf"\bthe way of ({_T}) (?=cross|intersect|cut|and|measure)", r"\1 path "),
    (rf"^({_T}) (?:total |whole |entire |full |complete )?{_PATH} (?:measure|amount to|add up to|come to|be)(?: a total of)? {_HEIGHTS}(?: long| in length)?$", r"\1 path length be \2"),
    (rf"({_T}) {_GO}(?: a distance of)? {_HEIGHTS} along (?:its|the) {_PATH}$", r"\1 travel a total distance of \2"),
    (rf"^along (?:its|the) {_PATH}(?: ,)? ({_T}) {_GO}(?: a distance of)? {_HEIGHTS}$", r"\1 travel a total distance of \2"),
    (rf"({_T}) (?:complete|follow|trace|take) a {_PATH} of {_HEIGHTS}$", r"\1 path length be \2"),
    (rf"\bthe length of the {_PATH} (?:that |which )?({_T}) (?:take|follow|trace|{_GO}) be\b", r"\1 path length be"),
    # when
    (rf"\b(once|after|as soon as|only when) ({_T}) (?:be|have come to|come to) (?:at |a )?(?:rest|standstill)\b", r"\1 \2 have stop"),
    (rf"\b(before|after|while|when|once|earlier than|later than) (?:that|the one) of ({_T})", r"\1 \2"),
    (rf"\bthe (?:movement|motion) of ({_T}) (?=(?:start|begin|stop|end|finish|cease)\b)|({_T}) (?:movement|motion) (?=(?:start|begin|stop|end|finish|cease)\b)", r"\1\2 "),
    (rf"(?<!only )\bduring (?:the (?:movement|motion) of ({_T})|({_T}) (?:movement|motion))$", r"while \1\2 be move"),
    (rf"({_T} and {_T}) both (?=start|begin|set|get|stop|come|halt|finish|end)", r"\1 "),
    (rf"({_T}) (?:keep|go on|continue)(?: to)? move (?:for )?longer than ({_T})$", r"\1 stop after \2"),
    # passing
    (rf"\bcatch up (?:with|to) ({_T})(?: ,)? and (?:then )?(?:pass|overtake|go past|leave behind) it\b", r"pass \1"),
    (rf"\bleave ({_T}) behind\b", r"pass \1"),
    (rf"\b(?:(?:start|begin)(?: out)? behind ({_T}) and (?:end|end up|finish)|(?:go|move|travel|get) from behind ({_T}) to)(?: up)? (?:ahead of|in front of) it\b", r"pass \1\2"),
    (rf"({_T} (?:overtake|pass|cross|touch) {_T}) on (?:the|its) way$", r"\1"),
    # what is said of the whole clip, and what claims nothing
    (rf"^(?:in|during|throughout|over|within) (?:the course of )?(?:the|this) (?:whole |entire )?{_CLIP}(?: ,)? (?!be)", ""),
    (rf" (?:during|throughout|over|within) (?:the course of )?(?:the|this) (?:whole |entire )?{_CLIP}$", ""),
    (r" in (?:the course of )?(?:the|this) (?:whole |entire )?(?:clip|video|footage|recording|sequence|film)$", ""),
    (r"\bbe ((?:still |already )?)(?:in motion|on the move|under way)\b", r"be \1move"),
    (r"^as the crow fly(?: ,)? (.*)$", r"\1 as the crow fly"),
    (rf"(?: ,)? as (?:the {_CLIP}|time|it) (?:go|move|run|play) (?:on|by|along)$| over time$|(?: ,)? while (?:it |they |both )?(?:be )?move$", ""),
    (rf"^as (?:the {_CLIP}|time|it) (?:go|move|run|play) (?:on|by|along)(?: ,)? |^over time(?: ,)? |^while (?:it |they )?(?:be )?move(?: ,)? |^on (?:its|their) (?:way|ways)(?: ,)? ", ""),
    (r"^(?:overall|altogether|in total|in all)(?: ,)? (.*)$", r"\1 in total"),
    (r" (?:overall|altogether|in sum)$", " in total"),
    (r"^(?:throughout|the whole time|the entire time|all the time)(?: ,)? (.*)$", r"\1 throughout"),
    (r"\b(?:clearly|actually|really|simply|obviously) (?=be|a\b|an\b|<|\{)", ""),
    (r"\bbe (?:clearly|actually|really|obviously) ", "be "),
    # seeing
    (rf"^(?:we|you|one|the viewer) (?:can )?(?:see|watch|observe) ({_T}) (?=[a-z])(?!in\b|at\b)", r"\1 "),
    (rf"({_T}) (?:that|which) (?:we|you|one) (?:can )?see ", r"\1 "),
    (rf"({_T}) (?:show|see|picture) (?:here|in (?:the|this) {_CLIP}) ", r"\1 "),
    (rf"({_T}) (?:can be|be) (?:see|observe) (?=(?:move|go|travel|head|turn|touch|follow|cross|pass|swing|circle)\b)", r"\1 "),
    (r"\b(?:seem|appear|turn out|prove|look) to be\b", "be"),
    (r"\bappear to (?=grow|shrink|get|become|move|increase|decrease|expand)", ""),
    (r"\b(?:look|seem) like (?=an? |<|\{)", "be "),
    (r"\b(?:can be|be|have be) (?:identify|recognise|recognize|classify|label|describe|categorise|categorize|tag|know|interpret) as\b", "be"),
    (r"\bwhat (?:we|you|one) (?:can )?see be (.+?)(?: ,)? (?:which|that) be ", r"\1 be "),
    (rf"^it be ((?:an? [a-z]+|{_T}|\{{\d+\}})) that ({_T}) be$", r"\2 be \1"),
    # what belongs to an object
    (rf"\bthe period of ({_T}) back and forth (?:movement|motion)", r"\1 period"),
    (r"\bcolor\b", "colour"),
    (r"\bin (?:the|an?) (upward|downward|leftward|rightward)s? direction\b", r"\1"),
    (rf"^before the {_CLIP} (?:end|be over|finish|stop)(?: ,)? ({_T}) (?=leave|exit|go|move|depart|touch|cross|overtake|pass)", r"\1 "),
    (rf"^(?:some time )?after the {_CLIP} (?:have )?(?:start|begin)(?: ,)? ({_T}) (?=enter|come|move into|go into)", r"\1 "),
    (r"^on average(?: ,)? (.*)$", r"\1 on average"),
    (rf"\bthe ((?:top|maximum|maximal|peak|highest|greatest|largest) speed) (?:that |which )?({_T}) (?:reach|attain|have|achieve|hit) be\b", r"\2 \1 be"),
    (rf"\bthe distance between the (?:start|beginning) and (?:the )?end of ({_T})(?: path)? be\b", r"\1 net displacement be"),
    (rf"^(?:from (?:the )?(?:start|beginning) to (?:the )?end|in a straight line)(?: ,)? ({_T}) (?=get|move|end|finish|be displace)", r"\1 "),
    (rf"^(?:with|its) (?:a |an )?(net displacement|path length|total path length) (?:of|be) ([^,<]+?)(?: ,)? ({_T}) move$", r"\3 \1 be \2"),
    (rf"^the {_CLIP} (?:start|open|begin) with ({_T}) (?:already )?{_PRESENT}$", r"\1 be in view from the start"),
    (rf"^the {_CLIP} (?:end|close|finish) with ({_T}) (?:still )?{_PRESENT}$", r"\1 be still in view at the end"),
    (rf"^there be (?:a |some )?(?:movement|motion) of ({_T})(?= |$)", r"\1 move"),
    (rf"({_T}) (?:path|movement|motion) follow no (?:regular|clear) (?:pattern|path)", r"\1 path be irregular"),
    (rf"^(back and forth|to and fro|round and round)(?: ,)? ({_T}) (?:go|move)$", r"\2 move \1"),
    (rf"^(out of|into) the ({FRAME}) (?:go|move|come) ({_T})$", r"\3 move \1 the \2"),
    (rf"\bthe length of the path of ({_T})", r"\1 path length"),
    (rf"\bthe length of ({_T}) path\b", r"\1 path length"),
    (rf"\bthe (?:total |whole |overall )?distance (?:that |which )?({_T}) (?:travel|cover|move|go) be\b", r"\1 travel a total distance of"),
    (rf"\bthe (?:total |whole |overall )?distance (?:travel|cover|move) by ({_T}) be\b", r"\1 travel a total distance of"),
    (rf"\bthe direction (?:in which|that) ({_T}) (?:move|travel|go|head)(?: in)? be ", r"\1 move "),
    (rf"\bthe ({_OWNED}) of ({_T})(?! {_OWNED})", r"\2 \1"),
    (rf"\bthe (?:paths|trajectories|courses) of ({_T}) and ({_T})", r"\1 and \2 path"),
    (rf"\bthe (?:movements|motions) of ({_T}) and ({_T})", r"\1 and \2 movement"),
    (rf"\bthe (path|trajectory|course) (?:that |which )?({_T}) (?:take|follow|trace|describe)\b", r"\2 path"),
    (rf"({_T}) (?:trajectory|course|route)\b", r"\1 path"),
    (rf"({_T}) colour be ", r"\1 be "),
    (rf"^({_COLOUR}) be ({_T}) colour$", r"\2 be \1"),
    (rf"({_T}) colour be (?={_COLOUR})", r"\1 be "),
    (rf"\b(?:appear|look|seem|be paint|be colour|be of|have an?|have) ({_COLOUR})(?: in)?(?: colour)?$", r"be \1"),
    (rf"({_T}) (?:class|category|type|kind) be ([a-z]+)$", r"\1 be a \2"),
    # word order
    (rf"^({_TIMES}) , ({_T}) (.+)$", r"\2 \3 \1"),
    (rf"^((?:at|with) an? (?:uniform|constant|steady|even|average|mean|top|maximum)[^,<{{]*?)(?: ,)? ({_T}) ([^,]+)$", r"\2 \3 \1"),
    (rf"^({_OPENS})(?: ,)? ({_T}) (be (?:already )?{_PRESENT})$", r"\2 \3 from the start"),
    (rf"^({_CLOSES})(?: ,)? ({_T}) ((?:be|can be see|remain) (?:still )?{_PRESENT})$", r"\2 be still in view at the end"),
    (rf"({_T}) (?:be|remain|stay|can be see|can be|can already be see) (?:already )?(?:{_PRESENT} )?(?:already )?{_OPENS}$", r"\1 be in view from the start"),
    (rf"({_T}) be (?:already )?{_PRESENT} (?:at|from|since|in) the (?:very )?(?:start|beginning|outset)(?: of the {_CLIP})?(?: on)?$", r"\1 be in view from the start"),
    (rf"({_T}) (?:be|remain|stay|keep|can be|can still be|can be still) (?:still )?(?:{_PRESENT}|see) {_CLOSES}$", r"\1 be still in view at the end"),
    (rf"^compare (?:to|with) ({_T})(?: ,)? ({_T}) be ([a-z]+(?: [a-z]+)?)$", r"\2 be \3 than \1"),
    (rf"^of ({_T}) and ({_T})(?: ,)? \1 be the ([a-z]+)(?: one)?$", r"\1 be \3 than \2"),
    (rf"^of ({_T}) and ({_T})(?: ,)? \2 be the ([a-z]+)(?: one)?$", r"\2 be \3 than \1"),
    (rf"({_T}) (?:be|get|have be) ({_LED})(?: behind)? by ({_T})", r"\3 \2 \1"),
    (rf"^com(?:e|ing) from behind(?: ,)? ({_T}) (overtake|pass) ", r"\1 \2 "),
    (rf"({_T} (?:overtake|pass|cross|touch) {_T}) while (?:both|they)(?: of them)? (?:move|go|travel|head) (?:the|in the) same (?:way|direction)$", r"\1"),
    (rf"^at (?:some|one) (?:point|moment|time)(?: ,)? ({_T}) (?=and {_T} (?:cross|touch|make contact|come into contact)|cross|touch|make contact|come into contact)", r"\1 "),
    (rf"^([^<]+) be ({_T}) path length$", r"\2 path length be \1"),
    (rf"^([^<]+) be the length of the path (?:that )?({_T}) (?:take|follow)$", r"\2 path length be \1"),
    (rf"({_T}) have ({_T}) (?:on|to) its (left|right)(?: side)?", r"\2 be to the \3 of \1"),
    (rf"({_T}) have ({_T}) (above|below|under|beneath|over) it\b", r"\2 be \3 \1"),
    (rf"^(.*)\bthere be ({_T}) (?=(?:to|on|left|right|above|below|over|under|beneath|higher|lower)\b)", r"\1\2 be "),
    (rf"({_T}) (?:be|can be) (first|last) see ((?:in|at|on|near|halfway) .+)$", r"\1 \2 \3"),
    (rf"({_T}) first ((?:in|at|on|near|halfway) .+)$", r"\1 start \2"),
    (rf"({_T}) last ((?:in|at|on|near|halfway) .+)$", r"\1 end up \2"),
    (rf"({_T}) (?:arrive|wind up|come to be) (?=(?:in|at|on|near|halfway)\b)", r"\1 end up "),
    (rf"({_T}) (?:starting|initial|first) position be ", r"\1 start "),
    (rf"({_T}) (?:final|last|end) position be ", r"\1 end up "),
    (rf"\bthe (?:place|spot|point) where ({_T}) (?:start|begin) be ", r"\1 start "),
    (r"\b(?:finally|in the end|by the end)(?: ,)? (<(?:\d+|\?)>) end up\b", r"\1 end up"),
    # turns and cycles
    (rf"\ban? (left|right) turn be make by ({_T})", r"\2 turn \1"),
    (rf"\bthe number of (left|right) turn (?:that )?({_T}) (?:make|take) be ({NUMBER}|no|zero)\b", r"\2 make \3 \1 turn"),
    (rf"\bthe number of (\{{\d+\}}) be ({NUMBER})$", r"count of \1 be \2"),
    (rf"^it take ({_T}) (.+ s) to (.+?) once$", r"\1 take \2 for each cycle"),
    (rf"\b(one|each|every|a|an)((?: full| complete)? (?:[a-z]+ and [a-z]+ )?(?:cycle|oscillation|swing|round trip|movement)(?: back and forth)?) of ({_T})(?: back and forth)? (?:take|last|be)\b", r"\3 take for each cycle"),
    (rf"^(every .+ s)(?: ,)? ({_T}) (.+)$", r"\2 \3 \1"),
    (rf"({_T}) back and forth (?:movement|motion) be repeat ({_TIMES})", r"\1 move back and forth \2"),
    (rf"\bthe back and forth (?:movement|motion) of ({_T}) be repeat ({_TIMES})", r"\1 move back and forth \2"),
    # numbers of things
    (r"^(?:we|you|one) (?:can )?(?:see|count|find|spot|observe) (?:a total of )?(?:exactly |only |just )?(\{\d+\})(?: in total)?$", r"there be \1"),
    (r"^(?:a total of )?(?:exactly |only |just )?(\{\d+\}) (?:appear|can be see|be visible|be present|be see|show up|occur|be in view)(?: in total)?$", r"there be \1"),
    (rf"^the {_CLIP} (?:have|include|show|contain|feature|present) (?:a total of )?(?:exactly |only |just )?(\{{\d+\}})(?: in (?:it|total))?$", r"there be \1"),
    (r"^there be (?:a total of )?(?:exactly |only |just )?(\{\d+\})(?: in total)?$", r"there be \1"),
)  # fmt: skip

_COMPILED = [(re.compile(pattern), to) for pattern, to in _CHANGES]


def plainer(text: str) -> str:
    """A sentence in normal form in plainer words; what no change knows stays as it is."""
    for pattern, to in _COMPILED:
        text = pattern.sub(to, text)
    return text.strip()
