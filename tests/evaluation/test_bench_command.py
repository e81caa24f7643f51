"""`fm bench quality` as a user runs it."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Fm


def test_a_section_is_measured_and_written_and_others_stay(empty: Fm) -> None:
    out = empty.folder / "docs" / "quality.md"
    out.parent.mkdir()
    out.write_text("<!-- fm bench quality: memory -->\n## Memory\n\nMeasured before.\n<!-- end of memory -->\n")
    found = empty.json("bench", "quality", "--section", "scenes", "--quick", "--out", str(out))
    (section,) = found["sections"]
    assert section["name"] == "scenes" and section["quick"]
    static = next(goal for goal in section["goals"] if "static" in goal["what"])
    assert 0.6 < static["value"] <= 1.0  # one ball that moves straight, found by background subtraction
    text = out.read_text()
    assert "## Tracking on rendered scenes" in text and "Measured before." in text
    assert "of 2 goals are met" in text and "A quick run" in text
    assert text.index("scenes -->") < text.index("memory -->")


def test_what_cannot_be_measured_is_said(empty: Fm) -> None:
    said = empty.run("bench", "quality", "--section", "tracking", "--quick", code=2, FM_TEST_DATA="")
    assert "skipped: needs the weights" in said and "nothing could be measured" in said
    said = empty.run("bench", "quality", "--section", "nothing", code=2)
    assert "there is no such section; sections are tracking, scenes" in said
    said = empty.run("bench", "quality", "--weights", "none.pt", code=2)
    assert "none.pt" in said and "exists" in said
    said = empty.run("bench", "quality", "--data", str(empty.folder / "none"), code=2)
    assert "there is no such folder" in said


@pytest.mark.slow
def test_sections_on_real_footage(shared_data: Path, empty: Fm) -> None:
    names = ["tracking", "camera", "detection", "retrack"]
    chosen = [part for name in names for part in ("--section", name)]
    out = empty.folder / "quality.md"
    found = empty.json(
        "bench",
        "quality",
        "--quick",
        "--data",
        str(shared_data),
        "--weights",
        "yolo11n_dq.pt",
        "--out",
        str(out),
        *chosen,
    )
    assert [section["name"] for section in found["sections"]] == names
    tracking, camera, detection, retrack = found["sections"]
    rows = tracking["tables"][0]["rows"]
    assert all(row["sequence"] == "MOT17-13" and 0.1 < row["HOTA"] < 1 for row in rows)
    changes = {row["what is changed"]: row["IDF1"] for row in tracking["tables"][1]["rows"]}
    assert changes["no camera transforms"] < changes["nothing"]
    assert (out.parent / "img" / "quality-tracking.png").stat().st_size > 1000
    assert all(goal["met"] for goal in camera["goals"])
    assert retrack["goals"][0]["value"] > 1
    assert detection["tables"][-1]["rows"][0]["boxes"] > 50
    assert str(shared_data) not in out.read_text()
