"""Rules about one track's motion. Each returns a statement or the reason to abstain."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from fm_assets.motion import geometry, shape
from fm_assets.motion.series import HOLE_S, Motion, Track, share_of, under_way
from fm_assets.motion.statement import Result, Statement, capped, quantity
from fm_assets.motion.vocabulary import DIRECTIONS, WHOLE_WAY
from fm_assets.settings import MotionSettings

#: Half a direction sector, and the angle within which of its edge nothing should be stated, degrees.
HALF_SECTOR, EDGE_DEG = 22.5, 10.0
#: Logarithms of the ratios from which a speed counts as changed, and up to which as constant.
CHANGED, CONSTANT = float(np.log(1.5)), float(np.log(1.2))
#: Softness of a logarithm of a ratio of speeds.
RATIO_SOFT = 0.05
#: A swing that lacks this share of a half cycle still completes it.
CYCLE_SLACK = 0.15
#: Half cycles may differ from their mean by this share; error of the moment of a turning point, seconds.
UNEVEN, TURN_S = 0.3, 0.03
#: Least and largest change of heading that is one turn, degrees.
TURN, LONG_TURN = 45.0, 135.0
#: Margin at which a statement may be used.
USABLE = 1.5
#: Kinds that no box may be missing of, those that rest on most of a path, and the share of boxes cut by the frame's
#: edge from which that is not known.
WHOLE_PATH = (
    *WHOLE_WAY, "speed", "peak_speed", "acceleration", "left_turns", "right_turns", "turn",
)  # fmt: skip
CUT = 0.1
#: Share of the time that an object must be under way for a mean speed to say anything, and its softness.
UNDER_WAY, SHARE_SOFT = 0.8, 0.01
#: Paths shorter than so many bodies show no turns to count: a body that leans or bends turns its centre, too.
BODIES = 3.0


@dataclass(frozen=True)
class Mover:
    """A track that moves, measured."""

    track: Track
    motion: Motion
    features: shape.Features
    shape: shape.Shape
    moving: Statement

    @property
    def blind(self) -> str:
        """Why the course between the path's ends is not known; empty where it is."""
        if self.motion.hole_s > HOLE_S:
            return "hole in the track"
        return "sampled too coarsely" if self.motion.coarse else ""

    def state(self, value: str, margin: float, number: float | None = None) -> Statement:
        """A statement over the whole path; never surer than that there is motion at all."""
        return self.moving._replace(value=value, margin=capped(min(margin, self.moving.margin)), number=number)


def statements(track: Track, settings: MotionSettings) -> dict[str, Result]:
    """All rules of this module for one track, by kind."""
    kinds = (
        "direction", "displacement", "path_length", "speed", "peak_speed", "acceleration", "trajectory_shape",
        "repetition_count", "repetition_period", "left_turns", "right_turns",
    )  # fmt: skip
    motion = track.motion
    if isinstance(motion, str):
        return dict.fromkeys(("moving", *kinds, "turn"), motion)
    verdict = moving(track, motion, settings)
    if isinstance(verdict, str):
        return dict.fromkeys(("moving", *kinds, "turn"), verdict)
    if verdict.value == "stationary":
        found: dict[str, Result] = dict.fromkeys((*kinds, "turn"), "stationary")
        return {**found, "moving": verdict, "trajectory_shape": verdict._replace(value="stationary", number=None)}
    measured = shape.features(motion)
    mover = Mover(track, motion, measured, shape.classify(measured), verdict)
    turns = turn_counts(mover)
    stated: dict[str, Result] = {
        "moving": verdict,
        "direction": direction(mover),
        "displacement": displacement(mover),
        "path_length": path_length(mover),
        "speed": speed(mover),
        "peak_speed": peak_speed(mover),
        "acceleration": acceleration(mover),
        "trajectory_shape": trajectory_shape(mover),
        "repetition_count": repetition_count(mover),
        "repetition_period": repetition_period(mover),
        "left_turns": turns[0],
        "right_turns": turns[1],
        "turn": turn(mover),
    }
    cut = 1.0 - share_of(track.whole)
    # how far it comes counts from where it is first seen, half or not; a half-seen body's centre moves at half its speed
    unknown = WHOLE_PATH if cut > CUT else WHOLE_WAY if cut else ()
    return stated | dict.fromkeys(unknown, "cut by the frame's edge for a part of its way")


