"""Asset checks: what must hold of a batch before anything is built on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from fm_assets.stage import Stage, StageReport
from fm_resources.lake import Head, Lake
from fm_resources.provenance import Receipt
from fm_resources.rows import struct_columns

#: Share of a batch's videos that may be rejected or failed before going on is pointless, and the batch size
#: from which the share means something: one bad video, or a folder of three, never stops its neighbours.
MOST = 0.8
FROM = 10


@dataclass(frozen=True)
class Outcome:
    """Whether a check passed, and the figures behind it."""

    passed: bool
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """A check of one asset.

    Attributes:
        name: Name in Dagster.
        description: What must hold, in a sentence.
        run: The check.
        blocking: Whether the assets below wait when it fails, since going on would poison them.
    """

    name: str
    description: str
    run: Callable[[Batch], Outcome]
    blocking: bool = True


@dataclass(frozen=True)
class Versions:
    """Receipts of a batch's videos that have a previous version, in one order.

    Attributes:
        before: Receipts of the artifacts that were current before.
        after: Receipts of those that are current now.
    """

    before: tuple[Receipt, ...] = ()
    after: tuple[Receipt, ...] = ()

    @property
    def changed(self) -> int:
        """Videos whose rows differ."""
        return sum(b.data_version != a.data_version for b, a in zip(self.before, self.after, strict=True))


class Batch:
    """A finished batch of a stage, as checks and previews look at it."""

    def __init__(self, stage: Stage, report: StageReport, lake: Lake) -> None:
        self.stage = stage
        self.report = report
        self.lake = lake
        self._heads: dict[str, dict[str, Head]] = {}

    def heads(self, stage: str) -> dict[str, Head]:
        """Current artifacts of the batch in a stage, read once."""
        if stage not in self._heads:
            self._heads[stage] = self.lake.heads(stage, self.report.batch)
        return self._heads[stage]

    @cached_property
    def rows(self) -> pa.Table:
        """Rows of all videos whose status is ok."""
        return self.read(self.stage.name, {i.video_id: i.artifact_id for i in self.usable})

    @property
    def usable(self) -> list:
        """Items that are ok."""
        return [i for i in self.report.items if i.outcome in ("computed", "reused")]

    @cached_property
    def versions(self) -> Versions:
        """The videos that are ok now, and were so in the version before; removed artifacts are left out."""
        name, pairs = self.stage.name, []
        heads = self.heads(name)
        for item in self.usable:
            head = heads.get(item.video_id)
            if head is None or not head.previous:
                continue
            before = self.lake.read_receipt(name, item.video_id, head.previous)
            after = self.lake.read_receipt(name, item.video_id, head.artifact_id)
            if before is not None and after is not None and before.status == "ok":
                pairs.append((before, after))
        return Versions(tuple(b for b, _ in pairs), tuple(a for _, a in pairs))

    def read(self, stage: str, artifacts: Mapping[str, str], columns: list[str] | None = None) -> pa.Table:
        """Rows of artifacts, concatenated in order of video id."""
        tables = [self.lake.read(stage, video, name, columns) for video, name in sorted(artifacts.items())]
        if not tables:
            return self.stage.schema.empty_table() if stage == self.stage.name else pa.table({})
        return pa.concat_tables(tables)

    def upstream(self, stage: str, columns: list[str] | None = None) -> pa.Table:
        """Rows of another stage: current ones of the same videos, or those that a corpus artifact was made of."""
        if self.stage.corpus:
            return self.read(stage, self._inputs(stage), columns)
        videos = {i.video_id for i in self.usable}
        heads = self.heads(stage)
        return self.read(
            stage, {v: h.artifact_id for v, h in heads.items() if v in videos and h.status == "ok"}, columns
        )

    def _inputs(self, stage: str) -> dict[str, str]:
        """Artifacts of a stage that the corpus' own artifact was made of: video id -> artifact id."""
        receipts = [self.lake.read_receipt(self.stage.name, i.video_id, i.artifact_id) for i in self.usable]
        return {ref.video_id: ref.artifact_id for r in receipts if r for ref in r.inputs if ref.stage == stage}


def schema_holds(batch: Batch) -> Outcome:
    """Columns and types are those of the row type."""
    expected = {f.name: str(f.type.id) for f in batch.stage.schema}
    found = {f.name: str(f.type.id) for f in batch.rows.schema}
    wrong = sorted(n for n in expected | found if expected.get(n) != found.get(n))
    return Outcome(not wrong, {"columns": len(expected), "wrong": ", ".join(wrong)})


def not_mostly_rejected(batch: Batch) -> Outcome:
    """Most of a large batch came through; otherwise something common to all is wrong."""
    counts = batch.report.counts
    lost, total = counts["rejected"] + counts["failed"], len(batch.report.items)
    share = lost / total if total else 0.0
    return Outcome(total < FROM or share <= MOST, {"videos": total, "lost": lost, "share": round(share, 3)})


def boxes_inside_frame(batch: Batch) -> Outcome:
    """0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height."""
    lengths, box = struct_columns(batch.rows, "boxes")
    width, height = (np.repeat(batch.rows[n].to_numpy(), lengths) for n in ("width", "height"))
    inside = (box["x1"] >= 0) & (box["y1"] >= 0) & (box["x2"] <= width) & (box["y2"] <= height)
    inside &= (box["x1"] < box["x2"]) & (box["y1"] < box["y2"])
    return Outcome(bool(inside.all()), {"boxes": len(inside), "outside": int((~inside).sum())})


BOXES_INSIDE_FRAME = Check("boxes_inside_frame", "Every box has an area and lies inside the frame.", boxes_inside_frame)

COMMON = (
    Check("schema", "Columns and types are those of the row type.", schema_holds),
    Check(
        "not_mostly_rejected",
        f"Of a batch of {FROM} or more, at most {MOST:.0%} was rejected or failed.",
        not_mostly_rejected,
    ),
)
