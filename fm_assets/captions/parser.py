"""The verifier's reader: English sentences about a clip become claims, and claims get a verdict from the facts.

A sentence is verified if all its claims are and no word is left over, contradicted if any claim is and no word is left
over that could make it another claim (`quickly` and `rolls` cannot), and unverifiable otherwise. It reads what a language model writes as well as what the embedded writer does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from fm_assets.captions.clipfacts import ClipFacts
from fm_assets.captions.grammar import MANNER
from fm_assets.captions.normal import base_forms, plain
from fm_assets.captions.nounphrases import ADDING, resolve
from fm_assets.captions.predicates import HANDLERS
from fm_assets.captions.quantities import longer
from fm_assets.captions.rewrite import plainer
from fm_assets.captions.scan import Literal, Parsed, Scan
from fm_assets.motion.claims import FactIndex, Verdict, verify

_MANNER = re.compile(
    rf"{MANNER}|(?:quick|slow|smooth|gent|graceful|rapid|swift|steadi|sudden|abrupt|continuous|careful|casual|calm|elegant"
    r"|free|gradual|brisk|lazi|erratical|purposeful|energetical|lively|noisi|silent|quiet)ly"
)


@dataclass(frozen=True)
class Judged:
    """Verdict on a sentence or an option, with the facts that decided it."""

    verdict: str
    fact_ids: tuple[str, ...]
    reason: str = ""


def parse(sentence: str, clip: ClipFacts, *, domain: Sequence[str] = (), subjects: Sequence[str] = ()) -> Parsed:
    """The claims of one sentence.

    Args:
        sentence: English, one sentence.
        clip: The clip that it is about.
        domain: Tracks that a superlative compares; empty: all of the clip.
        subjects: What `it` or `they` stands for at the start: the subjects of the sentence before.
    """
    resolved = resolve(plain(sentence), clip)
    text, tracks = renumbered(resolved.text, clip.tracks)
    scan = Scan(normal(text), clip, tracks, resolved.groups, tuple(domain) or tuple(clip.tracks), tuple(subjects))
    scan.left_over.extend(resolved.unproven)
    return scan.run(HANDLERS, longer)


_TRACK = re.compile(r"<(\d+)>")


def renumbered(text: str, tracks: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """A text whose tokens of tracks count from 0 in their order, and the tracks that they stand for.

    Sentences of one form about different objects are thereby the same text, which need be taken apart only once.
    """
    named = tuple(dict.fromkeys(_TRACK.findall(text)))
    places = {number: place for place, number in enumerate(named)}
    return _TRACK.sub(lambda m: f"<{places[m[1]]}>", text), tuple(tracks[int(number)] for number in named)


@lru_cache(maxsize=1 << 14)
def normal(text: str) -> str:
    """A text with tokens for its objects in normal form, in plain words."""
    return plainer(base_forms(text))


def judge(
    sentence: str,
    clip: ClipFacts,
    index: FactIndex,
    *,
    domain: Sequence[str] = (),
    subjects: Sequence[str] = (),
) -> Judged:
    """Verdict on one sentence: `verified`, `contradicted` or `unverifiable`."""
    return judge_parsed(parse(sentence, clip, domain=domain, subjects=subjects), index, clip.min_margin)


def judge_parsed(parsed: Parsed, index: FactIndex, min_margin: float) -> Judged:
    """Verdict on claims that were read from one sentence."""
    proven: list[str] = []
    open_reason = ""
    for literal in parsed.literals:
        verdict, fact_ids, reason = judge_literal(literal, index, min_margin)
        if verdict is Verdict.CONTRADICTED and all(_adds_only(word) for word in parsed.left_over):
            return Judged("contradicted", fact_ids, reason)
        if verdict is Verdict.VERIFIED:
            proven.extend(fact_ids)
        else:
            open_reason = open_reason or reason
    if parsed.left_over:
        return Judged("unverifiable", (), f"not understood: {', '.join(dict.fromkeys(parsed.left_over))}")
    if open_reason or not parsed.literals:
        return Judged("unverifiable", (), open_reason or "nothing is claimed")
    return Judged("verified", tuple(dict.fromkeys(proven)))


def _adds_only(word: str) -> bool:
    """Whether a word that was not understood says more than was read, but nothing else: how, or of what kind."""
    return bool(_MANNER.fullmatch(word)) or word in ADDING


def judge_literal(literal: Literal, index: FactIndex, min_margin: float) -> tuple[Verdict, tuple[str, ...], str]:
    """Verdict on one claim or denial: a denial is verified by what refutes the claim."""
    judgement = verify(literal.claim, index, min_margin)
    verdict = judgement.verdict
    if literal.negated and verdict is not Verdict.UNVERIFIABLE:
        verdict = Verdict.VERIFIED if verdict is Verdict.CONTRADICTED else Verdict.CONTRADICTED
    return verdict, tuple(judgement.fact_ids), judgement.reason
