"""What margins, abstention and the verifier bought: the questions that would have shipped without each, judged by truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa

from fm_assets.captions.clipfacts import clips
from fm_assets.evaluation.quality.upheld import Judge
from fm_assets.motion.claims import FactIndex
from fm_assets.propagation.forced import forced
from fm_assets.qa.pairs import compose, unverified
from fm_assets.scenes.oracle.verdicts import Truth
from fm_assets.settings import Settings


@dataclass(frozen=True)
class Guards:
    """What stands between a measurement and a shipped answer; each may be taken away.

    Attributes:
        name: What is missing, for tables.
        margins: Facts below the margin are not used; without: every fact is, whatever its margin.
        abstention: The calculus may say nothing; without: it says the nearest value by the plain definition.
        verifier: Right options must be proven and wrong ones refuted; without: candidates ship as the templates made them.
    """

    name: str
    margins: bool = True
    abstention: bool = True
    verifier: bool = True


#: All guards up, one of them down, and all down.
WITHOUT = (
    Guards("as shipped"),
    Guards("without margins", margins=False),
    Guards("without abstention", abstention=False),
    Guards("without the verifier", verifier=False),
    Guards("without all three", margins=False, abstention=False, verifier=False),
)


def answers(
    tables: Mapping[str, pa.Table], judge: Judge, settings: Settings
) -> Iterator[tuple[Guards, Counter[Truth]]]:
    """Verdicts of the truth on the questions of the embedded writer, with each guard taken away.

    Args:
        tables: Rows of `tracks` and `motion_scores` of one clip.
        judge: The scene's.
        settings: Settings.
    """
    for guards in WITHOUT:
        facts, least = tables["motion_scores"], settings.qa.min_margin
        if not guards.abstention:
            facts = forced(tables["tracks"], facts, settings.motion, least)
        verdicts: Counter[Truth] = Counter()
        for clip in clips(facts, least if guards.margins else 0.0):
            upholder = None if guards.verifier else unverified
            for pair in compose(clip, FactIndex(facts), settings.qa.pairs_per_clip, upholder=upholder):
                verdicts[judge.pair(pair, clip).upheld] += 1
        yield guards, verdicts
