"""Which frames of a video are sampled, and which of the others need not be decoded."""

from __future__ import annotations

import math

from fm_resources.video_cut import TOLERANCE_S
from fm_resources.video_file import OpenVideo, is_hidden, packets

#: Where a packet is a whole frame whose timestamp says when it is shown.
_WHOLE_FRAMES = ("mp4", "matroska")
#: Where frames say by themselves whether others refer to them. HEVC's say so of their own temporal layer only.
_SAY_REFERENCE = ("h264",)


class Sampling:
    """Takes the first frame at or after each instant `start_s + k / fps`; ask it of each frame, by time.

    A millisecond early is on time (containers round timestamps); a frame is used once, so an instant that has no frame
    of its own is left out.

    Args:
        start_s: First instant, seconds.
        fps: Instants per second; 0: every frame is taken.
    """

    def __init__(self, start_s: float, fps: float) -> None:
        self._start_s, self._fps, self._due = start_s, fps, 0

    def takes(self, t_s: float) -> bool:
        """Whether the frame at this time is a sample."""
        elapsed = t_s - self._start_s + TOLERANCE_S
        if self._fps > 0 and elapsed * self._fps < self._due:
            return False
        self._due = math.floor(elapsed * self._fps) + 1
        return True


def says_references(video: OpenVideo) -> bool:
    """Whether `between_samples` can be asked of a file."""
    container, codec = video.container.format.name, video.stream.codec_context.name
    return codec in _SAY_REFERENCE and any(name in container for name in _WHOLE_FRAMES)


def between_samples(video: OpenVideo, start_s: float, end_s: float, fps: float) -> set[float]:
    """Times of the frames up to `end_s` that are no samples: the decoder may leave out those to which none refers.

    The packets are read from where the file stands, so it has to be sought again afterwards. Empty where the packets
    do not say when they are shown.

    Args:
        video: The file, at the keyframe from which decoding will start.
        start_s: Start, seconds from the video's first frame.
        end_s: End, exclusive.
        fps: Sampled frames per second; 0: every frame.
    """
    times = []
    for packet in packets(video, video.stream):
        if not packet.size or is_hidden(packet, video.stream.codec_context.name):
            continue
        if packet.pts is None:
            return set()
        if packet.dts is not None and video.seconds(packet.dts) >= end_s:
            break  # what follows is decoded later, so it is shown later
        times.append(video.seconds(packet.pts))
    sampling = Sampling(start_s, fps)
    shown = sorted(t for t in times if start_s - TOLERANCE_S <= t < end_s - TOLERANCE_S)
    return {t for t in times if t < end_s - TOLERANCE_S} - {t for t in shown if sampling.takes(t)}
