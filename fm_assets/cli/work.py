"""Commands that compute: demo, ingest, run, export."""

from __future__ import annotations

import shutil
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fm_assets.cli.common import (
    Json,
    Set,
    console,
    dagster_instance,
    errors,
    print_json,
    print_rows,
    settings_for,
)
from fm_assets.cli.errors import CommandError
from fm_assets.cli.plan import Batches, Select, look_again, look_ahead, show_plan
from fm_assets.cli.running import prepare_detector, progress_bar, run_stages
from fm_assets.settings import Settings
from fm_assets.stage import OUTCOMES, StageReport
from fm_resources.lake import MAIN

if TYPE_CHECKING:
    from fm_assets.variants.documents import VariantDocument

Domain = Annotated[str, typer.Option(help="Domain of the new videos; default: the name of their folder.")]
Licence = Annotated[str, typer.Option(help="Licence of the new videos.")]


def register(app: typer.Typer) -> None:
    """Adds the commands to the application."""
    for command in (demo, ingest, run, export):
        app.command()(command)


def demo(
    count: Annotated[int, typer.Option(min=1, max=200, help="Scenes to render.")] = 12,
    seed: Annotated[int, typer.Option(help="Seed of the scenes.")] = 0,
    process: Annotated[bool, typer.Option("--run/--no-run", help="Run the whole graph over them.")] = True,
    overrides: Set = None,
    as_json: Json = False,
) -> None:
    """Render a small corpus with exact truth, take it in, run the whole graph over it."""
    from fm_assets.scenes.corpus import demo_corpus

    settings = settings_for(overrides)
    folder = settings.home / "demo"
    with progress_bar(quiet=as_json) as bar:
        task = bar.add_task("rendering scenes", total=count)
        files = demo_corpus(folder, count=count, seed=seed, processes=2, progress=lambda *_: bar.advance(task))
    _take(settings, files, domain="", licence="CC0-1.0", quiet=as_json)
    if process:
        reports = run_stages(settings, None, None, quiet=as_json)
        _finish(settings, reports, as_json=as_json)


def ingest(
    places: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files or folders.")],
    domain: Domain = "",
    licence: Licence = "",
    as_json: Json = False,
) -> None:
    """Take videos in: by content hash, in batches. Nothing is taken twice."""
    settings = settings_for()
    absent = [str(p) for p in places if not p.exists()]
    if absent:
        raise CommandError(f"{', '.join(absent)}: no such file or folder")
    from fm_assets.ingest import videos_in

    files = list(videos_in(places, settings))
    if not files:
        raise CommandError(
            f"no video found in {', '.join(map(str, places))}: endings are {', '.join(settings.ingest.extensions)}"
        )
    taken = _take(settings, files, domain=domain, licence=licence, quiet=as_json)
    if as_json:
        print_json(taken)


def run(
    saved: Annotated[
        Path | None, typer.Argument(metavar="PLAN", help="With --plan: a file of `fm plan --out`.")
    ] = None,
    select: Select = None,
    batch: Batches = None,
    planned: Annotated[
        bool, typer.Option("--plan", help="Show the plan, then run what it names and nothing else.")
    ] = False,
    variant: Annotated[str, typer.Option(help="Run the stages of this variant, beside main's.")] = MAIN,
    overrides: Set = None,
    as_json: Json = False,
) -> None:
    """Bring every stage up to date; what did not change is reused."""
    settings = settings_for(overrides)
    if saved is not None and not planned:
        raise CommandError(f"fm run {saved}: a saved plan is executed by `fm run --plan {saved}`")
    if planned:
        beside = None if variant == MAIN else _beside(variant, settings, overrides)
        _run_plan(settings, saved, select, batch, beside=beside, as_json=as_json)
        return
    if variant != MAIN:
        run_variant(variant, settings, overrides, select=select, batch=batch, as_json=as_json)
        return
    reports = run_stages(settings, select, batch, quiet=as_json)
    _finish(settings, reports, as_json=as_json)


