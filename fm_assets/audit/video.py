"""The audit of a video: what every stage made of it, and what rests on it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from fm_assets.audit.lookup import find, with_producer
from fm_assets.graph import STAGES
from fm_resources.catalog import Catalog


@dataclass(frozen=True)
class VideoAudit:
    """A video in every stage.

    Attributes:
        video: The video's row: paths, hash, batch, what it replaced (`supersedes`), what replaced it.
        stages: One row per stage in the order that data flows: state (`current`, `superseded`, `rejected`, `failed`,
            `none`), reason, and the artifact with its producer; `earlier` counts artifacts that it took the place of.
        clips: Current clips with the number of tracks, facts and questions, and the caption.
        splits: Split -> questions, with group and reason.
    """

    video: dict[str, Any]
    stages: list[dict[str, Any]]
    clips: list[dict[str, Any]]
    splits: list[dict[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        """Plain form for `--json`."""
        return asdict(self)


def audit_video(catalog: Catalog, name: str) -> VideoAudit:
    """What became of a video; rejected and replaced ones too.

    Args:
        catalog: The catalog.
        name: The video's id, or a beginning that only it has.

    Raises:
        UnknownItem: There is no such video, or several ids begin so.
    """
    with catalog.asking() as ask:
        found = ask("video", video_id=name)
        if not found:
            full = find(ask, "video_find", name, "video", "`fm list videos` lists them")
            found = ask("video", video_id=full["id"])
        video = found[0]
        made = [with_producer(row) for row in ask("video_artifacts", video_id=video["video_id"])]
        clips = ask("video_clips", video_id=video["video_id"])
        splits = [] if video["superseded_by"] else ask("video_splits", video_id=video["video_id"])
    return VideoAudit(video, _stages(made, bool(video["superseded_by"])), clips, splits)


def _stages(made: list[dict[str, Any]], replaced: bool) -> list[dict[str, Any]]:
    rows = []
    stopped = False
    for stage in (s.name for s in STAGES if not s.corpus):
        of_stage = [row for row in made if row["stage"] == stage]
        head = next((row for row in of_stage if row["is_head"]), None)
        if head is None:
            why = "a stage above rejected it" if stopped else "not computed for the current input"
            rows.append({"stage": stage, "state": "none", "reason": why, "earlier": len(of_stage)})
            continue
        state = head["status"] if head["status"] != "ok" else "superseded" if replaced else "current"
        stopped = stopped or head["status"] == "rejected"
        rows.append({**head, "state": state, "earlier": len(of_stage) - 1})
    return rows
