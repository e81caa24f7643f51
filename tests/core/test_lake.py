"""The lake: artifacts with receipts, heads, on a folder and on another file system."""

from __future__ import annotations

import uuid
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fm_resources.artifact import RECEIPT_KEY
from fm_resources.lake import DamagedArtifact, Head, HeadFile, Lake
from fm_resources.provenance import InputRef, Producer, Receipt, artifact_id
from fm_resources.rows import col, data_version, from_pylist, schema

ROWS = schema(col("n", pa.int64(), "A number."), keys=["n"])


@pytest.fixture(params=["folder", "file", "memory"])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    folder = str(tmp_path / "lake")
    return Lake(
        {"folder": folder, "file": f"file://{folder}", "memory": f"memory://{uuid.uuid4().hex}/lake"}[request.param]
    )


def receipt(table: pa.Table, **changes: object) -> Receipt:
    values = {
        "artifact_id": "abc", "stage": "numbers", "video_id": "v-1", "producer": Producer("numbers", "1", {"p": 1}),
        "inputs": (InputRef("file", "v-1", "", "0"),), "data_version": data_version(table), "status": "ok", "reason": "",
        "run_id": "run", "started": "2026-01-01T00:00:00+00:00", "seconds": 0.1, "rows": table.num_rows,
    }  # fmt: skip
    return Receipt(**{**values, **changes})  # type: ignore[arg-type]


def test_what_is_written_is_read(lake: Lake) -> None:
    table = from_pylist([{"n": 2}, {"n": 1}], ROWS)
    lake.write(table, receipt(table))
    assert lake.read("numbers", "v-1", "abc")["n"].to_pylist() == [1, 2]
    assert lake.read_receipt("numbers", "v-1", "abc") == receipt(table)
    assert list(lake.artifacts()) == [("numbers", "v-1", "abc")]


def test_a_whole_file_is_told_from_one_that_is_cut_short_or_gone(lake: Lake) -> None:
    table = from_pylist([{"n": 1}], ROWS)
    lake.write(table, receipt(table))
    assert lake.is_whole("numbers", "v-1", "abc")
    path = lake.artifact_path("numbers", "v-1", "abc")
    for left in (path.read_bytes()[:-1], b"PAR", b""):
        path.write_bytes(left)
        assert not lake.is_whole("numbers", "v-1", "abc")
    assert not lake.is_whole("numbers", "v-1", "none")


def test_a_missing_artifact_has_no_receipt(lake: Lake) -> None:
    assert lake.read_receipt("numbers", "v-1", "none") is None
    with pytest.raises(DamagedArtifact, match="run the stage again"):
        lake.read("numbers", "v-1", "none")


def test_heads_name_what_is_current(lake: Lake) -> None:
    assert lake.heads("numbers", "b") == {}
    lake.write_heads("numbers", "b", {"v-1": Head("abc", "1", "ok")}, "r")
    (before,) = lake.head_files().values()
    lake.write_heads("numbers", "b", {"v-1": Head("abc", "1", "ok")}, "r")
    assert list(lake.head_files().values()) == [before]
    lake.write_heads("numbers", "b", {"v-1": Head("def", "2", "ok")}, "r")
    assert lake.heads("numbers", "b") == {"v-1": Head("def", "2", "ok", previous="abc")}
    assert list(lake.head_files().values()) != [before]


def test_a_head_names_the_artifact_before_it_and_passes_over_failures(lake: Lake) -> None:
    for name, status in (("a", "ok"), ("b", "failed"), ("b", "ok"), ("b", "ok"), ("c", "ok"), ("a", "ok")):
        lake.write_heads("numbers", "b", {"v-1": Head(name, name, status)}, "r")
        found = lake.heads("numbers", "b")["v-1"].previous
        assert found == {"a": "", "b": "a", "c": "b"}[name] or (name, found) == ("a", "c")


def test_heads_keep_the_recipe_and_read_files_of_before_recipes(lake: Lake) -> None:
    lake.write_heads("numbers", "b", {"v-1": Head("abc", "1", "ok")}, "first")
    assert lake.head_file("numbers", "b") == HeadFile({"v-1": Head("abc", "1", "ok")}, "first")
    lake.write_heads("numbers", "b", {"v-1": Head("abc", "1", "ok")}, "second")
    assert lake.head_file("numbers", "b").recipe == "second"
    lake.put_json(lake.root / "_heads" / "main" / "numbers" / "old.json", {"v-1": ["abc", "1", "ok"]})
    assert lake.head_file("numbers", "old") == HeadFile({"v-1": Head("abc", "1", "ok")})
    assert Lake(lake.url).head_file("numbers", "none") == HeadFile()


def test_a_batch_is_held_until_it_is_let_go_or_made_anew(lake: Lake) -> None:
    lake.write_heads("numbers", "b", {"v-1": Head("abc", "1", "ok")}, "r")
    lake.hold("numbers", "b", ["schema"])
    lake.write_heads("numbers", "b", {"v-1": Head("abc", "1", "ok")}, "r")
    assert Lake(lake.url).head_file("numbers", "b").held == ("schema",)
    lake.write_heads("numbers", "b", {"v-1": Head("abc", "1", "ok")}, "other")
    assert lake.head_file("numbers", "b").held == ()


def test_the_receipt_lies_in_the_parquet_footer(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    table = from_pylist([{"n": 1}], ROWS)
    lake.write(table, receipt(table))
    metadata = pq.read_metadata(tmp_path / "numbers" / "v-1" / "abc.parquet").metadata
    assert Receipt.from_json(metadata[RECEIPT_KEY].decode()).producer.parameters == {"p": 1}


def test_a_parquet_file_of_somebody_else_is_no_artifact(tmp_path: Path) -> None:
    (tmp_path / "numbers" / "v-1").mkdir(parents=True)
    pq.write_table(pa.table({"n": [1]}), tmp_path / "numbers" / "v-1" / "abc.parquet")
    assert Lake(str(tmp_path)).read_receipt("numbers", "v-1", "abc") is None


def test_names_depend_on_stage_video_producer_and_input_data_and_on_nothing_else() -> None:
    one = [InputRef("tracks", "v", "a1", "d1")]
    base = artifact_id("facts", "v", "p", one)
    assert artifact_id("facts", "v", "p", [InputRef("tracks", "v", "other name", "d1")]) == base
    others = [
        artifact_id("captions", "v", "p", one),
        artifact_id("facts", "w", "p", one),
        artifact_id("facts", "v", "q", one),
        artifact_id("facts", "v", "p", [InputRef("tracks", "v", "a1", "d2")]),
    ]
    assert len({base, *others}) == 5


def test_producers_differ_by_parameter_library_and_weights() -> None:
    ids = {
        Producer("s", "1", {"a": 1}, {"numpy": "2"}, {"m": "x"}).producer_id,
        Producer("s", "2", {"a": 1}, {"numpy": "2"}, {"m": "x"}).producer_id,
        Producer("s", "1", {"a": 2}, {"numpy": "2"}, {"m": "x"}).producer_id,
        Producer("s", "1", {"a": 1}, {"numpy": "3"}, {"m": "x"}).producer_id,
        Producer("s", "1", {"a": 1}, {"numpy": "2"}, {"m": "y"}).producer_id,
    }
    assert len(ids) == 5
