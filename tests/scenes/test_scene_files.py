"""Encoded scenes: what a decoder gets back is what was rendered; the demo corpus."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import subprocess
from collections import Counter
from pathlib import Path

import av
import numpy as np
import pytest

from fm_assets.motion.vocabulary import SHAPES
from fm_assets.scenes import SCENE_TAG, encode
from fm_assets.scenes.corpus import demo_corpus, demo_scenes, truth_path, write_scene
from fm_assets.scenes.encode import VARIANTS, EncodeError, Variant, adapt, suffix
from fm_assets.scenes.generate import KINDS, make_scene
from fm_assets.scenes.read import spec_from_json
from fm_assets.scenes.render import render
from fm_assets.scenes.spec import SceneSpec
from fm_assets.scenes.truth import read_truth, truth
from fm_resources.video import ffmpeg_binary

SHORT = make_scene(21, "straight", width=320, height=180, duration_s=3.0)


@dataclasses.dataclass
class Decoded:
    frames: list[np.ndarray]
    times: np.ndarray
    rotation: int
    size: tuple[int, int]
    codec: str
    metadata: dict[str, str]
    keyframes: list[int]
    duration_s: float


def decode(path: Path) -> Decoded:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        duration = container.duration / av.time_base
        frames = list(container.decode(stream))
        return Decoded(
            frames=[f.to_ndarray(format="rgb24") for f in frames],
            times=np.array([float(f.pts * f.time_base) for f in frames]),
            rotation=frames[0].rotation,
            size=(stream.codec_context.width, stream.codec_context.height),
            codec=stream.codec_context.name,
            metadata={k.lower(): v for k, v in container.metadata.items()},
            keyframes=[i for i, f in enumerate(frames) if f.key_frame],
            duration_s=duration,
        )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[Variant, Path]:
    folder = tmp_path_factory.mktemp("scenes")
    return {variant: write_scene(SHORT, folder, variant) for variant in VARIANTS}


@pytest.mark.parametrize("variant", VARIANTS)
def test_decoded_frames_are_the_rendered_ones(written: dict[Variant, Path], variant: Variant) -> None:
    spec, got = adapt(SHORT, variant), decode(written[variant])
    upright = [np.rot90(f, got.rotation // 90) for f in got.frames]
    rendered = list(render(spec))
    assert len(upright) == len(rendered) == len(spec.times())
    for frame, expected in zip(upright, rendered, strict=True):
        assert frame.shape == expected.shape == (spec.height, spec.width, 3)
        assert np.abs(frame.astype(int) - expected).mean() < 2.5
    assert np.abs(got.times - spec.times()).max() < 5e-4
    assert got.duration_s == pytest.approx(spec.duration_s, abs=0.002)
    assert got.metadata["comment"] == SCENE_TAG


@pytest.mark.parametrize("variant", VARIANTS)
def test_object_is_found_in_decoded_pixels(written: dict[Variant, Path], variant: Variant) -> None:
    """The fill colour, thresholded in a decoded frame, fills the truth box; sees a wrong time, turn or flip."""
    spec, got = adapt(SHORT, variant), decode(written[variant])
    exact = read_truth(truth_path(written[variant]))
    empty = list(render(dataclasses.replace(spec, objects=())))
    for k in (0, len(got.frames) // 2, len(got.frames) - 1):
        frame = np.rot90(got.frames[k], got.rotation // 90)
        ys, xs = np.nonzero(np.abs(frame.astype(int) - empty[k]).max(axis=2) > 45)
        seen = np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1])
        assert np.abs(seen - exact.boxes[0, k]).max() < 3.5


def test_what_is_peculiar_about_each_variant(written: dict[Variant, Path]) -> None:
    got = {variant: decode(path) for variant, path in written.items()}
    assert got["h264"].codec == "h264" and got["h264"].rotation == 0 and got["h264"].size == (320, 180)
    assert got["vp9"].codec in ("vp9", "libvpx-vp9") and written["vp9"].suffix == ".webm"
    assert got["rotated"].size == (180, 320) and abs(got["rotated"].rotation) == 90
    assert got["odd_size"].size == (321, 181)
    gaps = np.diff(got["variable_rate"].times)
    assert gaps.max() > 2.5 * gaps.min() and len(gaps) < len(got["h264"].times) - 1
    assert got["h264"].keyframes == [0, 50] and got["sparse_keyframes"].keyframes == [0]


def test_ffmpeg_turns_the_rotated_file_upright(written: dict[Variant, Path]) -> None:
    """The display matrix is judged by ffmpeg's own automatic rotation, not by our reading of its sign."""
    command = [str(ffmpeg_binary()), "-v", "error", "-i", str(written["rotated"]), "-frames:v", "1"]
    raw = subprocess.run([*command, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], capture_output=True, check=True).stdout
    frame = np.frombuffer(raw, np.uint8).reshape(SHORT.height, SHORT.width, 3)
    assert np.abs(frame.astype(int) - next(render(SHORT))).mean() < 2.5


