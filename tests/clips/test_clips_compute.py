"""The stage `filtered_clips` on encoded files."""

from __future__ import annotations

import io
import json
from pathlib import Path

import av
import numpy as np
import pyarrow as pa
import pytest
from numbered_videos import X264, encode
from PIL import Image

from fm_assets.clips.compute import compute
from fm_assets.clips.rows import FILTERED_CLIPS
from fm_assets.clips.transforms import transform_at
from fm_assets.scenes.encode import encode as encode_scene
from fm_assets.scenes.generate import make_scene
from fm_assets.settings import Settings, load_settings
from fm_assets.task import Rejected, SourceFile, Task
from fm_assets.videos.compute import compute as probe_video
from fm_resources.rows import canonical, data_version


def settings(*overrides: str) -> Settings:
    return load_settings(overrides=overrides, env={})


def clips_of(path: Path, chosen: Settings, video_id: str = "video-01234567") -> pa.Table:
    source = SourceFile(path, "0" * 64, "test", "")
    videos = canonical(probe_video(Task("source_videos", video_id, source, {}), chosen), _schema())
    return canonical(
        compute(Task("filtered_clips", video_id, source, {"source_videos": videos}), chosen), FILTERED_CLIPS
    )


def _schema() -> pa.Schema:
    from fm_assets.videos.rows import SOURCE_VIDEOS

    return SOURCE_VIDEOS


@pytest.fixture(scope="module")
def panning(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scene = make_scene(2, "pan", width=320, height=180, fps=25, duration_s=6.0)
    return encode_scene(scene, tmp_path_factory.mktemp("scenes") / "pan.mp4")


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scene = make_scene(2, "mixed", width=320, height=180, fps=25, duration_s=4.0)
    return encode_scene(scene, tmp_path_factory.mktemp("scenes") / "still.mp4")


def test_a_clip_has_its_seconds_its_camera_and_its_pictures(panning: Path) -> None:
    clip = clips_of(panning, settings()).to_pylist()[0]
    assert clip["clip_id"] == "video-01234567.c0"
    assert 0 <= clip["start_s"] < clip["end_s"] <= 6.0
    assert 5.0 <= clip["end_s"] - clip["start_s"] <= 6.0
    assert (clip["camera_verdict"], clip["frame_of_reference"], clip["status"]) == ("compensated", "stabilised", "keep")
    times = np.array([step["t_s"] for step in clip["camera"]])
    assert np.all(np.diff(times) > 0.05) and len(times) >= 10 * (clip["end_s"] - clip["start_s"]) - 1
    assert np.abs(transform_at(clip["camera"], times[-1:])[0, :, 2]).max() > 20
    assert len(clip["thumbnails"]) == 4
    for thumbnail in clip["thumbnails"]:
        assert Image.open(io.BytesIO(thumbnail["jpeg"])).size == (192, 108)
        assert len(thumbnail["jpeg"]) < 9000
    spread = np.diff([0, *(t["t_s"] for t in clip["thumbnails"]), clip["end_s"] - clip["start_s"]])
    assert spread.min() > 0.4


def test_a_short_video_is_kept_whole(still: Path) -> None:
    clip = clips_of(still, settings()).to_pylist()[0]
    assert (clip["start_s"], clip["end_s"]) == (0.0, 4.0)
    assert (clip["camera_verdict"], clip["frame_of_reference"]) == ("static", "image")
    assert clip["camera_score"] < 0.01


def test_same_file_gives_the_same_rows(panning: Path) -> None:
    one, two = (clips_of(panning, settings()) for _ in range(2))
    assert data_version(one) == data_version(two)
    assert one.equals(two)


def test_dropped_clips_keep_their_scores(panning: Path) -> None:
    chosen = settings("clips.camera_policy=drop", "clips.camera_threshold=0.01")
    with pytest.raises(Rejected, match=r"s_m = .* exceeds clips.camera_threshold = 0.01") as caught:
        clips_of(panning, chosen)
    row = canonical(caught.value.rows, FILTERED_CLIPS).to_pylist()[0]
    assert (row["status"], row["camera_verdict"]) == ("drop", "dropped")
    assert row["camera_score"] > 0.01
    assert row["reason"] in caught.value.reason


def test_the_paper_keeps_still_cameras(still: Path) -> None:
    assert clips_of(still, settings("profile=paper")).to_pylist()[0]["status"] == "keep"


def test_few_and_large_thumbnails_of_a_small_camera_frame(still: Path) -> None:
    clip = clips_of(still, settings("clips.camera_width_px=64", "clips.thumbnails=2")).to_pylist()[0]
    assert [Image.open(io.BytesIO(t["jpeg"])).width for t in clip["thumbnails"]] == [192, 192]


@pytest.mark.parametrize(("hurt", "rejected"), [(range(40, 50), False), (range(20, 90), True)])
def test_a_clip_of_which_too_much_is_damaged_is_rejected(tmp_path: Path, hurt: range, rejected: bool) -> None:
    path = encode(tmp_path / "hurt.mp4", 100, (*X264, "-g", "10", "-movflags", "+faststart"))
    with av.open(str(path)) as container:
        packets = [(p.pos, p.size) for p in container.demux(video=0) if p.size]
    data = bytearray(path.read_bytes())
    for position, size in packets[hurt.start : hurt.stop]:
        data[position : position + size] = bytes(size)
    path.write_bytes(data)
    if not rejected:
        # the numbers in the pictures change like cuts
        assert clips_of(path, settings("clips.cut_threshold=1000")).num_rows == 1
        return
    with pytest.raises(Rejected, match=r"28 of 40 frames \(70%\) cannot be decoded"):
        clips_of(path, settings())


def test_rows_survive_json(panning: Path) -> None:
    rows = clips_of(panning, settings()).drop_columns(["thumbnails"]).to_pylist()
    assert json.loads(json.dumps(rows)) == rows
