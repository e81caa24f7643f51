"""What people do with arms and legs, from the keypoints of their boxes: raised arms, waves, sitting down, standing up.

Heights and lengths are those of the image, so that the rules ask for an upright body. Nothing is said where keypoints
are missing, weak or at the frame's edge. Silence means nothing: an arm that nobody saw may have been raised.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from fm_assets.motion import events, geometry, posture, smoothing
from fm_assets.motion.series import COARSE_S, HOLE_S, SHORT_S, Track
from fm_assets.motion.skeleton import (
    ELBOWS,
    FILLED,
    OKS_SIGMA,
    SHOULDERS,
    WRISTS,
    Skeleton,
    crossing,
    despiked,
    skeleton,
    stretches,
)
from fm_assets.motion.statement import Result
from fm_assets.settings import MotionSettings
from fm_assets.tracks.parts import SIDES

PERSON = "person"
KINDS = ("arm", "wave_count", "posture")
#: The wrist is above or below the shoulder from here on, torso lengths.
BAND = 0.15
#: How long it must be there, seconds.
HELD_S = 0.3
#: A wave is counted where the wrist is at most so far below the shoulder and at least so far above the elbow, torsos.
BELOW_SHOULDER, ABOVE_ELBOW = 0.1, 0.2
#: Heights of a hand that waves, about their middle, torso lengths: beyond, the arm is going up or down.
LEVEL = 0.12
#: Least swing of a wave, torso lengths; in noises of a smoothed coordinate.
SWING, SWING_NOISE = 0.2, 4.0
#: Shortest half of a wave on average (the smoothing flattens shorter ones), the longest half, and the longest time
#: between two samples of one, seconds.
QUICK_S, HALF_S, DENSE_S = 0.23, 1.0, 0.15
#: Share of the median swing that the smallest must reach.
EVEN = 0.4
#: Fewest waves that are no other gesture; u waves make floor(u + slack); how much of a wave people differ over.
FEWEST, WAVE_SLACK, WAVE_SOFT = 2, 0.25, 1 / 6
#: Share of a track in which the arm must be seen for a count that says how often in all.
SEEN = 0.9


def statements(track: Track, settings: MotionSettings) -> dict[str, list[Result]]:
    """Statements per kind about a person; empty for what is none, or is a part of one."""
    if track.row["class"] != PERSON or track.row["parent_track_id"] is not None:
        return {}
    if track.keypoints is None or not np.isfinite(track.keypoints).any():
        return {kind: ["no keypoints"] for kind in KINDS}
    body = skeleton(track.keypoints, track.t, track.row["width"], track.row["height"])
    if isinstance(body, str):
        return {kind: [body] for kind in KINDS}
    raised: list[Result] = []
    waves: list[Result] = []
    for side in SIDES:
        arm = _arm(track, body, side, settings)
        raised += [arm] if isinstance(arm, str) else passages(track, arm) or ["the wrist does not pass the shoulder"]
        waves.append(arm if isinstance(arm, str) else wave_count(track, arm))
    return {"arm": raised, "wave_count": waves, "posture": posture.changes(track, body, settings)}


@dataclass(frozen=True)
class Arm:
    """One arm over time, in stretches without a hole.

    Attributes:
        side: left or right, as the person calls it.
        stretches: Of each, a smoothed path of wrist less shoulder, and the wrist's height above the elbow at its times
            (NaN where the elbow is not known); both in torso lengths, y up.
        sigma: Noise of one raw coordinate of each stretch, torso lengths.
        softness: How far annotators differ over the height of wrist and shoulder, torso lengths.
        seen: Share of the track's boxes in which the arm is known.
    """

    side: str
    stretches: list[tuple[smoothing.Smooth, np.ndarray]]
    raw: list[smoothing.Smooth]
    sigma: list[float]
    softness: float
    seen: float


def _arm(track: Track, body: Skeleton, side: str, settings: MotionSettings) -> Arm | str:
    """An arm's stretches, or why there are none."""
    shoulder, elbow, wrist = (pair[SIDES.index(side)] for pair in (SHOULDERS, ELBOWS, WRISTS))
    if track.step > COARSE_S:
        return "sampled too coarsely"
    if body.mixed_up:
        return "left and right change places"
    known = body.known[:, shoulder] & body.known[:, wrist] & np.isfinite(body.torso) & track.observed
    if known.sum() < settings.min_points:
        return "arm not seen"
    known &= ~track.clipped[:, :3].any(axis=1)  # a person's legs may be cut
    if known.sum() < settings.min_points:
        return "cut by the frame's edge"
    known &= body.upright
    offset = (body.points[:, wrist] - body.points[:, shoulder]) / body.torso[:, None]
    above = (body.points[:, wrist, 1] - body.points[:, elbow, 1]) / body.torso
    found, raw, noises = [], [], []
    for part in stretches(known, track.t, HOLE_S):
        t = track.t[part]
        if len(part) < settings.min_points or t[-1] - t[0] < SHORT_S:
            continue
        steady = smoothing.smooth(t, despiked(offset[part]), settings.smoothing_s)
        quick = smoothing.smooth(t, offset[part], settings.smoothing_s)
        found.append((steady, np.interp(steady.t, t, np.nan_to_num(above[part], nan=-1.0))))
        raw.append(quick)
        noises.append(smoothing.noise(t, offset[part], np.ones(len(t), dtype=bool), quick))
    if not found:
        return "arm seen too briefly, or body not upright"
    softness = float(np.hypot(OKS_SIGMA["wrist"], OKS_SIGMA["shoulder"])) * np.sqrt(FILLED) * track.body
    torso = geometry.median(body.torso[known])
    return Arm(side, found, raw, noises, softness / torso, float(known.mean()))


