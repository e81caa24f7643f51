"""From a stage to a Dagster asset: definition, checks, metadata. The thin bridge; no pipeline logic.

Annotations are not postponed here: Dagster reads those of the asset function.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from fm_assets import drift
from fm_assets.checks import COMMON, Batch, Check
from fm_assets.out_of_date import rematerialize
from fm_assets.partitions import batches
from fm_assets.pipeline import Pipeline, lake_of
from fm_assets.preview import picture
from fm_assets.settings import Settings, Variant
from fm_assets.stage import CORPUS, OUTCOMES, Item, Stage, StageReport
from fm_resources.rows import describe

MAIN_ALONE = Variant()
#: Tag of variants' assets, by which jobs tell them from main's.
VARIANT_TAG = "foundationmotion/variant"


def dagster_name(variant: Variant) -> str:
    """A variant's name as Dagster allows it in keys, groups and jobs: `tracker-b` is `tracker_b`."""
    return variant.name.replace("-", "_")


def asset_key(stage: str, variant: Variant) -> dg.AssetKey:
    """`tracks` for main's stage and for one that a variant shares; `tracker_b/tracks` for a variant's own."""
    return dg.AssetKey([dagster_name(variant), stage] if stage in variant.own else stage)


def stage_asset(
    stage: Stage,
    settings: Settings,
    *,
    group: str,
    kinds: set[str],
    description: str,
    checks: Sequence[Check] = (),
    examples: Callable[[Batch], str] | None = None,
    notes: Sequence[str] = (),
    more: Callable[[Batch], Mapping[str, Any]] | None = None,
    automatic: bool = True,
) -> dg.AssetsDefinition:
    """The Dagster asset of a stage: partitioned by batch, or over the corpus when the stage is.

    A variant's own stage is an asset beside main's: the variant's name is the prefix of its key and its group, and
    it depends on main's assets where the variant shares them.

    Args:
        stage: The stage.
        settings: Settings that its code version is computed from; they also say of which variant it is.
        group: Group of main's asset in the asset graph.
        kinds: Tags in the asset graph.
        description: What it holds, for readers of the UI.
        checks: Checks besides the common ones.
        examples: Markdown with some rows as people read them.
        notes: What a reader must know of the producer, such as what it fell back to and why.
        more: Further metadata, shown first.
        automatic: Whether it is rebuilt by itself when it is out of date; else only when it is asked for.
    """
    all_checks = (*COMMON, *checks)
    producer = stage.producer(settings)
    variant = settings.variant
    key = asset_key(stage.name, variant)

    @dg.asset(
        key=key,
        deps=[asset_key(name, variant) for name in stage.upstream],
        partitions_def=None if stage.corpus else batches,
        code_version=producer.producer_id,
        automation_condition=rematerialize(stage, settings) if automatic else None,
        group_name=group if variant.is_main else dagster_name(variant),
        tags={} if variant.is_main else {VARIANT_TAG: ""},
        kinds=kinds,
        description=description,
        pool=stage.name,
        metadata={
            "dagster/column_schema": column_schema(stage),
            "producer": dg.MetadataValue.json(producer.as_dict()),
        },
        check_specs=[
            dg.AssetCheckSpec(c.name, asset=key, description=c.description, blocking=c.blocking) for c in all_checks
        ],
    )
    def compute(context: dg.AssetExecutionContext, pipeline: dg.ResourceParam[Pipeline]) -> Iterator[Any]:
        batch = CORPUS if stage.corpus else context.partition_key
        report = pipeline.run(stage, batch, context.run.run_id, settings)
        for item in report.items:
            if item.outcome in ("rejected", "failed", "deferred"):
                context.log.warning(f"{stage.name} {item.video_id} {item.outcome}: {item.reason}")
        context.log.info(f"{stage.name} {batch}: {summary(report)}")
        lake = lake_of(settings)
        view = Batch(stage, report, lake)
        results = [_check(check, view) for check in all_checks]
        failed = {str(r.check_name) for r in results if not r.passed}
        lake.hold(stage.name, batch, [c.name for c in all_checks if c.blocking and c.name in failed])
        yield dg.MaterializeResult(
            metadata={**(more(view) if more else {}), **metadata(view, examples, notes)},
            data_version=dg.DataVersion(report.data_version),
            check_results=results,
        )

    return compute


