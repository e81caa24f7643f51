"""A site whose runs and ticks a test interleaves step by step: the real assets, events and conditions of Dagster."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
from arithmetic_stages import STAGE_BOOK, STAGE_LABELS, STAGE_TOTALS, STAGE_WORDS
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import execute_run_iterator

from fm_assets.asset import stage_asset
from fm_assets.partitions import publish_batches
from fm_assets.pipeline import Pipeline, lake_of
from fm_assets.settings import Settings, load_settings
from fm_assets.stage import CORPUS, Stage, StageReport, Workshop, run_stage
from fm_assets.workers import WorkerPool
from fm_resources.lake import Lake
from fm_resources.registry import Registry, register

STAGES = (STAGE_WORDS, STAGE_TOTALS, STAGE_LABELS, STAGE_BOOK)
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class HerePool(WorkerPool):
    """Computes in this process."""

    def map(self, function: Callable[[Any], Any], jobs: Sequence[Any], *, timeout_s: float) -> Iterator[Any]:
        for job in jobs:
            yield job, function(job)


class HerePipeline(Pipeline):
    """A pipeline without processes of its own and without a catalog."""

    def run(self, stage: Stage, batch: str, run_id: str = "", settings: Settings | None = None) -> StageReport:
        settings = settings or self.settings
        report = run_stage(stage, batch, workshop(settings, lake_of(settings), run_id))
        if self.on_report:
            self.on_report(report)
        return report


def workshop(settings: Settings, lake: Lake, run_id: str = "") -> Workshop:
    """What a stage is run with, in this process."""
    return Workshop(settings, lake, Registry.load(lake), HerePool(settings.workers), run_id)


@dataclass
class Running:
    """A run that was launched, stopped between two of its steps."""

    selection: list[str]
    batch: str | None
    events: Iterator[Any] = field(repr=False)

    def step(self) -> bool:
        """Executes up to the end of one step; whether there are more."""
        for event in self.events:
            assert not event.is_failure, event
            if event.is_step_success:
                return True
        return False

    def finish(self) -> None:
        while self.step():
            pass


class Site:
    """A lake, a Dagster instance, and the definitions of the settings as they stand."""

    def __init__(self, folder: Path, instance: dg.DagsterInstance) -> None:
        self.folder = folder
        self.instance = instance
        self.changes: dict[str, Any] = {}
        self.cursor: Any = None
        self.reports: list[StageReport] = []
        self.running: list[Running] = []
        self.lake = Lake(self.settings.lake_url)
        self._definitions: dict[tuple, dg.Definitions] = {}

    @property
    def settings(self) -> Settings:
        overrides = ["workers.count=1", *(f"{name}={value}" for name, value in sorted(self.changes.items()))]
        return load_settings(env={"FM_HOME": str(self.folder)}, overrides=overrides)

    def add(self, **texts: str) -> None:
        """Puts files in place and registers them; new bytes under a known name supersede a video."""
        files = []
        for name, text in texts.items():
            path = self.folder / "videos" / f"{name}.mp4"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            files.append(path)
        register(self.lake, files, batch_size=2, domain="d", licence="")
        publish_batches(self.instance, Registry.load(self.lake))

    def definitions(self) -> dg.Definitions:
        """What a code location loads now."""
        key = tuple(sorted(self.changes.items()))
        if key not in self._definitions:
            settings = self.settings
            self._definitions[key] = dg.Definitions(
                assets=[stage_asset(s, settings, group="g", kinds=set(), description=s.name) for s in STAGES],
                jobs=[dg.define_asset_job("all", dg.AssetSelection.all())],
                resources={"pipeline": HerePipeline(settings, on_report=self.reports.append)},
                executor=dg.in_process_executor,
            )
        return self._definitions[key]

    def tick(self) -> list[tuple[str, str | None]]:
        """One look of the automation sensor; what it asks for is launched, and waits before its first step."""
        definitions = self.definitions()
        result = dg.evaluate_automation_conditions(defs=definitions, instance=self.instance, cursor=self.cursor)
        self.cursor = result.cursor
        asked = [
            (stage.name, batch)
            for stage in STAGES
            for batch in sorted(result.get_requested_partitions(dg.AssetKey(stage.name)), key=str)
        ]
        for batch in sorted({batch for _, batch in asked}, key=str):
            self.launch([name for name, key in asked if key == batch], batch)
        return asked

    def launch(self, selection: list[str], batch: str | None) -> Running:
        """Creates a run of these assets, under the definitions of now; it has not begun."""
        job = self.definitions().resolve_job_def("all").get_subset(asset_selection={dg.AssetKey(n) for n in selection})
        tags = {"dagster/partition": batch} if batch else {}
        run = self.instance.create_run_for_job(job, run_config=QUIET, tags=tags, asset_selection=job.asset_selection)
        running = Running(selection, batch, execute_run_iterator(InMemoryJob(job), run, self.instance))
        self.running.append(running)
        return running

    def work(self) -> None:
        """Finishes all runs, first launched first."""
        while self.running:
            self.running.pop(0).finish()

    def settle(self, rounds: int = 40) -> None:
        """Ticks and works until nothing is asked for."""
        for _ in range(rounds):
            self.work()
            if not self.tick():
                return
        raise AssertionError(f"not quiet after {rounds} rounds: {self.running}")

    def state(self) -> dict[tuple[str, str], dict[str, tuple[str, str, str]]]:
        """All that is current: (stage, batch) -> video -> artifact, data version, status."""
        return current(self.lake)

    def from_scratch(self) -> dict[tuple[str, str], dict[str, tuple[str, str, str]]]:
        """`state` of a new lake with the same videos, built at once by the settings of now."""
        fresh = Lake(str(self.folder / "scratch"))
        shutil.rmtree(self.folder / "scratch", ignore_errors=True)
        if (self.folder / "lake" / "_registry").exists():
            shutil.copytree(self.folder / "lake" / "_registry", self.folder / "scratch" / "_registry")
        registry = Registry.load(fresh)
        for stage in STAGES if registry.batches else ():
            for batch in [CORPUS] if stage.corpus else registry.batches:
                run_stage(stage, batch, workshop(self.settings, fresh))
        return current(fresh)


def current(lake: Lake) -> dict[tuple[str, str], dict[str, tuple[str, str, str]]]:
    """All heads of a lake, without what was current before."""
    return {
        (stage, batch): {v: (h.artifact_id, h.data_version, h.status) for v, h in lake.heads(stage, batch).items()}
        for stage, batch, _ in lake.head_files().values()
    }
