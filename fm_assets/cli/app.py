"""The commands of `fm`."""

from __future__ import annotations

import typer

from fm_assets.cli import audit, auto, bench, look, machine, plan, propagation, train, upkeep, variant, work

app = typer.Typer(
    name="fm",
    help="Motion data one can trust: videos become tracks, provable facts, captions and verified questions.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for module in (machine, work, plan, auto, variant, look, audit, propagation, upkeep, bench, train):
    module.register(app)
