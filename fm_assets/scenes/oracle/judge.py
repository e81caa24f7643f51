"""The oracle: it takes a claim to its definition, and reads what the claim leaves open in all fair ways."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fm_assets.motion.claims import Claim
from fm_assets.motion.vocabulary import KINDS
from fm_assets.scenes.oracle import encounters, pairs, paths, places
from fm_assets.scenes.oracle.pairs import Duo
from fm_assets.scenes.oracle.verdicts import Truth, agreed, some
from fm_assets.scenes.oracle.view import Actor, Span, View, shared
from fm_assets.scenes.spec import SceneSpec

#: Kinds that speak of a person's body, which nothing that is rendered has.
OF_PEOPLE = ("arm", "wave_count", "posture")
QUANTITIES = ("displacement", "path_length", "speed", "peak_speed")

_Alone = Callable[[Actor, Claim, Span], Truth]
_ALONE: dict[str, _Alone] = {
    "moving": lambda a, c, s: paths.moving(a, c.value, s),
    "direction": lambda a, c, s: paths.direction(a, c.value, s),
    "acceleration": lambda a, c, s: paths.acceleration(a, c.value, s),
    "trajectory_shape": lambda a, c, s: paths.trajectory_shape(a, c.value, s),
    "repetition_count": lambda a, c, s: paths.repetition_count(a, _number(c), s),
    "repetition_period": lambda a, c, s: paths.repetition_period(a, _number(c), s),
    "left_turns": lambda a, c, s: paths.turns(a, "left", _number(c), s),
    "right_turns": lambda a, c, s: paths.turns(a, "right", _number(c), s),
    "turn": lambda a, c, s: paths.turn(a, c.value, c.number, s),
}


class Oracle:
    """What a scene's parameters say of claims about its objects.

    Args:
        spec: The scene; its objects are called `o1`, `o2` ... in the order of the specification.
    """

    def __init__(self, spec: SceneSpec) -> None:
        self.view = View(spec)

    def holds(self, claim: Claim, interval: Span | None = None) -> Truth:
        """Whether a claim holds; None where its definition does not settle that.

        Args:
            claim: A claim whose subject and object are the scene's objects.
            interval: Time that it is about, seconds; at a moment both are equal. None: the time in which the objects
                are seen, read in two ways (while a sliver of them shows, and while nearly all does); the claim then
                holds if it does in both, or for a number in one.

        Raises:
            ValueError: There is no such object, the kind is not judged, or the value is none of the kind.
        """
        kind = claim.kind
        if claim.alternatives:
            values = (claim.value, *claim.alternatives)
            return some(*(self.holds(replace(claim, value=v, alternatives=()), interval) for v in values))
        known = KINDS[kind].values
        if known and claim.value not in known:
            raise ValueError(f"{claim.value!r} is no value of {kind}")
        if kind == "count":
            return places.count(self.view, claim.value)
        a = self._actor(claim.subject)
        if not a.lives or kind in OF_PEOPLE:
            return False
        if not KINDS[kind].relation:
            return self._alone(a, claim, interval)
        b = self._actor(claim.object)
        return self._pair(a, b, claim, interval) if b.lives else False

    def _actor(self, name: str | None) -> Actor:
        if name not in self.view.actors:
            raise ValueError(f"{name!r} is no object of the scene: it has {', '.join(self.view.actors)}")
        return self.view.actors[name]

    def _alone(self, a: Actor, claim: Claim, interval: Span | None) -> Truth:
        spans = a.lives if interval is None else (interval,)
        aspect = self.view.spec.aspect
        match claim.kind:
            case "class":
                return places.class_name(a, claim.value)
            case "colour":
                return places.colour(a, claim.value)
            case "appear":
                return places.comes(self.view, a, claim.value, "start", claim.number)
            case "disappear":
                return places.comes(self.view, a, claim.value, "end", claim.number)
            case "region":
                return agreed(places.region(a, aspect, claim.value, _moment(s, claim, interval)) for s in spans)
            case "scale_change":
                return agreed(places.scale_change(a, aspect, claim.value, s) for s in spans)
        if claim.kind in QUANTITIES:
            return _one([paths.claimed_quantity(a, claim.kind, _number(claim), s) for s in spans])
        rule = _ALONE.get(claim.kind)
        if rule is None:
            raise ValueError(f"claims of {claim.kind} are not judged")
        return agreed(rule(a, claim, s) for s in spans)

    def _pair(self, a: Actor, b: Actor, claim: Claim, interval: Span | None) -> Truth:
        value, view = claim.value, self.view
        match claim.kind:
            case "order":
                return pairs.order(view, a, b, value)
            case "movement_order":
                return pairs.movement_order(view, a, b, value, claim.number)
            case "speed_order":
                both = zip(a.lives, b.lives, strict=True)
                return agreed(
                    pairs.speed_order(a, b, (_within(s, interval), _within(t, interval)), value) for s, t in both
                )
            case "clearance":
                return agreed(encounters.apart(a, b, lives) for lives in zip(a.lives, b.lives, strict=True))
        spans = shared((a.lives, b.lives)) if interval is None else (interval,)
        given = interval is not None
        if not spans:
            return False if claim.kind in ("contact", "follow", "pass", "cross", "co_movement") else None
        return agreed(self._together(Duo(a, b, _moment(s, claim, interval)), claim, given=given) for s in spans)

    def _together(self, duo: Duo, claim: Claim, *, given: bool) -> Truth:
        match claim.kind:
            case "relative_position":
                return pairs.relative_position(duo, claim.value)
            case "distance_change":
                return pairs.distance_change(duo, claim.value)
            case "size_order":
                return pairs.size_order(duo, self.view.spec.aspect, claim.value)
            case "co_movement":
                return pairs.co_movement(duo, claim.value)
            case "contact":
                return encounters.contact(duo, given=given)
            case "follow":
                return encounters.follow(duo, claim.value, given=given)
            case "pass":
                return encounters.passing(duo, claim.value, claim.number, given=given)
            case "cross":
                return encounters.cross(duo, claim.number)
        raise ValueError(f"claims of {claim.kind} are not judged")


def _moment(span: Span, claim: Claim, interval: Span | None) -> Span:
    """The part of a time that a claim with a moment is about."""
    if interval is not None or claim.when is None:
        return span
    moment = {"start": span[0], "middle": (span[0] + span[1]) / 2, "end": span[1]}[claim.when]
    return moment, moment


def _within(life: Span, interval: Span | None) -> Span:
    """The part of a life that lies in a time; the life itself where none does."""
    if interval is None:
        return life
    part = max(life[0], interval[0]), min(life[1], interval[1])
    return part if part[1] > part[0] else life


def _one(verdicts: list[Truth]) -> Truth:
    """Of a number that depends on how a time is read: right if it is in one reading, wrong if it is in all."""
    return True if True in verdicts else None if None in verdicts else False


def _number(claim: Claim) -> float:
    """The claimed quantity.

    Raises:
        ValueError: The claim has none.
    """
    return claim.number if claim.number is not None else float(claim.value)
