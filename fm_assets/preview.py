"""Contact sheets for the Dagster UI and the terminal: small frames with boxes and trails, made from stored rows."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from PIL import Image, ImageDraw, ImageFont

from fm_assets.checks import Batch
from fm_resources.lake import DamagedArtifact

#: A picture's size in the event log: base64 included, it stays below 40 KB.
MOST_BYTES = 40_000
COLUMNS = 4
TILE = (192, 108)
CAPTION = 12

#: Distinct on light and dark ground (Okabe and Ito).
PALETTE = ((230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0), (204, 121, 167))
#: Of boxes with a negative colour number: what stands back.
GREY = (170, 170, 170)


@dataclass
class Tile:
    """One frame of a contact sheet.

    Attributes:
        image: The frame.
        title: Text above it.
        boxes: `(x1, y1, x2, y2, label, colour number)` in pixels of the image.
        trails: Polylines of box centres with colour number, in pixels of the image.
    """

    image: Image.Image
    title: str
    boxes: list[tuple[float, float, float, float, str, int]] = field(default_factory=list)
    trails: list[tuple[list[tuple[float, float]], int]] = field(default_factory=list)


def picture(batch: Batch, most: int = 8) -> str:
    """Markdown of an inline contact sheet of a batch; empty where there is nothing to show."""
    data = contact_sheet(list(tiles(batch, most)))
    return f"![contact sheet](data:image/jpeg;base64,{base64.b64encode(data).decode()})" if data else ""


def contact_sheet(found: list[Tile]) -> bytes:
    """Tiles in a grid as JPEG of at most `MOST_BYTES` in base64; empty bytes for no tiles."""
    if not found:
        return b""
    columns = min(COLUMNS, len(found))
    width, height = TILE[0], TILE[1] + CAPTION
    sheet = Image.new("RGB", (columns * width, -(-len(found) // columns) * height), (24, 24, 24))
    for number, tile in enumerate(found):
        sheet.paste(draw_tile(tile), ((number % columns) * width, (number // columns) * height))
    for quality in (80, 65, 50, 35, 20):
        buffer = io.BytesIO()
        sheet.save(buffer, "JPEG", quality=quality, optimize=True)
        if len(buffer.getvalue()) * 4 // 3 + 64 <= MOST_BYTES:
            break
    return buffer.getvalue()


def draw_tile(tile: Tile, room: tuple[int, int] = TILE) -> Image.Image:
    """A tile drawn: title, frame, trails, boxes.

    Args:
        tile: The tile.
        room: Width and height for the frame, pixels; the title comes on top.
    """
    canvas = Image.new("RGB", (room[0], room[1] + CAPTION), (24, 24, 24))
    scale = min(room[0] / tile.image.width, room[1] / tile.image.height)
    size = (max(1, round(tile.image.width * scale)), max(1, round(tile.image.height * scale)))
    left, top = (room[0] - size[0]) // 2, CAPTION
    canvas.paste(tile.image.resize(size), (left, top))
    draw_overlay(canvas, tile, scale, (left, top), 9, 1)
    ImageDraw.Draw(canvas).text((2, 0), tile.title, fill=(230, 230, 230), font=ImageFont.load_default(9))
    return canvas


def draw_overlay(
    canvas: Image.Image,
    tile: Tile,
    scale: float,
    corner: tuple[int, int],
    font_px: int,
    width: int,
    *,
    rim: bool = False,
    below: bool = False,
) -> None:
    """Draws a tile's boxes and trails into a picture.

    Args:
        canvas: The picture, changed in place.
        tile: Boxes and trails.
        scale: Pixels of the canvas per pixel of the tile's image.
        corner: Where the image's upper left corner lies in the canvas.
        font_px: Height of the labels.
        width: Width of the lines.
        rim: Give labels a dark rim, so that they are read on any ground.
        below: Labels stand below the boxes instead of above.
    """
    pen = ImageDraw.Draw(canvas)
    font = ImageFont.load_default(font_px)
    left, top = corner
    for points, colour in tile.trails:
        line = [(left + x * scale, top + y * scale) for x, y in points]
        if len(line) > 1:
            pen.line(line, fill=_ink(colour), width=width)
    for x1, y1, x2, y2, label, colour in tile.boxes:
        upper = (left + x1 * scale, top + y1 * scale)
        pen.rectangle([upper, (left + x2 * scale, top + y2 * scale)], outline=_ink(colour), width=width)
        if label:
            at = (upper[0] + 1, top + y2 * scale + 1 if below else max(top, upper[1] - font_px - 1 - 2 * rim))
            pen.text(at, label, fill=_ink(colour), font=font, stroke_width=int(rim), stroke_fill=(0, 0, 0))


def _ink(colour: int) -> tuple[int, int, int]:
    return PALETTE[colour % len(PALETTE)] if colour >= 0 else GREY


def tiles(batch: Batch, most: int) -> Iterator[Tile]:
    """Tiles of the batch's first videos, with what the stage knows drawn in; none for the corpus."""
    if batch.stage.corpus:
        return
    few = len(batch.usable) < most
    for item in batch.usable[:most]:
        if batch.stage.name == "source_videos":
            yield from _posters(batch, item.video_id)
            continue
        clips = _current(batch, "filtered_clips", item.video_id)
        if clips is not None and clips.num_rows:
            yield from _clip_tiles(batch, item.video_id, clips.slice(0, 1).to_pylist()[0], each=few)


