"""The motion calculus as a whole: tracks of any number of clips become facts, and abstentions with reasons."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, groupby

import numpy as np
import pyarrow as pa

from fm_assets.motion import allen, body, encounters, events, hands, kinematics, pairs, uncovering
from fm_assets.motion.clearance import clearances
from fm_assets.motion.counting import counts
from fm_assets.motion.movers import movers_of
from fm_assets.motion.rows import MOTION_SCORES
from fm_assets.motion.series import Track, tracks_of
from fm_assets.motion.statement import Result, Statement
from fm_assets.motion.vocabulary import KINDS
from fm_assets.settings import MotionSettings
from fm_resources.rows import canonical


@dataclass(frozen=True)
class Analysis:
    """What the calculus found.

    Attributes:
        facts: Canonical rows of `motion_scores`.
        abstentions: (kind, reason) -> how often nothing was stated, in order of kind and reason.
    """

    facts: pa.Table
    abstentions: dict[tuple[str, str], int]


def analyse(tracks: pa.Table, settings: MotionSettings) -> Analysis:
    """Facts of all clips of a `tracks` table.

    Args:
        tracks: Rows of `tracks` in canonical order.
        settings: Thresholds.
    """
    sink = _Sink()
    found = sorted(tracks_of(tracks, settings), key=lambda t: (t.row["clip_id"], _number(t.id)))
    if empty := tracks.num_rows - len(found):
        sink.silent("moving", "no boxes", empty)
    for _, group in groupby(found, key=lambda t: t.row["clip_id"]):
        _clip(list(group), settings, sink)
    return Analysis(sink.table(), dict(sorted(sink.abstentions.items())))


def fact_id(
    clip_id: str, kind: str, subject: str, other: str, interval: tuple[float, float], value: str, reference: str
) -> str:
    """Name of a fact: equal statements have equal names, whatever number and margin were measured.

    Args:
        clip_id: The clip.
        kind: Key of `vocabulary.KINDS`.
        subject: Track id without the clip's, or empty.
        other: The same of the object.
        interval: Seconds; tenths count.
        value: The value.
        reference: Frame of reference.
    """
    text = f"{kind}|{subject}|{other}|{_tenths(interval)}|{value}|{reference}"
    return f"{clip_id}.f-{hashlib.sha256(text.encode()).hexdigest()[:10]}"


@lru_cache(maxsize=1024)
def _tenths(interval: tuple[float, float]) -> str:
    """An interval as names of facts hold it; those of one clip share few."""
    return f"{interval[0]:.1f}|{interval[1]:.1f}"


def _clip(tracks: list[Track], settings: MotionSettings, sink: _Sink) -> None:
    begins: dict[str, Result] = {}
    ends: dict[str, Result] = {}
    speeds: dict[str, Result] = {}
    moving: dict[str, Result] = {}
    for track in tracks:
        appear, disappear = _unless_part(track, events.appear), _unless_part(track, events.disappear)
        begins[track.id], ends[track.id] = events.seen(appear), events.seen(disappear)
        motion = kinematics.statements(track, settings)
        still = isinstance(m := motion["moving"], Statement) and m.value == "stationary"
        if not still and uncovering.seems_to_move(track, tracks):
            motion = dict.fromkeys(motion, uncovering.REASON)
        speeds[track.id], moving[track.id] = motion["speed"], motion["moving"]
        own = {
            "class": events.class_name(track),
            "colour": events.colour(track),
            "appear": appear,
            "disappear": disappear,
            "scale_change": _unless_adrift(track) or events.scale_change(track, settings.min_points),
            **motion,
        }
        for kind, result in own.items():
            sink.put(kind, result, [track], track)
        for result in [_unless_adrift(track)] if _unless_adrift(track) else events.regions(track):
            sink.put("region", result, [track], track)
        for kind, results in body.statements(track, settings).items():
            for result in results:
                sink.put(kind, result, [track], track)
    wholes = [t for t in tracks if t.row["parent_track_id"] is None]  # a part is no object of its own to count
    for result, group in counts(wholes, begins, ends).values():
        sink.put("count", result, group)
    best = _best(tracks, settings.pair_tracks)
    _pairs(best, begins, speeds, settings, sink)
    _encounters(best, moving, sink)
    clear = clearances(best, begins, ends)
    for i, j, stated in clear.statements:
        sink.put("clearance", stated, [best[i], best[j]], best[i], best[j])
    for reason, times in clear.silence.items():
        sink.silent("clearance", reason, times)
    _orders(best, [allen.span(t, moving[t.id], begins[t.id], ends[t.id]) for t in best], sink)
    for hand, other, touch in hands.contacts(tracks):
        sink.put("contact", touch, [hand, other], hand, other)


def _unless_adrift(track: Track) -> str:
    """Why no position may be stated, or nothing."""
    return "camera not reliable" if track.row["frame_of_reference"] == "none" else ""


def _unless_part(track: Track, rule: Callable[[Track], Result]) -> Result:
    """What a rule says of a track's beginning or end; a part's say when its keypoints are sure, not when it comes."""
    return rule(track) if track.row["parent_track_id"] is None else "a part of another track"


def _best(tracks: list[Track], count: int) -> list[Track]:
    """The `count` best seen tracks, in their order; parts of others only where there is room left."""

    def rank(i: int) -> tuple[bool, float, int]:
        row = tracks[i].row
        return row["parent_track_id"] is not None, -row["observed"] * row["mean_score"], i

    ranked = sorted(range(len(tracks)), key=rank)
    return [tracks[i] for i in sorted(ranked[:count])]


def _pairs(
    tracks: list[Track],
    begins: dict[str, Result],
    speeds: dict[str, Result],
    settings: MotionSettings,
    sink: _Sink,
) -> None:
    if len(tracks) < 2:
        return
    common = pairs.together(tracks)
    noise = np.array([t.position_sigma for t in tracks])
    sigma = np.maximum(noise[common.first], noise[common.second])
    places, changes = pairs.relative_positions(common, sigma), pairs.distance_changes(common, sigma)
    for p, (i, j) in enumerate(zip(common.first.tolist(), common.second.tolist(), strict=True)):
        a, b = tracks[i], tracks[j]
        if _of_one(a, b):
            continue
        adrift = _unless_adrift(a)
        stated = adrift or places[p]
        for place in [stated] if isinstance(stated, str) else stated:
            sink.put("relative_position", place, [a, b], a, b)
        sink.put("distance_change", adrift or changes[p], [a, b], a, b)
        sink.put("order", pairs.order(begins[a.id], begins[b.id], settings.order_min_s), [a, b], a, b)
        sink.put("speed_order", pairs.speed_order(speeds[a.id], speeds[b.id]), [a, b], a, b)
        if a.row["class"] and a.row["class"] == b.row["class"]:  # a size word compares things of one name
            sink.put("size_order", pairs.size_order(a, b, settings.min_points), [a, b], a, b)


def _encounters(tracks: list[Track], moving: dict[str, Result], sink: _Sink) -> None:
    """Facts about pairs that both move; the others' are counted as not stated."""
    movers = [t for t in tracks if kinematics.follows_course(t, moving[t.id])]
    idle = len(tracks) * (len(tracks) - 1) // 2 - len(movers) * (len(movers) - 1) // 2
    for kind in encounters.KINDS if idle else ():
        sink.silent(kind, "one of them is not known to move", idle)
    if len(movers) < 2:
        return
    common = movers_of(movers, [m.margin for t in movers if isinstance(m := moving[t.id], Statement)])
    apart = np.array(
        [not _of_one(movers[i], movers[j]) for i, j in zip(common.first.tolist(), common.second.tolist(), strict=True)]
    )
    if not apart.all():
        common = common.only(apart)
    sides = [(movers[i], movers[j]) for i, j in zip(common.first.tolist(), common.second.tolist(), strict=True)]
    for kind, found in encounters.all_rules(common).items():
        for p, stated in found.statements:
            a, b = sides[p]
            known = kind == "contact" and hands.knows(a, b)
            sink.put(kind, "a hand's own track says what it touches" if known else stated, [a, b], a, b)
        for _, reason in found.silence:
            sink.silent(kind, reason)


