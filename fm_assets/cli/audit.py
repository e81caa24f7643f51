"""The audit commands: from any row back to its video, and onwards to all that rests on it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from fm_assets.audit.frame import audit_frame
from fm_assets.audit.producer import audit_producer
from fm_assets.audit.qa import audit_qa
from fm_assets.audit.video import audit_video
from fm_assets.cli.audit_text import frame_text, producer_text, qa_tree, video_text
from fm_assets.cli.common import Json, console, draw, print_json, settings_for
from fm_assets.cli.errors import CommandError
from fm_assets.pipeline import Pipeline

audit_app = typer.Typer(
    help="From any row back to its video, and onwards to all that rests on it.", no_args_is_help=True
)


class Format(StrEnum):
    """Formats of `fm audit export`."""

    PROV = "prov"
    PROV_O = "prov-o"
    OPENLINEAGE = "openlineage"


def register(app: typer.Typer) -> None:
    """Adds the commands to the application."""
    audit_app.command("qa")(qa)
    audit_app.command("producer")(producer)
    audit_app.command("video")(video)
    audit_app.command("frame")(frame)
    audit_app.command("export")(export)
    app.add_typer(audit_app, name="audit")


def qa(
    qa_id: Annotated[str, typer.Argument(metavar="ID", help="A question's id; a unique beginning is enough.")],
    html: Annotated[Path | None, typer.Option(help="Write a self-contained page to this file.")] = None,
    as_json: Json = False,
) -> None:
    """Which facts, frames, tracker, weights and run made this question - and what took its place."""
    pipeline = _pipeline()
    found = audit_qa(pipeline.catalog, qa_id)
    if html is not None:
        from fm_assets.audit.page import page
        from fm_assets.audit.picture import evidence_shots

        shots, note = evidence_shots(found, pipeline.lake)
        _write(html, page(found, shots, note).encode())
    if as_json:
        print_json(found.as_dict())
    elif html is None:
        draw(qa_tree(found))
    else:
        console.print(f"{html}: {found.pair['qa_id']}, {len(shots)} frames")


def producer(
    producer_id: Annotated[
        str, typer.Argument(metavar="ID", help="A producer's id or the sha256 of its weights, or the beginning of one.")
    ],
    as_json: Json = False,
) -> None:
    """Everything that rests on a producer, such as one version of the tracker."""
    found = audit_producer(_pipeline().catalog, producer_id)
    if as_json:
        print_json(found.as_dict())
    else:
        producer_text(found)


def video(
    video_id: Annotated[str, typer.Argument(metavar="ID", help="A video's id; a unique beginning is enough.")],
    as_json: Json = False,
) -> None:
    """What became of a video in every stage, rejected and replaced ones too."""
    found = audit_video(_pipeline().catalog, video_id)
    if as_json:
        print_json(found.as_dict())
    else:
        video_text(found)


def frame(
    clip_id: Annotated[str, typer.Argument(metavar="CLIP", help="A clip's id; a unique beginning is enough.")],
    t: Annotated[float, typer.Argument(metavar="T", help="Seconds from the clip's start.")],
    png: Annotated[Path | None, typer.Option(help="Write the frame with its boxes to this file.")] = None,
    as_json: Json = False,
) -> None:
    """Boxes, facts and questions at an instant of a clip."""
    pipeline = _pipeline()
    found = audit_frame(pipeline.catalog, pipeline.lake, clip_id, t)
    if png is not None:
        from fm_assets.audit.picture import NoPicture, frame_picture

        try:
            _write(png, frame_picture(found))
        except NoPicture as error:
            raise CommandError(f"--png {png}: {error}") from None
    if as_json:
        print_json(found.as_dict())
        return
    frame_text(found)
    if png is not None:
        console.print(f"{png}: tracks in colour, detections in grey")


def export(
    qa_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="A question: all that it rests on.")] = None,
    video_id: Annotated[str | None, typer.Option("--video", help="A video: all that was ever made of it.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Everything that was ever made.")] = False,
    form: Annotated[
        Format, typer.Option("--format", help="PROV-JSON, PROV-O as JSON-LD, or OpenLineage events, one per line.")
    ] = Format.PROV,
    out: Annotated[Path | None, typer.Option(help="File to write; default: standard output.")] = None,
) -> None:
    """Write provenance for other tools: W3C PROV or OpenLineage."""
    from fm_assets.audit import receipts
    from fm_assets.audit.openlineage import openlineage
    from fm_assets.audit.prov import prov_json, prov_o

    if (qa_id is not None) + (video_id is not None) + everything != 1:
        raise CommandError("name one thing to export: a question's ID, --video ID, or --all")
    pipeline = _pipeline()
    if qa_id is not None:
        chosen = receipts.receipts_of_question(pipeline.catalog, qa_id)
    elif video_id is not None:
        chosen = receipts.receipts_of_video(pipeline.catalog, video_id)
    else:
        chosen = receipts.receipts_of_all(pipeline.catalog)
    pieces = {
        Format.PROV: lambda: prov_json(chosen),
        Format.PROV_O: lambda: prov_o(chosen),
        Format.OPENLINEAGE: lambda: openlineage(chosen, pipeline.settings.lake_url),
    }[form]()
    if out is None:
        for piece in pieces:
            sys.stdout.write(piece)
        return
    with _writing(out) as handle:
        for piece in pieces:
            handle.write(piece.encode())
    console.print(f"{out}: {sum(1 for _ in chosen)} artifacts as {form.value}")


def _pipeline() -> Pipeline:
    pipeline = Pipeline(settings_for())
    pipeline.catalog.sync()
    return pipeline


def _write(path: Path, data: bytes) -> None:
    with _writing(path) as handle:
        handle.write(data)


@contextmanager
def _writing(path: Path) -> Iterator[BinaryIO]:
    """A file that appears under its name when it is complete."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as handle:
            yield handle
        part.replace(path)
    except OSError as error:
        raise CommandError(f"{path} cannot be written ({error.strerror}): name another file") from None
    finally:
        part.unlink(missing_ok=True)
