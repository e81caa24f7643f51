"""Association of stored boxes into tracks: ultralytics' ByteTrack and BoT-SORT, without ever decoding a video.

The trackers only say which boxes belong together. The boxes themselves stay as the detector gave them, never as
the Kalman filter smoothed them. A camera that moves is taken out of the filters' states before each frame, by
our own transforms; the trackers' own estimation of the camera, and re-identification, are off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import numpy as np

#: Frames per second that the trackers' filters are tuned to: MOT videos have 25 to 30.
TUNED_FPS = 30.0


@dataclass(frozen=True)
class TrackerOptions:
    """Parameters of the association, by ultralytics' names.

    Attributes:
        tracker: `bytetrack` or `botsort`.
        track_high_thresh: Score of boxes in the first association.
        track_low_thresh: Score of boxes in the second association.
        new_track_thresh: Score that starts a track.
        track_buffer: Frames for which a lost track is remembered.
        match_thresh: Largest association cost.
        fuse_score: Whether the overlap is multiplied by the score.
    """

    tracker: Literal["bytetrack", "botsort"] = "bytetrack"
    track_high_thresh: float = 0.25
    track_low_thresh: float = 0.1
    new_track_thresh: float = 0.25
    track_buffer: int = 30
    match_thresh: float = 0.8
    fuse_score: bool = True


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
    steps: np.ndarray | None = None,
) -> Association:
    """Tracks of one clip. Classes do not matter: a track's boxes may disagree about them.

    Args:
        boxes: Per sampled frame (n, 4) boxes x1, y1, x2, y2 in pixels.
        scores: Per sampled frame (n,) scores.
        options: Tracker and parameters.
        home: FM_HOME, for the library's own settings.
        interval_s: Seconds between two sampled frames: how far an object may change its velocity in between.
        steps: (frames, 2, 3) maps of the previous frame's pixels to each frame's; None for a still camera.

    Returns:
        The association, ordered by track, then frame. A track's first box is included, although the
        trackers themselves report a track from its second box on.
    """
    tracker = _make(options, home)
    _allow_turns(tracker, interval_s)
    taken: list[tuple[int, int, int]] = []
    for frame, (xyxy, score) in enumerate(zip(boxes, scores, strict=True)):
        if steps is not None and frame > 0:
            _move(tracker.tracked_stracks, steps[frame])
            _move(tracker.lost_stracks, steps[frame])
        tracker.update(_Boxes(xyxy, score, np.arange(len(xyxy))))
        # `cls` carries the box's index: association ignores it, and it always is that of the latest match
        taken += [(t.track_id, frame, int(t.cls)) for t in tracker.tracked_stracks if t.frame_id == tracker.frame_id]
    entries = np.array(sorted(taken), dtype=np.int64).reshape(-1, 3)
    return Association(entries[:, 0], entries[:, 1], entries[:, 2])


def _make(options: TrackerOptions, home: Path) -> Any:
    from fm_resources.detector.yolo import import_ultralytics

    import_ultralytics(home)
    from ultralytics.trackers import BOTSORT, BYTETracker
    from ultralytics.trackers.basetrack import BaseTrack

    arguments = SimpleNamespace(
        track_high_thresh=options.track_high_thresh,
        track_low_thresh=options.track_low_thresh,
        new_track_thresh=options.new_track_thresh,
        track_buffer=options.track_buffer,
        match_thresh=options.match_thresh,
        fuse_score=options.fuse_score,
        gmc_method="none",
        proximity_thresh=0.5,
        appearance_thresh=0.8,
        with_reid=False,
        model="auto",
    )
    BaseTrack._count = 0  # older versions count tracks over the whole process
    return BOTSORT(arguments) if options.tracker == "botsort" else BYTETracker(arguments)


def _allow_turns(tracker: Any, interval_s: float) -> None:
    """Scales the filters' velocity noise with the sampling interval.

    A velocity that wanders evenly in time wanders by `sqrt(interval)` from frame to frame, and counted in pixels
    per frame by `interval` times that. Unscaled, at 10 frames/s, tracks break wherever an object turns.
    """
    growth = (interval_s * TUNED_FPS) ** 1.5
    for kalman in (
        tracker.kalman_filter,
        tracker.init_track(_Boxes(np.ones((1, 4)), np.ones(1), np.zeros(1)))[0].shared_kalman,
    ):
        kalman._std_weight_velocity = growth / 160


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


def _move(tracks: Sequence[Any], step: np.ndarray) -> None:
    """Moves Kalman states (x, y, a or w, h and their velocities) with the camera.

    Centres and their velocities turn and scale, lengths scale, an aspect ratio stays. Moving before predicting
    equals moving after it, since both are linear.
    """
    turn, shift = np.asarray(step[:, :2], dtype=np.float64), np.asarray(step[:, 2], dtype=np.float64)
    scale = float(np.sqrt(abs(np.linalg.det(turn))))
    for track in tracks:
        shape = np.diag([1.0, scale]) if _has_aspect(track) else np.diag([scale, scale])
        part = np.zeros((4, 4))
        part[:2, :2], part[2:, 2:] = turn, shape
        matrix = np.kron(np.eye(2), part)
        track.mean = matrix @ track.mean
        track.mean[:2] += shift
        track.covariance = matrix @ track.covariance @ matrix.T


def _has_aspect(track: Any) -> bool:
    """Whether the state's third component is an aspect ratio (ByteTrack) rather than a width (BoT-SORT)."""
    from ultralytics.trackers.bot_sort import BOTrack

    return not isinstance(track, BOTrack)
