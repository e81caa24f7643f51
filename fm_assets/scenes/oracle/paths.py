"""Claims about the path of one object, in the world: its movement, quantities, shape, cycles and turns.

A tolerance is the softness that docs/motion-calculus.md gives for the threshold, or the gap that it leaves between two
values; within it nothing is decided.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from fm_assets.motion.vocabulary import DIRECTIONS
from fm_assets.scenes.oracle.verdicts import Truth, above, below, every, zoned
from fm_assets.scenes.oracle.view import Actor, Span
from fm_assets.scenes.trajectories import Arc, Oscillation, StopAndGo, Straight, Wander, Zigzag

#: Reach from which something moves, frame heights and bodies; below half of that it rests.
REACH, REACH_BODY = 0.02, 0.25
#: A direction needs this much of the path as net displacement; half a sector; the softness of both (degrees).
NET, NET_SOFT = 0.5, 0.05
HALF_SECTOR, SECTOR_SOFT = 22.5, 10.0 / 1.5
#: Logarithms of ratios of speeds from which they differ and up to which they are the same, and their softness.
CHANGED, CONSTANT, RATIO_SOFT = float(np.log(1.5)), float(np.log(1.2)), 0.05
#: A number is right within this share, and wrong beyond the other; so many frame heights (per second) are nothing.
RIGHT, WRONG, LEAST = 0.1, 0.25, 0.02
#: The same for the angle of a turn, degrees.
TURN_RIGHT, TURN_WRONG = 20.0, 50.0
#: Least and largest turn of the heading that counts, its softness, the hysteresis, and least net turn of a curve, degrees.
TURN, LONG_TURN, TURN_SOFT, TURN_BACK, CURVE = 45.0, 135.0, 8.0, 25.0, 30.0
#: Zigzag: a turn that goes further is a loop; largest way back and its softness, least net displacement over the path.
LOOP, WAY_BACK, WAY_BACK_SOFT, WEAVE = 200.0, 0.25, 0.06, 0.3
#: Turn from which a curve is a circle and its softness; turns up to which, and from which on, an arc is bent (bow 0.08).
CIRCLE, CIRCLE_SOFT, LINE_ARC, BENT_ARC = 300.0, 12.0, 25.0, 45.0
#: A swing that lacks this share of a half cycle still completes it, and the softness of a number of cycles.
CYCLE_SLACK, CYCLE_SOFT = 0.15, 0.05
#: Ends of an oscillation smaller than this share of its range are no swing (hysteresis of a fifth).
SMALL_SWING = (0.15, 0.25)

STEADY = ("straight", "curved", "circular")
SHAPES = ("straight", "curved", "circular", "zigzag", "back_and_forth", "stop_and_go", "irregular")


def moves(a: Actor, span: Span) -> Truth:
    """Whether its position changes: reach over four directions against max(0.02, body / 4); None from half of that."""
    at = a.during(span)
    x, y = a.position[at].T
    reach = max(float(np.ptp(v)) for v in (x, y, (x + y) / np.sqrt(2), (x - y) / np.sqrt(2)))
    needed = max(REACH, REACH_BODY * float(np.median(np.sqrt(a.size[at].prod(axis=1)))))
    return zoned(reach, needed, needed / 2)


def length(a: Actor, span: Span) -> float:
    """Length of its path, frame heights."""
    return float(np.hypot(*np.diff(a.position[a.during(span)], axis=0).T).sum())


def seconds(a: Actor, span: Span) -> float:
    """How long it exists within the span."""
    return float(np.ptp(a.t[a.during(span)]))


def moving(a: Actor, value: str, span: Span) -> Truth:
    verdict = moves(a, span)
    return verdict if value == "moving" or verdict is None else not verdict


def direction(a: Actor, value: str, span: Span) -> Truth:
    """Net displacement within half a sector of the value's axis, on a path that makes way."""
    at = a.during(span)
    step = a.position[at[-1]] - a.position[at[0]]
    angle = float(np.degrees(np.arctan2(step[1], step[0])))
    off = abs((angle - 45.0 * DIRECTIONS.index(value) + 180.0) % 360.0 - 180.0)
    net = float(np.hypot(*step)) / max(length(a, span), 1e-9)
    return every(moves(a, span), above(net, NET, NET_SOFT), below(off, HALF_SECTOR, SECTOR_SOFT))


def quantity(a: Actor, kind: str, span: Span) -> float:
    """The displacement, path length, mean or peak speed."""
    at = a.during(span)
    if kind == "displacement":
        return float(np.hypot(*(a.position[at[-1]] - a.position[at[0]])))
    if kind == "peak_speed":
        return float(np.hypot(*a.velocity[at].T).max())
    return length(a, span) / (1.0 if kind == "path_length" else max(seconds(a, span), 1e-9))


