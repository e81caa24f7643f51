"""Judged sentences, and the caption that they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fm_assets.captions.clipfacts import ClipFacts
from fm_assets.captions.parser import judge
from fm_assets.captions.writer import write
from fm_assets.motion.claims import FactIndex

EMBEDDED = "embedded"


@dataclass(frozen=True)
class Sentence:
    """One sentence with its section, verdict and the facts behind the verdict."""

    section: str
    text: str
    verdict: str
    fact_ids: tuple[str, ...]


def embedded(clip: ClipFacts, index: FactIndex, max_sentences: int) -> list[Sentence]:
    """The embedded writer's sentences; one that its own reader cannot prove is not written."""
    sentences = []
    for draft in write(clip, max_sentences):
        judged = judge(draft.text, clip, index)
        if judged.verdict == "verified":
            ids = tuple(dict.fromkeys((*judged.fact_ids, *draft.fact_ids)))
            sentences.append(Sentence(draft.section, draft.text, judged.verdict, ids))
    return sentences


def caption_row(clip_id: str, writer: str, sentences: Sequence[Sentence]) -> dict[str, object]:
    """A row of `captions`: contradicted sentences stay in `sentences` and out of `text`."""
    return {
        "caption_id": f"{clip_id}.cap",
        "clip_id": clip_id,
        "writer": writer,
        "text": " ".join(s.text for s in sentences if s.verdict != "contradicted"),
        "sentences": [
            {"section": s.section, "text": s.text, "verdict": s.verdict, "fact_ids": list(s.fact_ids)}
            for s in sentences
        ],
    }
