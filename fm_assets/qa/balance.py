"""Which true facts are asked about, and beside which wrong values, so that wording alone betrays no answer.

Most objects are there from the start, most paths are straight: whoever knows that much answers without looking. So
the frequent answers are asked about less often. Let pi(v) be how often a form of question could be asked with the
right value v, and w(v, S) how often it is asked with v right among the four values S. `solve` finds the largest
sum of w with sum over S of w(v, S) <= pi(v) and w(v, S) <= c sum over u of w(u, S): whatever four values are shown,
none of them is right in more than a share c of all such questions. c is 1/4 where four values occur often enough.

The table is measured by `python bench/qa_balance.py` on rendered scenes. What is asked is picked by it, never what is
true. A form that it does not know is asked without regard to it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from fm_assets.captions.language import seed, shuffled

#: Wrong values of one question.
Wrong = tuple[str, ...]
#: Form of question -> right value -> how often it is asked, of 1, beside which wrong values.
Table = Mapping[str, Mapping[str, Sequence[tuple[float, Wrong]]]]

TABLE = Path(__file__).with_name("balance.json")
#: Shares that one of four shown values may have, in turn, until a form yields this part of what the last one allows.
CAPS, ENOUGH = (0.26, 0.28, 0.3), 0.15
#: Forms of which few values occur, and the share that one may have there: of three it is a third at least.
FEW, FEW_CAP = ("repetitions", "turns", "appear_time", "disappear_time"), 0.34


class Asked(NamedTuple):
    """A form of question, its right value, and the wrong ones that stand beside it."""

    form: str
    value: str
    wrong: Wrong


class Chooser(Protocol):
    """Decides whether a question is asked, and beside which wrong values."""

    def __call__(
        self, form: str, value: str, sets: Sequence[Wrong], *parts: object, unknown: bool = True
    ) -> Wrong | None:
        """The wrong values, of `sets`; None where the question is not asked.

        Args:
            form: Form of question.
            value: The right value.
            sets: Wrong values that may stand beside it.
            parts: What seeds the choice.
            unknown: Whether a value is asked about that the table does not know of a form that it knows.
        """


@cache
def table() -> Table:
    """The measured table."""
    loaded = json.loads(TABLE.read_text(encoding="utf-8"))
    return {
        form: {v: [(share, tuple(wrong)) for share, wrong in ways] for v, ways in values.items()}
        for form, values in loaded["forms"].items()
    }


def choose(form: str, value: str, sets: Sequence[Wrong], *parts: object, unknown: bool = True) -> Wrong | None:
    """A `Chooser` by the measured table."""
    return choose_by(table(), form, value, sets, *parts, unknown=unknown)


def choose_by(
    by: Table, form: str, value: str, sets: Sequence[Wrong], *parts: object, unknown: bool = True
) -> Wrong | None:
    """The choice that a table makes; see `Chooser`."""
    ways = by.get(form, {}).get(value)
    if ways is None:
        return shuffled(sets, form, value, *parts)[0] if sets and (unknown or form not in by) else None
    drawn = seed(form, value, *parts, "asked") / 2**64
    for share, wrong in ways:
        if drawn < share:
            return wrong if any(set(wrong) == set(allowed) for allowed in sets) else None
        drawn -= share
    return None


def solve(
    form: str, counts: Mapping[str, float], sets: Mapping[str, Sequence[Wrong]]
) -> dict[str, list[tuple[float, Wrong]]]:
    """How often each right value is asked about beside which wrong values, of 1 per value.

    Args:
        form: The form.
        counts: How often the form could be asked with each right value.
        sets: Per right value the wrong values that may stand beside it.
    """
    total = sum(counts.values())
    prior = {v: n / total for v, n in sorted(counts.items()) if n}
    ways = [(v, wrong) for v in prior for wrong in sorted(set(map(_sorted, sets[v])))]
    caps = (*CAPS, FEW_CAP) if form in FEW else CAPS
    shares = [_largest(prior, ways, cap) for cap in caps]
    enough = ENOUGH * shares[-1].sum()
    best = next(w for w in shares if w.sum() >= enough - 1e-12)
    found: dict[str, list[tuple[float, Wrong]]] = {v: [] for v in prior}
    for (value, wrong), share in zip(ways, best / [prior[v] for v, _ in ways], strict=True):
        if round(float(share), 4) > 0:
            found[value].append((round(float(share), 4), wrong))
    return found


def _sorted(wrong: Wrong) -> Wrong:
    return tuple(sorted(wrong))


def _largest(prior: Mapping[str, float], ways: Sequence[tuple[str, Wrong]], cap: float) -> np.ndarray:
    """Solution (n,) of the linear programme for one cap, the mean of several equally good ones."""
    from scipy.optimize import linprog

    shown = [frozenset((v, *wrong)) for v, wrong in ways]
    same = np.array([[a == b for b in shown] for a in shown], float)
    values = list(prior)
    of_value = np.array([[v == value for v, _ in ways] for value in values], float)
    bounds = np.concatenate([np.eye(len(ways)) - cap * same, of_value])
    limits = np.concatenate([np.zeros(len(ways)), [prior[v] for v in values]])
    rng = np.random.default_rng(len(ways))
    tilts = 1 + 0.01 * rng.random((16, len(ways)))  # a programme has many optima: their mean shows more sets
    found = [np.asarray(linprog(-tilt, A_ub=bounds, b_ub=limits, method="highs").x) for tilt in tilts]
    return np.mean(found, axis=0)
