"""The lake: one Parquet file per artifact, named by what it was made from, with its receipt in the footer.

Layout below the lake's address (a folder, or any address that universal-pathlib opens)::

    <stage>/<video_id>/<artifact_id>.parquet   artifacts
    _heads/<variant>/<stage>/<batch>.json      which artifact is current, per video
    _registry/<key>.json                       batches of registered videos (immutable), see `registry.py`
    _tmp/<host>-<pid>-...                      files being written; swept when their process is gone
    _damaged/<stage>/<video_id>/...            artifacts that turned out damaged; they count as missing

A file appears under its name only when it is complete.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
from upath import UPath

from fm_resources.artifact import (
    ArtifactName,
    DamagedArtifact,
    Look,
    MissingArtifact,
    look,
    receipt_in,
    rows_of,
    to_bytes,
)
from fm_resources.process import is_gone, this_process
from fm_resources.provenance import Receipt, Status

__all__ = ["MAIN", "ArtifactName", "DamagedArtifact", "Head", "HeadFile", "Lake", "LakeError", "MissingArtifact"]

log = logging.getLogger(__name__)

PARQUET_END = b"PAR1"
MAIN = "main"
#: What the content of a damaged head file raises.
_NO_HEADS = (ValueError, KeyError, TypeError, AttributeError)


class LakeError(RuntimeError):
    """The lake itself cannot be used (not one video's fault); the message says what to do."""


@dataclass(frozen=True)
class Head:
    """The current artifact of a video in a stage.

    Attributes:
        artifact_id: Its name.
        data_version: Hash of its rows.
        status: How its computation ended.
        previous: The artifact that was current before it; empty for the first.
    """

    artifact_id: str
    data_version: str
    status: Status
    previous: str = ""


@dataclass(frozen=True)
class HeadFile:
    """What the lake says of a batch in a stage.

    Attributes:
        heads: Video id -> current artifact; empty where the stage never ran.
        recipe: Hash of the producer and of all inputs that they were made from; empty where it is not known.
        held: Checks whose failure keeps the stages below from building on it by themselves.
    """

    heads: dict[str, Head] = field(default_factory=dict)
    recipe: str = ""
    held: tuple[str, ...] = ()


class Lake:
    """Reads and writes artifacts; nothing else knows where they lie.

    Args:
        url: Folder or address of the lake.
        variant: Namespace of the heads; producers run side by side in variants of their own.
        own: Stages of which the variant has heads of its own, it shares main's in all others; None: of all.
    """

    def __init__(self, url: str, variant: str = MAIN, own: Collection[str] | None = None) -> None:
        self.url = url
        self.variant = variant
        self.own = None if own is None else frozenset(own)
        self.root = UPath(url)
        self.is_local = self.root.protocol in ("", "file", "local")
        self._heads_seen: dict[tuple[str, str], tuple[tuple[int, ...] | None, HeadFile]] = {}

    # -- artifacts ---------------------------------------------------------------------------------

    def artifact_path(self, stage: str, video_id: str, artifact_id: str) -> UPath:
        """Where an artifact lies or would lie."""
        return self.root / stage / video_id / f"{artifact_id}.parquet"

    def write(self, table: pa.Table, receipt: Receipt) -> None:
        """Writes rows and receipt as one artifact, atomically, replacing an earlier (failed) one.

        Raises:
            LakeError: The lake cannot be written.
        """
        path = self.artifact_path(receipt.stage, receipt.video_id, receipt.artifact_id)
        self.put(path, to_bytes(table, receipt))

    def read_receipt(self, stage: str, video_id: str, artifact_id: str) -> Receipt | None:
        """The receipt of an artifact, or None where there is no complete one; reads the footer alone."""
        name = ArtifactName(stage, video_id, artifact_id)
        try:
            with self.artifact_path(*name).open("rb") as handle:
                return receipt_in(handle, name)
        except (OSError, ValueError):
            return None  # a damaged artifact counts as missing, and is written anew

    def is_whole(self, stage: str, video_id: str, artifact_id: str) -> bool:
        """Whether an artifact's file is there and ends as a complete one does.

        A twentieth of the price of `read_receipt`: a file that was cut short lacks the end, so the footer that a
        head vouches for need not be read.
        """
        try:
            if not self.is_local:
                path = self.artifact_path(stage, video_id, artifact_id)
                return bytes(path.fs.tail(path.path, len(PARQUET_END))) == PARQUET_END
            # plain paths: UPath takes longer to join one than the file takes to be looked at
            name = f"{self.root.path}/{stage}/{video_id}/{artifact_id}.parquet"
            with open(name, "rb", buffering=0) as handle:  # noqa: PTH123
                handle.seek(-len(PARQUET_END), os.SEEK_END)
                return handle.read() == PARQUET_END
        except OSError:
            return False

    def read(self, stage: str, video_id: str, artifact_id: str, columns: list[str] | None = None) -> pa.Table:
        """The rows of an artifact.

        Args:
            stage: Its stage.
            video_id: Its video.
            artifact_id: Its name.
            columns: The columns wanted, None for all; those that it lacks, made before they were added, are left out.

        Raises:
            DamagedArtifact: The file is missing, or its bytes are not those that were written.
        """
        name = ArtifactName(stage, video_id, artifact_id)
        try:
            return rows_of(self._bytes(name), columns)
        except ValueError as error:
            path = self.artifact_path(*name)
            raise DamagedArtifact(f"{path}: damaged, {error}; run the stage again to rebuild it", name) from None

    def look(self, name: ArtifactName, *, rows: bool = True) -> Look:
        """Holds an artifact's file against its digest, its name and its receipt; see `artifact.look`.

        Raises:
            MissingArtifact: There is no such file.
            DamagedArtifact: It cannot be read.
        """
        return look(self._bytes(name), name, rows=rows)

    def _bytes(self, name: ArtifactName) -> bytes:
        path = self.artifact_path(*name)
        try:
            return path.read_bytes()
        except FileNotFoundError:
            raise MissingArtifact(f"{path}: missing; run the stage again to rebuild it") from None
        except OSError as error:
            raise DamagedArtifact(f"{path}: cannot be read ({error}); check the disk and the file's owner") from None

    def artifacts(self) -> Iterator[ArtifactName]:
        """All artifacts in the lake, current or superseded, in order."""
        return self._files(self.root)

    def set_aside(self, name: ArtifactName) -> None:
        """Moves a damaged artifact below `_damaged/`: it counts as missing then, and the next run makes it anew.

        Raises:
            LakeError: The lake cannot be written.
        """
        target = self.root / "_damaged" / name.stage / name.video_id / f"{name.artifact_id}.parquet"
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            path = self.artifact_path(*name)
            path.fs.mv(path.path, target.path)
        except FileNotFoundError:
            return  # another process was faster
        except OSError as error:
            raise LakeError(_advice(error, self.url)) from error

    def damaged(self) -> Iterator[ArtifactName]:
        """The artifacts that were set aside, in order."""
        return self._files(self.root / "_damaged")

    def remove(self, name: ArtifactName, *, aside: bool = False) -> int:
        """Removes an artifact, or one that was set aside, and its folder with the last one; returns its bytes.

        Raises:
            LakeError: The lake cannot be written.
        """
        path = (self.root / "_damaged" if aside else self.root) / name.stage / name.video_id
        path = path / f"{name.artifact_id}.parquet"
        try:
            size = path.stat().st_size
            path.unlink()
            if self.is_local and not any(path.parent.iterdir()):  # an object store has no folders
                path.parent.rmdir()
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise LakeError(_advice(error, self.url)) from error
        return size

    def size(self, name: ArtifactName) -> int:
        """Bytes of an artifact's file."""
        return self.artifact_path(*name).stat().st_size

    def _files(self, root: UPath) -> Iterator[ArtifactName]:
        if not root.exists():
            return
        for stage in sorted(p for p in root.iterdir() if not p.name.startswith("_")):
            for video in sorted(stage.iterdir()):
                for file in sorted(video.glob("*.parquet")):
                    yield ArtifactName(stage.name, video.name, file.stem)

    # -- heads -------------------------------------------------------------------------------------

    def heads(self, stage: str, batch: str) -> dict[str, Head]:
        """Current artifacts of a batch in a stage: video id -> head; empty where it never ran."""
        return dict(self.head_file(stage, batch).heads)

    def head_file(self, stage: str, batch: str) -> HeadFile:
        """Current artifacts of a batch in a stage, what they were made by, and whether they are held."""
        path = self._head_path(stage, batch)
        stamp = _stamp(Path(str(path))) if self.is_local else None
        seen = self._heads_seen.get((stage, batch))
        if stamp is None or seen is None or seen[0] != stamp:
            try:
                file = _head_file(self._read_json(path) or {})
            except _NO_HEADS:
                log.warning("%s is damaged and counts as missing: the next run writes it anew", path)
                file = HeadFile()
            seen = self._heads_seen[stage, batch] = (stamp, file)
        return seen[1]

    def rejected(self, batch: str) -> set[str]:
        """Videos of a batch that some stage rejected."""
        holders = {self.variant} if self.own is None else {self.variant, MAIN}
        folders = [self.root / "_heads" / name for name in holders]
        stages = {p.name for folder in folders if folder.exists() for p in folder.iterdir()}
        return {v for stage in stages for v, head in self.heads(stage, batch).items() if head.status == "rejected"}

    def write_heads(self, stage: str, batch: str, heads: Mapping[str, Head], recipe: str) -> None:
        """Makes artifacts current and notes which were so before; nothing is written when nothing changes.

        Args:
            stage: The stage.
            batch: The batch.
            heads: Video id -> artifact; `previous` is filled in here.
            recipe: Hash of the producer and of all inputs that the batch was made from.

        Raises:
            ValueError: The stage is main's, and this is a variant.
        """
        before = self.head_file(stage, batch)
        after = {v: replace(h, previous=_previous(h, before.heads.get(v))) for v, h in sorted(heads.items())}
        if (after, recipe) != (before.heads, before.recipe):
            self._put_heads(stage, batch, HeadFile(after, recipe))

    def hold(self, stage: str, batch: str, checks: Sequence[str]) -> None:
        """Notes which checks keep the stages below from building on a batch by themselves; none lets it go."""
        before = self.head_file(stage, batch)
        if before.held != tuple(checks):
            self._put_heads(stage, batch, replace(before, held=tuple(checks)))

    def _put_heads(self, stage: str, batch: str, file: HeadFile) -> None:
        if self._holder(stage) != self.variant:
            raise ValueError(f"variant {self.variant} shares {stage} with {MAIN} and may not change it")
        videos = {v: [h.artifact_id, h.data_version, h.status, h.previous] for v, h in file.heads.items()}
        content = {"recipe": file.recipe, "held": list(file.held), "videos": videos}
        self.put_json(self._head_path(stage, batch), content)

    def remove_heads(self, stage: str = "*") -> None:
        """Forgets what is current in this variant, in one stage or in all; the artifacts stay.

        Raises:
            ValueError: This is main, which always has something current.
        """
        if self.variant == MAIN:
            raise ValueError(f"{MAIN} cannot be removed")
        folder = self.root / "_heads" / self.variant
        for path in list(folder.glob(f"{stage}/*.json")) if folder.exists() else ():
            path.unlink()
        if self.is_local and folder.exists():  # an object store has no folders
            for empty in [*(p for p in folder.iterdir() if not any(p.iterdir())), folder]:
                if not any(empty.iterdir()):
                    empty.rmdir()

    def variants(self) -> list[str]:
        """Main, and all variants that hold something, by name."""
        folder = self.root / "_heads"
        return sorted(p.name for p in folder.iterdir()) if folder.exists() else []

    def head_files(self) -> dict[str, tuple[str, str, str]]:
        """Every head file of this variant's own: name -> (stage, batch, stamp that changes with its content)."""
        root = self.root / "_heads" / self.variant
        if self.is_local:
            return _local_heads(Path(str(root)))
        found = {}
        for path in sorted(root.glob("*/*.json")) if root.exists() else ():
            found[f"{path.parent.name}/{path.stem}"] = (path.parent.name, path.stem, str(path.fs.ukey(path.path)))
        return found

    def _holder(self, stage: str) -> str:
        """The variant whose heads of a stage are this one's."""
        return self.variant if self.own is None or stage in self.own else MAIN

    def every_head(self) -> Iterator[tuple[str, str, ArtifactName, Head]]:
        """What is current, in main and in all variants: `(variant, batch, artifact, head)`."""
        folder = self.root / "_heads"
        for variant in sorted(p.name for p in folder.iterdir()) if folder.exists() else ():
            lake = Lake(self.url, variant)
            for stage, batch, _ in lake.head_files().values():
                for video_id, head in lake.heads(stage, batch).items():
                    yield variant, batch, ArtifactName(stage, video_id, head.artifact_id), head

    def broken_heads(self) -> Iterator[tuple[str, UPath]]:
        """Head files that cannot be read: `(stage, path)`."""
        folder = self.root / "_heads"
        for path in sorted(folder.glob("*/*/*.json")) if folder.exists() else ():
            try:
                _head_file(self._read_json(path) or {})
            except _NO_HEADS:
                yield path.parent.name, path

    def unsettle(self, variant: str, stage: str, batch: str) -> None:
        """Makes a batch out of date: one of its artifacts is gone, which its heads alone do not tell."""
        lake = Lake(self.url, variant)
        before = lake.head_file(stage, batch)
        if before.recipe:
            lake._put_heads(stage, batch, replace(before, recipe=""))

    def _head_path(self, stage: str, batch: str) -> UPath:
        return self.root / "_heads" / self._holder(stage) / stage / f"{batch}.json"

    # -- files -------------------------------------------------------------------------------------

    def put(self, path: UPath, data: bytes, *, exclusive: bool = False) -> None:
        """Writes a file so that it appears complete or not at all.

        Raises:
            FileExistsError: `exclusive`, and the file is there already.
            LakeError: The lake cannot be written; the message says what to do.
        """
        try:
            if self.is_local:
                self._put_local(Path(str(path)), data, exclusive)
                return
            if exclusive and path.exists():
                raise FileExistsError(str(path))
            path.write_bytes(data)
        except FileExistsError:
            raise
        except OSError as error:
            raise LakeError(_advice(error, self.url)) from error

    def put_json(self, path: UPath, content: Any, *, exclusive: bool = False) -> None:
        """`put` of a JSON document with sorted keys."""
        text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False)
        self.put(path, text.encode(), exclusive=exclusive)

    def _read_json(self, path: UPath) -> Any:
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None

    def _put_local(self, path: Path, data: bytes, exclusive: bool) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._tmp_folder() / f"{this_process()}-{uuid.uuid4().hex}"
        temporary.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_bytes(data)
            if exclusive:
                os.link(temporary, path)
            else:
                temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

    def _tmp_folder(self) -> Path:
        return Path(str(self.root)) / "_tmp"

    def sweep(self) -> int:
        """Removes temporary files of processes that are gone; returns how many."""
        if not self.is_local or not self._tmp_folder().is_dir():
            return 0
        removed = 0
        for path in self._tmp_folder().iterdir():
            if is_gone(path.name.rpartition("-")[0]):
                path.unlink(missing_ok=True)
                removed += 1
        return removed


