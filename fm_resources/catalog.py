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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from fm_resources.data import data_file
from fm_resources.lake import MAIN, ArtifactName, DamagedArtifact, Head, Lake
from fm_resources.lineage import lineage_id, lineages
from fm_resources.provenance import Receipt
from fm_resources.registry import Registry

log = logging.getLogger(__name__)

ROW_TABLES = (
    "source_videos", "filtered_clips", "tracks", "motion_scores", "captions", "qa_pairs", "benchmark_splits",
    "training_export",
)  # fmt: skip
REGISTRY = "registry"  # what `seen_heads` calls the registry's stamp
#: Stamp of a head file with an artifact that could not be read.
INCOMPLETE = "incomplete"
_IN_PROCESS = threading.RLock()
Ask = Callable[..., list[dict[str, Any]]]
"""Called with the name of a file in `sql/audits` and its variables; gives its rows."""


class CatalogBusy(RuntimeError):
    """Another process held the catalog for longer than we wait."""


@dataclass(frozen=True)
class SyncReport:
    """What a sync took in."""

    artifacts: int
    seconds: float
    rebuilt: bool


@dataclass(frozen=True)
class HeadSource:
    """A head file, of main or of a variant: whose it is, and a stamp that changes with its content."""

    lake: Lake
    stage: str
    batch: str
    stamp: str


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
            return _rows(connection.execute(sql, parameters))

    @contextlib.contextmanager
    def asking(self, *, scans: bool = False) -> Iterator[Ask]:
        """One short read-only connection for several of `sql/audits`: `ask("qa_chain", artifact_id=...)`.

        Args:
            scans: Whether whole tables are looked at, so that more than one thread is worth waking.
        """
        with self.reading() as connection:
            if not scans:
                connection.execute("SET threads = 1")
            yield lambda name, **variables: _rows(connection.execute(_prepared(connection, name, variables)))

    def audit_table(self, name: str, **variables: Any) -> pa.Table:
        """Rows of `sql/audits/<name>.sql` as a table, for those of which there are very many."""
        with self.reading() as connection:
            return connection.sql(_prepared(connection, name, variables)).to_arrow_table()

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
        seen, columns, fresh = self._seen()
        registry_stamp = Registry.stamp(self.lake)
        registry = Registry.load(self.lake) if seen.get(REGISTRY) != registry_stamp else None
        files = _head_files(self.lake)
        changed = {n: file for n, file in files.items() if seen.get(n) != file.stamp}
        gone = [name for name in seen if name not in files and name != REGISTRY]
        written = list(written)
        if not (changed or gone or registry or rebuild or written):
            return SyncReport(0, time.perf_counter() - began, False)
        heads = {n: file.lake.heads(file.stage, file.batch) for n, file in changed.items()}
        names = {n.artifact_id: (n.stage, n.video_id) for n in written}
        receipts, rows, lost = self._fresh(changed, heads, columns, names, everything=fresh or rebuild)
        with self._open(read_only=False) as connection:
            connection.begin()
            if registry is not None:
                _write_registry(connection, registry)
                connection.execute("INSERT OR REPLACE INTO seen_heads VALUES (?, ?)", [REGISTRY, registry_stamp])
            _write_receipts(connection, receipts)
            _write_rows(connection, rows, [r.artifact_id for r in receipts])
            for name in gone:
                _forget_heads(connection, name)
            for name, file in changed.items():
                complete = lost.isdisjoint(h.artifact_id for h in heads[name].values())
                _write_heads(connection, name, file, heads[name], file.stamp if complete else INCOMPLETE)
            _note_lineages(connection, receipts)
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
            connection.execute("DELETE FROM raw_lineages WHERE lineage_id NOT IN (SELECT lineage_id FROM raw_receipts)")
            connection.commit()

    def _seen(self) -> tuple[dict[str, str], dict[str, list[str]], bool]:
        """Stamps of what was taken in, the columns of each row table, and whether nothing ever was."""
        with self._open(read_only=False) as connection:
            _migrate(connection)
            stamps = dict(connection.execute("SELECT name, stamp FROM seen_heads").fetchall())
            taken = connection.execute("SELECT 1 FROM raw_receipts LIMIT 1").fetchone()
            columns: dict[str, list[str]] = {stage: [] for stage in ROW_TABLES}
            names = "SELECT table_name, column_name FROM duckdb_columns() WHERE starts_with(table_name, 'raw_')"
            for table, column in connection.execute(names).fetchall():
                if table.removeprefix("raw_") in columns and column != "artifact_id":
                    columns[table.removeprefix("raw_")].append(column)
        return stamps, columns, not taken and not stamps

    def _fresh(
        self,
        changed: Mapping[str, HeadSource],
        heads: Mapping[str, Mapping[str, Head]],
        columns: dict[str, list[str]],
        written: Mapping[str, tuple[str, str]],
        *,
        everything: bool,
    ) -> tuple[list[Receipt], dict[str, list[pa.Table]], set[str]]:
        """Receipts and rows that the catalog lacks, those of all that they were made from included, and what is lost."""
        current = {h.artifact_id: (h, file.stage, v) for n, file in changed.items() for v, h in heads[n].items()}
        known = self._known(current)
        wanted = {
            name: (stage, video)
            for name, (head, stage, video) in current.items()
            if known.get(name) != (head.data_version, head.status)
        }
        if everything:
            lake = {a: (stage, video) for stage, video, a in self.lake.artifacts()}
            known = self._known(lake)
            wanted |= {a: place for a, place in lake.items() if a not in known}
        wanted |= written
        receipts: list[Receipt] = []
        rows: dict[str, list[pa.Table]] = {}
        looked: set[str] = set()
        while wanted:
            looked |= set(wanted)
            more, tables = self._read(wanted, columns)
            receipts += more
            for stage, parts in tables.items():
                rows.setdefault(stage, []).extend(parts)
            # an input that was replaced before anyone looked is no head any more; one that `fm gc` removed is gone
            inputs = {i.artifact_id: (i.stage, i.video_id) for r in more for i in r.inputs if i.artifact_id}
            open_ends = {name: place for name, place in inputs.items() if name not in looked}
            known = self._known(open_ends)
            wanted = {
                name: (stage, video)
                for name, (stage, video) in open_ends.items()
                if name not in known and self.lake.artifact_path(stage, video, name).exists()
            }
        return receipts, rows, looked - {r.artifact_id for r in receipts}

    def _known(self, names: Iterable[str]) -> dict[str, tuple[str, str]]:
        """Data version and status of those artifacts that the catalog has."""
        with self._open(read_only=True) as connection:
            found = _of_artifacts(connection, names, "data_version, status")
        return {name: (version, status) for name, version, status in found}

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


