"""Commands that keep the lake: verify, gc."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from fm_assets.cli.common import Json, Set, console, dagster_instance, print_json, print_rows, settings_for
from fm_assets.cli.errors import CommandError
from fm_assets.cli.running import Bars, progress_bar
from fm_assets.pipeline import Pipeline
from fm_assets.upkeep.collect import Waste
from fm_assets.upkeep.verify import Verification

if TYPE_CHECKING:
    import dagster as dg

#: States of Dagster runs in which one is under way; a queued one waits for the lake by itself.
UNDER_WAY = ("STARTING", "STARTED", "CANCELING")

#: What may come of computing an artifact again.
OUTCOMES = ("agrees", "differs", "fails", "skipped")


def register(app: typer.Typer) -> None:
    """Adds the commands to the application."""
    app.command()(verify)
    app.command()(gc)


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


def gc(
    yes: Annotated[bool, typer.Option("--yes", help="Remove without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would go.")] = False,
    as_json: Json = False,
) -> None:
    """Remove artifacts that nothing current was made from, in main or in a variant; never while a run is under way."""
    from fm_assets.upkeep.collect import collect

    if as_json and not (yes or dry_run):
        raise CommandError("fm gc --json cannot ask: add --yes to remove, or --dry-run to look")
    settings = settings_for()
    pipeline = Pipeline(settings)

    def agreed(waste: Waste) -> bool:
        if not as_json:
            _show_waste(waste)
        return not dry_run and (yes or typer.confirm("Remove them?"))

    with dagster_instance(settings) as instance, progress_bar(quiet=as_json or not yes) as bar:
        waste, free = collect(pipeline, agreed, idle=lambda: _must_be_idle(instance), progress=Bars(bar))
    pipeline.close()
    if as_json:
        print_json({"stages": waste.by_stage(), "artifacts": len(waste.artifacts), "bytes": waste.size,
                    "set_aside": len(waste.aside), "forgotten": len(waste.forgotten), "kept": waste.kept,
                    "removed_bytes": free})  # fmt: skip
    elif not waste:
        console.print(
            f"nothing to remove: all {waste.kept} artifacts are current, or something current was made from them"
        )
    elif free:
        console.print(f"{free / 1e6:.1f} MB removed")


def _must_be_idle(instance: dg.DagsterInstance) -> None:
    import dagster as dg

    running = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus(state) for state in UNDER_WAY]))
    if running:
        raise CommandError(
            f"run {running[0].run_id} is under way: wait for it to end, or end it in `fm ui` if its process is gone"
        )


def _show_waste(waste: Waste) -> None:
    rows = [{"stage": r["stage"], "artifacts": r["artifacts"], "MB": r["bytes"] / 1e6} for r in waste.by_stage()]
    if rows:
        print_rows(rows, as_json=False)
    console.print(f"{len(waste.artifacts)} artifacts that nothing reaches, {waste.size / 1e6:.1f} MB")
    if waste.aside:
        console.print(f"{len(waste.aside)} damaged ones that were set aside")
    if waste.forgotten:
        console.print(f"{len(waste.forgotten)} in the catalog that the lake holds no longer")
    whole = (
        f", {waste.kept_whole} of them of videos that were superseded or are not through" if waste.kept_whole else ""
    )
    console.print(f"{waste.kept} stay{whole}")


def _as_dict(done: Verification) -> dict[str, object]:
    outcomes = done.outcomes()
    return {
        "checked": done.checked,
        "bytes": done.size,
        "without_digest": done.unsealed,
        "set_aside_before": done.set_aside_before,
        "findings": [finding.as_dict() for finding in done.findings],
        "recomputed": {outcome: outcomes[outcome] for outcome in OUTCOMES},
        "skipped": done.skipped(),
        "seconds": {what: round(seconds, 3) for what, seconds in done.seconds.items()},
    }


def _show(done: Verification) -> None:
    for finding in done.findings:
        standing = finding.standing + (", set aside" if finding.aside else "")
        console.print(f"[red]{finding.kind}[/] {finding.where} ({standing}): {finding.detail}")
    speed = done.size / 1e6 / max(done.seconds["files"], 1e-3)
    line = f"{done.checked} artifacts, {done.size / 1e6:.1f} MB checked in {done.seconds['files']:.1f} s ({speed:.0f} MB/s)"
    if done.unsealed:
        line += f"; {done.unsealed} have no digest, rows verified"
    if done.set_aside_before:
        line += f"; {done.set_aside_before} were set aside before"
    console.print(line)
    outcomes = done.outcomes()
    if done.recomputed:
        parts = ", ".join(f"{outcomes[o]} {_outcome(o, outcomes[o])}" for o in OUTCOMES if outcomes[o])
        console.print(f"{len(done.recomputed)} computed again in {done.seconds['recompute']:.1f} s: {parts}")
    for group in done.skipped():
        console.print(f"skipped {group['artifacts']} of {group['stage']}: {group['reason']}")
    kinds = Counter(finding.kind for finding in done.findings)
    if kinds:
        console.print(", ".join(f"[bold]{n}[/] {kind}" for kind, n in sorted(kinds.items())) + _advice(kinds))
    else:
        console.print("nothing is wrong")


def _outcome(outcome: str, count: int) -> str:
    """`1 agrees`, but `4 agree`."""
    return outcome if count == 1 else outcome.removesuffix("s")


def _advice(kinds: Counter[str]) -> str:
    advice = []
    if kinds.keys() & {"damaged", "missing", "head", "export"}:
        advice.append("`fm run` makes anew what is current")
    if kinds.keys() & {"differs", "fails"}:
        advice.append("this machine, its libraries or the code compute otherwise than those that made the artifact")
    if "unreadable" in kinds:
        advice.append("check the disk and the owner of the files")
    return f": {'; '.join(advice)}"