def follows_course(track: Track, moving: Result) -> bool:
    """Whether a track surely moves and its course is known all the way."""
    if isinstance(moving, str) or isinstance(track.motion, str) or moving.value != "moving":
        return False
    return track.motion.hole_s <= HOLE_S and not track.motion.coarse


def moving(track: Track, motion: Motion, settings: MotionSettings) -> Result:
    """Whether the position changes at all.

    The reach r is the largest extent of the smoothed path over four directions, less in quadrature what
    noise of n independent positions spans by itself. It moves where r exceeds
    R = max(`moving_min`, `moving_min_body` x body, 8 sigma, 4 x drift), and rests where r < R / 2; between
    the two nothing is said. Margin: |r - R| or |R / 2 - r| over hypot(1.5 sigma, drift), sigma the noise of
    a smoothed coordinate.
    """
    path = motion.path
    sigma = motion.sigma_inner
    independent = max(2.0, len(path.t) / (path.window / 2))
    spanned = 1.7 * math.sqrt(2 * math.log(independent)) * sigma
    reach = math.sqrt(max(geometry.reach(path.position) ** 2 - spanned**2, 0.0))
    needed = max(settings.moving_min, settings.moving_min_body * track.body, 8 * sigma, 4 * motion.drift)
    error = math.hypot(1.5 * sigma, motion.drift)
    interval = (float(path.t[0]), float(path.t[-1]))
    reference = track.row["frame_of_reference"]
    if reach > needed:
        return Statement("moving", capped((reach - needed) / error), interval, motion.frames, reach, reference)
    if reach < needed / 2:
        margin = capped((needed / 2 - reach) / error)
        return Statement("stationary", margin, interval, motion.frames, reach, reference)
    return "between still and moving"


def direction(mover: Mover) -> Result:
    """Sector of the net displacement D, where D is at least half of the path length.

    Margin: angle to the sector's edge over hypot(noise, softness), noise = sqrt(2) sigma_end / D in degrees;
    the softness of 6.7 degrees gives less than 1.5 within 10 degrees of an edge, whatever the noise.
    """
    f = mover.features
    if f.straightness < 0.5:
        return "no net direction"
    x, y = (mover.motion.path.position[-1] - mover.motion.path.position[0]).tolist()
    angle = math.degrees(math.atan2(y, x))
    sector = round(angle / 45.0) % 8
    off = abs((angle - 45.0 * sector + 180.0) % 360.0 - 180.0)
    noise = math.degrees(math.sqrt(2) * mover.motion.sigma_end / f.displacement)
    return mover.state(DIRECTIONS[sector], (HALF_SECTOR - off) / math.hypot(noise, EDGE_DEG / USABLE), angle % 360.0)


def displacement(mover: Mover) -> Result:
    """Net displacement. Margin: D / (sqrt(2) sigma_end), which is also D over its standard error."""
    value = mover.features.displacement
    error = math.sqrt(2) * mover.motion.sigma_end
    if value < 3 * error:
        return "within noise"
    return mover.state(quantity(value), value / error, value)


def path_length(mover: Mover) -> Result:
    """Length of the path, free of noise. Margin: L over its error (see `geometry.path_length`)."""
    if mover.blind:
        return mover.blind
    f = mover.features
    return mover.state(quantity(f.length), f.length / _length_error(mover), f.length)


