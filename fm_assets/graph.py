"""All stages in the order that data flows."""

from __future__ import annotations

from fm_assets.benchmark.spec import STAGE as BENCHMARK_SPLITS
from fm_assets.captions.spec import STAGE as CAPTIONS
from fm_assets.clips.spec import STAGE as FILTERED_CLIPS
from fm_assets.detections.spec import STAGE as DETECTIONS
from fm_assets.export.spec import STAGE as TRAINING_EXPORT
from fm_assets.motion.spec import STAGE as MOTION_SCORES
from fm_assets.propagation.spec import STAGE as ERROR_PROPAGATION
from fm_assets.qa.spec import STAGE as QA_PAIRS
from fm_assets.stage import Stage
from fm_assets.tracks.spec import STAGE as TRACKS
from fm_assets.videos.spec import STAGE as SOURCE_VIDEOS

STAGES: tuple[Stage, ...] = (
    SOURCE_VIDEOS,
    FILTERED_CLIPS,
    DETECTIONS,
    TRACKS,
    MOTION_SCORES,
    CAPTIONS,
    QA_PAIRS,
    BENCHMARK_SPLITS,
    TRAINING_EXPORT,
)
#: What is computed only when it is asked for by name: nothing rests on it, and it costs.
ANALYSES: tuple[Stage, ...] = (ERROR_PROPAGATION,)


def select(expression: str | None) -> tuple[Stage, ...]:
    """Stages named by a `--select` expression.

    Args:
        expression: Comma-separated stage names; `tracks+` is the stage and all below it, `+tracks` the stage
            and all above it. None or `*`: all stages, without the analyses.

    Raises:
        ValueError: A name is no stage; the message lists them.
    """
    if expression in (None, "", "*"):
        return STAGES
    chosen: set[str] = set()
    known = (*STAGES, *ANALYSES)
    for part in str(expression).split(","):
        name = part.strip().strip("+")
        if name not in {s.name for s in known}:
            raise ValueError(f"{name!r} is no stage; stages are {', '.join(s.name for s in known)}")
        chosen.add(name)
        if part.strip().endswith("+"):
            chosen |= _below(name)
        if part.strip().startswith("+"):
            chosen |= _above(name)
    return tuple(s for s in known if s.name in chosen)


def _below(name: str) -> set[str]:
    found = {name}
    for stage in STAGES:
        if found & set(stage.upstream):
            found.add(stage.name)
    return found


def _above(name: str) -> set[str]:
    found = {name}
    for stage in reversed((*STAGES, *ANALYSES)):
        if stage.name in found:
            found |= set(stage.upstream)
    return found
