"""What a language model is shown of a clip: its objects, its facts in words, and a few frames."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from fm_assets.captions.clipfacts import ClipFacts
from fm_assets.captions.referring import names
from fm_assets.captions.writer import write
from fm_assets.settings import LlmSettings
from fm_resources.llm import LlmClient

_ALL_FACTS = 80


def client(settings: LlmSettings) -> LlmClient:
    """The configured model."""
    return LlmClient(
        model=settings.model,
        api_base=settings.api_base,
        api_key=settings.api_key.get_secret_value(),
        temperature=settings.temperature,
        max_tokens=settings.max_tokens,
        timeout_s=settings.timeout_s,
        retries=settings.retries,
    )


def describe(clip: ClipFacts) -> str:
    """The clip's objects by the names that the verifier knows, and every usable fact as a sentence."""
    called = names(clip)
    objects = [f"- {called[t].text}: {_life(clip, t)}" for t in clip.tracks if t in called]
    facts = [f"- {draft.text}" for draft in write(clip, _ALL_FACTS)]
    return "\n".join(
        ["Objects:", *(objects or ["- none that can be told apart"]), "", "Measured facts:", *(facts or ["- none"])]
    )


def _life(clip: ClipFacts, track: str) -> str:
    times = [t for f in clip.facts if f.subject == track and f.object is None for t in (f.t0, f.t1)]
    return f"seen from {min(times):.1f} s to {max(times):.1f} s" if times else "seen"


def frames(tables: Mapping[str, pa.Table], limit: int) -> dict[str, list[bytes]]:
    """JPEG frames per clip, evenly spread, at most `limit`; empty where the clips table holds none."""
    table = tables.get("filtered_clips")
    if table is None or limit == 0 or "thumbnails" not in table.column_names:
        return {}
    found: dict[str, list[bytes]] = {}
    for row in table.select(["clip_id", "thumbnails"]).to_pylist():
        pictures = [t["jpeg"] for t in sorted(row["thumbnails"] or [], key=lambda t: t["t_s"]) if t["jpeg"]]
        step = max(1.0, len(pictures) / limit)
        found[row["clip_id"]] = [pictures[int(i * step)] for i in range(min(limit, len(pictures)))]
    return found
