"""Facts, captions and questions from the exact boxes of rendered scenes, judged by the scenes' parameters."""

from __future__ import annotations

import json
import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

import numpy as np

from fm_assets.captions.clipfacts import clips
from fm_assets.captions.sentences import embedded
from fm_assets.evaluation.quality.section import Bench, Cell, Goal, Section, Table
from fm_assets.evaluation.quality.upheld import Judge, JudgedPair, spoken
from fm_assets.motion.claims import FactIndex
from fm_assets.motion.facts import analyse
from fm_assets.motion.vocabulary import CATEGORIES, KINDS
from fm_assets.qa.pairs import compose
from fm_assets.scenes.corpus import demo_scenes
from fm_assets.scenes.generate import KINDS as SCENE_KINDS
from fm_assets.scenes.generate import make_scene
from fm_assets.scenes.oracle.judge import Oracle
from fm_assets.scenes.oracle.verdicts import Truth
from fm_assets.scenes.spec import SceneSpec
from fm_assets.scenes.tracks import object_of, true_tracks
from fm_assets.settings import Settings

logger = logging.getLogger(__name__)

#: Scenes; half of them are of the demo corpus' recipes, half of every kind in turn.
SCENES, QUICK = 300, 4
#: Seeds that no other measurement uses.
FIRST_SEED = 41_000_000
#: Noise of a centre's coordinate, pixels.
EXACT, NOISY = 0.0, 1.0
#: Bounds: facts that are true, median of questions per clip, share that the parameters leave open.
AGREEMENT, PAIRS, OPEN = 0.995, 8.0, 0.02


@dataclass
class Tally:
    """Verdicts by name, and what is false.

    Attributes:
        verdicts: Name -> how often true, false, open.
        false: What is false, in words.
    """

    verdicts: dict[str, Counter[Truth]] = field(default_factory=lambda: defaultdict(Counter))
    false: list[str] = field(default_factory=list)

    def put(self, name: str, verdict: Truth, words: str) -> None:
        """Counts a verdict."""
        self.verdicts[name][verdict] += 1
        if verdict is False:
            self.false.append(words)

    @property
    def total(self) -> Counter[Truth]:
        """Verdicts of all names."""
        return Counter(v for counted in self.verdicts.values() for v in counted.elements())

    def merge(self, other: Tally) -> None:
        """Adds another one's verdicts."""
        for name, counted in other.verdicts.items():
            self.verdicts[name] += counted
        self.false += other.false


@dataclass
class Judged:
    """What was found of scenes: verdicts on facts by kind, sentences by section, questions by category; counts per clip."""

    facts: Tally = field(default_factory=Tally)
    sentences: Tally = field(default_factory=Tally)
    pairs: Tally = field(default_factory=Tally)
    per_clip: list[int] = field(default_factory=list)
    objects: list[int] = field(default_factory=list)


def measure(bench: Bench) -> Section:
    """Makes facts, captions and questions of scenes and has each judged."""
    scenes = list(plan(QUICK if bench.quick else SCENES))
    bench.say(f"judging {len(scenes)} scenes")
    exact, noisy = (judge(scenes, bench.settings, noise) for noise in (EXACT, NOISY))
    for found in (exact, noisy):
        for words in chain(found.facts.false, found.sentences.false, found.pairs.false):
            logger.warning("false: %s", words)
    return Section(
        "facts",
        (_prose(scenes),),
        tuple(_tables(exact, noisy)),
        tuple(goals(exact, noisy)),
        tuple(_notes(exact, noisy)),
    )


def plan(count: int) -> Iterator[SceneSpec]:
    """The scenes: those of the demo corpus and, in turn with them, one of every kind after the other."""
    demo = (spec for spec, _, _ in demo_scenes(count, FIRST_SEED))
    every = (make_scene(FIRST_SEED + i, SCENE_KINDS[i % len(SCENE_KINDS)]) for i in range(count))
    return islice(chain.from_iterable(zip(demo, every, strict=True)), count)


def judge(scenes: Iterable[SceneSpec], settings: Settings, noise_px: float) -> Judged:
    """Facts, sentences and questions of scenes under settings, judged."""
    found = Judged()
    for spec in scenes:
        table = analyse(true_tracks(spec, f"{spec.name}.c0", noise_px), settings.motion).facts
        asked = Judge(Oracle(spec), object_of)
        where = f"{spec.kind} {spec.seed}"
        for fact in table.to_pylist():
            if fact["margin"] >= settings.qa.min_margin:
                found.facts.put(fact["kind"], asked.fact(fact), f"{where}: {_fact_words(fact)}")
        for clip in clips(table, settings.captions.min_margin):
            index = FactIndex(table)
            for sentence in embedded(clip, index, settings.captions.max_sentences):
                verdict = asked.sentence(sentence.text, clip)
                found.sentences.put(sentence.section, verdict, f"{where}: {sentence.text}")
            shipped = [asked.pair(pair, clip) for pair in compose(clip, index, settings.qa.pairs_per_clip)]
            for judged in shipped:
                found.pairs.put(judged.pair.category, judged.upheld, f"{where}: {pair_words(judged)}")
            found.per_clip.append(len(shipped))
            found.objects.append(len(spec.objects))
    return found


