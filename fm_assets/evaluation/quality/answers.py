"""Answers that the whole pipeline makes of rendered scenes, judged by the scenes' parameters."""

from __future__ import annotations

import logging
import multiprocessing
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pyarrow as pa

from fm_assets.captions.clipfacts import ClipFacts, clips
from fm_assets.detections.producer import specs
from fm_assets.evaluation.quality.facts import Tally, agreeing, open_share, pair_words, verdict_cells
from fm_assets.evaluation.quality.matching import Matched, match
from fm_assets.evaluation.quality.network import spoken_spec
from fm_assets.evaluation.quality.perception import perceive, whole_video
from fm_assets.evaluation.quality.section import Bench, Goal, Section, Table
from fm_assets.evaluation.quality.upheld import Judge, JudgedPair
from fm_assets.motion.vocabulary import CATEGORIES
from fm_assets.qa.pairs import Pair
from fm_assets.scenes.corpus import write_scene
from fm_assets.scenes.generate import KINDS, make_scene
from fm_assets.scenes.oracle.judge import Oracle
from fm_assets.scenes.oracle.verdicts import Truth
from fm_assets.scenes.truth import truth
from fm_assets.settings import Settings
from fm_resources.detector.base import RENDERED

logger = logging.getLogger(__name__)

#: Scenes, of every kind in turn, and how many of them a quick run takes.
SCENES, QUICK = 300, 2
#: Seeds that neither trained nor chose the bundled detector.
FIRST_SEED = 42_000_000
PROCESSES = 2
STAGES = ("source_videos", "filtered_clips", "detections", "tracks", "motion_scores", "captions", "qa_pairs")
#: Least share of answers that are true.
TRUE = 0.97
#: What a false answer may be due to, see `cause`.
CAUSES = ("missed object", "false detection", "ID switch or merged objects", "class or colour", "noise", "other")
#: Kinds of claims that speak of objects that the claim does not name.
_OF_ALL = ("count", "order", "speed_order", "size_order")


@dataclass(frozen=True)
class Answered:
    """A scene's answers.

    Attributes:
        kind: Kind of the scene.
        pairs: Per question its category, and whether it is upheld.
        sentences: Verdict on each sentence of the captions.
        false: Per question that is not upheld its cause and its words.
        missed: Objects without a track.
        objects: Objects of the scene.
    """

    kind: str
    pairs: tuple[tuple[str, Truth], ...]
    sentences: tuple[Truth, ...]
    false: tuple[tuple[str, str], ...]
    missed: int
    objects: int


@dataclass
class Sum:
    """What was found of all scenes."""

    pairs: Tally = field(default_factory=Tally)
    sentences: Counter[Truth] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)
    false: list[tuple[str, str]] = field(default_factory=list)


def measure(bench: Bench) -> Section:
    """Renders scenes, runs the pipeline over them and has its answers judged."""
    jobs = plan(QUICK if bench.quick else SCENES)
    bench.say(f"rendering and asking about {len(jobs)} scenes")
    settings = whole_video(bench.settings)
    work = partial(answer, settings=settings, folder=bench.work / "answers")
    if bench.quick:
        found = [work(job) for job in jobs]
    else:
        with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
            found = list(pool.map(work, jobs))
    total = summed(found)
    for reason, words in total.false:
        logger.warning("false (%s): %s", reason, words)
    return Section(
        "answers",
        (_prose(settings, found),),
        tuple(_tables(found, total)),
        (
            Goal("Shipped answers that are true", agreeing(total.pairs.total), TRUE, digits=4),
            Goal("Caption sentences that are true", agreeing(total.sentences), TRUE, digits=4),
        ),
        tuple(f"False, {reason}: {words}" for reason, words in total.false),
    )


def plan(count: int) -> list[tuple[int, str]]:
    """Seeds and kinds of the scenes."""
    return [(FIRST_SEED + i, KINDS[(7 * i) % len(KINDS)]) for i in range(count)]  # 7 is prime to the number of kinds


def answer(job: tuple[int, str], settings: Settings, folder: Path) -> Answered:
    """Renders and encodes (h264) a scene, runs the stages, and judges what they say of it."""
    seed, kind = job
    spec = make_scene(seed, kind)
    video = write_scene(spec, folder, name=f"{kind}-{seed}")
    tables = perceive(video, settings, STAGES, domain=RENDERED).tables
    matched = match(tables["tracks"], truth(spec))
    judge = Judge(Oracle(spec), matched.object_of.get)
    pairs: list[JudgedPair] = []
    sentences: list[Truth] = []
    for clip in clips(tables["motion_scores"], settings.qa.min_margin):
        pairs += [judge.pair(pair, clip) for pair in shipped(tables["qa_pairs"], clip)]
        sentences += [judge.sentence(text, clip) for text in _sentences(tables["captions"], clip)]
    false = [p for p in pairs if p.upheld is False]
    return Answered(
        kind,
        tuple((p.pair.category, p.upheld) for p in pairs),
        tuple(sentences),
        tuple((cause(p, matched, judge), f"{kind} {seed}: {pair_words(p)}") for p in false),
        len(matched.missed),
        len(spec.objects),
    )


