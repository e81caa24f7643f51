"""`fm`: the command line over the same definitions and the same Dagster instance as the UI."""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of `fm`: errors that a user can mend are one sentence and exit code 2."""
    from fm_assets.cli.app import app
    from fm_assets.cli.errors import USER_ERRORS

    try:
        app()
    except USER_ERRORS as error:
        print(f"fm: {error}", file=sys.stderr)
        sys.exit(2)
