"""The catalog: DuckDB tables over the lake's receipts and small rows.

Only `sync` writes. DuckDB lets one process open a file for writing and nobody read meanwhile, so nobody
keeps it open: readers and the writer open, work and close, and wait for a busy lock. The lake is the truth;
the file can be deleted at any time and is rebuilt.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from fm_resources.data import data_file
from fm_resources.lake import ArtifactName, DamagedArtifact, Lake
from fm_resources.provenance import Receipt
from fm_resources.registry import Registry

log = logging.getLogger(__name__)

ROW_TABLES = (
    "source_videos", "filtered_clips", "tracks", "motion_scores", "captions", "qa_pairs", "benchmark_splits",
    "training_export",
)  # fmt: skip
#: Stamp of a head file with an artifact that could not be read.
INCOMPLETE = "incomplete"
_IN_PROCESS = threading.RLock()


class CatalogBusy(RuntimeError):
    """Another process held the catalog for longer than we wait."""


@dataclass(frozen=True)
class SyncReport:
    """What a sync took in."""

    artifacts: int
    seconds: float
    rebuilt: bool


class Catalog:
    """The index of a lake.

    Args:
        path: The DuckDB file.
        lake: The lake that it indexes.
        patience_s: How long to wait for another process to close the file.
    """

    def __init__(self, path: Path, lake: Lake, patience_s: float = 30.0) -> None:
        self.path = path
        self.lake = lake
        self.patience_s = patience_s

    # -- reading -----------------------------------------------------------------------------------

    def query(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[dict[str, Any]]:
        """Rows of a read-only query as dicts.

        Raises:
            CatalogBusy: The file stayed locked.
            duckdb.Error: The query is wrong.
        """
        with self.reading() as connection:
            cursor = connection.execute(sql, parameters)
            names = [entry[0] for entry in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def audit(self, name: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        """Rows of `sql/audits/<name>.sql`, whose `$names` are the parameters."""
        return self.query((data_file("sql") / "audits" / f"{name}.sql").read_text(encoding="utf-8"), parameters)

    @contextlib.contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A short read-only connection; a missing catalog is built first."""
        if not self.path.exists():
            self.sync()
        with self._open(read_only=True) as connection:
            connection.execute("SET enable_external_access = false")
            yield connection

    # -- writing -----------------------------------------------------------------------------------

    def sync(self, *, rebuild: bool = False, written: Iterable[ArtifactName] = ()) -> SyncReport:
        """Takes in what the lake has and the catalog has not; idempotent, one transaction.

        A damaged artifact is left out, and its head is looked at again next time.

        Args:
            rebuild: Look at every file of the lake, not only at what became current.
            written: Artifacts that were written just now, maybe not for the first time.
        """
        began = time.perf_counter()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        known, seen, columns = self._known()
        fresh = not known and not seen
        registry_stamp = Registry.stamp(self.lake)
        registry = Registry.load(self.lake) if seen.get("registry") != registry_stamp else None
        files = self.lake.head_files()
        changed = {n: (stage, batch) for n, (stage, batch, stamp) in files.items() if seen.get(n) != stamp}
        heads = {n: self.lake.heads(stage, batch) for n, (stage, batch) in changed.items()}
        wanted: dict[str, tuple[str, str]] = {}
        if fresh or rebuild:
            wanted = {a: (stage, video) for stage, video, a in self.lake.artifacts() if a not in known}
        for name, (stage, _) in changed.items():
            for video, head in heads[name].items():
                if known.get(head.artifact_id) != (head.data_version, head.status):
                    wanted[head.artifact_id] = (stage, video)
        wanted |= {name.artifact_id: (name.stage, name.video_id) for name in written}
        receipts, rows = self._read(wanted, columns)
        lost = wanted.keys() - {r.artifact_id for r in receipts}
        with self._open(read_only=False) as connection:
            connection.begin()
            if registry is not None:
                _write_registry(connection, registry)
                connection.execute("INSERT OR REPLACE INTO seen_heads VALUES ('registry', ?)", [registry_stamp])
            _write_receipts(connection, receipts)
            _write_rows(connection, rows, [r.artifact_id for r in receipts])
            for name, (stage, batch) in changed.items():
                connection.execute("DELETE FROM heads WHERE stage = ? AND batch = ?", [stage, batch])
                _insert(
                    connection,
                    "heads",
                    [
                        {"stage": stage, "batch": batch, "video_id": v, "artifact_id": h.artifact_id}
                        for v, h in heads[name].items()
                    ],
                )
                complete = lost.isdisjoint(h.artifact_id for h in heads[name].values())
                stamp = files[name][2] if complete else INCOMPLETE
                connection.execute("INSERT OR REPLACE INTO seen_heads VALUES (?, ?)", [name, stamp])
            connection.commit()
        return SyncReport(len(receipts), time.perf_counter() - began, fresh)

    def forget(self, names: Sequence[str]) -> None:
        """Drops artifacts that the lake holds no longer: their receipts and rows, and producers that made no other."""
        with self._open(read_only=False) as connection:
            _migrate(connection)
            connection.begin()
            for table in ("receipts", "artifact_inputs", *ROW_TABLES):
                connection.execute(f"DELETE FROM raw_{table} WHERE artifact_id IN (SELECT unnest(?))", [list(names)])
            connection.execute(
                "DELETE FROM raw_producers WHERE producer_id NOT IN (SELECT producer_id FROM raw_receipts)"
            )
            connection.commit()

    def _known(self) -> tuple[dict[str, tuple[str, str]], dict[str, str], dict[str, list[str]]]:
        """Known artifacts (data version, status), known head stamps, and the columns of each row table."""
        with self._open(read_only=False) as connection:
            _migrate(connection)
            receipts = connection.execute("SELECT artifact_id, data_version, status FROM raw_receipts").fetchall()
            heads = connection.execute("SELECT name, stamp FROM seen_heads").fetchall()
            columns: dict[str, list[str]] = {stage: [] for stage in ROW_TABLES}
            names = "SELECT table_name, column_name FROM duckdb_columns() WHERE starts_with(table_name, 'raw_')"
            for table, column in connection.execute(names).fetchall():
                if table.removeprefix("raw_") in columns and column != "artifact_id":
                    columns[table.removeprefix("raw_")].append(column)
        return {a: (d, s) for a, d, s in receipts}, dict(heads), columns

    def _read(
        self, wanted: dict[str, tuple[str, str]], columns: dict[str, list[str]]
    ) -> tuple[list[Receipt], dict[str, list[pa.Table]]]:
        receipts: list[Receipt] = []
        rows: dict[str, list[pa.Table]] = {}
        for name, (stage, video) in wanted.items():
            receipt = self.lake.read_receipt(stage, video, name)
            if receipt is None:
                log.warning("the lake's %s/%s/%s is damaged: run the stage again to rebuild it", stage, video, name)
                continue
            if stage in ROW_TABLES and receipt.rows:
                try:
                    table = self.lake.read(stage, video, name, columns=columns[stage])
                except DamagedArtifact as error:
                    log.warning("%s", error)
                    continue
                column = pa.array([name] * table.num_rows, pa.string())
                rows.setdefault(stage, []).append(
                    table.replace_schema_metadata(None).append_column("artifact_id", column)
                )
            receipts.append(receipt)
        return receipts, rows

    @contextlib.contextmanager
    def _open(self, *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        with _IN_PROCESS:
            connection = self._connect(read_only)
            try:
                yield connection
            finally:
                connection.close()

    def _connect(self, read_only: bool) -> duckdb.DuckDBPyConnection:
        deadline = time.monotonic() + self.patience_s
        pause = 0.01
        while True:
            try:
                return duckdb.connect(str(self.path), read_only=read_only)
            except duckdb.IOException as error:
                if "lock" not in str(error).lower():
                    raise
                if time.monotonic() > deadline:
                    raise CatalogBusy(
                        f"{self.path} is in use by another process for more than {self.patience_s:g} s; "
                        "close DuckDB shells that hold it open, and try again"
                    ) from None
                time.sleep(pause)
                pause = min(pause * 2, 0.5)


def _migrate(connection: duckdb.DuckDBPyConnection) -> None:
    """Brings the schema to the newest migration and the views to their files."""
    connection.execute("CREATE TABLE IF NOT EXISTS migrations (name VARCHAR PRIMARY KEY)")
    done = {row[0] for row in connection.execute("SELECT name FROM migrations").fetchall()}
    pending = [f for f in sorted((data_file("sql") / "migrations").glob("*.sql")) if f.name not in done]
    views = sorted((data_file("sql") / "views").glob("*.sql"))
    stamp = "views:" + _fingerprint(views)
    if not pending and stamp in done:
        return
    connection.begin()
    for file in pending:
        connection.execute(file.read_text(encoding="utf-8"))
        connection.execute("INSERT INTO migrations VALUES (?)", [file.name])
    for file in views:
        connection.execute(file.read_text(encoding="utf-8"))
    connection.execute("DELETE FROM migrations WHERE name LIKE 'views:%'")
    connection.execute("INSERT INTO migrations VALUES (?)", [stamp])
    connection.commit()


def _fingerprint(files: Iterable[Path]) -> str:
    return hashlib.sha256(b"".join(f.read_bytes() for f in files)).hexdigest()[:16]


def _write_registry(connection: duckdb.DuckDBPyConnection, registry: Registry) -> None:
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
    _insert(connection, "registered_videos", videos)
    paths = [{"path": p.path, "video_id": p.video_id, "size_bytes": p.size_bytes} for p in registry.paths.values()]
    _insert(connection, "registered_paths", paths)


def _write_receipts(connection: duckdb.DuckDBPyConnection, receipts: Sequence[Receipt]) -> None:
    if not receipts:
        return
    ids = [r.artifact_id for r in receipts]
    connection.execute("DELETE FROM raw_receipts WHERE artifact_id IN (SELECT unnest(?))", [ids])
    connection.execute("DELETE FROM raw_artifact_inputs WHERE artifact_id IN (SELECT unnest(?))", [ids])
    producers = {r.producer.producer_id: r.producer for r in receipts}
    known = {row[0] for row in connection.execute("SELECT producer_id FROM raw_producers").fetchall()}
    _insert(
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
    _insert(
        connection,
        "raw_receipts",
        [
            {
                **{n: getattr(r, n) for n in plain},
                "producer_id": r.producer.producer_id,
                "timing": json.dumps(r.timing, sort_keys=True),
                "counts": json.dumps(r.counts, sort_keys=True),
            }
            for r in receipts
        ],
    )
    inputs = [
        {
            "artifact_id": r.artifact_id,
            "input_stage": i.stage,
            "input_artifact_id": i.artifact_id,
            "data_version": i.data_version,
        }
        for r in receipts
        for i in r.inputs
    ]
    _insert(connection, "raw_artifact_inputs", inputs)


def _write_rows(connection: duckdb.DuckDBPyConnection, rows: dict[str, list[pa.Table]], ids: Sequence[str]) -> None:
    for stage in ROW_TABLES:
        if ids:
            connection.execute(f"DELETE FROM raw_{stage} WHERE artifact_id IN (SELECT unnest(?))", [list(ids)])
        if rows.get(stage):
            _insert_table(connection, f"raw_{stage}", pa.concat_tables(rows[stage], promote_options="permissive"))


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        _insert_table(connection, table, pa.Table.from_pylist(rows))


def _insert_table(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    connection.register("incoming", rows)
    connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")
    connection.unregister("incoming")
