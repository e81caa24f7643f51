"""Claims about one object, or all of them, that rest on no movement: what it is, where it is, how it comes and goes.

Places are those of the image. A tolerance is the softness that docs/motion-calculus.md gives for the threshold, or the
gap that it leaves between two values; within it nothing is decided.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from fm_assets.motion.vocabulary import REGIONS
from fm_assets.scenes.oracle.verdicts import Truth, denied, every, zoned
from fm_assets.scenes.oracle.view import SLIVER, Actor, Span, View

#: Softness of a place: this part of the box's side, and at least so many frame heights.
PLACE_BODY, PLACE_LEAST = 0.1, 0.01
#: What is seen within this of the clip's start (end) is there from the start (to the end), and its softness, seconds.
PRESENT_S, MOMENT_S = 0.3, 0.1
#: A box this close to the frame's edge may just have crossed it, and the softness of that, frame heights.
EDGE, EDGE_SOFT = 0.03, 0.01
#: The moment of an event is right within the first and wrong beyond the second, seconds.
EVENT_S = (0.35, 1.0)
#: Logarithms of ratios of size from which it has changed and up to which it is the same, and their softness.
RESIZED, SAME_SIZE, SIZE_SOFT = float(np.log(1.25)), float(np.log(1.1)), 0.03
#: An object of which no larger share ever shows may be missed by whoever counts.
COUNTED = 0.5
#: The word that fits every class.
ANY_CLASS = "object"

Side = Literal["start", "end"]


def class_name(a: Actor, value: str) -> Truth:
    return value in (a.spec.class_name, ANY_CLASS)


def colour(a: Actor, value: str) -> Truth:
    return value == a.spec.colour


def count(view: View, value: str) -> Truth:
    """Objects of a class that are ever seen; those of which little shows may count or not."""
    name, _, number = value.rpartition(":")
    alike = [a for a in view.actors.values() if class_name(a, name) or name == ANY_CLASS]
    least = sum(float(a.visible.max()) >= COUNTED for a in alike)
    most = sum(float(a.visible.max()) > SLIVER for a in alike)
    if not number.isdigit() or not least <= int(number) <= most:
        return False
    return True if least == most else None


def region(a: Actor, aspect: float, value: str, span: Span) -> Truth:
    """Whether the seen box's centre lies in a cell of the thirds: always in the time (True), or never (False)."""
    at = a.during(span)
    at = at[np.isfinite(a.seen_box[at]).all(axis=1)]
    if not len(at):
        return None
    box = a.seen_box[at]
    row, column = divmod(REGIONS.index(value), 3)
    depth = np.full(len(at), np.inf)
    for axis, (cell, extent) in enumerate(((column, aspect), (row, 1.0))):
        centre = (box[:, axis] + box[:, axis + 2]) / 2
        soft = np.hypot(PLACE_BODY * (box[:, axis + 2] - box[:, axis]), PLACE_LEAST)
        if cell > 0:
            depth = np.minimum(depth, (centre - extent * cell / 3) / soft)
        if cell < 2:
            depth = np.minimum(depth, (extent * (cell + 1) / 3 - centre) / soft)
    return True if depth.min() >= 1 else False if depth.max() <= -1 else None


def comes(view: View, a: Actor, value: str, side: Side, number: float | None) -> Truth:
    """How it comes into view, or goes out of it: `present`, over the edge, or out of (into) hiding.

    Args:
        view: The scene.
        a: The object.
        value: Value of `appear` (side `start`) or `disappear` (side `end`).
        side: Which of both.
        number: Claimed moment, seconds; None: any.
    """
    readings = [life[0 if side == "start" else 1] for life in a.lives]
    moments = (min(readings), max(readings))
    away = moments if side == "start" else (view.last_s - moments[1], view.last_s - moments[0])
    present = True if away[1] <= PRESENT_S - MOMENT_S else False if away[0] >= PRESENT_S + MOMENT_S else None
    first = a.during((moments[0],) * 2 if side == "start" else (moments[1],) * 2)[0]
    low, high = a.box[first, :2], np.array([view.spec.aspect, 1.0]) - a.box[first, 2:]
    gap = float(min(low.min(), high.min()))
    crossed = zoned(-gap, -EDGE + EDGE_SOFT, -EDGE - EDGE_SOFT)
    how = {"present": present, "occluded": every(denied(present), denied(crossed))}.get(
        value, every(denied(present), crossed)
    )
    return how if number is None else every(how, when(number, moments))


def when(claimed: float, moments: Span) -> Truth:
    """Whether the moment of an event, which takes from one moment to another, is right."""
    off = max(moments[0] - claimed, claimed - moments[1], 0.0)
    return zoned(-off, -EVENT_S[0], -EVENT_S[1])


def whole(a: Actor, aspect: float) -> np.ndarray:
    """(k,) whether no edge of the frame cuts it."""
    return np.asarray((a.box[:, :2] >= 0).all(axis=1) & (a.box[:, 2] <= aspect) & (a.box[:, 3] <= 1))


def scale_change(a: Actor, aspect: float, value: str, span: Span) -> Truth:
    """Apparent size at the end over that at the start of the time in which no edge of the frame cuts the object."""
    at = a.during(span)
    at = at[whole(a, aspect)[at]]
    if len(at) < 2:
        return None
    logs = np.log(a.size[at].prod(axis=1)) / 2
    change, spread = float(logs[-1] - logs[0]), float(np.ptp(logs)) / 2
    more, less = RESIZED + SIZE_SOFT, SAME_SIZE - SIZE_SOFT
    if value == "constant":
        return zoned(-spread, -less, -more / 2)
    return zoned(change if value == "grows" else -change, more, less)
