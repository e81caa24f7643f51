"""`qa_pairs`: motion facts and captions in, verified questions out."""

from __future__ import annotations

import pyarrow.compute as pc

from fm_assets.captions.clipfacts import clips
from fm_assets.captions.model_input import client, frames
from fm_assets.motion.claims import FactIndex
from fm_assets.qa.llm_writer import ask_model
from fm_assets.qa.pairs import Pair, compose
from fm_assets.qa.rows import QA_PAIRS
from fm_assets.settings import Settings
from fm_assets.stage import Computed, Task
from fm_resources.rows import from_pylist


def compute(task: Task, settings: Settings) -> Computed:
    """Question-answer pairs of one video, by the embedded writer or by the configured model.

    Contradicted pairs never leave; unverifiable ones (only a model writes such) leave when settings ask for them.

    Raises:
        LlmError: The model gave no usable answer.
    """
    facts = task.tables["motion_scores"]
    table = task.tables["captions"]
    captions = dict(zip(table.column("clip_id").to_pylist(), table.column("text").to_pylist(), strict=True))
    pictures = frames(task.tables, settings.llm.frames) if settings.llm.model else {}
    rows: list[dict[str, object]] = []
    cost = 0.0
    quota = settings.qa.pairs_per_clip
    for clip in clips(facts, settings.qa.min_margin):
        index = FactIndex(facts.filter(pc.equal(facts["clip_id"], clip.clip_id)))
        pairs: list[Pair] = []
        if settings.llm.model and quota:
            caption = captions.get(clip.clip_id, "")
            pairs, spent = ask_model(clip, caption, index, client(settings.llm), pictures.get(clip.clip_id, []), quota)
            cost += spent
        elif quota:
            pairs = compose(clip, index, quota)
        allowed = ("verified", "unverifiable") if settings.qa.ship_unverifiable else ("verified",)
        rows += [pair.row(clip.clip_id) for pair in pairs if pair.verdict in allowed]
    return Computed(from_pylist(rows, QA_PAIRS), cost)
