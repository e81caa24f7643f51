"""From candidates to question-answer pairs: what the verifier upholds, spread over categories, without repeats."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from fm_assets.captions.clipfacts import ClipFacts
from fm_assets.captions.language import shuffled
from fm_assets.captions.parser import Judged
from fm_assets.captions.sentences import EMBEDDED
from fm_assets.motion.claims import FactIndex
from fm_assets.motion.vocabulary import CATEGORIES
from fm_assets.qa.balance import Chooser, choose
from fm_assets.qa.bias import LETTERS
from fm_assets.qa.candidates import Candidate, candidates
from fm_assets.qa.statements import judge_option

#: How many questions may rest on one fact.
_USES = 3


@dataclass(frozen=True)
class Pair:
    """A question with four options in their final order, and the verifier's verdict on it."""

    category: str
    what_how: str
    template: str
    writer: str
    question: str
    options: tuple[str, str, str, str]
    answer: str
    verdict: str
    difficulty: str
    evidence: tuple[tuple[str, str], ...]

    def row(self, clip_id: str) -> dict[str, object]:
        """The pair as a row of `qa_pairs`."""
        return {
            "qa_id": qa_id(clip_id, self.question, self.options),
            "clip_id": clip_id,
            "category": self.category,
            "what_how": self.what_how,
            "difficulty": self.difficulty,
            "template": self.template,
            "question": self.question,
            **{f"option_{letter.lower()}": text for letter, text in zip(LETTERS, self.options, strict=True)},
            "answer": self.answer,
            "verdict": self.verdict,
            "writer": self.writer,
            "evidence": [{"role": role, "fact_id": fact_id} for role, fact_id in self.evidence],
        }


def qa_id(clip_id: str, question: str, options: Sequence[str]) -> str:
    """`q-` and 12 hex digits of the sha256 of clip, question and options."""
    return "q-" + hashlib.sha256("|".join([clip_id, question, *options]).encode()).hexdigest()[:12]


#: Is told of every candidate whether it became a question.
Witness = Callable[[Candidate, bool], None]
#: Makes a pair of a candidate, with the facts that prove its right option; None where it may not be asked. See `uphold`.
Upholder = Callable[[Candidate, ClipFacts, FactIndex, set[str]], tuple["Pair", set[str]] | None]


def compose(
    clip: ClipFacts,
    index: FactIndex,
    quota: int,
    chooser: Chooser = choose,
    witness: Witness | None = None,
    upholder: Upholder | None = None,
) -> list[Pair]:
    """The embedded writer's pairs of a clip, at most `quota`, all verified, spread over the categories.

    No two rest on the same facts, no fact is asked about more than three times, and none is answered by what another
    one's question gives away.

    Args:
        clip: The clip.
        index: Its facts.
        quota: Pairs at most.
        chooser: Decides which questions are asked; see `balance.py`.
        witness: Is told what became of each candidate.
        upholder: Decides what may be asked; the verifier, unless it is measured what that is worth.
    """
    streams = candidates(clip, chooser)
    turns = shuffled([c for c in CATEGORIES if c in streams], clip.clip_id, "categories")
    chosen: list[Pair] = []
    spent = _Spent()
    while turns and len(chosen) < quota:
        for category in list(turns):
            found = _next_pair(streams[category], clip, index, spent, witness, upholder or uphold)
            if found is None:
                turns.remove(category)
                continue
            chosen.append(found)
            if len(chosen) == quota:
                break
    return chosen


class _Spent:
    """What questions were asked about so far, and what they gave away."""

    def __init__(self) -> None:
        self.given: set[str] = set()
        self._uses: Counter[str] = Counter()
        self._proofs: set[frozenset[str]] = set()
        self._questions: set[str] = set()

    def answers(self, candidate: Candidate) -> bool:
        """Whether a candidate's question would answer one that was asked, or is one that was."""
        return candidate.question in self._questions or not candidate.given.isdisjoint(self._uses)

    def repeats(self, proof: set[str]) -> bool:
        """Whether the facts behind an answer were asked about already, all together or too often."""
        return frozenset(proof) in self._proofs or any(self._uses[i] >= _USES for i in proof)

    def take(self, candidate: Candidate, proof: set[str]) -> None:
        """Notes a question that is asked."""
        self._uses.update(proof)
        self._proofs.add(frozenset(proof))
        self._questions.add(candidate.question)
        self.given |= candidate.given


