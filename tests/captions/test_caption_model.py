"""Captions by a model behind a real server: what it says is judged, and what is wrong does not ship."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from llm_server import serve
from synthetic_facts import Thing, facts_of, table

from fm_assets.captions.compute import compute
from fm_assets.captions.rows import CAPTIONS
from fm_assets.settings import Settings
from fm_assets.stage import SourceFile, Task
from fm_resources.llm import LlmError
from fm_resources.rows import canonical

GOOD = {
    "sentences": [
        {"section": "actions", "text": "The red ball moves in a straight line. It speeds up."},
        {"section": "motion", "text": "The ball heads to the left."},
        {"section": "location", "text": "A gentle breeze fills the room."},
        {"section": "spatial relations", "text": "The ball starts to the left of the car."},
    ]
}


def run(url: str) -> tuple[pa.Table, float]:
    things = [
        Thing("ball", "red", "straight", (0.2, 0.5), (1.5, 0.5), trend="accelerating"),
        Thing("car", "blue", "stationary", (1.0, 0.8), (1.0, 0.8)),
    ]
    facts = table(facts_of(things))
    clip_id = facts.column("clip_id")[0].as_py()
    thumbnails = [{"t_s": float(i), "jpeg": b"\xff\xd8" + bytes([i])} for i in range(8)]
    filtered = pa.Table.from_pylist([{"clip_id": clip_id, "thumbnails": thumbnails}])
    llm = {
        "model": "openai/test",
        "api_base": url,
        "api_key": "sk-topsecret-123456",
        "retries": 1,
        "timeout_s": 2.0,
        "frames": 3,
    }
    settings = Settings.model_validate({"home": "unused", "root": "unused", "llm": llm})
    task = Task(
        "captions", "v", SourceFile(Path("v.mp4"), "0", "", ""), {"motion_scores": facts, "filtered_clips": filtered}
    )
    done = compute(task, settings)
    return canonical(done.rows, CAPTIONS), done.cost_usd


def test_true_ships_false_is_kept_aside_and_the_rest_is_marked() -> None:
    with serve(json.dumps(GOOD)) as (url, script):
        rows, cost = run(url)
    row = rows.to_pylist()[0]
    verdicts = {s["text"]: s["verdict"] for s in row["sentences"]}
    assert verdicts == {
        "The red ball moves in a straight line.": "verified",
        "It speeds up.": "verified",
        "The ball heads to the left.": "contradicted",
        "A gentle breeze fills the room.": "unverifiable",
        "The ball starts to the left of the car.": "verified",
    }
    assert "to the left." not in row["text"] and "breeze" in row["text"]
    assert row["writer"] == "openai/test" and cost == 0.0
    assert all(s["fact_ids"] for s in row["sentences"] if s["verdict"] != "unverifiable")
    content = script.requests[0]["messages"][1]["content"]
    assert [p["type"] for p in content] == ["text", "image_url", "image_url", "image_url"]
    assert "the ball" in content[0]["text"].lower() and "Measured facts" in content[0]["text"]


def test_an_unknown_section_is_repaired() -> None:
    bad = {"sentences": [{"section": "mood", "text": "The ball moves to the right."}]}
    good = {"sentences": [{"section": "motion", "text": "The ball moves to the right."}]}
    with serve(json.dumps(bad), json.dumps(good)) as (url, script):
        rows, _ = run(url)
    assert rows.column("text").to_pylist() == ["The ball moves to the right."]
    assert len(script.requests) == 2


def test_a_failing_model_fails_the_stage_without_the_key() -> None:
    with (
        serve((401, {"error": {"message": "bad key sk-topsecret-123456"}})) as (url, _),
        pytest.raises(LlmError) as caught,
    ):
        run(url)
    assert "topsecret" not in str(caught.value)
