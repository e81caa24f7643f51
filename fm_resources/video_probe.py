"""What a video file is: size, rate, duration; and whether it can be decoded from its first to its last second."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

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

#: The spacing of frames is judged over this many seconds, and at most this many packets.
HEAD_S, HEAD_PACKETS = 5.0, 600
#: This much of the end must be there and decode.
TAIL_S = 1.0
#: A file may end this much before what its header declares: sound and picture rarely end together.
EARLY_S = 0.5


@dataclass(frozen=True)
class VideoInfo:
    """Facts about a video file.

    Attributes:
        container: Container format as ffmpeg names it.
        codec: Video codec as ffmpeg names it.
        width: Width in display orientation, square pixels.
        height: Height in display orientation.
        rotation: Clockwise degrees that bring stored frames to display orientation: 0, 90, 180 or 270.
        fps: Average frame rate.
        duration_s: Seconds from the first to the end of the last frame.
        frames: Number of frames that the container declares or, failing that, an estimate.
        variable_fps: Whether the frames of the first seconds are unevenly spaced.
        has_audio: Whether there is an audio stream.
        comment: The container's comment tag; empty without one.
    """

    container: str
    codec: str
    width: int
    height: int
    rotation: int
    fps: float
    duration_s: float
    frames: int
    variable_fps: bool
    has_audio: bool
    comment: str


@dataclass(frozen=True)
class _Head:
    """The first seconds: a decoded frame's shape, and the timestamps (n,) in seconds, ascending."""

    size: tuple[int, int]
    orientation: Orientation
    times: np.ndarray


@dataclass
class _Tail:
    """How far a file reaches, in seconds from the video's first frame.

    Attributes:
        last_s: Start of the last video packet.
        video_s: End of the last video packet.
        any_s: End of the last packet of any stream.
        good_s: Time of the last frame that decodes.
    """

    last_s: float = 0.0
    video_s: float = 0.0
    any_s: float = 0.0
    good_s: float = 0.0


def probe(path: Path) -> VideoInfo:
    """Looks at a file: decodes its first frame and its last second.

    Raises:
        BadVideo: It is missing, unreadable, empty, no video, without picture, cut off or damaged.
    """
    with open_video(path) as video:
        head = _head(video)
        container, stream = video.container, video.stream
        spacing = np.diff(head.times)
        step = float(np.median(spacing)) if len(spacing) else 0.0
        duration = _duration(video, step)
        rate = _rate(video, head.times, duration)
        tags = {key.lower(): value for key, value in container.metadata.items()}
        return VideoInfo(
            container=container.format.name,
            codec=stream.codec_context.codec.canonical_name,
            width=head.size[0],
            height=head.size[1],
            rotation=head.orientation.turned,
            fps=rate,
            duration_s=duration,
            frames=stream.frames or round(duration * rate),
            variable_fps=_uneven(spacing, float(video.base)),
            has_audio=bool(container.streams.audio),
            comment=tags.get("comment", ""),
        )


def _head(video: OpenVideo) -> _Head:
    """Reads the first seconds and decodes the first frame that decodes."""
    stamps: list[int] = []
    frame: av.VideoFrame | None = None
    for packet in packets(video, video.stream):
        pts = video.packet_pts(packet)
        if pts is not None and packet.size and not is_hidden(packet, video.stream.codec_context.name):
            stamps.append(pts)
        if frame is None:
            frame = next(iter(decode(packet) or ()), None)
        if frame is not None and (len(stamps) >= HEAD_PACKETS or (stamps and video.seconds(stamps[-1]) > HEAD_S)):
            # what is shown before the last packet's decoding time has all been read
            stamps = [pts for pts in stamps if packet.dts is None or pts <= packet.dts]
            break
    if not stamps:
        raise BadVideo(
            video.path,
            "no_frames",
            "its video stream has no frames",
            "copy it again from its source, or record it again",
        )
    if frame is None:
        what = f"none of its first {len(stamps)} frames ({video.stream.codec_context.name}) can be decoded"
        raise BadVideo(video.path, "damaged", what, "copy it again from its source, or re-encode it")
    orientation = orientation_of(frame)
    times = np.sort([video.seconds(pts) for pts in stamps])
    return _Head(display_size(frame, video.stream, orientation), orientation, times)


