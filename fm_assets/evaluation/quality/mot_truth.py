"""Answers that were made from tracks, judged by the facts of the true tracks of the same seconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from fm_assets.captions.clipfacts import ClipFacts, Fact
from fm_assets.captions.parser import Literal, Parsed, judge_literal
from fm_assets.evaluation.quality.boxes_at import between
from fm_assets.evaluation.quality.made_tracks import Known, known_tracks
from fm_assets.evaluation.quality.sequence import CLASSES, Person
from fm_assets.motion.claims import QUANTITIES, TIMED, Claim, FactIndex, Verdict
from fm_assets.qa.pairs import LETTERS, Pair
from fm_assets.qa.statements import read_option
from fm_assets.settings import Settings
from fm_resources.detector.agreement import iou
from fm_resources.rows import struct_columns

#: Overlap from which a box may be of a person: what is judged is where people are, not how well boxes fit them.
ON_PERSON = 0.3
#: A track is of the person that it lies on in more than this share of the frames in which both are there.
MATCHED = 0.5
#: Share of a track's frames from which on a person counts as one of those that it lies on.
SWITCHED = 0.1
#: What is wrong with a track that lies on no person.
NOBODY = "a track of nobody"
#: A track begins late (ends early) where its person is there this much longer, seconds.
LATE_S = 0.3


@dataclass(frozen=True)
class Match:
    """Whom a track is of.

    Attributes:
        truth: Track id of the truth; None: nobody is there.
        switched: Whether it is of several people, each for a while.
        late_s: How much longer the person is there than the track, at the start or the end, the larger, seconds.
    """

    truth: str | None
    switched: bool
    late_s: float


@dataclass(frozen=True)
class JudgedPair:
    """A pair and what the truth says of it.

    Attributes:
        pair: The pair.
        verdict: `agree`: the right option is verified and no wrong one; `contradicted`: the right option is, or
            a wrong one is verified; `silent`: neither.
        kind: Kind of the claim that decided a contradiction; empty else.
        cause: What is to blame for it; empty else.
    """

    pair: Pair
    verdict: str
    kind: str = ""
    cause: str = ""


def true_tracks(
    clip: dict[str, Any], people: Sequence[Person], frames: np.ndarray, times: np.ndarray, settings: Settings
) -> pa.Table:
    """The truth of a clip as rows of `tracks`, on the clip's own sampled frames.

    Args:
        clip: Its row of `filtered_clips`, with the camera that its detections leave it with.
        people: The truth.
        frames: (f,) numbers of the sampled frames.
        times: (f,) their times, seconds from the clip's start.
        settings: Settings.
    """
    known = []
    for person in people:
        at, xyxy = between(person.times, person.xyxy, times, settings.tracks.max_gap_s)
        known.append(Known(at, xyxy, CLASSES[0]))
    return known_tracks(clip, known, frames, times, settings)


def matches(tracks: pa.Table, truth: pa.Table) -> dict[str, Match]:
    """Whom each track of a clip is of: the person that its boxes lie on most often, one to one in every frame.

    That must be most of the time that both are there: truth often begins after, and ends before, a person is seen.

    Args:
        tracks: Rows of `tracks`.
        truth: The same of the truth, on the same sampled frames.
    """
    from scipy.optimize import linear_sum_assignment

    seen, true = _by_frame(tracks), _by_frame(truth)
    hits, shared = (np.zeros((tracks.num_rows, truth.num_rows), dtype=np.int64) for _ in range(2))
    for frame in sorted(seen.keys() & true.keys()):
        (mine, xyxy), (theirs, other) = seen[frame], true[frame]
        shared[np.ix_(mine, theirs)] += 1
        overlap = iou(xyxy[:, None], other[None])
        overlap = np.where(overlap >= ON_PERSON, overlap, 0.0)
        i, j = linear_sum_assignment(-overlap)
        found = overlap[i, j] > 0
        hits[mine[i[found]], theirs[j[found]]] += 1
    columns = ["track_id", "start_s", "end_s", "frames"]
    people = truth.select(columns).to_pylist()
    return {
        row["track_id"]: _match(row, hits[i], shared[i], people)
        for i, row in enumerate(tracks.select(columns).to_pylist())
    }


def _match(row: Mapping[str, Any], hits: np.ndarray, shared: np.ndarray, people: Sequence[Mapping[str, Any]]) -> Match:
    """The match of one track.

    Args:
        row: Its row.
        hits: (p,) frames in which it lies on each person.
        shared: (p,) frames in which both are there.
        people: Rows of the truth.
    """
    held = hits >= SWITCHED * row["frames"]
    best = int(hits.argmax()) if held.any() else -1
    if best < 0 or hits[best] <= MATCHED * shared[best]:
        return Match(None, int(held.sum()) > 1, 0.0)
    person = people[best]
    late_s = max(row["start_s"] - person["start_s"], person["end_s"] - row["end_s"], 0.0)
    return Match(person["track_id"], int(held.sum()) > 1, float(late_s))


def _by_frame(tracks: pa.Table) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Sampled frame -> indices (n,) of the rows that have a box there, and the boxes (n, 4)."""
    lengths, box = struct_columns(tracks, "boxes")
    row = np.repeat(np.arange(tracks.num_rows), lengths)
    xyxy = np.stack([box[side].astype(np.float64) for side in ("x1", "y1", "x2", "y2")], axis=1)
    order = np.argsort(box["frame"], kind="stable")
    frames, begins = np.unique(box["frame"][order], return_index=True)
    parts = np.split(order, begins[1:]) if len(frames) else []
    return {int(frame): (row[part], xyxy[part]) for frame, part in zip(frames, parts, strict=True)}