def _run_plan(
    settings: Settings,
    saved: Path | None,
    select: str | None,
    keys: Sequence[str] | None,
    *,
    beside: Settings | None,
    as_json: bool,
) -> None:
    """Plans once the detector is settled, shows it, and runs the stages and batches in which there is work."""
    from fm_assets.pipeline import Pipeline
    from fm_assets.planning.document import document

    prepare_detector(settings)
    pipeline = Pipeline(beside or settings)
    if saved is None:
        plan, estimates = look_ahead(pipeline, select, keys)
    elif select is not None or keys:
        raise CommandError(f"{saved} says which stages and batches: leave out --select and --batch, or plan them anew")
    else:
        plan, estimates = look_again(pipeline, saved)
    if not as_json:
        show_plan(plan, estimates)
    reports: list[StageReport] = []
    if plan.rounds:
        reports = run_stages(settings, None, None, quiet=as_json, rounds=plan.rounds, beside=beside)
    if as_json:
        variant = pipeline.settings.variant.name
        print_json({"plan": document(plan, estimates, variant), "run": stage_counts(reports)})
        _exit(reports)
    elif reports:
        _finish(pipeline.settings, reports, as_json=False)


def run_variant(
    name: str,
    settings: Settings,
    overrides: Sequence[str] | None = None,
    *,
    select: str | None = None,
    batch: Sequence[str] | None = None,
    as_json: bool = False,
) -> None:
    """Brings a variant's own stages up to date; main's settings are given."""
    beside = _beside(name, settings, overrides)
    reports = run_stages(settings, select, batch, quiet=as_json, beside=beside)
    _finish(beside, reports, as_json=as_json)


def _beside(name: str, settings: Settings, overrides: Sequence[str] | None) -> Settings:
    """A variant's settings, ready to be run with."""
    from fm_assets.variants.documents import find_variant
    from fm_assets.variants.resolve import forget_shared
    from fm_resources.lake import Lake

    found = prepared_variant(find_variant(Lake(settings.lake_url), name), settings, overrides)
    forget_shared(found)
    return found


def prepared_variant(document: VariantDocument, settings: Settings, overrides: Sequence[str] | None = None) -> Settings:
    """A variant's settings, once main's detector and its own are ready: producers tell which stages are its own."""
    from fm_assets.variants.resolve import overridden, variant_settings

    prepare_detector(settings)
    prepare_detector(overridden(document, overrides or ()))
    return variant_settings(document, settings, overrides or ())


def export(
    to: Annotated[Path | None, typer.Option(help="Copy the export to this folder.")] = None,
    overrides: Set = None,
    as_json: Json = False,
) -> None:
    """Bring splits and export up to date, and say where the files are."""
    from fm_assets.export.folder import export_folder

    settings = settings_for(overrides)
    reports = run_stages(settings, "benchmark_splits,training_export", None, quiet=as_json)
    folder = export_folder(settings)
    if to is not None:
        if to.exists() and any(to.iterdir()):
            raise CommandError(f"{to} is not empty: name a new folder, or empty it")
        shutil.copytree(folder, to, dirs_exist_ok=True)
        folder = to
    if as_json:
        print_json({"folder": str(folder), "stages": stage_counts(reports)})
    else:
        files = [p for p in folder.rglob("*") if p.is_file()]
        console.print(f"{len(files)} files in [bold]{folder}[/]: official/ (JSON per video), llamafactory/")
    _exit(reports)


