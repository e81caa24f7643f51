"""What an export is made of: receipts with their inputs and producers, in the order that they were made."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from fm_assets.audit.lookup import find
from fm_assets.audit.qa import audit_qa
from fm_resources.catalog import Catalog

#: Rows that are plain Python values at a time.
_AT_ONCE = 4096


@dataclass(frozen=True)
class Input:
    """An artifact that was read; the stage `file` is the video's file itself and has no name."""

    stage: str
    video_id: str
    artifact_id: str


@dataclass(frozen=True)
class Made:
    """One computation and its artifact.

    Attributes:
        artifact_id: The artifact.
        stage: Its stage.
        video_id: Its video, or `corpus`.
        producer_id: Who made it.
        data_version: Hash of its rows.
        status: ok, rejected or failed.
        reason: Why it was rejected or failed.
        run_id: Dagster run.
        started: When the computation began, UTC.
        ended: When it ended, UTC.
        rows: Number of rows.
        cost_usd: Money spent on models.
        path: Where the video lay when it was seen last; empty for the corpus.
        sha256: Hash of the video's bytes; empty for the corpus.
        inputs: What it was made from.
        previous: The artifact of the same stage and video that was made before it; None for the first.
    """

    artifact_id: str
    stage: str
    video_id: str
    producer_id: str
    data_version: str
    status: str
    reason: str
    run_id: str
    started: datetime
    ended: datetime
    rows: int
    cost_usd: float
    path: str
    sha256: str
    inputs: tuple[Input, ...]
    previous: str | None


@dataclass(frozen=True)
class Receipts:
    """Receipts of an export; may be iterated again.

    Attributes:
        table: Rows of `export_artifacts.sql`.
        producers: Producer id -> its row, parameters, libraries and weights as plain values.
        only: Names of the artifacts to take; None for all of the table.
    """

    table: pa.Table
    producers: Mapping[str, Mapping[str, Any]]
    only: frozenset[str] | None = field(default=None)

    def __iter__(self) -> Iterator[Made]:
        """Yields the computations in the order that they began."""
        for batch in self.table.to_batches(_AT_ONCE):
            for row in batch.to_pylist():
                if self.only is None or row["artifact_id"] in self.only:
                    yield _made(row)

    @property
    def used_producers(self) -> list[Mapping[str, Any]]:
        """Producers of the receipts, in order of their ids."""
        used = {made.producer_id for made in self}
        return [self.producers[name] for name in sorted(used)]


def receipts_of_all(catalog: Catalog) -> Receipts:
    """Every receipt of the catalog, superseded ones and those of the corpus too."""
    return _receipts(catalog, None, None)


def receipts_of_video(catalog: Catalog, name: str) -> Receipts:
    """Every receipt of a video.

    Raises:
        UnknownItem: There is no such video, or several ids begin so.
    """
    with catalog.asking() as ask:
        video_id = find(ask, "video_find", name, "video", "`fm list videos` lists them")["id"]
    return _receipts(catalog, video_id, None)


def receipts_of_question(catalog: Catalog, name: str) -> Receipts:
    """The receipts of everything that a question rests on.

    Raises:
        UnknownItem: There is no such question, or several ids begin so.
    """
    found = audit_qa(catalog, name)
    chain = frozenset(entry["artifact_id"] for entry in found.chain)
    return _receipts(catalog, found.pair["video_id"], chain)


def _receipts(catalog: Catalog, video_id: str | None, only: frozenset[str] | None) -> Receipts:
    table = catalog.audit_table("export_artifacts", video_id=video_id)
    with catalog.asking() as ask:
        rows = ask("export_producers")
    plain = {"parameters", "libraries", "weights"}
    producers = {r["producer_id"]: {k: json.loads(v) if k in plain else v for k, v in r.items()} for r in rows}
    return Receipts(table, producers, only)


def _made(row: Mapping[str, Any]) -> Made:
    started = row["started"].replace(tzinfo=UTC)
    plain = {k: row[k] for k in Made.__dataclass_fields__ if k in row and k not in ("started", "inputs")}
    return Made(
        **plain,
        started=started,
        ended=started + timedelta(seconds=row["seconds"]),
        inputs=tuple(Input(**entry) for entry in row["inputs"] or ()),
        previous=row["previous_artifact_id"],
    )
