"""`captions`: motion facts in, one caption per clip out.

Every clip with facts has a row; its text is empty where no fact is certain enough to be told. Clips
without facts have no row.
"""

from __future__ import annotations

import pyarrow.compute as pc

from fm_assets.captions.clipfacts import clips
from fm_assets.captions.llm_writer import write_with_model
from fm_assets.captions.model_input import client, frames
from fm_assets.captions.rows import CAPTIONS
from fm_assets.captions.sentences import EMBEDDED, caption_row, embedded
from fm_assets.motion.claims import FactIndex
from fm_assets.settings import Settings
from fm_assets.stage import Computed, Task
from fm_resources.rows import from_pylist


def compute(task: Task, settings: Settings) -> Computed:
    """Captions of one video, by the embedded writer or by the configured model.

    Raises:
        LlmError: The model gave no usable answer.
    """
    facts = task.tables["motion_scores"]
    pictures = frames(task.tables, settings.llm.frames) if settings.llm.model else {}
    rows: list[dict[str, object]] = []
    cost = 0.0
    for clip in clips(facts, settings.captions.min_margin):
        index = FactIndex(facts.filter(pc.equal(facts["clip_id"], clip.clip_id)))
        if settings.llm.model:
            sentences, spent = write_with_model(clip, index, client(settings.llm), pictures.get(clip.clip_id, []))
            cost += spent
            rows.append(caption_row(clip.clip_id, settings.llm.model, sentences))
        else:
            sentences = embedded(clip, index, settings.captions.max_sentences)
            rows.append(caption_row(clip.clip_id, EMBEDDED, sentences))
    return Computed(from_pylist(rows, CAPTIONS), cost)
