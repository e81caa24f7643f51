"""Encoding of scenes by ffmpeg, bit-exact: the same seed and the same ffmpeg give the same bytes."""

from __future__ import annotations

import dataclasses
import subprocess
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import IO, Any, Literal, get_args

import av
import ffmpeg
import numpy as np

from fm_assets.scenes import SCENE_TAG
from fm_assets.scenes.render import render
from fm_assets.scenes.spec import SceneSpec
from fm_resources.video import ffmpeg_binary

Variant = Literal["h264", "vp9", "rotated", "odd_size", "variable_rate", "sparse_keyframes", "open_gop"]
VARIANTS: tuple[Variant, ...] = get_args(Variant)

#: Frames are stored turned by this many degrees counter-clockwise in the `rotated` variant.
STORED_TURN_DEG = 90

_H264 = {"vcodec": "libx264", "preset": "fast", "crf": 18, "pix_fmt": "yuv420p"}
_BITEXACT = {"map_metadata": -1, "fflags": "+bitexact", "flags:v": "+bitexact", "threads": 1}
_BT601 = {"colorspace": "smpte170m", "color_primaries": "smpte170m", "color_trc": "smpte170m", "color_range": "tv"}
_CODECS: dict[Variant, dict[str, Any]] = {
    "h264": {**_H264, "g": 50},
    "vp9": {"vcodec": "libvpx-vp9", "pix_fmt": "yuv420p", "crf": 24, "video_bitrate": 0, "g": 50,
            "deadline": "good", "cpu-used": 5, "row-mt": 0},
    "rotated": {**_H264, "g": 50},
    # 4:2:0 halves the size of the colour planes, so an odd size needs 4:4:4
    "odd_size": {**_H264, "pix_fmt": "yuv444p", "g": 50},
    # without B-frames packets come in display order, so that their times can be set one by one
    "variable_rate": {**_H264, "g": 50, "bf": 0},
    "sparse_keyframes": {**_H264, "g": 250, "keyint_min": 250, "sc_threshold": 0},
    "open_gop": {**_H264, "x264-params": "keyint=50:min-keyint=50:scenecut=0:bframes=3:open-gop=1"},
}  # fmt: skip


class EncodeError(RuntimeError):
    """ffmpeg failed; the message holds what it wrote."""


def suffix(variant: Variant) -> str:
    """File name ending of a variant."""
    return ".webm" if variant == "vp9" else ".mp4"


def adapt(spec: SceneSpec, variant: Variant) -> SceneSpec:
    """The scene as the variant's file shows it: `odd_size` makes the sides odd, `variable_rate` the timing uneven."""
    if variant not in VARIANTS:
        raise ValueError(f"unknown variant {variant!r}: one of {VARIANTS}")
    if variant == "odd_size":
        return dataclasses.replace(spec, width=spec.width | 1, height=spec.height | 1)
    if variant == "variable_rate":
        return dataclasses.replace(spec, timing="variable")
    return spec


def encode(spec: SceneSpec, path: Path, variant: Variant = "h264") -> Path:
    """Render the scene `adapt(spec, variant)` into a video file.

    Args:
        spec: The scene.
        path: The file, with the ending `suffix(variant)`; it appears only once it is complete.
        variant: What is peculiar about the file.

    Raises:
        EncodeError: ffmpeg failed.
        ValueError: The file name has another ending, or the scene's timing needs the variant `variable_rate`.
    """
    spec = adapt(spec, variant)
    if path.suffix != suffix(variant):
        raise ValueError(f"{path.name}: the variant {variant!r} is written to a {suffix(variant)} file")
    if spec.timing == "variable" and variant != "variable_rate":
        raise ValueError(f"{spec.name}: variable timing can only be written as variant 'variable_rate'")
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".encoding-") as folder:
        part = Path(folder) / path.name
        _run(spec, part, variant)
        if variant == "variable_rate":
            retimed = Path(folder) / f"retimed-{path.name}"
            _retime(part, retimed, spec)
            part = retimed
        part.replace(path)
    return path


def _run(spec: SceneSpec, path: Path, variant: Variant) -> None:
    """Feed the frames to ffmpeg."""
    turned = variant == "rotated"
    width, height = (spec.height, spec.width) if turned else (spec.width, spec.height)
    source: dict[str, Any] = {"format": "rawvideo", "pix_fmt": "rgb24", "s": f"{width}x{height}", "r": spec.fps}
    if turned:
        # the option is counter-clockwise; without noautorotate ffmpeg would turn the frames instead of noting the angle
        source |= {"display_rotation": -STORED_TURN_DEG, "noautorotate": None}
    options = {**_CODECS[variant], **_BT601, **_BITEXACT, "metadata": f"comment={SCENE_TAG}"}
    if path.suffix == ".mp4":
        options["movflags"] = "+faststart"
    stream = ffmpeg.input("pipe:0", **source).filter(
        "scale", out_color_matrix="smpte170m", out_range="tv", flags="bilinear+accurate_rnd+bitexact"
    )
    command = stream.output(str(path), **options).global_args("-loglevel", "error", "-nostdin")
    arguments = command.overwrite_output().compile(cmd=str(ffmpeg_binary()))
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said)
        broken = _feed(process, render(spec), turned)
        if process.wait() != 0 or broken:
            said.seek(0)
            raise EncodeError(f"{path.name}: ffmpeg ended with {process.returncode}: {said.read().decode().strip()}")


def _feed(process: subprocess.Popen[bytes], frames: Iterator[np.ndarray], turned: bool) -> bool:
    """Write the frames to ffmpeg's input; whether ffmpeg closed it early."""
    pipe: IO[bytes] | None = process.stdin
    if pipe is None:
        raise EncodeError("ffmpeg was started without an input pipe")
    try:
        for frame in frames:
            pipe.write(np.ascontiguousarray(np.rot90(frame, STORED_TURN_DEG // 90) if turned else frame).data)
        pipe.close()
    except BrokenPipeError:
        return True
    except BaseException:
        process.kill()
        process.wait()
        raise
    return False


def _retime(source: Path, target: Path, spec: SceneSpec) -> None:
    """Copy the packets and give them the scene's own presentation times; the last frame lasts to the scene's end."""
    base = Fraction(1, 12000)
    ticks = [round(t * base.denominator) for t in [*spec.times().tolist(), spec.duration_s]]
    options = {"fflags": "+bitexact", "movflags": "+faststart", "video_track_timescale": str(base.denominator)}
    with av.open(str(source)) as read, av.open(str(target), "w", options=options) as write:
        write.metadata["comment"] = SCENE_TAG
        stream = write.add_stream_from_template(read.streams.video[0])
        stream.time_base = base
        packets = [p for p in read.demux(video=0) if p.size]
        if len(packets) != len(ticks) - 1:
            raise EncodeError(f"{source.name}: {len(packets)} packets for {len(ticks) - 1} frames")
        for packet, tick, following in zip(packets, ticks, ticks[1:], strict=False):
            packet.stream = stream
            packet.time_base = base
            packet.pts = packet.dts = tick
            packet.duration = following - tick
            write.mux(packet)
