"""What a variant is: a name and the settings in which it differs from main, as a document in the lake.

`_variants/<name>.json` in the lake; `_heads/<name>/` says which artifacts it holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from fm_resources.lake import MAIN, Lake

#: What a name may look like: it is a folder in the lake and part of names in Dagster.
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST = 40


class VariantError(RuntimeError):
    """A variant that is not there, or cannot be made or used; the message says what to do."""


@dataclass(frozen=True)
class VariantDocument:
    """A variant.

    Attributes:
        name: Its name.
        overrides: Settings in which it differs: `tracks.tracker` -> "bytetrack".
        note: What it is for.
        created: UTC time, ISO 8601.
    """

    name: str
    overrides: Mapping[str, Any]
    note: str
    created: str

    @property
    def title(self) -> str:
        """What messages call it."""
        return f"variant {self.name}"

    def without_name(self, error: Exception) -> str:
        """An error's message where it is plain already whose it is."""
        return str(error).removeprefix(f"{self.title}: ")

    def spoken(self) -> str:
        """The overrides on one line."""
        return ", ".join(f"{name} = {json.dumps(value)}" for name, value in self.overrides.items())


def check_name(name: str) -> str:
    """The name.

    Raises:
        VariantError: It cannot be a variant's.
    """
    if name == MAIN:
        raise VariantError(f"{MAIN} is what is current: name a variant differently")
    if not NAME.fullmatch(name) or len(name) > LONGEST:
        raise VariantError(
            f"{name!r} cannot name a variant: take up to {LONGEST} lower-case letters and digits, words joined by -"
        )
    return name


def all_variants(lake: Lake) -> list[VariantDocument]:
    """Every variant, by name.

    Raises:
        VariantError: A document cannot be read.
    """
    folder = lake.root / "_variants"
    return [_read(path) for path in sorted(folder.glob("*.json"))] if folder.exists() else []


def find_variant(lake: Lake, name: str) -> VariantDocument:
    """A variant by name.

    Raises:
        VariantError: There is none of that name; the message names those that there are.
    """
    path = _path(lake, check_name(name))
    if not path.exists():
        known = ", ".join(v.name for v in all_variants(lake))
        raise VariantError(
            f"there is no variant {name}: "
            + (f"variants are {known}" if known else "`fm variant create NAME --set SECTION.NAME=VALUE` makes one")
        )
    return _read(path)


def add_variant(lake: Lake, name: str, overrides: Mapping[str, Any], note: str = "") -> VariantDocument:
    """Writes a new variant; what it holds is computed by a run.

    Raises:
        VariantError: The name is taken, or cannot be one.
        LakeError: The lake cannot be written.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    document = VariantDocument(check_name(name), dict(overrides), note, now)
    try:
        lake.put_json(_path(lake, name), asdict(document), exclusive=True)
    except FileExistsError:
        raise VariantError(
            f"there is a variant {name} already: take another name, or `fm variant drop {name}` first"
        ) from None
    return document


def remove_variant(lake: Lake, name: str) -> None:
    """Forgets a variant and which artifacts it holds; the artifacts stay.

    Raises:
        VariantError: There is none of that name.
    """
    find_variant(lake, name)
    _path(lake, name).unlink()
    Lake(lake.url, name).remove_heads()


def free_name(lake: Lake, wanted: str) -> str:
    """`wanted`, or with a number behind it where that name is taken."""
    taken = {v.name for v in all_variants(lake)}
    wanted = wanted[: LONGEST - 3].rstrip("-")
    return next(n for i in range(1, len(taken) + 2) if (n := wanted if i == 1 else f"{wanted}-{i}") not in taken)


def _path(lake: Lake, name: str) -> Any:
    return lake.root / "_variants" / f"{name}.json"


def _read(path: Any) -> VariantDocument:
    try:
        return VariantDocument(**json.loads(path.read_text(encoding="utf-8")))
    except (json.JSONDecodeError, TypeError) as error:
        raise VariantError(f"{path}: not a readable variant ({error}); remove the file to be rid of it") from None