def _next_pair(
    stream: Iterator[Candidate],
    clip: ClipFacts,
    index: FactIndex,
    spent: _Spent,
    witness: Witness | None,
    upholder: Upholder,
) -> Pair | None:
    for candidate in stream:
        if spent.answers(candidate) or len(candidate.wrong) < 3:
            continue
        found = upholder(candidate, clip, index, spent.given | candidate.given)
        shipped = found is not None and not spent.repeats(found[1])
        if witness is not None:
            witness(candidate, shipped)
        if found is not None and shipped:
            spent.take(candidate, found[1])
            return found[0]
    return None


def uphold(candidate: Candidate, clip: ClipFacts, index: FactIndex, told: set[str]) -> tuple[Pair, set[str]] | None:
    """The candidate as a pair, if its right option is verified and three wrong ones are contradicted.

    Returns:
        The pair and the facts that prove its right option; None where it may not be asked, also because
        a proving fact is in `told`.
    """
    listed = [candidate.right, *candidate.wrong]
    if candidate.template == "object_of_four":
        listed = listed[:4]  # superlatives compare the options, so those must be fixed before
    right = judge_option(candidate.question, candidate.right, listed, clip, index)
    if right.verdict != "verified":
        return None
    proof = set(right.fact_ids) - candidate.given
    if not proof or proof & told:
        return None
    wrong: list[tuple[str, Judged]] = []
    for text in candidate.wrong:
        judged = judge_option(candidate.question, text, listed, clip, index)
        if judged.verdict == "contradicted":
            wrong.append((text, judged))
        if len(wrong) == 3:
            break
    if len(wrong) < 3:
        return None
    return _pair(candidate, right, wrong, clip), proof


def unverified(candidate: Candidate, clip: ClipFacts, index: FactIndex, told: set[str]) -> tuple[Pair, set[str]] | None:
    """The candidate as a pair that no verifier saw: its right option and the three best wrong ones, without evidence."""
    unjudged = Judged("unverifiable", ())
    pair = _pair(candidate, unjudged, [(text, unjudged) for text in candidate.wrong[:3]], clip)
    return replace(pair, verdict="unverifiable"), {f"{candidate.template}: {candidate.question}"}


def _pair(candidate: Candidate, right: Judged, wrong: Sequence[tuple[str, Judged]], clip: ClipFacts) -> Pair:
    judged = [(candidate.right, right), *wrong]
    order = shuffled(range(4), clip.clip_id, candidate.question, *sorted(text for text, _ in judged))
    options = [judged[i][0] for i in order]
    evidence = []
    for letter, i in zip(LETTERS, order, strict=True):
        role = "right" if i == 0 else f"distractor_{letter.lower()}"
        evidence += [(role, fact_id) for fact_id in judged[i][1].fact_ids]
    return Pair(
        candidate.category,
        candidate.what_how,
        candidate.template,
        EMBEDDED,
        candidate.question,
        (options[0], options[1], options[2], options[3]),
        LETTERS[order.index(0)],
        "verified",
        difficulty(clip, [fact_id for _, fact_id in evidence]),
        tuple(dict.fromkeys(evidence)),
    )


def difficulty(clip: ClipFacts, fact_ids: Sequence[str]) -> str:
    """`easy`, `medium` or `hard`: small margins and many objects make a question hard."""
    margin = min((clip.margins[i] for i in fact_ids if i in clip.margins), default=0.0)
    crowd = len(clip.tracks)
    points = (margin < 6) + (margin < 3) + (crowd > 2) + (crowd > 5)
    return "easy" if points <= 1 else "medium" if points == 2 else "hard"
