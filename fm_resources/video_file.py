"""Opening video files that nobody vouches for: what may be opened, what is wrong with a file, how it is shown.

Files come from anywhere, and a playlist named `.mp4` could make ffmpeg read any other file or address. So only
containers that hold their own data are opened, and only through the `file` protocol.
"""

from __future__ import annotations

import contextlib
import os
import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import av
import av.logging
import numpy as np

#: Demuxers that read nothing but the file itself.
CONTAINERS = ("mov", "mp4", "matroska", "webm", "avi", "mpegts", "mpeg", "ogg", "flv")
#: ffmpeg options under which an untrusted file is opened, by PyAV and by the ffmpeg program.
SAFE_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": ",".join(CONTAINERS)}
#: Frames of more pixels are not decoded: a header may claim any size.
MAX_PIXELS = 1 << 27

Kind = Literal[
    "missing", "unreadable", "not_a_file", "empty", "not_a_video", "audio_only", "no_frames", "truncated", "damaged"
]


class BadVideo(ValueError):
    """A file that cannot be used as a video.

    Args:
        path: The file.
        kind: What is wrong, for programs.
        what: What is wrong, for people.
        advice: What to do about it.
    """

    def __init__(self, path: Path, kind: Kind, what: str, advice: str) -> None:
        self.path, self.kind = path, kind
        self.reason = f"{path.name}: {what}; {advice}"
        super().__init__(self.reason)

    def __reduce__(self) -> tuple[Any, ...]:
        what, _, advice = self.reason.removeprefix(f"{self.path.name}: ").rpartition("; ")
        return BadVideo, (self.path, self.kind, what, advice)


