"""The automation condition: quiet when nothing changed, and a changed parameter asks for its own stage only."""

from __future__ import annotations

import dagster as dg

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
