"""One item of two versions, and what became of it: the row type of every comparison."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

What = Literal["unchanged", "moved", "changed", "flipped", "vanished", "new"]
#: All that may become of an item, from nothing to gone.
WHATS: tuple[What, ...] = get_args(What)
#: The stages that are compared, in the order in which a change runs through them.
COMPARED = ("tracks", "motion_scores", "captions", "qa_pairs")


@dataclass(frozen=True)
class Change:
    """An item of one stage in two versions.

    Attributes:
        stage: One of `COMPARED`.
        clip_id: The clip.
        kind: Sort of item: class of a track, kind of a fact, section of a sentence, category of a question.
        change: What became of it. `unchanged`: equal as stored. `moved` (facts): the same statement with another
            number, interval or margin. `changed`: the track has other boxes, class or colour; the fact states something
            else; the sentence has other words; the question has the same answer beside other words, options or order.
            `flipped` (questions): the same question has another right answer. `vanished`: only before. `new`: only after.
        before_id: Its id before; empty for what is new. Of a sentence `<caption_id>.<number>`, from 1.
        after_id: Its id after; empty for what vanished.
        before: What it says before, in words; empty for what is new.
        after: The same after.
        rests_before: Ids that it rests on before: of a fact its tracks, of a sentence or question its facts (of a question
            those of the right option first).
        rests_after: The same after.
    """

    stage: str
    clip_id: str
    kind: str
    change: What
    before_id: str
    after_id: str
    before: str
    after: str
    rests_before: tuple[str, ...] = ()
    rests_after: tuple[str, ...] = ()


def counts(changes: Iterable[Change]) -> Counter[tuple[str, str, str]]:
    """(stage, kind, change) -> number of items."""
    return Counter((c.stage, c.kind, c.change) for c in changes)
