"""What took the place of a question that is not current any more, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from fm_assets.audit.lookup import chain_of, right_option, with_producer
from fm_assets.graph import STAGES
from fm_assets.planning.reasons import differences
from fm_resources.catalog import Ask

How = Literal["video replaced", "computed again", "rejected", "failed", "not computed again"]


@dataclass(frozen=True)
class Change:
    """A stage of the chain whose artifact is another one now.

    Attributes:
        stage: The stage.
        before: Artifact that the question rests on.
        after: Artifact that the one in its place rests on.
        rows_changed: Whether their rows differ.
        producer: What differs between their producers: dotted name, before, after.
    """

    stage: str
    before: str
    after: str
    rows_changed: bool
    producer: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Succession:
    """What took a question's place.

    Attributes:
        how: What happened to the artifact that held it.
        reason: A sentence for people.
        by_video: The video whose file lies where this one's lay; empty when the video is the same.
        by_artifact: The artifact that is current in its place; None when there is none.
        changes: Stages of the chain that changed, from the video on.
        pair: The pair of the new artifact that asks the same question; None when none does.
        flipped: Whether that pair has another right answer; None when there is no such pair.
    """

    how: How
    reason: str
    by_video: str = ""
    by_artifact: dict[str, Any] | None = None
    changes: list[Change] = field(default_factory=list)
    pair: dict[str, Any] | None = None
    flipped: bool | None = None


def succession(ask: Ask, pair: Mapping[str, Any], chain: Sequence[Mapping[str, Any]]) -> Succession:
    """What took the place of a superseded pair.

    Args:
        ask: An open catalog.
        pair: Row of `qa_pair.sql`.
        chain: The pair's own chain, rows of `qa_chain.sql`.
    """
    replaced_by = pair["superseded_by"]
    video_id = replaced_by or pair["video_id"]
    artifacts = [with_producer(row) for row in ask("video_artifacts", video_id=video_id)]
    heads = {row["stage"]: row for row in artifacts if row["is_head"]}
    head = heads.get("qa_pairs")
    how, reason = _how(replaced_by, video_id, heads)
    if head is None or head["status"] != "ok":
        return Succession(how, reason, replaced_by, head)
    new_chain = chain_of(ask, video_id, head["artifact_id"])
    successors = ask(
        "qa_successor",
        qa_id=pair["qa_id"],
        artifact_id=pair["artifact_id"],
        successor_id=head["artifact_id"],
    )
    new = successors[0] if successors else None
    flipped = None if new is None else right_option(new) != right_option(pair)
    return Succession(how, reason, replaced_by, head, changes(chain, new_chain), new, flipped)


def changes(before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]) -> list[Change]:
    """Stages whose artifacts differ between two chains, in the order that data flows."""
    old, new = ({row["stage"]: row for row in chain} for chain in (before, after))
    found = []
    for stage in [s.name for s in STAGES]:
        if stage in old and stage in new and old[stage]["artifact_id"] != new[stage]["artifact_id"]:
            was, now = old[stage], new[stage]
            differing = [
                {"name": name, "before": a, "after": b} for name, a, b in differences(_producer(was), _producer(now))
            ]
            rows_changed = was["data_version"] != now["data_version"]
            found.append(Change(stage, was["artifact_id"], now["artifact_id"], rows_changed, differing))
    return found


def _how(replaced_by: str, video_id: str, heads: Mapping[str, Mapping[str, Any]]) -> tuple[How, str]:
    if replaced_by:
        return "video replaced", f"another file lies where the video's lay: it is {replaced_by}"
    stopped = next((heads[s.name] for s in STAGES if s.name in heads and heads[s.name]["status"] != "ok"), None)
    if stopped is not None:
        how: How = "rejected" if stopped["status"] == "rejected" else "failed"
        return how, f"{stopped['stage']} {how} {video_id}: {stopped['reason']}"
    if "qa_pairs" not in heads:
        return "not computed again", "the video has no current questions: `fm status` says what it waits for"
    return "computed again", "qa_pairs was computed again from other input or by another producer"


def _producer(row: Mapping[str, Any]) -> dict[str, Any]:
    return {k: row[k] for k in ("logic_version", "parameters", "libraries", "weights")}