def column_schema(stage: Stage) -> dg.TableSchema:
    """The stage's row type as Dagster shows it."""
    columns = []
    for field in stage.schema:
        unit = describe(field, "unit")
        columns.append(
            dg.TableColumn(
                field.name,
                type="list<struct>" if str(field.type).startswith("list<") else str(field.type),
                description=describe(field, "description") + (f" [{unit}]" if unit else ""),
                constraints=dg.TableColumnConstraints(nullable=field.nullable),
            )
        )
    return dg.TableSchema(columns=columns)


def column_lineage(stage: Stage, variant: Variant = MAIN_ALONE) -> dg.TableColumnLineage:
    """Which columns above each of the stage's columns comes from, as Dagster shows it."""
    return dg.TableColumnLineage(
        {
            field.name: [
                dg.TableColumnDep(asset_key=asset_key(above, variant), column_name=column)
                for above, _, column in (name.partition(".") for name in describe(field, "of").split())
            ]
            for field in stage.schema
        }
    )


def summary(report: StageReport) -> str:
    """`31 computed, 1 rejected, 2.3 s`: what became of the videos."""
    parts = [f"{report.counts[o]} {o}" for o in OUTCOMES if report.counts[o]]
    return ", ".join([*(parts or ["nothing to do"]), f"{report.rows} rows", f"{report.seconds:.1f} s"])


def metadata(
    batch: Batch, examples: Callable[[Batch], str] | None = None, notes: Sequence[str] = ()
) -> dict[str, dg.MetadataValue | Any]:
    """What people want to see of a materialization."""
    report = batch.report
    producer = report.producer
    found: dict[str, Any] = {"videos": summary(report), "changes": drift.summary(batch.versions)}
    if image := picture(batch):
        found["picture"] = dg.MetadataValue.md(image)
    if examples and batch.usable and (text := examples(batch)):
        found["examples"] = dg.MetadataValue.md(text)
    found["made_by"] = dg.MetadataValue.md(_made_by(report, notes))
    if report.items:
        found["table"] = dg.MetadataValue.table(records=[_record(item) for item in report.items])
    found |= {outcome: report.counts[outcome] for outcome in OUTCOMES}
    found["dagster/row_count" if batch.stage.corpus else "dagster/partition_row_count"] = report.rows
    if batch.stage.upstream:
        found["dagster/column_lineage"] = column_lineage(
            batch.stage, Variant(name=batch.lake.variant, own=batch.lake.own or ())
        )
    found["seconds"] = round(report.seconds, 3)
    for name, amounts in (("timing", [i.timing for i in report.items]), ("counts", [i.counts for i in report.items])):
        if total := _summed(amounts):
            found[name] = dg.MetadataValue.json(total)
    found["cost_usd"] = round(sum(i.cost_usd for i in report.items), 6)
    found["producer_id"] = producer.producer_id
    found["producer"] = dg.MetadataValue.json(producer.as_dict())
    return found


def _summed(parts: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Sums by name over all videos."""
    names = sorted({name for part in parts for name in part})
    return {name: round(sum(part.get(name, 0) for part in parts), 3) for name in names}


def _record(item: Item) -> dg.TableRecord:
    return dg.TableRecord(
        {
            "video": item.video_id,
            "outcome": item.outcome,
            "rows": item.rows,
            "seconds": item.seconds,
            "artifact": item.artifact_id,
            "reason": item.reason,
        }
    )


def _made_by(report: StageReport, notes: Sequence[str]) -> str:
    producer = report.producer
    lines = [f"`{producer.stage}` logic {producer.logic_version}, producer `{producer.producer_id}`"]
    lines += [f"- {name} {version}" for name, version in producer.libraries.items()]
    lines += [f"- weights {name}: sha256 `{sha[:16]}`" for name, sha in producer.weights.items()]
    lines += [f"- {note}" for note in notes]
    return "\n".join(lines)


def _check(check: Check, batch: Batch) -> dg.AssetCheckResult:
    outcome = check.run(batch)
    severity = dg.AssetCheckSeverity.ERROR if check.blocking else dg.AssetCheckSeverity.WARN
    return dg.AssetCheckResult(
        check_name=check.name, passed=outcome.passed, severity=severity, metadata=dict(outcome.figures)
    )
