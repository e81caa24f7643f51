"""The sections that there are, in the order in which they stand; each is imported only when it is measured."""

from __future__ import annotations

import dataclasses
import importlib
import time
from dataclasses import dataclass

from fm_assets.evaluation.quality.section import Bench, Section


@dataclass(frozen=True)
class Entry:
    """A section that can be measured.

    Attributes:
        name: What `--section` takes.
        title: Heading in the document.
        minutes: How long it takes on two quiet cores.
    """

    name: str
    title: str
    minutes: float

    @property
    def module(self) -> str:
        """Module with `measure(bench: Bench) -> Section`."""
        return f"fm_assets.evaluation.quality.{self.name}"


ENTRIES = (
    Entry("tracking", "Tracking on real footage", 4.0),
    Entry("scenes", "Tracking on rendered scenes", 1.5),
    Entry("camera", "Camera motion", 2.5),
    Entry("detection", "Speed of the detection stage", 3.0),
    Entry("precision", "What lower precision costs", 1.0),
    Entry("facts", "Facts, captions and questions of scenes of which all is known", 1.5),
    Entry("answers", "Answers about rendered scenes, from the video on", 10.0),
    Entry("retrack", "Tracking again from stored detections", 1.0),
    Entry("memory", "Memory", 4.0),
    Entry("statements", "What the verifier makes of statements", 1.5),
    Entry("bias", "What questions betray of their answers", 1.5),
    Entry("mot_answers", "Answers on real footage", 2.5),
    Entry("language_speed", "Speed of facts, captions and questions", 0.5),
)
TITLES = {entry.name: entry.title for entry in ENTRIES}


def measure(entry: Entry, bench: Bench) -> Section:
    """Measures a section.

    Raises:
        Unavailable: Something that it needs is missing.
    """
    began = time.perf_counter()
    section: Section = importlib.import_module(entry.module).measure(bench)
    return dataclasses.replace(section, seconds=time.perf_counter() - began, quick=bench.quick)
