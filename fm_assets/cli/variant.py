"""Commands about producers side by side: variant create, list, promote, drop; diff."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from fm_assets.cli import running, work
from fm_assets.cli.common import Json, Set, console, errors, print_json, print_rows, settings_for
from fm_assets.cli.plan import Batches
from fm_assets.settings import load_settings
from fm_resources.lake import Lake

if TYPE_CHECKING:
    from fm_assets.variants.diff import Diff
    from fm_assets.variants.overview import Overview

variant_app = typer.Typer(help="Other producers beside the current ones.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The variant.")]


class Compared(StrEnum):
    """What `fm diff` compares."""

    TRACKS = "tracks"
    FACTS = "facts"
    CAPTIONS = "captions"
    QA = "qa"


def register(app: typer.Typer) -> None:
    """Adds the commands to the application."""
    for name, command in (("create", create), ("list", list_variants), ("promote", promote), ("drop", drop)):
        variant_app.command(name)(command)
    app.add_typer(variant_app, name="variant")
    app.command()(diff)


def create(
    name: Name,
    overrides: Set = None,
    note: Annotated[str, typer.Option(help="What it is for.")] = "",
    process: Annotated[bool, typer.Option("--run/--no-run", help="Run its stages at once.")] = True,
    batch: Batches = None,
    as_json: Json = False,
) -> None:
    """Make a variant: main's settings with some others in their place, run beside main."""
    from fm_assets.variants.documents import VariantDocument, VariantError, add_variant, check_name
    from fm_assets.variants.resolve import overrides_of

    main = settings_for()
    values = overrides_of(overrides or (), load_settings(overrides=overrides or ()))
    trial = VariantDocument(check_name(name), values, note, "")
    own = work.prepared_variant(trial, main).variant.own
    if not own:
        raise VariantError(f"{name} would make what main makes: main has {trial.spoken()} already, or nothing reads it")
    add_variant(Lake(main.lake_url), name, values, note)
    if process:
        if not as_json:
            console.print(f"variant [bold]{name}[/]: {escape(trial.spoken())}; {_shared(own)}")
        work.run_variant(name, main, batch=batch, as_json=as_json)
    elif as_json:
        print_json({"name": name, "overrides": values, "own": _in_order(own)})
    else:
        console.print(f"variant [bold]{name}[/]: {escape(trial.spoken())}; {_shared(own)}")
        console.print(f"next: [bold]fm run --variant {name}[/]")


def _in_order(own: frozenset[str]) -> list[str]:
    from fm_assets.graph import STAGES

    return [stage.name for stage in STAGES if stage.name in own]


def _shared(own: frozenset[str]) -> str:
    from fm_assets.graph import STAGES

    shared = [stage.name for stage in STAGES if stage.name not in own]
    return f"own stages {', '.join(_in_order(own))}" + (f"; shared with main: {', '.join(shared)}" if shared else "")


def list_variants(as_json: Json = False) -> None:
    """List the variants: what differs, how far they are, what only they hold."""
    from fm_assets.variants.overview import overviews

    found = overviews(settings_for())
    if as_json:
        print_json([o.as_dict() for o in found])
        return
    empty = "no variant: `fm variant create NAME --set SECTION.NAME=VALUE` makes one"
    print_rows([_listed(o) for o in found], as_json=False, empty=empty)
    for overview in found:
        if overview.trouble:
            errors.print(f"[yellow]{overview.name}[/] cannot be used: {escape(overview.trouble)}")


def _listed(overview: Overview) -> dict[str, object]:
    import json

    from fm_assets.graph import STAGES

    below = (
        len(overview.own) == len(STAGES) - [s.name for s in STAGES].index(overview.own[0]) if overview.own else False
    )
    own = f"{overview.own[0]} and all below" if below and len(overview.own) > 1 else ", ".join(overview.own)
    return {
        "variant": overview.name,
        "differs in": escape(", ".join(f"{k} = {json.dumps(v)}" for k, v in overview.overrides.items())),
        "own stages": own or "none",
        "state": overview.progress,
        "rows": overview.rows,
        "questions": overview.pairs,
        "only it holds": f"{overview.artifacts} artifacts, {overview.bytes / 2**20:.2f} MiB",
        "note": escape(overview.note),
    }


def promote(name: Name, as_json: Json = False) -> None:
    """Make a variant main: its settings go into fm.toml; what main was is kept as a variant."""
    from fm_assets.variants import promote as promotion
    from fm_assets.variants.documents import find_variant
    from fm_assets.variants.resolve import variant_settings

    main = settings_for()
    document = find_variant(Lake(main.lake_url), name)
    variant = variant_settings(document, main)
    plan = promotion.plan_promotion(document, main, variant)
    promotion.promote(plan, main, variant)
    reports = running.run_stages(settings_for(), ",".join(_in_order(variant.variant.own)), None, quiet=as_json)
    counts = work.stage_counts(reports)
    if as_json:
        print_json({
            "promoted": name, "kept_as": plan.kept_as, "config": str(plan.config), "changed": plan.lines, "stages": counts,
        })  # fmt: skip
        return
    console.print(f"{plan.config}:")
    for line in plan.lines:
        console.print(f"  [{'green' if line.startswith('+') else 'red'}]{escape(line)}[/]")
    computed = sum(c["computed"] for c in counts.values())
    console.print(
        f"[bold]{name}[/] is main now: {computed} computed, {sum(c['reused'] for c in counts.values())} reused. "
        f"What main was is kept as [bold]{plan.kept_as}[/]: [bold]fm variant promote {plan.kept_as}[/] goes back, "
        f"[bold]fm variant drop {plan.kept_as}[/] forgets it"
    )


