"""The other version of the lake that the current one is held against: a variant's, or the one before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fm_assets.propagation.change import COMPARED
from fm_resources.lake import Lake

#: Name for the artifacts that were current before.
PREVIOUS = "previous"


def other_artifacts(lake_url: str, against: str, *, needed: bool = False) -> dict[str, dict[str, str]]:
    """Video id -> stage -> artifact of the other version; of stages that it lacks, the current one stands.

    Args:
        lake_url: The lake.
        against: `PREVIOUS`, or the name of a variant.
        needed: Whether there must be one.

    Raises:
        LookupError: It is needed, and there is none.
    """
    here = Lake(lake_url)
    heads = here if against == PREVIOUS else Lake(lake_url, against)
    found: dict[str, dict[str, str]] = {}
    for stage, batch, _ in heads.head_files().values():
        if stage not in COMPARED:
            continue
        for video_id, head in heads.heads(stage, batch).items():
            name = head.previous if against == PREVIOUS else head.artifact_id
            if name and head.status == "ok":
                found.setdefault(video_id, {})[stage] = name
    if needed and not found:
        why = "nothing was replaced yet" if against == PREVIOUS else "there is no variant of that name, or it is empty"
        raise LookupError(f"nothing to compare with in {against!r} (errors.against): {why}")
    return found


def fingerprint(lake_url: str, against: str) -> list[Any]:
    """What of the other version decides a comparison with it, for the producer."""
    artifacts: Mapping[str, Mapping[str, str]] = other_artifacts(lake_url, against) if against else {}
    return [[video, *sorted(stages.items())] for video, stages in sorted(artifacts.items())]
