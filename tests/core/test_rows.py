"""Canonical rows: rounding, order, data versions."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fm_resources.rows import ROUNDING, canonical, col, data_version, from_pylist, schema, struct_columns

POINT = pa.struct([col("x", pa.float32(), "x", rounding="box"), col("name", pa.string(), "n")])
ROW = schema(
    col("key", pa.string(), "Key."),
    col("value", pa.float64(), "Value.", rounding="fact", nullable=True),
    col("points", pa.list_(pa.field("item", POINT, nullable=False)), "Points."),
    col("picture", pa.binary(), "Not hashed.", hashed=False),
    keys=["key"],
)


def row(key: str, value: float | None = 1.0, x: float = 0.0, picture: bytes = b"") -> dict:
    return {"key": key, "value": value, "points": [{"x": x, "name": "p"}], "picture": picture}


def test_order_of_rows_does_not_matter() -> None:
    assert data_version(from_pylist([row("a"), row("b")], ROW)) == data_version(from_pylist([row("b"), row("a")], ROW))


def test_noise_below_the_rounding_does_not_move_the_version_and_a_real_change_does() -> None:
    base = data_version(from_pylist([row("a", 1.23456789, 10.01)], ROW))
    assert data_version(from_pylist([row("a", 1.23456788, 10.02)], ROW)) == base
    assert data_version(from_pylist([row("a", 1.235, 10.2)], ROW)) != base
    assert data_version(from_pylist([row("a", None, 10.01)], ROW)) != base


def test_pictures_take_no_part_in_the_version() -> None:
    assert data_version(from_pylist([row("a", picture=b"1")], ROW)) == data_version(
        from_pylist([row("a", picture=b"2")], ROW)
    )


def test_version_survives_parquet(tmp_path) -> None:
    table = from_pylist([row("a", 0.1), row("b", None)], ROW)
    pq.write_table(table, tmp_path / "t.parquet")
    assert data_version(canonical(pq.read_table(tmp_path / "t.parquet"), ROW)) == data_version(table)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{**row("a"), "value": float("nan")}], "not finite"),
        ([{**row("a"), "key": None}], "required"),
    ],
)
def test_bad_values_are_refused(rows: list[dict], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        from_pylist(rows, ROW)


def test_missing_column_is_named() -> None:
    with pytest.raises(ValueError, match="points"):
        canonical(pa.table({"key": ["a"], "value": [1.0], "picture": [b""]}), ROW)


@given(st.lists(st.floats(-1e6, 1e6, allow_nan=False), min_size=1, max_size=20), st.sampled_from(sorted(ROUNDING)))
def test_rounding_is_idempotent(values: list[float], rule: str) -> None:
    once = ROUNDING[rule](np.array(values))
    assert np.array_equal(ROUNDING[rule](once), once)


def test_struct_columns_flatten_lists() -> None:
    table = from_pylist([row("a", x=1), {**row("b"), "points": []}, row("c", x=2)], ROW)
    lengths, fields = struct_columns(table, "points")
    assert lengths.tolist() == [1, 0, 1]
    assert fields["x"].tolist() == [1, 2]
