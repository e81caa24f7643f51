"""Quantities as options: each one and a half times the one before."""

from __future__ import annotations

import math

from fm_assets.captions.clipfacts import Fact

#: Growth from rung to rung, steps that a rung is told apart in (within a rung, too, some lengths are seen more often
#: than others), and the least quantity that is asked about: frame heights, frame heights per second, seconds.
LADDER, STEPS, SHORTEST = 1.5, 4, 0.05
#: Margin from which the verifier refutes both neighbours of a rung.
SHARP = 15.0


def fits_ladder(fact: Fact) -> bool:
    """Whether a quantity is large and sure enough to be asked about."""
    return fact.margin >= SHARP and fact.number is not None and fact.number >= SHORTEST


def rung(quantity: float) -> int:
    """Step of the ladder that a quantity is nearest to, from 0."""
    return max(0, round(STEPS * math.log(quantity / SHORTEST) / math.log(LADDER)))
