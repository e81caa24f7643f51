"""Questions by a model behind a real server: the verifier decides which leave."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path

from llm_server import serve
from synthetic_facts import Thing, facts_of, random_clip, table

from fm_assets.captions.clipfacts import clips
from fm_assets.captions.rows import CAPTIONS
from fm_assets.qa.candidates import candidates
from fm_assets.qa.compute import compute
from fm_assets.qa.llm_writer import FORMS, SYSTEM
from fm_assets.qa.rows import QA_PAIRS
from fm_assets.qa.statements import read_option
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


def test_every_form_that_the_model_is_told_is_read() -> None:
    things = [
        Thing("person", "red", "straight", (0.05, 0.5), (1.5, 0.5), t0=1.0, begins="entered"),
        Thing("ball", "", "straight", (0.2, 0.3), (1.5, 0.3)),
        Thing("car", "", "stationary", (1.0, 0.8), (1.0, 0.8)),
    ]
    clip = next(clips(table(facts_of(things)), 1.5))
    called = {"X": "the person", "Y": "the ball", "Z": "the car"}
    for form, option in FORMS.items():
        assert f"- {form} [{option}]" in SYSTEM
        question, said = (re.sub(r"\b[XYZ]\b", lambda m: called[m[0]], text) for text in (form, option))
        parsed = read_option(question, said, [said], clip)
        assert parsed is not None and parsed.literals, form
        assert not parsed.left_over, (form, option, parsed.left_over)


def test_the_model_is_told_every_form_that_the_embedded_writer_asks_in() -> None:
    patterns = [re.compile(_any_name(form)) for form in FORMS]
    asked: dict[str, list[str]] = defaultdict(list)
    for number in range(120):
        for found in candidates(next(clips(table(random_clip(number)), 1.5))).values():
            for candidate in found:
                asked[candidate.template].append(candidate.question)
    assert len(asked) >= 20
    for template, questions in asked.items():
        assert any(p.fullmatch(q) for p in patterns for q in questions), (template, questions[0])


def _any_name(form: str) -> str:
    """A form as a pattern: any name for X, Y and Z, any deed, topic and side in it."""
    text = re.sub(r"\b[XYZ]\b", "NAME", form)
    text = re.sub(r"\b(left|right)\b", "SIDE", text)
    text = text.replace("moves to the SIDE", "DEED").replace("speeds up", "DEED").replace("appears first", "DEED")
    text = re.sub(r": which .*\?", ": DEED?", text)
    text = re.escape(text).replace("NAME", "(?:the|a|an) .+?").replace("SIDE", "(?:left|right)").replace("DEED", ".+")
    return text.replace("from\\ its", "from\\ (?:its|their)")
