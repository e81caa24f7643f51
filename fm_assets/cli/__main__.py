"""`python -m fm_assets.cli` is `fm`."""

from fm_assets.cli import main

main()
