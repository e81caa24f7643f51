"""The ffmpeg program, and cutting a clip out of a video with it."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from fm_resources.video_file import (
    SAFE_OPTIONS,
    BadVideo,
    OpenVideo,
    decode,
    display_size,
    open_video,
    orientation_of,
    packets,
)

#: Frames this much before an interval's start still belong to it: containers round timestamps to milliseconds.
TOLERANCE_S = 0.001
#: ffmpeg looks for a keyframe this much before the start; it may miss one whose decoding time lies later.
SEEK_MARGIN_S = 1.0

_H264 = {"vcodec": "libx264", "preset": "veryfast", "pix_fmt": "yuv420p", "threads": 1, "movflags": "+faststart"}
_BITEXACT = {"map_metadata": -1, "fflags": "+bitexact", "flags:v": "+bitexact"}


class FfmpegMissing(RuntimeError):
    """There is no ffmpeg program on this machine."""


class CutError(RuntimeError):
    """ffmpeg could not cut a clip; the message holds what it wrote."""


@functools.cache
def ffmpeg_binary() -> str:
    """Path of the ffmpeg program: the one on PATH, else the one that imageio-ffmpeg carries.

    Raises:
        FfmpegMissing: Neither is there.
    """
    found = shutil.which("ffmpeg")
    if found:
        return found
    import imageio_ffmpeg

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise FfmpegMissing(
            f"no ffmpeg: there is none on PATH, and imageio-ffmpeg carries none for this platform ({error}); "
            "install ffmpeg with the system's package manager, or set IMAGEIO_FFMPEG_EXE to its path"
        ) from error


def cut(path: Path, start_s: float, end_s: float, out: Path, crf: int = 23) -> Path:
    """Writes the frames of `start_s <= t < end_s` to an MP4 file of their own: H.264, upright, square pixels, no sound.

    Frames and their spacing in time are those that `frames(path, start_s, end_s, 0)` gives; sides that are odd lose
    their last row or column, which leaves coordinates as they are. The same file and the same ffmpeg give the same
    bytes.

    Args:
        path: The video.
        start_s: Start, seconds from the video's first frame.
        end_s: End, exclusive.
        out: The file; it appears only once it is complete.
        crf: x264's quality, 0 (lossless) to 51.

    Raises:
        BadVideo: The video cannot be opened.
        CutError: ffmpeg failed, or there is no frame in the interval.
    """
    with open_video(path) as video:
        size = _display_size(video)
        origin, stream = float(video.origin * video.base), video.stream.index
        opened = (video.container.start_time or 0) / 1_000_000
    begin, finish = origin + start_s - TOLERANCE_S, origin + end_s - TOLERANCE_S
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".cutting-") as folder:
        part = Path(folder) / "clip.mp4"
        _run(path, part, stream, size, (begin, finish), max(0.0, begin - opened - SEEK_MARGIN_S), crf)
        if not _has_frames(part):
            raise CutError(f"{path.name}: no frame between {start_s:g} s and {end_s:g} s")
        part.replace(out)
    return out


def _has_frames(path: Path) -> bool:
    try:
        with open_video(path) as video:
            return any(packet.size for packet in packets(video, video.stream))
    except BadVideo:
        return False


def _display_size(video: OpenVideo) -> tuple[int, int]:
    """Width and height at which the first frame that decodes is shown."""
    for packet in packets(video, video.stream):
        for frame in decode(packet) or ():
            return display_size(frame, video.stream, orientation_of(frame))
    raise CutError(f"{video.path.name}: no frame can be decoded")


def _run(
    path: Path, part: Path, stream: int, size: tuple[int, int], span: tuple[float, float], seek_s: float, crf: int
) -> None:
    import ffmpeg

    # with copyts, trim sees the file's own timestamps, whatever keyframe the seek has found
    source = ffmpeg.input("file:" + os.path.abspath(path), ss=f"{seek_s:.6f}", copyts=None, **SAFE_OPTIONS)  # noqa: PTH100
    clip: Any = source[str(stream)]
    clip = clip.filter("trim", start=f"{span[0]:.6f}", end=f"{span[1]:.6f}").filter("setpts", "PTS-STARTPTS")
    # ffmpeg has turned the frames by now
    clip = clip.filter("scale", *size).filter("setsar", 1)
    clip = clip.filter("crop", size[0] // 2 * 2, size[1] // 2 * 2, 0, 0)
    output = clip.output(str(part), crf=crf, f="mp4", **_H264, **_BITEXACT)
    command = output.global_args("-loglevel", "error", "-nostdin").compile(cmd=ffmpeg_binary(), overwrite_output=True)
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise CutError(f"{path.name}: ffmpeg ended with {done.returncode}: {said}")
