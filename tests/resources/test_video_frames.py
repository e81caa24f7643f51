"""Frames are the right ones, at the right times, whatever the container and the codec do."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numbered_videos import FPS, HEIGHT, WIDTH, X264, encode, number_in, run

from fm_assets.scenes.encode import encode as encode_scene
from fm_assets.scenes.generate import make_scene
from fm_resources import video
from fm_resources.video import FrameReader, frames, probe
from fm_resources.video_sampling import Sampling

GOP = ("-g", "250", "-keyint_min", "250", "-sc_threshold", "0")
B_FRAMES = ("-c:v", "libx264", "-preset", "fast", "-crf", "12", "-pix_fmt", "yuv420p", "-threads", "1")
VARIANTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "short_gop": ("mp4", (*X264, "-g", "10")),
    "one_keyframe": ("mp4", (*X264, *GOP)),
    "b_frames": ("mp4", (*B_FRAMES, "-g", "30")),
    "open_gop": ("mp4", (*B_FRAMES, "-x264-params", "keyint=12:min-keyint=12:scenecut=0:bframes=3:open-gop=1")),
    "intra_refresh": ("mp4", (*B_FRAMES, "-x264-params", "keyint=20:intra-refresh=1:scenecut=0:bframes=0")),
    "matroska": ("mkv", (*B_FRAMES, "-g", "20")),
    "transport_stream": ("ts", (*B_FRAMES, "-g", "20")),
    "avi": ("avi", (*B_FRAMES, "-g", "20")),
    "mpeg2_ps": ("mpg", ("-c:v", "mpeg2video", "-q:v", "2", "-bf", "2", "-g", "12", "-threads", "1")),
    "flv": ("flv", (*X264, "-g", "20")),
    "vp8": ("webm", ("-c:v", "libvpx", "-b:v", "1M", "-auto-alt-ref", "1", "-lag-in-frames", "10", "-g", "30")),
    "vp9": ("webm", ("-c:v", "libvpx-vp9", "-b:v", "0", "-crf", "20", "-cpu-used", "8", "-g", "30")),
    "ogg": ("ogv", ("-c:v", "libtheora", "-q:v", "9", "-g", "16")),
}


@pytest.fixture(scope="module")
def variants(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("variants")
    return {n: encode(folder / f"{n}.{ending}", 75, options) for n, (ending, options) in VARIANTS.items()}


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize(("start", "end"), [(0.0, 3.0), (0.4, 0.8), (1.0, 1.6), (2.04, 2.96)])
def test_every_frame_of_an_interval(variants: dict[str, Path], name: str, start: float, end: float) -> None:
    reader = FrameReader(variants[name], start, end, 0)
    got = list(reader)
    expected = [n for n in range(75) if start - 0.001 <= n / FPS < end - 0.001]
    assert [number_in(f.image) for f in got] == expected
    assert [f.t_s for f in got] == pytest.approx([n / FPS - start for n in expected], abs=0.0011)
    assert [f.index for f in got] == list(range(len(expected)))
    assert (reader.decoded, reader.undecodable) == (len(expected), 0)


@pytest.mark.parametrize("name", ["mpeg2_ps", "transport_stream", "avi", "open_gop", "vp8", "ogg"])
def test_seeking_far_into_a_file_finds_the_same_frames(tmp_path: Path, name: str) -> None:
    ending, options = VARIANTS[name]
    path = encode(tmp_path / f"long.{ending}", 250, options)
    for start in (4.12, 6.6, 8.84):
        first = [number_in(f.image) for f in frames(path, start, start + 0.4, 0)]
        assert first == list(range(round(start * FPS), round((start + 0.4) * FPS)))


@pytest.mark.parametrize("name", VARIANTS)
def test_probe_agrees_with_what_was_encoded(variants: dict[str, Path], name: str) -> None:
    info = probe(variants[name])
    assert (info.width, info.height, info.rotation, info.variable_fps) == (WIDTH, HEIGHT, 0, False)
    assert info.duration_s == pytest.approx(3.0, abs=0.041)
    assert info.fps == pytest.approx(FPS, rel=0.02)
    assert abs(info.frames - 75) <= 1
    assert not info.has_audio


@pytest.mark.parametrize(
    ("fps", "expected"),
    [
        (10, [0, 3, 5, 8, 10, 13, 15, 18, 20, 23]),
        (25, list(range(25))),
        (1, [0]),
        (1000, list(range(25))),
        (2, [0, 13]),
    ],
)
def test_sampling_takes_the_first_frame_at_or_after_each_instant(
    variants: dict[str, Path], fps: float, expected: list[int]
) -> None:
    assert [number_in(f.image) for f in frames(variants["b_frames"], 0.0, 1.0, fps)] == expected


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.integers(0, 2900), length=st.integers(1, 3000), fps=st.floats(0.5, 60))
def test_sampling_law(variants: dict[str, Path], start: int, length: int, fps: float) -> None:
    """Each sample is the first frame that is due, none is used twice, and none outside the interval."""
    begin, end = start / 1000, min((start + length) / 1000, 3.0)
    got = [number_in(f.image) for f in frames(variants["open_gop"], begin, end, fps, gray=True)]
    inside = [n for n in range(75) if begin - 0.001 <= n / FPS < end - 0.001]
    expected, due = [], 0
    for n in inside:
        if (n / FPS - begin + 0.001) * fps >= due:
            expected.append(n)
            due = math.floor((n / FPS - begin + 0.001) * fps) + 1
    assert got == expected


def decoded_by(monkeypatch: pytest.MonkeyPatch, reader: FrameReader) -> tuple[list[int], int]:
    """The numbers that a reader's frames show, and how many frames came out of the decoder."""
    count = 0
    whole = video.decode

    def counted(packet: av.Packet) -> list[av.VideoFrame] | None:
        nonlocal count
        found = whole(packet)
        count += len(found or ())
        return found

    monkeypatch.setattr(video, "decode", counted)
    return [number_in(f.image) for f in reader], count


