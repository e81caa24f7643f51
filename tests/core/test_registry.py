"""Ingestion by content: batches, second names, new bytes under an old name, settled files."""

from __future__ import annotations

from pathlib import Path

import pytest

from fm_assets.ingest import ingest, ingest_settled
from fm_assets.settings import Settings, load_settings
from fm_resources.lake import Lake, LakeError
from fm_resources.registry import Registry


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "drop").mkdir()
    overrides = [f'ingest.folders=["{tmp_path / "drop"}"]', "ingest.settle_s=0.2", "ingest.batch_size=2"]
    return load_settings(env={"FM_HOME": str(tmp_path / "home")}, overrides=overrides)


def write(folder: Path, **files: str) -> list[Path]:
    paths = []
    for name, text in files.items():
        path = folder / f"{name}.mp4"
        path.write_text(text)
        paths.append(path)
    return paths


def registry(settings: Settings) -> Registry:
    return Registry.load(Lake(settings.lake_url))


def test_files_become_batches_of_limited_size(settings: Settings, tmp_path: Path) -> None:
    taken = ingest(settings, write(tmp_path, a="1", b="2", c="3"))
    assert len(taken.batches) == 2
    assert [len(registry(settings).batches[k]) for k in taken.batches] == [2, 1]
    assert taken.new[0].startswith("a-6b86b273")


def test_the_same_bytes_are_taken_once_whatever_their_name(settings: Settings, tmp_path: Path) -> None:
    ingest(settings, write(tmp_path, a="1"))
    again = ingest(settings, write(tmp_path, a="1", copy="1"))
    assert again.new == () and again.batches == ()
    found = registry(settings)
    assert len(found.videos) == 1
    assert len(found.paths) == 2


def test_new_bytes_under_an_old_name_supersede(settings: Settings, tmp_path: Path) -> None:
    first = ingest(settings, write(tmp_path, a="old"))
    second = ingest(settings, write(tmp_path, a="newer"))
    found = registry(settings)
    assert found.superseded_by(first.new[0]) == second.new[0]
    assert found.current(first.batches[0]) == ()
    assert found.current(second.batches[0]) == second.new
    ingest(settings, write(tmp_path, a="old"))
    assert registry(settings).current(first.batches[0]) == first.new


def test_a_growing_file_is_not_taken(settings: Settings, tmp_path: Path) -> None:
    import time

    (path,) = write(tmp_path / "drop", slow="1")
    assert ingest_settled(settings).new == ()
    time.sleep(0.25)
    path.write_text("12")
    assert ingest_settled(settings).new == ()
    time.sleep(0.25)
    assert len(ingest_settled(settings).new) == 1
    assert ingest_settled(settings).new == ()


def test_files_being_written_and_hidden_ones_are_left_alone(settings: Settings, tmp_path: Path) -> None:
    import time

    for name in ("a.mp4.part", ".b.mp4", "notes.txt"):
        (tmp_path / "drop" / name).write_text("x")
    ingest_settled(settings)
    time.sleep(0.25)
    assert ingest_settled(settings).new == ()


def test_a_damaged_document_is_one_sentence(settings: Settings, tmp_path: Path) -> None:
    (key,) = ingest(settings, write(tmp_path, a="1")).batches
    document = Path(settings.lake_url) / "_registry" / f"{key}.json"
    document.write_text(document.read_text()[:-5])
    with pytest.raises(LakeError, match=rf"{key}.json: damaged .* restore it"):
        registry(settings)
