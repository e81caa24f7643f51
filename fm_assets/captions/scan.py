"""One pass over a sentence in normal form: who is spoken of, clause by clause, and what is claimed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fm_assets.captions import rules
from fm_assets.captions.clipfacts import ClipFacts
from fm_assets.captions.nounphrases import Group
from fm_assets.captions.referring import entry_side
from fm_assets.motion.claims import Claim
from fm_assets.motion.vocabulary import REGIONS

Groups = tuple[str | None, ...]
Handler = Callable[["Scan", Groups, str], None]

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
        "arm",
        "wave_count",
        "posture",
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


class Scan:
    """One pass over a sentence in normal form."""

    def __init__(
        self,
        text: str,
        clip: ClipFacts,
        tracks: tuple[str, ...],
        groups: Sequence[Group],
        domain: tuple[str, ...],
        subjects: tuple[str, ...],
    ) -> None:
        self.text = text
        self.clip = clip
        self.tracks = tracks
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
        self.at_peak = False
        self.rest = ""

    def run(self, handlers: Mapping[str, Handler], longer: Callable[[Scan, int], int] | None = None) -> Parsed:
        """Reads the sentence.

        Args:
            handlers: What each rule does.
            longer: Reads a statement of many words at a position, and returns its end; the position if there is none.
        """
        position = 0
        while position < len(self.text):
            end = longer(self, position) if longer else position
            if end > position:
                position = end + 1
                continue
            found = rules.match_at(self.text, position)
            if found is None or found[2] == position:
                end = self.text.find(" ", position)
                end = len(self.text) if end < 0 else end
                self.unknown(self.text[position:end])
            else:
                name, groups, end = found
                words, self.rest = self.text[position:end], self.text[end:]
                handlers[name](self, groups, words)
            position = end + 1
        self.end_clause()
        if self.listing:
            self.left_over.append("who does what")  # an object was named last, and nothing said of it
        if self.in_sequence:
            self.drop(0, _OVER_TIME, "an order in time")
        if self.vetoed:
            self.literals.clear()
        return Parsed(tuple(self.literals), tuple(self.left_over), self.subject if self.known else ())

    # -- clauses -----------------------------------------------------------------------------------

    def unknown(self, word: str) -> None:
        self.left_over.append(word)
        if self.clause_from == len(self.literals) and self.move_from < 0 and not word.endswith("ly"):
            self.known = False  # an unknown noun may be the clause's subject

    def end_clause(self) -> None:
        if self.move_from >= 0 and len(self.literals) == self.move_from:
            self.say("moving", "moving")
        made = len(self.literals) - self.clause_from
        if made:
            if self.negating:
                self.negate(made)
            self.date()
            self.when = ""
        self.clause_from, self.move_from, self.negating = len(self.literals), -1, False

    def negate(self, made: int) -> None:
        if made == 1:
            self.literals[-1] = replace(self.literals[-1], negated=not self.literals[-1].negated)
            return
        del self.literals[self.clause_from :]
        self.left_over.append("not")

    def date(self) -> None:
        """Gives a clause's statements about a place their moment; without one they hold throughout."""
        if self.when:
            self.drop(self.clause_from, _OVER_TIME, "a moment")
        for position in range(self.clause_from, len(self.literals) if self.when else 0):
            claim = self.literals[position].claim
            if claim.kind in _AT_A_MOMENT and claim.when is None:
                self.literals[position] = replace(self.literals[position], claim=replace(claim, when=self.when))

    def drop(self, start: int, kinds: frozenset[str], why: str) -> None:
        kept = [lit for lit in self.literals[start:] if lit.claim.kind not in kinds]
        if len(kept) < len(self.literals) - start:
            self.left_over.append(why)
            self.literals[start:] = kept

    # -- statements --------------------------------------------------------------------------------

    def say(self, kind: str, value: str, **more: Any) -> None:
        """Claims something of every subject."""
        self.listing = False
        if not self.known or not self.subject:
            self.left_over.append(f"who ({kind})")
            return
        self.literals += [Literal(Claim(kind, subject, value, **more)) for subject in self.subject]

    def say_pair(self, kind: str, value: str, token: str, **more: Any) -> None:
        other = self.track(token)
        if other is None or other in self.subject:
            self.left_over.append("which object")
            return
        self.say(kind, value, object=other, **more)

    def say_each_other(self, value: str) -> None:
        self.listing = False
        if not self.known or len(self.subject) != 2:
            self.left_over.append("each other")
            return
        self.literals.append(Literal(Claim("distance_change", self.subject[0], value, object=self.subject[1])))

    def track(self, token: str | None) -> str | None:
        return self.tracks[int(token)] if token and token.isdigit() and int(token) < len(self.tracks) else None

    def say_region(self, subject: str, spot: tuple[str, str], when: str | None) -> None:
        """A place in thirds; where the words leave a row or column open, the fact may fill it."""
        row, column = spot
        fitting = [r for r in REGIONS if _fits(r, row, column)]
        when = when or self.when or None
        fact = self.clip.region_at(subject, when or "start")
        value = fact.value if fact and fact.value in fitting else fitting[len(fitting) // 2]
        self.literals.append(Literal(Claim("region", subject, value, when=when)))

    def say_from_side(self, side: str) -> None:
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

    def place_when(self) -> str | None:
        return {"start": "start", "begin": "start", "end": "end", "end up": "end", "finish": "end"}.get(self.place)


def _fits(region: str, row: str, column: str) -> bool:
    parts = ("middle", "centre") if region == "centre" else tuple(region.split())
    return (not row or parts[0] == row) and (not column or parts[1] == column)
