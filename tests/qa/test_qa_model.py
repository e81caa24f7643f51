"""Questions by a model behind a real server: the verifier decides which leave."""

from __future__ import annotations

import json
from pathlib import Path

from llm_server import serve
from synthetic_facts import Thing, facts_of, table

from fm_assets.captions.rows import CAPTIONS
from fm_assets.qa.compute import compute
from fm_assets.qa.rows import QA_PAIRS
from fm_assets.settings import Settings
from fm_assets.stage import SourceFile, Task
from fm_resources.rows import canonical


def question(text: str, options: list[str], answer: str = "A") -> dict:
    letters = dict(zip("ABCD", options, strict=True))
    return {"category": "motion attributes", "what_how": "how", "question": text, **letters, "answer": answer}


WAYS = ["To the right", "To the left", "Upwards", "Downwards"]
QUESTIONS = {
    "questions": [
        question("In which direction does the ball move?", WAYS),
        question("in which direction does the ball move?", WAYS),  # a repeat
        question("Which way does the ball travel?", WAYS),  # the same fact
        question("Which way does the red ball go?", WAYS, "B"),  # wrong key
        question("What is the ball made of?", ["Rubber", "Wood", "Glass", "Steel"]),  # no fact
        question("What does the car do?", ["Stays still", "Stays still.", "Moves left", "Moves right"]),  # not distinct
        question(
            "What does the car do?", ["It stays still", "It moves in a circle", "It moves to the left", "It zigzags"]
        ),
    ]
}


def run(**qa: object) -> list[dict]:
    things = [
        Thing("ball", "red", "straight", (0.2, 0.5), (1.5, 0.5)),
        Thing("car", "", "stationary", (1.0, 0.8), (1.0, 0.8)),
    ]
    tables = {"motion_scores": table(facts_of(things)), "captions": CAPTIONS.empty_table()}
    with serve(json.dumps(QUESTIONS)) as (url, _):
        llm = {"model": "openai/test", "api_base": url, "retries": 0}
        settings = Settings.model_validate({"home": "unused", "root": "unused", "llm": llm, "qa": qa})
        done = compute(Task("qa_pairs", "v", SourceFile(Path("v.mp4"), "0", "", ""), tables), settings)
    return canonical(done.rows, QA_PAIRS).to_pylist()


def test_only_verified_pairs_leave() -> None:
    rows = run()
    assert {r["question"] for r in rows} == {"In which direction does the ball move?", "What does the car do?"}
    for row in rows:
        right = row[f"option_{row['answer'].lower()}"]
        assert right in ("To the right", "It stays still")
        assert row["writer"] == row["template"] == "openai/test"
        assert {e["role"] for e in row["evidence"]} >= {"right"}


def test_unverifiable_pairs_leave_when_asked_and_contradicted_never() -> None:
    verdicts = {r["question"]: r["verdict"] for r in run(ship_unverifiable=True)}
    assert verdicts["What is the ball made of?"] == "unverifiable"
    assert "Which way does the red ball go?" not in verdicts
    assert "contradicted" not in verdicts.values()


def test_the_quota_holds_for_models_too() -> None:
    assert len(run(pairs_per_clip=1)) == 1
