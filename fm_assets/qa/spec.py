"""`qa_pairs` as the loop sees it: inputs, row type, producer."""

from __future__ import annotations

from fm_assets.qa.rows import QA_PAIRS
from fm_assets.settings import Settings
from fm_assets.stage import Stage
from fm_resources.provenance import Producer, libraries

#: Bump when equal inputs and parameters give other rows; the golden test says when.
LOGIC_VERSION = "13"


def producer(settings: Settings) -> Producer:
    """What decides the rows of `qa_pairs` besides its inputs; the key and address of a service do not."""
    parameters = settings.qa.model_dump(mode="json") | {"llm": settings.llm.decisive()}
    used = libraries("litellm") if settings.llm.model else {}
    return Producer("qa_pairs", LOGIC_VERSION, parameters, used)


STAGE = Stage(
    "qa_pairs", ("captions", "motion_scores", "filtered_clips"), QA_PAIRS, "fm_assets.qa.compute:compute", producer
)
