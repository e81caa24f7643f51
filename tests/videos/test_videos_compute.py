"""The stage `source_videos`: facts, limits, domain."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from numbered_videos import X264, encode
from PIL import Image

from fm_assets.scenes import SCENE_TAG
from fm_assets.settings import load_settings
from fm_assets.task import Rejected, SourceFile, Task
from fm_assets.videos.compute import compute
from fm_assets.videos.rows import SOURCE_VIDEOS
from fm_resources.rows import canonical


def row_of(path: Path, *overrides: str, domain: str = "kitchen") -> dict:
    task = Task("source_videos", "a-video-01234567", SourceFile(path, "ab" * 32, domain, "CC-BY-4.0"), {})
    chosen = load_settings(overrides=overrides, env={})
    return canonical(compute(task, chosen), SOURCE_VIDEOS).to_pylist()[0]


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return encode(tmp_path_factory.mktemp("videos") / "plain.mp4", 50)


def test_row_of_a_usable_video(video: Path) -> None:
    row = row_of(video)
    assert Image.open(io.BytesIO(row.pop("poster"))).size == (160, 96)
    assert row == {
        "video_id": "a-video-01234567",
        "sha256": "ab" * 32,
        "size_bytes": video.stat().st_size,
        "container": "mov,mp4,m4a,3gp,3g2,mj2",
        "codec": "h264",
        "width": 160,
        "height": 96,
        "rotation": 0,
        "fps": 25.0,
        "duration_s": 2.0,
        "frames": 50,
        "variable_fps": False,
        "has_audio": False,
        "domain": "kitchen",
        "licence": "CC-BY-4.0",
    }


@pytest.mark.parametrize("ending", ["mp4", "mkv", "webm"])
def test_our_scenes_are_recognised(tmp_path: Path, ending: str) -> None:
    codec = X264 if ending != "webm" else ("-c:v", "libvpx")
    path = encode(tmp_path / f"scene.{ending}", 25, (*codec, "-metadata", f"comment={SCENE_TAG}"))
    assert row_of(path)["domain"] == "rendered"
    other = encode(tmp_path / f"other.{ending}", 25, (*codec, "-metadata", f"comment=not a {SCENE_TAG}"))
    assert row_of(other)["domain"] == "kitchen"


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("videos.min_duration_s=2.5", "it lasts 2.00 s, less than videos.min_duration_s = 2.5"),
        ("videos.max_duration_s=1.5", "it lasts 2 s, more than videos.max_duration_s = 1.5"),
        ("videos.min_side_px=97", "160 x 96 px, the smaller side below videos.min_side_px = 97"),
        ("videos.max_side_px=159", "160 x 96 px, the larger side above videos.max_side_px = 159"),
    ],
)
def test_limits_name_themselves(video: Path, limit: str, said: str) -> None:
    with pytest.raises(Rejected) as caught:
        row_of(video, limit)
    assert said in caught.value.reason
    assert caught.value.reason.startswith("plain.mp4: ")
    assert caught.value.rows is None


def test_a_file_that_is_no_video_is_rejected_not_failed(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(Rejected, match="not a video"):
        row_of(tmp_path / "text.mp4")


def test_real_videos_are_usable(shared_data: Path) -> None:
    for path in sorted((shared_data / "videos").glob("*.mp4")):
        row = row_of(path)
        assert row["frames"] == pytest.approx(row["fps"] * row["duration_s"], abs=1)
