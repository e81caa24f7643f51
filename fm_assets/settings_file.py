"""The documented `fm.toml`: written from the settings' own descriptions, so that it cannot fall behind.

`python -m fm_assets.settings_file > fm.toml` writes it; a test compares.
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from fm_assets.settings import NO_SETTINGS, Section, Settings

HEAD = """\
# Settings of foundationmotion. Every line that is commented out shows a default; remove the `# ` to change it.
#
# The environment overrides this file (FM_TRACKS__TRACK_BUFFER=60), and `--set tracks.track_buffer=60` overrides
# both. All state lives below FM_HOME (default: .fm/ beside this file). A wrong name or value stops at start.
# What decides a stage's output is part of its producer: changing it here makes that stage stale, and nothing
# above it.
"""


def lines() -> Iterator[str]:
    """The file, line by line."""
    yield HEAD
    for name, field in Settings.model_fields.items():
        if name in NO_SETTINGS:
            continue
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            yield f"\n[{name}]"
            yield from _comment((kind.__doc__ or "").strip().splitlines()[0])
            for key, entry in kind.model_fields.items():
                yield from _entry(key, entry)
        else:
            yield from _entry(name, field)


def _entry(name: str, field: FieldInfo) -> Iterator[str]:
    if field.annotation is SecretStr:
        yield from _comment(field.description or name)
        return
    default: Any = field.default
    text = ""
    choices = get_args(field.annotation) if str(field.annotation).startswith("typing.Literal") else ()
    if choices:
        text = f"One of {', '.join(choices)}. "
    yield from _comment(text + (field.description or ""))
    yield f"# {name} = {_toml(default)}"


def _comment(text: str) -> Iterator[str]:
    yield from textwrap.wrap(text.strip(), 110, initial_indent="#   ", subsequent_indent="#   ")


def _toml(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(v) for v in value) + "]"
    if isinstance(value, dict):
        return "{" + "".join(f" {key} = {_toml(v)}," for key, v in value.items()).rstrip(",") + " }"
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    sys.stdout.write("\n".join(lines()) + "\n")
