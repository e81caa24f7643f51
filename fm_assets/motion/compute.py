"""`motion_scores` of one video, from its tracks."""

from __future__ import annotations

import logging

import pyarrow as pa

from fm_assets.motion.facts import analyse
from fm_assets.settings import Settings
from fm_assets.task import Task

log = logging.getLogger(__name__)


def compute(task: Task, settings: Settings) -> pa.Table:
    """Rows of `motion_scores`."""
    analysis = analyse(task.tables["tracks"], settings.motion)
    for (kind, reason), times in analysis.abstentions.items():
        log.debug("%s: %s: not stated %d times: %s", task.video_id, kind, times, reason)
    return analysis.facts