def passages(track: Track, arm: Arm) -> list[Result]:
    """When the wrist goes from below the shoulder to above it, or back.

    h = (wrist - shoulder) / torso, smoothed, y up. The wrist is above where h >= 0.15, below where h <= -0.15, and in
    between where it was last: thresholding with hysteresis (Schmitt 1938, "A thermionic trigger"). It passes at the
    middle of the zeros of h between two such states. A side's level is the height that it holds for 0.3 s; margin: the
    smaller level of both sides over hypot(noise, softness), where softness is the sigma of COCO's keypoint similarity.
    The statement spans the time from the passage before to the one after, as long as the arm is in sight.
    """
    found: list[Result] = []
    for (path, _), sigma in zip(arm.stretches, arm.sigma, strict=True):
        height = path.position[:, 1]
        runs = _runs(height)
        moments = [
            crossing(path.t[one[1] : other[0] + 1], height[one[1] : other[0] + 1])
            for one, other in itertools.pairwise(runs)
        ]
        held = [_held(np.abs(height[first : last + 1]), round(HELD_S / path.step) + 1) for first, last in runs]
        ends = [float(path.t[0]), *moments, float(path.t[-1])]
        error = float(np.hypot(sigma * path.gain.inner, arm.softness))
        for k, moment in enumerate(moments):
            raised = height[runs[k + 1][0]] > 0
            value = f"{arm.side}_{'raised' if raised else 'lowered'}"
            margin = min(held[k], held[k + 1]) / error
            found.append(events.during(track, value, margin, (ends[k], ends[k + 2]), moment))
    return found


def _runs(height: np.ndarray) -> list[tuple[int, int]]:
    """First and last index of each stay above or below the band, in order of time."""
    at = np.flatnonzero(np.abs(height) >= BAND)
    if not len(at):
        return []
    parts = np.split(at, np.flatnonzero(np.diff(height[at] > 0)) + 1)
    return [(int(part[0]), int(part[-1])) for part in parts]


def _held(level: np.ndarray, samples: int) -> float:
    """The largest value that a series does not fall below for this many samples; 0 where it is shorter."""
    if len(level) < samples:
        return 0.0
    return float(np.lib.stride_tricks.sliding_window_view(level, samples).min(axis=1).max())


def wave_count(track: Track, arm: Arm) -> Result:
    """How often a raised hand swings from side to side and back, over the track's life.

    Swings are those of the wrist's sideways offset from the shoulder while the hand is raised, counted by hysteresis of
    max(0.2 torsos, four noises) (`geometry.swings`; the rule of rainflow counting's turning points, ASTM E1049). The
    first and the last count by their share of the median inner swing; u waves of two swings make floor(u + 0.25).
    Margin: the smallest of the distance of u + 0.25 to the whole numbers beside it over 1/6, and how far the smallest
    inner swing lies above the hysteresis, over a third of that.
    """
    if track.step > DENSE_S:
        return "sampled too coarsely"
    if arm.seen < SEEN:
        return "arm hidden for too long"
    count, margin = 0, np.inf
    span: list[float] = []
    for (path, above), quick, sigma in zip(arm.stretches, arm.raw, arm.sigma, strict=True):
        high = (path.position[:, 1] >= -BELOW_SHOULDER) & (above >= ABOVE_ELBOW)
        for part in stretches(high, path.t, HELD_S):
            found = _waves(quick.t[part], quick.position[part], sigma * quick.gain.inner)
            if found is None:
                continue
            count += found[0]
            margin = min(margin, found[1])
            span += found[2]
    if not count:
        return "no raised hand that swings from side to side twice"
    return events.during(track, f"{arm.side}:{count}", margin, (min(span), max(span)), float(count))


def _waves(t: np.ndarray, position: np.ndarray, sigma: float) -> tuple[int, float, list[float]] | None:
    """Waves of one raised hand, their margin, and the first and last inner turn's time; None where it does not wave."""
    level = np.abs(position[:, 1] - geometry.median(position[:, 1])) <= LEVEL
    if level.sum() < smoothing.MIN_WINDOW:
        return None
    t, sideways = t[level], position[level, 0]
    threshold = max(SWING, SWING_NOISE * sigma)
    turning, sizes = geometry.swings(sideways, threshold)
    if len(sizes) < 3:
        return None
    inner = sizes[1:-1]
    whole = geometry.median(inner)
    halves = np.diff(t[turning[1:-1]])
    uneven = inner.min() < EVEN * whole or inner.max() * EVEN > whole
    if uneven or (len(halves) and (halves.max() > HALF_S or halves.mean() < QUICK_S)):
        return None
    waves = (len(inner) + float(np.minimum(sizes[[0, -1]] / whole, 1.0).sum())) / 2 + WAVE_SLACK
    count = int(waves)
    if count < FEWEST:
        return None
    sure = min(waves - count, count + 1 - waves) / WAVE_SOFT
    clear = (float(inner.min()) - threshold) / (threshold / 3)
    return count, min(sure, clear), t[turning[[1, -2]]].tolist()
