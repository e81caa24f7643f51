"""Row types: Arrow schemas whose fields say what they mean, and the canonical form in which rows are stored.

One schema per artifact is the single source for the Parquet file, the Dagster column schema, the
rounding and the data version. What is stored is what is hashed: numbers are rounded first (boxes to
1/8 px, scores to 0.001, times to the millisecond, facts to 4 significant digits), so that last-bit noise
of a kernel does not move a data version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

#: Rounding rules by name; a field names its rule in its metadata.
ROUNDING: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "box": lambda a: np.round(a * 8.0) / 8.0,
    "score": lambda a: np.round(a, 3),
    "time": lambda a: np.round(a, 3),
    "matrix": lambda a: np.round(a, 6),
    "fact": lambda a: _significant(a, 4),
}
#: Differences of times within this, half of what they are stored to, are none.
TIME_TOLERANCE_S = 0.0005


def _significant(values: np.ndarray, digits: int) -> np.ndarray:
    values = np.where(np.abs(values) < 1e-12, 0.0, values)
    magnitude = np.floor(np.log10(np.where(values == 0, 1.0, np.abs(values))))
    scale = 10.0 ** (digits - 1 - magnitude)
    return np.round(values * scale) / scale


def col(
    name: str,
    kind: pa.DataType,
    description: str,
    *,
    unit: str = "",
    rounding: str = "",
    hashed: bool = True,
    nullable: bool = False,
    of: Sequence[str] = (),
) -> pa.Field:
    """A schema field with its meaning.

    Args:
        name: Column name.
        kind: Arrow type; lists of structs hold a row's bulk data.
        description: One sentence, shown in the Dagster column schema.
        unit: Seconds, pixels, frame heights ...; empty for names and counts.
        rounding: Key of `ROUNDING`, applied before hashing and storing.
        hashed: Whether the column takes part in the data version (a preview picture does not).
        nullable: Whether a row may lack the value.
        of: Columns that it comes from, as `stage.column`; none for what the producer alone decides.
    """
    if rounding and rounding not in ROUNDING:
        raise ValueError(f"unknown rounding {rounding!r} for column {name!r}: one of {sorted(ROUNDING)}")
    meta = {"description": description, "unit": unit, "rounding": rounding, "hashed": str(int(hashed))}
    if of:
        meta["of"] = " ".join(of)
    return pa.field(name, kind, nullable=nullable, metadata=meta)


def schema(*fields: pa.Field, keys: Sequence[str]) -> pa.Schema:
    """An artifact's schema; `keys` name the columns that put its rows in canonical order."""
    return pa.schema(list(fields), metadata={"keys": ",".join(keys)})


def describe(field: pa.Field, what: str) -> str:
    """One metadata entry (`description`, `unit`, `rounding`, `hashed`, `of`) of a field made by `col`."""
    return (field.metadata or {}).get(what.encode(), b"").decode()


def canonical(table: pa.Table, to: pa.Schema) -> pa.Table:
    """The table in canonical form: columns and types of the schema, sorted by its keys, numbers rounded.

    Raises:
        ValueError: A column is missing, of another type, null where the schema forbids it, or not finite.
    """
    missing = [f.name for f in to if f.name not in table.column_names]
    if missing:
        raise ValueError(f"rows lack the columns {missing}; they have {table.column_names}")
    keys = [k for k in (to.metadata or {}).get(b"keys", b"").decode().split(",") if k]
    if keys and table.num_rows > 1:
        table = table.sort_by([(k, "ascending") for k in keys])
    columns = []
    for field in to:
        array = table.column(field.name).combine_chunks()
        if isinstance(array, pa.ChunkedArray):
            array = array.chunk(0) if array.num_chunks == 1 else pa.concat_arrays(array.chunks)
        columns.append(_canonical_array(array, field, field.name))
    return pa.Table.from_arrays(columns, schema=to)


def from_pylist(rows: Sequence[dict], to: pa.Schema) -> pa.Table:
    """A canonical table from row dicts (for small tables; bulk data should arrive as arrays)."""
    plain = pa.schema([pa.field(f.name, f.type) for f in to])
    return canonical(pa.Table.from_pylist(list(rows), schema=plain), to)


