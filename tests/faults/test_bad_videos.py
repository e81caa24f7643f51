"""Files that are no usable videos are told apart, in words that help; files that are hurt still give their good frames."""

from __future__ import annotations

import os
import pickle
import socket
from pathlib import Path

import av
import numpy as np
import pytest
from numbered_videos import X264, encode, number_in, run
from PIL import Image

from fm_resources.video import BadVideo, CutError, FrameReader, cut, frames, probe

INDEX_FIRST = (*X264, "-g", "10", "-movflags", "+faststart")
INDEX_LAST = (*X264, "-g", "10")


@pytest.fixture(autouse=True)
def silent(capfd: pytest.CaptureFixture[str]):
    """Whatever a file does to ffmpeg, the terminal stays clean."""
    yield
    written = capfd.readouterr()
    assert (written.out, written.err) == ("", "")


def rejection(path: Path) -> BadVideo:
    with pytest.raises(BadVideo) as caught:
        probe(path)
    assert path.name in caught.value.reason
    assert ";" in caught.value.reason, "it says what to do"
    return caught.value


def shortened(path: Path, share: float, name: str) -> Path:
    data = path.read_bytes()
    (path.parent / name).write_bytes(data[: int(len(data) * share)])
    return path.parent / name


def test_missing_file(tmp_path: Path) -> None:
    assert rejection(tmp_path / "gone.mp4").kind == "missing"
    with pytest.raises(BadVideo, match="no such file"):
        next(frames(tmp_path / "gone.mp4", 0, 1, 0))


def test_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    error = rejection(tmp_path / "empty.mp4")
    assert (error.kind, "0 bytes" in error.reason) == ("empty", True)


def test_folder_and_pipe(tmp_path: Path) -> None:
    (tmp_path / "folder.mp4").mkdir()
    os.mkfifo(tmp_path / "pipe.mp4")
    assert rejection(tmp_path / "folder.mp4").kind == rejection(tmp_path / "pipe.mp4").kind == "not_a_file"


def test_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = encode(tmp_path / "private.mp4", 5)
    path.chmod(0)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # root may read everything
    try:
        assert rejection(path).kind == "unreadable"
    finally:
        os.seteuid(user)


@pytest.mark.parametrize(
    "text", ["this is no video\n" * 50, "<html><body>404</body></html>", "\x00" * 4096, "ftypmp42"]
)
def test_text_named_like_a_video(tmp_path: Path, text: str) -> None:
    (tmp_path / "text.mp4").write_text(text)
    error = rejection(tmp_path / "text.mp4")
    assert error.kind == "not_a_video"
    assert "ffmpeg: " in error.reason


def test_picture_named_like_a_video(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((40, 40, 3), np.uint8)).save(tmp_path / "picture.png")
    (tmp_path / "picture.png").rename(tmp_path / "picture.mp4")
    assert rejection(tmp_path / "picture.mp4").kind == "not_a_video"


def test_file_that_was_never_finished(tmp_path: Path) -> None:
    cut_off = shortened(encode(tmp_path / "whole.mp4", 75, INDEX_LAST), 0.6, "cut_off.mp4")
    error = rejection(cut_off)
    assert error.kind == "truncated"
    assert "index" in error.reason and "moov atom not found" in error.reason


@pytest.mark.parametrize(("ending", "options"), [("mp4", INDEX_FIRST), ("mkv", X264), ("avi", ("-c:v", "mjpeg"))])
@pytest.mark.parametrize("share", [0.4, 0.7])
def test_file_that_ends_early(tmp_path: Path, ending: str, options: tuple[str, ...], share: float) -> None:
    whole = encode(tmp_path / f"whole.{ending}", 150, options)
    error = rejection(shortened(whole, share, f"cut_off.{ending}"))
    assert error.kind == "truncated"
    assert "it ends at" in error.reason and "header declares" in error.reason


def test_transport_stream_is_as_long_as_what_is_there(tmp_path: Path) -> None:
    whole = encode(tmp_path / "whole.ts", 150, (*X264, "-g", "10"))
    assert 2.0 < probe(shortened(whole, 0.6, "part.ts")).duration_s < 5.0


def test_sound_without_picture(tmp_path: Path) -> None:
    run("-f", "lavfi", "-i", "sine=duration=1", str(tmp_path / "sound.mp4"))
    Image.fromarray(np.zeros((40, 40, 3), np.uint8)).save(tmp_path / "cover.png")
    covered = ("-i", str(tmp_path / "sound.mp4"), "-i", str(tmp_path / "cover.png"), "-map", "0", "-map", "1")
    run(*covered, "-c:a", "copy", "-c:v", "mjpeg", "-disposition:v:0", "attached_pic", str(tmp_path / "covered.mp4"))
    for name in ("sound.mp4", "covered.mp4"):
        error = rejection(tmp_path / name)
        assert (error.kind, "sound" in error.reason) == ("audio_only", True)


