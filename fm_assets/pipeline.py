"""What all assets share in a process: settings, lake, catalog, worker pool."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from multiprocessing.util import Finalize

from fm_assets.settings import Settings
from fm_assets.stage import Progress, Stage, StageReport, Workshop, run_stage
from fm_assets.workers import WorkerPool
from fm_resources.catalog import Catalog, CatalogBusy
from fm_resources.inuse import Use
from fm_resources.lake import ArtifactName, Lake, MissingArtifact
from fm_resources.registry import Registry

log = logging.getLogger(__name__)


def lake_of(settings: Settings) -> Lake:
    """The lake as main, or the variant that the settings are of, sees it."""
    return Lake(settings.lake_url, settings.variant.name, settings.variant.own)


class Pipeline:
    """The assets' common ground; made once per process and handed to every asset as a Dagster resource.

    Args:
        settings: Validated settings.
        progress: Called as videos are done.
        on_report: Called with each stage's report.
    """

    def __init__(
        self,
        settings: Settings,
        progress: Progress | None = None,
        on_report: Callable[[StageReport], None] | None = None,
    ) -> None:
        self.settings = settings
        self.progress = progress
        self.on_report = on_report
        self.lake = lake_of(settings)
        self.catalog = Catalog(settings.home / "catalog.duckdb", self.lake)
        self.use = Use(settings.home)
        self._syncs = ThreadPoolExecutor(1, thread_name_prefix="catalog")  # its work is finished at exit
        self._late: list[Future[None]] = []

    @cached_property
    def pool(self) -> WorkerPool:
        """Worker processes; they start at the first computation and end with this process."""
        pool = WorkerPool(self.settings.workers)
        # Not `atexit`: a run that a daemon launched is a child of multiprocessing, which at its end waits for its
        # own children before (and without) `atexit`, so that both would stay for ever.
        Finalize(None, pool.close, exitpriority=0)
        return pool

    def run(self, stage: Stage, batch: str, run_id: str = "", settings: Settings | None = None) -> StageReport:
        """Brings a stage up to date; the catalog follows while the next stage is computed.

        Args:
            stage: The stage.
            batch: The batch.
            run_id: Dagster run, for the receipts.
            settings: Settings of the variant that the stage is run in; default: the pipeline's own.
        """
        self.use.begin()
        settings = settings or self.settings
        lake = lake_of(settings)
        shop = Workshop(settings, lake, Registry.load(lake), self.pool, run_id, self.progress)
        report = run_stage(stage, batch, shop)
        if self._set_damaged_aside(report):
            report = _both(report, run_stage(stage, batch, shop))
        self._late.append(self._syncs.submit(self._sync, _names(report, "computed", "failed")))
        if self.on_report:
            self.on_report(report)
        return report

    def close(self) -> None:
        """Ends the workers and waits for the catalog; what went wrong there is raised here."""
        self.pool.close()
        for sync in self._late:
            sync.result()
        self.use.end()

    def _set_damaged_aside(self, report: StageReport) -> bool:
        """Sets aside what was reused and turns out damaged; whether there was any.

        The memo looks at footers alone. Here every byte is read, which costs less than the checks that follow, and
        a damaged artifact is mended by the run that comes across it.
        """
        found = False
        for name in _names(report, "reused", "rejected"):
            try:
                flaw = self.lake.look(name, rows=False).flaw
            except MissingArtifact:
                flaw = "it is gone"
            if flaw:
                log.warning("%s is damaged (%s) and is made anew", name, flaw)
                self.lake.set_aside(name)
                found = True
        return found

    def _sync(self, written: Sequence[ArtifactName]) -> None:
        try:
            self.catalog.sync(written=written)
        except CatalogBusy as error:
            log.warning("%s: the catalog is late and catches up at the next run", error)
        except Exception:
            log.exception("the catalog could not be brought up to date; delete it to rebuild it from the lake")
            raise


def _both(first: StageReport, second: StageReport) -> StageReport:
    """Two runs of a stage as one: what the first computed, the second found done."""
    computed = {i.video_id: i for i in first.items if i.outcome == "computed"}
    items = [computed.get(i.video_id, i) if i.outcome == "reused" else i for i in second.items]
    counts: Counter[str] = Counter(i.outcome for i in items)
    return replace(
        second, items=items, counts=counts, seconds=first.seconds + second.seconds, jobs=first.jobs + second.jobs
    )


def _names(report: StageReport, *outcomes: str) -> list[ArtifactName]:
    """Artifacts of a report with one of the outcomes."""
    items = [i for i in report.items if i.outcome in outcomes and i.artifact_id]
    return [ArtifactName(report.stage, i.video_id, i.artifact_id) for i in items]