def speed(mover: Mover) -> Result:
    """Mean speed of what is under way for most of the time: path length over duration.

    Margin: as for the path length, at most (share of the time under way - 0.8) / 0.01.
    """
    if mover.blind:
        return mover.blind
    fast, level = under_way(mover.motion)
    share = share_of(fast > level)
    if share <= UNDER_WAY:
        return "rests for a part of the time"
    value = mover.features.length / mover.motion.seconds
    margin = min(mover.features.length / _length_error(mover), (share - UNDER_WAY) / SHARE_SOFT)
    return mover.state(quantity(value), margin, value)


def peak_speed(mover: Mover) -> Result:
    """Largest smoothed speed, less what noise adds: sqrt(max |v|^2 - 2 s^2) - e / 2, at least the mean speed.

    e = s sqrt(2 log n), s the noise of a velocity's coordinate, n the number of smoothing windows: the largest of n
    noisy values of one speed exceeds it by about e, that of a speed with one clear peak by less. Velocities of the outer
    half windows, fitted from one side only and several times as noisy, do not count. Margin: the value over
    hypot(e / 2, s, 0.05 x value).
    """
    if mover.blind:
        return mover.blind
    path = mover.motion.path
    half = path.window // 2
    noise = mover.motion.sigma * path.gain.velocity / path.step
    square = float(np.sum(path.velocity[half : len(path.t) - half] ** 2, axis=1).max()) - 2 * noise**2
    if square <= (3 * noise) ** 2:
        return "within noise"
    excess = noise * math.sqrt(2 * math.log(max(2.0, len(path.t) / path.window)))
    value = max(math.sqrt(square) - excess / 2, mover.features.length / mover.motion.seconds)
    return mover.state(quantity(value), value / math.hypot(excess / 2, noise, RATIO_SOFT * value), value)


def _length_error(mover: Mover) -> float:
    return math.hypot(mover.features.length_error, math.sqrt(2) * mover.motion.drift)