@pytest.mark.parametrize("name", ["b_frames", "open_gop", "matroska", "transport_stream", "avi", "vp9"])
@pytest.mark.parametrize(("start", "end", "fps"), [(0.0, 3.0, 5.0), (1.24, 2.6, 8.0), (0.52, 0.9, 3.0)])
def test_frames_that_nobody_needs_are_left_out_and_change_nothing(
    variants: dict[str, Path], monkeypatch: pytest.MonkeyPatch, name: str, start: float, end: float, fps: float
) -> None:
    reader, sampling = FrameReader(variants[name], start, end, fps), Sampling(start, fps)
    got, count = decoded_by(monkeypatch, reader)
    inside = [n for n in range(75) if start - 0.001 <= n / FPS < end - 0.001]
    assert got == [n for n in inside if sampling.takes(n / FPS)]
    _, every = decoded_by(monkeypatch, FrameReader(variants[name], start, end, 0))
    # only MP4 and Matroska with H.264 say all that is needed
    leaves_out = name in ("b_frames", "open_gop", "matroska")
    assert count < every if leaves_out else count == every
    counted = len(got) if leaves_out else len(inside)
    assert (reader.decoded, reader.undecodable, reader.lost_times()) == (counted, 0, [])


@pytest.mark.parametrize("fps", [0.0, 5.0])
def test_damage_is_counted_although_frames_are_left_out(
    variants: dict[str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fps: float
) -> None:
    with av.open(str(variants["b_frames"])) as container:
        packets = [(p.pos, p.size, p.pts) for p in container.demux(video=0) if p.size]
    first = min(pts for *_, pts in packets)
    data = bytearray(variants["b_frames"].read_bytes())
    step = sorted(pts for *_, pts in packets)[1] - first
    hurt = [(p, size, (pts - first) // step) for p, size, pts in packets if 40 <= (pts - first) // step < 55]
    for position, size, _ in hurt:
        data[position : position + size] = bytes(size)
    (tmp_path / "hurt.mp4").write_bytes(data)
    reader, sampling = FrameReader(tmp_path / "hurt.mp4", 0.0, 3.0, fps), Sampling(0.0, fps)
    got, _ = decoded_by(monkeypatch, reader)
    asked = {n for n in range(75) if sampling.takes(n / FPS)}
    assert not set(got) & set(range(40, 55))
    lost = {round(t * FPS) for t in reader.lost_times()}
    # what refers to the damage is lost with it
    assert asked & set(range(40, 55)) <= lost <= asked - set(range(40))
    assert (reader.decoded, reader.undecodable) == (len(asked) - len(lost), len(lost))


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_rotated_files_come_upright(tmp_path: Path, degrees: int) -> None:
    plain = encode(tmp_path / "plain.mp4", 10)
    turned = tmp_path / "turned.mp4"
    run("-display_rotation", str(degrees), "-i", str(plain), "-c", "copy", str(turned))
    info = probe(turned)
    # ffmpeg's option counts counter-clockwise
    assert info.rotation == 360 - degrees
    assert (info.width, info.height) == ((HEIGHT, WIDTH) if degrees % 180 else (WIDTH, HEIGHT))
    stored = next(iter(frames(plain, 0, 1, 0))).image
    shown = next(iter(frames(turned, 0, 1, 0))).image
    assert np.array_equal(shown, np.rot90(stored, degrees // 90))


def test_mirrored_files_come_upright(tmp_path: Path) -> None:
    plain = encode(tmp_path / "plain.mp4", 5)
    run("-display_rotation", "90", "-display_hflip", "-i", str(plain), "-c", "copy", str(tmp_path / "turned.mp4"))
    run("-i", str(tmp_path / "turned.mp4"), "-c:v", "ffv1", str(tmp_path / "by_ffmpeg.mkv"))
    shown = next(iter(frames(tmp_path / "turned.mp4", 0, 1, 0))).image.astype(int)
    wanted = next(iter(frames(tmp_path / "by_ffmpeg.mkv", 0, 1, 0))).image.astype(int)
    assert shown.shape == wanted.shape
    assert np.abs(shown - wanted).mean() < 2


def test_pixels_that_are_not_square_become_so(tmp_path: Path) -> None:
    wide = encode(tmp_path / "wide.mp4", 5, (*X264, "-vf", "setsar=3/2"))
    info, image = probe(wide), next(iter(frames(wide, 0, 1, 0))).image
    assert (info.width, info.height) == (240, 96) == image.shape[1::-1]


@pytest.mark.parametrize(("kwargs", "shape"), [
    ({"longer_side": 80}, (48, 80)), ({"width": 40}, (24, 40)), ({"longer_side": 4000}, (96, 160)), ({}, (96, 160)),
])  # fmt: skip
def test_images_are_scaled_down_never_up(variants: dict[str, Path], kwargs: dict, shape: tuple[int, int]) -> None:
    frame = next(iter(frames(variants["short_gop"], 1.0, 2.0, 5, **kwargs)))
    grey = next(iter(frames(variants["short_gop"], 1.0, 2.0, 5, gray=True, **kwargs)))
    assert frame.image.shape == (*shape, 3)
    assert grey.image.shape == shape
    assert number_in(frame.image) == number_in(grey.image) == 25
    assert frame.scale == pytest.approx(shape[1] / 160)


def test_an_edit_list_starts_the_clock_at_what_is_shown(tmp_path: Path) -> None:
    whole = encode(tmp_path / "whole.mp4", 75, (*B_FRAMES, "-g", "30"))
    run("-ss", "1.4", "-i", str(whole), "-c", "copy", str(tmp_path / "edited.mp4"))
    shown = list(frames(tmp_path / "edited.mp4", 0, 10, 0))
    assert [number_in(f.image) for f in shown] == list(range(35, 75))
    assert shown[0].t_s == 0.0
    later = list(frames(tmp_path / "edited.mp4", 0.4, 10, 0))
    assert number_in(later[0].image) == 45
    assert probe(tmp_path / "edited.mp4").duration_s == pytest.approx(1.6, abs=0.001)


def test_uneven_timing_is_kept_and_noticed(tmp_path: Path) -> None:
    even = encode(tmp_path / "even.mp4", 20)
    ticks = np.cumsum([0, *([400, 1200, 700] * 7)])[:20].tolist()
    with av.open(str(even)) as read, av.open(str(tmp_path / "uneven.mp4"), "w") as write:
        stream = write.add_stream_from_template(read.streams.video[0])
        for packet, tick in zip([p for p in read.demux(video=0) if p.size], ticks, strict=True):
            packet.stream, packet.time_base = stream, Fraction(1, 12000)
            packet.pts = packet.dts = tick
            write.mux(packet)
    assert probe(tmp_path / "uneven.mp4").variable_fps
    got = list(frames(tmp_path / "uneven.mp4", 0.5, 1.0, 0))
    expected = [n for n, t in enumerate(ticks) if 0.499 <= t / 12000 < 0.999]
    assert [number_in(f.image) for f in got] == expected
    assert [f.t_s for f in got] == pytest.approx([ticks[n] / 12000 - 0.5 for n in expected], abs=0.0006)


def test_decoding_does_not_depend_on_threads(variants: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    for threads in ("1", "4"):
        monkeypatch.setenv("OMP_NUM_THREADS", threads)
        seen.append([f.image.tobytes() for f in frames(variants["b_frames"], 0.3, 2.0, 10, width=100)])
    assert seen[0] == seen[1]


def test_real_videos_are_sampled_at_the_rate_that_was_asked_for(shared_data: Path) -> None:
    path = shared_data / "videos" / "intel_one-by-one-person.mp4"
    info = probe(path)
    assert (info.width, info.height, info.fps) == (768, 432, pytest.approx(10.0))
    got = list(frames(path, 90.0, 92.0, 5, longer_side=320))
    assert [f.t_s for f in got] == pytest.approx(np.arange(10) / 5)
    assert got[0].image.shape == (180, 320, 3)


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, list[tuple[float, bytes]]]]:
    """Rendered scenes whose keyframes lie far apart, or whose groups of pictures are open, with all their frames."""
    folder = tmp_path_factory.mktemp("rendered")
    found = {}
    for variant in ("sparse_keyframes", "open_gop"):
        scene = make_scene(5, "shake", width=192, height=112, fps=25, duration_s=7.0)
        path = encode_scene(scene, folder / f"{variant}.mp4", variant)
        whole = [(f.t_s, f.image.tobytes()) for f in frames(path, 0.0, 100.0, 0)]
        assert len(whole) == 175
        found[variant] = path, whole
    return found


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.integers(0, 6900), length=st.integers(80, 600), variant=st.sampled_from(["sparse_keyframes", "open_gop"])
)
def test_frames_after_a_seek_are_those_of_a_full_decode(
    rendered: dict[str, tuple[Path, list[tuple[float, bytes]]]], start: int, length: int, variant: str
) -> None:
    """Byte for byte, so that none is grey or green, and with the times of a full decode."""
    path, whole = rendered[variant]
    begin, end = start / 1000, (start + length) / 1000
    reader = FrameReader(path, begin, end, 0)
    got = [(f.t_s, f.image.tobytes()) for f in reader]
    expected = [(t_s, image) for t_s, image in whole if begin - 0.001 <= t_s < end - 0.001]
    assert [t for t, _ in got] == pytest.approx([max(0.0, t - begin) for t, _ in expected], abs=0.0006)
    assert [image for _, image in got] == [image for _, image in expected]
    assert reader.undecodable == 0


@pytest.mark.parametrize("variant", ["sparse_keyframes", "open_gop"])
def test_every_first_frame_after_a_seek_has_the_scenes_colours(
    rendered: dict[str, tuple[Path, list[tuple[float, bytes]]]], variant: str
) -> None:
    """A decoder that begins in the middle shows plain grey or green: here each start shows the rendered picture."""
    path, whole = rendered[variant]
    for k in range(0, 175, 13):
        image = next(iter(frames(path, whole[k][0], 100.0, 0))).image
        assert image.tobytes() == whole[k][1]
        assert image.std() > 8
        assert np.abs(np.diff(image.reshape(-1, 3).mean(axis=0))).max() < 40
