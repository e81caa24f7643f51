"""The SQL of audits runs in a plain DuckDB shell, as its own comments say, and goes by indexes."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from fm_resources.catalog import Catalog
from fm_resources.data import data_file
from fm_resources.lake import Lake

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((data_file("sql") / "audits").glob("*.sql"))
#: Those that look at all that a producer or a variant made.
WIDE = {
    "producer", "producer_below", "producer_splits", "export_artifacts", "export_producers", "diff_side", "variant_holds",
}  # fmt: skip
#: Those that find nothing in a corpus without variants.
EMPTY = {"variant_holds", "artifact_variants"}
#: Tables that grow with the corpus, and are asked by an indexed name.
BIG = ("raw_qa_pairs", "raw_motion_scores", "raw_artifact_inputs", "raw_receipts", "raw_benchmark_splits", "heads")


def settings_of(text: str) -> list[str]:
    """The `SET VARIABLE` statements of a file's comment."""
    comment = " ".join(line[2:].strip() for line in text.splitlines() if line.startswith("--"))
    return re.findall(r"SET VARIABLE [^;]+;", comment)


@pytest.fixture(scope="module")
def names(demo) -> dict[str, Any]:
    """Values of the variables that find something in the corpus."""
    pair = demo.json("audit", "qa", demo.sql("SELECT qa_id FROM qa ORDER BY qa_id")[0]["qa_id"])
    made = {entry["stage"]: entry for entry in pair["chain"]}
    return {
        "qa_id": pair["pair"]["qa_id"],
        "artifact_id": pair["pair"]["artifact_id"],
        "successor_id": pair["pair"]["artifact_id"],
        "video_id": pair["pair"]["video_id"],
        "clip_id": pair["pair"]["clip_id"],
        "clips_artifact_id": made["filtered_clips"]["artifact_id"],
        "tracks_artifact_id": made["tracks"]["artifact_id"],
        "producer_id": made["tracks"]["producer_id"],
        "t": 1.5,
        "stage": "qa_pairs",
        "side": "main",
        "variant": "none",
    }


BEGINNINGS = {"qa_find": "qa_id", "video_find": "video_id", "clip_find": "clip_id", "producer_find": "producer_id"}


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_runs_in_a_plain_shell_as_its_comment_says(demo, names, file: Path) -> None:
    text = file.read_text()
    variables = [re.match(r"SET VARIABLE (\w+)", line).group(1) for line in settings_of(text)]  # type: ignore[union-attr]
    body = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    inside = set(re.findall(r"SET VARIABLE (\w+)", body))
    assert set(re.findall(r"getvariable\('(\w+)'\)", body)) - inside == set(variables), "the comment sets what it reads"
    assert f".read sql/audits/{file.name}" in text
    with duckdb.connect(str(demo.home / "catalog.duckdb"), read_only=True) as shell:
        for line in settings_of(text):
            shell.execute(line)
        shell.execute(text).fetchall()
        for name in variables:
            value = names[BEGINNINGS[file.stem]][:14] if name == "beginning" else names[name]
            shell.execute(f"SET VARIABLE {name} = ?", [value])
        assert bool(shell.execute(text).fetchall()) == (file.stem not in EMPTY), "finds what there is"


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Path:
    """A synthetic catalog of 1,000 videos."""
    spec = importlib.util.spec_from_file_location("audit_scale", ROOT / "bench" / "audit_scale.py")
    assert spec is not None and spec.loader is not None
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    folder = tmp_path_factory.mktemp("large")
    file = folder / "catalog.duckdb"
    Catalog(file, Lake(str(folder / "lake"))).sync()
    with duckdb.connect(str(file)) as connection:
        bench.fill(connection, 1000, 4)
    return file


def one(shell: duckdb.DuckDBPyConnection, sql: str) -> Any:
    row = shell.execute(sql).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize("file", [f for f in FILES if f.stem not in WIDE], ids=lambda f: f.stem)
def test_goes_by_indexes_in_a_large_corpus(large: Path, file: Path) -> None:
    with duckdb.connect(str(large), read_only=True) as shell:
        qa_id = one(shell, "SELECT min(qa_id) FROM qa")
        artifact = one(shell, f"SELECT artifact_id FROM raw_qa_pairs WHERE qa_id = '{qa_id}'")
        video = one(shell, f"SELECT video_id FROM raw_receipts WHERE artifact_id = '{artifact}'")
        values = {
            "qa_id": qa_id, "artifact_id": artifact, "successor_id": artifact, "video_id": video,
            "clip_id": f"{video}.c0", "t": 1.5, "clips_artifact_id": artifact, "tracks_artifact_id": artifact,
            "beginning": {"qa_find": qa_id}.get(file.stem, video),
        }  # fmt: skip
        for name, value in values.items():
            shell.execute(f"SET VARIABLE {name} = ?", [value])
        scanned: dict[str, set[str]] = {}
        for statement in shell.extract_statements(file.read_text()):
            plan = str(shell.execute(f"EXPLAIN ANALYZE {statement.query}").fetchall())
            for table, kind in re.findall(
                r"Table: \S*main\.(\w+).{0,400}?Type: (Index|Sequential) Scan", plan, re.DOTALL
            ):
                scanned.setdefault(table, set()).add(kind)
            shell.execute(statement.query)
    allowed = {"raw_qa_pairs"} if file.stem == "qa_find" else set()
    if file.stem in ("clip_find", "video_splits"):
        allowed |= {"heads", "raw_benchmark_splits"}
    assert not {t for t in BIG if "Sequential" in scanned.get(t, ())} - allowed, scanned


def test_a_catalog_of_before_takes_everything_in_again(demo, tmp_path) -> None:
    file = tmp_path / "catalog.duckdb"
    with duckdb.connect(str(file)) as old:
        old.execute("CREATE TABLE migrations (name VARCHAR PRIMARY KEY)")
        for migration in sorted((data_file("sql") / "migrations").glob("000[1-3]_*.sql")):
            old.execute(migration.read_text())
            old.execute("INSERT INTO migrations VALUES (?)", [migration.name])
        old.execute("INSERT INTO seen_heads VALUES ('registry', 'x'), ('tracks/b', 'x')")
        old.execute(
            "INSERT INTO raw_receipts VALUES ('a', 'tracks', 'v', 'p', 'd', 'ok', '', '', now(), 1, 0, 0, '{}', '{}')"
        )
        old.execute("INSERT INTO heads VALUES ('tracks', 'b', 'v', 'a')")
    catalog = Catalog(file, Lake(str(demo.home / "lake")))
    taken = catalog.sync().artifacts
    query = "SELECT * FROM raw_receipts ORDER BY artifact_id"
    with duckdb.connect(str(demo.home / "catalog.duckdb"), read_only=True) as known, catalog.reading() as now:
        rows = known.execute(query).fetchall()
        assert now.execute(query).fetchall() == rows
        assert taken == len(rows)
        assert now.execute("SELECT count(*) FROM heads WHERE lineage_id IS NULL AND artifact_id <> 'a'").fetchone() == (
            0,
        )
