"""What a rendered scene's parameters say of facts, caption sentences and questions about its tracks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from fm_assets.captions.clipfacts import ClipFacts
from fm_assets.captions.parser import parse
from fm_assets.captions.scan import Literal, Parsed
from fm_assets.motion.claims import Claim
from fm_assets.qa.pairs import LETTERS, Pair
from fm_assets.qa.statements import read_option
from fm_assets.scenes.oracle.judge import Oracle
from fm_assets.scenes.oracle.verdicts import Truth, denied, every

#: Kinds whose number is a part of what is claimed; of the others it is the measured value behind a category.
NUMBERED = (
    "displacement", "path_length", "speed", "peak_speed", "repetition_count", "repetition_period", "left_turns",
    "right_turns", "appear", "disappear", "turn", "pass", "cross",
)  # fmt: skip

#: Object of a track; None where it is of none.
ObjectOf = Callable[[str], str | None]


def claim_of(fact: Mapping[str, Any]) -> tuple[Claim, tuple[float, float] | None]:
    """The claim that a row of `motion_scores` makes of its tracks, and the time for which it does; None: the clip."""
    number = fact["number"] if fact["kind"] in NUMBERED else None
    claim = Claim(fact["kind"], fact["subject_track_id"], fact["value"], fact["object_track_id"], number)
    return claim, None if claim.subject is None else (fact["t0"], fact["t1"])


@dataclass(frozen=True)
class JudgedPair:
    """A question and what the scene says of its options.

    Attributes:
        pair: The question.
        options: Verdict on each option, in order.
        read: What each option claims of the tracks.
    """

    pair: Pair
    options: tuple[Truth, ...]
    read: tuple[Parsed, ...]

    @property
    def upheld(self) -> Truth:
        """Whether the right option holds and the others do not."""
        return every(*(v if x == self.pair.answer else denied(v) for x, v in zip(LETTERS, self.options, strict=True)))

    @property
    def failing(self) -> tuple[Parsed, ...]:
        """What the options say for which it is not upheld."""
        wanted = [x == self.pair.answer for x in LETTERS]
        return tuple(r for r, v, w in zip(self.read, self.options, wanted, strict=True) if v is not None and v != w)


class Judge:
    """An oracle that is asked about tracks.

    Args:
        oracle: The scene's.
        object_of: Object of a track.
    """

    def __init__(self, oracle: Oracle, object_of: ObjectOf) -> None:
        self.oracle = oracle
        self.object_of = object_of

    def claim(self, claim: Claim, interval: tuple[float, float] | None = None) -> Truth:
        """Whether a claim about tracks holds of their objects; not, where one is of none, or two are of the same."""
        subject, other = (None if track is None else self.object_of(track) for track in (claim.subject, claim.object))
        if (claim.subject and not subject) or (claim.object and (not other or other == subject)):
            return False
        return self.oracle.holds(replace(claim, subject=subject, object=other), interval)

    def fact(self, fact: Mapping[str, Any]) -> Truth:
        """Whether a row of `motion_scores` is true."""
        return self.claim(*claim_of(fact))

    def read(self, parsed: Parsed) -> Truth:
        """Whether what was read of a sentence is true; of one that is not read as a whole, only whether it is false."""
        whole = None if parsed.left_over or not parsed.literals else True
        return every(whole, *(self._literal(literal) for literal in parsed.literals))

    def _literal(self, literal: Literal) -> Truth:
        verdict = self.claim(literal.claim)
        return denied(verdict) if literal.negated else verdict

    def sentence(self, text: str, clip: ClipFacts) -> Truth:
        """Whether a sentence is true."""
        return self.read(parse(text, clip))

    def pair(self, pair: Pair, clip: ClipFacts) -> JudgedPair:
        """What the options of a question are worth.

        Raises:
            ValueError: The question has a form that the project's reader does not know; none that ships has.
        """
        read = []
        for option in pair.options:
            parsed = read_option(pair.question, option, pair.options, clip)
            if parsed is None:
                raise ValueError(f"cannot read: {pair.question}")
            read.append(parsed)
        return JudgedPair(pair, tuple(self.read(parsed) for parsed in read), tuple(read))


def spoken(literal: Literal) -> str:
    """A claim in short: `not direction(t0) = left`."""
    c = literal.claim
    who = ", ".join(track.rpartition(".")[2] for track in (c.subject, c.object) if track)
    when = f" at the {c.when}" if c.when else ""
    number = f" ({c.number:g})" if c.number is not None else ""
    return f"{'not ' if literal.negated else ''}{c.kind}({who}) = {c.value}{number}{when}"
