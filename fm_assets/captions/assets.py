"""`captions` as a Dagster asset."""

from __future__ import annotations

import dagster as dg

from fm_assets.asset import stage_asset
from fm_assets.captions.spec import STAGE
from fm_assets.checks import Batch, Check, Outcome
from fm_assets.settings import Settings
from fm_resources.rows import struct_columns


def build(settings: Settings) -> dg.AssetsDefinition:
    """The asset under given settings."""
    return stage_asset(
        STAGE,
        settings,
        group="4_language",
        kinds={"litellm" if settings.llm.model else "python", "parquet"},
        description="Seven sections of text per clip; every sentence is judged against the facts it cites.",
        checks=[
            Check("sentences_cite_facts", "Every sentence that is called verified cites a fact.", sentences_cite_facts),
            Check(
                "nothing_contradicted_ships",
                "No contradicted sentence stands in a caption.",
                nothing_contradicted_ships,
            ),
        ],
        examples=lambda batch: "\n\n".join(f"> {text}" for text in batch.rows["text"].to_pylist()[:3] if text),
    )


def sentences_cite_facts(batch: Batch) -> Outcome:
    """A verified sentence has at least one fact."""
    _, sentence = struct_columns(batch.rows, "sentences")
    bare = sum(v == "verified" and not len(f) for v, f in zip(sentence["verdict"], sentence["fact_ids"], strict=True))
    return Outcome(bare == 0, {"sentences": len(sentence["verdict"]), "without_fact": bare})


def nothing_contradicted_ships(batch: Batch) -> Outcome:
    """Contradicted sentences are kept as rows, but not in the text."""
    shipped = rejected = 0
    for row in batch.rows.select(["text", "sentences"]).to_pylist():
        texts = [s["text"] for s in row["sentences"] if s["verdict"] == "contradicted"]
        rejected += len(texts)
        shipped += sum(text in row["text"] for text in texts)
    return Outcome(shipped == 0, {"contradicted": rejected, "shipped": shipped})
