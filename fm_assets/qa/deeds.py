"""What an object may be said to do, and whether it does: what questions about objects are made of."""

from __future__ import annotations

from dataclasses import dataclass

from fm_assets.captions.clipfacts import ClipFacts
from fm_assets.captions.language import DIRECTION_PHRASES, REGION_PHRASES
from fm_assets.captions.referring import entry_side
from fm_assets.motion.compatibility import Fit, fit
from fm_assets.motion.vocabulary import DIRECTIONS
from fm_assets.qa.phrases import EXCLUDED_SHAPES, SCALE_PHRASES, SHAPE_PHRASES, TREND_PHRASES


@dataclass(frozen=True)
class Deed:
    """Something that an object does, or not.

    Attributes:
        kind: Kind of the fact that says so.
        value: Its value.
        phrase: Verb phrase in the third person.
        side: For `appear`: the side of the frame; empty where it does not matter.
    """

    kind: str
    value: str
    phrase: str
    side: str = ""


_TRENDS = {v: p for v, p in TREND_PHRASES.items() if v != "constant"}
#: Deeds that need nothing but the object itself.
DEEDS: tuple[Deed, ...] = (
    *(Deed("direction", d, f"moves {DIRECTION_PHRASES[d]}") for d in DIRECTIONS),
    *(Deed("trajectory_shape", s, SHAPE_PHRASES[s]) for s in EXCLUDED_SHAPES if s != "stationary"),
    Deed("moving", "stationary", "stays still"),
    Deed("disappear", "exited", "leaves the frame"),
    *(Deed("acceleration", v, p) for v, p in _TRENDS.items()),
    *(Deed("scale_change", v, p) for v, p in SCALE_PHRASES.items()),
)
#: Deeds that a name may give away: how and where an object comes in.
TOLD: tuple[Deed, ...] = (
    Deed("appear", "entered", "enters the frame"),
    *(Deed("appear", "entered", f"enters the frame from the {side}", side) for side in ("left", "right")),
    *(Deed("region", region, f"ends up {phrase}") for region, phrase in REGION_PHRASES.items()),
)


def does(clip: ClipFacts, track: str, deed: Deed) -> bool | None:
    """Whether the facts say that an object does something: True, False, or None where they are silent."""
    if deed.side:
        side = entry_side(clip, track)
        return False if clip.value("appear", track) == "present" else None if side is None else side == deed.side
    fact = clip.region_at(track, "end") if deed.kind == "region" else clip.main(deed.kind, track)
    if deed.kind in ("direction", "trajectory_shape", "acceleration") and clip.value("moving", track) == "stationary":
        return False
    if fact is None:
        return None
    if deed.kind == "trajectory_shape" and deed.value not in EXCLUDED_SHAPES.get(fact.value, ()):
        return True if fact.value == deed.value else None
    found = fit(deed.kind, deed.value, fact.value)
    return None if found is Fit.NEAR else found is Fit.SAME
