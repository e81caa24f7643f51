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

import os
from collections.abc import Iterator

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
from fm_resources.heads import MAIN, Head, HeadFile, Heads
from fm_resources.lake_files import LakeError, advice
from fm_resources.provenance import Receipt

__all__ = ["MAIN", "ArtifactName", "DamagedArtifact", "Head", "HeadFile", "Lake", "LakeError", "MissingArtifact"]

PARQUET_END = b"PAR1"


class Lake(Heads):
    """Reads and writes artifacts, and heads that say which are current; nothing else knows where they lie."""

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
            raise LakeError(advice(error, self.url)) from error

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
            raise LakeError(advice(error, self.url)) from error
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
