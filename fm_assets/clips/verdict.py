"""From the camera's steps to a score and a verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from fm_assets.clips.camera import STRAY, Camera, Step, stray
from fm_assets.settings import ClipsSettings


@dataclass(frozen=True)
class CameraScore:
    """The paper's camera score `s_m` (section 3.1) and its four terms.

    `dt` is the shift of the frame's centre in frame diagonals per second, `dr` the turn in the image plane in
    radians per second, each over one step; zoom is in neither. The paper takes translation and rotation of a camera
    in space, per sampled frame and in a model's own scale, so its threshold does not carry over as a number. Steps
    that are not reliable do not count.

    Attributes:
        score: `a * mean_dt + b * mean_dr + c * max_dt + d * max_dr`.
        mean_dt: Mean shift, frame diagonals/s.
        mean_dr: Mean turn, rad/s.
        max_dt: Largest shift.
        max_dr: Largest turn.
    """

    score: float
    mean_dt: float
    mean_dr: float
    max_dt: float
    max_dr: float


@dataclass(frozen=True)
class Verdict:
    """What becomes of a clip.

    Attributes:
        camera_verdict: static, compensated, unreliable, kept or dropped.
        frame_of_reference: image, stabilised, or none where no motion may be stated.
        status: keep or drop.
        reason: Why it was dropped; empty when kept.
    """

    camera_verdict: str
    frame_of_reference: str
    status: str = "keep"
    reason: str = ""


def camera_score(camera: Sequence[Step], size: tuple[int, int], settings: ClipsSettings) -> CameraScore:
    """The camera's score over a clip.

    Args:
        camera: The steps of the clip; the first belongs to no motion.
        size: Full-size width and height, pixels.
        settings: Section `clips`.
    """
    pairs = [(step, step.t_s - last.t_s) for last, step in pairwise(camera)]
    rates = [
        (_shift(step, size) / math.hypot(*size) / seconds, abs(math.atan2(step.b, step.a)) / seconds)
        for step, seconds in pairs
        if step.reliable and seconds > 0
    ]
    if not rates:
        return CameraScore(0.0, 0.0, 0.0, 0.0, 0.0)
    mean_dt, mean_dr = (float(v) for v in np.mean(rates, axis=0))
    max_dt, max_dr = (float(v) for v in np.max(rates, axis=0))
    score = (
        settings.weight_mean_dt * mean_dt
        + settings.weight_mean_dr * mean_dr
        + settings.weight_max_dt * max_dt
        + settings.weight_max_dr * max_dr
    )
    return CameraScore(score, mean_dt, mean_dr, max_dt, max_dr)


def judge(camera: Camera, score: CameraScore, size: tuple[int, int], settings: ClipsSettings) -> Verdict:
    """The verdict on a clip.

    A camera stands still where no frame corner ever strays further than `static_px` from the first frame (twice that
    where the clip as a whole says that it does). A moving one is compensated, dropped above the threshold, or kept as it is, as
    the policy says. With too many steps that are not reliable nothing is known about the camera, and no motion may be
    stated, unless the policy is to keep clips as they are.

    Args:
        camera: The camera over the clip.
        score: Its score.
        size: Full-size width and height, pixels.
        settings: Section `clips`.
    """
    policy = settings.camera_policy
    if policy == "drop" and score.score > settings.camera_threshold:
        reason = (
            f"the camera moves: s_m = {score.score:.3g} exceeds clips.camera_threshold = {settings.camera_threshold:g}"
        )
        return Verdict("dropped", "none", "drop", reason)
    known = unreliable_share(camera.steps) <= settings.max_unreliable
    strayed = stray(camera.steps, size)
    # what is still as a whole may tremble, but a slow zoom is not still
    if (known and strayed < settings.static_px) or (camera.still and strayed < STRAY * settings.static_px):
        return Verdict("static", "image")
    if policy != "keep" and not known:
        return Verdict("unreliable", "none")
    return Verdict("compensated", "stabilised") if policy == "compensate" else Verdict("kept", "image")


def unreliable_share(camera: Sequence[Step]) -> float:
    """Share of the time between the first frame and the last over which steps are not reliable; 1 where there is none."""
    spans = [(step.t_s - last.t_s, step.reliable) for last, step in pairwise(camera)]
    total = sum(seconds for seconds, _ in spans)
    return sum(seconds for seconds, reliable in spans if not reliable) / total if total > 0 else 1.0


def _shift(step: Step, size: tuple[int, int]) -> float:
    """How far a step moves the frame's centre, pixels."""
    x, y = size[0] / 2, size[1] / 2
    return math.hypot(step.a * x - step.b * y + step.tx - x, step.b * x + step.a * y + step.ty - y)
