"""`fm auto`: the daemon's automation sensor, on and off, and what it did last."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import typer

from fm_assets.cli.common import Json, console, dagster_instance, print_json, settings_for
from fm_assets.settings import Settings
from fm_resources.data import data_file

if TYPE_CHECKING:
    import dagster as dg

auto_app = typer.Typer(
    help="Rebuild by itself what a change of data, settings or code made out of date.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Adds the commands to the application."""
    for command in (on, off, status):
        auto_app.command()(command)
    app.add_typer(auto_app, name="auto")


def on(as_json: Json = False) -> None:
    """Switch the automation sensor on; it works while Dagster's daemon runs (`fm ui`)."""
    _switch(running=True, as_json=as_json)


def off(as_json: Json = False) -> None:
    """Switch the automation sensor off; runs that it launched go on."""
    _switch(running=False, as_json=as_json)


def status(as_json: Json = False) -> None:
    """Whether it is on, whether a daemon runs, and what its last look came to."""
    settings = settings_for()
    with dagster_instance(settings) as instance:
        found = _look(instance)
    _tell(found, settings, as_json=as_json)


def _switch(*, running: bool, as_json: bool) -> None:
    """Writes the switch that the UI shows, and that a running daemon obeys at its next look.

    Not by `dagster sensor start|stop`: that starts a code server first, only to learn what is known here.
    """
    settings = settings_for()
    with dagster_instance(settings) as instance:
        set_sensor(instance, settings, running=running)
        found = _look(instance)
    _tell(found, settings, as_json=as_json)


def set_sensor(instance: dg.DagsterInstance, settings: Settings, *, running: bool) -> None:
    """Stores the automation sensor's state in the instance, under the origin by which a code server loads it."""
    from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME
    from dagster._core.definitions.run_request import InstigatorType
    from dagster._core.definitions.sensor_definition import SensorType
    from dagster._core.remote_origin import RemoteRepositoryOrigin
    from dagster._core.scheduler.instigation import InstigatorState, InstigatorStatus, SensorInstigatorData
    from dagster._core.workspace.load_target import WorkspaceFileTarget

    from fm_assets.automation import REMATERIALIZE

    (location,) = WorkspaceFileTarget([str(data_file("workspace.yaml"))]).create_origins()
    repository = RemoteRepositoryOrigin(location, SINGLETON_REPOSITORY_NAME)
    origin = repository.get_instigator_origin(REMATERIALIZE)
    status = InstigatorStatus.RUNNING if running else InstigatorStatus.STOPPED
    known = instance.get_instigator_state(origin.get_id(), origin.get_selector().get_id())
    if known is None:
        data = SensorInstigatorData(
            min_interval=settings.automation.poll_s,
            last_sensor_start_timestamp=time.time() if running else None,
            sensor_type=SensorType.AUTOMATION,
        )
        instance.add_instigator_state(InstigatorState(origin, InstigatorType.SENSOR, status, data))
    elif known.status != status:
        if running and isinstance(known.instigator_data, SensorInstigatorData):
            known = known.with_data(known.instigator_data.with_sensor_start_timestamp(time.time()))
        instance.update_instigator_state(known.with_status(status))


def _tell(found: dict[str, Any], settings: Settings, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    state = "[green]on[/]" if found["on"] else "off (`fm auto on` switches it on)"
    console.print(f"automation is {state}; it looks every {settings.automation.poll_s} s while a daemon runs")
    if found["on"] and not found["daemon"]:
        console.print("[yellow]no daemon runs[/]: `fm ui` starts one, with the UI")
    if tick := found["last_tick"]:
        asked = ", ".join(tick["runs"]) or "nothing out of date"
        console.print(f"last look {tick['at']}: {tick['status'].lower()}, {tick['error'] or asked}")


def _look(instance: dg.DagsterInstance) -> dict[str, Any]:
    """State of the sensor, of the daemon, and the sensor's last tick."""
    from dagster._core.scheduler.instigation import InstigatorStatus

    from fm_assets.automation import REMATERIALIZE

    states = [s for s in instance.all_instigator_state() if s.instigator_name == REMATERIALIZE]
    running = [s for s in states if s.status == InstigatorStatus.RUNNING]
    daemons = instance.get_daemon_statuses()
    tick = None
    for state in states:
        for last in instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=1):
            tick = {
                "at": datetime.fromtimestamp(last.timestamp, UTC).isoformat(timespec="seconds"),
                "status": last.status.value,
                "runs": list(last.run_ids),
                "error": last.error.message.strip() if last.error else "",
            }
    return {"on": bool(running), "daemon": daemons["SENSOR"].healthy is True, "last_tick": tick}
