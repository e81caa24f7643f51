"""The audit of an instant of a clip: boxes, facts that cover it, and the questions that rest on them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fm_assets.audit.lookup import UnknownItem, find
from fm_resources.catalog import Ask, Catalog
from fm_resources.lake import Lake


@dataclass(frozen=True)
class FrameAudit:
    """An instant of a clip. Boxes in pixels of the display orientation, times in seconds from the clip's start.

    Attributes:
        clip: The clip's row.
        video: The video's row.
        t_s: The instant that was asked for.
        frame: Number of the sampled frame nearest to it; None where the clip has no detections.
        frame_t_s: Time of that frame.
        artifacts: Stage -> artifact that the boxes were read from.
        detections: Detected boxes of the frame, by falling score.
        tracks: The tracks' boxes in the frame: `observed`, or else interpolated.
        facts: Facts whose interval covers the instant.
        questions: Questions that rest on these facts.
    """

    clip: dict[str, Any]
    video: dict[str, Any]
    t_s: float
    frame: int | None
    frame_t_s: float | None
    artifacts: dict[str, str]
    detections: list[dict[str, Any]]
    tracks: list[dict[str, Any]]
    facts: list[dict[str, Any]]
    questions: list[dict[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        """Plain form for `--json`."""
        return asdict(self)


def audit_frame(catalog: Catalog, lake: Lake, name: str, t_s: float) -> FrameAudit:
    """What is known of an instant.

    Args:
        catalog: The catalog.
        lake: The lake, which holds the boxes.
        name: The clip's id, or a beginning that only it has.
        t_s: Seconds from the clip's start.

    Raises:
        UnknownItem: There is no such clip, several begin so, or the instant lies outside of it.
        DamagedArtifact: The boxes cannot be read from the lake.
    """
    with catalog.asking() as ask:
        clip, video, heads, facts, questions = frame_rows(ask, name, t_s)
    detections = _rows(lake, video["video_id"], heads, "detections", clip["clip_id"])
    number, frame_t_s, boxes = _nearest(detections, t_s)
    tracks = _rows(lake, video["video_id"], heads, "tracks", clip["clip_id"])
    found = [] if number is None or tracks is None else _points(tracks, number)
    used = {stage: name for stage, name in heads.items() if stage in ("detections", "tracks")}
    return FrameAudit(clip, video, t_s, number, frame_t_s, used, boxes, found, facts, questions)


def frame_rows(
    ask: Ask, name: str, t_s: float
) -> tuple[dict[str, Any], dict[str, Any], dict[str, str], list[dict[str, Any]], list[dict[str, Any]]]:
    """The catalog's part of `audit_frame`: clip, video, current artifacts that are ok by stage, facts, questions."""
    clip = find(ask, "clip_find", name, "current clip", "`fm list clips` lists them")
    del clip["id"]
    length = round(clip["end_s"] - clip["start_s"], 3)
    if not 0 <= t_s <= length:
        raise UnknownItem(f"{clip['clip_id']} lasts from 0 to {length:g} s: {t_s:g} s lies outside of it")
    video = ask("video", video_id=clip["video_id"])[0]
    made = ask("video_artifacts", video_id=clip["video_id"])
    heads = {row["stage"]: row["artifact_id"] for row in made if row["is_head"] and row["status"] == "ok"}
    where = {"video_id": clip["video_id"], "clip_id": clip["clip_id"], "t": t_s}
    return clip, video, heads, ask("frame_facts", **where), ask("frame_questions", **where)


def _rows(lake: Lake, video_id: str, heads: dict[str, str], stage: str, clip_id: str) -> pa.Table | None:
    if stage not in heads:
        return None
    table = lake.read(stage, video_id, heads[stage])
    return table.filter(pc.equal(table["clip_id"], clip_id))


def _nearest(detections: pa.Table | None, t_s: float) -> tuple[int | None, float | None, list[dict[str, Any]]]:
    """Number, time and boxes of the sampled frame nearest to an instant; the earlier one when two are as near."""
    if detections is None or not detections.num_rows:
        return None, None, []
    rows = detections.sort_by("frame")
    at = int(np.argmin(np.abs(rows["t_s"].to_numpy() - t_s)))
    row = rows.slice(at, 1).to_pylist()[0]
    return row["frame"], row["t_s"], row["boxes"]


def _points(tracks: pa.Table, frame: int) -> list[dict[str, Any]]:
    """The tracks' boxes in a frame, in order of track."""
    found = []
    for row in tracks.select(["track_id", "class", "colour", "boxes"]).to_pylist():
        point = next((p for p in row["boxes"] if p["frame"] == frame), None)
        if point is not None:
            found.append({"track_id": row["track_id"], "class": row["class"], "colour": row["colour"], **point})
    return found
