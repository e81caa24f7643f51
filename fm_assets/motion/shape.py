"""Classification of a path's shape.

Each shape is a list of criteria. A criterion compares a measured feature with a threshold and is given in
standard errors, `(feature - threshold) / error`, positive where it is met. The error is the feature's
noise, carried over from the noise of the positions, together with a *softness*: how far people may differ
over where the threshold lies. A shape's score is its weakest criterion; the best score wins. So its margin
is the distance to the nearest threshold at which the shape would no longer be stated, less what a rival
shape has beyond its own thresholds. Where no shape's criteria are all met, the path is `irregular`, and
the margin is how far the nearest shape is from being met.

Features (E.3 of the conventions, with dead zones and noise):
    straight         chord deviation / D <= 0.08, D / L >= 0.9, no inner rest
    stop_and_go      an inner rest >= 0.4 s, D / L >= 0.75, no way back
    curved           bow >= 0.08, net turn 30 to 300 degrees, no turn the other way, no inner rest
    circular         winding about the fitted circle's centre >= 300 degrees, residual <= 0.2 R, one sense
    back_and_forth   two reversals of >= 0.35 of the range (or one full return) on a narrow path
    zigzag           three alternating turns > 45 degrees, none beyond 200, progress without way back
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fm_assets.motion import geometry
from fm_assets.motion.series import Motion

CAP = 20.0
#: Nothing is `irregular` beyond this: an irregular path is only what no rule could name.
IRREGULAR_CAP = 4.0
#: A turn that goes further is a loop, which no zigzag has, degrees.
LOOP = 200.0
#: Least duration of a rest inside a path, seconds, and its softness.
REST_S, REST_SOFT_S = 0.4, 0.1


@dataclass(frozen=True)
class Features:
    """Measures of a moving path; lengths in frame heights, angles in degrees.

    Attributes:
        displacement: Net displacement D.
        length: Path length L, free of noise, and its error.
        length_error: Standard error of `length`.
        deviation: Largest distance from the chord, over D.
        major: Extent along the first principal axis.
        bow: Extent along the second principal axis over that along the first.
        width: Square root of the second over the first principal variance.
        swing_points: Turning points of the first principal coordinate.
        swing_sizes: Swings between them.
        backward: Largest way back along the chord, over D.
        rest_s: Longest inner rest, seconds.
        rest_error: Its standard error.
        turn: Net turn, counter-clockwise positive.
        turn_error: Its noise.
        counter_turn: Largest turn against the net one.
        bends: Alternating turns of the heading, counter-clockwise positive.
        third_bend: Third largest of alternating turns; 0 where there are fewer.
        largest_bend: Largest of them.
        winding: Net angle about the fitted circle's centre.
        unwinding: Largest angle the other way.
        radius: Radius of the fitted circle.
        roundness: Radial residual over the radius.
        sigma: Noise of a smoothed coordinate.
    """

    displacement: float
    length: float
    length_error: float
    deviation: float
    major: float
    bow: float
    width: float
    swing_points: np.ndarray
    swing_sizes: np.ndarray
    backward: float
    rest_s: float
    rest_error: float
    turn: float
    turn_error: float
    counter_turn: float
    bends: np.ndarray
    third_bend: float
    largest_bend: float
    winding: float
    unwinding: float
    radius: float
    roundness: float
    sigma: float

    @property
    def straightness(self) -> float:
        """D / L, at most 1."""
        return min(1.0, self.displacement / max(self.length, 1e-9))


@dataclass(frozen=True)
class Shape:
    """A shape and its margin, in standard errors."""

    value: str
    margin: float


def features(motion: Motion) -> Features:
    """Measures the path; it should be known to move."""
    path = motion.path
    points = path.position
    sigma = motion.sigma_inner
    chord = points[-1] - points[0]
    displacement = math.hypot(*chord.tolist())
    length, length_error = geometry.path_length(points, max(1, path.window // 2), sigma)
    local = points - points.sum(axis=0) / len(points)
    values, axes = np.linalg.eigh(local.T @ local / len(local))
    along = local @ axes[:, 1]
    beside = local @ axes[:, 0]
    major, minor = float(along.max() - along.min()), float(beside.max() - beside.min())
    unit = chord / max(displacement, 1e-9)
    offset = points - points[0]
    across = offset[:, 1] * unit[0] - offset[:, 0] * unit[1]
    swing_points, swing_sizes = geometry.swings(along, max(0.2 * major, 4 * sigma))
    spacing = max(10 * sigma, length / 32)
    heading = geometry.headings(geometry.along_arc(points, spacing))
    turn, turn_error, counter, bends = _turning(heading, sigma / spacing)
    ordered = sorted(map(abs, bends.tolist()), reverse=True)
    centre, radius, residual = geometry.circle(points)
    winding, unwinding = _winding(points - centre, radius)
    rest_s, rest_error = _rest(motion, length)
    return Features(
        displacement=displacement,
        length=length,
        length_error=length_error,
        deviation=float(np.abs(across).max()) / max(displacement, 1e-9),
        major=major,
        bow=minor / max(major, 1e-9),
        width=math.sqrt(max(float(values[0]), 0.0) / max(float(values[1]), 1e-18)),
        swing_points=swing_points,
        swing_sizes=swing_sizes,
        backward=geometry.largest_return(offset @ unit) / max(displacement, 1e-9),
        rest_s=rest_s,
        rest_error=rest_error,
        turn=turn,
        turn_error=turn_error,
        counter_turn=counter,
        bends=bends,
        third_bend=ordered[2] if len(ordered) > 2 else 0.0,
        largest_bend=ordered[0] if ordered else 0.0,
        winding=winding,
        unwinding=unwinding,
        radius=radius,
        roundness=residual / radius,
        sigma=sigma,
    )


def classify(f: Features) -> Shape:
    """The shape whose weakest criterion is met best, and by how much."""
    scores = {name: min(criteria) for name, criteria in _criteria(f).items()}
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    (best, score), (_, second) = ranked[0], ranked[1]
    if score <= 0:
        return Shape("irregular", min(-score, IRREGULAR_CAP))
    return Shape(best, min(score, score - max(second, 0.0), CAP))


def _criteria(f: Features) -> dict[str, tuple[float, ...]]:
    """Per shape its criteria in standard errors; the docstring of the module says what they are."""
    d, e = max(f.displacement, 1e-9), max(f.major, 1e-9)
    straight = math.hypot(f.length_error / max(f.length, 1e-9), 0.03)
    rest = (f.rest_s - REST_S) / f.rest_error
    heading = math.hypot(f.turn_error, 8.0)
    reversal = math.hypot(1.4 * f.sigma / e, 0.1)
    ordered = sorted(f.swing_sizes.tolist(), reverse=True)
    third = ordered[2] / e if len(ordered) > 2 else 0.0
    both = ordered[1] / e if len(ordered) > 1 else 0.0
    repeated = min((third - 0.35) / reversal, (0.33 - f.width) / 0.08)
    returned = min((both - 0.7) / reversal, (0.15 - f.width) / 0.05)
    winding_error = math.hypot(math.degrees(1.4 * f.sigma / f.radius), 12.0)
    way_back = math.hypot(1.4 * f.sigma / d, 0.06)
    return {
        "straight": (
            (0.08 - f.deviation) / math.hypot(1.5 * f.sigma / d, 0.02),
            (f.straightness - 0.9) / straight,
            -rest,
        ),
        "stop_and_go": (rest, (f.straightness - 0.75) / straight, (0.2 - f.backward) / way_back),
        "curved": (
            (min(f.bow, f.deviation) - 0.08) / math.hypot(1.5 * f.sigma / e, 0.02),
            (abs(f.turn) - 30.0) / heading,
            (300.0 - abs(f.turn)) / math.hypot(f.turn_error, 12.0),
            (max(25.0, 0.25 * abs(f.turn)) - f.counter_turn) / heading,
            -rest,
        ),
        "circular": (
            (abs(f.winding) - 300.0) / winding_error,
            (0.2 - f.roundness) / math.hypot(f.sigma / f.radius, 0.05),
            (40.0 - f.unwinding) / winding_error,
        ),
        "back_and_forth": (max(repeated, returned),),
        "zigzag": (
            (f.third_bend - 45.0) / heading,
            (LOOP - f.largest_bend) / heading,
            (0.25 - f.backward) / way_back,
            (f.straightness - 0.3) / straight,
        ),
    }


def _turning(heading: np.ndarray, noise: float) -> tuple[float, float, float, np.ndarray]:
    """Net turn, its error, the largest turn against it, and the alternating turns, counter-clockwise positive.

    Args:
        heading: (k,) unwrapped headings, degrees.
        noise: Noise of a position over the length of a step.
    """
    error = math.degrees(1.4 * noise) if len(heading) else 90.0
    if len(heading) < 3:
        return 0.0, max(error, 30.0), 0.0, np.zeros(0)
    ends = max(1, len(heading) // 12)
    net = float(heading[-ends:].sum() - heading[:ends].sum()) / ends
    counter = geometry.largest_return(heading if net >= 0 else -heading)
    at, sizes = geometry.swings(heading, max(25.0, 3 * error))
    return net, error, max(0.0, counter - 2 * error), sizes * np.sign(np.diff(heading[at]))


def _winding(spokes: np.ndarray, radius: float) -> tuple[float, float]:
    """Net angle about a centre, and the largest angle the other way; points near the centre are left out."""
    far = spokes[np.hypot(spokes[:, 0], spokes[:, 1]) > 0.3 * radius]
    if len(far) < 3:
        return 0.0, 360.0
    angle = geometry.unwrapped(np.arctan2(far[:, 1], far[:, 0]))
    net = float(angle[-1] - angle[0])
    return net, geometry.largest_return(angle if net >= 0 else -angle)


def _rest(motion: Motion, length: float) -> tuple[float, float]:
    """Longest rest inside the path, seconds, and its error.

    At rest the speed is below 0.15 of the path's own 90th percentile, or within three deviations of its
    noise, and the ends of the rest are surely closer than 0.4 of what the mean speed would make; an inner
    rest has at least a tenth of the path before and after it. Where noise hides slow motion, the error grows
    with it.
    """
    path = motion.path
    speed = motion.speed
    sigma = motion.sigma * path.gain.velocity / path.step
    top = motion.top_speed
    level = max(0.15 * top, 3.0 * sigma)
    error = REST_SOFT_S * max(1.0, (level / max(0.2 * top, 1e-9)) ** 2)
    mean = length / motion.seconds
    step = path.position[1:] - path.position[:-1]
    walked = np.zeros(len(speed))
    np.cumsum(np.hypot(step[:, 0], step[:, 1]), out=walked[1:])
    slow = np.zeros(len(speed) + 2, dtype=bool)
    slow[1:-1] = speed < level
    edges = np.flatnonzero(slow[1:] != slow[:-1]).tolist()
    longest = 0.0
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        before, after = walked[begin], walked[-1] - walked[end - 1]
        seconds = (end - begin) * path.step
        if seconds <= longest or min(before, after) < 0.1 * length:
            continue
        moved = math.hypot(*(path.position[end - 1] - path.position[begin]).tolist()) + 2 * motion.sigma_inner
        if moved <= 0.4 * mean * seconds:
            longest = seconds
    return longest, error