def _prepared(connection: duckdb.DuckDBPyConnection, name: str, variables: Mapping[str, Any]) -> str:
    """The text of an audit, after its variables were set."""
    for variable, value in variables.items():
        connection.execute(f"SET VARIABLE {variable} = ?", [value])
    return (data_file("sql") / "audits" / f"{name}.sql").read_text(encoding="utf-8")


def _rows(cursor: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    names = [entry[0] for entry in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


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


def _of_artifacts(connection: duckdb.DuckDBPyConnection, names: Iterable[str], columns: str) -> list[tuple[Any, ...]]:
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
    above = _of_artifacts(connection, inputs - {r.artifact_id for r in receipts}, "lineage_id")
    found = lineages(receipts, {name: frozenset(sets.get(lineage, ())) for name, lineage in above})
    names = {producers: lineage_id(producers) for producers in set(found.values())}
    rows = [
        {"lineage_id": name, "producer_id": producer}
        for producers, name in names.items()
        if name not in sets
        for producer in sorted(producers)
    ]
    _insert(connection, "raw_lineages", rows)
    return {artifact: names[producers] for artifact, producers in found.items()}


def _note_lineages(connection: duckdb.DuckDBPyConnection, receipts: Sequence[Receipt]) -> None:
    """Gives heads the lineage and the number of rows of their artifacts, where they are new or were computed again."""
    connection.execute(
        "UPDATE heads SET lineage_id = r.lineage_id, rows = r.rows FROM raw_receipts r "
        "WHERE r.artifact_id = heads.artifact_id AND (heads.lineage_id IS NULL OR r.artifact_id IN (SELECT unnest(?)))",
        [[r.artifact_id for r in receipts]],
    )


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
    _insert(
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
    _insert(connection, "raw_artifact_inputs", inputs)


def _head_files(lake: Lake) -> dict[str, HeadSource]:
    """Head files of main and of all variants, by `[<variant>/]<stage>/<batch>`."""
    found = {}
    for variant in lake.variants():
        own = Lake(lake.url, variant)
        for name, (stage, batch, stamp) in own.head_files().items():
            found[name if variant == MAIN else f"{variant}/{name}"] = HeadSource(own, stage, batch, stamp)
    return found


def _write_heads(
    connection: duckdb.DuckDBPyConnection, name: str, file: HeadSource, heads: Mapping[str, Head], stamp: str
) -> None:
    """Main's heads into `heads`, a variant's into `variant_heads`, in place of what the file held before."""
    _forget_heads(connection, name)
    of = {} if file.lake.variant == MAIN else {"variant": file.lake.variant}
    rows = [
        {**of, "stage": file.stage, "batch": file.batch, "video_id": v, "artifact_id": h.artifact_id}
        for v, h in heads.items()
    ]
    _insert(connection, "variant_heads" if of else "heads", rows)
    connection.execute("INSERT INTO seen_heads VALUES (?, ?)", [name, stamp])


def _forget_heads(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Removes what a head file gave; its name is `[<variant>/]<stage>/<batch>`."""
    *variant, stage, batch = name.split("/")
    table, where = ("variant_heads", "variant = ? AND ") if variant else ("heads", "")
    connection.execute(f"DELETE FROM {table} WHERE {where}stage = ? AND batch = ?", [*variant, stage, batch])
    connection.execute("DELETE FROM seen_heads WHERE name = ?", [name])


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
