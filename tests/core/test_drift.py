"""A batch against its previous version, as the asset checks and Dagster's metadata tell it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from arithmetic_stages import STAGE_LABELS, STAGE_TOTALS, STAGE_WORDS
from simulated_daemon import workshop

from fm_assets.checks import Batch
from fm_assets.drift import drift_check, rows_per, summary
from fm_assets.settings import load_settings
from fm_assets.stage import Stage, run_stage
from fm_resources.lake import Lake
from fm_resources.registry import register


class Corpus:
    """Three texts, counted by different settings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        files = []
        for name, text in {"a": "p q q", "b": "p q r", "c": "q q q"}.items():
            files.append(folder / f"{name}.mp4")
            files[-1].write_text(text)
        self.lake = Lake(str(folder / "lake"))
        self.batch = register(self.lake, files, batch_size=8, domain="d", licence="").batches[0]

    def run(self, least: int) -> dict[str, Batch]:
        settings = load_settings(env={"FM_HOME": str(self.folder)}, overrides=[f"tracks.track_buffer={30 + least}"])
        return {s.name: self._run(s, settings) for s in (STAGE_WORDS, STAGE_TOTALS, STAGE_LABELS)}

    def _run(self, stage: Stage, settings) -> Batch:
        return Batch(stage, run_stage(stage, self.batch, workshop(settings, self.lake)), self.lake)


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[Corpus]:
    yield Corpus(tmp_path)


def test_the_first_version_has_nothing_to_be_compared_with(corpus: Corpus) -> None:
    found = corpus.run(0)["words"].versions
    assert summary(found) == "no previous version"


def test_changed_videos_and_rows_are_counted_against_the_previous_version(corpus: Corpus) -> None:
    corpus.run(0)
    again = corpus.run(1)
    assert summary(again["words"].versions) == "2 of 3 videos changed, 6 rows -> 2"
    assert summary(again["totals"].versions) == "2 of 2 videos changed, 2 rows -> 2"
    assert summary(corpus.run(0)["words"].versions) == "2 of 3 videos changed, 2 rows -> 6"


def test_a_jump_of_a_figure_warns_and_a_steady_one_does_not(corpus: Corpus) -> None:
    check = drift_check({"words_per_total": rows_per("words")})
    assert not check.blocking
    first = corpus.run(0)
    assert check.run(first["totals"]).passed
    found = check.run(corpus.run(1)["totals"])
    assert not found.passed
    assert found.figures["jumped"] == "words_per_total"
    assert (found.figures["words_per_total_before"], found.figures["words_per_total"]) == (0.4, 2.0)
    unchanged = check.run(corpus.run(1)["labels"])
    assert unchanged.passed


def test_the_pipeline_shows_changes_and_checks_in_dagster(copy, monkeypatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(copy.home / "dagster"))
    copy.configure((copy.folder / "fm.toml").read_text() + "[tracks]\nmin_track_s = 2.5\n")
    copy.run("run")
    with dg.DagsterInstance.get() as instance:
        event = instance.get_latest_materialization_event(dg.AssetKey("tracks"))
        assert event is not None and event.asset_materialization is not None
        shown = event.asset_materialization.metadata
        assert "of 4 videos changed" in str(shown["changes"].value)
        assert isinstance(shown["dagster/column_lineage"], dg.TableColumnLineageMetadataValue)
        keys = [dg.AssetCheckKey(dg.AssetKey(name), "steady") for name in ("tracks", "motion_scores", "qa_pairs")]
        records = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
        assert set(records) == set(keys)
        figures = records[keys[0]].event.asset_check_evaluation.metadata  # type: ignore[union-attr]
        assert {"tracks_per_clip", "tracks_per_clip_before"} <= set(figures)
