"""`fm auto`: the daemon's automation sensor, on and off, and what it did last."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import typer

from fm_assets.cli.common import Json, console, dagster_home, dagster_instance, print_json, settings_for
from fm_assets.cli.errors import CommandError
from fm_assets.settings import Settings, find_config
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
    _switch("start", as_json=as_json)


def off(as_json: Json = False) -> None:
    """Switch the automation sensor off; runs that it launched go on."""
    _switch("stop", as_json=as_json)


def status(as_json: Json = False) -> None:
    """Whether it is on, whether a daemon runs, and what its last look came to."""
    _tell(settings_for(), as_json=as_json)


def _switch(verb: str, *, as_json: bool) -> None:
    """`dagster sensor start|stop`: the switch that the UI shows, and that a running daemon obeys at its next look."""
    from fm_assets.automation import REMATERIALIZE

    settings = settings_for()
    home = dagster_home(settings)
    environment = dict(os.environ)
    if config := find_config():
        environment["FM_CONFIG"] = str(config)
    command = [sys.executable, "-m", "dagster", "sensor", verb, REMATERIALIZE, "-w", str(data_file("workspace.yaml"))]
    done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise CommandError(
            f"the sensor {REMATERIALIZE} could not be switched: {lines[-1] if lines else 'no reason given'}"
        )
    _tell(settings, as_json=as_json)


def _tell(settings: Settings, *, as_json: bool) -> None:
    with dagster_instance(settings) as instance:
        found = _look(instance)
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
