"""Facts about pairs from the true boxes of rendered scenes against the closed paths that the scenes were made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from motion_paths import table
from test_motion_scenes import track_rows

from fm_assets.motion.facts import analyse
from fm_assets.scenes.generate import make_scene
from fm_assets.scenes.spec import ObjectSpec
from fm_assets.settings import MotionSettings

SEEDS = range(100, 110)
KINDS = ("crossing", "occlusion", "entering", "mixed", "pan", "zoom", "shake")
HZ = 100
#: Ends of movements this close may be told either way, seconds.
EITHER_WAY = (0.1, 0.35)


class Pair:
    """Exact positions and velocities of both over an interval."""

    def __init__(self, objects: tuple[ObjectSpec, ObjectSpec], fact: dict) -> None:
        self.fact, self.objects = fact, objects
        self.t = np.linspace(fact["t0"], fact["t1"], max(3, round((fact["t1"] - fact["t0"]) * HZ)))
        self.a, self.b = (o.trajectory.position(o.share(self.t)) for o in objects)
        self.va, self.vb = (np.gradient(p, self.t, axis=0) for p in (self.a, self.b))
        self.offset = self.a - self.b

    @property
    def reach(self) -> float:
        """Largest distance at which both could touch, frame heights."""
        return 0.75 * sum(o.size * max(1.0, o.growth) for o in self.objects)


def co_movement(p: Pair) -> bool:
    r = np.sum(p.va * p.vb) / np.sqrt(np.sum(p.va**2) * np.sum(p.vb**2))
    return bool(r > 0.75 if p.fact["value"] == "together" else r < -0.75)


def cross(p: Pair) -> bool:
    paths = np.hypot(*(p.a[::5, None] - p.b[None, ::5]).transpose(2, 0, 1)).min()
    swapped = p.offset[0] @ p.offset[-1] < 0 and np.hypot(*p.offset.T).min() < p.reach
    return bool(paths < 0.03 or swapped)


def follow(p: Pair) -> bool:
    heading = p.va / np.hypot(*p.va.T)[:, None] + p.vb / np.hypot(*p.vb.T)[:, None]
    behind = np.mean(np.sum(p.offset * heading, axis=1)) < 0
    distance = np.hypot(*p.offset.T)
    return bool(behind == (p.fact["value"] == "follows") and distance.max() / distance.min() < 1.7)


def passing(p: Pair) -> bool:
    way = (p.a[-1] - p.a[0]) + (p.b[-1] - p.b[0])
    first, last = p.offset[0] @ way, p.offset[-1] @ way
    return bool(first < 0 < last if p.fact["value"] == "passes" else last < 0 < first)


AGREES: dict[str, Callable[[Pair], bool]] = {
    "co_movement": co_movement, "cross": cross, "follow": follow, "pass": passing,
}  # fmt: skip
#: Signs of the difference of starts, and of ends.
SIGNS = {
    "before": (-1, -1), "meets": (-1, -1), "after": (1, 1), "met_by": (1, 1), "overlaps": (-1, -1),
    "finished_by": (-1, 0), "contains": (-1, 1), "starts": (0, -1), "equals": (0, 0), "started_by": (0, 1),
    "during": (1, -1), "finishes": (1, 0), "overlapped_by": (1, 1),
}  # fmt: skip


def span(obj: ObjectSpec, row: dict) -> tuple[float, float]:
    """When the object moves while it is seen."""
    t = np.arange(row["start_s"], row["end_s"], 1 / HZ)
    speed = np.hypot(*np.gradient(obj.trajectory.position(obj.share(t)), t, axis=0).T)
    fast = t[speed > 0.15 * np.percentile(speed, 90)]
    return float(fast[0]), float(fast[-1])


def in_order(value: str, a: tuple[float, float], b: tuple[float, float]) -> bool:
    for sign, x, y in zip(SIGNS[value], a, b, strict=True):
        gap = abs(x - y)
        told = {0} if gap < EITHER_WAY[0] else {1 if x > y else -1} if gap > EITHER_WAY[1] else {-1, 0, 1}
        if sign not in told:
            return False
    return True


@pytest.mark.parametrize("noise_px", [0.0, 1.0])
def test_usable_facts_about_pairs_agree_with_the_paths(noise_px: float) -> None:
    judged: Counter[str] = Counter()
    wrong = []
    for kind in KINDS:
        for seed in SEEDS:
            spec = make_scene(seed, kind)
            rows = list(track_rows(spec, f"{kind}-{seed}.c0", noise_px))
            known = {row["track_id"]: (obj, row) for row, obj in zip(rows, spec.objects, strict=True)}
            for fact in analyse(table(*rows), MotionSettings()).facts.to_pylist():
                if fact["margin"] < 1.5 or fact["object_track_id"] is None:
                    continue
                (a, one), (b, other) = (known[fact[side]] for side in ("subject_track_id", "object_track_id"))
                if fact["kind"] in AGREES:
                    right = AGREES[fact["kind"]](Pair((a, b), fact))
                elif fact["kind"] == "movement_order":
                    right = in_order(fact["value"], span(a, one), span(b, other))
                else:
                    continue
                judged[fact["kind"]] += 1
                if not right:
                    wrong.append(fact)
    assert wrong == []
    assert judged["cross"] >= 5, judged
    assert judged["co_movement"] >= 15, judged
    assert judged["movement_order"] >= 30, judged