def judge_pair(pair: Pair, clip: ClipFacts, own: FactIndex, found: Mapping[str, Match], truth: FactIndex) -> JudgedPair:
    """What the truth says of a pair: its options are read as of the clip, their claims are held against the truth.

    Args:
        pair: A pair that was made of the clip.
        clip: The clip's own facts.
        own: The same, as the verifier takes them.
        found: Whom the clip's tracks are of.
        truth: Facts of the truth.
    """
    agrees = False
    for letter, option in zip(LETTERS, pair.options, strict=True):
        parsed = read_option(pair.question, option, pair.options, clip) or Parsed((), (option,))
        verdicts = [_judge(literal, found, truth, clip.min_margin) for literal in parsed.literals]
        holds = bool(verdicts) and not parsed.left_over and all(v is Verdict.VERIFIED for v in verdicts)
        if letter != pair.answer:
            if holds:
                blamed = _refuted(parsed.literals, own, clip.min_margin)
                return JudgedPair(pair, "contradicted", blamed.claim.kind, f"{_cause(blamed, found)}, a wrong option")
        elif Verdict.CONTRADICTED in verdicts:
            blamed = parsed.literals[verdicts.index(Verdict.CONTRADICTED)]
            return JudgedPair(pair, "contradicted", blamed.claim.kind, _cause(blamed, found))
        else:
            agrees = holds
    return JudgedPair(pair, "agree" if agrees else "silent")


def judge_facts(
    clip: ClipFacts, own: FactIndex, found: Mapping[str, Match], truth: FactIndex
) -> Counter[tuple[str, Verdict]]:
    """How often the truth upholds a clip's usable facts of each kind; the arguments are those of `judge_pair`.

    Class and colour, which the truth does not know, are left out, and so is that something was hidden.
    """
    judged: Counter[tuple[str, Verdict]] = Counter()
    for fact in clip.facts:
        if fact.margin >= clip.min_margin and fact.kind not in ("class", "colour") and fact.value != "occluded":
            claim = Claim(fact.kind, fact.subject, fact.value, fact.object, _number(fact), _when(fact, own))
            judged[fact.kind, _judge(Literal(claim), found, truth, clip.min_margin)] += 1
    return judged


def _number(fact: Fact) -> float | None:
    if fact.kind == "turn" and fact.number is not None:
        return abs(fact.number)
    event = fact.value in ("entered", "exited")  # what is there from the start or to the end has no moment
    return fact.number if event or fact.kind in QUANTITIES else None


def _when(fact: Fact, own: FactIndex) -> str | None:
    """The moment that a fact about a place speaks of."""
    if fact.kind not in TIMED:
        return None
    names = [{f.fact_id for f in group} for group in own.moments(fact.kind, fact.subject, fact.object)]
    at = next(i for i, group in enumerate(names) if fact.fact_id in group)
    return "start" if at == 0 else "end" if at == len(names) - 1 else "middle"


def _judge(literal: Literal, found: Mapping[str, Match], truth: FactIndex, min_margin: float) -> Verdict:
    """The truth's verdict on a claim about tracks; nothing is true of a track that is of nobody."""
    claim = literal.claim
    people = [found[track].truth for track in (claim.subject, claim.object) if track is not None]
    if None in people or len(set(people)) < len(people):
        return Verdict.CONTRADICTED
    subject, other = (found[t].truth if t is not None else None for t in (claim.subject, claim.object))
    return judge_literal(replace(literal, claim=replace(claim, subject=subject, object=other)), truth, min_margin)[0]


def _refuted(literals: Sequence[Literal], own: FactIndex, min_margin: float) -> Literal:
    """The first claim of an option that the clip's own facts refute."""
    return next(x for x in literals if judge_literal(x, own, min_margin)[0] is Verdict.CONTRADICTED)


def _cause(literal: Literal, found: Mapping[str, Match]) -> str:
    """What made a claim wrong, the gravest first."""
    of = [found[track] for track in (literal.claim.subject, literal.claim.object) if track is not None]
    if any(match.truth is None for match in of):
        return "two people in one track" if any(match.switched for match in of) else NOBODY
    if len({match.truth for match in of}) < len(of):
        return "two tracks of one person"
    if any(match.switched for match in of):
        return "a track that changes persons"
    if literal.claim.kind == "count":
        return "people missed or seen twice"
    if any(match.late_s > LATE_S for match in of):
        return "a track that begins late or ends early"
    return "noise of the boxes"
