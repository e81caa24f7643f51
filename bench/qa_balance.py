"""Measures which answers are frequent, and writes the table by which questions are balanced.

Facts of rendered scenes of every kind (exact boxes with noise of a pixel) are asked about, round after round: each
takes the table of the one before, counts how often every form of question could be asked with every right value and
how often that made a question, and solves for the next table (`fm_assets/qa/balance.py`).

Usage: python bench/qa_balance.py [--scenes 250] [--rounds 3] [--out fm_assets/qa/balance.json]
Prints, per round, questions and forms.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from fm_assets.captions.clipfacts import clips
from fm_assets.motion.claims import FactIndex
from fm_assets.motion.facts import analyse
from fm_assets.qa import balance
from fm_assets.qa.candidates import Candidate
from fm_assets.qa.pairs import compose
from fm_assets.scenes.generate import KINDS, make_scene
from fm_assets.scenes.tracks import true_tracks
from fm_assets.settings import MotionSettings

#: First seed of the scenes; no measurement of answers uses them.
FIRST_SEED = 52_000_000
NOISE_PX, QUOTA, MIN_MARGIN = 1.0, 10, 1.5
#: What is known of a form and a value that were never chosen: every second attempt makes a question.
PRIOR_SHIPPED, PRIOR_CHOSEN = 1, 2

Key = tuple[str, str]


@dataclass
class Counts:
    """How often a form could be asked with a value, was tried, made a question; and the wrong values it may have."""

    offered: Counter[Key] = field(default_factory=Counter)
    tried: Counter[Key] = field(default_factory=Counter)
    shipped: Counter[Key] = field(default_factory=Counter)
    sets: dict[Key, set[balance.Wrong]] = field(default_factory=lambda: defaultdict(set))

    def add(self, other: Counts) -> None:
        """Takes the counts of another clip."""
        self.offered.update(other.offered)
        self.tried.update(other.tried)
        self.shipped.update(other.shipped)
        for key, found in other.sets.items():
            self.sets[key] |= found

    def table(self) -> dict[str, dict[str, list[tuple[float, balance.Wrong]]]]:
        """The table that these counts ask for."""
        forms: dict[str, dict[str, float]] = defaultdict(dict)
        for (form, value), count in self.offered.items():
            key = form, value
            forms[form][value] = count * (self.shipped[key] + PRIOR_SHIPPED) / (self.tried[key] + PRIOR_CHOSEN)
        return {
            form: balance.solve(form, counts, {v: sorted(self.sets[form, v]) for v in counts})
            for form, counts in sorted(forms.items())
        }


def facts_of(scene: tuple[int, str]) -> pa.Table:
    """Facts of a scene."""
    number, kind = scene
    tracks = true_tracks(make_scene(FIRST_SEED + number, kind), f"{kind}-{number:08d}.c0", NOISE_PX)
    return analyse(tracks, MotionSettings()).facts


def asked(facts: pa.Table, table: balance.Table) -> Counts:
    """Asks about one clip by a table."""
    counts = Counts()

    def choose(
        form: str, value: str, sets: Sequence[balance.Wrong], *parts: object, unknown: bool = True
    ) -> balance.Wrong | None:
        counts.offered[form, value] += 1
        counts.sets[form, value].update(tuple(sorted(wrong)) for wrong in sets)
        return balance.choose_by(table, form, value, sets, *parts, unknown=unknown)

    def judged(candidate: Candidate, shipped: bool) -> None:
        if candidate.asked is not None:
            counts.tried[candidate.asked[:2]] += 1
            counts.shipped[candidate.asked[:2]] += shipped

    for clip in clips(facts, MIN_MARGIN):
        compose(clip, FactIndex(facts), QUOTA, choose, judged)
    return counts


def main() -> None:
    """Measures, prints and writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=int, default=250, help="scenes of each kind")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=balance.TABLE)
    wanted = parser.parse_args()
    table: balance.Table = {}
    with ProcessPoolExecutor() as pool:
        scenes = [(number, kind) for number in range(wanted.scenes) for kind in KINDS]
        facts = list(pool.map(facts_of, scenes, chunksize=8))
        for number in range(wanted.rounds):
            counts = Counts()
            for found in pool.map(asked, facts, [table] * len(facts), chunksize=32):
                counts.add(found)
            table = counts.table()
            print(f"round {number + 1}: {counts.shipped.total()} questions balanced, {len(table)} forms")
    made_by = f"bench/qa_balance.py --scenes {wanted.scenes} --rounds {wanted.rounds}"
    lines = [f"  {json.dumps(form)}: {json.dumps(values, separators=(',', ':'))}" for form, values in table.items()]
    forms = ",\n".join(lines)
    text = f'{{\n "made_by": {json.dumps(made_by)},\n "forms": {{\n{forms}\n }}\n}}\n'
    wanted.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
