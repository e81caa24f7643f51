"""Videos: facts about a file (`probe`), its frames (`frames`), and clips cut out of it (`cut`).

Times are seconds from the first frame of the video stream, by presentation timestamps; edit lists, late starts and
uneven frame rates are thereby seen as a player shows them. Frames come in display orientation with square pixels.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter

from fm_resources.video_cut import TOLERANCE_S, CutError, FfmpegMissing, cut, ffmpeg_binary
from fm_resources.video_file import (
    BadVideo,
    OpenVideo,
    Orientation,
    decode,
    display_size,
    is_hidden,
    open_video,
    orientation_of,
    packets,
)
from fm_resources.video_probe import VideoInfo, probe
from fm_resources.video_sampling import Sampling, between_samples, says_references

__all__ = [
    "BadVideo",
    "CutError",
    "FfmpegMissing",
    "Frame",
    "FrameReader",
    "VideoInfo",
    "cut",
    "ffmpeg_binary",
    "frames",
    "probe",
]

#: How far before the start a keyframe is looked for, in turn; then the file is decoded from its beginning.
_SEEK_BACK_S = (0.0, 1.0, 5.0, 30.0)
#: MPEG program streams have few timestamps, and those that are inferred after a seek are wrong until the next one.
_RESYNC_S = 3.0
#: The same pixels on every processor.
_EXACT = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.BITEXACT


@dataclass(frozen=True)
class Frame:
    """A sampled frame.

    Attributes:
        index: Number among the frames that were yielded, from 0.
        t_s: Seconds from the clip's start, to the millisecond.
        image: (h, w, 3) RGB or (h, w) grey, uint8, display orientation.
        scale: Width of the image over the full-size width.
    """

    index: int
    t_s: float
    image: np.ndarray
    scale: float


@dataclass(frozen=True)
class _Geometry:
    """How decoded frames become images: the size they are scaled to as stored, and how they are then turned."""

    stored: tuple[int, int]
    orientation: Orientation
    scale: float


class FrameReader:
    """Frames of `start_s <= t < end_s`, decoded as they are asked for; iterate once.

    Sampling: the first frame at or after each instant `start_s + k / fps`, see `Sampling`. Decoding starts at a keyframe
    before the start. Frames that decode with errors are left out, never guessed. Frames between the samples to which no
    other refers are not decoded where the file says which these are; damage is counted in the samples alone then.

    Args:
        path: The video.
        start_s: Start, seconds from the video's first frame.
        end_s: End, exclusive.
        fps: Sampled frames per second; 0: every frame.
        longer_side: Scale down so that the longer side has at most this many pixels.
        width: Scale down to at most this width.
        gray: Grey images instead of RGB.
        bitexact: The same pixels on every processor. Without it they are those that ffmpeg, OpenCV and therefore
            ultralytics make by themselves: the networks' own, and quicker.

    Attributes:
        size: Full-size width and height in display orientation; (0, 0) before the first frame.
        decoded: Frames of the interval that decoded well: all, or the samples where what lies between is left out.
        undecodable: Those that did not; this and `lost_times` are complete once the iteration ended.
    """

    def __init__(
        self,
        path: Path,
        start_s: float,
        end_s: float,
        fps: float,
        *,
        longer_side: int | None = None,
        width: int | None = None,
        gray: bool = False,
        bitexact: bool = True,
    ) -> None:
        self.path, self.start_s, self.end_s, self.fps = Path(path), start_s, end_s, fps
        self.longer_side, self.width, self.format = longer_side, width, "gray" if gray else "rgb24"
        self._interpolation = _EXACT if bitexact else Interpolation.BICUBIC
        self.size = (0, 0)
        self.decoded = self._errors = 0
        self._expected: list[float] = []
        self._shown: set[float] = set()
        self._spare: set[float] = set()
        self._interlaced = 0
        self._reformatter = VideoReformatter()

    @property
    def undecodable(self) -> int:
        """Frames of the interval that are damaged or missing."""
        # a field of an interlaced frame may come as a packet of its own
        return max(self._errors, len(self._expected) - self.decoded - self._interlaced, 0)

    def lost_times(self) -> list[float]:
        """When the damaged or missing frames should have been shown, seconds from the clip's start, rising."""
        if not self.undecodable:
            return []
        return sorted(max(0.0, round(t - self.start_s, 3)) for t in self._expected if t not in self._shown)

    def __iter__(self) -> Iterator[Frame]:
        """Yields the sampled frames.

        Raises:
            BadVideo: The file cannot be opened.
        """
        geometry: _Geometry | None = None
        sampling, index = Sampling(self.start_s, self.fps), 0
        for t_s, decoded in self._interval():
            if t_s not in self._spare:
                self.decoded += 1
                self._shown.add(t_s)
                self._interlaced += bool(decoded.interlaced_frame)
            if geometry is None:
                geometry = self._geometry(decoded)
            if not sampling.takes(t_s):
                continue
            yield Frame(index, max(0.0, round(t_s - self.start_s, 3)), self._image(decoded, geometry), geometry.scale)
            index += 1

    def _interval(self) -> Iterator[tuple[float, av.VideoFrame]]:
        """Times and well decoded frames of the interval."""
        for back in (*_SEEK_BACK_S, None):
            with open_video(self.path) as video:
                self._stream = video.stream
                self._errors, self._expected, self._spare = 0, [], set()
                begin = self.start_s - back if back is not None else 0.0
                if not _seek(video, begin):
                    continue
                if self.fps > 0 and says_references(video):
                    self._spare = between_samples(video, self.start_s, self.end_s, self.fps)
                    if not _seek(video, begin, rewind=True):
                        continue
                found = self._decode(video)
                first = next(found, None)
                # a seek may land behind the start, or at a keyframe that is none
                if back is not None and (first is None or first[0] > self.start_s + TOLERANCE_S):
                    continue
                for t_s, frame in chain([first] if first else [], found):
                    if t_s >= self.end_s - TOLERANCE_S:
                        return
                    if t_s >= self.start_s - TOLERANCE_S:
                        yield t_s, frame
                return

    def _decode(self, video: OpenVideo) -> Iterator[tuple[float, av.VideoFrame]]:
        """Times and well decoded frames from the next keyframe on; of the spare ones those that others refer to."""
        key: int | None = None
        last = 0
        codec = video.stream.codec_context
        for packet in packets(video, video.stream):
            pts = video.packet_pts(packet)
            t_s = video.seconds(pts) if packet.size and pts is not None else math.inf
            wanted = self.start_s - TOLERANCE_S <= t_s < self.end_s - TOLERANCE_S and t_s not in self._spare
            if wanted and not is_hidden(packet, codec.name):
                self._expected.append(t_s)
            if key is None:
                if not packet.is_keyframe or pts is None:
                    continue
                key = pts
            if self._spare:
                codec.skip_frame = "NONREF" if t_s in self._spare else "DEFAULT"
            decoded = decode(packet)
            self._errors += wanted and decoded is None
            for frame in decoded or ():
                shown = video.frame_pts(frame)
                last = shown if shown is not None else last + 1
                # what is shown before the first keyframe refers to frames that were not decoded
                if last >= key:
                    yield video.seconds(last), frame

    def _geometry(self, frame: av.VideoFrame) -> _Geometry:
        orientation = orientation_of(frame)
        self.size = width, height = display_size(frame, self._stream, orientation)
        scale = 1.0
        if self.longer_side:
            scale = min(scale, self.longer_side / max(width, height))
        if self.width:
            scale = min(scale, self.width / width)
        small = max(1, round(width * scale)), max(1, round(height * scale))
        return _Geometry(small[::-1] if orientation.swaps else small, orientation, small[0] / width)

    def _image(self, frame: av.VideoFrame, geometry: _Geometry) -> np.ndarray:
        width, height = geometry.stored
        small = self._reformatter.reformat(frame, width, height, self.format, interpolation=self._interpolation)
        return geometry.orientation.apply(small.to_ndarray())


def frames(
    path: Path,
    start_s: float,
    end_s: float,
    fps: float,
    *,
    longer_side: int | None = None,
    width: int | None = None,
    gray: bool = False,
) -> Iterator[Frame]:
    """Sampled frames of `start_s <= t < end_s`; see `FrameReader`, which also counts what could not be decoded.

    Raises:
        BadVideo: The file cannot be opened.
    """
    return iter(FrameReader(path, start_s, end_s, fps, longer_side=longer_side, width=width, gray=gray))


def _seek(video: OpenVideo, seconds: float, *, rewind: bool = False) -> bool:
    """Moves to the keyframe before a time; at the beginning there is nothing to do, unless packets were read."""
    if video.container.format.name == "mpeg":
        seconds -= _RESYNC_S
    if seconds <= 0 and not rewind:
        return True
    try:
        video.container.seek(video.pts(max(0.0, seconds)), stream=video.stream, backward=True)
    except av.FFmpegError:
        return False
    return True
