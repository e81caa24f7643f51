"""Where the export lies, and whether it is whole."""

from __future__ import annotations

import json
from pathlib import Path

from fm_assets.settings import Settings

MANIFEST = "manifest.json"


def export_folder(settings: Settings) -> Path:
    """`FM_HOME/exports/training`."""
    return settings.home / "exports" / "training"


def is_present(settings: Settings, artifact_id: str) -> bool:
    """Whether the folder holds this artifact's files, all of them, at their sizes."""
    folder = export_folder(settings)
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return False
    if manifest["artifact_id"] != artifact_id:
        return False
    files = [(folder / f["path"], f["size_bytes"]) for f in manifest["files"]]
    return all(path.is_file() and path.stat().st_size == size for path, size in files)
