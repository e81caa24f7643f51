"""A variant becomes main and goes back again; nothing is computed on either way."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

#: A variant of questions alone is quick to make.
NAME, SETTING = "few", "qa.pairs_per_clip=3"
CONFIG = '# our settings\n[detector]\nbackend = "motion"  # no download\n\n[qa]\n# as the paper has it\npairs_per_clip = 10  # ten\n'


def artifacts(home: Path) -> dict[str, str]:
    """Artifact file -> hash."""
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted((home / "lake").glob("*/*/*.parquet"))}


def computed(counts: dict) -> int:
    return sum(stage["computed"] for stage in counts.values())


def export(home: Path, name: str) -> dict[str, str]:
    folder = home / "exports" / name
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()
    }


@pytest.mark.slow
def test_promoting_and_going_back_computes_nothing(copy) -> None:
    copy.configure(CONFIG)
    copy.json("variant", "create", NAME, "--set", SETTING, "--note", "a few")
    files, main, beside = artifacts(copy.home), export(copy.home, "training"), export(copy.home, f"training-{NAME}")
    questions = copy.sql("SELECT qa_id FROM qa ORDER BY qa_id")
    few = copy.sql(
        f"SELECT qa_id FROM variant_artifacts JOIN raw_qa_pairs USING (artifact_id) WHERE variant = '{NAME}' ORDER BY qa_id"
    )
    assert main != beside and len(few) == 12 < len(questions)

    promoted = copy.json("variant", "promote", NAME)
    assert promoted["kept_as"] == f"before-{NAME}"
    assert promoted["changed"] == ["-pairs_per_clip = 10  # ten", "+pairs_per_clip = 3  # ten"]
    assert computed(promoted["stages"]) == 0
    assert (copy.folder / "fm.toml").read_text() == CONFIG.replace("= 10 ", "= 3 ")
    assert copy.sql("SELECT qa_id FROM qa ORDER BY qa_id") == few
    assert computed(copy.json("run")) == 0
    assert (export(copy.home, "training"), export(copy.home, f"training-before-{NAME}")) == (beside, main)
    (kept,) = copy.json("variant", "list")
    assert (kept["name"], kept["overrides"]) == (f"before-{NAME}", {"qa.pairs_per_clip": 10})
    assert kept["states"].keys() == {"current"} and kept["pairs"] == len(questions)
    told = copy.json("diff", "qa", f"before-{NAME}", "main")
    assert (told["items"]["in_a"], told["items"]["in_b"]) == (len(questions), 12)

    back = copy.json("variant", "promote", f"before-{NAME}")
    assert (computed(back["stages"]), back["kept_as"]) == (0, NAME)
    assert (copy.folder / "fm.toml").read_text() == CONFIG
    assert computed(copy.json("run")) == 0
    assert copy.sql("SELECT qa_id FROM qa ORDER BY qa_id") == questions
    assert (export(copy.home, "training"), export(copy.home, f"training-{NAME}")) == (main, beside)
    assert artifacts(copy.home) == files  # none made, moved or overwritten on the way

    dropped = copy.json("variant", "drop", NAME)
    assert dropped == {
        "dropped": NAME,
        "export_removed": True,
        "left_artifacts": 6,
        "left_bytes": dropped["left_bytes"],
    }
    assert artifacts(copy.home) == files
    assert copy.json("variant", "list") == []
    assert copy.sql("SELECT * FROM variant_heads") == []
    assert not list((copy.home / "lake" / "_heads").glob(f"*{NAME}*")) and not list((copy.home / "exports").glob("*-*"))
    again = copy.json("variant", "create", NAME, "--set", SETTING)
    assert {stage: c["computed"] for stage, c in again.items()} == {
        "qa_pairs": 0, "benchmark_splits": 0, "training_export": 1,  # its files were removed, its rows were not
    }  # fmt: skip


@pytest.mark.slow
def test_what_cannot_become_main_is_told_and_changes_nothing(copy) -> None:
    copy.json("variant", "create", NAME, "--set", SETTING, "--no-run")
    before = (copy.folder / "fm.toml").read_text()
    assert f"`fm run --variant {NAME}`" in copy.run("variant", "promote", NAME, code=2)
    copy.run("run", "--variant", NAME)
    text = copy.run("variant", "promote", NAME, code=2, FM_QA__PAIRS_PER_CLIP="10")
    assert "FM_QA__PAIRS_PER_CLIP in the environment overrides fm.toml" in text
    assert (copy.folder / "fm.toml").read_text() == before
    assert sorted(p.name for p in copy.folder.iterdir()) == ["fm.toml", "home"]
    assert [v["name"] for v in copy.json("variant", "list")] == [NAME]
    copy.configure(before + "[qa]\npairs_per_clip = 3\n")
    assert "makes what main makes" in copy.run("variant", "promote", NAME, code=2)
    assert "makes what main makes" in copy.run("run", "--variant", NAME, code=2)
