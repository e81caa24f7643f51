"""What the commands share: settings, the Dagster instance, output."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table

from fm_assets.cli.errors import CommandError
from fm_assets.settings import Settings, load_settings
from fm_resources.data import data_file
from fm_resources.lake import MAIN, Lake
from fm_resources.process import is_gone, this_process

if TYPE_CHECKING:
    import dagster as dg

RUN_TAG = "foundationmotion/command"

#: Longest id; cells up to this are never folded, so that they can be copied.
ID_LENGTH = 64

console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)

Set = Annotated[
    list[str] | None, typer.Option("--set", metavar="SECTION.NAME=VALUE", help="Override a setting; may be repeated.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


def settings_for(overrides: Sequence[str] | None = None, variant: str = MAIN) -> Settings:
    """Validated settings of main or of a variant, and an FM_HOME that can be written.

    Raises:
        CommandError: FM_HOME cannot be written.
        VariantError: There is no such variant.
    """
    settings = load_settings(overrides=overrides or ())
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        probe = settings.home / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise CommandError(
            f"FM_HOME {settings.home} cannot be written ({error.strerror}): set FM_HOME to a folder of yours"
        ) from None
    if variant == MAIN:
        return settings
    from fm_assets.variants.documents import find_variant
    from fm_assets.variants.resolve import variant_settings

    return variant_settings(find_variant(Lake(settings.lake_url), variant), settings, overrides or ())


def option_of(variant: str) -> str:
    """What a command that people are told needs for a variant: ` --variant NAME`, nothing for main."""
    return "" if variant == MAIN else f" --variant {variant}"


def dagster_home(settings: Settings) -> Path:
    """Writes the instance configuration below FM_HOME and points DAGSTER_HOME at it."""
    home = settings.home / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    text = data_file("dagster.yaml").read_text(encoding="utf-8").replace(".fm/dagster/", f"{home}/")
    target = home / "dagster.yaml"
    if not target.exists() or target.read_text(encoding="utf-8") != text:
        target.write_text(text, encoding="utf-8")
    os.environ["DAGSTER_HOME"] = str(home)
    os.environ["FM_HOME"] = str(settings.home)
    return home


@contextmanager
def dagster_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The instance that the UI shows."""
    dagster_home(settings)
    import dagster as dg

    with dg.DagsterInstance.get() as instance:
        _bury_dead_runs(instance)
        yield instance


def run_tags() -> dict[str, str]:
    """Tags by which a later command finds out that this one's process is gone."""
    return {RUN_TAG: this_process()}


def _bury_dead_runs(instance: dg.DagsterInstance) -> None:
    """Ends runs of commands that were killed; otherwise they would stay `started` and hold up the queue."""
    import dagster as dg

    unfinished = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])
    for run in instance.get_runs(unfinished):
        if is_gone(run.tags.get(RUN_TAG, "")):
            instance.report_run_failed(run, message="the process of this `fm` command was killed")


def print_json(value: Any) -> None:
    """JSON on standard output; times in ISO 8601."""
    print(json.dumps(value, indent=1, ensure_ascii=False, default=str))


def print_rows(rows: Sequence[Mapping[str, Any]], *, as_json: bool, title: str = "", empty: str = "nothing") -> None:
    """Rows as a table, or as a JSON list."""
    if as_json:
        print_json(list(rows))
        return
    if not rows:
        console.print(empty)
        return
    table = Table(title=title or None, title_justify="left", header_style="bold", box=SIMPLE_HEAD, padding=(0, 1))
    cells = [[_cell(v) for v in row.values()] for row in rows]
    for number, name in enumerate(rows[0]):
        longest = max(len(row[number]) for row in cells)
        table.add_column(name, overflow="fold", no_wrap=longest <= ID_LENGTH)
    for row in cells:
        table.add_row(*row)
    draw(table)


def draw(renderable: RenderableType) -> None:
    """Prints a table or tree: folded to a terminal, unfolded into a pipe, which has no width."""
    if console.is_terminal:
        console.print(renderable, soft_wrap=False)
    else:
        Console(file=console.file, width=1000, highlight=False).print(renderable)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
