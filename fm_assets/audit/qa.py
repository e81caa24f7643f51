"""The audit of a question: which facts, tracks, detections, clip, video, producers and runs made it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from fm_assets.audit.lookup import UnknownItem, chain_of, find
from fm_assets.audit.succession import Succession, succession
from fm_resources.catalog import Ask, Catalog

__all__ = ["QaAudit", "UnknownItem", "audit_qa"]


@dataclass(frozen=True)
class QaAudit:
    """The whole chain behind one question.

    Attributes:
        pair: The question's row, with `is_current` and its split.
        evidence: Facts with the role they play.
        tracks: The tracks that the facts are about.
        clip: The clip's row.
        video: The video's row.
        chain: Artifacts from the question's own to the video's, each with its producer and run.
        splits: Splits that the question was put in, the current one first.
        superseded: What took the question's place in main; None while it is current there.
        variants: Variants in which it is current.
    """

    pair: dict[str, Any]
    evidence: list[dict[str, Any]]
    tracks: list[dict[str, Any]]
    clip: dict[str, Any]
    video: dict[str, Any]
    chain: list[dict[str, Any]]
    splits: list[dict[str, Any]]
    superseded: Succession | None
    variants: list[str]

    def as_dict(self) -> dict[str, Any]:
        """Plain form for `--json`."""
        return asdict(self)

    @property
    def made(self) -> dict[str, dict[str, Any]]:
        """Stage -> the artifact of the chain."""
        return {entry["stage"]: entry for entry in self.chain}


def audit_qa(catalog: Catalog, qa_id: str) -> QaAudit:
    """Follows a question back to its video; a superseded question is answered too, with what took its place.

    Args:
        catalog: The catalog.
        qa_id: The question's id, or a beginning that only it has.

    Raises:
        UnknownItem: There never was such a question, or several ids begin so.
    """
    with catalog.asking() as ask:
        pair = _pair(ask, qa_id)
        evidence = ask("qa_evidence", **{k: pair[k] for k in ("qa_id", "artifact_id", "video_id")})
        chain = chain_of(ask, pair["video_id"], pair["artifact_id"])
        by_stage = {entry["stage"]: entry["artifact_id"] for entry in chain}
        named = {e[k] for e in evidence for k in ("subject_track_id", "object_track_id") if e[k]}
        tracks = ask("artifact_tracks", tracks_artifact_id=by_stage.get("tracks", ""))
        clips = ask("artifact_clips", clips_artifact_id=by_stage.get("filtered_clips", ""))
        videos = ask("video", video_id=pair["video_id"])
        splits = ask("qa_splits", qa_id=pair["qa_id"])
        pair["split"] = next((row["split"] for row in splits if row["is_current"] and pair["is_current"]), None)
        return QaAudit(
            pair,
            evidence,
            [track for track in tracks if track["track_id"] in named],
            next((clip for clip in clips if clip["clip_id"] == pair["clip_id"]), {}),
            videos[0] if videos else {},
            chain,
            splits,
            None if pair["is_current"] else succession(ask, pair, chain),
            [row["variant"] for row in ask("artifact_variants", artifact_id=pair["artifact_id"])],
        )


def _pair(ask: Ask, name: str) -> dict[str, Any]:
    found = ask("qa_pair", qa_id=name)
    if not found:
        full = find(ask, "qa_find", name, "question", "`fm list qa` lists them")
        found = ask("qa_pair", qa_id=full["id"])
    return found[0]
