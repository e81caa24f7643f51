"""Hands of tracked people, from the wrists and elbows of their keypoints.

The rule is that of OpenPose's hand detector (Simon et al. 2017, "Hand Keypoint Detection in Single Images using
Multiview Bootstrapping"; `handDetector.cpp`): the hand's centre lies a third of the forearm beyond the wrist, and the
size goes by the longer of the forearm and 0.9 of the upper arm, so that a forearm that points at the camera does not
shrink the hand. OpenPose takes a search window of 1.5 forearms; a box of the hand itself is as long as the hand, which
is 0.74 of the forearm (0.108 and 0.146 of the body's height: Drillis and Contini 1966).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from fm_assets.settings_sections import TracksSettings
from fm_assets.tracks.parts import SIDES, part_id
from fm_assets.tracks.points import long_enough, track_points
from fm_resources.detector.base import KEYPOINTS, CameraPath

#: COCO's numbers of shoulder, elbow and wrist, by side of the person.
ARMS = {"left": (5, 7, 9), "right": (6, 8, 10)}
#: How far beyond the wrist the hand's centre lies, and the side of its box, in forearms.
BEYOND, SIDE = 0.33, 0.74
#: What an upper arm counts for as a forearm.
UPPER_ARM = 0.9
#: Least and largest side of a hand's box, in longer sides of the person's box.
LEAST, LARGEST = 0.05, 0.2
#: A hand whose centre is inside, but less than this share of whose box, is not seen.
INSIDE = 0.25


class Hands(NamedTuple):
    """Hand boxes of one side.

    Attributes:
        xyxy: (n, 4) boxes cut to the frame, pixels; only those that are seen mean anything.
        score: (n,) the smaller score of wrist and elbow.
        seen: (n,) bool.
    """

    xyxy: np.ndarray
    score: np.ndarray
    seen: np.ndarray


def hand_boxes(
    keypoints: np.ndarray, person: np.ndarray, side: str, *, frame_size: tuple[int, int], min_score: float
) -> Hands:
    """Hand boxes by the rule of this module.

    Nothing is seen where wrist or elbow score less than `min_score`, where the wrist or the hand's centre is outside
    the frame, or where most of the hand would be.

    Args:
        keypoints: (n, 17, 3) x, y in pixels and score.
        person: (n, 4) boxes of the person, pixels.
        side: left or right, as the person calls it.
        frame_size: Width and height, pixels.
        min_score: Least score of wrist and elbow.
    """
    shoulder, elbow, wrist = (keypoints[:, k] for k in ARMS[side])
    forearm = wrist[:, :2] - elbow[:, :2]
    upper = np.where(shoulder[:, 2] >= min_score, np.linalg.norm(elbow[:, :2] - shoulder[:, :2], axis=1), 0.0)
    body = (person[:, 2:] - person[:, :2]).max(axis=1)
    length = np.maximum(np.linalg.norm(forearm, axis=1), UPPER_ARM * upper)
    size = np.clip(SIDE * length, LEAST * body, LARGEST * body)[:, None]
    centre = wrist[:, :2] + BEYOND * forearm
    frame = np.array(frame_size, dtype=np.float64)
    xyxy = np.concatenate([np.clip(centre - size / 2, 0, frame), np.clip(centre + size / 2, 0, frame)], axis=1)
    score = np.minimum(wrist[:, 2], elbow[:, 2])
    inside = ((wrist[:, :2] >= 0) & (wrist[:, :2] <= frame) & (centre >= 0) & (centre <= frame)).all(axis=1)
    whole = (xyxy[:, 2:] - xyxy[:, :2]).prod(axis=1) >= INSIDE * size[:, 0] ** 2
    return Hands(xyxy, score, (score >= min_score) & inside & whole & (size[:, 0] > 0))


def hand_rows(
    rows: Sequence[Mapping[str, Any]], settings: TracksSettings, stabilise: CameraPath | None = None
) -> list[dict[str, Any]]:
    """Rows of the hands of all tracks with keypoints, in order of the tracks, left before right.

    A hand lives no longer than its person's track; its gaps are bridged, and short ones dropped, like a track's own.

    Args:
        rows: Rows of `tracks` of one clip.
        settings: Settings of `tracks`.
        stabilise: The camera's path, where the clip has a stabilised frame.

    Raises:
        ValueError: A box has another number of keypoints than 17.
    """
    if not settings.hands:
        return []
    made = (_hand_row(row, side, settings, stabilise) for row in rows for side in SIDES)
    return [row for row in made if row is not None]


def _hand_row(
    row: Mapping[str, Any], side: str, settings: TracksSettings, stabilise: CameraPath | None
) -> dict[str, Any] | None:
    points = row["boxes"]
    known = np.array(
        [i for i, p in enumerate(points) if p["observed"] and p.get("keypoints") is not None], dtype=np.int64
    )
    if not len(known):
        return None
    person = np.array([[points[i][edge] for edge in ("x1", "y1", "x2", "y2")] for i in known], dtype=np.float64)
    found = hand_boxes(
        _keypoints(row, known), person, side,
        frame_size=(row["width"], row["height"]), min_score=settings.hand_min_score,
    )  # fmt: skip
    at, score = known[found.seen], found.score[found.seen]
    times = np.array([p["t_s"] for p in points], dtype=np.float64)
    if not long_enough(at, times, settings.min_track_s):
        return None
    made = track_points(
        at, found.xyxy[found.seen], score,
        numbers=np.array([p["frame"] for p in points], dtype=np.int64), times=times,
        maps=None if stabilise is None else stabilise(times), size=(row["width"], row["height"]), settings=settings,
    )  # fmt: skip
    same = ("clip_id", "width", "height", "clip_s", "frame_of_reference")
    return (
        made
        | {name: row[name] for name in same}
        | {
            "track_id": part_id(row["track_id"], side),
            "parent_track_id": row["track_id"],
            "side": side,
            "class": "hand",
            "class_share": row["class_share"],
            "colour": "",
            "colour_share": 0.0,
            "contacts": [],
        }
    )


def _keypoints(row: Mapping[str, Any], known: np.ndarray) -> np.ndarray:
    """Keypoints (n, 17, 3) of some of a track's boxes."""
    bodies = [row["boxes"][i]["keypoints"] for i in known]
    wrong = next((len(body) for body in bodies if len(body) != KEYPOINTS), None)
    if wrong is not None:
        raise ValueError(
            f"{row['track_id']}: a box has {wrong} keypoints, where hands need the {KEYPOINTS} of a COCO body; use "
            "pose weights trained on COCO, or set tracks.hands = false"
        )
    return np.array([[(k["x"], k["y"], k["score"]) for k in body] for body in bodies], dtype=np.float64)
