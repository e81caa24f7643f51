"""`fm plan`: what a run would do and what it would take, before anything runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from fm_assets.cli.common import Json, Set, console, option_of, print_json, print_rows, settings_for
from fm_assets.cli.errors import CommandError
from fm_assets.detections.producer import unsettled
from fm_assets.graph import STAGES
from fm_assets.graph import select as select_stages
from fm_assets.pipeline import Pipeline
from fm_assets.planning import words
from fm_assets.planning.document import PlanError, document, hold_against, load, save
from fm_assets.planning.estimate import Estimates, estimate
from fm_assets.planning.plan import WorkPlan, make_plan
from fm_assets.settings import Variant
from fm_assets.stage import Stage
from fm_resources.lake import MAIN
from fm_resources.registry import Registry

Select = Annotated[
    str | None,
    typer.Option(help="Stages: `tracks`, `tracks+` (and below), `+tracks` (and above). Default: all."),
]
Batches = Annotated[list[str] | None, typer.Option("--batch", help="Batch key; may be repeated. Default: all.")]


def register(app: typer.Typer) -> None:
    """Adds the command to the application."""
    app.command()(plan)


def plan(
    select: Select = None,
    batch: Batches = None,
    out: Annotated[Path | None, typer.Option(help="Save the plan: `fm run --plan FILE` executes it.")] = None,
    variant: Annotated[str, typer.Option(help="Plan the stages of this variant, beside main's.")] = MAIN,
    overrides: Set = None,
    as_json: Json = False,
) -> None:
    """What a run would compute and reuse, why, and what it would take. Nothing is computed."""
    settings = settings_for(overrides, variant)
    found, estimates = look_ahead(Pipeline(settings), select, batch)
    if out is not None:
        save(document(found, estimates, variant), out)
    if as_json:
        print_json(document(found, estimates, variant))
        return
    show_plan(found, estimates)
    if note := unsettled(settings):
        console.print(
            f"[yellow]note[/] the detector may still change ({note}): `fm doctor` settles it, and so does a run"
        )
    if found.rounds:
        of = option_of(variant)
        console.print(f"[bold]fm run --plan{f' {out}' if out else ''}{of}[/] executes just that")


def chosen(
    select: str | None, keys: Sequence[str] | None, registry: Registry
) -> tuple[tuple[Stage, ...], tuple[str, ...]]:
    """The stages and batches that a command line names.

    Raises:
        CommandError: There is no such stage or batch.
    """
    try:
        stages = select_stages(select)
    except ValueError as error:
        raise CommandError(str(error)) from None
    unknown = [k for k in keys or () if k not in registry.batches]
    if unknown:
        raise CommandError(f"no batch {', '.join(unknown)}; batches are {', '.join(registry.batches) or 'none yet'}")
    return stages, tuple(dict.fromkeys(keys)) if keys else tuple(registry.batches)


def own_of(stages: Sequence[Stage], variant: Variant, select: str | None) -> Sequence[Stage]:
    """Those of the stages that are the variant's own; all of them for main.

    Raises:
        CommandError: None is.
    """
    if variant.is_main:
        return stages
    if not variant.own:
        name = variant.name
        raise CommandError(f"{name} makes what main makes, so there is nothing to run: `fm variant drop {name}`")
    own = [s for s in stages if s.name in variant.own]
    if not own:
        raise CommandError(f"{select} is not {variant.name}'s own but main's: `fm run --select {select}`")
    return own


def look_ahead(pipeline: Pipeline, select: str | None, keys: Sequence[str] | None) -> tuple[WorkPlan, Estimates]:
    """Plans what a command line names, with what it takes by the catalog's receipts.

    Raises:
        CommandError: There is no such stage or batch.
    """
    registry = Registry.load(pipeline.lake)
    stages, batches = chosen(select, keys, registry)
    stages = tuple(own_of(stages, pipeline.settings.variant, select))
    pipeline.catalog.sync()
    found = make_plan(STAGES, stages, batches, pipeline.settings, pipeline.lake, registry)
    return found, estimate(found, pipeline.catalog, pipeline.pool.count)


def look_again(pipeline: Pipeline, saved: Path) -> tuple[WorkPlan, Estimates]:
    """Plans what a saved plan named, and makes sure that it comes out as it did then.

    Raises:
        PlanError: It does not; the message says what moved.
    """
    then = load(saved)
    variant = pipeline.settings.variant.name
    if then["variant"] != variant:
        raise PlanError(f"{saved} is a plan of {then['variant']}, not of {variant}: give --variant {then['variant']}")
    try:
        found, estimates = look_ahead(pipeline, ",".join(then["stages"]), then["batches"])
    except CommandError as error:
        raise PlanError(f"{saved} no longer holds: {error}") from None
    hold_against(then, found, saved)
    return found, estimates


def show_plan(found: WorkPlan, estimates: Estimates) -> None:
    """Prints a plan for people: a table, the reasons, the sum."""
    if not found.batches:
        console.print("no video yet: `fm ingest PATH`, or `fm demo`")
        return
    print_rows(words.rows(found, estimates), as_json=False)
    for stage, text in words.reasons(found):
        console.print(f"[bold]{stage}[/]: {escape(text)}")
    for text in words.total(found, estimates):
        console.print(escape(text))