def _orders(tracks: list[Track], spans: list[allen.Span | str], sink: _Sink) -> None:
    """Which of two moves before, while or after the other does."""
    for (a, first), (b, second) in combinations(zip(tracks, spans, strict=True), 2):
        if not _of_one(a, b):
            sink.put("movement_order", allen.relation(first, second), [a, b], a, b)


def _of_one(a: Track, b: Track) -> bool:
    """Whether one is a part of the other."""
    return bool(a.row["parent_track_id"] == b.id or b.row["parent_track_id"] == a.id)


class _Sink:
    """Collects statements as columns."""

    def __init__(self) -> None:
        self.cells: list[object] = []  # row after row; as tuples they would keep the garbage collector busy
        self.abstentions: Counter[tuple[str, str]] = Counter()

    def silent(self, kind: str, reason: str, times: int = 1) -> None:
        """Counts that nothing was stated."""
        self.abstentions[kind, reason] += times

    def put(
        self,
        kind: str,
        result: Result,
        evidence: Sequence[Track],
        subject: Track | None = None,
        other: Track | None = None,
    ) -> None:
        """Takes a statement, or counts the abstention."""
        if not isinstance(result, Statement):
            self.silent(kind, result)
            return
        value, margin, interval, frames, number, reference = result
        clip_id = evidence[0].row["clip_id"]
        first, mine = (subject.id, subject.name) if subject else (None, "")
        second, its = (other.id, other.name) if other else (None, "")
        confidence = evidence[0].confidence
        for track in evidence[1:]:
            confidence = min(confidence, track.confidence)
        self.cells.extend((
            fact_id(clip_id, kind, mine, its, interval, value, reference),
            clip_id, kind, first, second, *interval, value, number,
            KINDS[kind].unit, margin, confidence, reference, *frames,
        ))  # fmt: skip

    def table(self) -> pa.Table:
        """The statements as canonical rows."""
        plain = pa.schema([pa.field(f.name, f.type) for f in MOTION_SCORES])
        arrays = [pa.array(self.cells[k :: len(plain)], field.type) for k, field in enumerate(plain)]
        return canonical(pa.Table.from_arrays(arrays, schema=plain), MOTION_SCORES)


def _number(track_id: str) -> tuple[int, str]:
    digits = track_id.rpartition(".t")[2]
    return (int(digits) if digits.isdigit() else 1 << 30, track_id)
