"""Which values of a kind can be true together: the same, neighbours that nobody should argue about, or opposed."""

from __future__ import annotations

from enum import Enum

from fm_assets.motion.vocabulary import DIRECTIONS, KINDS, REGIONS, opposite

#: The class of things that no detector named; it fits every class.
ANY_CLASS = "object"


class Fit(Enum):
    """How a claimed value stands to a measured one."""

    SAME = "same"
    NEAR = "near"
    OPPOSED = "opposed"


_NEAR_SHAPES = frozenset(
    frozenset(pair)
    for pair in (
        ("straight", "stop_and_go"), ("curved", "stop_and_go"), ("curved", "circular"), ("zigzag", "back_and_forth"),
        ("irregular", "curved"), ("irregular", "circular"), ("irregular", "zigzag"), ("irregular", "back_and_forth"),
        ("irregular", "stop_and_go"),
    )
)  # fmt: skip

_NEAR_COLOURS = frozenset(
    frozenset(pair)
    for pair in (
        ("red", "orange"), ("red", "pink"), ("red", "brown"), ("orange", "yellow"), ("orange", "brown"),
        ("pink", "purple"), ("purple", "blue"), ("black", "grey"), ("grey", "white"), ("yellow", "green"),
    )
)  # fmt: skip

#: Allen's relations that one moved end turns into each other (Freksa 1992).
_NEAR_ORDERS = frozenset(
    frozenset(pair)
    for pair in (
        ("before", "meets"), ("meets", "overlaps"), ("overlaps", "starts"), ("overlaps", "finished_by"),
        ("starts", "equals"), ("starts", "during"), ("finished_by", "equals"), ("finished_by", "contains"),
        ("equals", "started_by"), ("equals", "finishes"), ("during", "finishes"), ("contains", "started_by"),
        ("started_by", "overlapped_by"), ("finishes", "overlapped_by"), ("overlapped_by", "met_by"), ("met_by", "after"),
    )
)  # fmt: skip


def fit(kind: str, claimed: str, measured: str) -> Fit:
    """How `claimed` stands to `measured`, both values of `kind`.

    * direction: neighbouring sectors are near, all others opposed.
    * region: regions that touch, corners included, are near.
    * trajectory_shape, colour, movement_order: near by table (a stop-and-go path may be straight; red is near
      orange; what one moved end turns into each other).
    * appear, disappear: what was hidden may have come or gone in any way.
    * relative_position: only the reverse is opposed; a thing may be left of another and above it.
    * arm, posture, wave_count: who does the one may do the other as well, at another time or with the other arm.
    * class: `object` fits every class; a measured `object` says nothing against a claimed class.
    * all others: unequal values are opposed.
    """
    if claimed == measured:
        return Fit.SAME
    match kind:
        case "direction":
            steps = abs(DIRECTIONS.index(claimed) - DIRECTIONS.index(measured))
            near = min(steps, len(DIRECTIONS) - steps) == 1
        case "region":
            (row_a, column_a), (row_b, column_b) = grid_cell(claimed), grid_cell(measured)
            near = max(abs(row_a - row_b), abs(column_a - column_b)) == 1
        case "trajectory_shape":
            near = frozenset((claimed, measured)) in _NEAR_SHAPES
        case "colour":
            near = frozenset((claimed, measured)) in _NEAR_COLOURS
        case "movement_order":
            near = frozenset((claimed, measured)) in _NEAR_ORDERS
        case "appear" | "disappear":
            near = measured == "occluded"
        case "relative_position":
            near = opposite(measured) != claimed
        case "arm" | "posture" | "wave_count":
            near = True
        case "class":
            if claimed == ANY_CLASS:
                return Fit.SAME
            near = measured == ANY_CLASS
        case _:
            near = False
    return Fit.NEAR if near else Fit.OPPOSED


def grid_cell(region: str) -> tuple[int, int]:
    """Row and column, 0 to 2, of a region of the thirds grid."""
    return divmod(REGIONS.index(region), 3)


def in_vocabulary(kind: str, value: str) -> bool:
    """Whether `value` may be stated for `kind`; kinds without a list of values take any."""
    values = KINDS[kind].values
    return not values or value in values
