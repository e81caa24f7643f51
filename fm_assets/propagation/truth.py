"""A version of a rendered scene's rows against the scene itself: HOTA and IDF1, facts, sentences and answers.

The judge is the oracle of the scenes, which knows the parameters and shares no code with the calculus.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from fm_assets.captions.clipfacts import clips
from fm_assets.evaluation.quality.answers import shipped
from fm_assets.evaluation.quality.matching import match
from fm_assets.evaluation.quality.scoring import Labels, score
from fm_assets.evaluation.quality.section import Unavailable
from fm_assets.evaluation.quality.upheld import Judge
from fm_assets.motion.claims import Claim
from fm_assets.motion.facts import analyse
from fm_assets.propagation.bought import answers
from fm_assets.propagation.measure import WRONG, Measure
from fm_assets.propagation.statements import match_facts, same_statement
from fm_assets.propagation.tubes import match_tracks
from fm_assets.scenes.corpus import truth_path
from fm_assets.scenes.oracle.judge import Oracle
from fm_assets.scenes.oracle.verdicts import Truth as Verdict
from fm_assets.scenes.oracle.view import Span
from fm_assets.scenes.read import read_spec
from fm_assets.scenes.spec import SceneSpec
from fm_assets.scenes.tracks import true_tracks
from fm_assets.scenes.truth import Truth as SceneBoxes
from fm_assets.scenes.truth import truth
from fm_assets.settings import Settings

#: A clip that leaves out no more of its scene than this is the whole scene, seconds.
WHOLE_S = 0.1
_SIDES = ("x1", "y1", "x2", "y2")


def truth_of(video: Path, given: Mapping[str, pa.Table], settings: Settings) -> SceneTruth | None:
    """The truth of a video's one clip; None where there is none beside it, or where the clip is not the whole scene."""
    sidecar = truth_path(video)
    kept = [row for row in given["filtered_clips"].to_pylist() if row["status"] == "keep"]
    if len(kept) != 1 or not sidecar.is_file():
        return None
    spec, clip = read_spec(sidecar), kept[0]
    if clip["start_s"] > WHOLE_S or clip["end_s"] < spec.duration_s - WHOLE_S:
        return None
    return SceneTruth(spec, clip["clip_id"], settings)


