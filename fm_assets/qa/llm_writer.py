"""Questions by a language model, judged by the same verifier as the embedded writer's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel

from fm_assets.captions.clipfacts import ClipFacts
from fm_assets.captions.language import shuffled
from fm_assets.captions.model_input import describe
from fm_assets.captions.parser import Judged
from fm_assets.motion.claims import FactIndex
from fm_assets.qa.pairs import LETTERS, Pair, difficulty
from fm_assets.qa.statements import judge_option
from fm_resources.llm import LlmClient

SYSTEM = """You write multiple-choice questions about the motion in a short video clip, from measured facts, a caption and,
where given, a few frames. Each question has four short options of equal form, exactly one right; the facts must prove the
right one and refute the others. Spread them over the categories: motion recognition, action order, motion-related object,
location, repetition count, motion attributes, spatial relations. Call objects exactly by their given names.
Ask in simple forms: "In which direction does X move?", "Where in the frame does X start?", "Where in the frame does X end up?",
"What does X do?", "How many times does X go back and forth?", "Which of these objects moves to the left?",
"In what order do X, Y and Z appear?" (options "X, then Y, then Z"), "What happens to the distance between X and Y?",
"Where is X relative to Y at the start?". Tag a question `what` when it asks which object or action, `how` when it asks in
which manner. No question may give away the answer of another. Answer as JSON."""


class Question(BaseModel):
    """One question of the model."""

    category: Literal[
        "motion recognition", "action order", "motion-related object", "location",
        "repetition count", "motion attributes", "spatial relations",
    ]  # fmt: skip
    what_how: Literal["what", "how"]
    question: str
    A: str
    B: str
    C: str
    D: str
    answer: Literal["A", "B", "C", "D"]


class QaAnswer(BaseModel):
    """What the model is asked for."""

    questions: list[Question]


def ask_model(
    clip: ClipFacts, caption: str, index: FactIndex, client: LlmClient, pictures: Sequence[bytes], quota: int
) -> tuple[list[Pair], float]:
    """Judged pairs that no fact contradicts, at most `quota`, and their cost in dollars.

    Raises:
        LlmError: The model gave no usable answer.
    """
    user = f"{describe(clip)}\n\nCaption:\n{caption or '(none)'}\n\nWrite {quota} questions."
    reply = client.ask(SYSTEM, user, QaAnswer, pictures)
    pairs: list[Pair] = []
    asked: set[str] = set()
    proven: set[str] = set()
    for question in reply.answer.questions:
        found = judge_question(question, clip, index, client.model)
        if found is None or found.verdict == "contradicted" or found.question.casefold() in asked:
            continue
        proof = {fact_id for role, fact_id in found.evidence if role == "right"}
        if found.verdict == "verified" and proof <= proven:
            continue
        asked.add(found.question.casefold())
        proven |= proof
        pairs.append(found)
    return pairs[:quota], reply.cost_usd


def judge_question(question: Question, clip: ClipFacts, index: FactIndex, model: str) -> Pair | None:
    """The model's question with a verdict and shuffled options; None where its options are not distinct."""
    options = [" ".join(text.split()) for text in (question.A, question.B, question.C, question.D)]
    if len({o.casefold().rstrip(".") for o in options}) < 4 or not all(options):
        return None
    asked = " ".join(question.question.split())
    judged = [judge_option(asked, option, options, clip, index) for option in options]
    right = LETTERS.index(question.answer)
    order = shuffled(range(4), clip.clip_id, asked, *sorted(options))
    evidence = []
    for letter, i in zip(LETTERS, order, strict=True):
        role = "right" if i == right else f"distractor_{letter.lower()}"
        evidence += [(role, fact_id) for fact_id in judged[i].fact_ids]
    a, b, c, d = (options[i] for i in order)
    return Pair(
        question.category,
        question.what_how,
        model,
        model,
        asked,
        (a, b, c, d),
        LETTERS[order.index(right)],
        verdict_of(judged, right),
        difficulty(clip, [fact_id for _, fact_id in evidence]),
        tuple(dict.fromkeys(evidence)),
    )


def verdict_of(judged: Sequence[Judged], right: int) -> str:
    """A pair is verified if its right option is and the others are refuted, contradicted if it is the other way."""
    wrong = [j.verdict for i, j in enumerate(judged) if i != right]
    if judged[right].verdict == "contradicted" or "verified" in wrong:
        return "contradicted"
    if judged[right].verdict == "verified" and all(v == "contradicted" for v in wrong):
        return "verified"
    return "unverifiable"
