"""Fixtures that all tests share."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fm_resources.detector.network import without_telemetry

ROOT = Path(__file__).resolve().parent.parent

without_telemetry()  # tests import OpenVINO before the product does


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real videos, tracking truth and weights for development; tests that need them skip without."""
    folder = Path(os.environ.get("FM_TEST_DATA") or ROOT.parent / "shared" / "data")
    if not (folder / "SHA256SUMS").is_file():
        pytest.skip(f"no development data at {folder}: set FM_TEST_DATA to run this test")
    return folder


@dataclass
class Fm:
    """`fm` with an FM_HOME of its own."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def environment(self, **more: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("FM_", "DAGSTER_"))}
        return {**kept, "FM_CONFIG": str(self.folder / "fm.toml"), "FM_HOME": str(self.home), "COLUMNS": "200", **more}

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "fm_assets.cli", *arguments]
        return subprocess.Popen(
            command,
            env=self.environment(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.folder,
        )

    def run(self, *arguments: str, code: int = 0, patience_s: float = 280, **more: str) -> str:
        process = self.start(*arguments, **more)
        out, err = process.communicate(timeout=patience_s)
        assert process.returncode == code, f"fm {' '.join(arguments)}: exit {process.returncode}\n{out}\n{err}"
        return out if code == 0 else out + err

    def json(self, *arguments: str, code: int = 0, patience_s: float = 280, **more: str) -> Any:
        return json.loads(self.run(*arguments, "--json", code=code, patience_s=patience_s, **more))

    def sql(self, query: str) -> list[dict[str, Any]]:
        return self.json("sql", query)

    def configure(self, text: str) -> None:
        (self.folder / "fm.toml").write_text(text)


CONFIG = '[detector]\nbackend = "motion"\n'


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Fm:
    """Four rendered scenes through the whole graph; read only."""
    fm = Fm(tmp_path_factory.mktemp("demo"))
    fm.configure(CONFIG)
    fm.first_run = fm.json("demo", "--count", "4")  # type: ignore[attr-defined]
    return fm


@pytest.fixture
def copy(demo: Fm, tmp_path: Path) -> Fm:
    """A copy of the processed corpus that a test may change."""
    shutil.copytree(demo.folder, tmp_path / "copy")
    return Fm(tmp_path / "copy")


@pytest.fixture
def empty(tmp_path: Path) -> Fm:
    """Nothing but a configuration."""
    fm = Fm(tmp_path)
    fm.configure(CONFIG)
    return fm
