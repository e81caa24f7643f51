"""Captions by a language model: asked for seven sections, then judged sentence by sentence."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel

from fm_assets.captions.clipfacts import ClipFacts
from fm_assets.captions.model_input import describe
from fm_assets.captions.normal import split_sentences
from fm_assets.captions.parser import judge_parsed, parse
from fm_assets.captions.sentences import Sentence
from fm_assets.motion.claims import FactIndex
from fm_assets.motion.vocabulary import Section
from fm_resources.llm import LlmClient

SYSTEM = """You describe the motion in a short video clip from measured facts and, where given, a few frames.
Write one to four plain sentences for each section that the facts support:
actions (what each object does), temporal order (who appears when, who starts or stops moving before whom),
object-action association (which object does what, who touches what), location (where, at the start and the end),
repetition (exact counts, how long a cycle takes), motion (direction, distance, average and top speed, turns, trajectory),
spatial relations (relative positions, how distances change, who follows, passes or crosses whom).
Call every object exactly by its given name, in every sentence. One or two statements per sentence.
State nothing that the facts do not support: no intentions, no materials, no centimetres or metres.
Directions and places are those of the image. Answer as JSON."""


class Line(BaseModel):
    """One sentence of the model."""

    section: Section
    text: str


class CaptionAnswer(BaseModel):
    """What the model is asked for."""

    sentences: list[Line]


def write_with_model(
    clip: ClipFacts, index: FactIndex, client: LlmClient, pictures: Sequence[bytes]
) -> tuple[list[Sentence], float]:
    """A caption's sentences with their verdicts, and what they cost in dollars.

    Raises:
        LlmError: The model gave no usable answer.
    """
    reply = client.ask(SYSTEM, describe(clip), CaptionAnswer, pictures)
    judged: list[Sentence] = []
    subjects: tuple[str, ...] = ()
    for line in reply.answer.sentences:
        for text in split_sentences(line.text):
            parsed = parse(text, clip, subjects=subjects)
            subjects = parsed.subjects
            verdict = judge_parsed(parsed, index, clip.min_margin)
            judged.append(Sentence(line.section, text, verdict.verdict, verdict.fact_ids))
    return judged, reply.cost_usd
