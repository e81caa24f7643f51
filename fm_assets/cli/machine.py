"""Commands about the machine: doctor, ui."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import signal
import socket
import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from fm_assets.cli.common import (
    Json,
    Set,
    console,
    dagster_home,
    dagster_instance,
    print_json,
    print_rows,
    settings_for,
)
from fm_assets.cli.errors import CommandError
from fm_assets.settings import Settings, find_config
from fm_resources.data import data_file

VERSIONS = ("dagster", "torch", "ultralytics", "lapx", "av", "opencv-python", "duckdb", "pyarrow", "litellm")


def register(app: typer.Typer) -> None:
    """Adds the commands to the application."""
    app.command()(doctor)
    app.command()(ui)


def doctor(
    retry: Annotated[bool, typer.Option("--retry", help="Ask again for weights that could not be downloaded.")] = False,
    detector: Annotated[
        bool, typer.Option("--detector", help="Time every runtime with the detector's weights; keep the fastest.")
    ] = False,
    overrides: Set = None,
    as_json: Json = False,
) -> None:
    """Look whether this machine has what the pipeline needs, and say what it will use."""
    settings = settings_for(overrides)
    if detector:
        _time_runtimes(settings, as_json=as_json)
        return
    found = list(examine(settings, retry=retry))
    if as_json:
        print_json([{"what": what, "ok": ok, "finding": finding} for what, ok, finding in found])
    else:
        for what, ok, finding in found:
            console.print(f"{'[green]ok[/]  ' if ok else '[red]FAIL[/]'} [bold]{what}[/] {finding}")
    if not all(ok for _, ok, _ in found):
        raise typer.Exit(1)


def _time_runtimes(settings: Settings, *, as_json: bool) -> None:
    """Times the runtimes with the weights of each network that the settings mean, whatever was measured before."""
    from fm_assets.detections.producer import fetch, measure_runtimes, specs
    from fm_assets.ingest import known_videos
    from fm_resources.detector.runtimes import fastest

    videos = list(known_videos(settings))
    fetch(settings)
    found = specs(settings)
    networks = {s.weights_sha256: s for s in found.all if s.name.endswith(".pt")}
    if not networks:
        raise CommandError(
            f"{found.filmed.name}: there is nothing to choose, only .pt weights run in several runtimes "
            f"({found.filmed.reason})"
        )
    rows = []
    for spec in networks.values():
        trials = measure_runtimes(spec, settings, videos if spec in (found.filmed, found.pose) else ())
        best = fastest(trials)
        for trial in trials:
            note = "chosen" if trial == best and settings.detector.runtime == "auto" else trial.note
            rows.append({"weights": spec.name, "runtime": trial.runtime, "precision": trial.precision,
                         "frames/s": trial.fps, "boxes as torch": trial.agreement, "note": note})  # fmt: skip
    print_rows(rows, as_json=as_json)


def examine(settings: Settings, *, retry: bool) -> Iterator[tuple[str, bool, str]]:
    """Findings: what was looked at, whether it is well, and what was found or is to be done."""
    from fm_assets.detections.producer import prepare
    from fm_assets.ingest import known_videos
    from fm_resources.video import ffmpeg_binary

    yield "python", sys.version_info >= (3, 11), f"{platform.python_version()} on {platform.platform(terse=True)}"
    yield "libraries", True, ", ".join(f"{n} {_version(n)}" for n in VERSIONS)
    yield "settings", True, str(find_config() or "no fm.toml found: the defaults hold")
    yield "FM_HOME", True, str(settings.home)
    free = shutil.disk_usage(settings.home).free / 2**30
    yield "disk", free > 1, f"{free:.1f} GiB free" + ("" if free > 1 else ": make room, or set FM_HOME elsewhere")
    yield "ffmpeg", True, ffmpeg_binary()
    for line in prepare(settings, retry=retry, videos=known_videos(settings)):
        yield "detector", True, line
    model = settings.llm.model
    yield "language model", True, model or "none: the embedded writers are used (llm.model is empty)"
    yield "watched folders", True, ", ".join(settings.ingest.folders) or "none (ingest.folders is empty)"


def ui(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on localhost.")] = 3000,
) -> None:
    """Open Dagster on localhost: the graph, its materializations, sensors and schedules."""
    from fm_assets.detections.producer import prepare
    from fm_assets.ingest import known_videos
    from fm_assets.partitions import publish_batches
    from fm_resources.lake import Lake
    from fm_resources.registry import Registry

    settings = settings_for()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise CommandError(f"port {port} is in use: stop what runs there, or choose another with --port") from None
    prepare(settings, videos=known_videos(settings))
    with dagster_instance(settings) as instance:
        publish_batches(instance, Registry.load(Lake(settings.lake_url)))
    home = dagster_home(settings)
    if config := find_config():
        os.environ["FM_CONFIG"] = str(config)
    console.print(f"Dagster on [bold]http://127.0.0.1:{port}[/] (stop with Ctrl-C)")
    command = [
        sys.executable, "-m", "dagster", "dev", "-w", str(data_file("workspace.yaml")), "-h", "127.0.0.1", "-p", str(port),
    ]  # fmt: skip
    # This process becomes Dagster's, so that whoever ends it (Ctrl-C, `kill`, a service manager) ends all of Dagster;
    # one that a script started with `&` would ignore the signals, and hand that on.
    sys.stdout.flush()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    os.chdir(home)
    os.execv(command[0], command)  # noqa: S606 (our own interpreter and arguments)


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "absent"
