"""What launches runs by itself: the ingestion sensor and schedule, and the automation sensor.

Annotations are not postponed here: Dagster reads those of sensor and schedule functions.
"""

import warnings
from collections.abc import Iterator

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from fm_assets.asset import VARIANT_TAG, dagster_name
from fm_assets.graph import ANALYSES
from fm_assets.ingest import ingest_settled, watched
from fm_assets.partitions import batches
from fm_assets.settings import Settings, Variant
from fm_resources.lake import Lake
from fm_resources.registry import Registry

#: Name of the automation sensor.
REMATERIALIZE = "rematerialize"

#: What is computed only when it is asked for.
_ANALYSES = dg.AssetSelection.assets(*(stage.name for stage in ANALYSES))
#: Everything for one batch: its per-video stages, then the stages over the corpus.
process_batch = dg.define_asset_job(
    "process_batch",
    selection=dg.AssetSelection.all() - _ANALYSES - dg.AssetSelection.tag(VARIANT_TAG, ""),
    executor_def=dg.in_process_executor,
    description="Brings one batch up to date in every stage, then the splits and the export.",
)

analyse = dg.define_asset_job(
    "analyse",
    selection=_ANALYSES,
    executor_def=dg.in_process_executor,
    description="What is computed only when it is asked for: how errors propagate.",
)


def variant_job_name(variant: Variant) -> str:
    """The job of a variant's own stages; main's is `process_batch`."""
    return process_batch.name if variant.is_main else f"{process_batch.name}_{dagster_name(variant)}"


def process_variant(variant: Variant) -> UnresolvedAssetJobDefinition:
    """The same for one batch in a variant: its own stages, beside main's."""
    return dg.define_asset_job(
        variant_job_name(variant),
        selection=dg.AssetSelection.groups(dagster_name(variant)),
        executor_def=dg.in_process_executor,
        description=f"Brings one batch up to date in the stages that variant {variant.name} has of its own.",
    )


def ingestion_sensor(settings: Settings) -> dg.SensorDefinition:
    """Finds new files in the watched folders and launches their batch."""

    @dg.sensor(
        name="new_videos",
        job=process_batch,
        minimum_interval_seconds=settings.ingest.poll_s,
        default_status=dg.DefaultSensorStatus.RUNNING if settings.ingest.folders else dg.DefaultSensorStatus.STOPPED,
        description="Takes settled new files of `ingest.folders` by content hash into a batch and launches its run.",
    )
    def new_videos(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        if not settings.ingest.folders:
            return dg.SkipReason("no folder is watched: set ingest.folders in fm.toml")
        requests = list(_requests(settings))
        if not requests:
            folders = ", ".join(str(p) for p in watched(settings)) or "no existing folder"
            return dg.SkipReason(f"no new settled file in {folders}")
        keys = [str(r.partition_key) for r in requests]
        return dg.SensorResult(run_requests=requests, dynamic_partitions_requests=[batches.build_add_request(keys)])

    return new_videos


def ingestion_schedule(settings: Settings) -> dg.ScheduleDefinition:
    """The same by cron."""

    @dg.schedule(
        name="new_videos_by_cron",
        job=process_batch,
        cron_schedule=settings.ingest.cron,
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description="What the sensor `new_videos` does, at the times of `ingest.cron`.",
    )
    def new_videos_by_cron(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        requests = list(_requests(settings))
        if not requests:
            yield dg.SkipReason("no new settled file")
            return
        context.instance.add_dynamic_partitions("batches", [str(r.partition_key) for r in requests])
        yield from requests

    return new_videos_by_cron


def _requests(settings: Settings) -> Iterator[dg.RunRequest]:
    """A run for each new batch, and for a batch that was registered here while the daemon died.

    The run key makes a second request for the same batch a request for nothing.
    """
    ingest_settled(settings)
    lake = Lake(settings.lake_url)
    for key in Registry.load(lake).batches:
        if not lake.heads("source_videos", key):
            yield dg.RunRequest(run_key=key, partition_key=key)


def automation_sensor(settings: Settings) -> dg.AutomationConditionSensorDefinition:
    """Evaluates the assets' conditions; off until `fm auto on`.

    The conditions are evaluated where the definitions are loaded, for they ask the lake; and a run for each batch,
    not a backfill for all: a batch is what may fail alone.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)  # of `use_user_code_server`: our tests hold it to its word
        return dg.AutomationConditionSensorDefinition(
            REMATERIALIZE,
            target=dg.AssetSelection.all(),
            default_status=dg.DefaultSensorStatus.STOPPED,
            minimum_interval_seconds=settings.automation.poll_s,
            emit_backfills=False,
            use_user_code_server=True,
            description="Rebuilds what is missing, and what rests on data or code that changed. "
            "`fm auto on` starts it.",
        )
