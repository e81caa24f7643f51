"""An artifact's file: no byte of it can change unseen."""

from __future__ import annotations

import random
import uuid
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fm_resources.artifact import DIGEST_KEY, RECEIPT_KEY, ArtifactName, look, rows_of, to_bytes
from fm_resources.lake import DamagedArtifact, Lake
from fm_resources.provenance import InputRef, Producer, Receipt, artifact_id
from fm_resources.rows import col, data_version, from_pylist, schema

ROWS = schema(
    col("n", pa.int64(), "A number."),
    col("word", pa.string(), "A word."),
    col("boxes", pa.list_(pa.struct([col("x", pa.float64(), "An edge.", rounding="box")])), "Boxes."),
    keys=["n"],
)


def table(numbers: range = range(5)) -> pa.Table:
    return from_pylist([{"n": n, "word": f"w{n}", "boxes": [{"x": n / 3}] * n} for n in numbers], ROWS)


def receipt(rows: pa.Table, video: str = "v-1") -> Receipt:
    producer = Producer("numbers", "1", {"p": 1})
    inputs = (InputRef("file", video, "", "0"),)
    name = artifact_id("numbers", video, producer.producer_id, inputs)
    return Receipt(
        name, "numbers", video, producer, inputs, data_version(rows), "ok", "", "run", "2026-01-01T00:00:00+00:00", 0.1,
        rows.num_rows,
    )  # fmt: skip


def name_of(made: Receipt) -> ArtifactName:
    return ArtifactName(made.stage, made.video_id, made.artifact_id)


def older(rows: pa.Table, made: Receipt) -> bytes:
    """The file as it was written before there were digests."""
    text = made.to_json().replace(', "sealed": true', "")
    assert "sealed" not in text
    sink = pa.BufferOutputStream()
    pq.write_table(rows.replace_schema_metadata({**rows.schema.metadata, RECEIPT_KEY: text}), sink, compression="zstd")
    return sink.getvalue().to_pybytes()


def test_an_intact_file_is_intact_and_gives_its_rows() -> None:
    made = receipt(table())
    data = to_bytes(table(), made)
    assert look(data, name_of(made)).flaw == ""
    assert look(data, name_of(made)).receipt == made
    assert rows_of(data).equals(table())
    assert rows_of(data, ["word", "unknown"]).column_names == ["word"]
    assert to_bytes(table(), made) == data


def test_a_change_of_any_single_byte_is_seen() -> None:
    made = receipt(table())
    data = to_bytes(table(), made)
    chance = random.Random(1)
    for at in range(len(data)):
        broken = bytearray(data)
        broken[at] ^= chance.randrange(1, 256)
        assert look(bytes(broken), name_of(made)).flaw, at


def test_a_file_that_was_cut_short_or_made_longer_is_seen() -> None:
    made = receipt(table())
    data = to_bytes(table(), made)
    for length in [*range(0, len(data), 7), len(data) - 1]:
        assert look(data[:length], name_of(made)).flaw, length
    assert look(data + b"\0", name_of(made)).flaw


def test_another_artifacts_valid_file_is_seen() -> None:
    one, other = receipt(table()), receipt(table(range(3)), "v-2")
    assert "another artifact, numbers/v-2" in look(to_bytes(table(range(3)), other), name_of(one)).flaw


def test_a_hand_edited_file_is_seen_also_with_a_digest_of_its_own() -> None:
    made = receipt(table())
    edited = table().set_column(1, table().schema.field(1), pa.array([f"x{n}" for n in range(5)]))
    assert "rows are not those" in look(to_bytes(edited, made), name_of(made)).flaw
    kept = pq.read_metadata(pa.BufferReader(to_bytes(table(), made))).metadata
    sink = pa.BufferOutputStream()
    pq.write_table(edited.replace_schema_metadata(kept), sink)
    assert "bytes are not those" in look(sink.getvalue().to_pybytes(), name_of(made)).flaw
    without = {k: v for k, v in kept.items() if k != DIGEST_KEY}
    pq.write_table(edited.replace_schema_metadata(without), sink := pa.BufferOutputStream())
    assert "digest is gone" in look(sink.getvalue().to_pybytes(), name_of(made)).flaw


def test_a_receipt_of_other_inputs_does_not_fit_the_name() -> None:
    made = receipt(table())
    foreign = Receipt(**{**made.__dict__, "inputs": (InputRef("file", "v-1", "", "1"),)})
    assert "producer and inputs" in look(to_bytes(table(), foreign), name_of(made)).flaw


def test_an_older_file_without_digest_is_proved_by_its_rows() -> None:
    made = receipt(table())
    found = look(older(table(), made), name_of(made))
    assert (found.flaw, found.sealed) == ("", False)
    assert found.receipt is not None and not found.receipt.sealed
    assert "rows are not those" in look(older(table(range(1, 6)), made), name_of(made)).flaw


@pytest.mark.parametrize("where", ["folder", "memory"])
def test_a_damaged_artifact_is_set_aside_and_counts_as_missing(tmp_path: Path, where: str) -> None:
    lake = Lake(str(tmp_path / "lake") if where == "folder" else f"memory://{uuid.uuid4().hex}/lake")
    made = receipt(table())
    lake.write(table(), made)
    name = name_of(made)
    path = lake.artifact_path(*name)
    data = bytearray(path.read_bytes())
    data[10] ^= 1
    path.write_bytes(bytes(data))
    assert lake.read_receipt(*name) is not None, "the footer alone does not tell"
    with pytest.raises(DamagedArtifact, match="bytes are not those") as error:
        lake.read(*name)
    assert error.value.name == name
    lake.set_aside(name)
    lake.set_aside(name)
    assert lake.read_receipt(*name) is None
    assert list(lake.artifacts()) == []
    assert list(lake.damaged()) == [name]
    assert lake.remove(name, aside=True) == len(data)
    assert list(lake.damaged()) == []
    assert lake.remove(name) == 0


def test_a_receipt_with_a_flipped_byte_or_of_another_artifact_is_none(tmp_path: Path) -> None:
    lake = Lake(str(tmp_path))
    one, other = receipt(table()), receipt(table(range(3)), "v-2")
    data = to_bytes(table(), one)
    at = data.index(b'"status"')
    for broken in (data[:at] + b"\xff" + data[at + 1 :], data[:at] + b"?" + data[at + 1 :], to_bytes(table(), other)):
        lake.put(lake.artifact_path(*name_of(one)), broken)
        assert lake.read_receipt(*name_of(one)) is None