def _head_file(content: Mapping[str, Any]) -> HeadFile:
    videos = content["videos"] if "recipe" in content else content  # without a recipe: an older file
    heads = {video: Head(*entry) for video, entry in videos.items()}
    return HeadFile(heads, content.get("recipe", ""), tuple(content.get("held", ())))


def _stamp(path: Path) -> tuple[int, ...] | None:
    """Differs between any two states of a file that is only ever replaced; None where there is none."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def _previous(head: Head, before: Head | None) -> str:
    """The artifact before this one; a failure in between is passed over."""
    if before is None:
        return ""
    same = before.artifact_id == head.artifact_id or before.status == "failed"
    return before.previous if same else before.artifact_id


def _local_heads(root: Path) -> dict[str, tuple[str, str, str]]:
    """`head_files` of a folder; a look at 14,000 files takes 30 ms this way, and 200 ms through paths."""
    found = {}
    for stage in sorted(entry.name for entry in os.scandir(root)) if root.is_dir() else ():
        for entry in sorted(os.scandir(root / stage), key=lambda e: e.name):
            batch, ending = os.path.splitext(entry.name)  # noqa: PTH122 - no path object per file
            if ending == ".json":
                stat = entry.stat()
                found[f"{stage}/{batch}"] = (stage, batch, f"{stat.st_mtime_ns}-{stat.st_size}")
    return found


def _advice(error: OSError, url: str) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"no space left for the lake at {url}: free some, or point `lake` or FM_HOME elsewhere, and run again"
    if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
        return f"the lake at {url} cannot be written ({error.strerror}): check its owner, or set FM_HOME to a folder of yours"
    return f"the lake at {url} cannot be written: {error}"
