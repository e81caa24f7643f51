"""The automation condition: quiet when nothing changed, and a changed parameter asks for its own stage only."""

from __future__ import annotations

import subprocess
import sys

import dagster as dg
import pytest
from conftest import ROOT, Fm

from fm_assets.definitions import build
from fm_assets.graph import ANALYSES, STAGES
from fm_assets.settings import load_settings


def requested(result: dg.EvaluateAutomationConditionsResult) -> set[str]:
    """Assets that the evaluation asks for."""
    return {stage.name for stage in STAGES if result.get_num_requested(dg.AssetKey(stage.name))}


def test_only_the_stage_whose_parameter_changed_is_asked_for(copy, monkeypatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(copy.home / "dagster"))
    environment = copy.environment()
    before = build(load_settings(copy.folder / "fm.toml", env=environment))
    after = build(load_settings(copy.folder / "fm.toml", ["tracks.track_buffer=47"], env=environment))
    with dg.DagsterInstance.get() as instance:
        quiet = dg.evaluate_automation_conditions(defs=before, instance=instance)
        assert requested(quiet) == set()
        again = dg.evaluate_automation_conditions(defs=before, instance=instance, cursor=quiet.cursor)
        assert requested(again) == set()
        changed = dg.evaluate_automation_conditions(defs=after, instance=instance, cursor=again.cursor)
        assert requested(changed) == {"tracks"}


def test_every_asset_has_the_condition_and_only_the_sensor_of_ours_evaluates_it() -> None:
    definitions = build(load_settings(env={}))
    for asset in definitions.assets or ():
        assert isinstance(asset, dg.AssetsDefinition)
        analysis = asset.key.to_user_string() in {stage.name for stage in ANALYSES}  # computed when it is asked for
        assert (asset.automation_conditions_by_key.get(asset.key) is None) == analysis
    automation = [s for s in definitions.sensors or () if isinstance(s, dg.AutomationConditionSensorDefinition)]
    assert [(s.name, s.default_status) for s in automation] == [("rematerialize", dg.DefaultSensorStatus.STOPPED)]


@pytest.mark.slow
def test_the_switch_is_the_one_that_dagster_itself_reads(empty: Fm) -> None:
    listing = empty.folder / "sensors"

    def dagster_says() -> str:
        with listing.open("w") as out:  # not a pipe: the code server that Dagster starts would hold it open
            command = [sys.executable, "-m", "dagster", "sensor", "list", "-w", str(ROOT / "workspace.yaml")]
            environment = empty.environment(DAGSTER_HOME=str(empty.home / "dagster"))
            subprocess.run(command, env=environment, cwd=ROOT, stdout=out, stderr=out, check=True, timeout=120)
        (line,) = [line for line in listing.read_text().splitlines() if "Sensor: rematerialize" in line]
        return line

    assert empty.json("auto", "status")["on"] is False
    assert empty.json("auto", "on")["on"] and empty.json("auto", "on")["on"]
    assert "[RUNNING]" in dagster_says()
    assert empty.json("auto", "off")["on"] is False
    assert "[STOPPED]" in dagster_says()
