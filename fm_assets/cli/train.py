"""The command that makes the bundled detector: train-detector."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from fm_assets.cli.common import Json, console, errors, print_json, print_rows, settings_for
from fm_assets.cli.errors import CommandError


def register(app: typer.Typer) -> None:
    """Adds the command to the application."""
    app.command()(train_detector)


def train_detector(
    images: Annotated[int, typer.Option(min=4, help="Rendered training frames, a multiple of 4.")] = 9600,
    epochs: Annotated[int, typer.Option(min=1, help="Times that each frame is seen.")] = 14,
    held_out: Annotated[int, typer.Option(min=4, help="Rendered frames to measure on, a multiple of 4.")] = 480,
    out: Annotated[
        Path | None, typer.Option(help="Folder for scenes.pt and scenes.json; default: FM_HOME/detector.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Train the detector for rendered scenes from nothing: draw frames, fit a network, measure it."""
    from fm_assets.scenes.detector_training import TrainingPlan, train_detector

    try:
        plan = TrainingPlan(images=images, epochs=epochs, held_out=held_out)
    except ValueError as error:
        raise CommandError(f"{error}; see `fm train-detector --help`") from None
    settings = settings_for()
    folder = out if out is not None else settings.home / "detector"
    # all progress goes to standard error, where ultralytics' own goes too: standard output is for the result
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors, disable=as_json) as bar:
        task = bar.add_task("rendering scenes")
        record = train_detector(
            plan,
            folder,
            settings.home,
            rendering=lambda done, count: bar.update(task, completed=done, total=count),
            epoch_done=_Epochs(),
        )
    if as_json:
        print_json(record)
        return
    rows = [{"class": name, **{k: f"{v:.3f}" for k, v in ap.items()}} for name, ap in record["per_class"].items()]
    print_rows(rows, as_json=False)
    console.print(
        f"{folder / 'scenes.pt'}: {record['bytes'] / 1e6:.2f} MB, mAP50 {record['map50']:.3f}, mAP50-95 "
        f"{record['map50_95']:.3f} on {held_out} held-out frames, after {sum(record['seconds'].values()) / 60:.0f} min"
    )


class _Epochs:
    """Says after each epoch how good the network is and how long the others will take."""

    def __init__(self) -> None:
        self._began: float | None = None
        self._first = 0

    def __call__(self, epoch: int, epochs: int, metrics: dict[str, float]) -> None:
        now = time.monotonic()
        left = ""
        if self._began is None:
            # from the first epoch's end on: its start lies behind the loading of the frames
            self._began, self._first = now, epoch
        else:
            each = (now - self._began) / (epoch - self._first)
            left = f", about {each * (epochs - epoch) / 60:.0f} min left"
        accuracy = f"mAP50 {metrics['metrics/mAP50(B)']:.3f}, mAP50-95 {metrics['metrics/mAP50-95(B)']:.3f}"
        errors.print(f"epoch {epoch} of {epochs}: {accuracy}{left}")