def stage_counts(reports: Sequence[StageReport]) -> dict[str, dict[str, Any]]:
    """Per stage: computed, reused, rejected, failed, deferred, rows and seconds over all batches."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    numbers: dict[str, dict[str, float]] = defaultdict(lambda: {"rows": 0, "seconds": 0.0, "cost_usd": 0.0})
    for report in reports:
        counts[report.stage] += report.counts
        numbers[report.stage]["rows"] += report.rows
        numbers[report.stage]["seconds"] += report.seconds
        numbers[report.stage]["cost_usd"] += sum(i.cost_usd for i in report.items)
    return {
        stage: {**{o: counts[stage][o] for o in OUTCOMES}, **{k: round(v, 3) for k, v in numbers[stage].items()}}
        for stage in numbers
    }


def _take(settings: Settings, files: Sequence[Path], *, domain: str, licence: str, quiet: bool) -> dict[str, Any]:
    from fm_assets.ingest import ingest as take
    from fm_assets.partitions import publish_batches
    from fm_resources.lake import Lake
    from fm_resources.registry import Registry

    registration = take(settings, files, domain=domain, licence=licence)
    with dagster_instance(settings) as instance:
        publish_batches(instance, Registry.load(Lake(settings.lake_url)))
    for reason in registration.unreadable.values():
        errors.print(f"[yellow]warning[/] {reason}")
    if not quiet:
        unchanged = len(files) - len(registration.new) - len(registration.unreadable)
        batches = f" in batch {', '.join(registration.batches)}" if registration.batches else ""
        console.print(f"{len(registration.new)} new videos{batches}, {unchanged} files known already")
    return {
        "batches": list(registration.batches),
        "new": list(registration.new),
        "known": list(registration.known),
        "unreadable": registration.unreadable,
    }


def _finish(settings: Settings, reports: Sequence[StageReport], *, as_json: bool) -> None:
    counts = stage_counts(reports)
    if as_json:
        print_json(counts)
        _exit(reports)
        return
    free = not any(c["cost_usd"] for c in counts.values())
    shown = [{"stage": s, **{k: v for k, v in c.items() if k != "cost_usd" or not free}} for s, c in counts.items()]
    print_rows(shown, as_json=False, empty="no batch yet: `fm ingest PATH` first")
    troubled = [i for r in reports for i in r.items if i.outcome in ("rejected", "failed")]
    for item in troubled:
        errors.print(f"[yellow]{item.outcome}[/] {item.video_id}: {item.reason}")
    if troubled:
        kinds = Counter(i.outcome for i in troubled)
        errors.print(f"{sum(kinds.values())} warnings: " + ", ".join(f"{n} {k}" for k, n in sorted(kinds.items())))
    if reports and not any(r.jobs for r in reports):
        loaded = [m for m in ("torch", "cv2", "ultralytics", "litellm") if m in sys.modules]
        console.print(
            f"100 % reused: nothing decoded, no worker started, {', '.join(loaded) or 'no model library'} loaded"
        )
    if reports and settings.variant.is_main:
        _next_steps(settings)
    elif reports:
        name = settings.variant.name
        console.print(
            f"next: [bold]fm diff qa main {name}[/], [bold]fm diff tracks main {name}[/], [bold]fm variant list[/], "
            f"[bold]fm variant promote {name}[/] or [bold]drop {name}[/]"
        )
    _exit(reports)


def _next_steps(settings: Settings) -> None:
    from fm_assets.pipeline import Pipeline

    totals = Pipeline(settings).catalog.query(
        "SELECT (SELECT count(*) FROM videos) AS videos, (SELECT count(*) FROM tracks) AS tracks, "
        "(SELECT count(*) FROM facts) AS facts, (SELECT count(*) FROM qa) AS questions"
    )[0]
    console.print(", ".join(f"[bold]{n}[/] {name}" for name, n in totals.items()))
    sample = Pipeline(settings).catalog.query("SELECT qa_id FROM qa ORDER BY qa_id LIMIT 1")
    console.print(
        "next: [bold]fm ui[/] (the graph in the browser), [bold]fm list qa[/]"
        + (f", [bold]fm audit qa {sample[0]['qa_id']}[/]" if sample else "")
        + ", [bold]fm status[/]"
    )


def _exit(reports: Sequence[StageReport]) -> None:
    """Exit code 1 when something failed; a rejected video is a warning."""
    if any(r.counts["failed"] for r in reports):
        raise typer.Exit(1)
