"""The catalog's tables: how receipts, rows and registered videos are written into them; nothing here opens the file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from fm_resources.lineage import lineage_id, lineages
from fm_resources.provenance import Receipt
from fm_resources.registry import Registry

#: Stages whose rows the catalog holds besides their receipts.
ROW_TABLES = (
    "source_videos", "filtered_clips", "tracks", "motion_scores", "captions", "qa_pairs", "benchmark_splits",
    "training_export",
)  # fmt: skip


def write_registry(connection: duckdb.DuckDBPyConnection, registry: Registry) -> None:
    connection.execute("DELETE FROM registered_videos")
    connection.execute("DELETE FROM registered_paths")
    videos = [
        {
            "video_id": v.video_id,
            "sha256": v.sha256,
            "batch": v.batch,
            "domain": v.domain,
            "licence": v.licence,
            "path": registry.last_path(v.video_id),
            "superseded_by": registry.superseded_by(v.video_id),
        }
        for v in registry.videos.values()
    ]
    insert(connection, "registered_videos", videos)
    paths = [{"path": p.path, "video_id": p.video_id, "size_bytes": p.size_bytes} for p in registry.paths.values()]
    insert(connection, "registered_paths", paths)


def of_artifacts(connection: duckdb.DuckDBPyConnection, names: Iterable[str], columns: str) -> list[tuple[Any, ...]]:
    """`(artifact_id, *columns)` of those receipts whose names are given and known."""
    wanted = pa.table({"artifact_id": pa.array(sorted(names), pa.string())})
    if not wanted.num_rows:
        return []
    connection.register("wanted", wanted)
    found = connection.execute(f"SELECT artifact_id, {columns} FROM raw_receipts SEMI JOIN wanted USING (artifact_id)")
    rows = found.fetchall()
    connection.unregister("wanted")
    return rows


def _write_lineages(connection: duckdb.DuckDBPyConnection, receipts: Sequence[Receipt]) -> dict[str, str]:
    """Names the lineages of new receipts, and keeps those that are new; artifact id -> lineage id."""
    sets: dict[str, set[str]] = {}
    for lineage, producer in connection.execute("SELECT lineage_id, producer_id FROM raw_lineages").fetchall():
        sets.setdefault(lineage, set()).add(producer)
    inputs = {i.artifact_id for r in receipts for i in r.inputs if i.artifact_id}
    above = of_artifacts(connection, inputs - {r.artifact_id for r in receipts}, "lineage_id")
    found = lineages(receipts, {name: frozenset(sets.get(lineage, ())) for name, lineage in above})
    names = {producers: lineage_id(producers) for producers in set(found.values())}
    rows = [
        {"lineage_id": name, "producer_id": producer}
        for producers, name in names.items()
        if name not in sets
        for producer in sorted(producers)
    ]
    insert(connection, "raw_lineages", rows)
    return {artifact: names[producers] for artifact, producers in found.items()}


def note_lineages(connection: duckdb.DuckDBPyConnection, receipts: Sequence[Receipt]) -> None:
    """Gives heads the lineage and the number of rows of their artifacts, where they are new or were computed again."""
    connection.execute(
        "UPDATE heads SET lineage_id = r.lineage_id, rows = r.rows FROM raw_receipts r "
        "WHERE r.artifact_id = heads.artifact_id AND (heads.lineage_id IS NULL OR r.artifact_id IN (SELECT unnest(?)))",
        [[r.artifact_id for r in receipts]],
    )


def write_receipts(connection: duckdb.DuckDBPyConnection, receipts: Sequence[Receipt]) -> None:
    if not receipts:
        return
    ids = [r.artifact_id for r in receipts]
    connection.execute("DELETE FROM raw_receipts WHERE artifact_id IN (SELECT unnest(?))", [ids])
    connection.execute("DELETE FROM raw_artifact_inputs WHERE artifact_id IN (SELECT unnest(?))", [ids])
    producers = {r.producer.producer_id: r.producer for r in receipts}
    known = {row[0] for row in connection.execute("SELECT producer_id FROM raw_producers").fetchall()}
    insert(
        connection,
        "raw_producers",
        [
            {
                "producer_id": name,
                "stage": p.stage,
                "logic_version": p.logic_version,
                "parameters": json.dumps(p.parameters, sort_keys=True),
                "libraries": json.dumps(p.libraries, sort_keys=True),
                "weights": json.dumps(p.weights, sort_keys=True),
            }
            for name, p in sorted(producers.items())
            if name not in known
        ],
    )
    lineage = _write_lineages(connection, receipts)
    plain = (
        "artifact_id",
        "stage",
        "video_id",
        "data_version",
        "status",
        "reason",
        "run_id",
        "started",
        "seconds",
        "rows",
        "cost_usd",
    )
    insert(
        connection,
        "raw_receipts",
        [
            {
                **{n: getattr(r, n) for n in plain},
                "producer_id": r.producer.producer_id,
                "lineage_id": lineage[r.artifact_id],
                "timing": json.dumps(r.timing, sort_keys=True),
                "counts": json.dumps(r.counts, sort_keys=True),
            }
            for r in receipts
        ],
    )
    inputs = [
        {
            "artifact_id": r.artifact_id,
            "video_id": r.video_id,
            "input_stage": i.stage,
            "input_artifact_id": i.artifact_id,
            "data_version": i.data_version,
        }
        for r in receipts
        for i in r.inputs
    ]
    insert(connection, "raw_artifact_inputs", inputs)


def write_rows(connection: duckdb.DuckDBPyConnection, rows: dict[str, list[pa.Table]], ids: Sequence[str]) -> None:
    for stage in ROW_TABLES:
        if ids:
            connection.execute(f"DELETE FROM raw_{stage} WHERE artifact_id IN (SELECT unnest(?))", [list(ids)])
        if rows.get(stage):
            _insert_table(connection, f"raw_{stage}", pa.concat_tables(rows[stage], promote_options="permissive"))


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        _insert_table(connection, table, pa.Table.from_pylist(rows))


def _insert_table(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    connection.register("incoming", rows)
    connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")
    connection.unregister("incoming")
