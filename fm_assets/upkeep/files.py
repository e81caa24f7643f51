"""Every artifact's file, held against its digest, its name, its receipt and its rows; many at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from fm_assets.workers import WorkerPool
from fm_resources.lake import ArtifactName, DamagedArtifact, Lake, MissingArtifact
from fm_resources.provenance import InputRef, Status

T = TypeVar("T")

#: Artifacts that a worker is given at once, and up to how many are not worth starting workers.
CHUNK = 64
FEW = 256

Progress = Callable[[str, int, int], None]
"""Called with (what, done, in all)."""


@dataclass(frozen=True)
class Seen:
    """What was found of one artifact.

    Attributes:
        name: The artifact.
        kind: `intact`, `damaged`, `missing` or `unreadable`.
        detail: What is wrong.
        sealed: Whether the file carries a digest.
        size: Bytes.
        data_version: As its receipt says.
        status: As its receipt says.
        inputs: What it was made from.
    """

    name: ArtifactName
    kind: str
    detail: str = ""
    sealed: bool = False
    size: int = 0
    data_version: str = ""
    status: Status = "ok"
    inputs: tuple[InputRef, ...] = ()

    @property
    def made_from(self) -> tuple[ArtifactName, ...]:
        """The artifacts among the inputs."""
        return artifacts_in(self.inputs)


@dataclass(frozen=True)
class _Chunk:
    lake_url: str
    names: Sequence[ArtifactName]


def check(lake: Lake, names: Sequence[ArtifactName], pool: WorkerPool, progress: Progress | None = None) -> list[Seen]:
    """Reads the files whole; in the order of the names."""
    return _mapped(_look, lake, names, pool, progress, "checking")


def inputs_of(
    lake: Lake, names: Sequence[ArtifactName], pool: WorkerPool, progress: Progress | None = None
) -> list[tuple[ArtifactName, ...] | None]:
    """What artifacts were made from, by their footers alone; None for those without a readable receipt."""
    return _mapped(_inputs, lake, names, pool, progress, "reading receipts")


def artifacts_in(inputs: Sequence[InputRef]) -> tuple[ArtifactName, ...]:
    """The artifacts among inputs; the video's own file is none."""
    return tuple(ArtifactName(i.stage, i.video_id, i.artifact_id) for i in inputs if i.stage != "file")


def _mapped(
    function: Callable[[_Chunk], list[T]],
    lake: Lake,
    names: Sequence[ArtifactName],
    pool: WorkerPool,
    progress: Progress | None,
    what: str,
) -> list[T]:
    chunks = [_Chunk(lake.url, tuple(names[i : i + CHUNK])) for i in range(0, len(names), CHUNK)]
    found: dict[ArtifactName, list[T]] = {}
    done = 0
    for chunk, result in _results(function, chunks, pool, few=len(names) <= FEW):
        found[chunk.names[0]] = result
        done += len(chunk.names)
        if progress:
            progress(what, done, len(names))
    return [entry for chunk in chunks for entry in found[chunk.names[0]]]


def _results(
    function: Callable[[_Chunk], list[T]], chunks: Sequence[_Chunk], pool: WorkerPool, *, few: bool
) -> Iterator[tuple[_Chunk, list[T]]]:
    if few:
        yield from ((chunk, function(chunk)) for chunk in chunks)
        return
    for chunk, result in pool.map(function, chunks, timeout_s=3600):
        if isinstance(result, BaseException):
            raise result
        yield chunk, result


def _look(chunk: _Chunk) -> list[Seen]:
    lake = Lake(chunk.lake_url)
    return [_seen(lake, name) for name in chunk.names]


def _seen(lake: Lake, name: ArtifactName) -> Seen:
    try:
        found = lake.look(name)
    except MissingArtifact:
        return Seen(name, "missing", "its file is gone")
    except DamagedArtifact as error:
        return Seen(name, "unreadable", str(error))
    kind = "damaged" if found.flaw else "intact"
    receipt = found.receipt
    if receipt is None:
        return Seen(name, kind, found.flaw, found.sealed, found.size)
    return Seen(name, kind, found.flaw, found.sealed, found.size, receipt.data_version, receipt.status, receipt.inputs)


def _inputs(chunk: _Chunk) -> list[tuple[ArtifactName, ...] | None]:
    lake = Lake(chunk.lake_url)
    receipts = [lake.read_receipt(*name) for name in chunk.names]
    return [artifacts_in(receipt.inputs) if receipt else None for receipt in receipts]