def acceleration(mover: Mover) -> Result:
    """Speed in the last third of the time over that in the first, for paths that hold one course.

    `accelerating` above 1.5, `decelerating` below 1 / 1.5, `constant` where no two thirds differ by more
    than a factor 1.2; between them nothing is said. Margin: distance of the logarithm of the ratio to its
    threshold, over its noise and a softness of 0.05 in quadrature.
    """
    if mover.blind:
        return mover.blind
    if mover.shape.value not in ("straight", "curved", "circular"):
        return "no steady course"
    path = mover.motion.path
    cuts = [round(third * (len(path.t) - 1) / 3) for third in range(4)]
    every = max(1, path.window // 2)
    lengths = []
    for begin, end in pairwise(cuts):
        length, error = geometry.path_length(path.position[begin : end + 1], every, mover.motion.sigma_inner)
        if length < 3 * error:
            return "too slow to compare speeds"
        lengths.append((length / (end - begin), error / length))
    speeds = [math.log(v) for v, _ in lengths]
    change = speeds[2] - speeds[0]
    ends = math.hypot(lengths[0][1], lengths[2][1], RATIO_SOFT)
    ratio = math.exp(change)
    if abs(change) >= CHANGED:
        value = "accelerating" if change > 0 else "decelerating"
        return mover.state(value, (abs(change) - CHANGED) / ends, ratio)
    spread = max(speeds) - min(speeds)
    if spread <= CONSTANT:
        return mover.state("constant", (CONSTANT - spread) / ends, ratio)
    return "between constant and changing"


def trajectory_shape(mover: Mover) -> Result:
    """Shape of the path; see module `shape` for criteria and margin."""
    return mover.blind or mover.state(mover.shape.value, mover.shape.margin)


def turn(mover: Mover) -> Result:
    """The side to which a curved or circular path turns, and by how much: the angle about the centre of what
    is a part of a circle, else the change of heading.

    Margin: (|net turn| - 30 degrees) over hypot(its noise, 8 degrees), at most that of the shape.
    """
    if mover.blind:
        return mover.blind
    if mover.shape.value not in ("curved", "circular"):
        return "no turn to one side"
    f = mover.features
    angle = f.winding if _round(mover) else f.turn
    margin = min((abs(angle) - 30.0) / math.hypot(f.turn_error, 8.0), mover.shape.margin)
    return mover.state("left" if angle > 0 else "right", margin, abs(angle))


def _round(mover: Mover) -> bool:
    f = mover.features
    return mover.shape.value == "circular" or (f.roundness < 0.05 and abs(f.turn) >= 90.0)


def repetition_count(mover: Mover) -> Result:
    """Complete cycles of a back-and-forth movement.

    Half cycles are the swings of the first principal coordinate (hysteresis of a fifth of its range); the
    first and the last count by their share of the median inner swing. u cycles make floor(u + 0.15).
    Margin: the smallest of the distance of u + 0.15 to the whole numbers beside it over hypot(0.05, noise /
    swing), how far the smallest inner swing lies above the hysteresis, and the margin of the shape.
    """
    if mover.blind:
        return mover.blind
    f = mover.features
    if mover.shape.value != "back_and_forth" or len(f.swing_sizes) < 2:
        return "no back-and-forth movement"
    sizes = f.swing_sizes
    inner = sizes[1:-1] if len(sizes) > 2 else sizes
    whole = geometry.median(inner)
    ends = np.minimum(sizes[[0, -1]] / whole, 1.0)
    cycles = (max(len(sizes) - 2, 0) + float(ends.sum())) / 2 + CYCLE_SLACK
    count = int(cycles)
    if count == 0:
        return "no complete cycle"
    whole_margin = min(cycles - count, count + 1 - cycles) / math.hypot(0.05, f.sigma / whole)
    smallest = (float(inner.min()) / f.major - 0.2) / 0.07
    return mover.state(str(count), min(whole_margin, smallest, mover.shape.margin), float(count))


def repetition_period(mover: Mover) -> Result:
    """Time of one cycle of a back-and-forth movement, from its inner turning points.

    T = 2 (t_m - t_1) / (m - 1) over m turning points, of which the half cycles between them differ from their mean by
    at most 30 %. Margin: T over hypot(0.05 T, 2.8 e / (m - 1)), e a sampling step or 0.03 s; at most that of the shape.
    """
    if mover.blind:
        return mover.blind
    f = mover.features
    if mover.shape.value != "back_and_forth" or len(f.swing_sizes) < 2:
        return "no back-and-forth movement"
    at = mover.motion.path.t[f.swing_points[1:-1]]
    halves = np.diff(at)
    if not len(halves):
        return "too few cycles to time"
    if float(np.abs(halves - halves.mean()).max()) > UNEVEN * float(halves.mean()):
        return "no even rhythm"
    value, step = 2 * float(halves.mean()), max(mover.motion.path.step, TURN_S)
    margin = value / math.hypot(RATIO_SOFT * value, 2 * math.sqrt(2) * step / len(halves))
    return mover.state(quantity(value), min(margin, mover.shape.margin), value)


def turn_counts(mover: Mover) -> tuple[Result, Result]:
    """How many turns to the left and to the right the path takes.

    A turn is a swing of the heading (hysteresis of 25 degrees, or three errors) by 45 to 135 degrees; what turns
    further in one sense may be several turns, or a way back, and is not counted. Margin: the least distance of a
    swing to 45 and 135 degrees over hypot(8 degrees, its noise).
    """
    if mover.blind:
        return mover.blind, mover.blind
    f = mover.features
    if not len(f.bends):
        return "no turn", "no turn"
    if f.length < BODIES * mover.track.body:
        return "too short a way for turns", "too short a way for turns"
    sizes = np.abs(f.bends)
    if float(sizes.max()) > LONG_TURN:
        return "turns on and on, or back", "turns on and on, or back"
    margin = float(np.minimum(np.abs(sizes - TURN), LONG_TURN - sizes).min()) / math.hypot(f.turn_error, 8.0)
    counts = [int(np.sum((sizes >= TURN) & (np.sign(f.bends) == side))) for side in (1, -1)]
    left, right = (mover.state(str(n), margin, float(n)) for n in counts)
    return left, right