def _duration(video: OpenVideo, step: float) -> float:
    """End of the last frame, in seconds; checks that the file is as long as it declares.

    Args:
        video: The file.
        step: Usual time between two frames.

    Raises:
        BadVideo: It ends early, or its end cannot be decoded.
    """
    own, whole = _declared(video)
    ends = [end for end in (own, whole) if end is not None]
    tail = _tail(video.path, min(ends) - TAIL_S, step) if ends else _tail(video.path, 0.0, step)
    if tail.video_s == 0.0:
        tail = _tail(video.path, 0.0, step)
    reached = tail.any_s if own is None else tail.video_s
    if ends and min(ends) - reached > max(EARLY_S, 3 * step):
        what = f"it ends at {reached:.1f} s although its header declares {min(ends):.1f} s: it was cut off"
        raise BadVideo(video.path, "truncated", what, "copy it again from its source, or cut it there (ffmpeg -c copy)")
    if tail.last_s - tail.good_s > TAIL_S:
        what = f"nothing can be decoded after {tail.good_s:.1f} s of {tail.video_s:.1f} s"
        raise BadVideo(video.path, "damaged", what, "copy it again from its source, or cut it there (ffmpeg -t)")
    return tail.video_s


def _declared(video: OpenVideo) -> tuple[float | None, float | None]:
    """Declared ends of the video stream and of the whole file, seconds from the video's first frame."""
    own = None if video.stream.duration is None else float(video.stream.duration * video.base)
    named = re.match(r"(\d+):(\d+):([\d.]+)$", video.stream.metadata.get("DURATION", ""))
    if own is None and named:
        own = int(named[1]) * 3600 + int(named[2]) * 60 + float(named[3])
    container = video.container
    if container.format.name == "avi" and video.stream.frames and video.stream.average_rate:
        # ffmpeg shortens the duration of a cut AVI to the size of the file
        return float(video.stream.frames / video.stream.average_rate), None
    if container.duration is None:
        return own, None
    end = Fraction((container.start_time or 0) + container.duration, av.time_base)
    return own, float(end - video.origin * video.base)


def _tail(path: Path, start_s: float, step: float) -> _Tail:
    """Reads a file from the keyframe before a time to its end, and decodes what it reads."""
    tail = _Tail()
    with open_video(path) as video:
        if start_s > 0:
            try:
                video.container.seek(video.pts(start_s), stream=video.stream, backward=True)
            except av.FFmpegError:
                return tail
        key = False
        for packet in packets(video, video.stream, *video.container.streams.audio):
            _measure(tail, video, packet, step)
            if packet.stream.index == video.stream.index:
                key = key or bool(packet.is_keyframe)
                frames = (decode(packet) or []) if key else []
                times = [video.seconds(pts) for pts in map(video.frame_pts, frames) if pts is not None]
                tail.good_s = max([tail.good_s, *times])
    return tail


def _measure(tail: _Tail, video: OpenVideo, packet: Any, step: float) -> None:
    """Notes how far a packet reaches; a packet that breaks off does not count."""
    pts = video.packet_pts(packet)
    if pts is None or not packet.size or packet.is_corrupt or packet.is_discard:
        return
    base = Fraction(packet.time_base)
    length = float(packet.duration * base) if packet.duration else 0.0
    start = float(pts * base - video.origin * video.base)
    if packet.stream.index == video.stream.index:
        tail.last_s = max(tail.last_s, start)
        tail.video_s = max(tail.video_s, start + (length or step))
    tail.any_s = max(tail.any_s, start + length)


def _rate(video: OpenVideo, times: np.ndarray, duration: float) -> float:
    """Average frame rate: by the declared number of frames, else by the header unless the timestamps contradict it."""
    if video.stream.frames and duration > 0:
        return float(video.stream.frames / duration)
    seen = float((len(times) - 1) / (times[-1] - times[0])) if len(times) > 1 else 0.0
    declared = float(video.stream.average_rate or 0)
    return declared if seen == 0 or abs(declared - seen) < 0.1 * seen else seen


def _uneven(spacing: np.ndarray, tick: float) -> bool:
    """Whether frames are unevenly spaced, beyond the rounding of the container's ticks."""
    if len(spacing) < 2:
        return False
    return bool(np.ptp(spacing) > max(0.1 * float(np.median(spacing)), 2.5 * tick))
