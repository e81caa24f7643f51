"""Commands that keep the lake: verify, gc."""

from __future__ import annotations

from typing import Annotated

import typer

from fm_assets.cli.common import Json, Set, console, print_json, print_rows, settings_for
from fm_assets.cli.work import Bars, progress_bar
from fm_assets.pipeline import Pipeline
from fm_assets.upkeep.verify import Verification


def register(app: typer.Typer) -> None:
    """Adds the commands to the application."""
    app.command()(verify)


def verify(
    everything: Annotated[
        bool, typer.Option("--all", help="Check every file, not only those of the sample and their inputs.")
    ] = False,
    sample: Annotated[int, typer.Option(min=0, help="Current artifacts that are computed again.")] = 20,
    seed: Annotated[int, typer.Option(help="Seed of the sample.")] = 0,
    llm: Annotated[bool, typer.Option("--llm", help="Also compute again what a language model wrote.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only report; set nothing aside.")] = False,
    overrides: Set = None,
    as_json: Json = False,
) -> None:
    """Check artifacts for damage, and compute a sample again; what is damaged is made anew by the next run."""
    from fm_assets.upkeep.verify import verify as verify_lake

    pipeline = Pipeline(settings_for(overrides))
    with progress_bar(quiet=as_json) as bar:
        done = verify_lake(
            pipeline,
            everything=everything,
            sample=sample,
            seed=seed,
            llm=llm,
            repair=not dry_run,
            progress=Bars(bar),
        )
    pipeline.close()
    if as_json:
        print_json(_as_dict(done))
    else:
        _show(done)
    if done.findings:
        raise typer.Exit(1)


def _as_dict(done: Verification) -> dict[str, object]:
    outcomes = done.outcomes()
    return {
        "checked": done.checked,
        "bytes": done.size,
        "without_digest": done.unsealed,
        "set_aside_before": done.set_aside_before,
        "findings": [finding.as_dict() for finding in done.findings],
        "recomputed": {outcome: outcomes[outcome] for outcome in ("agrees", "differs", "fails", "skipped")},
        "skipped": done.skipped(),
        "seconds": {what: round(seconds, 3) for what, seconds in done.seconds.items()},
    }


def _show(done: Verification) -> None:
    if done.findings:
        print_rows([finding.as_dict() for finding in done.findings], as_json=False)
    speed = done.size / 1e6 / max(done.seconds["files"], 1e-3)
    line = f"{done.checked} artifacts, {done.size / 1e6:.1f} MB checked in {done.seconds['files']:.1f} s ({speed:.0f} MB/s)"
    if done.unsealed:
        line += f"; {done.unsealed} have no digest, rows verified"
    console.print(line)
    outcomes = done.outcomes()
    if done.recomputed:
        parts = ", ".join(f"{outcomes[o]} {o}" for o in ("agrees", "differs", "fails", "skipped") if outcomes[o])
        console.print(f"{len(done.recomputed)} computed again in {done.seconds['recompute']:.1f} s: {parts}")
