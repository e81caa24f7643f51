"""Ingestion: new files in the watched folders, once they have settled, become a batch."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from filelock import FileLock, Timeout

from fm_assets.settings import Settings
from fm_resources.detector.base import RENDERED
from fm_resources.lake import Lake
from fm_resources.registry import Registration, Registry, register, unseen

#: Endings of files that a download or a copy is still writing.
UNFINISHED = (".part", ".partial", ".crdownload", ".tmp", ".download")


class IngestError(RuntimeError):
    """Files could not be taken; the message says what to do."""


def ingest(settings: Settings, files: Sequence[Path], *, domain: str = "", licence: str = "") -> Registration:
    """Takes files at once, by content hash, into new batches.

    Args:
        settings: Settings.
        files: The files.
        domain: Domain of new videos; empty: `ingest.domain`, else the name of the folder that a file lies in.
        licence: Licence of new videos; empty: `ingest.licence`.

    Raises:
        IngestError: Another process is taking files for longer than a minute.
    """
    with _lock(settings):
        return register(
            Lake(settings.lake_url),
            files,
            batch_size=settings.ingest.batch_size,
            domain=domain or settings.ingest.domain,
            licence=licence or settings.ingest.licence,
        )


def known_videos(settings: Settings, most: int = 8) -> Iterator[Path]:
    """Some registered videos whose files are there, filmed ones first; some may be damaged. Looks when it is iterated."""
    registry = Registry.load(Lake(settings.lake_url))
    filmed_first = sorted(registry.videos, key=lambda i: (registry.videos[i].domain == RENDERED, i))
    places = (registry.locate(i) for i in filmed_first)
    yield from islice((path for path in places if path is not None and path.is_file()), most)


def ingest_settled(settings: Settings) -> Registration:
    """Takes the watched folders' new files whose size and time stamp stood still for `ingest.settle_s`.

    What was seen is kept in `FM_HOME/watch.json` between calls, since a copy may carry an old time stamp while
    it still grows. At most one batch is taken per call.
    """
    lake = Lake(settings.lake_url)
    with _lock(settings):
        files = [Path(f) for f in sorted(str(p.resolve()) for p in videos_in(watched(settings), settings))]
        fresh = unseen(Registry.load(lake), files)
        ready = _settled(settings.home / "watch.json", fresh, settings.ingest.settle_s)
        return register(
            lake,
            ready[: settings.ingest.batch_size],
            batch_size=settings.ingest.batch_size,
            domain=settings.ingest.domain,
            licence=settings.ingest.licence,
        )


def watched(settings: Settings) -> list[Path]:
    """The watched folders that exist."""
    return [p for p in map(settings.resolve, settings.ingest.folders) if p.is_dir()]


def videos_in(places: Iterable[Path], settings: Settings) -> Iterator[Path]:
    """Files with a video's ending below folders; a file that is named itself is taken whatever its ending."""
    for place in places:
        if place.is_file():
            yield place
            continue
        for path in sorted(place.rglob("*")):
            hidden = any(part.startswith(".") for part in path.relative_to(place).parts)
            if not hidden and path.suffix.lower() in settings.ingest.extensions and path.is_file():
                yield path


def _settled(memory: Path, files: Sequence[Path], settle_s: float) -> list[Path]:
    """Files that look now as they looked at least `settle_s` ago; remembers how all of them look."""
    before = json.loads(memory.read_text(encoding="utf-8")) if memory.exists() else {}
    now = time.time()
    after: dict[str, list[float]] = {}
    ready = []
    for file in files:
        if file.name.lower().endswith(UNFINISHED):
            continue
        try:
            stat = file.stat()
        except OSError:
            continue  # gone again
        look = [stat.st_size, stat.st_mtime_ns]
        seen = before.get(str(file))
        since = seen[2] if seen and seen[:2] == look else now
        after[str(file)] = [*look, since]
        if now - since >= settle_s:
            ready.append(file)
    memory.parent.mkdir(parents=True, exist_ok=True)
    temporary = memory.with_suffix(f".{os.getpid()}")
    temporary.write_text(json.dumps(after, indent=1), encoding="utf-8")
    temporary.replace(memory)
    return ready


@contextmanager
def _lock(settings: Settings) -> Iterator[None]:
    settings.home.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(settings.home / "ingest.lock", timeout=60):
            yield
    except Timeout:
        raise IngestError(
            f"another process holds {settings.home / 'ingest.lock'} for more than a minute; wait for it, or stop it"
        ) from None
