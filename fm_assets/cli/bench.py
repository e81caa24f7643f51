"""`fm bench`: measurements that make tables of the documentation."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fm_assets.cli.common import Json, Set, errors, print_json, settings_for
from fm_assets.cli.errors import CommandError

if TYPE_CHECKING:
    from fm_assets.evaluation.quality.registry import Entry
    from fm_assets.evaluation.quality.section import Bench, Section
    from fm_assets.settings import Settings

#: Environment variable with the folder of development data.
DATA = "FM_TEST_DATA"

bench = typer.Typer(help="Measure: quality.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Adds the commands to the application."""
    app.add_typer(bench, name="bench")


@bench.callback()
def _group() -> None:
    """Measure what the pipeline is worth."""


@bench.command()
def quality(
    data: Annotated[
        Path | None, typer.Option(envvar=DATA, help="Folder with mot/, videos/, weights/: real footage with truth.")
    ] = None,
    weights: Annotated[
        Path | None, typer.Option(help="Weights for filmed videos; also looked for in weights/ of --data.")
    ] = None,
    section: Annotated[
        list[str] | None, typer.Option(help="Measure this section only; may be repeated. Default: all.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="A shortened run that shows that the measuring works.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            help="The document; sections that are not measured stay. [default: docs/quality.md; a quick run writes none]"
        ),
    ] = None,
    overrides: Set = None,
    as_json: Json = False,
) -> None:
    """Measure tracking, camera, detection, memory, facts and answers, and write the tables of docs/quality.md."""
    from fm_assets.evaluation.quality.section import Bench

    entries = _entries(section or ())
    if out is None and not quick:
        out = Path("docs/quality.md")
    settings = settings_for(overrides)
    found = _find_weights(weights, data, settings)
    with tempfile.TemporaryDirectory(prefix="fm-bench-") as folder:
        work = Path(folder)
        pictures = out.parent / "img" if out else work
        tools = Bench(settings, data, found, quick, work, pictures, lambda text: errors.print(f"  {text}"))
        measured, skipped = _measure(entries, tools, out, show=not as_json)
    if as_json:
        print_json({"sections": [s.as_dict() for s in measured], "skipped": skipped})
    if not measured:
        raise CommandError("nothing could be measured: " + "; ".join(f"{n} {r}" for n, r in skipped.items()))


def _measure(
    entries: Sequence[Entry], bench: Bench, out: Path | None, *, show: bool
) -> tuple[list[Section], dict[str, str]]:
    """Measures section by section and writes each as soon as it is there, so that what is done is never lost."""
    from fm_assets.evaluation.quality.document import goal_table
    from fm_assets.evaluation.quality.registry import measure
    from fm_assets.evaluation.quality.section import Unavailable

    measured: list[Section] = []
    skipped: dict[str, str] = {}
    if not bench.quick:
        minutes = sum(entry.minutes for entry in entries)
        errors.print(
            f"{len(entries)} sections, some {minutes:g} min on two quiet cores; a section that is done is kept"
        )
    for entry in entries:
        errors.print(f"{entry.title} (some {entry.minutes:g} min)")
        try:
            section = measure(entry, bench)
        except Unavailable as reason:
            skipped[entry.name] = str(reason)
            errors.print(f"  skipped: {reason}")
            continue
        errors.print(f"  {section.seconds:.0f} s")
        if out is not None:
            _write(section, out)
        if show and section.goals:
            print(f"{entry.title}\n\n{goal_table(section.goals)}\n")
        measured.append(section)
    return measured, skipped


def _write(section: Section, out: Path) -> None:
    from fm_assets.evaluation.quality.document import HEAD, head, put, render
    from fm_assets.evaluation.quality.machine import made_on
    from fm_assets.evaluation.quality.registry import TITLES

    order = [HEAD, *TITLES]
    document = out.read_text(encoding="utf-8") if out.exists() else ""
    try:
        document = put(document, section.name, render(section, TITLES[section.name], made_on()), order)
        document = put(document, HEAD, head(document, TITLES, "fm bench quality"), order)
    except ValueError as error:
        raise CommandError(f"{out}: {error}") from None
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(f".{out.name}.{os.getpid()}")
    part.write_text(document, encoding="utf-8")
    part.replace(out)


def _entries(names: Sequence[str]) -> list[Entry]:
    from fm_assets.evaluation.quality.registry import ENTRIES, TITLES

    unknown = [name for name in names if name not in TITLES]
    if unknown:
        raise CommandError(
            f"--section {', '.join(unknown)}: there is no such section; sections are {', '.join(TITLES)}"
        )
    return [entry for entry in ENTRIES if not names or entry.name in names]


def _find_weights(weights: Path | None, data: Path | None, settings: Settings) -> Path | None:
    """The weights of the command line, as given or in the data's folder, else those of the settings."""
    if data is not None and not data.is_dir():
        raise CommandError(f"--data {data}: there is no such folder")
    if weights is None:
        return settings.resolve(settings.detector.weights) if settings.detector.weights else None
    places: list[Any] = [weights, *([data / "weights" / weights] if data is not None else [])]
    for place in places:
        if place.exists():
            return Path(place).resolve()
    raise CommandError(f"--weights: none of {', '.join(map(str, places))} exists")
