"""`captions` as the loop sees it: inputs, row type, producer."""

from __future__ import annotations

from fm_assets.captions.rows import CAPTIONS
from fm_assets.settings import Settings
from fm_assets.stage import Stage
from fm_resources.provenance import Producer, libraries

#: Bump when equal inputs and parameters give other rows; the golden test says when.
LOGIC_VERSION = "9"


def producer(settings: Settings) -> Producer:
    """What decides the rows of `captions` besides its inputs; the key and address of a service do not."""
    parameters = settings.captions.model_dump(mode="json") | {"llm": settings.llm.decisive()}
    used = libraries("litellm") if settings.llm.model else {}
    return Producer("captions", LOGIC_VERSION, parameters, used)


STAGE = Stage("captions", ("motion_scores", "filtered_clips"), CAPTIONS, "fm_assets.captions.compute:compute", producer)
