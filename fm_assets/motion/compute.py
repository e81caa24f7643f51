"""`motion_scores` of one video, from its tracks."""

from __future__ import annotations

from fm_assets.motion.facts import analyse
from fm_assets.settings import Settings
from fm_assets.task import Computed, Task


def compute(task: Task, settings: Settings) -> Computed:
    """Rows of `motion_scores`; what was not stated is counted as `abstained: <kind>: <reason>`."""
    analysis = analyse(task.tables["tracks"], settings.motion)
    silent = {f"abstained: {kind}: {reason}": times for (kind, reason), times in analysis.abstentions.items()}
    return Computed(analysis.facts, counts=silent)