@dataclass(frozen=True)
class Orientation:
    """How a stored frame is brought to display orientation: mirrored left to right, then turned clockwise."""

    mirrored: bool = False
    turned: int = 0

    @property
    def swaps(self) -> bool:
        """Whether width and height change places."""
        return self.turned in (90, 270)

    def apply(self, image: np.ndarray) -> np.ndarray:
        """The image (h, w) or (h, w, 3) in display orientation, contiguous."""
        if self.mirrored:
            image = image[:, ::-1]
        return np.ascontiguousarray(np.rot90(image, -self.turned // 90))


@dataclass(frozen=True)
class OpenVideo:
    """An opened file.

    Attributes:
        path: The file.
        container: Its container.
        stream: The video stream that is used.
        origin: Presentation timestamp of the stream's first frame, in ticks of `base`; times count from here.
        base: Seconds per tick.
        delay: AVI stores only when packets are decoded: how many ticks later a frame comes out. None elsewhere.
    """

    path: Path
    container: Any
    stream: Any
    origin: int
    base: Fraction
    delay: int | None = None

    def seconds(self, pts: int) -> float:
        """Time of a timestamp, from the stream's first frame."""
        # whole numbers divided: as exact as the fraction, in a tenth of its time
        return (pts - self.origin) * self.base.numerator / self.base.denominator

    def pts(self, seconds: float) -> int:
        """Timestamp at a time from the stream's first frame."""
        return self.origin + round(seconds / self.base)

    def packet_pts(self, packet: Any) -> int | None:
        """Timestamp of a packet: when what it holds is shown; in AVI, when it is decoded."""
        return packet.dts if packet.pts is None or self.delay is not None else packet.pts

    def frame_pts(self, frame: av.VideoFrame) -> int | None:
        """Timestamp at which a frame is shown; None for the last frames of an AVI."""
        if self.delay is None:
            return frame.pts if frame.pts is not None else frame.dts
        return None if frame.dts is None else frame.dts - self.delay


@contextlib.contextmanager
def open_video(path: Path) -> Iterator[OpenVideo]:
    """Opens a file's best video stream (as ffmpeg would choose; cover pictures do not count).

    Raises:
        BadVideo: It is not there, cannot be read, or holds no video.
    """
    path = Path(path)
    _check_file(path)
    try:
        container = _open(path)
    except (av.FFmpegError, ValueError) as error:
        raise _explain(path, error) from error
    try:
        stream = _video_stream(path, container)
        base, delay = Fraction(stream.time_base), None
        if container.format.name == "avi":
            delay = _avi_delay(container, stream)
        yield OpenVideo(path, container, stream, stream.start_time or 0, base, delay)
    finally:
        container.close()


def display_size(frame: av.VideoFrame, stream: Any, orientation: Orientation) -> tuple[int, int]:
    """Width and height at which a frame is shown: turned, and with square pixels.

    Angles and speeds would be wrong in pixels that are not square, so the stored width is stretched by the sample
    aspect ratio.
    """
    aspect = stream.sample_aspect_ratio
    plausible = aspect is not None and Fraction(1, 4) <= aspect <= 4
    width = round(frame.width * aspect) if plausible else frame.width
    return (frame.height, width) if orientation.swaps else (width, frame.height)


def orientation_of(frame: av.VideoFrame) -> Orientation:
    """Orientation from the frame's display matrix; turns are rounded to quarters."""
    data = frame.side_data.get("DISPLAYMATRIX")
    if data is None:
        return Orientation()
    a, b, _, c, d = np.frombuffer(bytes(data), dtype=np.int32)[:5].astype(np.float64)
    mirrored = bool(a * d - b * c < 0)
    angle = np.degrees(np.arctan2(-b, -a) if mirrored else np.arctan2(b, a))
    return Orientation(mirrored, round(angle / 90) * 90 % 360)


def is_hidden(packet: Any, codec: str) -> bool:
    """Whether a packet shows no frame of its own: VP8's reference frames, and what an edit list cuts away."""
    return bool(packet.is_discard) or (codec == "vp8" and packet.size > 0 and not bytes(packet)[0] & 0x10)


def packets(video: OpenVideo, *streams: Any) -> Iterator[Any]:
    """Packets of some streams in file order; a container that breaks off ends them."""
    try:
        yield from video.container.demux(*streams)
    except av.FFmpegError as error:
        if isinstance(error, MemoryError):
            raise


def decode(packet: Any) -> list[av.VideoFrame] | None:
    """The sound frames that a packet completes; None where it cannot be decoded."""
    try:
        return [frame for frame in packet.decode() if not frame.is_corrupt]
    except av.FFmpegError as error:
        if isinstance(error, MemoryError):
            raise
        return None


def _check_file(path: Path) -> None:
    """Raises `BadVideo` for what no demuxer needs to be asked about."""
    try:
        info = path.stat()
        if stat.S_ISREG(info.st_mode):
            path.open("rb").close()
    except FileNotFoundError:
        raise BadVideo(path, "missing", f"there is no such file at {path}", "restore or ingest it again") from None
    except PermissionError:
        advice = "let the user that runs the pipeline read it (chmod, chown)"
        raise BadVideo(path, "unreadable", f"{path} may not be read", advice) from None
    except OSError as error:
        raise BadVideo(path, "unreadable", f"{path} cannot be read: {error.strerror}", "check the disk") from error
    if not stat.S_ISREG(info.st_mode):
        raise BadVideo(path, "not_a_file", f"{path} is no regular file", "give the path of a video file")
    if info.st_size == 0:
        raise BadVideo(path, "empty", "the file is empty (0 bytes)", "copy or download it again")


def _open(path: Path) -> Any:
    # the prefix keeps a name such as `concat:x.mp4` a name
    name = "file:" + os.path.abspath(path)  # noqa: PTH100 (resolve() would follow links)
    options = {**SAFE_OPTIONS, "max_pixels": str(MAX_PIXELS)}
    return av.open(name, options=options, metadata_errors="replace")


def _avi_delay(container: Any, stream: Any) -> int:
    """Ticks between the first packet and the packet with which the first frame comes out; rewinds."""
    stream.thread_type = "SLICE"
    first, delay = None, 0
    with contextlib.suppress(av.FFmpegError):
        for packet in container.demux(stream):
            first = packet.dts if first is None else first
            shown = next(iter(decode(packet) or ()), None)
            if shown is not None:
                delay = 0 if shown.dts is None or first is None else shown.dts - first
                break
        container.seek(0, stream=stream)
    return delay


_LOG_LEVEL = threading.Lock()


def _explain(path: Path, error: Exception) -> BadVideo:
    """The error with ffmpeg's own words: the file is opened once more with its log captured."""
    said: list[tuple[int, str, str]] = []
    with _LOG_LEVEL:
        level = av.logging.get_level()
        av.logging.set_level(av.logging.ERROR)
        try:
            with av.logging.Capture() as said, contextlib.suppress(av.FFmpegError, ValueError):
                _open(path).close()
        finally:
            av.logging.set_level(level)
    words = [f"{name}: {text.strip()}" for _, name, text in said if text.strip()]
    reason = "; ".join(dict.fromkeys(words)) or getattr(error, "strerror", "") or str(error)
    # any text named .mp4 lacks a moov atom, too
    if "moov atom not found" in reason and _begins_with_atom(path):
        what = f"its index is missing, so it was cut off or never finished (ffmpeg: {reason})"
        return BadVideo(path, "truncated", what, "copy it again from its source, or record it again")
    what = f"not a video that can be read (ffmpeg: {reason})"
    return BadVideo(path, "not_a_video", what, f"give one of the containers {', '.join(CONTAINERS)}")


def _begins_with_atom(path: Path) -> bool:
    """Whether a file begins as MP4 or QuickTime files do."""
    with path.open("rb") as file:
        return file.read(8)[4:] in (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide")


def _video_stream(path: Path, container: Any) -> Any:
    cover = av.stream.Disposition.attached_pic
    streams = [s for s in container.streams.video if not s.disposition & cover]
    best = container.streams.best("video")
    stream = best if best in streams else next(iter(streams), None)
    if stream is None:
        if container.streams.audio:
            raise BadVideo(path, "audio_only", "it has sound but no moving pictures", "give a file with a video stream")
        raise BadVideo(path, "no_frames", "it has no video stream with frames", "give a file with a video stream")
    if stream.codec_context is None:
        raise BadVideo(path, "damaged", "ffmpeg has no decoder for its video stream", "re-encode it, e.g. as H.264")
    stream.thread_type = "AUTO"
    # worker processes are told here how many threads they may use; 0 is one per core
    stream.codec_context.thread_count = int(os.environ.get("OMP_NUM_THREADS") or 0)
    return stream