def near(claimed: float, actual: float, least: float = LEAST) -> Truth:
    """Whether a number is right: within a tenth (wrong beyond a quarter) of the actual one, or within what is nothing."""
    right = max(RIGHT * abs(actual), least)
    return zoned(-abs(claimed - actual), -right, -right * WRONG / RIGHT)


def acceleration(a: Actor, value: str, span: Span) -> Truth:
    """Speeds over thirds of the time; the definition speaks of paths that hold one course only."""
    at = a.during(span)
    cuts = np.linspace(at[0], at[-1], 4).round().astype(int)
    thirds = [
        float(np.hypot(*np.diff(a.position[p : q + 1], axis=0).T).sum()) / max(q - p, 1)
        for p, q in pairwise(cuts.tolist())
    ]
    logs = np.log(np.maximum(thirds, 1e-9))
    spread, change = float(np.ptp(logs)), float(logs[2] - logs[0])
    more, less = CHANGED + RATIO_SOFT, CONSTANT - RATIO_SOFT
    if value == "constant":
        verdict = zoned(-spread, -less, -more)
    else:
        verdict = zoned(change if value == "accelerating" else -change, more, less)
    sure, _ = shapes(a, span)
    return every(moves(a, span), verdict, True if sure in STEADY else None)


def trajectory_shape(a: Actor, value: str, span: Span) -> Truth:
    sure, possible = shapes(a, span)
    return True if value == sure else None if value in possible else False


def shapes(a: Actor, span: Span) -> tuple[str, tuple[str, ...]]:
    """The shape that the path surely has in a time (empty: none), and all that it might be called."""
    verdict = moves(a, span)
    if verdict is False:
        return "stationary", ("stationary",)
    sure, possible = _moving_shapes(a, span)
    return (sure, possible) if verdict else ("", (*possible, "stationary"))


def _moving_shapes(a: Actor, span: Span) -> tuple[str, tuple[str, ...]]:
    path, (s0, s1) = a.spec.trajectory, _shares(a, span)
    match path:
        case Straight():
            return "straight", ("straight",)
        case Arc():
            return _arc_shapes(abs(path.turn_deg) * (s1 - s0))
        case Zigzag():
            bends = len(_corners(path, s0, s1))
            named = "zigzag" if bends >= 3 else "straight" if bends == 0 else ""
            return named, (named,) if named else ("zigzag", "curved", "back_and_forth", "irregular")
        case Oscillation():
            cycles = path.cycles * (s1 - s0)
            named = "back_and_forth" if cycles >= 0.95 else "straight" if cycles <= 0.3 else ""
            return named, (named,) if named else ("straight", "back_and_forth", "stop_and_go", "irregular")
        case StopAndGo():
            # the line itself is straight, and so it may be called
            inner = [r for r in path.stops if r[0] > s0 and r[1] < s1 and _both_sides(path, (s0, *r, s1))]
            touched = [r for r in path.stops if r[1] > s0 and r[0] < s1]
            named = "stop_and_go" if inner else "" if touched else "straight"
            return named, (named,) if named == "straight" else ("stop_and_go", "straight")
        case Wander():
            if s1 - s0 < 0.95:
                return "", SHAPES
            return ("", ("irregular", "zigzag")) if _weaves(a, span) else ("irregular", ("irregular",))
        case _:
            return "stationary", ("stationary",)


def _arc_shapes(turn: float) -> tuple[str, tuple[str, ...]]:
    if turn <= LINE_ARC:
        return "straight", ("straight",)
    if turn < BENT_ARC:
        return "", ("straight", "curved", "irregular")
    if abs(turn - CIRCLE) < CIRCLE_SOFT:
        return "", ("curved", "circular")
    named = "circular" if turn > CIRCLE else "curved"
    return named, (named,)


def _weaves(a: Actor, span: Span) -> bool:
    """Whether a path of no named shape might be called a zigzag: alternating turns, none a loop, and way made."""
    at = a.during(span)
    step = a.position[at[-1]] - a.position[at[0]]
    net = float(np.hypot(*step))
    along = (a.position[at] - a.position[at[0]]) @ step / max(net, 1e-9)
    back = float((np.maximum.accumulate(along) - along).max())
    bends = np.sort(np.abs(_bends(a, span)))[::-1]
    return bool(
        len(bends) >= 3
        and bends[2] > TURN - TURN_SOFT
        and bends[0] < LOOP + TURN_SOFT
        and back < (WAY_BACK + WAY_BACK_SOFT) * net
        and net > (WEAVE - NET_SOFT) * length(a, span)
    )


def _both_sides(path: StopAndGo, shares: tuple[float, float, float, float]) -> bool:
    """Whether a tenth of the way within the time lies before a rest, and after it."""
    way = np.hypot(*(path.position(np.array(shares)) - path.position(np.array(shares[:1]))).T)
    return bool(min(way[1], way[3] - way[2]) >= 0.1 * way[3])


