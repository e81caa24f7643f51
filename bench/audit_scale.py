"""Times an auditor's questions on the catalog of a large corpus.

Receipts and rows are synthetic and go straight into the tables of `sql/migrations`, in the shape that real lakes
have: seven stages per video and two over the corpus, a tracker that was changed once, all below it computed again for
the videos whose tracks came out different, some videos rejected, some replaced. Ids are hashes, so that no order helps.

Usage: python bench/audit_scale.py [--videos 50000] [--questions 10] [--repeats 9] [--file FILE]
Prints, per question of an auditor, the median and the slowest time of opening the catalog, asking and closing it, and
the processor time that it took, which other work on the machine does not lengthen. `--file` keeps the catalog and
uses it again.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb

from fm_assets.audit.frame import frame_rows
from fm_assets.audit.producer import audit_producer
from fm_assets.audit.qa import audit_qa
from fm_assets.audit.video import audit_video
from fm_resources.catalog import Catalog
from fm_resources.lake import Lake

PER_BATCH, FACTS, TRACKS, EVIDENCE = 32, 24, 3, 5
#: One video in so many: tracks that a new tracker changed; rejected; replaced by a newer file.
CHANGED, REJECTED, REPLACED = 5, 101, 211
#: Stage -> stages above it, as in `fm_assets/graph.py`.
UPSTREAM = {
    "source_videos": (),
    "filtered_clips": ("source_videos",),
    "detections": ("filtered_clips", "source_videos"),
    "tracks": ("detections", "filtered_clips"),
    "motion_scores": ("tracks",),
    "captions": ("motion_scores", "filtered_clips"),
    "qa_pairs": ("captions", "motion_scores", "filtered_clips"),
}
CORPUS = {
    "benchmark_splits": ("qa_pairs", "source_videos"),
    "training_export": ("qa_pairs", "captions", "filtered_clips", "tracks"),
}


def fill(connection: duckdb.DuckDBPyConnection, videos: int, questions: int) -> None:
    """Writes a corpus of so many videos, with so many questions each."""
    connection.begin()
    connection.execute(
        f"CREATE TEMP TABLE v AS SELECT i, format('{{}}-{{}}', md5('name' || i)[:12], md5('bytes' || i)[:8]) AS video_id, "
        f"format('2026-{{:02d}}-{{:04d}}', 1 + i // 4000, i // {PER_BATCH} + 1) AS batch, "
        f"i % {REJECTED} = 7 AS rejected, i % {REPLACED} = 9 AS replaced, i % {CHANGED} = 0 AS changed FROM range({videos}) t(i)"
    )
    connection.execute(
        "INSERT INTO registered_videos SELECT video_id, md5(video_id) || md5(batch), batch, "
        "'domain' || (i % 8), 'CC0-1.0', '/videos/' || video_id || '.mp4', "
        "CASE WHEN replaced THEN lead(video_id) OVER (ORDER BY i) ELSE '' END FROM v"
    )
    connection.execute("INSERT INTO registered_paths SELECT '/videos/' || video_id || '.mp4', video_id, 1000000 FROM v")
    _receipts(connection)
    _rows(connection, questions)
    _corpus(connection)
    connection.commit()
    _lineages(connection)
    connection.execute("CHECKPOINT")


def _receipts(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE TEMP TABLE a (i BIGINT, stage VARCHAR, version INT, artifact_id VARCHAR)")
    connection.execute(
        "CREATE TEMP TABLE e (i BIGINT, number INT, version INT, artifact_id VARCHAR, input_stage VARCHAR, "
        "input_artifact_id VARCHAR)"
    )
    connection.execute(
        "CREATE TEMP TABLE r AS SELECT 0::BIGINT AS i, 0 AS number, 0 AS version, * FROM raw_receipts LIMIT 0"
    )
    for number, (stage, above) in enumerate(UPSTREAM.items()):
        connection.execute(
            "INSERT INTO raw_producers SELECT $s || '-' || n, $s, '1', "
            """format('{{"track_buffer": {}, "tracker": "botsort"}}', 30 + 17 * n), '{"numpy": "2.4"}', '{}' """
            "FROM range(CASE WHEN $s = 'tracks' THEN 2 ELSE 1 END) t(n)",
            {"s": stage},
        )
        versions = 2 if number >= 3 else 1
        connection.execute(
            "INSERT INTO a SELECT i, $s, n, md5($s || i || '/' || n)[:20] FROM v, range($versions) t(n) "
            "WHERE (n = 0 OR changed OR $s = 'tracks') AND (NOT rejected OR $number < 2) ORDER BY n, i",
            {"s": stage, "versions": versions, "number": number},
        )
        connection.execute(
            "INSERT INTO r BY NAME SELECT i, $number AS number, version, a.artifact_id, $s AS stage, v.video_id, "
            "$s || '-' || CASE WHEN $s = 'tracks' THEN version ELSE 0 END AS producer_id, "
            "md5('d' || a.i || CASE WHEN changed THEN version ELSE 0 END)[:16] AS data_version, "
            "CASE WHEN rejected AND $number = 1 THEN 'rejected' ELSE 'ok' END AS status, "
            "CASE WHEN rejected AND $number = 1 THEN 'no clip is usable' ELSE '' END AS reason, uuid()::VARCHAR AS run_id, "
            "TIMESTAMPTZ '2026-01-01 00:00:00+00' + to_seconds(a.i + version * 1000000) AS started, 0.5 AS seconds, "
            "10 AS rows, 0.0 AS cost_usd, '' AS lineage_id FROM a JOIN v USING (i) WHERE a.stage = $s",
            {"s": stage, "number": number},
        )
        for name in above:
            connection.execute(
                "INSERT INTO e SELECT d.i, $number, d.version, d.artifact_id, $u, max_by(u.artifact_id, u.version) "
                "FROM a d JOIN a u ON u.i = d.i AND u.stage = $u AND u.version <= d.version "
                "WHERE d.stage = $s GROUP BY d.i, d.artifact_id, d.version",
                {"s": stage, "u": name, "number": number},
            )
        if not above:
            connection.execute(
                "INSERT INTO e SELECT i, 0, 0, artifact_id, 'file', '' FROM a WHERE stage = $s",
                {"s": stage},
            )
    # a batch goes through all stages before the next one does
    order = f"ORDER BY version, i // {PER_BATCH}, number, i"
    connection.execute(f"INSERT INTO raw_receipts BY NAME SELECT * EXCLUDE (i, number, version) FROM r {order}")
    connection.execute(
        "INSERT INTO raw_artifact_inputs SELECT artifact_id, video_id, input_stage, input_artifact_id, 'd' "
        f"FROM e JOIN v USING (i) {order}"
    )
    connection.execute(
        "INSERT INTO heads (stage, batch, video_id, artifact_id) SELECT stage, any_value(batch), any_value(video_id), max_by(artifact_id, version) "
        f"FROM a JOIN v USING (i) GROUP BY stage, i ORDER BY i // {PER_BATCH}, stage, i"
    )


def _lineages(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "CREATE TEMP TABLE l AS WITH RECURSIVE up AS (SELECT artifact_id, artifact_id AS above FROM raw_receipts UNION "
        "SELECT u.artifact_id, i.input_artifact_id FROM up u JOIN raw_artifact_inputs i ON i.artifact_id = u.above "
        "WHERE i.input_artifact_id <> '') "
        "SELECT up.artifact_id, list(DISTINCT r.producer_id ORDER BY r.producer_id) AS producers "
        "FROM up JOIN raw_receipts r ON r.artifact_id = up.above GROUP BY up.artifact_id"
    )
    connection.execute(
        "UPDATE raw_receipts r SET lineage_id = md5(l.producers::VARCHAR)[:16] FROM l WHERE l.artifact_id = r.artifact_id"
    )
    connection.execute(
        "UPDATE heads SET lineage_id = r.lineage_id, rows = r.rows FROM raw_receipts r "
        "WHERE r.artifact_id = heads.artifact_id"
    )
    connection.execute(
        "INSERT INTO raw_lineages SELECT DISTINCT md5(producers::VARCHAR)[:16], unnest(producers) FROM l"
    )


def _rows(connection: duckdb.DuckDBPyConnection, questions: int) -> None:
    def insert(stage: str, count: int, columns: str) -> None:
        connection.execute(
            f"INSERT INTO raw_{stage} BY NAME SELECT artifact_id, {columns} FROM "
            f"(SELECT a.*, video_id, video_id || '.c0' AS clip_id, sha_of, changed FROM a JOIN "
            f"(SELECT *, md5(video_id) AS sha_of FROM v) USING (i) WHERE stage = '{stage}' ORDER BY version, i), "
            f"range({count}) t(n)"
        )

    insert(
        "source_videos",
        1,
        "video_id, sha_of AS sha256, 1280 AS width, 720 AS height, 30.0 AS fps, 8.0 AS duration_s, 'd' AS domain",
    )
    insert(
        "filtered_clips",
        1,
        "clip_id, video_id, 0.0 AS start_s, 7.5 AS end_s, 1280 AS width, 720 AS height, 'static' AS camera_verdict, "
        "'image' AS frame_of_reference, 'keep' AS status, '' AS reason, 0.01 AS camera_score",
    )
    insert(
        "tracks",
        TRACKS,
        "clip_id || '.t' || n AS track_id, clip_id, 'person' AS class, 1.0 AS class_share, 'red' AS colour, "
        "0.0 AS start_s, 7.0 AS end_s, 70 AS frames, 70 AS observed, 0 AS gaps, 0.9 AS mean_score, 'image' AS frame_of_reference",
    )
    insert(
        "motion_scores",
        FACTS,
        "clip_id || '.f-' || md5(i || '/' || version || '/' || n)[:10] AS fact_id, clip_id, "
        f"'direction' AS kind, clip_id || '.t' || n % {TRACKS} AS subject_track_id, n * 0.2 AS t0, n * 0.2 + 2 AS t1, "
        "'left' AS value, 180.0 AS number, 'degrees' AS unit, 3.0 AS margin, 0.9 AS confidence, 'image' AS frame_of_reference, "
        "n * 2 AS frame0, n * 2 + 20 AS frame1",
    )
    insert(
        "captions",
        1,
        "clip_id || '.cap' AS caption_id, clip_id, 'embedded' AS writer, 'A person moves left.' AS text, "
        "[] AS sentences",
    )
    insert(
        "qa_pairs",
        questions,
        "'q-' || md5('q' || i || '/' || version || '/' || n)[:12] AS qa_id, clip_id, "
        "'motion recognition' AS category, 'what' AS what_how, 'easy' AS difficulty, 'direction' AS template, "
        "'Which way does object ' || n || ' move?' AS question, 'left' AS option_a, 'right' AS option_b, 'up' AS option_c, "
        "'down' AS option_d, ['A', 'B'][version + 1] AS answer, 'verified' AS verdict, 'embedded' AS writer, "
        f"[{{'role': ['right', 'distractor_b', 'distractor_c', 'distractor_d', 'right'][k + 1], 'fact_id': clip_id || '.f-' || "
        f"md5(i || '/' || version || '/' || ((n + k) % {FACTS}))[:10]}} FOR k IN range({EVIDENCE})] AS evidence",
    )


def _corpus(connection: duckdb.DuckDBPyConnection) -> None:
    """Splits and export of both times, the later ones current."""
    for stage, above in CORPUS.items():
        connection.execute("INSERT INTO raw_producers VALUES ($s || '-0', $s, '1', '{}', '{}', '{}')", {"s": stage})
        for version in (0, 1):
            values = {"s": stage, "n": version}
            connection.execute(
                "INSERT INTO raw_receipts BY NAME SELECT md5($s || $n)[:20] AS artifact_id, $s AS stage, 'corpus' AS video_id, "
                "$s || '-0' AS producer_id, 'd' AS data_version, 'ok' AS status, '' AS reason, uuid()::VARCHAR AS run_id, "
                "TIMESTAMPTZ '2026-02-01 00:00:00+00' + to_days($n) AS started, 5.0 AS seconds, 10 AS rows, 0.0 AS cost_usd, '' AS lineage_id",
                values,
            )
            for name in above:
                connection.execute(
                    "INSERT INTO raw_artifact_inputs SELECT md5($s || $n)[:20], 'corpus', $u, max_by(artifact_id, version), 'd' FROM a "
                    "WHERE stage = $u AND version <= $n GROUP BY i ORDER BY i",
                    {**values, "u": name},
                )
        connection.execute(
            "INSERT INTO heads (stage, batch, video_id, artifact_id) VALUES ($s, 'corpus', 'corpus', md5($s || 1)[:20])",
            {"s": stage},
        )
    for version in (0, 1):
        connection.execute(
            "INSERT INTO raw_benchmark_splits BY NAME SELECT md5('benchmark_splits' || $n)[:20] AS artifact_id, q.qa_id, q.clip_id, "
            "v.video_id, v.video_id AS group_id, ['train', 'val', 'test'][1 + i % 3] AS split, 'd' AS domain, 'hash of group' AS reason "
            "FROM raw_qa_pairs q JOIN (SELECT i, max_by(artifact_id, version) AS artifact_id FROM a WHERE stage = 'qa_pairs' "
            "AND version <= $n GROUP BY i) USING (artifact_id) JOIN v USING (i) ORDER BY v.video_id, q.qa_id",
            {"n": version},
        )


def questions_of(catalog: Catalog, pick: int) -> Iterator[tuple[str, Callable[[], object]]]:
    """What an auditor asks, each of another item at every pick."""
    current = "q.artifact_id IN (SELECT artifact_id FROM current_artifacts WHERE stage = 'qa_pairs')"

    def one(sql: str) -> str:
        return str(catalog.query(f"{sql} LIMIT 1 OFFSET {pick * 97}")[0]["id"])

    pair = one(f"SELECT qa_id AS id FROM raw_qa_pairs q WHERE {current} ORDER BY qa_id")
    old = one(f"SELECT qa_id AS id FROM raw_qa_pairs q WHERE NOT {current} ORDER BY qa_id")
    video = one("SELECT video_id AS id FROM registered_videos ORDER BY video_id")
    clip = one("SELECT clip_id AS id FROM clips WHERE status = 'keep' ORDER BY clip_id")
    yield "qa", lambda: audit_qa(catalog, pair)
    yield "qa, superseded", lambda: audit_qa(catalog, old)
    yield "qa, beginning of the id", lambda: audit_qa(catalog, pair[:10])
    yield "video", lambda: audit_video(catalog, video)
    yield "video, beginning of the id", lambda: audit_video(catalog, video[:15])
    yield "frame", lambda: _frame(catalog, clip)
    yield "producer: a tracker, current", lambda: audit_producer(catalog, "tracks-1")
    yield "producer: the detector", lambda: audit_producer(catalog, "detections-0")


def _frame(catalog: Catalog, clip: str) -> None:
    with catalog.asking() as ask:
        frame_rows(ask, clip, 1.5)


def times(catalog: Catalog, repeats: int) -> dict[str, list[tuple[float, float]]]:
    """Question -> wall and processor seconds of each repeat, opening and closing included."""
    found: dict[str, list[tuple[float, float]]] = {}
    for pick in range(repeats):
        for name, ask in questions_of(catalog, pick):
            began, worked = time.perf_counter(), time.process_time()
            ask()
            found.setdefault(name, []).append((time.perf_counter() - began, time.process_time() - worked))
    return found


def main() -> None:
    """Fills a catalog and times the questions."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--videos", type=int, default=50_000)
    parser.add_argument("--questions", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--file", type=Path, help="Where the catalog is kept, or lies already.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = options.file or Path(folder) / "catalog.duckdb"
        catalog = Catalog(file, Lake(folder + "/lake"))
        if not file.exists():
            catalog.sync()
            began = time.perf_counter()
            with duckdb.connect(str(file)) as connection:
                fill(connection, options.videos, options.questions)
            print(f"filled in {time.perf_counter() - began:.0f} s")
        sizes = catalog.query(
            "SELECT (SELECT count(*) FROM registered_videos) AS videos, (SELECT count(*) FROM raw_receipts) AS artifacts, "
            "(SELECT count(*) FROM raw_motion_scores) AS facts, (SELECT count(*) FROM qa) AS questions"
        )[0]
        print(", ".join(f"{n:,} {name}" for name, n in sizes.items()), f", {file.stat().st_size / 1e6:.0f} MB")
        print(f"{'question':30} {'median ms':>10} {'slowest ms':>11} {'median processor ms':>20}")
        for name, seconds in times(catalog, options.repeats).items():
            wall, worked = zip(*seconds, strict=True)
            median, slowest, busy = statistics.median(wall), max(wall), statistics.median(worked)
            print(f"{name:30} {1000 * median:10.0f} {1000 * slowest:11.0f} {1000 * busy:20.0f}")


if __name__ == "__main__":
    main()
