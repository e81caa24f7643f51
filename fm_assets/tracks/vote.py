"""What a track is, by vote of its boxes."""

from __future__ import annotations

import numpy as np


def elect(candidates: np.ndarray, weights: np.ndarray) -> tuple[str, float]:
    """The candidate with the most weight, and its share of all weight.

    Args:
        candidates: (n,) strings; empty ones do not vote.
        weights: (n,) weights, not negative.

    Returns:
        `(candidate, share)`; on equal weights the first by name; `("", 0.0)` without a vote.
    """
    voting = candidates != ""
    names, ballots = np.unique(candidates[voting].astype(str), return_inverse=True)
    if len(names) == 0:
        return "", 0.0
    sums = np.round(np.bincount(ballots, weights=weights[voting], minlength=len(names)), 9)
    total = float(sums.sum())
    best = int(sums.argmax())
    return str(names[best]), float(sums[best] / total) if total > 0 else 1.0 / len(names)
