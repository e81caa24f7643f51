"""Files that ship with the product: `sql/`, `dagster.yaml`, `workspace.yaml`, `fm.toml`."""

from __future__ import annotations

from pathlib import Path


def data_file(name: str) -> Path:
    """A shipped file or folder: beside the package in a checkout, inside it in an installed wheel.

    Raises:
        FileNotFoundError: The installation is incomplete.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "_data", package.parent):
        if (folder / name).exists():
            return folder / name
    raise FileNotFoundError(f"{name} is missing from this installation of foundationmotion; install it again")
