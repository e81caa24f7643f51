"""Where the export lies, and whether it is whole."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from filelock import FileLock

from fm_assets.settings import Settings
from fm_resources.lake import MAIN
from fm_resources.registry import file_sha256

MANIFEST = "manifest.json"


def export_folder(settings: Settings) -> Path:
    """`FM_HOME/exports/training`; a variant's, which never touches main's: `training-<variant>` beside it."""
    return _folder(settings, settings.variant.name)


def _folder(settings: Settings, variant: str) -> Path:
    return settings.home / "exports" / ("training" if variant == MAIN else f"training-{variant}")


def nearest_exports(settings: Settings) -> tuple[Path, ...]:
    """Folders whose files may be this export's too: its own, then main's."""
    return tuple(dict.fromkeys((export_folder(settings), _folder(settings, MAIN))))


def is_present(settings: Settings, artifact_id: str) -> bool:
    """Whether a folder holds this artifact's files, all of them, at their sizes.

    A variant whose export is main's has no folder of its own.
    """
    return any(_holds(folder, artifact_id) for folder in nearest_exports(settings))


def _holds(folder: Path, artifact_id: str) -> bool:
    try:
        named, listed = _manifest(folder)
        files = [(folder / f["path"], f["size_bytes"]) for f in listed]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return False
    return named == artifact_id and all(path.is_file() and path.stat().st_size == size for path, size in files)


def altered(settings: Settings, artifact_id: str, rows: pa.Table) -> Iterator[tuple[Path, str]]:
    """Files that are not as the rows of `training_export` say: `(path, what is wrong)`."""
    folder = next((f for f in nearest_exports(settings) if _holds(f, artifact_id)), export_folder(settings))
    files = rows.to_pylist()
    try:
        named, listed = _manifest(folder)
        intact = named == artifact_id and _in_order(listed) == _in_order(files)
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        intact = False
    if not intact:
        yield folder / MANIFEST, "missing, or not the one that was exported"
    for row in files:
        path = folder / row["path"]
        if not path.is_file():
            yield path, "missing"
        elif file_sha256(path) != row["sha256"]:
            yield path, "its bytes are not those that were exported"


def exchange_exports(settings: Settings, variant: str, kept_as: str, artifact_id: str) -> None:
    """Puts a variant's export in the place of main's, which becomes that of another variant.

    Args:
        settings: Main's settings.
        variant: The variant that becomes main.
        kept_as: The variant that keeps what main was.
        artifact_id: The variant's export; where main's folder holds it already, nothing is moved.
    """
    main, theirs, kept = (_folder(settings, name) for name in (MAIN, variant, kept_as))
    if _holds(main, artifact_id) or not _holds(theirs, artifact_id):
        return
    with FileLock(main.with_suffix(".lock")):  # another run may export at the same time
        if main.exists():
            main.rename(kept)
        theirs.rename(main)


def remove_export(settings: Settings, variant: str) -> bool:
    """Removes a variant's export folder; whether there was one.

    Raises:
        ValueError: It is main's.
    """
    folder = _folder(settings, variant)
    if variant == MAIN:
        raise ValueError("main's export is not removed")
    there = folder.exists()
    if there:
        shutil.rmtree(folder)
    folder.with_suffix(".lock").unlink(missing_ok=True)
    return there


def _manifest(folder: Path) -> tuple[str, list[dict[str, Any]]]:
    """The artifact whose files lie in a folder, and the files."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return manifest["artifact_id"], manifest["files"]


def _in_order(files: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(files, key=lambda file: str(file["path"]))
