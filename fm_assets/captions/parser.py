"""The verifier's reader: English sentences about a clip become claims, and claims get a verdict from the facts.

A sentence is contradicted if any of its claims is, verified if all are and no word is left over, and
unverifiable otherwise. It reads what a language model writes as well as what the embedded writer does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fm_assets.captions import rules
from fm_assets.captions.clipfacts import ClipFacts
from fm_assets.captions.normal import base_forms, plain
from fm_assets.captions.nounphrases import Group, resolve
from fm_assets.captions.referring import ANY_CLASS, entry_side
from fm_assets.motion.claims import Claim, FactIndex, Verdict, verify
from fm_assets.motion.vocabulary import REGIONS

#: Kinds whose facts hold over an interval: a sentence that orders them in time is not read.
_OVER_TIME = frozenset(
    {
        "direction",
        "trajectory_shape",
        "acceleration",
        "moving",
        "speed",
        "displacement",
        "path_length",
        "scale_change",
        "distance_change",
    }
)
_AT_A_MOMENT = frozenset({"region", "relative_position"})


@dataclass(frozen=True)
class Literal:
    """A claim, or its denial."""

    claim: Claim
    negated: bool = False


@dataclass(frozen=True)
class Parsed:
    """What a sentence claims, and the words that were not understood."""

    literals: tuple[Literal, ...]
    left_over: tuple[str, ...]
    subjects: tuple[str, ...] = ()


@dataclass(frozen=True)
class Judged:
    """Verdict on a sentence or an option, with the facts that decided it."""

    verdict: str
    fact_ids: tuple[str, ...]
    reason: str = ""


def parse(sentence: str, clip: ClipFacts, *, domain: Sequence[str] = (), subjects: Sequence[str] = ()) -> Parsed:
    """The claims of one sentence.

    Args:
        sentence: English, one sentence.
        clip: The clip that it is about.
        domain: Tracks that a superlative compares; empty: all of the clip.
        subjects: What `it` or `they` stands for at the start: the subjects of the sentence before.
    """
    resolved = resolve(plain(sentence), clip)
    scan = _Scan(base_forms(resolved.text), clip, resolved.groups, tuple(domain) or tuple(clip.tracks), tuple(subjects))
    scan.left_over.extend(resolved.unproven)
    return scan.run()


def judge(
    sentence: str,
    clip: ClipFacts,
    index: FactIndex,
    *,
    domain: Sequence[str] = (),
    subjects: Sequence[str] = (),
) -> Judged:
    """Verdict on one sentence: `verified`, `contradicted` or `unverifiable`."""
    return judge_parsed(parse(sentence, clip, domain=domain, subjects=subjects), index, clip.min_margin)


def judge_parsed(parsed: Parsed, index: FactIndex, min_margin: float) -> Judged:
    """Verdict on claims that were read from one sentence."""
    proven: list[str] = []
    open_reason = ""
    for literal in parsed.literals:
        verdict, fact_ids, reason = judge_literal(literal, index, min_margin)
        if verdict is Verdict.CONTRADICTED:
            return Judged("contradicted", fact_ids, reason)
        if verdict is Verdict.VERIFIED:
            proven.extend(fact_ids)
        else:
            open_reason = open_reason or reason
    if parsed.left_over:
        return Judged("unverifiable", (), f"not understood: {', '.join(dict.fromkeys(parsed.left_over))}")
    if open_reason or not parsed.literals:
        return Judged("unverifiable", (), open_reason or "nothing is claimed")
    return Judged("verified", tuple(dict.fromkeys(proven)))


def judge_literal(literal: Literal, index: FactIndex, min_margin: float) -> tuple[Verdict, tuple[str, ...], str]:
    """Verdict on one claim or denial: a denial is verified by what refutes the claim."""
    judgement = verify(literal.claim, index, min_margin)
    verdict = judgement.verdict
    if literal.negated and verdict is not Verdict.UNVERIFIABLE:
        verdict = Verdict.VERIFIED if verdict is Verdict.CONTRADICTED else Verdict.CONTRADICTED
    return verdict, tuple(judgement.fact_ids), judgement.reason


class _Scan:
    """One pass over a sentence in normal form."""

    def __init__(
        self, text: str, clip: ClipFacts, groups: Sequence[Group], domain: tuple[str, ...], subjects: tuple[str, ...]
    ) -> None:
        self.text = text
        self.clip = clip
        self.groups = groups
        self.domain = domain
        self.literals: list[Literal] = []
        self.left_over: list[str] = []
        self.subject: tuple[str, ...] = subjects
        self.counted: list[int] = []
        self.named: list[str] = []
        self.listing = False
        self.known = bool(subjects)
        self.chain = ""
        self.mode = ""
        self.place = ""
        self.when = ""
        self.clause_from = 0
        self.move_from = -1
        self.negating = False
        self.in_sequence = False
        self.vetoed = False

    def run(self) -> Parsed:
        position = 0
        while position < len(self.text):
            found = rules.match_at(self.text, position)
            if found is None or found[2] == position:
                end = self.text.find(" ", position)
                end = len(self.text) if end < 0 else end
                self._unknown(self.text[position:end])
            else:
                name, groups, end = found
                words = self.text[position:end]
                _HANDLERS[name](self, groups, words)
            position = end + 1
        self._end_clause()
        if self.in_sequence:
            self._drop(0, _OVER_TIME, "an order in time")
        if self.vetoed:
            self.literals.clear()
        return Parsed(tuple(self.literals), tuple(self.left_over), self.subject if self.known else ())

    # -- clauses -----------------------------------------------------------------------------------

    def _unknown(self, word: str) -> None:
        self.left_over.append(word)
        if self.clause_from == len(self.literals) and self.move_from < 0 and not word.endswith("ly"):
            self.known = False  # an unknown noun may be the clause's subject

    def _end_clause(self) -> None:
        if self.move_from >= 0 and len(self.literals) == self.move_from:
            self._say("moving", "moving")
        made = len(self.literals) - self.clause_from
        if made:
            if self.negating:
                self._negate(made)
            self._date()
            self.when = ""
        self.clause_from, self.move_from, self.negating = len(self.literals), -1, False

    def _negate(self, made: int) -> None:
        if made == 1:
            self.literals[-1] = replace(self.literals[-1], negated=not self.literals[-1].negated)
            return
        del self.literals[self.clause_from :]
        self.left_over.append("not")

    def _date(self) -> None:
        """Gives a clause's statements about a place their moment; without one they hold throughout."""
        if self.when:
            self._drop(self.clause_from, _OVER_TIME, "a moment")
        for position in range(self.clause_from, len(self.literals) if self.when else 0):
            claim = self.literals[position].claim
            if claim.kind in _AT_A_MOMENT and claim.when is None:
                self.literals[position] = replace(self.literals[position], claim=replace(claim, when=self.when))

    def _drop(self, start: int, kinds: frozenset[str], why: str) -> None:
        kept = [lit for lit in self.literals[start:] if lit.claim.kind not in kinds]
        if len(kept) < len(self.literals) - start:
            self.left_over.append(why)
            self.literals[start:] = kept

    # -- statements --------------------------------------------------------------------------------

    def _say(self, kind: str, value: str, **more: Any) -> None:
        """Claims something of every subject."""
        self.listing = False
        if not self.known or not self.subject:
            self.left_over.append(f"who ({kind})")
            return
        self.literals += [Literal(Claim(kind, subject, value, **more)) for subject in self.subject]

    def _say_pair(self, kind: str, value: str, token: str, **more: Any) -> None:
        other = self._track(token)
        if other is None or other in self.subject:
            self.left_over.append("which object")
            return
        self._say(kind, value, object=other, **more)

    def _say_each_other(self, value: str) -> None:
        self.listing = False
        if not self.known or len(self.subject) != 2:
            self.left_over.append("each other")
            return
        self.literals.append(Literal(Claim("distance_change", self.subject[0], value, object=self.subject[1])))

    def _track(self, token: str | None) -> str | None:
        return (
            self.clip.tracks[int(token)] if token and token.isdigit() and int(token) < len(self.clip.tracks) else None
        )

    def _say_region(self, subject: str, spot: tuple[str, str], when: str | None) -> None:
        """A place in thirds; where the words leave a row or column open, the fact may fill it."""
        row, column = spot
        fitting = [r for r in REGIONS if _fits(r, row, column)]
        when = when or self.when or None
        fact = self.clip.region_at(subject, when or "start")
        value = fact.value if fact and fact.value in fitting else fitting[len(fitting) // 2]
        self.literals.append(Literal(Claim("region", subject, value, when=when)))

    def _say_from_side(self, side: str) -> None:
        for subject in self.subject if self.known else ():
            actual = entry_side(self.clip, subject)
            if actual is None:
                self.left_over.append(f"from the {side}")
                continue
            fact = self.clip.region_at(subject, "start")
            middle = {"left": "middle left", "right": "middle right", "top": "upper centre", "bottom": "lower centre"}[
                side
            ]
            value = fact.value if fact and actual == side else middle
            self.literals.append(Literal(Claim("region", subject, value, when="start")))

    # -- handlers ----------------------------------------------------------------------------------

    def on_track(self, groups: tuple[str | None, ...], words: str) -> None:
        track = self._track(groups[0])
        if self.mode == "exist":
            self._exists(track)
            return
        if not self.listing:
            self.subject, self.counted, self.named, self.known = (), [], [], True
        self.listing = True
        if track is None:
            self.known = False
            self.left_over.append("which object")
        else:
            self.subject = (*self.subject, track)
            self.named.append(track)

    def _exists(self, track: str | None) -> None:
        name = self.clip.value("class", track) if track else None
        if track is None or name is None:
            self.left_over.append("which object")
        else:
            self.literals.append(Literal(Claim("class", track, name)))

    def on_group(self, groups: tuple[str | None, ...], words: str) -> None:
        position = int(groups[0] or 0)
        group = self.groups[position]
        if self.mode == "exist":
            self._count(group)
            return
        if not self.listing:
            self.subject, self.counted, self.named, self.known = (), [], [], True
        self.listing = True
        self.counted.append(position)
        if group.members is None:
            self.known = False
        else:
            self.subject = (*self.subject, *group.members)

    def _count(self, group: Group) -> None:
        if group.example:
            self._exists(group.example)
        elif group.count is None or group.colour or (group.class_name == ANY_CLASS and group.members is None):
            self.left_over.append("how many")
        else:
            value = f"{group.class_name}:{group.count}"
            self.literals.append(Literal(Claim("count", None, value, number=float(group.count))))

    def on_they(self, groups: tuple[str | None, ...], words: str) -> None:
        if len(self.subject) < 2:
            self.known = False
            self.left_over.append(words)

    def on_it(self, groups: tuple[str | None, ...], words: str) -> None:
        if len(self.subject) != 1:
            self.known = False
            self.left_over.append(words)

    def on_exist(self, groups: tuple[str | None, ...], words: str) -> None:
        self.mode = "exist"

    def on_in_view(self, groups: tuple[str | None, ...], words: str) -> None:
        self.listing = False
        if not self.named and not self.counted:
            self.left_over.append(words)
        for position in self.counted:
            self._count(self.groups[position])
        for track in self.named:
            self._exists(track)

    def on_relation(self, groups: tuple[str | None, ...], words: str) -> None:
        side, above, below, token = groups
        if self.mode == "move":
            self.left_over.append(words)
            return
        value = f"{side}_of" if side else "above" if above else "below"
        self._say_pair("relative_position", value, token or "?", when=self._place_when())
        del below

    def _place_when(self) -> str | None:
        return {"start": "start", "begin": "start", "end": "end", "end up": "end", "finish": "end"}.get(self.place)

    def on_closer(self, groups: tuple[str | None, ...], words: str) -> None:
        how, token, each = groups
        value = "approach" if how in ("closer", "nearer") else "recede"
        if token:
            self._say_pair("distance_change", value, token)
        else:
            self._say_each_other(value)
        del each

    def on_towards(self, groups: tuple[str | None, ...], words: str) -> None:
        self._distance("approach", groups[-2], groups[-1])

    def on_away(self, groups: tuple[str | None, ...], words: str) -> None:
        self._distance("recede", groups[-2], groups[-1])

    def _distance(self, value: str, token: str | None, other: str | None) -> None:
        if token:
            self._say_pair("distance_change", value, token)
        elif other in ("the camera", "the viewer"):
            self._say("scale_change", "grows" if value == "approach" else "shrinks")
        else:
            self._say_each_other(value)

    def on_gap(self, groups: tuple[str | None, ...], words: str) -> None:
        first, second, they, shrinks, grows, _ = groups
        value = "approach" if shrinks else "recede" if grows else "constant"
        if they:
            self._say_each_other(value)
            return
        a, b = self._track(first), self._track(second)
        if a is None or b is None:
            self.left_over.append("which object")
        else:
            self.subject, self.known = (a, b), True
            self._say_each_other(value)

    def on_first_then(self, groups: tuple[str | None, ...], words: str) -> None:
        token = next((g for g in groups if g), "?")
        self._say_pair("order", "before", token)
        self.chain = self._track(token) or ""

    def on_then_track(self, groups: tuple[str | None, ...], words: str) -> None:
        track = self._track(groups[0])
        earlier = self.chain or (self.subject[0] if self.known and len(self.subject) == 1 and not self.literals else "")
        if not earlier or track is None:
            self.left_over.append(words)
            return
        self.listing = False
        self.literals.append(Literal(Claim("order", earlier, "before", object=track)))
        self.chain = track

    def on_appear_before(self, groups: tuple[str | None, ...], words: str) -> None:
        value = "before" if groups[0] in ("before", "earlier than") else "after"
        self._say_pair("order", value, groups[1] or "?")

    def on_enter_before(self, groups: tuple[str | None, ...], words: str) -> None:
        self._say("appear", "entered")
        self._say_pair("order", groups[0] or "before", groups[1] or "?")

    def on_extreme_order(self, groups: tuple[str | None, ...], words: str) -> None:
        self._superlative("order", "before" if "first" in groups else "after", words)

    def on_fastest(self, groups: tuple[str | None, ...], words: str) -> None:
        self._superlative("speed_order", "faster" if groups[0] or groups[2] else "slower", words)

    def _superlative(self, kind: str, value: str, words: str) -> None:
        others = [t for t in self.domain if t not in self.subject]
        if not others or len(self.subject) != 1:
            self.left_over.append(words)
        for other in others:
            self._say(kind, value, object=other)

    def on_same_time(self, groups: tuple[str | None, ...], words: str) -> None:
        self.listing = False
        if not self.known or len(self.subject) != 2:
            self.left_over.append(words)
            return
        a, b = self.subject
        self.literals += [Literal(Claim("order", a, value, object=b), negated=True) for value in ("before", "after")]

    def on_faster(self, groups: tuple[str | None, ...], words: str) -> None:
        value = "slower" if "slow" in (groups[0] or "") else "faster"
        self._say_pair("speed_order", value, groups[1] or "?")

    def on_from_to(self, groups: tuple[str | None, ...], words: str) -> None:
        start, end = (
            rules.region_of(groups[0] or "", bool(groups[1])),
            rules.region_of(groups[2] or "", bool(groups[3])),
        )
        straight = {
            ("left", "right"): "right",
            ("right", "left"): "left",
            ("upper", "lower"): "down",
            ("lower", "upper"): "up",
        }
        if start and end and "" in start and "" in end:
            value = straight.get(("".join(start), "".join(end)))
            if value:
                self._say("direction", value)
                return
        if start is None or end is None or not self.known or not self.subject:
            self.left_over.append(words)
            return
        self.listing = False
        for subject in self.subject:
            self._say_region(subject, start, "start")
            self._say_region(subject, end, "end")

    def on_stay_in_view(self, groups: tuple[str | None, ...], words: str) -> None:
        self._say("disappear", "present")

    def on_from_start(self, groups: tuple[str | None, ...], words: str) -> None:
        self._say("appear", "present")

    def on_whole_time(self, groups: tuple[str | None, ...], words: str) -> None:
        self._say("appear", "present")
        self._say("disappear", "present")

    def on_enter(self, groups: tuple[str | None, ...], words: str) -> None:
        side, time = groups
        self._say("appear", "entered", number=float(time) if time else None)
        if side:
            self._say_from_side(side)

    def on_leave(self, groups: tuple[str | None, ...], words: str) -> None:
        side, time = groups
        self._say("disappear", "exited", number=float(time) if time else None)
        if side:
            self.left_over.append(f"to the {side}")

    def on_halt(self, groups: tuple[str | None, ...], words: str) -> None:
        self._say("acceleration", "decelerating")
        self.left_over.append(words)

    def on_back_and_forth(self, groups: tuple[str | None, ...], words: str) -> None:
        said, _ = groups
        if said:
            self._repeat(said)
        else:
            self._shape("back_and_forth")

    def on_cycles(self, groups: tuple[str | None, ...], words: str) -> None:
        self._repeat(groups[0] or "")

    def _repeat(self, said: str) -> None:
        word = said.removeprefix("about ").removeprefix("exactly ").removesuffix(" times")
        count = {"once": 1, "twice": 2, "a": 1, "a single": 1}.get(word) or rules.count_of(word)
        self._say("repetition_count", str(count), number=float(count))

    def _shape(self, value: str) -> None:
        self._say("trajectory_shape", value)

    def on_turn(self, groups: tuple[str | None, ...], words: str) -> None:
        side = next((g for g in groups[:3] if g), "left")
        self._say("turn", side, number=float(groups[3]) if groups[3] else None)

    def on_length(self, groups: tuple[str | None, ...], words: str) -> None:
        phrase = next((g for g in groups if g), "")
        value = rules.length_of(phrase)
        kind = "path_length" if "path" in words.split() else "displacement"
        if value is None:
            self.left_over.append(words)
        else:
            self._say(kind, f"{value:g}", number=value)

    def on_speed(self, groups: tuple[str | None, ...], words: str) -> None:
        self._say("speed", groups[0] or "", number=float(groups[0] or 0))

    def on_colour(self, groups: tuple[str | None, ...], words: str) -> None:
        self._say("colour", groups[0] or "")

    def on_be_track(self, groups: tuple[str | None, ...], words: str) -> None:
        track = self._track(groups[0])
        if track is None or self.subject != (track,):
            self.left_over.append(words)
        else:
            self._exists(track)

    def on_rise(self, groups: tuple[str | None, ...], words: str) -> None:
        self._say("direction", "up")

    def on_fall(self, groups: tuple[str | None, ...], words: str) -> None:
        self._say("direction", "down")

    def on_move(self, groups: tuple[str | None, ...], words: str) -> None:
        self.listing = False
        self.mode, self.place = "move", ""
        self.move_from = len(self.literals)
        verb = (groups[0] or "").split()[0]
        if rules.re.fullmatch(rules.MANNER, verb):
            self.left_over.append(verb)

    def on_direction(self, groups: tuple[str | None, ...], words: str) -> None:
        value = rules.direction_of(groups[0] or "")
        if self.mode != "move" or value is None:
            self.left_over.append(words)
        else:
            self._say("direction", value)

    def on_when(self, groups: tuple[str | None, ...], words: str) -> None:
        said = next((g for g in groups if g), "start")
        late = ("end", "finally", "eventually")
        self.when = "end" if said in late else "middle" if said in ("middle", "halfway through") else "start"

    def on_region(self, groups: tuple[str | None, ...], words: str) -> None:
        spot = ("middle", groups[2]) if groups[2] else rules.region_of(groups[0] or "", bool(groups[1]))
        if spot is None or self.mode == "move" or not self.known or not self.subject:
            self.left_over.append(words)
            return
        self.listing = False
        if "" not in spot:
            value = "centre" if spot == ("middle", "centre") else " ".join(spot)
            self._say("region", value, when=self._place_when())
            return
        for subject in self.subject:
            self._say_region(subject, spot, self._place_when())

    def on_place(self, groups: tuple[str | None, ...], words: str) -> None:
        self.listing = False
        self.mode, self.place = "place", groups[0] or ""

    def on_veto(self, groups: tuple[str | None, ...], words: str) -> None:
        self.vetoed = True
        self.left_over.append(words)

    def on_sequence(self, groups: tuple[str | None, ...], words: str) -> None:
        self.in_sequence = True
        if words not in ("then", "first", "next", "last", "later", "after", "before"):
            self.left_over.append(words)

    def on_negation(self, groups: tuple[str | None, ...], words: str) -> None:
        self.negating = True

    def on_separator(self, groups: tuple[str | None, ...], words: str) -> None:
        if not self.listing:
            self._end_clause()

    def on_nothing(self, groups: tuple[str | None, ...], words: str) -> None:
        """Words that claim nothing."""


def _fits(region: str, row: str, column: str) -> bool:
    parts = ("middle", "centre") if region == "centre" else tuple(region.split())
    return (not row or parts[0] == row) and (not column or parts[1] == column)


def _says(kind: str, value: str) -> Callable[[_Scan, tuple[str | None, ...], str], None]:
    return lambda scan, groups, words: scan._say(kind, value)


_SIMPLE = {
    "still": ("moving", "stationary"), "stop_and_go": ("trajectory_shape", "stop_and_go"),
    "straight": ("trajectory_shape", "straight"), "curve": ("trajectory_shape", "curved"),
    "circle": ("trajectory_shape", "circular"), "zigzag": ("trajectory_shape", "zigzag"),
    "speed_up": ("acceleration", "accelerating"), "slow_down": ("acceleration", "decelerating"),
    "steady": ("acceleration", "constant"), "grow": ("scale_change", "grows"),
    "shrink": ("scale_change", "shrinks"), "same_size": ("scale_change", "constant"),
}  # fmt: skip
_SHARED = {
    "there": "on_exist", "shows": "on_exist", "approach": "on_towards", "recede": "on_away", "repeats": "on_cycles",
    "path_length": "on_length", "displacement": "on_length", "whole": "on_nothing", "filler": "on_nothing",
}  # fmt: skip


def _handlers() -> dict[str, Callable[[_Scan, tuple[str | None, ...], str], None]]:
    table = {}
    for rule in rules.RULES:
        if rule.name in _SIMPLE:
            table[rule.name] = _says(*_SIMPLE[rule.name])
        else:
            table[rule.name] = getattr(_Scan, _SHARED.get(rule.name, f"on_{rule.name}"))
    return table


_HANDLERS = _handlers()