def test_open_gop_starts_later_groups_without_idr(written: dict[Variant, Path]) -> None:
    def slices(path: Path) -> Counter[int]:
        with av.open(str(path)) as container:
            kinds: Counter[int] = Counter()
            for packet in container.demux(video=0):
                data, at = bytes(packet), 0
                while at + 4 < len(data):
                    kinds[data[at + 4] & 31] += 1
                    at += 4 + int.from_bytes(data[at : at + 4], "big")
        return kinds

    assert slices(written["h264"])[5] == 2
    assert slices(written["open_gop"])[5] == 1


@pytest.mark.parametrize("variant", ["h264", "vp9", "rotated", "variable_rate"])
def test_same_seed_same_bytes(written: dict[Variant, Path], variant: Variant, tmp_path: Path) -> None:
    again = make_scene(21, "straight", width=320, height=180, duration_s=3.0)
    other = write_scene(again, tmp_path, variant)
    assert other.name == written[variant].name
    assert other.read_bytes() == written[variant].read_bytes()
    assert truth_path(other).read_bytes() == truth_path(written[variant]).read_bytes()


def test_variants_differ_in_bytes(written: dict[Variant, Path]) -> None:
    assert len({hashlib.sha256(p.read_bytes()).hexdigest() for p in written.values()}) == len(VARIANTS)
    # the exact files and nothing half-done
    folder = written["h264"].parent
    assert sorted(p.name for p in folder.iterdir()) == sorted(
        name for p in written.values() for name in (p.name, truth_path(p).name)
    )


def test_failing_ffmpeg_is_reported_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "ffmpeg"
    broken.write_text("#!/bin/sh\necho 'no such encoder' >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(encode, "ffmpeg_binary", lambda: str(broken))
    out = tmp_path / "out"
    with pytest.raises(EncodeError, match="ended with 3: no such encoder"):
        write_scene(SHORT, out)
    assert list(out.iterdir()) == []


def test_wrong_endings_and_variants_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"written to a \.webm file"):
        encode.encode(SHORT, tmp_path / "a.mp4", "vp9")
    with pytest.raises(ValueError, match="unknown variant 'gif'"):
        adapt(SHORT, "gif")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="variable timing"):
        encode.encode(dataclasses.replace(SHORT, timing="variable"), tmp_path / "a.mp4")


@pytest.mark.parametrize("seed", range(4))
def test_demo_corpus_has_variety(seed: int) -> None:
    scenes = list(demo_scenes(12, seed))
    specs: list[SceneSpec] = [spec for spec, _, _ in scenes]
    assert {obj.trajectory.shape for spec in specs for obj in spec.objects} == set(SHAPES)
    assert sum(spec.camera.kind != "static" for spec in specs) == 3
    assert {len(spec.objects) for spec in specs} >= {1, 2, 3, 4}
    assert {spec.kind for spec in specs} >= {"crossing", "occlusion", "entering"}
    variants = Counter(variant for _, variant, _ in scenes)
    assert all(variants[v] == 1 for v in ("vp9", "rotated", "odd_size", "variable_rate")) and variants["h264"] == 8
    assert all(6 <= spec.duration_s <= 8 and spec.fps == 25 for spec in specs)


def test_demo_corpus_grows_without_changing_and_names_stay_apart() -> None:
    long = list(demo_scenes(40, 3))
    assert list(demo_scenes(5, 3)) == long[:5]
    stems = [stem for _, _, stem in long]
    assert len(set(stems)) == len(stems)
    assert all(stem == stem.lower() and stem.replace("-", "").isalnum() for stem in stems)


def test_demo_corpus_writes_and_reports(tmp_path: Path) -> None:
    calls: list[tuple[int, int, str]] = []
    videos = demo_corpus(tmp_path, 2, progress=lambda done, count, video: calls.append((done, count, video.name)))
    assert [(a, b) for a, b, _ in calls] == [(1, 2), (2, 2)] and [c[2] for c in calls] == [v.name for v in videos]
    for video, (spec, variant, stem) in zip(videos, demo_scenes(2), strict=True):
        assert video.stem == stem and video.suffix == suffix(variant)
        assert np.allclose(read_truth(truth_path(video)).times, truth(adapt(spec, variant)).times, atol=1e-6)
    with pytest.raises(ValueError, match="at least 1"):
        demo_corpus(tmp_path, 0)


@pytest.mark.slow
def test_demo_corpus_does_not_depend_on_processes(tmp_path: Path) -> None:
    one = demo_corpus(tmp_path / "one", 6)
    two = demo_corpus(tmp_path / "two", 6, processes=2)
    assert [p.name for p in one] == [p.name for p in two]
    for a, b in zip(one, two, strict=True):
        assert a.read_bytes() == b.read_bytes() and truth_path(a).read_bytes() == truth_path(b).read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_a_scene_is_read_back_from_its_json(kind: str) -> None:
    spec = make_scene(5_000_001, kind)
    assert spec_from_json(json.loads(json.dumps(spec.to_json()))) == spec
