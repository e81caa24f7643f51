"""An artifact as a file: Parquet, with its receipt and the digest of all its other bytes in the footer.

The digest is the sha256 of the file in which the digest itself is 64 zeros. It is computed over the finished file
and put in its place without moving a byte, so that a change of any one byte, wherever it falls, is seen; and it
stays an ordinary key of the footer, which any Parquet reader shows (`parquet_kv_metadata` in DuckDB).
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from fm_resources.provenance import Receipt, artifact_id
from fm_resources.rows import data_version

RECEIPT_KEY = b"foundationmotion.receipt"
DIGEST_KEY = b"foundationmotion.sha256"
_BLANK = b"0" * 64
#: What pyarrow raises over bytes that are no Parquet.
_NO_PARQUET = (pa.ArrowException, OSError)
#: What a receipt that was tampered with raises besides.
_NO_RECEIPT = (*_NO_PARQUET, ValueError, KeyError, TypeError)


class ArtifactName(NamedTuple):
    """Where an artifact lies in the lake."""

    stage: str
    video_id: str
    artifact_id: str

    def __str__(self) -> str:
        return "/".join(self)


class DamagedArtifact(RuntimeError):
    """A file in the lake that is not a complete artifact.

    Args:
        message: What is wrong, and what to do.
        name: The artifact, where its file is there and its bytes are wrong; None where it is missing or unreadable.
    """

    def __init__(self, message: str, name: ArtifactName | None = None) -> None:
        super().__init__(message)
        self.name = name


class MissingArtifact(DamagedArtifact):
    """There is no file of that name."""


@dataclass(frozen=True)
class Look:
    """What was found in a file.

    Attributes:
        flaw: What is wrong with it; empty for an intact one.
        receipt: Its receipt, where it can be read.
        sealed: Whether it carries a digest; artifacts made before there were digests do not.
        size: Bytes of the file.
    """

    flaw: str
    receipt: Receipt | None = None
    sealed: bool = False
    size: int = 0


def to_bytes(table: pa.Table, receipt: Receipt) -> bytes:
    """The file of an artifact; equal rows and receipts give equal bytes."""
    buffer = io.BytesIO()
    with pq.ParquetWriter(buffer, table.schema, compression="zstd", store_schema=True) as writer:
        writer.write_table(table)
        # not as metadata of the schema, of which Arrow keeps a second copy in the file
        writer.add_key_value_metadata({RECEIPT_KEY: receipt.to_json(), DIGEST_KEY: _BLANK})
    data = bytearray(buffer.getbuffer())
    at = _digest_place(data)
    data[at : at + 64] = _digest(data, at)
    return bytes(data)


def rows_of(data: bytes, columns: Sequence[str] | None = None) -> pa.Table:
    """The rows of a file.

    Args:
        data: The whole file.
        columns: The columns wanted, None for all; those that it lacks are left out.

    Raises:
        ValueError: The bytes are not those that were written; the message says how that shows.
    """
    if flaw := _broken_seal(data):
        raise ValueError(flaw)
    return _parsed(data, columns)


def receipt_in(file: BinaryIO, name: ArtifactName) -> Receipt:
    """The receipt in a file's footer; reads the footer alone.

    Raises:
        ValueError: There is none, or it is another artifact's.
    """
    try:
        text = (pq.read_metadata(file).metadata or {}).get(RECEIPT_KEY)
        receipt = Receipt.from_json(text.decode()) if text is not None else None
    except _NO_RECEIPT as error:
        raise ValueError(f"its footer cannot be read ({error})") from None
    if receipt is None:
        raise ValueError("a Parquet file without a receipt")
    found = ArtifactName(receipt.stage, receipt.video_id, receipt.artifact_id)
    if found != name:
        raise ValueError(f"it holds another artifact, {found}")
    return receipt


def look(data: bytes, name: ArtifactName, *, rows: bool = True) -> Look:
    """Holds a file against its digest, its name and its receipt.

    Args:
        data: The whole file.
        name: The name under which it lies.
        rows: Also hash the rows again, which proves those without a digest, and who wrote a digest of its own.
    """
    sealed = _digest_place(data) >= 0
    # the digest first: a Parquet reader is not made for bytes that were tampered with
    if flaw := _broken_seal(data):
        return Look(flaw, None, sealed, len(data))
    try:
        receipt = receipt_in(io.BytesIO(data), name)
    except ValueError as error:
        return Look(str(error), None, sealed, len(data))
    if receipt.sealed and not sealed:
        return Look("its digest is gone", receipt, sealed, len(data))
    made = artifact_id(receipt.stage, receipt.video_id, receipt.producer.producer_id, receipt.inputs)
    if made != name.artifact_id:
        return Look(f"its producer and inputs are those of {made}", receipt, sealed, len(data))
    flaw = _wrong_rows(data, receipt) if rows else ""
    return Look(flaw, receipt, sealed, len(data))


def _parsed(data: bytes, columns: Sequence[str] | None = None) -> pa.Table:
    try:
        # without pyarrow's threads: they may outlive the interpreter and abort it, and small files gain nothing
        source = pq.ParquetFile(pa.BufferReader(data), pre_buffer=False)
        if columns is not None:
            present = set(source.schema_arrow.names)
            columns = [name for name in columns if name in present]
        return source.read(columns, use_threads=False)
    except _NO_PARQUET as error:
        raise ValueError(f"not readable as Parquet ({error})") from None


def _wrong_rows(data: bytes, receipt: Receipt) -> str:
    try:
        table = _parsed(data)
    except ValueError as error:
        return str(error)
    version = data_version(table)
    if version != receipt.data_version:
        return f"its rows are not those that were written (data version {version}, not {receipt.data_version})"
    if table.num_rows != receipt.rows:
        return f"it has {table.num_rows} rows, not {receipt.rows}"
    return ""


def _broken_seal(data: bytes) -> str:
    """Why a file is not the one that was written, as far as its digest tells; empty where it is, or has none."""
    at = _digest_place(data)
    if at < 0 or data[at : at + 64] == _digest(data, at):
        return ""
    return "its bytes are not those that were written"


def _digest_place(data: bytes | bytearray) -> int:
    """Where the digest's 64 characters lie: behind its key, the type and the length of the value; -1 without one."""
    key = data.rfind(DIGEST_KEY)
    return -1 if key < 0 else key + len(DIGEST_KEY) + 2


def _digest(data: Any, at: int) -> bytes:
    view = memoryview(data)
    digest = hashlib.sha256(view[:at])
    digest.update(_BLANK)
    digest.update(view[at + 64 :])
    return digest.hexdigest().encode()
