"""Pictures of an audit: frames of the video with the boxes that were stored, decoded only when asked for."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from PIL import Image

from fm_assets.audit.frame import FrameAudit
from fm_assets.audit.qa import QaAudit
from fm_assets.preview import Tile, draw_overlay
from fm_resources.lake import DamagedArtifact, Lake
from fm_resources.video import BadVideo, frames

#: Frames of a question's evidence, and their width in pixels.
SHOTS, SHOT_WIDTH = 6, 480
#: Past the last instant wanted: the frame that is shown then begins within this, at any usual rate.
AFTER_S = 0.25


class NoPicture(RuntimeError):
    """There is nothing to draw on; the message says why."""


@dataclass(frozen=True)
class Shot:
    """A frame with boxes: seconds from the clip's start, JPEG."""

    t_s: float
    jpeg: bytes


def video_file(video: Mapping[str, Any]) -> Path:
    """A path that holds a video's bytes, by size.

    Args:
        video: Row of `video.sql`.

    Raises:
        NoPicture: There is none.
    """
    places = [Path(name) for name in dict.fromkeys([video["path"], *(video["paths"] or [])]) if name]
    for path in places:
        if path.is_file() and video["size_bytes"] in (None, path.stat().st_size):
            return path
    listed = ", ".join(map(str, places)) or "any known path"
    raise NoPicture(f"the file of {video['video_id']} is not at {listed} any more")


def frame_picture(found: FrameAudit) -> bytes:
    """The frame at an instant as PNG at full size: tracks in colour, detections in grey.

    Raises:
        NoPicture: The file is gone or cannot be decoded there.
    """
    at = found.clip["start_s"] + (found.t_s if found.frame_t_s is None else found.frame_t_s)
    image = next(iter(_decode(video_file(found.video), at, at + AFTER_S, 0.0, None)), None)
    if image is None:
        raise NoPicture(f"{found.clip['clip_id']} has no frame at {found.t_s:g} s that can be decoded")
    canvas = Image.fromarray(image[1])
    detected = [(*_corners(box), f"{box['class']} {box['score']:.2f}", -1) for box in found.detections]
    tracked = []
    for box in found.tracks:
        kind = "" if box["observed"] else " (interpolated)"
        tracked.append((*_corners(box), f"{_name(box)}{kind}", _number(box["track_id"])))
    font_px, width = max(11, canvas.height // 32), max(1, canvas.height // 270)
    draw_overlay(canvas, Tile(canvas, "", detected), 1.0, (0, 0), font_px, width, rim=True, below=True)
    draw_overlay(canvas, Tile(canvas, "", tracked), 1.0, (0, 0), font_px, width, rim=True)
    buffer = io.BytesIO()
    canvas.save(buffer, "PNG")
    return buffer.getvalue()


def evidence_shots(found: QaAudit, lake: Lake) -> tuple[list[Shot], str]:
    """Frames of the interval that the right option's facts cover, with the tracks that the evidence is about.

    Returns:
        The frames, and a sentence on where they come from or why there are none. Where the video's file is gone,
        the small pictures that the lake keeps of the clip stand in.
    """
    facts = [f for f in found.evidence if f["role"] == "right" and f["t0"] is not None]
    if not facts or not found.clip:
        return [], "the question cites no fact with an interval"
    start, end = min(f["t0"] for f in facts), max(f["t1"] for f in facts)
    try:
        tracks = _tracks(found, lake)
        path = video_file(found.video)
        begin = found.clip["start_s"]
        rate = (SHOTS - 1) / (end - start) if end > start else 0.0
        images = [
            (t + start, Image.fromarray(image))
            for t, image in _decode(path, begin + start, begin + end + AFTER_S, rate, SHOT_WIDTH)
        ][: SHOTS if end > start else 1]
        note = f"decoded from {path}"
    except DamagedArtifact as error:
        return [], str(error)
    except NoPicture as error:
        images, note = _thumbnails(found, lake, start, end), f"{error}; small pictures from the lake instead"
    return [Shot(t, _annotated(image, t, start, found.clip, tracks)) for t, image in images], note


def _decode(
    path: Path, start_s: float, end_s: float, fps: float, longer_side: int | None
) -> Iterable[tuple[float, Any]]:
    try:
        for frame in frames(path, start_s, end_s, fps, longer_side=longer_side):
            yield frame.t_s, frame.image
    except BadVideo as error:
        raise NoPicture(error.reason) from None


def _tracks(found: QaAudit, lake: Lake) -> list[dict[str, Any]]:
    if "tracks" not in found.made:
        return []
    table = lake.read("tracks", found.pair["video_id"], found.made["tracks"]["artifact_id"])
    names = pa.array([track["track_id"] for track in found.tracks], pa.string())
    return table.filter(pc.is_in(table["track_id"], names)).select(["track_id", "class", "colour", "boxes"]).to_pylist()


def _thumbnails(found: QaAudit, lake: Lake, start: float, end: float) -> list[tuple[float, Image.Image]]:
    """The lake's own small pictures of the clip within the interval, or all of them when none lies within."""
    made = found.made.get("filtered_clips")
    if made is None:
        return []
    try:
        table = lake.read("filtered_clips", found.pair["video_id"], made["artifact_id"], ["clip_id", "thumbnails"])
    except DamagedArtifact:
        return []
    rows = table.filter(pc.equal(table["clip_id"], found.pair["clip_id"])).to_pylist()
    shots = [shot for row in rows for shot in row["thumbnails"]]
    inside = [shot for shot in shots if start <= shot["t_s"] <= end] or shots
    return [(shot["t_s"], Image.open(io.BytesIO(shot["jpeg"])).convert("RGB")) for shot in inside[:SHOTS]]


def _annotated(
    image: Image.Image, t_s: float, start: float, clip: Mapping[str, Any], tracks: Sequence[Mapping[str, Any]]
) -> bytes:
    tile = Tile(image, "")
    for track in tracks:
        colour = _number(track["track_id"])
        past = [p for p in track["boxes"] if start - 0.05 <= p["t_s"] <= t_s + 0.05]
        tile.trails.append(([((p["x1"] + p["x2"]) / 2, (p["y1"] + p["y2"]) / 2) for p in past], colour))
        near = min(track["boxes"], key=lambda p: abs(p["t_s"] - t_s))
        if abs(near["t_s"] - t_s) < 0.15:
            name = track["track_id"].rsplit(".", 1)[1]
            tile.boxes.append((*_corners(near), f"{name} {track['colour']} {track['class']}", colour))
    draw_overlay(
        image, tile, image.width / clip["width"], (0, 0), max(9, image.width // 32), max(1, image.width // 200)
    )
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def _corners(box: Mapping[str, Any]) -> tuple[float, float, float, float]:
    return box["x1"], box["y1"], box["x2"], box["y2"]


def _name(track: Mapping[str, Any]) -> str:
    """`t3 red ball`."""
    return " ".join(filter(None, (track["track_id"].rsplit(".", 1)[1], track["colour"], track["class"])))


def _number(track_id: str) -> int:
    """A track's colour: its number in the clip."""
    return int("".join(c for c in track_id.rsplit(".", 1)[1] if c.isdigit()) or 0)
