"""The document of `fm bench quality`: sections between markers, goals, and what is said when nothing is there."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from fm_assets.evaluation.quality.document import HEAD, between, head, put, render
from fm_assets.evaluation.quality.machine import made_on
from fm_assets.evaluation.quality.registry import ENTRIES, TITLES
from fm_assets.evaluation.quality.section import Bench, Goal, Section, Table, Unavailable, changed
from fm_assets.settings import load_settings

ORDER = [HEAD, "one", "two", "three"]


def section(value: float, quick: bool = False) -> Section:
    table = Table(
        ("tracker", "HOTA", "switches"), (("bytetrack", 0.51239, 3), ("a|b", 0.5, 12)), "A caption.", {"HOTA": 2}
    )
    return Section("two", ("Prose.",), (table,), (Goal("HOTA", value, 0.8),), ("A note.",), quick=quick, seconds=120)


@pytest.mark.parametrize(
    ("goal", "met"),
    [
        (Goal("least", 0.8, 0.8), True),
        (Goal("least", 0.79999, 0.8), False),
        (Goal("most", 1.5, 1.5, "<="), True),
        (Goal("most", 1.6, 1.5, "<="), False),
        (Goal("never measured", math.nan, 0.0), False),
        (Goal("never measured", math.nan, 0.0, "<="), False),
    ],
)
def test_goals_are_held_against_unrounded_figures(goal: Goal, met: bool) -> None:
    assert goal.met is met
    assert goal.as_dict()["met"] is met
    assert goal.as_dict()["value"] is None or not math.isnan(goal.value)


def test_a_section_shows_goals_beside_figures() -> None:
    text = render(section(0.7), "Tracks", "on a machine.")
    assert "## Tracks\n" in text
    assert "| HOTA | >= 0.80 | 0.70 | **missed** |" in text
    assert "A caption.\n\n| tracker | HOTA | switches |\n| --- | ---: | ---: |\n| bytetrack | 0.51 | 3 |" in text
    assert "| a\\|b | 0.50 | 12 |" in text
    assert "*Measured in 2.0 min: on a machine.*" in text
    assert "quick run" not in text and "quick run" in render(section(0.7, quick=True), "Tracks", "")


def test_a_row_must_fit_its_table() -> None:
    with pytest.raises(ValueError, match="1 cells for 2 columns"):
        Table(("a", "b"), (("x",),))


def test_a_section_is_replaced_and_the_others_kept() -> None:
    document = put("", "two", "second", ORDER)
    document = put(document, "three", "third", ORDER)
    document = put(document, "one", "first", ORDER)
    document = put(document, HEAD, "# Head", ORDER)
    assert [between(document, name) for name in ORDER] == ["# Head", "first", "second", "third"]
    places = [document.index(text) for text in ("# Head", "first", "second", "third")]
    assert places == sorted(places)
    again = put(document, "two", "changed", ORDER)
    assert again == document.replace("second", "changed")
    assert put(again, "two", "second", ORDER) == document


def test_words_of_a_hand_between_sections_stay() -> None:
    document = put(put("", "one", "first", ORDER), "three", "third", ORDER)
    document = document.replace("<!-- end of one -->", "<!-- end of one -->\n\nA remark.")
    document = put(document, "two", "second", ORDER)
    assert "A remark." in document
    assert "A remark." in put(document, "one", "new", ORDER)


def test_broken_markers_are_named() -> None:
    document = put("", "one", "first", ORDER).replace("<!-- end of one -->", "")
    with pytest.raises(ValueError, match="markers of section 'one' are broken"):
        put(document, "one", "new", ORDER)


def test_the_head_counts_goals_of_all_sections() -> None:
    titles = {"one": "First", "two": "Second", "three": "Third"}
    document = put("", "one", render(section(0.9), "First", ""), ORDER)
    document = put(document, "two", render(section(0.7), "Second", ""), ORDER)
    text = head(document, titles, "fm bench quality")
    assert "**1 of 2 goals are met.** Missed:" in text
    assert "- Second: HOTA" in text
    assert "Not measured: Third." in text


def test_the_machine_is_described_without_naming_it() -> None:
    import platform

    text = made_on()
    assert "cores" in text and "torch" in text
    assert platform.node() not in text and str(Path.home()) not in text


def test_missing_data_is_said(tmp_path: Path) -> None:
    bench = Bench(load_settings(env={}), None, None, True, tmp_path, tmp_path, lambda _: None)
    with pytest.raises(Unavailable, match="FM_TEST_DATA"):
        bench.need_data("mot")
    with pytest.raises(Unavailable, match="--weights"):
        bench.need_weights()
    with pytest.raises(Unavailable, match="needs mot/X"):
        Bench(bench.settings, tmp_path, None, True, tmp_path, tmp_path, print).need_data("mot", "X")


def test_changed_settings_are_validated() -> None:
    settings = load_settings(env={})
    assert changed(settings, detections={"fps": 5}).detections.fps == 5
    assert changed(settings, detections={"fps": 5}).detections.iou == settings.detections.iou
    with pytest.raises(ValueError, match="iou"):
        changed(settings, detections={"iou": 7})


def test_every_section_has_its_module() -> None:
    import importlib

    assert list(TITLES) == [entry.name for entry in ENTRIES]
    for entry in ENTRIES:
        assert callable(importlib.import_module(entry.module).measure), entry.name
