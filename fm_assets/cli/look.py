"""Commands that only look: status, list, show, sql."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import duckdb
import typer

from fm_assets.audit.lookup import UnknownItem
from fm_assets.cli.common import Json, Set, console, option_of, print_json, print_rows, settings_for
from fm_assets.cli.errors import CommandError
from fm_assets.cli.plan import own_of
from fm_assets.graph import STAGES
from fm_assets.pipeline import Pipeline
from fm_assets.planning.plan import make_plan
from fm_assets.planning.states import State, counts, states
from fm_resources.lake import MAIN


class Listed(StrEnum):
    """What `fm list` lists."""

    VIDEOS = "videos"
    CLIPS = "clips"
    TRACKS = "tracks"
    FACTS = "facts"
    QA = "qa"


LISTS = {
    Listed.VIDEOS: "SELECT video_id, batch, domain, status, duration_s, width, height, fps, reason FROM videos ORDER BY ALL",
    Listed.CLIPS: "SELECT clip_id, start_s, end_s, camera_score, camera_verdict, frame_of_reference, status, reason "
    "FROM clips ORDER BY clip_id",
    Listed.TRACKS: "SELECT track_id, class, colour, start_s, end_s, frames, mean_score FROM tracks ORDER BY track_id",
    Listed.FACTS: "SELECT fact_id, kind, subject_track_id, object_track_id, value, number, unit, margin FROM facts "
    "ORDER BY clip_id, kind, subject_track_id",
    Listed.QA: "SELECT qa_id, clip_id, category, split, question, answer FROM qa ORDER BY clip_id, category, qa_id",
}


def register(app: typer.Typer) -> None:
    """Adds the commands to the application."""
    app.command()(status)
    app.command("list")(list_rows)
    app.command()(show)
    app.command()(sql)


def status(
    variant: Annotated[str, typer.Option(help="Tell of this variant's own stages.")] = MAIN,
    overrides: Set = None,
    as_json: Json = False,
) -> None:
    """What is current, stale, missing, rejected, failed - and why."""
    settings = settings_for(overrides, variant)
    plan = make_plan(STAGES, own_of(STAGES, settings.variant, None), None, settings, Pipeline(settings).lake)
    found = list(states(plan))
    table = counts(plan) if plan.batches else []
    trouble = [s for s in found if s.state in ("rejected", "failed", "stale")]
    if as_json:
        print_json({"stages": table, "items": [s.__dict__ for s in found]})
        return
    print_rows(table, as_json=False, empty="no video yet: `fm ingest PATH`, or `fm demo`")
    for (stage, state, reason), group in _by_reason(trouble).items():
        names = ", ".join(s.video_id for s in group[:6]) + (f" and {len(group) - 6} more" if len(group) > 6 else "")
        console.print(f"[yellow]{state}[/] {stage}: {names}: {reason}")
    if any(s.state in ("stale", "missing", "failed", "waiting") for s in found):
        of = option_of(variant)
        console.print(f"`fm run{of}` brings all of it up to date; `fm plan{of}` says what that takes")


def _by_reason(found: list[State]) -> dict[tuple[str, str, str], list[State]]:
    groups: dict[tuple[str, str, str], list[State]] = {}
    for state in found:
        groups.setdefault((state.stage, state.state, state.reason), []).append(state)
    return groups


def list_rows(
    what: Annotated[Listed, typer.Argument(help="What to list.")],
    limit: Annotated[int, typer.Option(min=1, help="Rows at most.")] = 200,
    as_json: Json = False,
) -> None:
    """List videos, clips, tracks, facts or questions that are current."""
    rows = _catalog().query(f"{LISTS[what]} LIMIT {limit + 1}")
    print_rows(rows[:limit], as_json=as_json, empty=f"no {what.value} yet: `fm ingest PATH` and `fm run`, or `fm demo`")
    if len(rows) > limit and not as_json:
        console.print(f"... and more: --limit, or `fm sql 'SELECT * FROM {what.value}'`")


def show(
    name: Annotated[str, typer.Argument(metavar="VIDEO|CLIP|QA", help="An id; a unique beginning of one is enough.")],
    as_json: Json = False,
) -> None:
    """Show one video, clip or question with what belongs to it."""
    catalog = _catalog()
    found = catalog.query(
        "SELECT 'qa' AS kind, qa_id AS id FROM qa WHERE starts_with(qa_id, $name) "
        "UNION ALL SELECT 'clip', clip_id FROM clips WHERE starts_with(clip_id, $name) AND contains($name, '.') "
        "UNION ALL SELECT 'video', video_id FROM videos WHERE starts_with(video_id, $name) ORDER BY ALL",
        {"name": name},
    )
    exact = [f for f in found if f["id"] == name] or found
    if not exact:
        raise UnknownItem(f"no video, clip or question named {name!r}: `fm list videos|clips|qa`")
    if len(exact) > 1:
        raise UnknownItem(f"{name!r} is not unique: {', '.join(f['id'] for f in exact[:8])}")
    kind, key = exact[0]["kind"], exact[0]["id"]
    parts = {title: catalog.query(query, {"id": key}) for title, query in SHOWN[kind].items()}
    if as_json:
        print_json({kind: parts})
        return
    for title, rows in parts.items():
        if len(rows) == 1:
            console.print(f"[bold]{title}[/]")
            for column, value in rows[0].items():
                console.print(f"  {column}: {value}")
        elif rows:
            print_rows(rows, as_json=False, title=title)


SHOWN: Mapping[str, Mapping[str, str]] = {
    "video": {
        "video": "SELECT * FROM videos WHERE video_id = $id",
        "paths": "SELECT path FROM registered_paths WHERE video_id = $id ORDER BY path",
        "clips": "SELECT clip_id, start_s, end_s, camera_verdict, status, reason FROM clips WHERE video_id = $id",
        "artifacts": "SELECT stage, artifact_id, status, rows, seconds, run_id FROM receipts "
        "WHERE video_id = $id AND is_current ORDER BY started",
        "questions": "SELECT qa_id, category, question FROM qa WHERE starts_with(clip_id, $id || '.') ORDER BY qa_id",
    },
    "clip": {
        "clip": "SELECT * FROM clips WHERE clip_id = $id",
        "caption": "SELECT text, writer FROM captions WHERE clip_id = $id",
        "tracks": "SELECT track_id, class, colour, start_s, end_s, frames, mean_score FROM tracks WHERE clip_id = $id",
        "facts": "SELECT kind, subject_track_id AS subject, object_track_id AS object, value, number, unit, t0, t1, margin "
        "FROM facts WHERE clip_id = $id ORDER BY ALL",
        "questions": "SELECT qa_id, category, question, answer FROM qa WHERE clip_id = $id ORDER BY qa_id",
    },
    "qa": {
        "question": "SELECT * FROM qa WHERE qa_id = $id",
        "evidence": "SELECT e.role, f.kind, f.subject_track_id AS subject, f.object_track_id AS object, f.value, f.number, "
        "f.unit, f.margin FROM qa_evidence e JOIN facts f USING (fact_id) WHERE e.qa_id = $id ORDER BY e.role DESC, f.kind",
    },
}


def sql(
    query: Annotated[
        str, typer.Argument(help="A query over the views: videos, clips, tracks, facts, qa, receipts ...")
    ],
    as_json: Json = False,
) -> None:
    """Ask the catalog in SQL (read only)."""
    try:
        rows = _catalog().query(query)
    except duckdb.Error as error:
        raise CommandError(f"the catalog does not take that query: {error}") from None
    print_rows(rows, as_json=as_json, empty="no rows")


def _catalog() -> Any:
    catalog = Pipeline(settings_for()).catalog
    catalog.sync()
    return catalog
