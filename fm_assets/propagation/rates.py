"""Shares of what changed, per stage and kind, with intervals that know that items of one video err together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pyarrow as pa

from fm_assets.propagation.change import COMPARED
from fm_assets.propagation.measure import Measure
from fm_assets.scenes.seeds import rng_of

#: Resamples of the videos, and the share of them that an interval holds.
RESAMPLES, INTERVAL = 1000, 0.95
#: Shares of the items before: what became of them. `affected` is all but `unchanged` and `moved`.
SHARES: dict[str, tuple[str, ...]] = {
    "affected": ("changed", "flipped", "vanished"),
    "moved": ("moved",),
    "changed": ("changed",),
    "flipped": ("flipped",),
    "vanished": ("vanished",),
    "new": ("new",),
}


@dataclass(frozen=True)
class Rate:
    """A share over several videos.

    Attributes:
        view: `faults`, `truth` or `producers`.
        fault: The injected fault, or empty.
        rate: Its rate.
        stage: The stage.
        kind: Sort of items; empty: all of the stage.
        name: Key of `SHARES`, or the name of a `Measure`.
        value: The share; NaN where there is nothing to take it of.
        low: Lower end of the 95 % interval (percentiles of the bootstrap over videos).
        high: Upper end.
        right: Numerator.
        of: Denominator: items before, or what was judged.
        videos: Videos that it is of.
    """

    view: str
    fault: str
    rate: float
    stage: str
    kind: str
    name: str
    value: float
    low: float
    high: float
    right: float
    of: float
    videos: int


def share(right: np.ndarray, of: np.ndarray, seed: int) -> tuple[float, float, float]:
    """A share of sums over videos with its interval, by the bootstrap that draws whole videos (Efron 1979).

    Videos are drawn alike for the same number of them and seed, so that shares of one sample move together.

    Args:
        right: (v,) numerators per video.
        of: (v,) denominators per video.
        seed: Seed.

    Returns:
        `(value, low, high)`; NaN where the denominators sum to 0.
    """
    if not of.sum() > 0:
        return float("nan"), float("nan"), float("nan")
    weights = _resamples(len(of), seed)
    sums = weights @ of
    shares = (weights @ right)[sums > 0] / sums[sums > 0]
    low, high = np.quantile(shares, [(1 - INTERVAL) / 2, (1 + INTERVAL) / 2])
    return float(right.sum() / of.sum()), float(low), float(high)


@lru_cache(maxsize=8)
def _resamples(videos: int, seed: int) -> np.ndarray:
    """How often (resamples, videos) each video is drawn."""
    drawn = rng_of("share", seed, videos).multinomial(videos, np.full(videos, 1 / videos), size=RESAMPLES)
    return drawn.astype(np.float64)


def change_rates(rows: pa.Table, seed: int) -> list[Rate]:
    """Shares of what changed, of all items of a stage and by kind.

    Args:
        rows: Rows of `error_propagation`.
        seed: Seed of the intervals.
    """
    names = ["view", "fault", "rate", "stage", "kind", "change", "video_id"]
    sums = rows.group_by(names).aggregate([("items", "sum")]).to_pylist()
    groups: dict[tuple[str, str, float], list[dict]] = defaultdict(list)
    for entry in sums:
        groups[entry["view"], entry["fault"], entry["rate"]].append(entry)
    found: list[Rate] = []
    for (view, fault, rate), entries in sorted(groups.items()):
        videos = {v: i for i, v in enumerate(sorted({e["video_id"] for e in entries}))}
        for stage in COMPARED:
            of_stage = [e for e in entries if e["stage"] == stage]
            for kind in ("", *sorted({e["kind"] for e in of_stage})):
                counted = [e for e in of_stage if kind in ("", e["kind"])]
                found += _of_items(counted, videos, (view, fault, rate, stage, kind), seed)
    return found


def _of_items(
    entries: Sequence[dict], videos: dict[str, int], head: tuple[str, str, float, str, str], seed: int
) -> Iterable[Rate]:
    counts: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(len(videos)))
    for entry in entries:
        counts[entry["change"]][videos[entry["video_id"]]] += entry["items_sum"]
    before = sum((n for change, n in counts.items() if change != "new"), np.zeros(len(videos)))
    for name, changes in SHARES.items():
        right = sum((counts[change] for change in changes), np.zeros(len(videos)))
        yield Rate(*head, name, *share(right, before, seed), float(right.sum()), float(before.sum()), len(videos))


def measure_rates(measures: Iterable[Measure], seed: int) -> list[Rate]:
    """Shares against truth: precision, recall, accuracy, IDF1 of the sums over videos; HOTA as the mean.

    Args:
        measures: Those of all videos.
        seed: Seed of the intervals.
    """
    groups: dict[tuple[str, float, str, str], list[Measure]] = defaultdict(list)
    for measure in measures:
        groups[measure.fault, measure.rate, measure.stage, measure.name].append(measure)
    found = []
    for (fault, rate, stage, name), own in groups.items():
        ordered = sorted(own, key=lambda m: m.video_id)
        right, of = (np.array([getattr(m, part) for m in ordered]) for part in ("right", "of"))
        found.append(
            Rate(
                "truth",
                fault,
                rate,
                stage,
                "",
                name,
                *share(right, of, seed),
                float(right.sum()),
                float(of.sum()),
                len(of),
            )
        )
    return sorted(found, key=lambda r: (r.fault, r.rate, COMPARED.index(r.stage), r.name))


def falling(rates: Iterable[Rate]) -> list[tuple[Rate, Rate]]:
    """Neighbouring doses of a fault of which the higher one affects less of a stage than the lower one's interval allows."""
    lines: dict[tuple[str, str], list[Rate]] = defaultdict(list)
    for rate in rates:
        if (rate.view, rate.kind, rate.name) == ("faults", "", "affected") and rate.of > 0:
            lines[rate.fault, rate.stage].append(rate)
    ordered = [sorted(line, key=lambda r: r.rate) for line in lines.values()]
    return [(low, high) for line in ordered for low, high in pairwise(line) if high.value < low.low]
