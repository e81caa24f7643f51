"""The camera measured again where boxes help: with the detected objects masked out.

`filtered_clips` measures the camera before anything is detected. Where that did not come out reliable, or where boxes
cover so much of the frame that it may have followed the objects, the step is measured again between the frames that
the detector looks at, on the corners outside of all boxes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import numpy as np

from fm_assets.clips.camera import Trust, quiet, step_between
from fm_assets.clips.corners import REFERENCE_WIDTH
from fm_assets.clips.grey import shrunk
from fm_assets.settings import ClipsSettings
from fm_resources.rows import TIME_TOLERANCE_S
from fm_resources.video import Frame

#: Boxes are widened by this share of their size and this many pixels at the reference width: they seldom fit tightly.
WIDEN_SHARE, WIDEN_PX = 0.04, 3.0
#: Boxes of a lower score are not masked out.
MIN_SCORE = 0.2
#: Above this share of the frame under boxes also a reliable step is measured again.
CROWDED = 0.35
#: Distances within which a transform is fitted: with the objects gone, what disagrees is depth, so more may.
FIT_PX = (0.25, 0.5, 1.0)
#: Where this share of the corners is found near their places, none is looked for far away: what may stay in place
#: while the background moves far lies under a box.
FAR_BELOW = 0.8


class Refiner:
    """Watches a clip's frames on their way into the detector, and their boxes on the way out.

    Args:
        clip: Its row of `filtered_clips`.
        settings: Section `clips`.
    """

    def __init__(self, clip: Mapping[str, Any], settings: ClipsSettings) -> None:
        self._size = (int(clip["width"]), int(clip["height"]))
        self._width = settings.camera_width_px
        self._ratio = settings.min_inlier_ratio
        self._moving = clip["frame_of_reference"] != "image"
        self._doubtful = _doubtful(clip["camera"])
        self._greys: dict[int, np.ndarray] = {}
        self._last: tuple[float, np.ndarray, np.ndarray] | None = None

    def seen(self, frames: Iterable[Frame]) -> Iterator[Frame]:
        """The frames as they come, each remembered small until its boxes are there."""
        for frame in frames:
            if self._moving:
                self._greys[frame.index] = quiet(shrunk(frame.image, self._width))
            yield frame

    def step(self, index: int, t_s: float, xyxy: np.ndarray, score: np.ndarray) -> list[dict[str, Any]]:
        """The step from the previous sampled frame to this one, as the column `camera` holds it: none or one.

        Args:
            index: Number of the frame; frames come in order.
            t_s: Its time.
            xyxy: (n, 4) its boxes, full-size pixels.
            score: (n,) their scores.
        """
        if not self._moving:
            return []
        grey, last = self._greys.pop(index), self._last
        free = free_of(xyxy[score >= MIN_SCORE], self._size, grey.shape)
        self._last = (t_s, grey, free)
        if last is None:
            return []
        began_s, before, free_before = last
        crowded = min(free.mean(), free_before.mean()) < 1.0 - CROWDED
        if not crowded and not any(
            b < t_s - TIME_TOLERANCE_S and e > began_s + TIME_TOLERANCE_S for b, e in self._doubtful
        ):
            return []
        # where the detector saw nothing, what it did not see may still fill the frame
        bare = bool(free.all() and free_before.all())
        trust = Trust(self._ratio, fit_px=FIT_PX, bare=bare, far_below=math.inf if bare else FAR_BELOW)
        return [asdict(step_between(before, grey, t_s, self._size, trust, (free_before, free)))]


def free_of(xyxy: np.ndarray, size: tuple[int, int], shape: tuple[int, ...]) -> np.ndarray:
    """Where in a small frame of shape (h, w) no box lies: bool (h, w); boxes (n, 4) in pixels of the full size."""
    height, width = shape[:2]
    free = np.ones((height, width), bool)
    pad = WIDEN_PX * width / REFERENCE_WIDTH
    for box in np.asarray(xyxy, np.float64).reshape(-1, 4):
        x1, y1, x2, y2 = box * np.tile(np.array([width, height]) / size, 2)
        wider, higher = WIDEN_SHARE * (x2 - x1) + pad, WIDEN_SHARE * (y2 - y1) + pad
        left, top = max(0, math.floor(x1 - wider)), max(0, math.floor(y1 - higher))
        free[top : max(0, math.ceil(y2 + higher)), left : max(0, math.ceil(x2 + wider))] = False
    return free


def _doubtful(camera: list[dict[str, Any]]) -> list[tuple[float, float]]:
    """Begin and end of each step that is not reliable."""
    return [(before["t_s"], step["t_s"]) for before, step in pairwise(camera) if not step["reliable"]]
