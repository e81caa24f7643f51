"""Which files were taken, when, in which batch: immutable JSON documents in the lake.

A batch is a list of videos registered together; it never changes. A file whose bytes are known under
another name adds a path to its video and makes no new work. New bytes under a known name make a new video
that supersedes the old one, which stays auditable.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from upath import UPath

from fm_resources.lake import Lake, LakeError
from fm_resources.provenance import content_hash


@dataclass(frozen=True)
class RegisteredPath:
    """A file as it was seen: its path, size and time stamp, and whose bytes it held."""

    path: str
    video_id: str
    size_bytes: int
    mtime_ns: int


@dataclass(frozen=True)
class RegisteredVideo:
    """A video as it was registered."""

    video_id: str
    sha256: str
    batch: str
    domain: str
    licence: str


@dataclass
class Registry:
    """All registered videos and paths of a lake, in memory.

    Attributes:
        videos: Video id -> video, in order of registration.
        paths: Path -> its latest state.
        batches: Batch key -> ids of its videos.
    """

    videos: dict[str, RegisteredVideo] = field(default_factory=dict)
    paths: dict[str, RegisteredPath] = field(default_factory=dict)
    batches: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _paths_of: dict[str, set[str]] = field(default_factory=dict)

    @staticmethod
    def load(lake: Lake) -> Registry:
        """Reads all documents of the lake's registry.

        Raises:
            LakeError: One of them is damaged.
        """
        registry = Registry()
        folder = lake.root / "_registry"
        if folder.exists():
            documents = [_document(p) for p in sorted(folder.glob("*.json"))]
            for document in sorted(documents, key=lambda d: (d["created"], d["key"])):
                registry._add(document)
        return registry

    @staticmethod
    def stamp(lake: Lake) -> str:
        """Changes whenever a document is added."""
        folder = lake.root / "_registry"
        return content_hash(sorted(p.name for p in folder.glob("*.json")) if folder.exists() else [])

    def _add(self, document: dict) -> None:
        for entry in document["videos"]:
            video = RegisteredVideo(batch=document["key"], **entry)
            self.videos[video.video_id] = video
        if document["videos"]:
            self.batches[document["key"]] = tuple(entry["video_id"] for entry in document["videos"])
        for entry in document["paths"]:
            seen = RegisteredPath(**entry)
            self.paths[seen.path] = seen
            self._paths_of.setdefault(seen.video_id, set()).add(seen.path)

    def superseded_by(self, video_id: str) -> str:
        """The video whose bytes now lie where this one's lay; empty while a path still holds this one."""
        holders = [self.paths[p].video_id for p in sorted(self._paths_of.get(video_id, ()))]
        return "" if video_id in holders or not holders else holders[0]

    def current(self, batch: str) -> tuple[str, ...]:
        """The batch's videos that no later one superseded, in order of id."""
        return tuple(sorted(v for v in self.batches.get(batch, ()) if not self.superseded_by(v)))

    def last_path(self, video_id: str) -> str:
        """The path where the video's bytes were seen last; empty when all its paths hold other videos."""
        holding = [p for p in sorted(self._paths_of.get(video_id, ())) if self.paths[p].video_id == video_id]
        return holding[0] if holding else ""

    def locate(self, video_id: str) -> Path | None:
        """A path that still holds the video's file (size as registered), else the last one known, or None."""
        for name in sorted(self._paths_of.get(video_id, ())):
            path, entry = Path(name), self.paths[name]
            if entry.video_id == video_id and path.is_file() and path.stat().st_size == entry.size_bytes:
                return path
        last = self.last_path(video_id)
        return Path(last) if last else None


def _document(path: UPath) -> dict:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if not {"key", "created", "videos", "paths"} <= document.keys():
            raise ValueError("it lacks keys")
    except (ValueError, AttributeError) as error:
        raise LakeError(
            f"{path}: damaged ({error}); it says which videos were taken in, so restore it from a copy of the lake"
        ) from None
    return document


def slug(name: str) -> str:
    """File name without ending as lower-case words: `Pour Tea (1).mp4` -> `pour-tea-1`."""
    words = re.sub(r"[^a-z0-9]+", "-", Path(name).stem.lower()).strip("-")
    return words[:48].strip("-") or "video"


