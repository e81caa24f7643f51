"""Where the report lies, and whether it is whole."""

from __future__ import annotations

from pathlib import Path

from fm_assets.settings import Settings

#: Files of a report; the last one is written last.
PAGE, FIGURES = "index.html", "figures.json"


def report_folder(settings: Settings, artifact_id: str) -> Path:
    """`FM_HOME/reports/error_propagation/<artifact>`."""
    return settings.home / "reports" / "error_propagation" / artifact_id


def is_present(settings: Settings, artifact_id: str) -> bool:
    """Whether an artifact's report is there."""
    return all((report_folder(settings, artifact_id) / name).is_file() for name in (PAGE, FIGURES))
