"""Sitting down and standing up, from the hips, knees and ankles of people who are seen whole."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from fm_assets.motion import events, geometry, smoothing
from fm_assets.motion.series import COARSE_S, HOLE_S, Track
from fm_assets.motion.skeleton import ANKLES, HIPS, KNEES, Skeleton, crossing, despiked, stretches
from fm_assets.motion.statement import Result
from fm_assets.settings import MotionSettings

#: A posture lasts at least this long, and changes within the second, seconds.
PERSIST_S, CHANGE_S = 1.0, 3.0
#: Height of the hips over the ankles, in leg lengths: standing from the first on, sitting from the second to the third.
STANDS, SITS, FLOOR = 0.8, 0.75, 0.3
#: Angle of the knee of who stands, degrees.
STRAIGHT_DEG = 150.0
#: Who sits on a seat has shanks that rise at least so far, and thighs that rise at most so far, in leg lengths.
SHANK, THIGH = 0.3, 0.3
#: Least change of the height of the hips, and how far people may differ over it, leg lengths.
CHANGE, SOFT = 0.2, 0.06
#: Legs over torso below which they are seen from above or are not those of the torso; an upright body has 1.7.
LEAST_LEGS = 1.1
#: Factor by which the torso may differ between both postures.
SAME_TORSO = 1.33


@dataclass(frozen=True)
class Stay:
    """A time in which one posture is held: first and last index, and the median height of the hips, leg lengths."""

    stands: bool
    first: int
    last: int
    hips: float


def changes(track: Track, body: Skeleton, settings: MotionSettings) -> list[Result]:
    """When the person sits down or stands up.

    u is the height of the hips over the lower ankle, in leg lengths (95th percentile of thigh + shank). Who stands has
    u >= 0.8 and a knee of >= 150 degrees; who sits has 0.3 <= u <= 0.75, shanks that rise >= 0.3 and thighs that rise
    <= 0.3. Both must last a second; where more than three seconds lie in between, or the torso's length changes by a
    third as well (the body bends, lies or comes nearer), the change is stated with margin 0. Time: where u passes 0.775. Margin: the least distance of the medians to 0.8 and 0.75, and of their difference to 0.2, over
    hypot(0.06, noise). The statement spans the time from the change before to the one after, as long as the legs are in
    sight. Proportions: Drillis and Contini 1966 (thigh 0.245, shank 0.246 of the body's height).
    """
    if track.step > COARSE_S:
        return ["sampled too coarsely"]
    joints = body.points[:, [HIPS, KNEES, ANKLES]]  # (n, joint, side, 2)
    known = body.known[:, [HIPS, KNEES, ANKLES]].all(axis=1) & track.observed[:, None]
    if known.any(axis=1).sum() < settings.min_points:
        return ["legs not seen"]
    known &= track.whole[:, None]
    usable = known.any(axis=1)
    if usable.sum() < settings.min_points:
        return ["cut by the frame's edge"]
    legs = _Legs.of(np.where(known[:, None, :, None], joints, np.nan)[usable])
    length = geometry.percentile(legs.length, 95)
    torso = body.torso[usable]
    if not np.isfinite(torso).any() or length < LEAST_LEGS * geometry.median(torso[np.isfinite(torso)]):
        return ["legs foreshortened"]
    found: list[Result] = []
    where = np.flatnonzero(usable)
    for part in stretches(usable, track.t, HOLE_S):
        some = np.searchsorted(where, part)
        found += _in_stretch(track, legs.only(some, length), track.t[part], torso[some], body.upright[part], settings)
    return found or ["no change of posture"]


@dataclass(frozen=True)
class _Legs:
    """Of each frame the leg that stands lowest: rise of hips over ankle, of knee over ankle, knee angle, length."""

    rise: np.ndarray
    shank: np.ndarray
    knee: np.ndarray
    length: np.ndarray

    @staticmethod
    def of(joints: np.ndarray) -> _Legs:
        """From (n, 3, 2, 2) hip, knee and ankle of both sides, y up; one side at least is known in each frame."""
        hip, knee, ankle = joints.transpose(1, 0, 2, 3)
        rise = hip[..., 1] - ankle[..., 1]
        lower = np.where(np.isfinite(rise), rise, -np.inf).argmax(axis=1)
        hip, knee, ankle = (np.take_along_axis(j, lower[:, None, None], axis=1)[:, 0] for j in (hip, knee, ankle))
        thigh, shank = hip - knee, ankle - knee
        lengths = np.linalg.norm(thigh, axis=1), np.linalg.norm(shank, axis=1)
        cosine = (thigh * shank).sum(axis=1) / np.maximum(lengths[0] * lengths[1], 1e-12)
        angle = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
        return _Legs(hip[:, 1] - ankle[:, 1], -shank[:, 1], angle, lengths[0] + lengths[1])

    def only(self, some: np.ndarray, length: float) -> _Legs:
        """Some of the frames, with rises in leg lengths."""
        return _Legs(self.rise[some] / length, self.shank[some] / length, self.knee[some], self.length[some])


def _in_stretch(
    track: Track, legs: _Legs, t: np.ndarray, torso: np.ndarray, upright: np.ndarray, settings: MotionSettings
) -> list[Result]:
    """Changes within a time without holes."""
    if len(t) < settings.min_points or t[-1] - t[0] < 2 * PERSIST_S:
        return []
    raw = np.stack([legs.rise, legs.shank], axis=1)
    rise, shank = despiked(raw).T
    knee = despiked(legs.knee[:, None])[:, 0]
    path = smoothing.smooth(t, raw, settings.smoothing_s)
    sigma = smoothing.noise(t, raw, np.ones(len(t), dtype=bool), path)
    stands = upright & (rise >= STANDS) & (knee >= STRAIGHT_DEG)
    sits = upright & (rise <= SITS) & (rise >= FLOOR) & (shank >= SHANK) & (rise - shank <= THIGH)
    stays = sorted((*_stays(stands, t, rise, True), *_stays(sits, t, rise, False)), key=lambda s: s.first)
    error = float(np.hypot(SOFT, sigma))
    made: list[tuple[str, float, float]] = []
    for one, other in itertools.pairwise(stays):
        if one.stands == other.stands:
            continue
        sizes = [geometry.median(torso[s.first : s.last + 1]) for s in (one, other)]
        doubtful = t[other.first] - t[one.last] > CHANGE_S or max(sizes) > SAME_TORSO * min(sizes)
        made.append(_change((one, other), t, rise, np.inf if doubtful else error))
    ends = [float(t[0]), *(moment for _, _, moment in made), float(t[-1])]
    return [
        events.during(track, value, margin, (ends[k], ends[k + 2]), moment)
        for k, (value, margin, moment) in enumerate(made)
    ]


def _stays(holds: np.ndarray, t: np.ndarray, rise: np.ndarray, stands: bool) -> list[Stay]:
    """Times of at least `PERSIST_S` in which a posture holds in each frame."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], holds, [False]]).astype(np.int8)))
    return [
        Stay(stands, first, last - 1, geometry.median(rise[first:last]))
        for first, last in edges.reshape(-1, 2).tolist()
        if t[last - 1] - t[first] >= PERSIST_S
    ]


def _change(stays: tuple[Stay, Stay], t: np.ndarray, rise: np.ndarray, error: float) -> tuple[str, float, float]:
    """Value, margin and moment of a change from one posture to the other."""
    one, other = stays
    up, down = (s.hips for s in (stays if one.stands else stays[::-1]))
    between = slice(one.last, other.first + 1)
    moment = crossing(t[between], rise[between] - (STANDS + SITS) / 2)
    margin = min(up - STANDS, SITS - down, up - down - CHANGE) / error
    return "sits_down" if one.stands else "stands_up", margin, moment
