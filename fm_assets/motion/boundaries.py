"""How far what was measured lies beyond the boundary of a value that was not: a margin against a claim, not for a fact."""

from __future__ import annotations

from fm_assets.motion.factindex import IndexedFact
from fm_assets.motion.kinematics import HALF_SECTOR
from fm_assets.motion.vocabulary import DIRECTIONS


def beyond(kind: str, claimed: str, fact: IndexedFact) -> float:
    """Margin by which a fact's number lies outside of a claimed value, in standard errors of the fact; 0 where it is not known.

    The error is not stored, but a fact's margin is at most its distance to its own boundary over the error, so that
    the error is at most that distance over the margin; the margin that is returned is thereby never too large.

    * direction: angle to the claimed sector's edge; its own edge is 22.5 degrees, less the offset, away.
    * trajectory_shape: a `straight` or `curved` path has no rest inside, by its own margin: what `stop_and_go` needs.

    Args:
        kind: Kind of the claim and the fact.
        claimed: The claimed value.
        fact: The fact.
    """
    if fact.margin <= 0 or claimed == fact.value:
        return 0.0
    match kind:
        case "direction" if fact.number is not None:
            own = HALF_SECTOR - _off(fact.number, fact.value)
            return (_off(fact.number, claimed) - HALF_SECTOR) / own * fact.margin if own > 0 else 0.0
        case "trajectory_shape" if claimed == "stop_and_go" and fact.value in ("straight", "curved"):
            return fact.margin
        case _:
            return 0.0


def _off(angle: float, sector: str) -> float:
    """Angle between a direction and the middle of a sector, degrees."""
    return abs((angle - 45.0 * DIRECTIONS.index(sector) + 180.0) % 360.0 - 180.0)
