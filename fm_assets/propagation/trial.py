"""What becomes of one video under every fault and rate: rows of `error_propagation`, and measures against truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow as pa

from fm_assets.propagation.causes import Ledger, in_words
from fm_assets.propagation.change import Change
from fm_assets.propagation.compare import compare
from fm_assets.propagation.faults import FAULTS
from fm_assets.propagation.scratch import GIVEN, Scratch, Version, scratch
from fm_assets.propagation.truth import Measure, SceneTruth, truth_of
from fm_assets.settings import Settings
from fm_assets.task import SourceFile

Row = dict[str, Any]
#: What is counted, not listed: too many, and nothing to read.
COUNTED = ("unchanged", "moved")


@dataclass(frozen=True)
class Trial:
    """One video's share of the work, as it is sent to a worker.

    Attributes:
        video_id: The video.
        source: Its file.
        given: Rows of `filtered_clips` and `detections`.
        settings: Settings; section `errors` names faults, rates and seed.
        classes: Class names of the corpus.
    """

    video_id: str
    source: SourceFile
    given: Mapping[str, pa.Table]
    settings: Settings
    classes: tuple[str, ...]


@dataclass
class Found:
    """What came of it.

    Attributes:
        rows: Rows of `error_propagation`.
        measures: Shares against truth, where there is one.
    """

    rows: list[Row] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)


def run_trial(trial: Trial) -> Found:
    """Runs the video clean and under every fault and rate, and compares each with clean and with truth.

    Raises:
        ScratchError: A stage failed on tampered rows.
    """
    wanted = trial.settings.errors
    found = Found()
    truth = truth_of(trial.source.path, trial.given, trial.settings)
    with scratch(trial.settings, trial.video_id, trial.source) as lake:
        refs = {s.name: lake.put(s.name, trial.given[s.name], {"copy_of": trial.video_id}) for s in GIVEN}
        clean = lake.version(refs)
        _against_truth(found, trial.video_id, truth, clean, "", 0.0)
        for name in wanted.faults:
            for rate in wanted.rates:
                faulty = tampered(lake, clean, name, rate, wanted.seed, trial.classes)
                found.rows += change_rows("faults", trial.video_id, clean.tables, faulty.tables, name, rate)
                _against_truth(found, trial.video_id, truth, faulty, name, rate)
    return found


def tampered(lake: Scratch, clean: Version, name: str, rate: float, seed: int, classes: Sequence[str]) -> Version:
    """The version of a video that a fault leaves.

    Args:
        lake: Scratch lake that holds the clean version.
        clean: The clean version.
        name: Key of `FAULTS`.
        rate: Rate of the fault.
        seed: Seed.
        classes: Class names of the corpus.
    """
    fault = FAULTS[name]
    rows = fault.inject(clean.tables[fault.stage], rate, seed, classes)
    made_by = {"fault": name, "rate": rate, "seed": seed, "classes": list(classes)}
    ref = lake.put(fault.stage, rows, made_by, clean.refs[fault.stage])
    return lake.version({name: clean.refs[name] for name in ("filtered_clips", "detections")} | {fault.stage: ref})


def _against_truth(
    found: Found, video_id: str, truth: SceneTruth | None, version: Version, fault: str, rate: float
) -> None:
    if truth is None:
        return
    found.measures += truth.measures(version.tables, fault, rate, video_id)
    if not fault:
        found.rows += change_rows("truth", video_id, truth.tables, version.tables)


def change_rows(
    view: str, video_id: str, before: Mapping[str, pa.Table], after: Mapping[str, pa.Table], fault: str = "",
    rate: float = 0.0,
) -> list[Row]:  # fmt: skip
    """Rows of `error_propagation` for two versions of a video; what did not change is counted, not listed."""
    changes = compare(before, after)
    head = {"view": view, "fault": fault, "rate": rate, "video_id": video_id}
    ledger = Ledger(changes, before, after)
    return [head | row for row in (*_listed(changes, ledger), *_counted(changes, ledger))]


def _listed(changes: Iterable[Change], ledger: Ledger) -> Iterator[Row]:
    for change in changes:
        if change.change in COUNTED:
            continue
        causes = ledger.causes(change)
        yield {
            "clip_id": change.clip_id, "stage": change.stage, "kind": change.kind, "change": change.change,
            "above": ledger.above(change), "items": 1,
            "before_id": change.before_id, "after_id": change.after_id, "before": change.before, "after": change.after,
            "cause": in_words(change, causes), "causes": [asdict(cause) for cause in causes],
        }  # fmt: skip


def _counted(changes: Iterable[Change], ledger: Ledger) -> Iterator[Row]:
    counts = Counter((c.stage, c.kind, c.change, ledger.above(c)) for c in changes if c.change in COUNTED)
    for (stage, kind, change, above), items in sorted(counts.items()):
        yield {
            "clip_id": "", "stage": stage, "kind": kind, "change": change, "above": above, "items": items,
            "before_id": "", "after_id": "", "before": "", "after": "", "cause": "", "causes": [],
        }  # fmt: skip