def _canonical_array(array: pa.Array, field: pa.Field, where: str) -> pa.Array:
    if array.null_count and not field.nullable:
        raise ValueError(f"{where} holds {array.null_count} nulls but is required")
    kind = field.type
    if pa.types.is_list(kind):
        values = _canonical_array(array.flatten(), kind.value_field, f"{where}[]")
        offsets = np.concatenate([[0], np.cumsum(array.value_lengths().fill_null(0).to_numpy(zero_copy_only=False))])
        mask = array.is_null() if array.null_count else None
        return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values, type=kind, mask=mask)
    if pa.types.is_struct(kind):
        parts = [_canonical_array(_child(array, f.name), f, f"{where}.{f.name}") for f in kind]
        return pa.StructArray.from_arrays(parts, fields=list(kind))
    array = array.cast(kind)
    if pa.types.is_floating(kind):
        return _round_floats(array, field, where)
    return array


def _child(array: pa.StructArray, name: str) -> pa.Array:
    index = array.type.get_field_index(name)
    if index < 0:
        raise ValueError(f"struct lacks the field {name!r}; it has {[f.name for f in array.type]}")
    return array.flatten()[index]


def _round_floats(array: pa.Array, field: pa.Field, where: str) -> pa.Array:
    nulls = array.is_null().to_numpy(zero_copy_only=False)
    values = array.fill_null(0.0).to_numpy(zero_copy_only=False).astype(np.float64)
    if not np.isfinite(values).all():
        raise ValueError(f"{where} holds a value that is not finite")
    rule = describe(field, "rounding")
    if rule:
        values = ROUNDING[rule](values)
    values = values + 0.0  # -0.0 and 0.0 are one value
    return pa.array(values, type=pa.float64(), mask=nulls).cast(field.type)


def data_version(table: pa.Table) -> str:
    """Hash of the hashed columns' names, types and values; equal rows give equal versions on any machine."""
    digest = hashlib.sha256()
    for field in table.schema:
        if describe(field, "hashed") == "0":
            continue
        digest.update(f"{field.name}:{_spelled(field.type)}:{table.num_rows};".encode())
        for chunk in table.column(field.name).chunks:
            _feed(digest, chunk)
    return digest.hexdigest()[:16]


def _spelled(kind: pa.DataType) -> pa.DataType:
    """The type with a list's entries called `item`, as Arrow does; read from Parquet they are called `element`."""
    if pa.types.is_list(kind):
        return pa.list_(pa.field("item", _spelled(kind.value_type), nullable=kind.value_field.nullable))
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_spelled(field.type)) for field in kind])
    return kind


def _feed(digest: hashlib._Hash, array: pa.Array) -> None:
    kind = array.type
    if array.null_count:
        digest.update(array.is_null().to_numpy(zero_copy_only=False).tobytes())
    if pa.types.is_list(kind):
        digest.update(array.value_lengths().fill_null(0).to_numpy(zero_copy_only=False).astype("<i8").tobytes())
        _feed(digest, array.flatten())
    elif pa.types.is_struct(kind):
        for part in array.flatten():
            _feed(digest, part)
    elif pa.types.is_string(kind) or pa.types.is_binary(kind):
        for value in array.to_pylist():
            raw = value.encode() if isinstance(value, str) else (value or b"")
            digest.update(len(raw).to_bytes(8, "little"))
            digest.update(raw)
    elif pa.types.is_floating(kind):
        digest.update(array.fill_null(0.0).to_numpy(zero_copy_only=False).astype("<f8").tobytes())
    elif pa.types.is_boolean(kind):
        digest.update(array.fill_null(False).to_numpy(zero_copy_only=False).astype("<i1").tobytes())
    else:
        digest.update(array.fill_null(0).to_numpy(zero_copy_only=False).astype("<i8").tobytes())


def struct_columns(table: pa.Table, column: str) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """A list-of-struct column as flat numpy arrays.

    Returns:
        `(lengths, fields)`: lengths (rows,) int64, the number of entries per row; fields maps each struct
        field to its flat array (sum(lengths),). Strings come as object arrays.
    """
    array = table.column(column).combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    lengths = array.value_lengths().fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    flat = array.flatten()
    fields = {f.name: part.to_numpy(zero_copy_only=False) for f, part in zip(flat.type, flat.flatten(), strict=True)}
    return lengths, fields
