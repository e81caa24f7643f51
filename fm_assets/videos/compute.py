"""`source_videos` of one video: its file, probed and held against the limits."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pyarrow as pa

from fm_assets.settings import Settings
from fm_assets.task import Rejected, Task
from fm_assets.videos.probe import domain_of, objection
from fm_assets.videos.rows import SOURCE_VIDEOS
from fm_resources.picture import WIDTH, jpeg
from fm_resources.rows import from_pylist
from fm_resources.video import BadVideo, frames, probe


def compute(task: Task, settings: Settings) -> pa.Table:
    """The row of `source_videos`.

    Raises:
        Rejected: The file is no usable video, or is outside the limits of the settings.
    """
    path = task.source.path
    try:
        info = probe(path)
    except BadVideo as error:
        raise Rejected(error.reason) from error
    if reason := objection(info, settings.videos):
        raise Rejected(f"{path.name}: {reason}; leave it out, or change the limit")
    facts = dataclasses.asdict(info)
    facts.pop("comment")
    row = facts | {
        "video_id": task.video_id,
        "sha256": task.source.sha256,
        "size_bytes": path.stat().st_size,
        "domain": domain_of(info, task.source.domain),
        "licence": task.source.licence,
        "poster": poster(path, info.duration_s),
    }
    return from_pylist([row], SOURCE_VIDEOS)


def poster(path: Path, duration_s: float) -> bytes | None:
    """The first frame that decodes from the middle on, small, as JPEG."""
    for frame in frames(path, duration_s / 2, duration_s, 0, width=WIDTH):
        return jpeg(frame.image)
    return None
