"""The verifier: what facts say about a claim. Verified, contradicted by a fact that is named, or unverifiable."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from fm_assets.motion.boundaries import beyond
from fm_assets.motion.compatibility import Fit, fit, in_vocabulary
from fm_assets.motion.factindex import FactIndex, IndexedFact
from fm_assets.motion.vocabulary import KINDS, WHOLE_WAY

__all__ = ["Claim", "FactIndex", "Judgement", "Verdict", "verify"]

#: Kinds whose facts hold at a moment.
TIMED = ("region", "relative_position")
#: Kinds whose claim is a number.
QUANTITIES = ("displacement", "path_length", "speed", "peak_speed", "repetition_period")
#: Kinds that a pair may show more than once in a clip, one way and the other.
REPEATABLE = ("follow", "pass")
#: Kinds that say that two come to the same place.
MEETINGS = ("contact", "cross")
#: A number is right within this share or two standard errors, and wrong beyond `WRONG_AFTER` times that.
TOLERANCE = 0.1
WRONG_AFTER = 2.5
#: However vague the fact, a number that is off by more than this share is not proven.
MOST = 0.25
#: The moment of an event is right within the first and wrong beyond the second, seconds.
EVENT_S = (0.35, 1.0)
#: The same for the angle of a turn, degrees.
TURN_DEG = (20.0, 50.0)
#: All that a person's arm or legs do was seen where the facts about them cover this share of the person's life.
THROUGHOUT = 0.9
#: A touching region is refuted where the margin is this many times the one asked for.
FAR = 2.0
#: A still object is not said to move further than this, frame heights (per second).
STILL = 0.05

When = Literal["start", "middle", "end"]


class Verdict(StrEnum):
    """What the facts say."""

    VERIFIED = "verified"
    CONTRADICTED = "contradicted"
    UNVERIFIABLE = "unverifiable"


@dataclass(frozen=True)
class Claim:
    """One statement in the fact vocabulary.

    Attributes:
        kind: Key of `vocabulary.KINDS`.
        subject: Track that it is about; None for the whole clip.
        value: Value in the kind's vocabulary; for quantities the number as text, for counts `<class>:<n>`, for waves
            `<side>:<n>`, where either may be missing.
        object: Second track of a relation.
        number: Claimed quantity: of displacement, path length, speed, cycles, time of an event, angle of a turn.
        when: Moment of a place or relative position; None: throughout.
        alternatives: Further values: the claim is true if any of them or `value` is ("starts moving before" is true of
            several relations of Allen).

    Raises:
        ValueError: The kind or the moment is not known.
    """

    kind: str
    subject: str | None
    value: str
    object: str | None = None
    number: float | None = None
    when: str | None = None
    alternatives: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"claim of unknown kind {self.kind!r}: one of {', '.join(KINDS)}")
        if self.when not in (None, "start", "middle", "end"):
            raise ValueError(f"claim for unknown moment {self.when!r}: one of start, middle, end")


@dataclass(frozen=True)
class Judgement:
    """A verdict, the facts that decided it, and why in one sentence."""

    verdict: Verdict
    fact_ids: tuple[str, ...]
    reason: str


def verify(claim: Claim, facts: FactIndex, min_margin: float = 1.5) -> Judgement:
    """What `facts` say about `claim`.

    A fact speaks only if its margin reaches `min_margin`. Equal values verify; values that
    `compatibility.fit` calls opposed contradict; neighbours (direction sectors 45 degrees apart, touching
    regions, similar shapes and colours) do neither, unless the measured value lies twice `min_margin` beyond the claimed
    one's own boundary (`boundaries.beyond`, and for regions the margin). A fact too weak for its own value still refutes
    one whose boundary is further away. Numbers verify within 10 % or two standard errors (25 % at most) and
    contradict beyond 2.5 times that; counts are exact. Of what was hidden at its beginning or end, neither
    displacement nor length of the path is judged, nor where it was then: what was not seen counts too. A relation holds reversed when its objects change
    places. What is stationary contradicts every claim of motion, and ways that keep clear of each other contact and crossing.

    Args:
        claim: The claim.
        facts: The facts.
        min_margin: Smallest margin, in standard errors, of a fact that decides.
    """
    if claim.alternatives:
        return _any_of(claim, facts, min_margin)
    if not in_vocabulary(claim.kind, claim.value):
        return _open(f"{claim.value!r} is no value of {claim.kind}")
    if KINDS[claim.kind].relation and claim.object is None:
        return _open(f"{claim.kind} needs an object")
    if claim.when is not None and claim.kind not in TIMED:
        return _open(f"facts of {claim.kind} hold over an interval, not at its {claim.when}")
    judgement = _direct(claim, facts, min_margin)
    if judgement.verdict is Verdict.UNVERIFIABLE:
        return _implied(claim, facts, min_margin) or judgement
    return judgement


def _any_of(claim: Claim, facts: FactIndex, min_margin: float) -> Judgement:
    """A claim of several values: verified by what verifies one, contradicted by what contradicts all."""
    values = (claim.value, *claim.alternatives)
    judgements = [verify(replace(claim, value=v, alternatives=()), facts, min_margin) for v in values]
    if right := next((j for j in judgements if j.verdict is Verdict.VERIFIED), None):
        return right
    if all(j.verdict is Verdict.CONTRADICTED for j in judgements):
        return judgements[0]
    return next(j for j in judgements if j.verdict is Verdict.UNVERIFIABLE)


def _direct(claim: Claim, facts: FactIndex, min_margin: float) -> Judgement:
    """The verdict of facts of the claim's own kind."""
    if claim.kind in TIMED:
        return _timed(claim, facts, min_margin)
    if claim.kind == "count":
        return _count(claim, facts, min_margin)
    if claim.kind == "wave_count":
        return _waves(claim, facts, min_margin)
    if claim.kind in ("arm", "posture"):
        return _deed(claim, facts, min_margin)
    found = facts.of(claim.kind, claim.subject, claim.object)
    strong = [f for f in found if f.margin >= min_margin]
    if not strong:
        apart = [f for f in found if beyond(claim.kind, claim.value, f) >= min_margin]
        return _contradicted(apart) if apart else _open(_silence(claim, found, min_margin))
    if claim.kind in WHOLE_WAY and _hidden(claim.subject, facts):
        return _open("it was hidden, or not found, for a part of its way")
    if claim.kind in QUANTITIES:
        return _quantity(claim, strong)
    if claim.kind == "turn":
        return _turn(claim, found, strong)
    judgement = _categorical(claim, strong)
    if judgement.verdict is Verdict.UNVERIFIABLE:
        far = [f for f in strong if beyond(claim.kind, claim.value, f) >= FAR * min_margin]
        return _contradicted(far) if far else judgement
    contradicted = judgement.verdict is Verdict.CONTRADICTED
    if contradicted and claim.kind in REPEATABLE and any(f.value == claim.value for f in found):
        return _open(f"that it {claim.value} is too weak to be certain")
    if claim.kind in ("appear", "disappear") and claim.number is not None and judgement.verdict is Verdict.VERIFIED:
        return _within(claim, strong, claim.number, EVENT_S)
    return judgement


