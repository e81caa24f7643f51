"""What all assets share in a process: settings, lake, catalog, worker pool."""

from __future__ import annotations

import atexit
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property

from fm_assets.settings import Settings
from fm_assets.stage import Progress, Stage, StageReport, Workshop, run_stage
from fm_assets.workers import WorkerPool
from fm_resources.catalog import Catalog, CatalogBusy
from fm_resources.lake import Lake
from fm_resources.registry import Registry

log = logging.getLogger(__name__)


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
        self.lake = Lake(settings.lake_url)
        self.catalog = Catalog(settings.home / "catalog.duckdb", self.lake)
        self._syncs = ThreadPoolExecutor(1, thread_name_prefix="catalog")  # its work is finished at exit
        self._late: list[Future[None]] = []

    @cached_property
    def pool(self) -> WorkerPool:
        """Worker processes; they start at the first computation and end with this process."""
        pool = WorkerPool(self.settings.workers)
        atexit.register(pool.close)
        return pool

    def run(self, stage: Stage, batch: str, run_id: str = "") -> StageReport:
        """Brings a stage up to date; the catalog follows while the next stage is computed."""
        registry = Registry.load(self.lake)
        shop = Workshop(self.settings, self.lake, registry, self.pool, run_id, self.progress)
        report = run_stage(stage, batch, shop)
        self._late.append(self._syncs.submit(self._sync))
        if self.on_report:
            self.on_report(report)
        return report

    def close(self) -> None:
        """Ends the workers and waits for the catalog; what went wrong there is raised here."""
        self.pool.close()
        for sync in self._late:
            sync.result()

    def _sync(self) -> None:
        try:
            self.catalog.sync()
        except CatalogBusy as error:
            log.warning("%s: the catalog is late and catches up at the next run", error)
        except Exception:
            log.exception("the catalog could not be brought up to date; delete it to rebuild it from the lake")
            raise
