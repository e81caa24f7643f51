"""What becomes of one video under every fault and rate: rows of `error_propagation`, and measures against truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import pyarrow as pa

from fm_assets.propagation.causes import Ledger, in_words
from fm_assets.propagation.change import Change
from fm_assets.propagation.compare import compare
from fm_assets.propagation.examples import Example, example, telling
from fm_assets.propagation.faults import FAULTS
from fm_assets.propagation.measure import Measure
from fm_assets.propagation.scratch import CHAIN, GIVEN, Scratch, Version, scratch
from fm_assets.propagation.truth import SceneTruth, truth_of
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
        examples: Per fault the most telling change at the lowest rate that has one.
    """

    rows: list[Row] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)


def run_trial(trial: Trial) -> Found:
    """Runs the video clean and under every fault and rate, and compares each with clean and with truth.

    Raises:
        ScratchError: A stage failed on tampered rows.
    """
    wanted, video = trial.settings.errors, trial.video_id
    found = Found()
    with scratch(trial.settings, video, trial.source) as lake:
        refs = {s.name: lake.put(s.name, trial.given[s.name], {"copy_of": video}) for s in GIVEN}
        clean = lake.version(refs)
        bench = _Bench(video, truth_of(trial.source.path, trial.given, trial.settings))
        found.measures += bench.judged(clean, "", 0.0, bought=True)
        if bench.truth is not None:
            found.rows += change_rows("truth", video, bench.truth.tables, clean.tables)
        for name in wanted.faults:
            shown: Example | None = None
            for rate in sorted(wanted.rates):
                faulty = tampered(lake, clean, name, rate, wanted.seed, trial.classes)
                rows = change_rows("faults", video, clean.tables, faulty.tables, name, rate)
                found.rows += rows
                found.measures += bench.judged(faulty, name, rate, bought=rate == max(wanted.rates))
                worth = telling(rows)
                if worth and (shown is None or (worth["change"] == "flipped" != shown.row["change"])):
                    shown = example(worth, clean.tables, faulty.tables)
            found.examples += [shown] if shown else []
    return found


@dataclass
class _Bench:
    """Where versions of a video are judged; of equal ones only the first is.

    Attributes:
        video_id: The video.
        truth: Its truth, or None: then nothing is judged.
        known: Data versions of all stages -> shares.
    """

    video_id: str
    truth: SceneTruth | None
    known: dict[tuple[str, ...], list[Measure]] = field(default_factory=dict)

    def judged(self, version: Version, fault: str, rate: float, *, bought: bool) -> list[Measure]:
        if self.truth is None:
            return []
        key = (str(bought), *(version.refs[stage.name].data_version for stage in CHAIN))
        if key not in self.known:
            found = self.truth.measures(version.tables, fault, rate, self.video_id)
            found += self.truth.bought(version.tables, fault, rate, self.video_id) if bought else []
            self.known[key] = found
        return [replace(measure, fault=fault, rate=rate) for measure in self.known[key]]


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
