"""`fm errors` on a processed corpus: faults, another version, the report; nothing else in the lake moves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import Fm

FEW = ("--sample", "2", "--faults", "id_switch,fragmentation", "--rates", "0.3,1.0")


def heads(fm: Fm) -> dict[str, bytes]:
    return {
        str(p.relative_to(fm.home)): p.read_bytes()
        for p in (fm.home / "lake" / "_heads").rglob("*.json")
        if p.parent.name != "error_propagation"
    }


def share(found: dict[str, Any], stage: str, name: str = "affected", **wanted: Any) -> list[float]:
    return [
        rate["value"]
        for rate in found["rates"]
        if (rate["stage"], rate["name"]) == (stage, name) and all(rate[k] == v for k, v in wanted.items())
    ]


def test_a_plain_run_does_not_inject_faults(demo: Fm) -> None:
    assert "error_propagation" not in demo.first_run  # type: ignore[attr-defined]
    assert "error_propagation" not in {s["stage"] for s in demo.json("status")["stages"]}


@pytest.mark.slow
def test_faults_are_injected_beside_the_lake_and_reported(copy: Fm, tmp_path: Path) -> None:
    before = heads(copy)
    page = tmp_path / "report.html"
    found = copy.json("errors", *FEW, "--html", str(page))
    assert {(r["fault"], r["rate"]) for r in found["rates"] if r["view"] == "faults"} == {
        (fault, rate) for fault in ("id_switch", "fragmentation") for rate in (0.3, 1.0)
    }
    assert share(found, "tracks", fault="fragmentation", rate=1.0) == [1.0]
    assert share(found, "motion_scores", fault="fragmentation", rate=1.0)[0] > 0
    text = page.read_text(encoding="utf-8")
    assert "data:image/png;base64," in text and "http" not in text.replace("http-equiv", "")
    assert text.count("<div class='example'>") >= 1 and "data:image/jpeg;base64," in text
    assert heads(copy) == before and not list(copy.home.glob(".errors-*"))

    again = copy.json("run", "--select", "error_propagation", "--set", "errors.sample=2", "--set",
                      'errors.faults=["id_switch","fragmentation"]', "--set", "errors.rates=[0.3,1.0]")  # fmt: skip
    assert again["error_propagation"]["reused"] == 1
    shown = copy.run("errors", *FEW)
    assert "fragmentation" in shown and "index.html" in shown

    stage = copy.home / "lake" / "error_propagation" / "corpus"
    assert len(list(stage.glob("*.parquet"))) == 1


@pytest.mark.slow
def test_versions_are_compared_once_there_are_two(copy: Fm) -> None:
    told = copy.run("errors", "--against", "previous", "--faults", "none", code=2)
    assert "nothing was replaced yet" in told
    assert "no variant" in copy.run("errors", "--against", "nobody", "--faults", "none", code=2)
    changed = ("--set", "motion.moving_min=0.9", "--set", "motion.moving_min_body=9")
    copy.json("run", "--select", "motion_scores+", *changed)
    found = copy.json("errors", "--against", "previous", "--faults", "none", *changed)
    assert share(found, "tracks", view="producers") == [0.0]
    assert share(found, "motion_scores", view="producers")[0] > 0.2
    assert share(found, "qa_pairs", view="producers")[0] > 0.2


def test_wrong_options_are_told(empty: Fm) -> None:
    assert "errors.faults" in empty.run("errors", "--faults", "gremlins", code=2)
    assert "errors.rates" in empty.run("errors", "--rates", "1.5", code=2)
    assert "no batch yet" in empty.run("errors", code=2)