def _categorical(claim: Claim, strong: Sequence[IndexedFact]) -> Judgement:
    fits = {Fit.SAME: [], Fit.NEAR: [], Fit.OPPOSED: []}  # type: dict[Fit, list[IndexedFact]]
    for fact in strong:
        fits[fit(claim.kind, claim.value, fact.value)].append(fact)
    if fits[Fit.SAME]:
        return _verified(fits[Fit.SAME])
    if fits[Fit.NEAR] and not (fits[Fit.OPPOSED] and claim.kind == "relative_position"):  # two axes, one refutes
        return _open(f"{claim.value} is too near to the measured {fits[Fit.NEAR][0].value}")
    return _contradicted(fits[Fit.OPPOSED])


def _timed(claim: Claim, facts: FactIndex, min_margin: float) -> Judgement:
    """Places and relative positions: at the claim's moment, or at every known one."""
    if claim.when is not None:
        if claim.kind == "region" and _hidden(claim.subject, facts, claim.when):
            return _open(f"it was hidden, or not found, at its {claim.when}")
        found = facts.at(claim.kind, claim.when, claim.subject, claim.object)
        return _at_moment(claim, found, min_margin)
    moments = facts.moments(claim.kind, claim.subject, claim.object)
    judgements = [_at_moment(claim, found, min_margin) for found in moments]
    verdicts = {j.verdict for j in judgements}
    if len(verdicts) == 1 and Verdict.UNVERIFIABLE not in verdicts:
        ids = tuple(dict.fromkeys(i for j in judgements for i in j.fact_ids))
        return Judgement(judgements[0].verdict, ids, judgements[0].reason)
    return _open(f"{claim.kind} is not known to be {claim.value} throughout, nor never to be")


