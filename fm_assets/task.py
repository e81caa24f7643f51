"""What a stage's compute function takes and gives, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pyarrow as pa

from fm_resources.provenance import InputRef

Outcome = Literal["computed", "reused", "rejected", "failed", "deferred"]
CORPUS = "corpus"
"""The item and the batch of stages that look at all videos together."""
OUTCOMES: tuple[Outcome, ...] = ("computed", "reused", "rejected", "failed", "deferred")


@dataclass(frozen=True)
class SourceFile:
    """The file behind a video, as it was registered."""

    path: Path
    sha256: str
    domain: str
    licence: str


@dataclass(frozen=True)
class Task:
    """One video in one stage, with the rows of the stages that it rests on."""

    stage: str
    video_id: str
    source: SourceFile
    tables: Mapping[str, pa.Table]


@dataclass(frozen=True)
class CorpusTask:
    """All videos in a stage that looks at them together.

    Attributes:
        stage: The stage.
        artifact_id: Name that the result will have.
        sources: Video id -> file.
        tables: Upstream stage -> rows of all videos, in order of video id; empty for a stage that picks its inputs.
        inputs: What it may read, in order of stage and video id.
        lake_url: Where it reads that.
    """

    stage: str
    artifact_id: str
    sources: Mapping[str, SourceFile]
    tables: Mapping[str, pa.Table]
    inputs: tuple[InputRef, ...] = ()
    lake_url: str = ""


@dataclass(frozen=True)
class Computed:
    """Rows, and what they took.

    Attributes:
        rows: Rows of the stage.
        cost_usd: Money that models took.
        timing: Seconds by what they were spent on.
        counts: What was counted besides the rows.
    """

    rows: pa.Table
    cost_usd: float = 0.0
    timing: Mapping[str, float] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)


class Rejected(Exception):
    """The input cannot be used: a verdict with a reason, not a failure of ours.

    Args:
        reason: What is wrong, where, and what to do.
        rows: Rows that are worth keeping all the same (a dropped clip's camera scores).
    """

    def __init__(self, reason: str, rows: pa.Table | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.rows = rows


@dataclass(frozen=True)
class Item:
    """What became of one video in one stage."""

    video_id: str
    outcome: Outcome
    artifact_id: str = ""
    data_version: str = ""
    rows: int = 0
    seconds: float = 0.0
    cost_usd: float = 0.0
    reason: str = ""
    timing: Mapping[str, float] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
