"""Bad input and bad surroundings: a clear sentence, the right exit code, and nothing lost."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from fm_resources.video import ffmpeg_binary


def make_bad_files(folder: Path, good: Path) -> None:
    """Four files that are no usable video, beside a good one."""
    folder.mkdir()
    shutil.copy(good, folder / "good.mp4")
    (folder / "empty.mp4").write_bytes(b"")
    (folder / "text.mp4").write_text("this is a shopping list: milk, eggs, bread\n" * 20)
    whole = good.read_bytes()
    (folder / "truncated.mp4").write_bytes(whole[: len(whole) // 3])
    sound = ["-f", "lavfi", "-i", "sine=frequency=440:duration=2", "-c:a", "aac", str(folder / "sound.mp4")]
    subprocess.run([ffmpeg_binary(), "-loglevel", "error", *sound], check=True)


def test_bad_files_are_rejected_each_with_its_reason_and_the_good_one_goes_through(demo, empty) -> None:
    good = sorted((demo.home / "demo").glob("*.mp4"))[0]
    make_bad_files(empty.folder / "videos", good)
    empty.run("ingest", str(empty.folder / "videos"))
    counts = empty.json("run")
    assert counts["source_videos"] | {"computed": 1, "rejected": 4, "failed": 0} == counts["source_videos"]
    assert counts["qa_pairs"]["computed"] == 1
    rows = {r["video_id"].rsplit("-", 1)[0]: r for r in empty.json("list", "videos")}
    assert rows["good"]["status"] == "ok"
    reasons = {name: rows[name]["reason"] for name in ("empty", "text", "truncated", "sound")}
    assert len(set(reasons.values())) == 4
    assert all(rows[name]["status"] == "rejected" for name in reasons)
    status = empty.run("status")
    assert all(reason[:40] in status for reason in reasons.values())
    again = empty.json("run")
    assert again["source_videos"] | {"computed": 0, "reused": 1, "rejected": 4} == again["source_videos"]


@pytest.mark.slow
def test_a_batch_of_bad_files_alone_is_no_failure(empty) -> None:
    (empty.folder / "only.mp4").write_bytes(b"")
    empty.run("ingest", str(empty.folder / "only.mp4"))
    assert "100 % reused" not in empty.run("run")  # a fresh rejection took a worker
    assert "100 % reused" in empty.run("run")
    assert empty.json("run")["source_videos"]["rejected"] == 1
    assert empty.json("list", "qa") == []


def test_a_wrong_setting_stops_at_start(empty) -> None:
    empty.configure("[tracks]\ntrack_buffer = 0\n")
    out = empty.run("run", code=2)
    assert "tracks.track_buffer = 0 is not allowed" in out
    assert "greater than or equal to 1" in out
    assert "Traceback" not in out


def test_missing_weights_are_one_sentence(empty) -> None:
    empty.configure('[detector]\nweights = "nowhere.pt"\n')
    for command in ("run", "doctor"):
        out = empty.run(command, code=2)
        assert "nowhere.pt" in out and "detector.weights" in out
        assert "Traceback" not in out


def test_a_busy_port_is_one_sentence(empty) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        out = empty.run("ui", "--port", str(port), code=2)
    assert f"port {port} is in use" in out and "--port" in out


def test_an_unwritable_home_is_one_sentence(empty) -> None:
    out = empty.run("status", code=2, FM_HOME="/proc/foundationmotion")
    assert "FM_HOME /proc/foundationmotion cannot be written" in out
    assert "Traceback" not in out


def test_a_full_disk_is_one_sentence(demo, empty) -> None:
    small = empty.folder / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(small)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("a small file system cannot be mounted here")
    try:
        empty.run("ingest", *map(str, sorted((demo.home / "demo").glob("*.mp4"))), FM_LAKE=str(small / "lake"))
        out = empty.run("run", code=2, FM_LAKE=str(small / "lake"))
    finally:
        subprocess.run(["umount", str(small)], check=True)
    assert "no space left for the lake" in out
    assert "Traceback" not in out


@pytest.mark.slow
def test_a_video_that_vanished_fails_and_its_neighbours_do_not(demo, empty) -> None:
    files = sorted((demo.home / "demo").glob("*.mp4"))[:2]
    for file in files:
        shutil.copy(file, empty.folder / file.name)
    empty.run("ingest", *(str(empty.folder / f.name) for f in files))
    (empty.folder / files[0].name).unlink()
    counts = empty.json("run")
    assert counts["source_videos"]["computed"] == 1
    assert counts["source_videos"]["rejected"] + counts["source_videos"]["failed"] == 1


def test_the_key_of_a_service_is_nowhere(empty, demo) -> None:
    secret = "sk-very-secret-12345"
    shutil.copytree(demo.home, empty.home)
    more = {"FM_LLM__API_KEY": secret, "FM_LLM__MODEL": "openai/nothing", "FM_LLM__API_BASE": "http://127.0.0.1:9"}
    out = empty.run("run", code=1, FM_LLM__RETRIES="0", FM_LLM__TIMEOUT_S="2", **more)
    assert secret not in out
    for file in empty.home.rglob("*"):
        if file.is_file():
            assert secret.encode() not in file.read_bytes(), file