def _at_moment(claim: Claim, found: Sequence[IndexedFact], min_margin: float) -> Judgement:
    strong = [f for f in found if f.margin >= min_margin]
    if not strong:
        return _open(_silence(claim, found, min_margin))
    judgement = _categorical(claim, strong)
    if claim.kind == "region" and judgement.verdict is Verdict.UNVERIFIABLE:
        far = [f for f in strong if f.margin >= FAR * min_margin]
        return _contradicted(far) if far else judgement
    return judgement


def _count(claim: Claim, facts: FactIndex, min_margin: float) -> Judgement:
    if facts.clips > 1:
        return _open("counts of several clips are known: ask with the facts of one")
    name, _, claimed = claim.value.rpartition(":")
    known = [f for f in facts.of("count", None) if f.value.rpartition(":")[0] == name]
    strong = [f for f in known if f.margin >= min_margin]
    if not strong or not claimed.isdigit():
        return _open(f"how many of class {name!r} there are is not known")
    same = [f for f in strong if f.value == claim.value]
    return _verified(same) if same else _contradicted(strong)


def _waves(claim: Claim, facts: FactIndex, min_margin: float) -> Judgement:
    """Waves of one hand are counted over a life: where one begins is a matter of taste, so that its neighbours are open.

    Of whichever hand, another number is no lie: the other one may have waved unseen.
    """
    side, _, claimed = claim.value.rpartition(":")
    known = [f for f in facts.of("wave_count", claim.subject) if f.value.startswith(f"{side}:") or not side]
    strong = [f for f in known if f.margin >= min_margin]
    same = [f for f in strong if claimed in ("", f.value.rpartition(":")[2])]
    if same:
        return _verified(same)
    number = _number(claimed)
    if number is None or not strong or not side:
        return _open(_silence(claim, known, min_margin) if not strong else "the other hand may have waved unseen")
    far = [f for f in strong if f.number is not None and abs(f.number - number) > 1]
    return _contradicted(far) if far else _open(f"{claimed} waves are too near to those counted")


def _deed(claim: Claim, facts: FactIndex, min_margin: float) -> Judgement:
    """Raised or lowered arms, sitting down and standing up: seen or not; what nobody saw may have happened too.

    Only where a single fact tells of this arm (of the legs) and was watched throughout is its opposite wrong; and another
    moment than those seen only where all of them together were.
    """
    limb = claim.value.partition("_")[0] if claim.kind == "arm" else ""
    told = [f for f in facts.of(claim.kind, claim.subject) if f.value.startswith(limb)]
    same = [f for f in told if f.value == claim.value]
    strong = [f for f in same if f.margin >= min_margin]
    watched = all(f.margin >= min_margin for f in told) and _throughout(told, facts)
    if strong and claim.number is None:
        return _verified(strong)
    if strong and claim.number is not None:
        judgement = _within(claim, strong, claim.number, EVENT_S)
        refuted = judgement.verdict is Verdict.CONTRADICTED
        return judgement if watched or not refuted else _open("it may have happened unseen at that time too")
    if not same and len(told) == 1 and watched:
        return _contradicted(told)
    return _open(_silence(claim, same, min_margin))


