"""Association of stored boxes into tracks by ultralytics' trackers, without ever decoding a video.

The trackers only say which boxes belong together. The boxes themselves stay as the detector gave them, never as the
Kalman filter smoothed them. Where the camera moves, the trackers are given the boxes as they would lie in the
stabilised frame: whatever a tracker remembers (states, past observations, velocities) is then free of the camera. The
trackers' own estimation of the camera, and re-identification, need pictures and are off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal, get_args

import numpy as np

TrackerName = Literal["bytetrack", "botsort", "ocsort", "fasttrack"]
TRACKERS: tuple[TrackerName, ...] = get_args(TrackerName)

#: Parameters, by ultralytics' names, that every tracker reads.
COMMON = ("track_high_thresh", "track_low_thresh", "new_track_thresh", "track_buffer", "match_thresh", "fuse_score")
#: Tracker -> parameters that only it reads.
OWN: dict[str, tuple[str, ...]] = {
    "bytetrack": (),
    "botsort": (),
    "ocsort": ("delta_t", "inertia", "use_byte"),
    "fasttrack": (
        "reset_velocity_offset_occ", "reset_pos_offset_occ", "enlarge_bbox_occ", "dampen_motion_occ",
        "active_occ_to_lost_thresh", "occ_cover_thresh", "occ_reappear_window", "init_iou_suppress",
    ),
}  # fmt: skip

#: Frames per second that the trackers' filters are tuned to: MOT videos have 25 to 30.
TUNED_FPS = 30.0
#: The Kalman filters' velocity noise per frame, over the height of the box.
_VELOCITY_NOISE = 1 / 160


@dataclass(frozen=True)
class TrackerOptions:
    """Parameters of the association.

    Attributes:
        tracker: Which.
        parameters: `COMMON` and the tracker's `OWN`, by ultralytics' names.
        turn_exponent: How the filters' velocity noise grows with the time between samples, see `_allow_turns`.
    """

    tracker: TrackerName = "botsort"
    parameters: Mapping[str, float | int | bool] = field(default_factory=dict)
    turn_exponent: float = 1.5


@dataclass(frozen=True)
class Association:
    """Which box belongs to which track; one entry per box that was taken.

    Attributes:
        track: (m,) int64, number of the track within the clip.
        frame: (m,) int64, index of the frame.
        box: (m,) int64, index of the box within its frame.
    """

    track: np.ndarray
    frame: np.ndarray
    box: np.ndarray


def associate(
    boxes: Sequence[np.ndarray],
    scores: Sequence[np.ndarray],
    options: TrackerOptions,
    home: Path,
    *,
    interval_s: float,
    maps: np.ndarray | None = None,
) -> Association:
    """Tracks of one clip. Classes do not matter: a track's boxes may disagree about them.

    Args:
        boxes: Per sampled frame (n, 4) boxes x1, y1, x2, y2 in pixels.
        scores: Per sampled frame (n,) scores.
        options: Tracker and parameters.
        home: FM_HOME, for the library's own settings.
        interval_s: Seconds between two sampled frames: how far an object may change its velocity in between.
        maps: (frames, 2, 3) maps of each frame's pixels into the stabilised frame; None for a still camera.

    Returns:
        The association, ordered by track, then frame. A track's first box is included, although the
        trackers themselves report a track from its second box on.
    """
    tracker = _make(options, home)
    _allow_turns(tracker, interval_s, options.turn_exponent)
    taken: list[tuple[int, int, int]] = []
    for frame, (xyxy, score) in enumerate(zip(boxes, scores, strict=True)):
        steady = xyxy if maps is None else stabilised(xyxy, maps[frame])
        tracker.update(_Boxes(steady, score, np.arange(len(xyxy))))
        # `cls` carries the box's index: association ignores it, and it always is that of the latest match
        taken += [(t.track_id, frame, int(t.cls)) for t in tracker.tracked_stracks if t.frame_id == tracker.frame_id]
    entries = np.array(sorted(taken), dtype=np.int64).reshape(-1, 3)
    return Association(entries[:, 0], entries[:, 1], entries[:, 2])


def stabilised(xyxy: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Boxes (n, 4) under a similarity (2, 3): centres are mapped, sides scaled, none is turned."""
    boxes = np.asarray(xyxy, dtype=np.float64).reshape(-1, 4)
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2 @ matrix[:, :2].T + matrix[:, 2]
    half = (boxes[:, 2:] - boxes[:, :2]) / 2 * scale
    return np.concatenate([centre - half, centre + half], axis=1)


def _make(options: TrackerOptions, home: Path) -> Any:
    from fm_resources.detector.network import import_ultralytics

    import_ultralytics(home)
    from ultralytics.trackers import BOTSORT, BYTETracker
    from ultralytics.trackers.basetrack import BaseTrack
    from ultralytics.trackers.fast_tracker import FASTTracker
    from ultralytics.trackers.oc_sort import OCSORT

    makers: dict[TrackerName, Any] = {
        "bytetrack": BYTETracker, "botsort": BOTSORT, "ocsort": OCSORT, "fasttrack": FASTTracker,
    }  # fmt: skip
    off = {"gmc_method": "none", "with_reid": False, "model": "auto", "proximity_thresh": 0.5, "appearance_thresh": 0.8}
    BaseTrack._count = 0  # older versions count tracks over the whole process
    return makers[options.tracker](SimpleNamespace(**off, **options.parameters))


def _allow_turns(tracker: Any, interval_s: float, exponent: float) -> None:
    """Scales the filters' velocity noise with the sampling interval, by `(interval * 30) ** exponent`.

    A velocity that wanders evenly in time wanders by `sqrt(interval)` from frame to frame, and counted in pixels per
    frame by `interval` times that: an exponent of 1.5. Unscaled, at 10 frames/s, tracks break wherever an object
    turns sharply; scaled in full, those of people in a crowd are swapped more often.
    """
    for kalman in (
        tracker.kalman_filter,
        tracker.init_track(_Boxes(np.ones((1, 4)), np.ones(1), np.zeros(1)))[0].shared_kalman,
    ):
        kalman._std_weight_velocity = max(1.0, interval_s * TUNED_FPS) ** exponent * _VELOCITY_NOISE


class _Boxes:
    """Boxes as ultralytics' trackers take them: `xyxy`, `xywh`, `conf`, `cls`, and boolean indexing."""

    def __init__(self, xyxy: np.ndarray, conf: np.ndarray, cls: np.ndarray) -> None:
        self.xyxy = np.asarray(xyxy, dtype=np.float32).reshape(-1, 4)
        self.conf = np.asarray(conf, dtype=np.float32)
        self.cls = np.asarray(cls)

    @property
    def xywh(self) -> np.ndarray:
        """(n, 4) centre, width, height."""
        size = self.xyxy[:, 2:] - self.xyxy[:, :2]
        return np.concatenate([self.xyxy[:, :2] + size / 2, size], axis=1)

    def __len__(self) -> int:
        return len(self.conf)

    def __getitem__(self, chosen: np.ndarray) -> _Boxes:
        return _Boxes(self.xyxy[chosen], self.conf[chosen], self.cls[chosen])
