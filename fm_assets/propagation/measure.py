"""A share that was measured against truth; apart from what measures it, which takes long to load."""

from __future__ import annotations

from dataclasses import dataclass

#: Beginning of the names of what `bought.py` measures.
WRONG = "wrong answers, "


@dataclass(frozen=True)
class Measure:
    """A share of one video; over several videos it is the sum of `right` over the sum of `of`.

    Attributes:
        fault: The injected fault; empty: none.
        rate: Its rate.
        video_id: The video.
        stage: The stage that is measured.
        name: `HOTA` (mean over videos), `IDF1`, `precision`, `recall`, `accuracy` or a name of `bought`.
        right: Numerator.
        of: Denominator.
    """

    fault: str
    rate: float
    video_id: str
    stage: str
    name: str
    right: float
    of: float
