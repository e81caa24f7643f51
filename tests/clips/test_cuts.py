"""Clips of scenes: cuts are found, no clip spans one, and every scene gives its clips."""

from __future__ import annotations

from pathlib import Path

import pytest
from numbered_videos import run
from test_clips_compute import clips_of, settings

from fm_assets.clips.cuts import cuts_between, split, windows
from fm_assets.clips.rows import FILTERED_CLIPS
from fm_assets.scenes.encode import encode as encode_scene
from fm_assets.scenes.generate import make_scene
from fm_assets.settings import ClipsSettings
from fm_assets.task import Rejected
from fm_resources.rows import canonical

SCENES = (("mixed", 4.0), ("pan", 6.0), ("shake", 3.0), ("zoom", 5.0))
CUTS = [4.0, 10.0, 13.0]


def joined(folder: Path, parts: list[Path], name: str = "joined.mp4") -> Path:
    listing = folder / "parts.txt"
    listing.write_text("".join(f"file '{part}'\n" for part in parts))
    run("-f", "concat", "-safe", "0", "-i", str(listing), "-c:v", "libx264", "-g", "250", "-sc_threshold", "0",
        "-pix_fmt", "yuv420p", "-threads", "1", str(folder / name))  # fmt: skip
    return folder / name


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("parts")
    return [
        encode_scene(make_scene(k, kind, width=320, height=180, fps=25, duration_s=seconds), folder / f"{k}.mp4")
        for k, (kind, seconds) in enumerate(SCENES)
    ]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory, parts: list[Path]) -> Path:
    """Four scenes of 4, 6, 3 and 5 s, with still and moving cameras; 18 s, one keyframe."""
    return joined(tmp_path_factory.mktemp("film"), parts)


def test_cuts_are_found_to_the_frame(film: Path, parts: list[Path]) -> None:
    assert cuts_between(film, 0.0, 18.0, 3.0) == pytest.approx(CUTS, abs=0.001)
    for part, (_, seconds) in zip(parts, SCENES, strict=True):
        assert cuts_between(part, 0.0, seconds, 3.0) == []


def test_a_cut_next_to_the_end_is_found(film: Path) -> None:
    assert cuts_between(film, 3.0, 4.04, 3.0) == pytest.approx([4.0], abs=0.001)
    assert cuts_between(film, 3.96, 6.0, 3.0) == pytest.approx([4.0], abs=0.001)


def test_every_scene_gives_its_clips(film: Path) -> None:
    rows = clips_of(film, settings("clips.mode=scenes", "clips.max_s=4", "clips.min_s=1")).to_pylist()
    spans = [(row["start_s"], row["end_s"]) for row in rows]
    assert spans == [(0, 4), (4, 7), (7, 10), (10, 13), (13, 15.5), (15.5, 18)]
    assert [row["clip_id"] for row in rows] == [f"video-01234567.c{k}" for k in range(6)]
    assert [row["camera_verdict"] for row in rows] == ["static", *["compensated"] * 5]
    for row in rows:
        assert row["camera"][0]["t_s"] < 0.04 and row["camera"][-1]["t_s"] < row["end_s"] - row["start_s"]


def test_short_scenes_are_left_out_with_a_reason(film: Path) -> None:
    rows = clips_of(film, settings("clips.mode=scenes", "clips.min_scene_s=3.5")).to_pylist()
    assert [row["status"] for row in rows] == ["keep", "keep", "drop", "keep"]
    assert rows[2]["reason"] == "a scene of 3 s is shorter than clips.min_scene_s = 3.5"


def test_a_video_is_rejected_only_when_every_clip_is_dropped(film: Path) -> None:
    moving = ("clips.mode=scenes", "clips.camera_policy=drop", "clips.camera_threshold=0.01")
    # a zoom neither shifts nor turns the frame, so s_m is blind to it
    assert [row["status"] for row in clips_of(film, settings(*moving)).to_pylist()] == ["keep", "drop", "drop", "keep"]
    with pytest.raises(Rejected, match=r"every clip was dropped: a scene of .* is shorter than") as caught:
        clips_of(film, settings("clips.mode=scenes", "clips.min_scene_s=9"))
    assert canonical(caught.value.rows, FILTERED_CLIPS).num_rows == 4


@pytest.mark.parametrize("video_id", [f"film-{k:08x}" for k in range(6)])
def test_no_window_spans_a_cut(film: Path, video_id: str) -> None:
    row = clips_of(film, settings(), video_id).to_pylist()[0]
    assert not [cut for cut in CUTS if row["start_s"] + 0.001 < cut < row["end_s"] - 0.001]
    assert row["end_s"] - row["start_s"] >= 2.0
    assert row["camera_verdict"] in ("static", "compensated")


def test_a_window_of_nothing_but_cuts_says_so(tmp_path: Path, parts: list[Path]) -> None:
    short = []
    for k, part in enumerate(parts[:2] * 6):
        run("-ss", str(0.2 * k), "-i", str(part), "-t", "0.4", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-threads", "1", str(tmp_path / f"{k}.mp4"))  # fmt: skip
        short.append(tmp_path / f"{k}.mp4")
    with pytest.raises(Rejected, match=r"cuts, and no scene of clips.min_scene_s = 1; try clips.mode = .scenes."):
        clips_of(joined(tmp_path, short, "rapid.mp4"), settings())


def test_splitting() -> None:
    assert split(1.0, 5.0, [0.5, 3.0, 5.0, 3.0]) == [(1.0, 3.0), (3.0, 5.0)]
    assert windows((2.0, 12.0), ClipsSettings()) == [(2.0, 12.0)]
    assert windows((0.0, 20.1), ClipsSettings()) == [(0.0, 6.7), (6.7, 13.4), (13.4, 20.1)]


@pytest.mark.parametrize("name", ["sam2_bedroom", "udacity_solidWhiteRight", "sam2_01_dog", "intel_bottle-detection"])
def test_real_videos_of_one_take_have_no_cuts(shared_data: Path, name: str) -> None:
    assert cuts_between(shared_data / "videos" / f"{name}.mp4", 0.0, 9.0, 3.0) == []
