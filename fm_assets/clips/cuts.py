"""Cuts: where one scene ends and another begins, by PySceneDetect on frames that we decode.

The detector compares each frame with the one before in hue, saturation and brightness, and calls it a cut where the
difference stands out from that of the frames around it, so that a fast pan is none.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from fm_assets.clips.camera import Step
from fm_assets.settings import ClipsSettings
from fm_resources.video import Frame, FrameReader

#: Width of the frames that are compared.
WIDTH = 160
#: Frames to each side that a difference is compared with, and the least difference that can be a cut (of 255).
AROUND, LEAST = 2, 10.0
#: A step with fewer agreeing corners may hide a cut, which is then looked for this far around it.
SUSPECT_RATIO, LOOK_S = 0.3, 0.6

#: Nominal rate of the frame numbers that PySceneDetect counts with; times are ours.
_FPS = 25.0


def cuts(frames: Iterable[Frame], threshold: float) -> list[float]:
    """Times of the first frames after cuts, on the clock of the frames.

    Args:
        frames: Every frame of a part of a video, in colour and small.
        threshold: How many times a cut's difference exceeds that of the frames around it.
    """
    from scenedetect import AdaptiveDetector, FrameTimecode

    detector = AdaptiveDetector(
        adaptive_threshold=threshold, min_scene_len=AROUND, window_width=AROUND, min_content_val=LEAST
    )
    found: list[float] = []
    times: list[float] = []

    for image, t_s in _with_neighbours(frames):
        times.append(t_s)
        at = FrameTimecode(len(times) - 1, _FPS)
        found += [times[cut.frame_num] for cut in detector.process_frame(at, image)]
    return found


def _with_neighbours(frames: Iterable[Frame]) -> Iterator[tuple[np.ndarray, float]]:
    """The frames as BGR, and their times; the first and the last stand in for neighbours that they lack."""
    last: tuple[np.ndarray, float] | None = None
    for frame in frames:
        first, last = last is None, (np.ascontiguousarray(frame.image[:, :, ::-1]), frame.t_s)
        yield from [last] * (1 + AROUND if first else 1)
    if last is not None:
        yield from [last] * AROUND


def cuts_between(path: Path, start_s: float, end_s: float, threshold: float) -> list[float]:
    """Times of cuts in a part of a video, seconds from its first frame, to the millisecond.

    Raises:
        BadVideo: The file cannot be opened.
    """
    reader = FrameReader(path, start_s, end_s, 0, width=WIDTH)
    return [round(start_s + t_s, 3) for t_s in cuts(reader, threshold)]


def suspected_cuts(path: Path, start_s: float, end_s: float, steps: Sequence[Step], threshold: float) -> list[float]:
    """Times of cuts in a clip, looked for only where its camera's steps make one likely.

    Over a cut hardly any corners agree, so a clip in which they do everywhere costs nothing.

    Args:
        path: The video.
        start_s: Start of the clip in it.
        end_s: Its end.
        steps: The clip's camera.
        threshold: See `cuts`.

    Raises:
        BadVideo: The file cannot be opened.
    """
    spans: list[tuple[float, float]] = []
    for step in steps[1:]:
        if step.reliable or step.inlier_ratio >= SUSPECT_RATIO:
            continue
        begin, end = max(0.0, step.t_s - LOOK_S), step.t_s + LOOK_S
        if spans and begin <= spans[-1][1]:
            begin = spans.pop()[0]
        spans.append((begin, end))
    found = [cuts_between(path, start_s + b, min(start_s + e, end_s), threshold) for b, e in spans]
    return [cut for some in found for cut in some]


def split(start_s: float, end_s: float, at: Iterable[float]) -> list[tuple[float, float]]:
    """The parts of an interval between cuts, in order."""
    edges = [start_s, *sorted({cut for cut in at if start_s < cut < end_s}), end_s]
    return list(pairwise(edges))


def windows(scene: tuple[float, float], settings: ClipsSettings) -> list[tuple[float, float]]:
    """A scene as clips of equal length, none longer than `clips.max_s`."""
    start_s, end_s = scene
    count = max(1, math.ceil((end_s - start_s - 1e-6) / settings.max_s))
    edges = [round(start_s + (end_s - start_s) * k / count, 3) for k in range(count + 1)]
    return list(pairwise(edges))
