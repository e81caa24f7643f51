"""`fm errors`: how errors reach the questions."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from fm_assets.cli.common import Json, Set, console, errors, print_json, print_rows, settings_for
from fm_assets.cli.errors import CommandError
from fm_assets.cli.running import run_stages


def register(app: typer.Typer) -> None:
    """Adds the command to the application."""
    app.command("errors")(propagate)


def propagate(
    against: Annotated[
        str,
        typer.Option(metavar="VARIANT", help="Also compare with a variant, or with what was there before: `previous`."),
    ] = "",
    faults: Annotated[
        str, typer.Option(metavar="A,B", help="Faults to inject; default: all seven; `none`: none.")
    ] = "",
    rates: Annotated[str, typer.Option(metavar="0.05,0.2", help="Rates of each fault.")] = "",
    sample: Annotated[int | None, typer.Option(min=0, help="Videos at most; 0: all.")] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Copy the report's page to this file.")] = None,
    overrides: Set = None,
    as_json: Json = False,
) -> None:
    """Inject faults, compare versions, hold answers against truth: what changes, and through which facts and tracks."""
    from fm_assets.propagation.folder import PAGE, report_folder
    from fm_assets.propagation.others import other_artifacts
    from fm_assets.propagation.report import read_rates

    settings = settings_for([*(overrides or ()), *_overrides(against, faults, rates, sample)])
    if settings.errors.against:
        try:
            other_artifacts(settings.lake_url, settings.errors.against, needed=True)
        except LookupError as error:
            raise CommandError(str(error)) from None
    reports = run_stages(settings, "error_propagation", None, quiet=as_json)
    items = [item for report in reports for item in report.items]
    if not items:
        raise CommandError("no batch yet: `fm ingest PATH` and `fm run` first, or `fm demo`")
    if items[0].outcome == "failed":
        raise CommandError(f"error_propagation failed: {items[0].reason}")
    folder = report_folder(settings, items[0].artifact_id)
    if html is not None:
        shutil.copyfile(folder / PAGE, html)
    found = [rate for rate in read_rates(folder) if not rate.kind]
    if as_json:
        plain = [{k: None if v != v else v for k, v in asdict(rate).items()} for rate in found]
        print_json({"artifact": items[0].artifact_id, "report": str(html or folder / PAGE), "rates": plain})
        return
    _print(found)
    console.print(f"the report, with pictures: [bold]{html or folder / PAGE}[/]")


def _overrides(against: str, faults: str, rates: str, sample: int | None) -> list[str]:
    """The options as `--set` has them."""
    found = [] if sample is None else [f"errors.sample={sample}"]
    if against:
        found.append(f"errors.against={against}")
    if faults:
        named = [] if faults == "none" else [name.strip() for name in faults.split(",")]
        found.append(f"errors.faults={json.dumps(named)}")
    if rates:
        found.append(f"errors.rates=[{rates}]")
    return found


def _print(rates: Sequence[Any]) -> None:
    from fm_assets.propagation.plots import STAGES
    from fm_assets.propagation.rates import SHARES
    from fm_assets.propagation.report import cell

    columns = [(stage, "affected", words) for stage, (words, _) in STAGES.items()]
    columns += [("qa_pairs", name, f"answers {name}") for name in ("flipped", "vanished", "new")]
    for view, title in (("faults", "affected by a fault"), ("producers", "other than in the other version")):
        own = [r for r in rates if r.view == view]
        rows = []
        for fault, rate in dict.fromkeys((r.fault, r.rate) for r in own):
            cells = {(r.stage, r.name): r for r in own if (r.fault, r.rate) == (fault, rate)}
            head = {"fault": fault, "rate": f"{rate:.0%}"} if fault else {}
            rows.append(head | {words: cell(cells.get((stage, name))) for stage, name, words in columns})
        if rows:
            print_rows(rows, as_json=False, title=f"Share {title} (95 % by video)")
    judged = [
        {"stage": STAGES[r.stage][0], "measure": r.name, "share": cell(r), "videos": r.videos}
        for r in rates
        if r.view == "truth" and not r.fault and r.name not in SHARES
    ]
    if judged:
        print_rows(judged, as_json=False, title="Without a fault, against the scenes' truth")
    else:
        errors.print(
            "no truth: no clip of the sample is a whole rendered scene (`clips.min_s` above its length makes one)"
        )
