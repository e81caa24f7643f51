"""The audit of a question as one self-contained page: no script, nothing fetched from anywhere."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from fm_assets.audit.picture import Shot
from fm_assets.audit.qa import QaAudit
from fm_assets.graph import STAGES

TEMPLATE = Path(__file__).with_name("page.html.jinja")


def page(found: QaAudit, shots: Sequence[Shot], note: str) -> str:
    """The page as HTML; every value is escaped.

    Args:
        found: The audit.
        shots: Frames of the evidence.
        note: Where they come from, or why there are none.
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["plain"] = _plain
    environment.filters["short"] = _short
    length = round(found.clip["end_s"] - found.clip["start_s"], 3) if found.clip else 0.0
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).render(
        found=found,
        pair=found.pair,
        options=[_option(found, letter, length) for letter in "ABCD"],
        shots=[{"t_s": shot.t_s, "data": base64.b64encode(shot.jpeg).decode()} for shot in shots],
        note=note,
        length=length,
        chain=sorted(found.chain, key=lambda entry: -_order(entry["stage"])),
        superseded=found.superseded,
    )


def _option(found: QaAudit, letter: str, length: float) -> dict[str, Any]:
    right = letter == found.pair["answer"]
    role = "right" if right else f"distractor_{letter.lower()}"
    facts = [
        {
            **fact,
            "left": _percent(fact["t0"], length),
            "width": max(0.8, _percent(fact["t1"], length) - _percent(fact["t0"], length)),
        }
        for fact in found.evidence
        if fact["role"] == role and fact["fact_id"]
    ]
    return {"letter": letter, "right": right, "text": found.pair[f"option_{letter.lower()}"], "facts": facts}


def _percent(seconds: float, length: float) -> float:
    return round(100 * min(1.0, seconds / length), 2) if length else 0.0


def _order(stage: str) -> int:
    return next((number for number, s in enumerate(STAGES) if s.name == stage), len(STAGES))


def _plain(value: Any) -> str:
    """A parameter on one line; a time to the second."""
    if hasattr(value, "strftime"):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _short(name: str | None) -> str:
    """The part of a track's or fact's id behind its clip."""
    return "" if name is None else name.rsplit(".", 1)[-1]
