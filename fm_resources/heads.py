"""Heads: which artifact of a video is current in a stage, in main and in each variant, and what a batch was made by."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from upath import UPath

from fm_resources.artifact import ArtifactName
from fm_resources.lake_files import LakeFiles
from fm_resources.provenance import Status

log = logging.getLogger(__name__)

MAIN = "main"
#: What the content of a damaged head file raises.
_NO_HEADS = (ValueError, KeyError, TypeError, AttributeError)


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


class Heads(LakeFiles):
    """The heads of a lake.

    Args:
        url: Folder or address of the lake.
        variant: Namespace of the heads; producers run side by side in variants of their own.
        own: Stages of which the variant has heads of its own, it shares main's in all others; None: of all.
    """

    def __init__(self, url: str, variant: str = MAIN, own: Collection[str] | None = None) -> None:
        super().__init__(url)
        self.variant = variant
        self.own = None if own is None else frozenset(own)
        self._heads_seen: dict[tuple[str, str], tuple[tuple[int, ...] | None, HeadFile]] = {}

    def heads(self, stage: str, batch: str) -> dict[str, Head]:
        """Current artifacts of a batch in a stage: video id -> head; empty where it never ran."""
        return dict(self.head_file(stage, batch).heads)

    def head_file(self, stage: str, batch: str) -> HeadFile:
        """Current artifacts of a batch in a stage, what they were made by, and whether they are held."""
        # a plain name: a look of the automation sensor asks for some ten thousand files
        name = f"{self.root.path}/_heads/{self._holder(stage)}/{stage}/{batch}.json" if self.is_local else ""
        stamp = _stamp(name) if name else None
        seen = self._heads_seen.get((stage, batch))
        if stamp is None or seen is None or seen[0] != stamp:
            path = self._head_path(stage, batch)
            try:
                file = _head_file(self.read_json(path) or {})
            except _NO_HEADS:
                log.warning("%s is damaged and counts as missing: the next run writes it anew", path)
                file = HeadFile()
            seen = self._heads_seen[stage, batch] = (stamp, file)
        return seen[1]

    def rejected(self, batch: str) -> set[str]:
        """Videos of a batch that some stage rejected."""
        holders = {self.variant} if self.own is None else {self.variant, MAIN}
        stages = {stage for holder in holders for stage in self._stages_of(holder)}
        return {v for stage in stages for v, head in self.heads(stage, batch).items() if head.status == "rejected"}

    def _stages_of(self, variant: str) -> list[str]:
        """Stages of which a variant has heads."""
        if self.is_local:
            name = f"{self.root.path}/_heads/{variant}"
            return os.listdir(name) if os.path.isdir(name) else []  # noqa: PTH208, PTH112 - no path object per stage
        folder = self.root / "_heads" / variant
        return [p.name for p in folder.iterdir()] if folder.exists() else []

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
            return _local_heads(Path(root.path))
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
            lake = Heads(self.url, variant)
            for stage, batch, _ in lake.head_files().values():
                for video_id, head in lake.heads(stage, batch).items():
                    yield variant, batch, ArtifactName(stage, video_id, head.artifact_id), head

    def broken_heads(self) -> Iterator[tuple[str, UPath]]:
        """Head files that cannot be read: `(stage, path)`."""
        folder = self.root / "_heads"
        for path in sorted(folder.glob("*/*/*.json")) if folder.exists() else ():
            try:
                _head_file(self.read_json(path) or {})
            except _NO_HEADS:
                yield path.parent.name, path

    def unsettle(self, variant: str, stage: str, batch: str) -> None:
        """Makes a batch out of date: one of its artifacts is gone, which its heads alone do not tell."""
        lake = Heads(self.url, variant)
        before = lake.head_file(stage, batch)
        if before.recipe:
            lake._put_heads(stage, batch, replace(before, recipe=""))

    def _head_path(self, stage: str, batch: str) -> UPath:
        return self.root / "_heads" / self._holder(stage) / stage / f"{batch}.json"


def _head_file(content: Mapping[str, Any]) -> HeadFile:
    videos = content["videos"] if "recipe" in content else content  # without a recipe: an older file
    heads = {video: Head(*entry) for video, entry in videos.items()}
    return HeadFile(heads, content.get("recipe", ""), tuple(content.get("held", ())))


def _stamp(name: str) -> tuple[int, ...] | None:
    """Differs between any two states of a file that is only ever replaced; None where there is none."""
    try:
        stat = os.stat(name)  # noqa: PTH116 - no path object per file
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
