"""`error_propagation` as a Dagster asset."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from fm_assets.asset import stage_asset
from fm_assets.checks import Batch, Check, Outcome
from fm_assets.propagation.folder import PAGE, report_folder
from fm_assets.propagation.plots import STAGES
from fm_assets.propagation.rates import Rate, change_rates, falling
from fm_assets.propagation.report import cell, pictures, read_rates
from fm_assets.propagation.spec import STAGE
from fm_assets.settings import Settings


def build(settings: Settings) -> dg.AssetsDefinition:
    """The asset under given settings."""

    def more(batch: Batch) -> Mapping[str, Any]:
        if not batch.usable:
            return {}
        folder = report_folder(settings, batch.usable[0].artifact_id)
        rates = read_rates(folder)
        found: dict[str, Any] = {
            "report": dg.MetadataValue.path(str(folder / PAGE)),
            "rates": dg.MetadataValue.md(rates_table(rates)),
        }
        for name, data in pictures(batch.rows, rates).items():
            inline = f"data:image/png;base64,{base64.b64encode(data).decode()}"
            found[name.removesuffix(".png").replace("-", "_")] = dg.MetadataValue.md(f"![{name}]({inline})")
        return found

    return stage_asset(
        STAGE,
        settings,
        group="6_analysis",
        kinds={"python", "parquet"},
        description="How errors reach the questions: seven faults injected at the inputs of `tracks` and `motion_scores`, the "
        "scenes' truth, and another version of the lake, compared item by item. Computed only when it is asked for.",
        checks=[
            Check(
                "more_fault_more_change",
                "No higher rate of a fault affects less of a stage than the 95 % interval of the lower one allows.",
                lambda batch: more_fault_more_change(batch, settings.errors.seed),
                blocking=False,
            )
        ],
        more=more,
        automatic=False,
    )


def more_fault_more_change(batch: Batch, seed: int) -> Outcome:
    """Dose-response curves do not fall, within noise."""
    pairs = falling(change_rates(batch.rows, seed))
    figures = {
        f"{low.fault} {low.rate:.0%} -> {high.rate:.0%}, {low.stage}": high.value - low.value for low, high in pairs
    }
    return Outcome(not pairs, {"falling": len(pairs), **figures})


def rates_table(rates: Sequence[Rate]) -> str:
    """Markdown: what each fault affects at its highest rate, per stage; and answers flipped."""
    own = [r for r in rates if r.view in ("faults", "producers") and not r.kind]
    heads = [(stage, "affected", f"{words} affected") for stage, (words, _) in STAGES.items()]
    heads += [("qa_pairs", name, f"answers {name}") for name in ("flipped", "vanished", "new")]
    lines = ["| fault | rate | " + " | ".join(words for *_, words in heads) + " |", "|---" * (len(heads) + 2) + "|"]
    for view, fault, rate in dict.fromkeys((r.view, r.fault, r.rate) for r in own):
        cells = {(r.stage, r.name): r for r in own if (r.view, r.fault, r.rate) == (view, fault, rate)}
        shares = " | ".join(cell(cells.get((stage, name))) for stage, name, _ in heads)
        lines.append(f"| {fault or 'against the other version'} | {f'{rate:.0%}' if fault else ''} | {shares} |")
    return "\n".join(lines)