def goals(exact: Judged, noisy: Judged) -> list[Goal]:
    """Shares of what is decided that is true, of what is open, questions per clip and categories."""
    asked = [c for c in CATEGORIES if exact.pairs.verdicts[c].total()]
    return [
        Goal("Usable facts that are true, exact boxes", agreeing(exact.facts.total), AGREEMENT, digits=4),
        Goal("Usable facts that are true, boxes off by 1 px", agreeing(noisy.facts.total), AGREEMENT, digits=4),
        Goal("Facts that the parameters leave open", open_share(exact.facts.total), OPEN, "<=", digits=4),
        Goal("Caption sentences that are true", agreeing(exact.sentences.total), 1.0, digits=4),
        Goal("Questions whose right option holds and no other", agreeing(exact.pairs.total), 1.0, digits=4),
        Goal("Questions that the parameters leave open", open_share(exact.pairs.total), OPEN, "<=", digits=4),
        Goal("Questions per clip, median", float(np.median(exact.per_clip)), PAIRS, digits=1),
        Goal("Categories that are asked about", len(asked), len(CATEGORIES), digits=0),
    ]


def agreeing(verdicts: Mapping[Truth, int]) -> float:
    """Share of true ones among the decided; NaN where none is."""
    decided = verdicts[True] + verdicts[False]
    return verdicts[True] / decided if decided else float("nan")


def open_share(verdicts: Mapping[Truth, int]) -> float:
    """Share of undecided ones; NaN where there is nothing."""
    total = sum(verdicts.values())
    return verdicts[None] / total if total else float("nan")


def verdict_cells(verdicts: Mapping[Truth, int]) -> tuple[Cell, ...]:
    """How many were true, false, open."""
    return verdicts[True], verdicts[False], verdicts[None]


def pair_words(judged: JudgedPair) -> str:
    """A question, its options with their verdicts, and what is wrong about them, in one line."""
    said = {True: "true", False: "false", None: "open"}
    options = "; ".join(f"{o} ({said[v]})" for o, v in zip(judged.pair.options, judged.options, strict=True))
    wrong = [spoken(lit) for parsed in judged.failing for lit in parsed.literals]
    return f"{judged.pair.question} {options}; right: {judged.pair.answer}; claims: {', '.join(wrong)}"


def _fact_words(fact: Mapping[str, Any]) -> str:
    shown = ("kind", "subject_track_id", "value", "object_track_id", "number", "t0", "t1", "margin")
    return json.dumps({name: fact[name] for name in shown})


def _tables(exact: Judged, noisy: Judged) -> Iterator[Table]:
    head = ("exact: true", "false", "open", "1 px off: true", "false ", "open ")
    for caption, name, names, part in (
        ("Usable facts by kind.", "kind", list(KINDS), lambda j: j.facts),
        ("Caption sentences by section.", "section", sorted(exact.sentences.verdicts), lambda j: j.sentences),
        ("Questions by category.", "category", list(CATEGORIES), lambda j: j.pairs),
    ):
        rows = [
            (n, *verdict_cells(part(exact).verdicts[n]), *verdict_cells(part(noisy).verdicts[n]))
            for n in names
            if part(exact).verdicts[n].total() + part(noisy).verdicts[n].total()
        ]
        yield Table((name, *head), tuple(rows), caption)
    counts = np.array(exact.per_clip), np.array(exact.objects)
    rows = [
        (int(n), int(np.sum(counts[1] == n)), float(counts[0][counts[1] == n].mean())) for n in np.unique(counts[1])
    ]
    yield Table(
        ("objects", "clips", "questions per clip"),
        tuple(rows),
        "Questions by number of objects.",
        {"questions per clip": 1},
    )


def _notes(exact: Judged, noisy: Judged) -> Iterator[str]:
    for name, found in (("exact boxes", exact), ("1 px off", noisy)):
        for words in (*found.facts.false, *found.sentences.false, *found.pairs.false):
            yield f"False, {name}: {words}"


def _prose(scenes: Sequence[SceneSpec]) -> str:
    return (
        f"{len(scenes)} rendered scenes, half after the recipes of `fm demo`, half of every kind in turn, none of them drawn: "
        "the calculus gets the scenes' exact boxes at 10 per second, and those with centres off by 1 px (of 270 or 360), "
        "the writers get its facts. An oracle judges every usable fact (margin at least 1.5) over its own time, every "
        "sentence and every option: it samples the closed paths, the camera and what is hidden at 100 Hz, and holds them "
        "against the definitions of docs/motion-calculus.md without boxes, noise or any code of the calculus. It leaves "
        "open what lies within a definition's own tolerance. Sentences and options are read by the pipeline's reader; a "
        "question holds if its right option does and no other."
    )
