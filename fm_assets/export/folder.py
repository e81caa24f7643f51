"""Where the export lies, and whether it is whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from fm_assets.settings import Settings
from fm_resources.registry import file_sha256

MANIFEST = "manifest.json"


def export_folder(settings: Settings) -> Path:
    """`FM_HOME/exports/training`."""
    return settings.home / "exports" / "training"


def is_present(settings: Settings, artifact_id: str) -> bool:
    """Whether the folder holds this artifact's files, all of them, at their sizes."""
    folder = export_folder(settings)
    try:
        named, listed = _manifest(settings)
        files = [(folder / f["path"], f["size_bytes"]) for f in listed]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return False
    return named == artifact_id and all(path.is_file() and path.stat().st_size == size for path, size in files)


def altered(settings: Settings, artifact_id: str, rows: pa.Table) -> Iterator[tuple[Path, str]]:
    """Files that are not as the rows of `training_export` say: `(path, what is wrong)`."""
    folder = export_folder(settings)
    files = rows.to_pylist()
    try:
        named, listed = _manifest(settings)
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


def _manifest(settings: Settings) -> tuple[str, list[dict[str, Any]]]:
    """The artifact whose files lie in the folder, and the files."""
    manifest = json.loads((export_folder(settings) / MANIFEST).read_text(encoding="utf-8"))
    return manifest["artifact_id"], manifest["files"]


def _in_order(files: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(files, key=lambda file: str(file["path"]))