def shipped(table: pa.Table, clip: ClipFacts) -> list[Pair]:
    """The questions of a clip among rows of `qa_pairs`."""
    return [
        Pair(
            row["category"], row["what_how"], row["template"], row["writer"], row["question"],
            (row["option_a"], row["option_b"], row["option_c"], row["option_d"]), row["answer"], row["verdict"],
            row["difficulty"], tuple((e["role"], e["fact_id"]) for e in row["evidence"]),
        )
        for row in table.to_pylist()
        if row["clip_id"] == clip.clip_id
    ]  # fmt: skip


def _sentences(table: pa.Table, clip: ClipFacts) -> list[str]:
    rows = [row for row in table.to_pylist() if row["clip_id"] == clip.clip_id]
    return [s["text"] for row in rows for s in row["sentences"] if s["verdict"] != "contradicted"]


def cause(judged: JudgedPair, matched: Matched, judge: Judge) -> str:
    """What a false answer is due to, the first of `CAUSES` that fits one of the claims that are not as they should be.

    * missed object: it speaks of all objects (numbers, orders, superlatives), and one has no track;
    * false detection: it speaks of a track that is of no object;
    * ID switch or merged objects: of a track that is of two objects, or one of several of its object;
    * class or colour: of what an object is or looks like;
    * noise: of a movement or place of one that is tracked as it should be.
    """
    claims = [literal.claim for parsed in judged.failing for literal in parsed.literals]
    tracks = {track for claim in claims for track in (claim.subject, claim.object) if track}
    if matched.missed and any(claim.kind in _OF_ALL for claim in claims):
        return "missed object"
    if tracks - set(matched.object_of):
        return "false detection"
    if tracks & (matched.shared | matched.broken):
        return "ID switch or merged objects"
    if any(claim.kind in ("class", "colour") and judge.claim(claim) is False for claim in claims):
        return "class or colour"
    return "noise" if tracks else "other"


def summed(found: Sequence[Answered]) -> Sum:
    """All scenes together."""
    total = Sum()
    for scene in found:
        for category, verdict in scene.pairs:
            total.pairs.put(category, verdict, "")
        total.sentences.update(scene.sentences)
        total.causes.update(reason for reason, _ in scene.false)
        total.false += scene.false
    return total


def _tables(found: Sequence[Answered], total: Sum) -> list[Table]:
    head = ("true", "false", "open")
    kinds = {kind: Counter(v for s in found if s.kind == kind for _, v in s.pairs) for kind in KINDS}
    return [
        Table(
            ("category", *head),
            tuple((c, *verdict_cells(total.pairs.verdicts[c])) for c in CATEGORIES if total.pairs.verdicts[c].total()),
            "Questions by category.",
        ),
        Table(
            ("scenes", *head),
            tuple((kind, *verdict_cells(counts)) for kind, counts in kinds.items() if counts.total()),
            "Questions by kind of scene.",
        ),
        Table(
            ("cause", "false answers"), tuple((c, total.causes[c]) for c in CAUSES), "What false answers are due to."
        ),
    ]


def _prose(settings: Settings, found: Sequence[Answered]) -> str:
    pairs = Counter(v for s in found for _, v in s.pairs)
    sentences = Counter(v for s in found for v in s.sentences)
    return (
        f"{len(found)} rendered scenes (480x270, h264), of every kind in turn, that neither trained nor chose the bundled "
        f"detector, through all stages at the default settings: {spoken_spec(specs(settings).rendered)}, "
        f"{settings.detections.fps:g} sampled frames/s, {settings.tracks.tracker}. {sum(s.missed for s in found)} of "
        f"{sum(s.objects for s in found)} objects have no track. Each track is taken for the object on which at least "
        "half of its boxes lie; what the shipped questions and captions say of the tracks is then judged of the objects by "
        f"the oracle of section `facts`. A question is true if its right option holds and no other. {pairs.total()} "
        f"questions, of which {open_share(pairs):.1%} are left open, and {sentences.total()} sentences "
        f"({open_share(sentences):.1%} open)."
    )
