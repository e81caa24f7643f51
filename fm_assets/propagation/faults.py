"""The seven faults that are injected, each a pure function of stored rows, a rate and a seed.

A rate of 0 gives the rows back as they are. The draws of a clip hang on fault, seed and clip alone, so what is hit at one
rate is hit at every higher one: a dose is never smaller than the one below it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from fm_assets.propagation import box_faults, track_faults

Inject = Callable[[pa.Table, float, int, Sequence[str]], pa.Table]
"""(canonical rows of one video, rate, seed, class names of the corpus) -> canonical rows."""


@dataclass(frozen=True)
class Fault:
    """A sort of error.

    Attributes:
        name: Its name in settings and tables.
        stage: Whose rows it changes.
        unit: What the rate is a share of.
        meaning: What it does, in one sentence.
        inject: See `Inject`.
    """

    name: str
    stage: Literal["detections", "tracks"]
    unit: str
    meaning: str
    inject: Inject


FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault("missed_boxes", "detections", "boxes", "The detector misses boxes.", box_faults.missed_boxes),
        Fault(
            "jitter", "detections", "boxes", f"Edges of boxes stray, with {box_faults.JITTER:.0%} of the box's side as "
            "standard deviation.", box_faults.jitter,
        ),
        Fault("dropped_frames", "detections", "sampled frames", "Frames are lost.", box_faults.dropped_frames),
        Fault(
            "spurious_tracks", "detections", "boxes", f"False objects drift about for {box_faults.SPURIOUS_S:g} s each; the "
            "rate is their boxes over all boxes that there were.", box_faults.spurious_tracks,
        ),
        Fault(
            "id_switch", "tracks", "tracks", "A track goes on as its nearest neighbour, and the other way round.",
            track_faults.id_switch,
        ),
        Fault("fragmentation", "tracks", "tracks", "A track falls into two.", track_faults.fragmentation),
        Fault("class_flip", "tracks", "tracks", "A track gets another class of the corpus.", track_faults.class_flip),
    )
}  # fmt: skip
