"""An object at rest that another one covers and uncovers does not move; one that passes behind another still does."""

from __future__ import annotations

import numpy as np
from motion_paths import sample_times, table, track_row

from fm_assets.motion import uncovering
from fm_assets.motion.facts import Analysis, analyse
from fm_assets.settings import MotionSettings

T = sample_times(6.0, 10.0)


def person(start: float = 0.2, end: float = 1.6) -> dict:
    path = np.stack([np.linspace(start, end, len(T)), np.full(len(T), 0.5)], axis=1)
    return track_row(T, path, number=0, size=0.4, class_name="person")


def resized(row: dict, left: np.ndarray) -> dict:
    """The row with the left edges (n,) of its boxes moved, frame heights."""
    height = row["height"]
    for point, edge in zip(row["boxes"], left, strict=True):
        point["x1"] = max(point["x1"], edge * height)
        point["cx"] = point["sx"] = (point["x1"] + point["x2"]) / 2
    return row


def said(analysis: Analysis, number: int) -> set[str]:
    kinds = ("moving", "direction", "trajectory_shape")
    rows = [f for f in analysis.facts.to_pylist() if f["kind"] in kinds and f["margin"] >= 1.5]
    return {f["value"] for f in rows if f["subject_track_id"].endswith(f".t{number}") and not f["object_track_id"]}


def test_a_table_that_a_person_uncovers_is_not_said_to_move() -> None:
    still = np.tile([1.0, 0.5], (len(T), 1))
    table_row = resized(track_row(T, still, number=1, size=0.5, class_name="table"), np.linspace(1.2, 0.75, len(T)))
    alone = analyse(table(table_row), MotionSettings())
    assert "moving" in said(alone, 1)  # nothing says that anybody passes
    found = analyse(table(person(), table_row), MotionSettings())
    assert said(found, 1) == set()
    assert found.abstentions["moving", uncovering.REASON] == 1
    assert "right" in said(found, 0)


def test_what_passes_behind_a_person_still_moves() -> None:
    path = np.stack([np.linspace(1.5, 0.3, len(T)), np.full(len(T), 0.55)], axis=1)
    found = analyse(table(person(), track_row(T, path, number=1, size=0.2, class_name="ball")), MotionSettings())
    assert {"moving", "left"} <= said(found, 1)