def _throughout(told: Sequence[IndexedFact], facts: FactIndex) -> bool:
    """Whether the intervals of a person's facts, by time, leave less than a tenth of the person's life out."""
    life = facts.of("class", told[0].subject) if told else ()
    if not life:
        return False
    covered, end = 0.0, -math.inf
    for fact in told:
        covered += max(0.0, fact.t1 - max(fact.t0, end))
        end = max(end, fact.t1)
    return covered >= THROUGHOUT * (life[0].t1 - life[0].t0)


def _quantity(claim: Claim, strong: Sequence[IndexedFact]) -> Judgement:
    claimed = claim.number if claim.number is not None else _number(claim.value)
    fact = max(strong, key=lambda f: (f.t1 - f.t0, f.margin, f.fact_id))
    if claimed is None or fact.number is None:
        return _open(f"{claim.value!r} is no number")
    size = abs(fact.number)
    if claim.kind == "repetition_period":  # its margin is that of the cycles' evenness, not of their length
        return _within(claim, [fact], claimed, (TOLERANCE * size, WRONG_AFTER * TOLERANCE * size))
    right = max(TOLERANCE * size, 2 * size / max(fact.margin, 1.0))
    return _within(claim, [fact], claimed, (min(right, MOST * size), WRONG_AFTER * right))


def _hidden(track: str | None, facts: FactIndex, when: str = "") -> bool:
    """Whether a track begins or ends well inside frame and clip: its object may have come or gone further, unseen.

    Args:
        track: The track.
        facts: Its facts.
        when: `start` or `end`; empty: either; at the middle it was seen.
    """
    kinds = {"": ("appear", "disappear"), "start": ("appear",), "end": ("disappear",)}.get(when, ())
    return any(fact.value == "occluded" for kind in kinds for fact in facts.of(kind, track))


def _turn(claim: Claim, found: Sequence[IndexedFact], strong: Sequence[IndexedFact]) -> Judgement:
    """A turn is contradicted only where all turns seen, weak ones too, are the other way."""
    same = [f for f in strong if f.value == claim.value]
    if same and claim.number is not None:
        return _within(claim, same, claim.number, TURN_DEG)
    if same:
        return _verified(same)
    if any(f.value == claim.value for f in found):
        return _open(f"a turn to the {claim.value} is too weak to be certain")
    return _contradicted(strong)


def _within(claim: Claim, facts: Sequence[IndexedFact], claimed: float, bounds: tuple[float, float]) -> Judgement:
    """Verdict on a number: right within the first bound of a fact, wrong beyond the second of all."""
    gaps = [
        (abs(claimed - abs(f.number) if claim.kind == "turn" else claimed - f.number), f)
        for f in facts
        if f.number is not None
    ]
    if not gaps:
        return _open(f"the facts of {claim.kind} carry no number")
    gap, nearest = min(gaps, key=lambda pair: (pair[0], pair[1].fact_id))
    if gap <= bounds[0]:
        return _verified([nearest])
    if gap > bounds[1]:
        return Judgement(
            Verdict.CONTRADICTED,
            tuple(f.fact_id for _, f in gaps),
            f"{claim.kind} is {nearest.number:g}, not {claimed:g}",
        )
    return _open(f"{claim.kind} is {nearest.number:g}: {claimed:g} is neither right nor clearly wrong")