def file_sha256(path: Path) -> str:
    """Hash of a file's bytes."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


@dataclass(frozen=True)
class Registration:
    """What one call of `register` did.

    Attributes:
        batches: Keys of the new batches.
        new: Ids of the new videos.
        known: Paths whose bytes were known already.
        unreadable: Path -> why it could not be read; it is looked at again next time.
    """

    batches: tuple[str, ...]
    new: tuple[str, ...]
    known: tuple[str, ...]
    unreadable: dict[str, str]


def unseen(registry: Registry, files: Iterable[Path]) -> list[Path]:
    """The files whose path is new, or whose size or time stamp differs from what was registered."""
    fresh = []
    for file in files:
        seen = registry.paths.get(str(file))
        try:
            stat = file.stat()
        except OSError:
            continue  # gone between listing and looking
        if seen is None or (seen.size_bytes, seen.mtime_ns) != (stat.st_size, stat.st_mtime_ns):
            fresh.append(file)
    return fresh


def register(
    lake: Lake,
    files: Sequence[Path],
    *,
    batch_size: int,
    domain: str,
    licence: str,
    now: datetime | None = None,
) -> Registration:
    """Takes files by content hash into new batches. The caller holds the ingestion lock.

    Args:
        lake: The lake.
        files: Files to take; relative paths are made absolute.
        batch_size: Videos per batch at most.
        domain: Domain of the new videos; empty: the name of the folder that a file lies in.
        licence: Licence of the new videos.
        now: Time of registration; default: the clock.
    """
    registry = Registry.load(lake)
    now = now or datetime.now(UTC)
    by_hash = {v.sha256: v.video_id for v in registry.videos.values()}
    videos: list[RegisteredVideo] = []
    paths: list[RegisteredPath] = []
    known: list[str] = []
    unreadable: dict[str, str] = {}
    for file in unseen(registry, [f.resolve() for f in files]):
        try:
            stat, sha256 = file.stat(), file_sha256(file)
        except OSError as error:
            unreadable[str(file)] = f"{file} cannot be read ({error.strerror}): check its permissions"
            continue
        video_id = by_hash.get(sha256)
        if video_id is None:
            video_id = by_hash[sha256] = f"{slug(file.name)}-{sha256[:8]}"
            videos.append(RegisteredVideo(video_id, sha256, "", domain or file.parent.name, licence))
        else:
            known.append(str(file))
        paths.append(RegisteredPath(str(file), video_id, stat.st_size, stat.st_mtime_ns))
    batches = _write(lake, registry, videos, paths, batch_size, now)
    return Registration(tuple(batches), tuple(v.video_id for v in videos), tuple(known), unreadable)


def _write(
    lake: Lake,
    registry: Registry,
    videos: Sequence[RegisteredVideo],
    paths: Sequence[RegisteredPath],
    batch_size: int,
    now: datetime,
) -> list[str]:
    keys: list[str] = []
    for start in range(0, len(videos), batch_size):
        group = videos[start : start + batch_size]
        ids = {v.video_id for v in group}
        key = _next_key(registry, now, keys)
        keys.append(key)
        _put(lake, key, now, group, [p for p in paths if p.video_id in ids])
    taken = {v.video_id for v in videos}
    aliases = [p for p in paths if p.video_id not in taken]
    if aliases:
        stamp = now.strftime("%Y-%m-%dT%H%M%S.%f")
        _put(lake, f"paths-{stamp}", now, [], aliases)
    return keys


def _next_key(registry: Registry, now: datetime, taken: Sequence[str]) -> str:
    day = now.strftime("%Y-%m-%d")
    numbers = [int(k.rsplit("-", 1)[1]) for k in [*registry.batches, *taken] if k.startswith(f"{day}-")]
    return f"{day}-{max(numbers, default=0) + 1:04d}"


def _put(
    lake: Lake, key: str, now: datetime, videos: Sequence[RegisteredVideo], paths: Sequence[RegisteredPath]
) -> None:
    entries = [{k: v for k, v in asdict(video).items() if k != "batch"} for video in videos]
    document = {
        "key": key,
        "created": now.isoformat(),
        "videos": entries,
        "paths": [asdict(p) for p in paths],
    }
    lake.put_json(lake.root / "_registry" / f"{key}.json", document, exclusive=True)
