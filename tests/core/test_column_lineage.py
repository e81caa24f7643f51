"""Column lineage: every column of every table names the columns above that it comes from, and they exist."""

from __future__ import annotations

import dagster as dg
import pytest

from fm_assets.asset import column_lineage
from fm_assets.graph import ANALYSES, STAGES
from fm_assets.stage import Stage

SCHEMAS = {stage.name: stage.schema for stage in STAGES}

#: Columns that the producer alone decides.
FREE = {("captions", "writer"), ("qa_pairs", "writer"), ("training_export", "layout")} | {
    ("error_propagation", column) for column in ("view", "fault", "rate", "stage")
}


@pytest.mark.parametrize("stage", [s for s in (*STAGES, *ANALYSES) if s.upstream], ids=lambda s: s.name)
def test_every_column_comes_from_columns_that_exist_right_above(stage: Stage) -> None:
    lineage = column_lineage(stage).deps_by_column
    assert set(lineage) == set(stage.schema.names)
    for column, sources in lineage.items():
        assert bool(sources) != ((stage.name, column) in FREE), column
        for source in sources:
            above = source.asset_key.to_user_string()
            assert above in stage.upstream, f"{column} of {above}"
            assert source.column_name in SCHEMAS[above].names, f"{column} of {above}.{source.column_name}"


def test_a_question_leads_back_to_the_video_column_by_column() -> None:
    lineage = {stage.name: column_lineage(stage).deps_by_column for stage in STAGES}
    reached, waiting = set(), [(dg.AssetKey("qa_pairs"), "answer")]
    while waiting:
        key, column = waiting.pop()
        for source in lineage[key.to_user_string()][column]:
            if (source.asset_key, source.column_name) not in reached:
                reached.add((source.asset_key, source.column_name))
                waiting.append((source.asset_key, source.column_name))
    assert {key.to_user_string() for key, _ in reached} == set(SCHEMAS) - {
        "qa_pairs",
        "benchmark_splits",
        "training_export",
    }
    assert (dg.AssetKey("source_videos"), "sha256") in reached