def _implied(claim: Claim, facts: FactIndex, min_margin: float) -> Judgement | None:
    """What rest says about claims of motion, clearance about meetings, and straightness about turns."""
    still = [_still(track, facts, min_margin) for track in (claim.subject, claim.object)]
    subject, other = still
    if subject and claim.kind == "speed_order" and not other and claim.object is not None:
        return _rest_against_motion(claim, subject, _mover(claim.object, facts, min_margin), slower=True)
    if other and claim.kind == "speed_order" and not subject:
        return _rest_against_motion(claim, other, _mover(claim.subject, facts, min_margin), slower=False)
    if claim.kind == "distance_change" and subject and other:
        both = [subject, other]
        return _verified(both) if claim.value == "constant" else _contradicted(both)
    if claim.kind in MEETINGS:
        clear = facts.of("clearance", claim.subject, claim.object)
        if apart := [f for f in clear if f.margin >= min_margin]:
            return _contradicted(apart)
    if claim.kind in ("follow", "pass", "co_movement", "cross", "movement_order"):
        resting = [still[i] for i in _must_move(claim) if still[i]]
        together = claim.kind != "cross" or len(resting) == 2
        return _contradicted([f for f in resting if f]) if resting and together else None
    if subject and _is_motion(claim):
        return _contradicted([subject])
    if claim.kind == "turn":
        shapes = facts.of("trajectory_shape", claim.subject)
        straight = [f for f in shapes if f.value == "straight" and f.margin >= min_margin]
        return _contradicted(straight) if straight else None
    return None


def _must_move(claim: Claim) -> tuple[int, ...]:
    """Which of subject (0) and object (1) a claim about two says to move: who passes may pass what rests."""
    if claim.kind == "pass":
        return (0,) if claim.value == "passes" else (1,)
    return (0, 1)


def _rest_against_motion(
    claim: Claim, rest: IndexedFact, mover: IndexedFact | None, *, slower: bool
) -> Judgement | None:
    if mover is None:
        return None
    both = [rest, mover]
    return _verified(both) if (claim.value == "slower") == slower else _contradicted(both)


def _still(track: str | None, facts: FactIndex, min_margin: float) -> IndexedFact | None:
    return _moving_is("stationary", track, facts, min_margin)


def _mover(track: str | None, facts: FactIndex, min_margin: float) -> IndexedFact | None:
    return _moving_is("moving", track, facts, min_margin)


def _moving_is(value: str, track: str | None, facts: FactIndex, min_margin: float) -> IndexedFact | None:
    found = facts.of("moving", track) if track is not None else ()
    return next((f for f in found if f.value == value and f.margin >= min_margin), None)


def _is_motion(claim: Claim) -> bool:
    """Whether the claim says that its subject moves."""
    match claim.kind:
        case "direction" | "turn":
            return True
        case "trajectory_shape":
            return claim.value != "stationary"
        case "acceleration":
            return claim.value != "constant"
        case "repetition_count" | "left_turns" | "right_turns":
            return (claim.number if claim.number is not None else _number(claim.value) or 0) >= 1
        case "repetition_period":
            return True
        case "displacement" | "path_length" | "speed" | "peak_speed":
            number = claim.number if claim.number is not None else _number(claim.value)
            return number is not None and number > STILL
        case _:
            return False


def _verified(facts: Sequence[IndexedFact]) -> Judgement:
    return Judgement(Verdict.VERIFIED, tuple(f.fact_id for f in facts), f"{facts[0].kind} is {facts[0].value}")


def _contradicted(facts: Sequence[IndexedFact]) -> Judgement:
    return Judgement(Verdict.CONTRADICTED, tuple(f.fact_id for f in facts), f"{facts[0].kind} is {facts[0].value}")


def _open(reason: str) -> Judgement:
    return Judgement(Verdict.UNVERIFIABLE, (), reason)


def _silence(claim: Claim, found: Sequence[IndexedFact], min_margin: float) -> str:
    if not found:
        return f"no fact says anything about {claim.kind}" + (f" at the {claim.when}" if claim.when else "")
    return f"the fact of {claim.kind} is too weak: margin {max(f.margin for f in found):g}, asked for {min_margin:g}"


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
