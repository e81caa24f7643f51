"""Names of tracks that are a part of another one: the hands of a person."""

from __future__ import annotations

import re
from functools import lru_cache

SIDES = ("left", "right")
_PART = re.compile(r"(?P<whole>.+)-(?P<side>left|right)")


def part_id(track_id: str, side: str) -> str:
    """Id of a person's hand: `<person's track id>-left` or `-right`, so that it stays as stable as the person's."""
    return f"{track_id}-{side}"


@lru_cache(maxsize=4096)
def is_part(track_id: str | None) -> bool:
    """Whether a track is a part of another one."""
    return track_id is not None and _PART.fullmatch(track_id) is not None