def test_video_stream_without_frames(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "hollow.avi"), "w") as write:
        stream = write.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        write.start_encoding()
    assert rejection(tmp_path / "hollow.avi").kind == "no_frames"


def test_frames_that_cannot_be_decoded(tmp_path: Path) -> None:
    data = bytearray(encode(tmp_path / "noise.mp4", 30, INDEX_FIRST).read_bytes())
    start = data.index(b"mdat") + 8
    data[start:] = bytes(len(data) - start)
    (tmp_path / "noise.mp4").write_bytes(data)
    assert rejection(tmp_path / "noise.mp4").kind == "damaged"


def test_end_of_zeros(tmp_path: Path) -> None:
    """A download that reserved its space, and stopped."""
    data = bytearray(encode(tmp_path / "half.mp4", 150, INDEX_FIRST).read_bytes())
    half = len(data) // 2
    data[half:] = bytes(len(data) - half)
    (tmp_path / "half.mp4").write_bytes(data)
    error = rejection(tmp_path / "half.mp4")
    assert (error.kind, "of 6.0 s" in error.reason) == ("damaged", True)


@pytest.mark.parametrize("kind", ["hls", "hls_remote", "concat", "dash", "sdp"])
def test_playlists_reach_nothing(tmp_path: Path, kind: str) -> None:
    """Opening the pipe would hang, and a connection would wait in the server's queue."""
    os.mkfifo(tmp_path / "secret.ts")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/secret.ts"
        hls = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{}\n#EXT-X-ENDLIST\n"
        text = {
            "hls": hls.format(tmp_path / "secret.ts"),
            "hls_remote": hls.format(address),
            "concat": f"ffconcat version 1.0\nfile {tmp_path / 'secret.ts'}\nfile secret.ts\n",
            "dash": f'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>{address}</BaseURL></MPD>',
            "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 9999 RTP/AVP 96\n",
        }[kind]
        path = tmp_path / "list.mp4"
        path.write_text(text)
        assert rejection(path).kind == "not_a_video"
        with pytest.raises(BadVideo):
            next(frames(path, 0, 1, 0))
        with pytest.raises(BadVideo):
            cut(path, 0, 1, tmp_path / "out.mp4")
        with pytest.raises(BlockingIOError):
            server.accept()
    assert not (tmp_path / "out.mp4").exists()


def test_names_that_ffmpeg_would_read_as_something_else(tmp_path: Path) -> None:
    plain = encode(tmp_path / "plain.mp4", 10)
    for name in ("concat:plain.mp4|plain.mp4", "a%03d.mp4", "-i.mp4", "http:x.mp4", "späße 'x'.mp4"):
        path = tmp_path / name
        path.write_bytes(plain.read_bytes())
        assert probe(path).frames == 10
        assert len(list(frames(cut(path, 0, 0.2, tmp_path / "out.mp4"), 0, 1, 0))) == 5


def test_damage_in_the_middle_is_counted_and_left_out(tmp_path: Path) -> None:
    path = encode(tmp_path / "hurt.mp4", 150, INDEX_FIRST)
    with av.open(str(path)) as container:
        packets = [(p.pos, p.size) for p in container.demux(video=0) if p.size]
    data = bytearray(path.read_bytes())
    for position, size in packets[60:70]:  # a whole group of pictures
        data[position : position + size] = bytes(size)
    path.write_bytes(data)
    assert probe(path).frames == 150
    reader = FrameReader(path, 2.0, 4.0, 0)
    shown = [number_in(f.image) for f in reader]
    assert shown == [n for n in range(50, 100) if not 60 <= n < 70]
    assert (reader.decoded, reader.undecodable) == (40, 10)


def test_cut_of_nothing_says_so(tmp_path: Path) -> None:
    path = encode(tmp_path / "short.mp4", 25)
    with pytest.raises(CutError, match="no frame between"):
        cut(path, 5.0, 6.0, tmp_path / "out.mp4")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["short.mp4"]


def test_rejections_travel_between_processes(tmp_path: Path) -> None:
    error = rejection(tmp_path / "gone; really.mp4")
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (copy.reason, copy.kind, copy.path, str(copy)) == (error.reason, error.kind, error.path, str(error))
