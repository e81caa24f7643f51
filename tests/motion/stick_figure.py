"""A stick figure with exact joint angles, as a person's track with the keypoints of COCO.

Proportions are those of Drillis and Contini 1966, in body heights. The body stands in axes x to the image's right, y up,
z towards the camera; it faces the camera where its yaw is 0, so that its left is at the image's right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from motion_paths import CLIP, track_row

THIGH, SHANK, ANKLE, TORSO, UPPER_ARM, FOREARM = 0.245, 0.246, 0.039, 0.288, 0.186, 0.146
SHOULDER, HIP, FOOT = 0.1295, 0.0955, 0.05
#: COCO's keypoints, left and right exchanged.
OTHER_SIDE = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15]
WIDTH, HEIGHT = 1280, 720
HANGS = 10.0


@dataclass
class Figure:
    """Joint angles over time, degrees, each a number or (n,).

    Attributes:
        arms: (left, right) angle of the upper arm in the body's plane: 0 hangs, 90 points aside, 180 up.
        forearms: The same of the forearm.
        thighs: Angle of the thighs: 0 hang, 90 point ahead.
        shanks: Angle of the shanks: 0 hang, 90 point back (as who kneels).
        lean: Angle by which the torso leans aside.
        yaw: 0 faces the camera, 90 looks to the image's left.
    """

    arms: tuple[np.ndarray | float, np.ndarray | float] = (HANGS, HANGS)
    forearms: tuple[np.ndarray | float, np.ndarray | float] | None = None
    thighs: np.ndarray | float = 0.0
    shanks: np.ndarray | float = 0.0
    lean: np.ndarray | float = 0.0
    yaw: float = 0.0

    def at(self, t: np.ndarray) -> np.ndarray:
        """Joints (n, 17, 2) in body heights, x to the right, y up, the middle of the feet at the origin."""
        zero = np.zeros(len(t))

        def limb(angle: np.ndarray | float, axis: np.ndarray) -> np.ndarray:
            a = np.radians(angle + zero)[:, None]
            return -np.cos(a) * np.array([0.0, 1.0, 0.0]) + np.sin(a) * axis

        ahead, aside = np.array([0.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0])
        joints = np.zeros((len(t), 17, 3))
        to_knee, to_ankle = THIGH * limb(self.thighs, ahead), SHANK * limb(self.shanks, -ahead)
        hips = np.stack([zero, ANKLE - to_knee[:, 1] - to_ankle[:, 1], -(to_knee + to_ankle)[:, 2]], axis=1)
        up = -limb(self.lean, -aside)
        neck = hips + TORSO * up
        forearms = self.arms if self.forearms is None else self.forearms
        for k, (side, arm, forearm) in enumerate(zip((1.0, -1.0), self.arms, forearms, strict=True)):
            joints[:, 5 + k] = neck + SHOULDER * side * aside
            joints[:, 7 + k] = joints[:, 5 + k] + UPPER_ARM * limb(arm, side * aside)
            joints[:, 9 + k] = joints[:, 7 + k] + FOREARM * limb(forearm, side * aside)
            joints[:, 11 + k] = hips + HIP * side * aside
            joints[:, 13 + k] = joints[:, 11 + k] + to_knee
            joints[:, 15 + k] = joints[:, 13 + k] + to_ankle
        for k, (x, y) in enumerate([(0.0, 0.1), (0.02, 0.115), (-0.02, 0.115), (0.04, 0.1), (-0.04, 0.1)]):
            joints[:, k] = neck + np.array([x, 0.0, 0.03]) + y * up
        turned = np.radians(self.yaw)
        x = joints[..., 0] * np.cos(turned) - joints[..., 2] * np.sin(turned)
        return np.stack([x, joints[..., 1]], axis=2)


def ease(t: np.ndarray, start: float, end: float, before: float, after: float) -> np.ndarray:
    """Goes from one angle to the other between two moments."""
    return before + (after - before) * np.clip((t - start) / (end - start), 0.0, 1.0)


def person_row(
    t: np.ndarray,
    figure: Figure,
    *,
    height: float | np.ndarray = 0.7,
    feet: tuple[float, float] = (0.9, 0.9),
    noise_px: float = 0.0,
    seed: int = 0,
    mirror: bool = False,
    swap: np.ndarray | None = None,
    missing: tuple[int, ...] = (),
    missing_at: np.ndarray | None = None,
    class_name: str = "person",
    number: int = 0,
    clip_id: str = CLIP,
) -> dict:
    """A person's row of `tracks`.

    Args:
        t: (n,) seconds.
        figure: The joint angles at those times.
        height: Body height, frame heights; (n,) of who comes nearer.
        feet: Where it stands, frame heights, y down.
        noise_px: Deviation of a keypoint's coordinate.
        seed: Of the noise.
        mirror: Whether the image is mirrored; left and right stay the person's own.
        swap: (n,) bool, where the network takes left for right.
        missing: Keypoints that score 0.1.
        missing_at: (n,) bool, where they do; everywhere if None.
    """
    tall = np.broadcast_to(np.asarray(height, dtype=float), t.shape) * HEIGHT
    joints = figure.at(t) * tall[:, None, None]
    points = np.stack([feet[0] * HEIGHT + joints[..., 0], feet[1] * HEIGHT - joints[..., 1]], axis=2)
    points += np.random.default_rng(seed).normal(0.0, noise_px, points.shape) if noise_px else 0.0
    if mirror:
        points = (points * [-1.0, 1.0] + [WIDTH, 0.0])[:, OTHER_SIDE]
    if swap is not None:
        points[swap] = points[swap][:, OTHER_SIDE]
    scores = np.full(points.shape[:2], 0.9)
    for joint in missing:
        scores[slice(None) if missing_at is None else missing_at, joint] = 0.1
    pad = 0.06 * tall[:, None]
    boxes = np.concatenate([points.min(axis=1) - pad, points.max(axis=1) + pad], axis=1)
    boxes = np.clip(boxes, 0.0, [WIDTH, HEIGHT, WIDTH, HEIGHT])
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    row = track_row(t, middle / HEIGHT, number=number, clip_id=clip_id, class_name=class_name, cut=False)
    for i, box in enumerate(row["boxes"]):
        box |= dict(zip(("x1", "y1", "x2", "y2"), boxes[i].tolist(), strict=True))
        box["keypoints"] = [
            {"x": x, "y": y, "score": s} for (x, y), s in zip(points[i].tolist(), scores[i].tolist(), strict=True)
        ]
    return row
