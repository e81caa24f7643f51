"""Cut clips hold the frames that the stages saw, upright and in time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numbered_videos import FPS, X264, encode, number_in, run

from fm_resources.video import cut, ffmpeg_binary, frames, probe

B_FRAMES = ("-c:v", "libx264", "-preset", "fast", "-crf", "12", "-pix_fmt", "yuv420p", "-threads", "1")


@pytest.mark.parametrize(("ending", "options"), [
    ("mp4", (*B_FRAMES, "-g", "30")), ("mp4", (*X264, "-g", "250", "-sc_threshold", "0")), ("mkv", (*B_FRAMES, "-g", "20")),
    ("ts", (*B_FRAMES, "-g", "12")), ("webm", ("-c:v", "libvpx-vp9", "-b:v", "0", "-crf", "20", "-cpu-used", "8")),
    ("mp4", (*B_FRAMES, "-x264-params", "keyint=12:min-keyint=12:scenecut=0:bframes=3:open-gop=1")),
])  # fmt: skip
def test_cut_is_frame_exact(tmp_path: Path, ending: str, options: tuple[str, ...]) -> None:
    whole = encode(tmp_path / f"whole.{ending}", 100, options)
    for start, end in [(0.0, 0.6), (0.52, 1.13), (2.0, 3.0), (3.2, 99.0)]:
        clip = cut(whole, start, end, tmp_path / "clips" / "clip.mp4", crf=12)
        shown, seen = list(frames(clip, 0, 100, 0)), list(frames(whole, start, end, 0))
        assert [number_in(f.image) for f in shown] == [number_in(f.image) for f in seen]
        times = [f.t_s - seen[0].t_s for f in seen]
        assert [f.t_s for f in shown] == pytest.approx(times, abs=0.0015)
        info = probe(clip)
        assert (info.codec, info.has_audio, info.comment) == ("h264", False, "")
    assert [p.name for p in (tmp_path / "clips").iterdir()] == ["clip.mp4"]


def test_sound_that_starts_before_the_picture_does_not_shift_the_cut(tmp_path: Path) -> None:
    whole = encode(tmp_path / "whole.mp4", 75, (*B_FRAMES, "-g", "30"))
    tone = ("-f", "lavfi", "-i", "sine=duration=4")
    run(
        "-itsoffset",
        "0.52",
        "-i",
        str(whole),
        *tone,
        "-map",
        "0:v",
        "-map",
        "1:a",
        "-c:v",
        "copy",
        str(tmp_path / "late.mkv"),
    )
    clip = cut(tmp_path / "late.mkv", 1.0, 1.4, tmp_path / "clip.mp4")
    assert [number_in(f.image) for f in frames(tmp_path / "late.mkv", 1.0, 1.4, 0)] == list(range(25, 35))
    assert [number_in(f.image) for f in frames(clip, 0, 9, 0)] == list(range(25, 35))


def test_turned_odd_and_stretched_videos_come_as_they_are_shown(tmp_path: Path) -> None:
    odd = encode(
        tmp_path / "odd.mp4", 10, (*X264[:-4], "-pix_fmt", "yuv444p", "-threads", "1", "-vf", "scale=151:95,setsar=2")
    )
    run("-display_rotation", "90", "-i", str(odd), "-c", "copy", str(tmp_path / "turned.mp4"))
    info = probe(tmp_path / "turned.mp4")
    assert (info.width, info.height) == (95, 302)
    clip = probe(cut(tmp_path / "turned.mp4", 0, 0.4, tmp_path / "clip.mp4"))
    assert (clip.width, clip.height, clip.rotation) == (94, 302, 0)
    seen = next(iter(frames(tmp_path / "turned.mp4", 0, 1, 0))).image[:, :94].astype(int)
    shown = next(iter(frames(tmp_path / "clip.mp4", 0, 1, 0))).image.astype(int)
    assert np.abs(seen - shown).mean() < 4


def test_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    whole = encode(tmp_path / "whole.mp4", 50, (*X264, "-metadata", "comment=secret", "-metadata", "title=secret"))
    one, two = (cut(whole, 0.4, 1.6, tmp_path / f"{n}.mp4").read_bytes() for n in "ab")
    assert one == two
    assert b"secret" not in one


def test_quality_follows_crf(tmp_path: Path) -> None:
    whole = encode(tmp_path / "whole.mp4", 2 * FPS)
    sizes = [cut(whole, 0, 2, tmp_path / "clip.mp4", crf).stat().st_size for crf in (5, 45)]
    assert sizes[0] > sizes[1]


def test_there_is_an_ffmpeg() -> None:
    assert Path(ffmpeg_binary()).is_file()
