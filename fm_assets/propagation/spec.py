"""`error_propagation` as the loop sees it: inputs, row type, producer."""

from __future__ import annotations

from fm_assets.captions.spec import STAGE as CAPTIONS
from fm_assets.motion.spec import STAGE as MOTION_SCORES
from fm_assets.propagation.folder import is_present
from fm_assets.propagation.others import fingerprint
from fm_assets.propagation.rows import ERROR_PROPAGATION
from fm_assets.qa.spec import STAGE as QA_PAIRS
from fm_assets.settings import LlmSettings, Settings
from fm_assets.stage import Stage
from fm_assets.tracks.spec import STAGE as TRACKS
from fm_resources.provenance import Producer, content_hash, libraries

#: Bump when equal inputs and parameters give other rows.
LOGIC_VERSION = "1"


def producer(settings: Settings) -> Producer:
    """What decides the changes: faults, sample and the producers of the stages that are run again."""
    embedded = settings.model_copy(update={"llm": LlmSettings()})
    stages = {s.name: s.producer(embedded).producer_id for s in (TRACKS, MOTION_SCORES, CAPTIONS, QA_PAIRS)}
    parameters = settings.errors.model_dump(mode="json") | {"stages": stages}
    if settings.errors.against:
        parameters["other"] = content_hash(fingerprint(settings.lake_url, settings.errors.against))
    return Producer("error_propagation", LOGIC_VERSION, parameters, libraries("scipy", "trackers"))


STAGE = Stage(
    "error_propagation",
    ("qa_pairs", "captions", "motion_scores", "tracks", "detections", "filtered_clips"),
    ERROR_PROPAGATION,
    "fm_assets.propagation.compute:compute",
    producer,
    corpus=True,
    present=is_present,
    picks=True,
)
