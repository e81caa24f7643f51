"""fm.toml documents every setting with its default."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from fm_assets.settings import load_settings
from fm_assets.settings_file import lines

ROOT = Path(__file__).resolve().parents[2]


def test_the_committed_file_is_the_generated_one() -> None:
    assert (ROOT / "fm.toml").read_text() == "\n".join(lines()) + "\n", (
        "run: python -m fm_assets.settings_file > fm.toml"
    )


def test_uncommented_it_states_the_defaults(tmp_path: Path) -> None:
    text = re.sub(r"^# (\w+ = )", r"\1", "\n".join(lines()), flags=re.MULTILINE)
    assert len(tomllib.loads(text)) > 10
    file = tmp_path / "fm.toml"
    file.write_text(text)
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "fm.toml").write_text("")
    exclude = {"home", "root"}
    stated = load_settings(file, env={}).model_dump(exclude=exclude)
    assert stated == load_settings(tmp_path / "empty" / "fm.toml", env={}).model_dump(exclude=exclude)
