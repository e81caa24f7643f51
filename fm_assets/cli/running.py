"""Running stages from the command line: through Dagster, in this process, against the instance that the UI shows."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from fm_assets.cli.common import dagster_instance, errors, run_tags
from fm_assets.cli.errors import USER_ERRORS, CommandError
from fm_assets.cli.plan import chosen, own_of
from fm_assets.planning.plan import Round
from fm_assets.settings import Settings, Variant
from fm_assets.stage import Stage, StageReport


def run_stages(
    settings: Settings,
    select: str | None,
    keys: Sequence[str] | None,
    *,
    quiet: bool,
    rounds: Sequence[Round] | None = None,
    beside: Settings | None = None,
) -> list[StageReport]:
    """Runs the stages over the batches, or the rounds of a plan, through Dagster: here, on the UI's instance.

    `beside` are the settings of a variant: then only its own stages are run.
    """
    from fm_assets.definitions import build
    from fm_assets.partitions import publish_batches
    from fm_assets.pipeline import Pipeline
    from fm_resources.registry import Registry

    variant = (beside or settings).variant
    reports: list[StageReport] = []
    with progress_bar(quiet=quiet) as bar, dagster_instance(settings) as instance:
        pipeline = Pipeline(settings, Bars(bar), reports.append)
        prepare_detector(settings)
        registry = Registry.load(pipeline.lake)
        publish_batches(instance, registry)
        if rounds is None:
            stages, batches = chosen(select, keys, registry)
            rounds = _rounds(own_of(stages, variant, select), batches)
        definitions = build(settings, pipeline, [beside] if beside else ())
        for key, todo in rounds:
            for name, group in _by_job(todo, variant):
                _execute(definitions.resolve_job_def(name), instance, key, group, variant)
        pipeline.close()
    return reports


def _rounds(stages: Sequence[Stage], keys: Sequence[str]) -> list[Round]:
    """Every batch in its stages, then the corpus in its."""
    per_video, corpus = ([s for s in stages if s.corpus == whole] for whole in (False, True))
    return [*((key, per_video) for key in keys if per_video), *([(None, corpus)] if corpus and keys else [])]


def _by_job(stages: Sequence[Stage], variant: Variant) -> Iterator[tuple[str, list[Stage]]]:
    """The stages by the job that runs them: the pipeline's own first, then what only looks on."""
    from fm_assets.automation import analyse, variant_job_name
    from fm_assets.graph import ANALYSES

    for name, looks_on in ((variant_job_name(variant), False), (analyse.name, True)):
        group = [s for s in stages if (s in ANALYSES) == looks_on]
        if group:
            yield name, group


def prepare_detector(settings: Settings) -> None:
    """What must be settled before producers are computed: the detector, its weights and what runs them."""
    from fm_assets.detections.producer import prepare
    from fm_assets.ingest import known_videos

    prepare(settings, videos=known_videos(settings))


def _execute(job: Any, instance: Any, key: str | None, stages: Sequence[Stage], variant: Variant) -> None:
    from fm_assets.asset import asset_key

    quiet_loggers = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    result = job.execute_in_process(
        instance=instance,
        partition_key=key,
        asset_selection=[asset_key(s.name, variant) for s in stages],
        run_config=quiet_loggers,
        raise_on_error=False,
        tags=run_tags(),
    )
    if result.success:
        return
    for event in result.all_events:
        if event.is_step_failure:
            raise CommandError(f"{event.step_key} of batch {key or 'corpus'}: {_cause(event)} (run {result.run_id})")
    raise CommandError(f"run {result.run_id} failed: `fm ui` shows it")


def _cause(event: Any) -> str:
    """The innermost error of a failed step, as its message alone where it was written for people."""
    error = event.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    if error is None:
        return "failed for an unknown reason"
    name, _, message = str(error.message).strip().partition(": ")
    return message if error.cls_name in {e.__name__ for e in USER_ERRORS} else f"{name}: {message}"


class Bars:
    """Turns the loop's progress into one bar per stage."""

    def __init__(self, bar: Progress) -> None:
        self.bar = bar
        self.tasks: dict[str, Any] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage not in self.tasks:
            self.tasks[stage] = self.bar.add_task(stage, total=total)
        self.bar.update(self.tasks[stage], completed=done, total=total)


@contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Progress]:
    """A bar on a terminal's standard error; none into a pipe."""
    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=errors, disable=quiet or not errors.is_terminal) as bar:
        yield bar
