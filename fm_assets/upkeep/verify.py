"""Verification: every file against what was written, the heads against the files, a sample against this machine."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from upath import UPath

from fm_assets.graph import STAGES
from fm_assets.pipeline import Pipeline
from fm_assets.stage import Workshop
from fm_assets.upkeep.files import Progress, Seen, check
from fm_assets.upkeep.reach import Current, closure, current
from fm_assets.upkeep.recompute import Recomputed, draw, recompute
from fm_assets.variants.resolve import usable_variants
from fm_resources.lake import MAIN, ArtifactName, Lake
from fm_resources.registry import Registry


@dataclass(frozen=True)
class Finding:
    """Something that is wrong.

    Attributes:
        name: The artifact.
        kind: `damaged`, `missing`, `unreadable`, `head` (the list of what is current says otherwise than the file),
            `export` (a file that it wrote besides), `differs` or `fails` (when it is computed again).
        detail: What is wrong.
        standing: `current`; `reached`, a current one was made from it; `superseded`.
        aside: Whether it was set aside, so that it counts as missing.
        path: The file, where it is not the artifact's own.
    """

    name: ArtifactName
    kind: str
    detail: str
    standing: str
    aside: bool = False
    path: Path | UPath | None = None

    @property
    def where(self) -> str:
        """The file, as people look for it."""
        return str(self.path) if self.path else str(self.name)

    def as_dict(self) -> dict[str, Any]:
        """Plain form for `--json`."""
        detail = f"{self.path}: {self.detail}" if self.path else self.detail
        return {**self.name._asdict(), "finding": self.kind, "standing": self.standing, "set_aside": self.aside,
                "detail": detail}  # fmt: skip


@dataclass
class Verification:
    """What was found.

    Attributes:
        checked: Files that were read.
        size: Their bytes.
        unsealed: Those without a digest, proved by their rows alone.
        set_aside_before: Artifacts that an earlier command set aside and no run has made anew.
        findings: What is wrong.
        recomputed: The sample.
        seconds: What it took: `files`, `recompute`.
    """

    checked: int = 0
    size: int = 0
    unsealed: int = 0
    set_aside_before: int = 0
    findings: list[Finding] = field(default_factory=list)
    recomputed: list[Recomputed] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def outcomes(self) -> Counter[str]:
        """How many of the sample agree, differ, fail, were skipped."""
        return Counter(r.outcome for r in self.recomputed)

    def skipped(self) -> list[dict[str, Any]]:
        """Why artifacts of the sample were not computed again, by stage."""
        reasons = Counter((r.name.stage, r.detail) for r in self.recomputed if r.outcome == "skipped")
        return [{"stage": stage, "artifacts": n, "reason": reason} for (stage, reason), n in sorted(reasons.items())]


def verify(
    pipeline: Pipeline,
    *,
    everything: bool,
    sample: int,
    seed: int,
    llm: bool = False,
    repair: bool = True,
    progress: Progress | None = None,
) -> Verification:
    """Checks the lake; with `repair`, what is damaged is set aside, and the next run makes anew what is current.

    Args:
        pipeline: Settings, lake, catalog and workers.
        everything: Check all files, not only those of the sample and their inputs.
        sample: Current artifacts that are computed again.
        seed: Seed of the sample.
        llm: Also compute again what a language model wrote.
        repair: Set aside what is damaged.
        progress: Called as work is done.

    Raises:
        LakeInUse: Files are being removed.
        LakeError: The lake cannot be written.
    """
    pipeline.use.begin()
    lake, done = pipeline.lake, Verification()
    began = time.perf_counter()
    found = current(lake)
    drawn = draw(found, sample, seed)
    names = sorted({*lake.artifacts(), *(c.name for c in found)}) if everything else drawn
    seen = _look(pipeline, names, everything=everything, progress=progress)
    _judge(done, pipeline, found, seen)
    if everything:
        done.findings += _exports(pipeline, found, seen)
    if repair:
        done.findings = [_set_aside(lake, finding) for finding in done.findings]
        bad = {f.name for f in done.findings if f.kind in ("damaged", "missing")}
        for variant, stage, batch in sorted({(c.variant, c.name.stage, c.batch) for c in found if c.name in bad}):
            lake.unsettle(variant, stage, batch)
    done.seconds["files"] = time.perf_counter() - began
    began = time.perf_counter()
    shop = Workshop(pipeline.settings, lake, Registry.load(lake), pipeline.pool)
    whole = {name for name, entry in seen.items() if entry.kind == "intact"}
    able = [name for name in drawn if name in whole and whole.issuperset(seen[name].made_from)]
    beside = usable_variants(pipeline.settings) if able else []
    done.recomputed = recompute(able, shop, beside=beside, llm=llm, progress=progress)
    done.seconds["recompute"] = time.perf_counter() - began
    for entry in done.recomputed:
        if entry.outcome in ("differs", "fails"):
            done.findings.append(Finding(entry.name, entry.outcome, entry.detail, "current"))
    order = [stage.name for stage in STAGES]
    done.findings.sort(key=lambda f: (order.index(f.name.stage) if f.name.stage in order else len(order), f.name))
    return done


def _look(
    pipeline: Pipeline, names: Sequence[ArtifactName], *, everything: bool, progress: Progress | None
) -> dict[ArtifactName, Seen]:
    """Reads files, and then those that they were made from; with `everything` also looks for those that are gone."""
    lake, pool = pipeline.lake, pipeline.pool
    seen = {entry.name: entry for entry in check(lake, names, pool, progress)}
    more = {ref for entry in seen.values() for ref in entry.made_from}
    if everything:
        more |= _known(pipeline)
    return seen | {entry.name: entry for entry in check(lake, sorted(more - seen.keys()), pool, progress)}


def _known(pipeline: Pipeline) -> set[ArtifactName]:
    """The artifacts that the catalog knows."""
    rows = pipeline.catalog.query("SELECT stage, video_id, artifact_id FROM receipts_all")
    return {ArtifactName(**row) for row in rows}


def _judge(done: Verification, pipeline: Pipeline, found: Sequence[Current], seen: Mapping[ArtifactName, Seen]) -> None:
    """Turns what was seen into figures and findings."""
    heads = {c.name for c in found}
    reached = closure(heads, lambda names: [seen[n].made_from if n in seen else () for n in names])
    aside = set(pipeline.lake.damaged())
    lost = {n for n, entry in seen.items() if entry.kind == "missing"}
    done.set_aside_before = len(lost & aside)
    forgiven = (lost & aside) - heads
    forgiven |= _replaced(lost - heads, seen) - (_known(pipeline) - aside)
    for name, entry in sorted(seen.items()):
        done.checked += entry.kind in ("intact", "damaged")
        done.size += entry.size
        done.unsealed += entry.kind == "intact" and not entry.sealed
        if entry.kind != "intact" and name not in forgiven:
            standing = "current" if name in heads else "reached" if name in reached else "superseded"
            detail = "it was set aside" if name in lost & aside else entry.detail
            done.findings.append(Finding(name, entry.kind, detail, standing))
    done.findings += _heads_that_disagree(found, seen)
    for stage, path in pipeline.lake.broken_heads():
        name = ArtifactName(stage, "", "")
        done.findings.append(Finding(name, "head", "cannot be read; the next run writes it anew", "current", path=path))


def _heads_that_disagree(found: Sequence[Current], seen: Mapping[ArtifactName, Seen]) -> Iterator[Finding]:
    """Heads that list an artifact otherwise than its receipt does; the next run writes them anew."""
    for entry in found:
        file, head = seen.get(entry.name), entry.head
        if file and file.kind == "intact" and (file.data_version, file.status) != (head.data_version, head.status):
            listed = f"data version {head.data_version}, {head.status}"
            detail = f"{entry.variant} lists it in batch {entry.batch} with {listed}; it is {file.data_version}, {file.status}"
            yield Finding(entry.name, "head", detail, "current")


def _replaced(lost: set[ArtifactName], seen: Mapping[ArtifactName, Seen]) -> set[ArtifactName]:
    """Of the artifacts that are gone, those whose very rows lie in the lake under another name."""
    there = {(e.name.stage, e.name.video_id, e.data_version) for e in seen.values() if e.kind == "intact"}
    return {
        ArtifactName(ref.stage, ref.video_id, ref.artifact_id)
        for entry in seen.values()
        for ref in entry.inputs
        if (ref.stage, ref.video_id, ref.data_version) in there
    } & lost


def _exports(pipeline: Pipeline, found: Sequence[Current], seen: Mapping[ArtifactName, Seen]) -> Iterator[Finding]:
    """Files that stages wrote besides their rows and that are not as the rows say."""
    writers = {s.name: s.altered for s in STAGES if s.altered is not None}
    for entry in found:
        altered = writers.get(entry.name.stage)
        file = seen.get(entry.name)
        if altered and entry.variant == MAIN and file and file.kind == "intact" and file.status == "ok":
            for path, what in altered(pipeline.settings, entry.name.artifact_id, pipeline.lake.read(*entry.name)):
                yield Finding(entry.name, "export", what, "current", path=path)


def _set_aside(lake: Lake, finding: Finding) -> Finding:
    """Moves what is damaged out of the way; what is merely missing, or cannot be read, stays as it is."""
    if finding.kind == "damaged":
        lake.set_aside(finding.name)
    elif finding.kind == "export" and isinstance(finding.path, Path) and finding.path.is_file():
        finding.path.replace(finding.path.with_name(f"{finding.path.name}.damaged"))
    else:
        return finding
    return replace(finding, aside=True)
