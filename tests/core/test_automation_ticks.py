"""Sensor and schedule ask for one run per new batch, and for none when there is nothing new."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from fm_assets.automation import ingestion_schedule, ingestion_sensor
from fm_assets.definitions import build
from fm_assets.settings import Settings, load_settings


def settings_for(folder: Path) -> Settings:
    (folder / "drop").mkdir()
    overrides = [f'ingest.folders=["{folder / "drop"}"]', "ingest.settle_s=0"]
    return load_settings(env={"FM_HOME": str(folder / "home")}, overrides=overrides)


def test_the_schedule_takes_new_files_and_publishes_their_batch(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    schedule = ingestion_schedule(settings)
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        repository = build(settings).get_repository_def()

        def context() -> dg.ScheduleEvaluationContext:
            return dg.build_schedule_context(instance=instance, repository_def=repository)

        nothing = schedule.evaluate_tick(context())
        assert not nothing.run_requests and "no new settled file" in str(nothing.skip_message)
        (tmp_path / "drop" / "a.mp4").write_text("1")
        found = schedule.evaluate_tick(context())
        assert [r.partition_key for r in found.run_requests or ()] == list(instance.get_dynamic_partitions("batches"))
        assert len(instance.get_dynamic_partitions("batches")) == 1


def test_the_sensor_asks_again_for_a_batch_that_never_ran_under_the_same_key(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    sensor = ingestion_sensor(settings)
    (tmp_path / "drop" / "a.mp4").write_text("1")
    with dg.DagsterInstance.ephemeral() as instance:
        keys = []
        for _ in range(2):
            result = sensor(dg.build_sensor_context(instance=instance))
            assert isinstance(result, dg.SensorResult)
            keys.append([(r.run_key, r.partition_key) for r in result.run_requests or ()])
    assert keys[0] == keys[1]
    assert len(keys[0]) == 1


def test_without_folders_the_sensor_says_what_to_set(tmp_path: Path) -> None:
    settings = load_settings(env={"FM_HOME": str(tmp_path)})
    result = ingestion_sensor(settings)(dg.build_sensor_context())
    assert isinstance(result, dg.SkipReason)
    assert "ingest.folders" in str(result.skip_message)
