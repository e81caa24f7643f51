"""Lineages of artifacts, and the catalog's view of inputs that were replaced before it looked."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from arithmetic_stages import STAGE_TOTALS, STAGE_WORDS

from fm_assets.audit.lookup import UnknownItem
from fm_assets.audit.producer import audit_producer
from fm_assets.pipeline import Pipeline
from fm_assets.settings import load_settings
from fm_assets.stage import Workshop, run_stage
from fm_resources.lake import Lake
from fm_resources.provenance import Producer, Receipt
from fm_resources.registry import Registry, register
from fm_resources.rows import data_version


def workshop(home: Path, *overrides: str) -> Workshop:
    pipeline = Pipeline(load_settings(env={"FM_HOME": str(home)}, overrides=overrides))
    return Workshop(pipeline.settings, pipeline.lake, Registry.load(pipeline.lake), pipeline.pool, "run")


def test_inputs_that_were_replaced_before_anyone_looked_are_known(tmp_path) -> None:
    file = tmp_path / "a.mp4"
    file.write_text("one word and one more word")
    home = tmp_path / "home"
    pipeline = Pipeline(load_settings(env={"FM_HOME": str(home)}))
    (batch,) = register(pipeline.lake, [file], batch_size=8, domain="d", licence="").batches
    first = workshop(home)
    run_stage(STAGE_WORDS, batch, first)
    run_stage(STAGE_TOTALS, batch, first)
    # the words are counted otherwise, and their head moves on, before the catalog saw the first ones
    run_stage(STAGE_WORDS, batch, workshop(home, "tracks.track_buffer=31"))
    first.pool.close()
    pipeline.catalog.sync()
    rows = pipeline.catalog.query(
        "SELECT r.stage, list_sort(list(l.producer_id)) AS producers FROM raw_receipts r JOIN raw_lineages l "
        "USING (lineage_id) GROUP BY r.artifact_id, r.stage ORDER BY r.stage, producers"
    )
    settings = [workshop(home, f"tracks.track_buffer={n}").settings for n in (30, 31)]
    old, new = (STAGE_WORDS.producer(s).producer_id for s in settings)
    totals = STAGE_TOTALS.producer(settings[0]).producer_id
    assert [(r["stage"], r["producers"]) for r in rows] == [
        ("totals", sorted([old, totals])),
        *sorted([("words", [old]), ("words", [new])]),
    ]
    audit = audit_producer(pipeline.catalog, old)
    below = {row["stage"]: (row["artifacts"], row["current"]) for row in audit.below}
    assert below == {"words": (1, 0), "totals": (1, 1)}


def test_a_sync_that_finds_nothing_new_says_so(demo) -> None:
    from fm_resources.catalog import Catalog

    catalog = Catalog(demo.home / "catalog.duckdb", Lake(str(demo.home / "lake")))
    assert catalog.sync().artifacts == 0


def test_a_producer_is_found_by_its_weights(tmp_path) -> None:
    pipeline = Pipeline(load_settings(env={"FM_HOME": str(tmp_path / "home")}))
    sha = "ab" * 32
    rows = STAGE_WORDS.schema.empty_table()
    for weights in ({"yolo.pt": sha}, {}):
        producer = Producer("words", "1", {"a": len(weights)}, {}, weights)
        name = f"a{len(weights)}"
        started = datetime(2026, 1, 1, tzinfo=UTC).isoformat()
        version = data_version(rows)
        receipt = Receipt(name, "words", "v-1", producer, (), version, "ok", "", "", started, 1.0, 0)
        pipeline.lake.write(rows, receipt)
    pipeline.catalog.sync()
    assert audit_producer(pipeline.catalog, sha[:10]).producer["weights"] == {"yolo.pt": sha}
    with pytest.raises(UnknownItem, match="no producer cd"):
        audit_producer(pipeline.catalog, "cdcdcd")
