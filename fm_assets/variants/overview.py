"""What variants there are, how far each is up to date, and what only it holds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from fm_assets.graph import STAGES
from fm_assets.pipeline import Pipeline, lake_of
from fm_assets.planning.plan import make_plan
from fm_assets.planning.states import STATES, counts
from fm_assets.settings import Settings, SettingsError
from fm_assets.variants.documents import VariantDocument, all_variants
from fm_assets.variants.resolve import producer_ids, variant_settings
from fm_resources.detector.base import DetectorError
from fm_resources.lake import Lake


@dataclass(frozen=True)
class Overview:
    """A variant as `fm variant list` shows it.

    Attributes:
        name: Its name.
        overrides: Settings in which it differs from main.
        note: What it is for.
        created: When it was made.
        own: Stages of its own, in the order that data flows; it shares all others with main.
        states: State (see `planning.states.State`) -> videos, summed over its own stages.
        rows: Rows in its own stages.
        pairs: Questions among them.
        artifacts: Artifacts that neither main nor another variant holds.
        bytes: Their size.
        trouble: Why it cannot be used; empty when it can.
    """

    name: str
    overrides: dict[str, Any]
    note: str
    created: str
    own: tuple[str, ...] = ()
    states: dict[str, int] | None = None
    rows: int = 0
    pairs: int = 0
    artifacts: int = 0
    bytes: int = 0
    trouble: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain form for `--json`."""
        return asdict(self) | {"states": self.states or {}}

    @property
    def progress(self) -> str:
        """How far it is up to date, in a few words."""
        if self.trouble:
            return "cannot be used"
        if not self.own:
            return "makes what main makes"
        behind = {k: n for k, n in (self.states or {}).items() if k not in ("current", "rejected")}
        return ", ".join(f"{n} {k}" for k, n in behind.items()) or "up to date"


def overviews(main: Settings) -> list[Overview]:
    """All variants, by name; one that cannot be used says why.

    Raises:
        VariantError: A variant's document cannot be read.
    """
    pipeline = Pipeline(main)
    pipeline.catalog.sync()
    documents = all_variants(pipeline.lake)
    producers = producer_ids(main) if documents else {}
    found = []
    for document in documents:
        try:
            settings = variant_settings(document, main, main_producers=producers)
        except (SettingsError, DetectorError) as error:
            found.append(_overview(document, pipeline, trouble=document.without_name(error)))
            continue
        own = tuple(stage.name for stage in STAGES if stage.name in settings.variant.own)
        table = [
            row for row in counts(make_plan(STAGES, STAGES, None, settings, lake_of(settings))) if row["stage"] in own
        ]
        totals = {state: sum(int(row[state]) for row in table) for state in STATES}
        found.append(_overview(document, pipeline, own=own, states={state: n for state, n in totals.items() if n}))
    return found


def held_alone(pipeline: Pipeline, name: str) -> tuple[int, int]:
    """Artifacts that nobody but a variant holds: how many, and how many bytes. The catalog must be up to date."""
    return _alone(pipeline, _held(pipeline, name))


def _held(pipeline: Pipeline, name: str) -> list[dict[str, Any]]:
    with pipeline.catalog.asking() as ask:
        return ask("variant_holds", variant=name)


def _alone(pipeline: Pipeline, held: list[dict[str, Any]]) -> tuple[int, int]:
    only = [h for h in held if h["only"]]
    return len(only), sum(_size(pipeline.lake, h) for h in only)


def _overview(document: VariantDocument, pipeline: Pipeline, **more: Any) -> Overview:
    held = _held(pipeline, document.name)
    artifacts, size = _alone(pipeline, held)
    return Overview(
        document.name,
        dict(document.overrides),
        document.note,
        document.created,
        rows=sum(h["rows"] for h in held),
        pairs=sum(h["rows"] for h in held if h["stage"] == "qa_pairs"),
        artifacts=artifacts,
        bytes=size,
        **more,
    )


def _size(lake: Lake, held: dict[str, Any]) -> int:
    path = lake.artifact_path(held["stage"], held["video_id"], held["artifact_id"])
    return path.stat().st_size if path.exists() else 0
