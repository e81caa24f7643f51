"""Questions about what people do with arms and legs."""

from __future__ import annotations

from collections.abc import Iterator

from fm_assets.captions.language import seconds, seed, times
from fm_assets.qa.maker import Candidate, Maker
from fm_assets.tracks.parts import SIDES

ARM_PHRASES = {
    "raised": "raises it", "lowered": "lowers it", "up": "keeps it raised all the time", "down": "keeps it lowered all the time",
}  # fmt: skip
POSTURE_PHRASES = {
    "sits_down": "sits down", "stands_up": "stands up", "sits": "stays seated all the time", "stands": "stays on their feet all the time",
}  # fmt: skip


def arm(m: Maker) -> Iterator[Candidate]:
    """Of arms that go up or down once: had an arm done both, nothing could be refuted."""
    for track in m.tracks:
        for side in SIDES:
            facts = [f for f in m.clip.of("arm", track) if f.value.startswith(side)]
            if len(facts) != 1:
                continue
            right = ARM_PHRASES[facts[0].value.partition("_")[2]]
            wrong = m.mixed([p for p in ARM_PHRASES.values() if p != right], facts[0].fact_id)
            questions = (f"What does {m.name(track)} do with their {side} arm?",)
            yield m.make("arm", "motion recognition", "what", questions, right, wrong, [track])


def posture(m: Maker) -> Iterator[Candidate]:
    for track in m.tracks:
        facts = m.clip.of("posture", track)
        if len(facts) != 1:
            continue
        right = POSTURE_PHRASES[facts[0].value]
        wrong = m.mixed([p for p in POSTURE_PHRASES.values() if p != right], facts[0].fact_id)
        questions = (f"Which change of posture does {m.name(track)} show?",)
        yield m.make("posture", "motion recognition", "what", questions, right, wrong, [track])


def waves(m: Maker) -> Iterator[Candidate]:
    """Numbers of waves differ by twos: where a wave begins is a matter of taste."""
    for track in m.tracks:
        for fact in m.clip.of("wave_count", track):
            side, _, said = fact.value.partition(":")
            count = int(said)
            first = count - 2 * min(seed(m.clip.clip_id, fact.fact_id) % 4, (count - 1) // 2)
            wrong = [times(n) for n in range(first, first + 8, 2) if n != count]
            questions = (f"How many times does {m.name(track)} wave with their {side} hand?",)
            yield m.make("waves", "repetition count", "how", questions, times(count), wrong, [track])


def moment(m: Maker) -> Iterator[Candidate]:
    """When a person does what they do once."""
    for track in m.tracks:
        for kind in ("arm", "posture"):
            facts = m.clip.of(kind, track)
            for fact in facts:
                found = m.other_moments(f"{kind}_time", fact)
                if fact.number is None or found is None or sum(f.value == fact.value for f in facts) > 1:
                    continue
                asked, moments = found
                question = f"When does {m.name(track)} {_deed(fact.value)}?"
                right, wrong = f"at {seconds(fact.number)}", [f"at {seconds(t)}" for t in moments]
                yield m.make(f"{kind}_time", "action order", "what", (question,), right, wrong, [track], asked=asked)


def _deed(value: str) -> str:
    if value in POSTURE_PHRASES:
        return {"sits_down": "sit down", "stands_up": "stand up"}[value]
    side, _, deed = value.partition("_")
    return f"{'raise' if deed == 'raised' else 'lower'} their {side} arm"
