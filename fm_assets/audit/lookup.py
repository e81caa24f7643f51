"""Finding what an auditor names: by its id, or by a beginning of it that only one has; and the chain above it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fm_resources.catalog import Ask


class UnknownItem(LookupError):
    """No row of that name was ever made, or several begin so; the message says how to list them."""


def find(ask: Ask, query: str, name: str, what: str, hint: str) -> dict[str, Any]:
    """The one row of `sql/audits/<query>.sql` whose `id` is, or begins with, a name.

    Args:
        ask: An open catalog.
        query: Name of the SQL file; its variable is `beginning`.
        name: The id, or its beginning.
        what: What is looked for, for the message.
        hint: How to list them, for the message.

    Raises:
        UnknownItem: There is none, or there are several.
    """
    found = ask(query, beginning=name) if name else []
    exact = [row for row in found if row["id"] == name] or found
    if not exact:
        raise UnknownItem(f"no {what} {name}: {hint}")
    if len(exact) > 1:
        shown = ", ".join(row["id"] for row in exact[:8]) + (" ..." if len(exact) > 8 else "")
        raise UnknownItem(f"several {what}s begin with {name}: {shown}; give more of the id")
    return exact[0]


def with_producer(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of a producer whose parameters, libraries and weights are JSON text, with them as plain values."""
    return {**row, **{key: json.loads(row[key]) for key in ("parameters", "libraries", "weights")}}


def chain_of(ask: Ask, video_id: str, artifact_id: str) -> list[dict[str, Any]]:
    """An artifact of a video and all that it was made from, with producers, the nearest first."""
    return [with_producer(row) for row in ask("qa_chain", video_id=video_id, artifact_id=artifact_id)]


def right_option(pair: Mapping[str, Any]) -> str:
    """Text of a question's right option."""
    return str(pair[f"option_{pair['answer'].lower()}"])
