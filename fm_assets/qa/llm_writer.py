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

#: Forms of questions that the verifier reads, each with an option; all that the embedded writer asks is among them.
FORMS = {
    "In which direction does X move?": "to the left",
    "What does X do?": "moves in a straight line",
    "How does X come into view?": "enters from the left",
    "How does X change its speed?": "speeds up",
    "How far from its starting point does X end up?": "about 0.50 frame heights",
    "How long is the path that X covers?": "about 1.2 frame heights",
    "How fast does X move on average?": "about 0.30 frame heights per second",
    "What top speed does X reach?": "about 0.60 frame heights per second",
    "What is true of X: which way it moves, and how its speed changes?": "it moves to the left and slows down",
    "How many times does X go back and forth?": "three times",
    "How long does one back-and-forth cycle of X take?": "about 2.0 s",
    "How many times does X turn left?": "twice",
    "Where in the frame does X start?": "in the upper left of the frame",
    "Where in the frame is X in the middle of the clip?": "in the centre of the frame",
    "Where in the frame does X end up?": "in the lower right of the frame",
    "Which of these objects moves to the left?": "X",
    "Which of these objects appears first?": "X",
    "Which of the two speeds up, X or Y?": "only X",
    "In what order do X, Y and Z appear?": "X, then Y, then Z",
    "How do X and Y come into view?": "X is there from the start, Y enters later",
    "When does X enter the frame?": "at 2.5 s",
    "When does X leave the frame?": "at 6.0 s",
    "Which of X and Y starts moving first, and which stops moving first?": "X starts first, Y stops first",
    "Which way do X and Y move?": "X moves to the left, Y moves to the right",
    "What do X and Y do?": "X moves in a straight line, Y stays in the same place",
    "How does X compare with Y?": "is faster and starts to the left of it",
    "How do X, Y and Z rank in speed, from fastest to slowest?": "X, then Y, then Z",
    "What happens to the distance between X and Y?": "it gets smaller",
    "Where is X relative to Y at the start?": "to the left of it",
    "Where is X relative to Y?": "above it at the start, below it at the end",
    "Where does X start relative to Y, and what happens then?": "to the left of it, getting closer to it",
    "Which of X and Y follows the other, and which way?": "X follows Y, moving to the left",
    "Which of X and Y passes the other, and which way?": "X passes Y, moving to the left",
    "What does X do with their left arm?": "raises it",
    "Which change of posture does X show?": "sits down",
    "How many times does X wave with their right hand?": "three times",
    "When does X raise their left arm?": "at 2.5 s",
}

SYSTEM = """You write multiple-choice questions about the motion in a short video clip, from measured facts, a caption and,
where given, a few frames. Each question has four short options of equal form, exactly one right; the facts must prove the
right one and refute the others. Spread them over the categories: motion recognition, action order, motion-related object,
location, repetition count, motion attributes, spatial relations. Call objects exactly by their given names.
Ask only in the forms below, X, Y and Z being given names, with options as in brackets; of a person say `they` and `their`. Tag a question `what` when it asks
which object or action, `how` when it asks in which manner. No question may give away the answer of another.
Answer as JSON. Forms:
""" + "\n".join(f"- {form} [{option}]" for form, option in FORMS.items())


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
