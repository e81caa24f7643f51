"""The pipeline's own stage functions over whole videos, for whoever measures them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from fm_assets.evaluation.quality.section import changed
from fm_assets.graph import STAGES
from fm_assets.job import call
from fm_assets.settings import Settings
from fm_assets.stage import Computed, SourceFile, Stage, Task
from fm_resources.rows import canonical

#: Longer than any video: a clip that may be this long is the whole video.
_FOREVER_S = 1e6
#: Values of section `clips` for a clip just long enough to load and use a network.
A_SECOND = {"min_s": 1.0, "max_s": 1.0}
_STAGES = {stage.name: stage for stage in STAGES}


@dataclass(frozen=True)
class Perceived:
    """Rows of a video's stages, and the seconds that each stage took.

    Attributes:
        path: The video.
        tables: Stage -> rows, as the lake would hold them.
        seconds: Stage -> wall seconds, the loading of a network included where this was its first use.
        timing: Stage -> what its receipt would say the seconds were spent on.
    """

    path: Path
    tables: Mapping[str, pa.Table]
    seconds: Mapping[str, float]
    timing: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def clip(self) -> dict[str, Any]:
        """The row of `filtered_clips`."""
        row: dict[str, Any] = self.tables["filtered_clips"].to_pylist()[0]
        return row

    @property
    def duration_s(self) -> float:
        """Length of the clip."""
        return float(self.clip["end_s"] - self.clip["start_s"])


def whole_video(settings: Settings, *, fps: float | None = None, **sections: Mapping[str, Any]) -> Settings:
    """Settings under which a video's one clip is the whole video.

    Args:
        settings: Settings.
        fps: Sampled frames per second, 0 for every frame; None: as in the settings.
        **sections: Further changes, section -> names and values.
    """
    clips = {"min_s": _FOREVER_S, "max_s": _FOREVER_S, **sections.pop("clips", {})}
    detections = {} if fps is None else {"fps": fps}
    return changed(settings, clips=clips, detections={**detections, **sections.pop("detections", {})}, **sections)


def perceive(
    path: Path, settings: Settings, stages: Iterable[str], *, domain: str = "", known: Perceived | None = None
) -> Perceived:
    """Runs stages of one video, in order.

    Args:
        path: The video.
        settings: Settings.
        stages: Names of the stages to run; their inputs must be among them or known.
        domain: Domain of the video, as `fm ingest --domain` would say it.
        known: Rows that are there already; stages named again are run again.

    Raises:
        Rejected: A stage cannot use the video.
    """
    tables = dict(known.tables) if known else {}
    seconds = dict(known.seconds) if known else {}
    timing = dict(known.timing) if known else {}
    for name in stages:
        began = time.perf_counter()
        done = run_stage(_STAGES[name], path, settings, tables, domain)
        seconds[name] = time.perf_counter() - began
        tables[name], timing[name] = done.rows, done.timing
    return Perceived(path, tables, seconds, timing)


def run_stage(
    stage: Stage, path: Path, settings: Settings, tables: Mapping[str, pa.Table], domain: str = ""
) -> Computed:
    """One stage of one video, its rows in the order and rounding that the lake would hold.

    Raises:
        Rejected: The stage cannot use the video.
    """
    source = SourceFile(path, "0" * 64, domain, "")  # no stage reads the file's hash
    task = Task(stage.name, path.stem, source, {name: tables[name] for name in stage.upstream})
    done = call(stage.compute, task, settings)
    return replace(done, rows=canonical(done.rows, stage.schema))
