"""The audit of a question: which facts, tracks, detections, clip, video, producers and runs made it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from fm_resources.catalog import Catalog

FIND = """
SELECT * EXCLUDE (evidence) FROM qa_all WHERE qa_id = $qa_id ORDER BY is_current DESC, artifact_id LIMIT 1
"""


class UnknownItem(LookupError):
    """No row of that name was ever made; the message says how to list them."""


@dataclass(frozen=True)
class QaAudit:
    """The whole chain behind one question.

    Attributes:
        pair: The question's row, with `is_current`.
        evidence: Facts with the role they play.
        tracks: The tracks that the facts are about.
        clip: The clip's row.
        video: The video's row.
        chain: Artifacts from the question's own to the video's, each with its producer and run.
    """

    pair: dict[str, Any]
    evidence: list[dict[str, Any]]
    tracks: list[dict[str, Any]]
    clip: dict[str, Any]
    video: dict[str, Any]
    chain: list[dict[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        """Plain form for `--json`."""
        return {**self.__dict__}


def audit_qa(catalog: Catalog, qa_id: str) -> QaAudit:
    """Follows a question back to its video; a superseded question is answered too.

    Raises:
        UnknownItem: There never was such a question.
    """
    found = catalog.query(FIND, {"qa_id": qa_id})
    if not found:
        raise UnknownItem(f"no question {qa_id}: `fm list qa` lists them")
    pair = found[0]
    artifact = pair["artifact_id"]
    evidence = catalog.audit("qa_evidence", {"qa_id": qa_id, "artifact_id": artifact})
    chain = catalog.audit("qa_chain", {"artifact_id": artifact})
    for entry in chain:
        for key in ("parameters", "libraries", "weights"):
            entry[key] = json.loads(entry[key])
    by_stage = {entry["stage"]: entry["artifact_id"] for entry in chain}
    names = sorted({e[k] for e in evidence for k in ("subject_track_id", "object_track_id") if e[k]})
    tracks = catalog.audit("qa_tracks", {"tracks": names, "artifact_id": by_stage.get("tracks", "")})
    clips = catalog.query(
        "SELECT * FROM raw_filtered_clips WHERE clip_id = $clip_id AND artifact_id = $artifact_id",
        {"clip_id": pair["clip_id"], "artifact_id": by_stage.get("filtered_clips", "")},
    )
    video_id = chain[0]["video_id"]
    videos = catalog.query("SELECT * FROM videos_all WHERE video_id = $video_id", {"video_id": video_id})
    return QaAudit(pair, evidence, tracks, clips[0] if clips else {}, videos[0] if videos else {}, chain)
