"""Quantities as options: rungs of a fixed ladder, each one and a half times the one before.

Options built around a measured value would betray it: of the lengths that are seen in a corpus some are frequent, down to
the second digit. So all options are rungs, and what lies near none of them is not asked about.
"""

from __future__ import annotations

import math

from fm_assets.captions.clipfacts import Fact
from fm_assets.captions.language import seed
from fm_assets.motion.claims import TOLERANCE

#: Growth from rung to rung, and the least quantity that is asked about: frame heights, frame heights per second, seconds.
LADDER, SHORTEST = 1.5, 0.05
#: There are two ladders, whose rungs lie in the middle of each other's steps; positions count half steps of both.
STEP = 2
#: Margin from which the verifier refutes both neighbours of a rung.
SHARP = 15.0
#: A rung is said of what is this near to it; the rest of the verifier's tolerance is for rounding.
NEAR = 0.8 * TOLERANCE


def position(fact: Fact | None, *parts: object) -> int | None:
    """Rung of one of the ladders, which `parts` choose, that a quantity is near enough to be called by.

    Args:
        fact: The quantity; None where there is none.
        parts: What seeds the choice; not the quantity.
    """
    if fact is None or fact.margin < SHARP or not fact.number or fact.number < SHORTEST:
        return None
    ladder = seed(*parts, "ladder") % STEP
    half_steps = STEP * math.log(fact.number / SHORTEST) / math.log(LADDER)
    at = ladder + STEP * round((half_steps - ladder) / STEP)
    return at if at >= 0 and abs(fact.number - rung(at)) <= NEAR * fact.number else None


def rung(at: int) -> float:
    """The quantity at a position."""
    return float(SHORTEST * LADDER ** (at / STEP))
