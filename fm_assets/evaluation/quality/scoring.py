"""Tracking metrics of boxes against truth by roboflow's `trackers`, pooled over sequences as TrackEval does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fm_assets.evaluation.quality.section import Cell, Unavailable
from fm_resources.detector.agreement import iou

#: Overlap from which a box and a truth may be the same object, for MOTA, IDF1 and what is ignored.
SAME_IOU = 0.5

_MISSING = "needs {} of the extra `quality`: pip install 'foundationmotion[quality]'"


@dataclass(frozen=True)
class Labels:
    """Objects on the frames of a sequence.

    Attributes:
        ids: Per frame (n,) int64 object or track numbers.
        xyxy: Per frame (n, 4) float64 boxes, pixels.
        ignored: Per frame (n,) bool: truth that need not be found, nor counts against who finds it; None: no such.
    """

    ids: Sequence[np.ndarray]
    xyxy: Sequence[np.ndarray]
    ignored: Sequence[np.ndarray] | None = None


@dataclass(frozen=True)
class Scores:
    """Metrics by their usual names, as shares of 1 (IDSW: a count), and the counts that pooling needs."""

    hota: float
    deta: float
    assa: float
    idf1: float
    mota: float
    idsw: int
    counts: tuple[dict[str, Any], dict[str, Any], dict[str, Any]]


#: Headings of what `metric_cells` gives.
METRICS = ("HOTA", "DetA", "AssA", "IDF1", "MOTA", "IDSW")


def metric_cells(scores: Scores) -> tuple[Cell, ...]:
    """The metrics in the order of `METRICS`."""
    return scores.hota, scores.deta, scores.assa, scores.idf1, scores.mota, scores.idsw


def score(truth: Labels, seen: Labels) -> Scores:
    """Scores of one sequence.

    Raises:
        Unavailable: The extra `quality` is not installed.
    """
    clear, hota, identity = _metrics()
    true_ids, found_ids, overlaps = _matched(truth, seen)
    return _scores(
        clear.compute_clear_metrics(true_ids, found_ids, overlaps, threshold=SAME_IOU),
        hota.compute_hota_metrics(true_ids, found_ids, overlaps),
        identity.compute_identity_metrics(true_ids, found_ids, overlaps, threshold=SAME_IOU),
    )


def score_again(truth: Labels, seen: Labels) -> Scores:
    """Scores of one sequence by a second library, TrackEval; they cannot be pooled.

    Raises:
        Unavailable: The extra `quality` is not installed.
    """
    try:
        from trackeval.metrics import CLEAR, HOTA, Identity
    except ImportError:
        raise Unavailable(_MISSING.format("trackeval")) from None
    true_ids, found_ids, overlaps = _matched(truth, seen)
    data = {
        "num_timesteps": len(true_ids),
        "gt_ids": true_ids,
        "tracker_ids": found_ids,
        "similarity_scores": overlaps,
        "num_gt_dets": sum(map(len, true_ids)),
        "num_tracker_dets": sum(map(len, found_ids)),
        "num_gt_ids": _count(true_ids),
        "num_tracker_ids": _count(found_ids),
    }
    quiet = {"PRINT_CONFIG": False, "THRESHOLD": SAME_IOU}
    hota = {name: float(np.mean(values)) for name, values in HOTA().eval_sequence(data).items()}
    return _scores(CLEAR(quiet).eval_sequence(data), hota, Identity(quiet).eval_sequence(data))


def difference(one: Scores, other: Scores) -> float:
    """Largest difference of two scores in a share; ID switches count as shares of the boxes that are asked for."""
    shares = [abs(getattr(one, name) - getattr(other, name)) for name in ("hota", "deta", "assa", "idf1", "mota")]
    asked = max(1, one.counts[0]["CLR_TP"] + one.counts[0]["CLR_FN"])
    return max(*shares, abs(one.idsw - other.idsw) / asked)


def pooled(scores: Sequence[Scores]) -> Scores:
    """Scores over several sequences: of the summed counts, not the mean of the scores."""
    clear, hota, identity = _metrics()
    parts = list(zip(*(s.counts for s in scores), strict=True))
    return _scores(
        clear.aggregate_clear_metrics(list(parts[0])),
        hota.aggregate_hota_metrics(list(parts[1])),
        identity.aggregate_identity_metrics(list(parts[2])),
    )


def _metrics() -> tuple[Any, Any, Any]:
    try:
        from trackers.eval import clear, hota, identity
    except ImportError:
        raise Unavailable(_MISSING.format("trackers")) from None
    return clear, hota, identity


def _scores(clear: dict[str, Any], hota: dict[str, Any], identity: dict[str, Any]) -> Scores:
    return Scores(
        float(hota["HOTA"]),
        float(hota["DetA"]),
        float(hota["AssA"]),
        float(identity["IDF1"]),
        float(clear["MOTA"]),
        int(clear["IDSW"]),
        (clear, hota, identity),
    )


def _matched(truth: Labels, seen: Labels) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    """Per frame: truth numbers and found numbers, from 0 without holes, and overlaps (truth, found)."""
    kept = [_frame(truth, seen, k) for k in range(len(truth.ids))]
    true_ids, found_ids = (_renumbered([frame[i] for frame in kept]) for i in (0, 1))
    return true_ids, found_ids, [frame[2] for frame in kept]


def _count(ids: Sequence[np.ndarray]) -> int:
    return 1 + max((int(frame.max()) for frame in ids if len(frame)), default=-1)


def _frame(truth: Labels, seen: Labels, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Truth ids, found ids and overlaps (truth, found) of a frame, what is ignored left out."""
    from scipy.optimize import linear_sum_assignment

    overlap = iou(np.asarray(truth.xyxy[k])[:, None], np.asarray(seen.xyxy[k])[None])
    overlap = overlap.reshape(len(truth.ids[k]), len(seen.ids[k]))
    if truth.ignored is None or not truth.ignored[k].any():
        return truth.ids[k], seen.ids[k], overlap
    pairs = linear_sum_assignment(-np.where(overlap >= SAME_IOU, overlap, 0.0))
    spared = [j for i, j in zip(*pairs, strict=True) if truth.ignored[k][i] and overlap[i, j] >= SAME_IOU]
    found = np.setdiff1d(np.arange(len(seen.ids[k])), spared)
    asked = ~truth.ignored[k]
    return truth.ids[k][asked], seen.ids[k][found], overlap[asked][:, found]


def _renumbered(ids: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The same numbers from 0 without holes."""
    known = np.unique(np.concatenate([np.zeros(0, np.int64), *ids]))
    return [np.searchsorted(known, frame) for frame in ids]
