"""Files of the lake: written so that they appear complete or not at all, on a folder or an object store."""

from __future__ import annotations

import errno
import json
import os
import uuid
from pathlib import Path
from typing import Any

from upath import UPath

from fm_resources.process import is_gone, this_process


class LakeError(RuntimeError):
    """The lake itself cannot be used (not one video's fault); the message says what to do."""


class LakeFiles:
    """Reads and writes files below an address.

    Args:
        url: Folder or address of the lake.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.root = UPath(url)
        self.is_local = self.root.protocol in ("", "file", "local")

    def put(self, path: UPath, data: bytes, *, exclusive: bool = False) -> None:
        """Writes a file so that it appears complete or not at all.

        Raises:
            FileExistsError: `exclusive`, and the file is there already.
            LakeError: The lake cannot be written; the message says what to do.
        """
        try:
            if self.is_local:
                self._put_local(Path(path.path), data, exclusive)
                return
            if exclusive and path.exists():
                raise FileExistsError(str(path))
            path.write_bytes(data)
        except FileExistsError:
            raise
        except OSError as error:
            raise LakeError(advice(error, self.url)) from error

    def put_json(self, path: UPath, content: Any, *, exclusive: bool = False) -> None:
        """`put` of a JSON document with sorted keys."""
        text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False)
        self.put(path, text.encode(), exclusive=exclusive)

    def read_json(self, path: UPath) -> Any:
        """A JSON document; None where there is none."""
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
        return Path(self.root.path) / "_tmp"

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


def advice(error: OSError, url: str) -> str:
    """What a person can do about a lake that cannot be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"no space left for the lake at {url}: free some, or point `lake` or FM_HOME elsewhere, and run again"
    if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
        return f"the lake at {url} cannot be written ({error.strerror}): check its owner, or set FM_HOME to a folder of yours"
    return f"the lake at {url} cannot be written: {error}"