def _posters(batch: Batch, video_id: str) -> Iterator[Tile]:
    table = _current(batch, "source_videos", video_id)
    for row in table.to_pylist() if table is not None else ():
        if row["poster"]:
            title = f"{video_id.rsplit('-', 1)[0][:20]} {row['width']}x{row['height']}"
            yield Tile(Image.open(io.BytesIO(row["poster"])).convert("RGB"), title)


def _clip_tiles(batch: Batch, video_id: str, clip: Mapping[str, Any], *, each: bool) -> Iterator[Tile]:
    shots = clip["thumbnails"]
    if not shots:
        return
    chosen = shots[1:3] if each and len(shots) > 2 else [shots[len(shots) // 2]]
    overlay = _overlay(batch, video_id)
    for shot in chosen:
        image = Image.open(io.BytesIO(shot["jpeg"])).convert("RGB")
        tile = Tile(image, f"{video_id.rsplit('-', 1)[0][:22]} {shot['t_s']:.1f}s")
        if batch.stage.name == "filtered_clips":
            tile.title = f"{tile.title} {clip['camera_verdict']}"
        scale = image.width / clip["width"]
        if overlay is not None:
            overlay(tile, clip["clip_id"], shot["t_s"], scale)
        yield tile


def _overlay(batch: Batch, video_id: str) -> Any:
    """A function that draws this stage's boxes into a tile; tracks serve all stages below them."""
    if batch.stage.name == "filtered_clips":
        return None
    name = "detections" if batch.stage.name == "detections" else "tracks"
    table = _current(batch, name, video_id)
    if table is None:
        return None
    return _draw_detections(table) if name == "detections" else _draw_tracks(table)


def _current(batch: Batch, stage: str, video_id: str) -> pa.Table | None:
    """Current rows of a stage, or None: a picture is worth having, and not worth a failed run."""
    head = batch.heads(stage).get(video_id)
    if head is None or head.status != "ok":
        return None
    try:
        return batch.lake.read(stage, video_id, head.artifact_id)
    except DamagedArtifact:
        return None


def _draw_detections(table: pa.Table) -> Any:
    rows = table.to_pylist()

    def draw(tile: Tile, clip_id: str, t_s: float, scale: float) -> None:
        frames = [r for r in rows if r["clip_id"] == clip_id]
        if not frames:
            return
        frame = min(frames, key=lambda r: abs(r["t_s"] - t_s))
        for box in frame["boxes"]:
            if box["score"] < 0.25:
                continue
            corners = (box["x1"] * scale, box["y1"] * scale, box["x2"] * scale, box["y2"] * scale)
            tile.boxes.append((*corners, f"{box['class']} {box['score']:.2f}", len(tile.boxes)))

    return draw


def _draw_tracks(table: pa.Table) -> Any:
    rows = table.to_pylist()

    def draw(tile: Tile, clip_id: str, t_s: float, scale: float) -> None:
        for number, track in enumerate(r for r in rows if r["clip_id"] == clip_id):
            points = track["boxes"]
            past = [p for p in points if p["t_s"] <= t_s + 0.05]
            centres = [((p["x1"] + p["x2"]) / 2 * scale, (p["y1"] + p["y2"]) / 2 * scale) for p in past]
            tile.trails.append((centres, number))
            near = min(points, key=lambda p: abs(p["t_s"] - t_s))
            if abs(near["t_s"] - t_s) < 0.15:
                corners = tuple(float(np.float32(near[k]) * scale) for k in ("x1", "y1", "x2", "y2"))
                label = f"{track['class']} {track['track_id'].rsplit('.', 1)[1]}"
                tile.boxes.append((*corners, label, number))  # type: ignore[arg-type]

    return draw
