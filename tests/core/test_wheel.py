"""The wheel carries everything that the product reads at run time."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_the_wheel_carries_sql_and_configuration(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for file in [*(ROOT / "sql").rglob("*.sql"), ROOT / "dagster.yaml", ROOT / "workspace.yaml", ROOT / "fm.toml"]:
        assert f"fm_resources/_data/{file.relative_to(ROOT)}" in names
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r}); from fm_resources.data import data_file;"
        "print(data_file('sql'), len(list(data_file('sql').rglob('*.sql'))))"
    )
    out = subprocess.run([sys.executable, "-I", "-c", code], check=True, capture_output=True, text=True, cwd=tmp_path)
    assert out.stdout.startswith(str(site))