def drop(name: Name, as_json: Json = False) -> None:
    """Forget a variant; its artifacts stay until `fm gc`."""
    from fm_assets.export.folder import remove_export
    from fm_assets.pipeline import Pipeline
    from fm_assets.variants.documents import remove_variant
    from fm_assets.variants.overview import held_alone

    settings = settings_for()
    pipeline = Pipeline(settings)
    pipeline.catalog.sync()
    artifacts, size = held_alone(pipeline, name)
    remove_variant(pipeline.lake, name)
    pipeline.catalog.sync()
    export = remove_export(settings, name)
    if as_json:
        print_json({"dropped": name, "export_removed": export, "left_artifacts": artifacts, "left_bytes": size})
        return
    console.print(
        f"variant [bold]{name}[/] is forgotten{', its export removed' if export else ''}. {artifacts} artifacts that only it "
        f"held ({size / 2**20:.2f} MiB) stay in the lake until [bold]fm gc[/]; made again before that, it finds them there"
    )


def diff(
    what: Annotated[Compared, typer.Argument(help="What to compare.")],
    a: Annotated[str, typer.Argument(metavar="A", help="A variant, `main`, or a producer id of that stage.")],
    b: Annotated[str, typer.Argument(metavar="B", help="The same.")],
    video: Annotated[list[str] | None, typer.Option(help="Only this video; may be repeated.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="Examples of each kind of change at most.")] = 3,
    as_json: Json = False,
) -> None:
    """Compare two variants item by item; only videos whose data differ are read."""
    from fm_assets.audit.lookup import UnknownItem
    from fm_assets.pipeline import Pipeline
    from fm_assets.variants.diff import STAGE_OF, side
    from fm_assets.variants.diff import diff as compare

    pipeline = Pipeline(settings_for())
    pipeline.catalog.sync()
    sides = [side(pipeline, STAGE_OF[what], name) for name in (a, b)]
    if video:
        unknown = [v for v in video if not any(v in s.artifacts for s in sides)]
        if unknown:
            raise UnknownItem(f"no {what} of {', '.join(unknown)} in {a} or {b}: `fm list videos` lists the videos")
        sides = [s.only(frozenset(video)) for s in sides]
    with running.progress_bar(quiet=as_json) as bar:
        task = bar.add_task("comparing", total=None)
        found = compare(
            pipeline.lake,
            what,
            *sides,
            limit=limit,
            progress=lambda done, of: bar.update(task, completed=done, total=of),
        )
    if as_json:
        print_json(found.as_dict())
    else:
        _show(found)


def _show(found: Diff) -> None:
    from fm_assets.variants.diff import NAMES

    videos = found.videos
    console.print(
        f"[bold]{found.what}[/] of {found.a} (A) and {found.b} (B): {videos['compared']} videos, "
        f"{videos['equal']} equal, {videos['differ']} differ"
    )
    for mine, other, count in ((found.a, found.b, videos["only_a"]), (found.b, found.a, videos["only_b"])):
        if count:
            errors.print(f"[yellow]{count} videos[/] have {found.what} in {mine} alone, none in {other}: not compared")
    if cut := videos["cut_otherwise"]:
        errors.print(
            f"[yellow]{cut} videos[/] are cut into other clips: times count from each clip's own start, so that much "
            "differs for that reason alone"
        )
    shares = found.shares
    names = [n for n in ("same", "moved", "changed", "flipped", "only_a", "only_b") if n in _spoken(found.what)]
    row: dict[str, object] = {"in A": found.items["in_a"], "in B": found.items["in_b"]}
    row |= {n.replace("_a", " A").replace("_b", " B"): f"{found.items[n]} ({shares[n]:.1%})" for n in names}
    print_rows([row], as_json=False)
    for change in found.examples:
        fate = NAMES[change.change].replace("_a", " A").replace("_b", " B")
        ids = " -> ".join(dict.fromkeys(i for i in (change.before_id, change.after_id) if i))
        console.print(f"[yellow]{fate}[/] {change.clip_id}  [dim]{ids}[/]")
        if change.before == change.after:
            console.print(f"  A, B  {change.before} ({UNSHOWN[found.what]})", markup=False)
            continue
        for letter, text in (("A", change.before), ("B", change.after)):
            if text:
                console.print(f"  {letter}  {text}", markup=False)


#: What differs in two items that read the same.
UNSHOWN = {
    "tracks": "other boxes", "facts": "another number, margin or frame", "captions": "another verdict",
    "qa": "other wrong options, or another order",
}  # fmt: skip


def _spoken(what: str) -> Sequence[str]:
    """What may become of an item of this sort."""
    more = {"facts": ("moved",), "qa": ("flipped",)}.get(what, ())
    return ("same", *more, "changed", "only_a", "only_b")