def _shares(a: Actor, span: Span) -> tuple[float, float]:
    """Shares of its time along the path at both ends of a span."""
    s0, s1 = a.spec.share(np.array(span))
    return float(s0), float(s1)


def _corners(path: Zigzag, s0: float, s1: float) -> np.ndarray:
    """Turns of the heading (n,) at the corners within shares of the time, degrees, counter-clockwise positive."""
    steps = np.diff(np.asarray(path.points), axis=0) * [1.0, -1.0]
    reached = np.cumsum(np.hypot(*steps.T)) / np.hypot(*steps.T).sum()
    heading = np.degrees(np.arctan2(steps[:, 1], steps[:, 0]))
    turns = (np.diff(heading) + 180.0) % 360.0 - 180.0
    return np.asarray(turns[(reached[:-1] > s0) & (reached[:-1] < s1)])


def repetition_count(a: Actor, count: float, span: Span) -> Truth:
    """Complete cycles: half cycles between turning points, those at the ends by their share of the range."""
    path = a.spec.trajectory
    if not isinstance(path, Oscillation):
        return count == 0
    s0, s1 = _shares(a, span)
    turning = np.arange(np.ceil(2 * path.cycles * s0 + 1e-9), 2 * path.cycles * s1 - 1e-9) / (2 * path.cycles)
    place = (1.0 - np.cos(2.0 * np.pi * path.cycles * np.array([s0, *turning, s1]))) / 2.0
    swings = np.abs(np.diff(place))
    told = set()
    for least in SMALL_SWING:
        cycles = float(swings[swings >= least].sum()) / 2 + CYCLE_SLACK
        told |= {np.floor(cycles - CYCLE_SOFT), np.floor(cycles + CYCLE_SOFT)}
    return False if count not in told else True if len(told) == 1 else None


def repetition_period(a: Actor, value: float, span: Span) -> Truth:
    """Time of one cycle, where at least two turning points lie within the time."""
    path = a.spec.trajectory
    if not isinstance(path, Oscillation):
        return False
    s0, s1 = _shares(a, span)
    period = (a.spec.t_exit - a.spec.t_enter) / path.cycles
    timed = True if path.cycles * (s1 - s0) >= 1.0 else None
    return every(near(value, period, 0.0), timed)


def turn(a: Actor, side: str, number: float | None, span: Span) -> Truth:
    """Net turn of a curved or circular path; of paths without a shape the definition says nothing."""
    sure, possible = shapes(a, span)
    path, (s0, s1) = a.spec.trajectory, _shares(a, span)
    if not isinstance(path, Arc):
        return False if sure in ("straight", "stop_and_go", "stationary") else None
    net = path.turn_deg * (s1 - s0)
    angle = True if number is None else zoned(-abs(number - abs(net)), -TURN_RIGHT, -TURN_WRONG)
    bent = True if sure in ("curved", "circular") else None if "curved" in possible else False
    sided = (net > 0) == (side == "left")
    return every(moves(a, span), above(abs(net), CURVE, TURN_SOFT), bent, sided, angle)


def turns(a: Actor, side: str, count: float, span: Span) -> Truth:
    """How many turns of 45 to 135 degrees a path takes to a side; None where one of them is longer."""
    sizes = _bends(a, span)
    if moves(a, span) is not True:
        return count == 0 if moves(a, span) is False else None
    if len(sizes) and float(np.abs(sizes).max()) > LONG_TURN - TURN_SOFT:
        return None
    mine = sizes if side == "left" else -sizes
    sure, possible = int(np.sum(mine >= TURN + TURN_SOFT)), int(np.sum(mine >= TURN - TURN_SOFT))
    return None if sure != possible and sure <= count <= possible else sure == count


def _bends(a: Actor, span: Span) -> np.ndarray:
    """Alternating turns (n,) of the heading by at least 25 degrees, counter-clockwise positive."""
    path = a.spec.trajectory
    if isinstance(path, Zigzag):
        return _corners(path, *_shares(a, span))
    step = np.diff(a.position[a.during(span)], axis=0)
    step = step[np.hypot(*step.T) > 1e-7]
    if len(step) < 2:
        return np.zeros(0)
    return np.diff(extremes(np.degrees(np.unwrap(np.arctan2(step[:, 1], step[:, 0]))), TURN_BACK))


def extremes(values: np.ndarray, least: float) -> np.ndarray:
    """The alternating extreme values of a series, the outer ones included, that differ by at least `least`."""
    ends: list[float] = []
    low = high = float(values[0])
    for value in values.tolist():
        if not ends:
            low, high = min(low, value), max(high, value)
            if high - low >= least:
                ends = [low, high] if value == high else [high, low]
        elif (value > ends[-1]) == (ends[-1] > ends[-2]):
            ends[-1] = value
        elif abs(value - ends[-1]) >= least:
            ends.append(value)
    return np.array(ends)