@dataclass(frozen=True)
class SceneTruth:
    """What is true of one clip.

    Attributes:
        spec: The scene; the clip shows all of it.
        clip_id: The clip.
        settings: Settings: margins and the calculus' own.
    """

    spec: SceneSpec
    clip_id: str
    settings: Settings

    @cached_property
    def oracle(self) -> Oracle:
        """The judge; versions of one clip claim much the same, so it remembers."""
        return _Remembering(self.spec)

    @cached_property
    def exact(self) -> SceneBoxes:
        """Where each object is in every frame."""
        return truth(self.spec)

    @cached_property
    def tables(self) -> Mapping[str, pa.Table]:
        """Tracks of the true boxes, and their facts."""
        tracks = true_tracks(self.spec, self.clip_id)
        return {"tracks": tracks, "motion_scores": analyse(tracks, self.settings.motion).facts}

    def measures(self, tables: Mapping[str, pa.Table], fault: str, rate: float, video_id: str) -> list[Measure]:
        """All shares of a version of the clip; HOTA and IDF1 need the extra `quality`, without it they are left out."""
        return [Measure(fault, rate, video_id, *share) for share in self._shares(tables)]

    def _shares(self, tables: Mapping[str, pa.Table]) -> Iterator[tuple[str, str, float, float]]:
        yield from _tracking(self.tables["tracks"], tables["tracks"])
        judge, least = self.judge(tables), self.settings.qa.min_margin
        facts = [row for row in tables["motion_scores"].to_pylist() if row["margin"] >= least]
        yield "motion_scores", "precision", *_right_of(Counter(judge.fact(row) for row in facts))
        yield "motion_scores", "recall", *self._recall(tables)
        sentences: Counter[Verdict] = Counter()
        pairs: Counter[Verdict] = Counter()
        texts = [
            s["text"] for r in tables["captions"].to_pylist() for s in r["sentences"] if s["verdict"] == "verified"
        ]
        for clip in clips(tables["motion_scores"], least):
            sentences.update(judge.sentence(text, clip) for text in texts)
            pairs.update(judge.pair(pair, clip).upheld for pair in shipped(tables["qa_pairs"], clip))
        yield "captions", "accuracy", *_right_of(sentences)
        yield "qa_pairs", "accuracy", *_right_of(pairs)

    def bought(self, tables: Mapping[str, pa.Table], fault: str, rate: float, video_id: str) -> list[Measure]:
        """Shares of wrong answers among those that would ship with each guard taken away; see `bought.py`."""
        found = []
        for guards, verdicts in answers(tables, self.judge(tables), self.settings):
            right, of = _right_of(verdicts)
            found.append(Measure(fault, rate, video_id, "qa_pairs", f"{WRONG}{guards.name}", of - right, of))
        return found

    def judge(self, tables: Mapping[str, pa.Table]) -> Judge:
        """The oracle, asked about the tracks of a version: each stands for the object that its boxes lie on."""
        return Judge(self.oracle, match(tables["tracks"], self.exact).object_of.get)

    def _recall(self, tables: Mapping[str, pa.Table]) -> tuple[float, float]:
        """How many usable facts of the true tracks a version states too, usably; and how many there are."""
        true, found = (t["motion_scores"].to_pylist() for t in (self.tables, tables))
        heirs = match_tracks(self.tables["tracks"].to_pylist(), tables["tracks"].to_pylist())
        said, least = match_facts(true, found, heirs), self.settings.qa.min_margin
        later = {fact.row["fact_id"]: fact for fact in said.after if fact.row["margin"] >= least}
        wanted = [fact for fact in said.before if fact.row["margin"] >= least]
        heir = [(fact, later.get(said.heirs.get(fact.row["fact_id"], ""))) for fact in wanted]
        return float(sum(b is not None and same_statement(a, b) for a, b in heir)), float(len(wanted))


class _Remembering(Oracle):
    """An oracle that answers an equal question once."""

    def __init__(self, spec: SceneSpec) -> None:
        super().__init__(spec)
        self._told: dict[tuple[Claim, Span | None], Verdict] = {}

    def holds(self, claim: Claim, interval: Span | None = None) -> Verdict:
        """See `Oracle.holds`."""
        asked = (claim, interval)
        if asked not in self._told:
            self._told[asked] = super().holds(claim, interval)
        return self._told[asked]


def _right_of(verdicts: Counter[Verdict]) -> tuple[float, float]:
    """True ones, and decided ones: what the definitions leave open counts as neither."""
    return float(verdicts[True]), float(verdicts[True] + verdicts[False])


def _tracking(true: pa.Table, found: pa.Table) -> Iterator[tuple[str, str, float, float]]:
    """HOTA and IDF1 of stored boxes against true ones, on the sampled frames of either."""
    instants = sorted({_instant(b) for table in (true, found) for row in table.to_pylist() for b in row["boxes"]})
    try:
        scores = score(_labels(true, instants), _labels(found, instants))
    except Unavailable:
        return
    counts: Mapping[str, Any] = scores.counts[2]
    yield "tracks", "HOTA", scores.hota, 1.0
    yield "tracks", "IDF1", float(counts["IDTP"]), float(counts["IDTP"] + (counts["IDFP"] + counts["IDFN"]) / 2)


def _instant(box: Mapping[str, Any]) -> int:
    return round(1000 * box["t_s"])


def _labels(table: pa.Table, instants: list[int]) -> Labels:
    per_frame: dict[int, list[tuple[int, list[float]]]] = {t: [] for t in instants}
    for number, row in enumerate(table.to_pylist()):
        for box in row["boxes"]:
            per_frame[_instant(box)].append((number, [box[side] for side in _SIDES]))
    return Labels(
        [np.array([number for number, _ in per_frame[t]], dtype=np.int64) for t in instants],
        [np.array([box for _, box in per_frame[t]], dtype=np.float64).reshape(-1, 4) for t in instants],
    )
