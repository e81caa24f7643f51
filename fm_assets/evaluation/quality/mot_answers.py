"""Questions made of tracked footage, their answers held against the facts of the footage's true tracks."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fm_assets.captions.clipfacts import clips
from fm_assets.clips.compute import clip_row
from fm_assets.clips.merge import with_camera
from fm_assets.clips.rows import FILTERED_CLIPS
from fm_assets.detections.rows import DETECTIONS
from fm_assets.evaluation.quality.footage import BOXES_ONLY, MOVING, STILL, Footage, footage
from fm_assets.evaluation.quality.mot_truth import NOBODY, JudgedPair, judge_facts, judge_pair, matches, true_tracks
from fm_assets.evaluation.quality.network import spec_of, spoken_spec, with_network
from fm_assets.evaluation.quality.perception import Perceived, perceive
from fm_assets.evaluation.quality.section import Bench, Cell, Goal, Section, Table
from fm_assets.evaluation.quality.sequence import CLASSES, Person, public_tables, read_people
from fm_assets.motion.claims import FactIndex, Verdict
from fm_assets.motion.facts import analyse
from fm_assets.qa.pairs import LETTERS, Pair, compose
from fm_assets.settings import Settings
from fm_assets.tracks.boxes import clip_boxes
from fm_resources.rows import canonical, from_pylist

#: Length of a clip, seconds.
WINDOW_S = 8.0
#: Share of the answers that the truth must not contradict, among those that it judges.
AGREEMENT = 0.95
#: What the truth may say of a pair.
VERDICTS = ("agree", "contradicted", "silent")


@dataclass(frozen=True)
class Asked:
    """What was made of a sequence's clips, judged.

    Attributes:
        sequence: Name of the sequence.
        filmed: Whether it has a video.
        clips: Number of clips.
        tracks: Number of their tracks, and how many of them are of somebody in the truth.
        pairs: The pairs, each with the name of its clip.
        facts: How often the truth says what of the usable facts of a kind.
    """

    sequence: str
    filmed: bool
    clips: int
    tracks: tuple[int, int]
    pairs: list[tuple[str, JudgedPair]]
    facts: Counter[tuple[str, Verdict]]

    @property
    def verdicts(self) -> Counter[str]:
        """Verdict -> number of pairs."""
        return Counter(pair.verdict for _, pair in self.pairs)


def measure(bench: Bench) -> Section:
    """Clips of the sequences with a video, by the network, and of those with public detections."""
    settings = with_network(bench, classes=CLASSES)
    asked = []
    for name in (STILL,) if bench.quick else (STILL, MOVING):
        film = footage(bench, name)
        bench.say(f"{name}, detecting")
        asked.append(ask(film, filmed(film, settings, 2 if bench.quick else None), settings))
    for name in () if bench.quick else BOXES_ONLY:
        film = footage(bench, name)
        bench.say(name)
        asked.append(ask(film, perceive(film.boxes, settings, ("tracks",), known=boxed(film)), settings))
    return report(asked, settings)


def starts(film: Footage) -> list[float]:
    """Where the whole clips of a sequence begin, seconds."""
    return [k * WINDOW_S for k in range(int(film.frames / film.fps / WINDOW_S + 1e-9))]


def filmed(film: Footage, settings: Settings, most: int | None = None) -> Perceived:
    """Clips of a video, their detections and tracks, by the pipeline's own stages.

    Args:
        film: The sequence.
        settings: Settings.
        most: Number of clips at most.
    """
    seen = perceive(film.video, settings, ("source_videos",))
    size = (film.width, film.height)
    rows = [
        {"clip_id": f"{film.name}.c{k}", "video_id": film.name}
        | clip_row(film.video, (start, start + WINDOW_S), size, settings.clips)
        for k, start in enumerate(starts(film)[:most])
    ]
    table = canonical(from_pylist(rows, FILTERED_CLIPS), FILTERED_CLIPS)
    known = Perceived(film.video, {**seen.tables, "filtered_clips": table}, seen.seconds)
    return perceive(film.video, settings, ("detections", "tracks"), known=known)


def boxed(film: Footage) -> Perceived:
    """The same rows of a sequence that has public detections only; nothing is known of the camera."""
    tables = public_tables(film)
    whole, frames = tables["filtered_clips"].to_pylist()[0], tables["detections"].to_pylist()
    found, boxes = [], []
    for k, start in enumerate(starts(film)):
        name, span = f"{film.name}.c{k}", (start - 1e-6, start + WINDOW_S - 1e-6)
        found.append({**whole, "clip_id": name, "start_s": start, "end_s": start + WINDOW_S})
        inside = [row for row in frames if span[0] <= row["t_s"] < span[1]]
        boxes += [{**row, "clip_id": name, "frame": i, "t_s": row["t_s"] - start} for i, row in enumerate(inside)]
    return Perceived(
        film.boxes,
        {
            "filtered_clips": canonical(from_pylist(found, FILTERED_CLIPS), FILTERED_CLIPS),
            "detections": canonical(from_pylist(boxes, DETECTIONS), DETECTIONS),
        },
        {},
    )


def ask(film: Footage, seen: Perceived, settings: Settings) -> Asked:
    """Makes and judges the pairs that would be shipped of a sequence's clips.

    Args:
        film: The sequence.
        seen: Rows of its clips, their detections and tracks.
        settings: Settings.
    """
    people = read_people(film)
    rows = [row for row in seen.tables["filtered_clips"].to_pylist() if row["status"] == "keep"]
    pairs: list[tuple[str, JudgedPair]] = []
    counted: Counter[tuple[str, Verdict]] = Counter()
    of_somebody = of_all = 0
    for row in rows:
        mine = seen.tables["tracks"].filter(pc.equal(seen.tables["tracks"]["clip_id"], row["clip_id"]))
        truth = _truth(row, people, seen.tables["detections"], settings)
        facts, proof = analyse(mine, settings.motion).facts, FactIndex(analyse(truth, settings.motion).facts)
        found, own = matches(mine, truth), FactIndex(facts)
        of_all, of_somebody = of_all + len(found), of_somebody + sum(m.truth is not None for m in found.values())
        for clip in clips(facts, settings.qa.min_margin):
            counted += judge_facts(clip, own, found, proof)
            made = compose(clip, own, settings.qa.pairs_per_clip)
            pairs += [(clip.clip_id, judge_pair(pair, clip, own, found, proof)) for pair in made]
    return Asked(film.name, film.name not in BOXES_ONLY, len(rows), (of_all, of_somebody), pairs, counted)


def _truth(row: dict[str, Any], people: Sequence[Person], detections: pa.Table, settings: Settings) -> pa.Table:
    """The true tracks of a clip, on its sampled frames."""
    sampled = clip_boxes(detections, row["clip_id"])
    here = [Person(person.times - row["start_s"], person.xyxy) for person in people]
    return true_tracks(with_camera(row, detections, settings.clips), here, sampled.frames, sampled.times, settings)


def agreement(verdicts: Mapping[str, int]) -> float:
    """Share of the pairs that the truth judges which it does not contradict; NaN where it judges none."""
    judged = verdicts["agree"] + verdicts["contradicted"]
    return verdicts["agree"] / judged if judged else math.nan


def report(asked: Sequence[Asked], settings: Settings) -> Section:
    """The section."""
    pairs = [(clip_id, pair) for one in asked for clip_id, pair in one.pairs]
    total = sum((one.verdicts for one in asked), Counter[str]())
    wrong = [(clip_id, judged) for clip_id, judged in pairs if judged.verdict == "contradicted"]
    return Section(
        "mot_answers",
        (_prose(settings),),
        (
            Table(
                ("sequence", "clips", "tracks", "of somebody", "pairs", *VERDICTS, "agreement", "agreement of facts"),
                tuple(_row(one) for one in asked),
            ),
            Table(
                ("clip", "kind", "cause", "question", "answer"),
                tuple(
                    (clip_id, judged.kind, judged.cause, judged.pair.question, _answer(judged.pair))
                    for clip_id, judged in wrong
                ),
                "The contradicted pairs:" if wrong else "No pair is contradicted.",
            ),
            Table(
                ("kind", "agree", "contradicted", "silent", "agreement"),
                tuple(fact_rows(sum((one.facts for one in asked if one.filmed), Counter()))),
                "All usable facts of the sequences with a video, held against the truth in the same way:",
            ),
        ),
        (
            Goal(
                "Answers that the truth does not contradict",
                100 * agreement(total),
                100 * AGREEMENT,
                digits=1,
                unit=" %",
            ),
        ),
        _notes(pairs, sum(one.clips for one in asked)),
    )


def _notes(pairs: Sequence[tuple[str, JudgedPair]], clip_count: int) -> tuple[str, ...]:
    silent = sum(judged.verdict == "silent" for _, judged in pairs)
    wrong = [judged for _, judged in pairs if judged.verdict == "contradicted"]
    unknown = sum(judged.cause.startswith(NOBODY) for judged in wrong)
    return (
        f"{len(pairs)} pairs of {clip_count} clips, {len(pairs) / max(1, clip_count):.1f} per clip; the truth says "
        f"nothing about {100 * silent / max(1, len(pairs)):.0f} % of them. One of those that it judges is "
        f"worth {100 / max(1, len(pairs) - silent):.1f} points.",
        f"{clip_count - len({clip_id for clip_id, _ in pairs})} clips have no pair: crowds, in which no description "
        "that facts prove singles anybody out.",
        f"{unknown} of the {len(wrong)} contradicted pairs are about {NOBODY}. The truth does not hold "
        f"everybody: on {STILL} the people far away are missing, and it begins once a person is wholly inside.",
    )


def _prose(settings: Settings) -> str:
    return (
        f"Each sequence with truth for people is cut into clips of {WINDOW_S:g} s, which go through the pipeline's own "
        f"stages with all settings at their defaults (but classes: {', '.join(CLASSES)}): the sequences with a video by "
        f"{spoken_spec(spec_of(settings))}, the others from public detections, of which nothing is known of the camera. "
        "Facts and questions are made of the tracks that are found; the true boxes on the same sampled frames, with the "
        "same camera, become facts in the same way. A track is of the person that it lies on in most of the frames "
        "that both share. The claims of each option are then held against the truth's facts about those people: a pair "
        "agrees if its right option is verified and no wrong one is, it is contradicted if its right option is, or if "
        "a wrong one is verified; of the others the truth says nothing. A claim about a track of nobody is wrong. "
        "Agreement = agree / (agree + contradicted)."
    )


def _row(one: Asked) -> tuple[Cell, ...]:
    found = one.verdicts
    facts = {v: sum(n for (_, verdict), n in one.facts.items() if verdict is v) for v in Verdict}
    upheld = facts[Verdict.VERIFIED] / max(1, facts[Verdict.VERIFIED] + facts[Verdict.CONTRADICTED])
    share = agreement(found)
    return (
        one.sequence, one.clips, *one.tracks, len(one.pairs), *(found[v] for v in VERDICTS),
        None if math.isnan(share) else share, upheld,
    )  # fmt: skip


def fact_rows(facts: Mapping[tuple[str, Verdict], int]) -> list[tuple[Cell, ...]]:
    """A row per kind of fact: its name, the number of each verdict, agreement."""
    rows: list[tuple[Cell, ...]] = []
    for kind in sorted({kind for kind, _ in facts}):
        good, bad, silent = (facts[kind, verdict] for verdict in Verdict)
        rows.append((kind, good, bad, silent, good / (good + bad) if good + bad else None))
    return rows


def _answer(pair: Pair) -> str:
    return pair.options[LETTERS.index(pair.answer)]
