"""What people do with arms and legs, as verb phrases of the embedded writer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fm_assets.captions.clipfacts import ClipFacts, Fact
from fm_assets.captions.language import pick, seconds, times

#: Both arms go up or down together where their moments are this close, seconds.
TOGETHER_S = 0.25
#: Passages of arms that are told of one person; more would drown the rest.
MOST = 4
ARM_VERBS = {"raised": ("raises", "lifts"), "lowered": ("lowers",)}
POSTURES = {"sits_down": ("sits down",), "stands_up": ("stands up", "gets up")}


def deeds(clip: ClipFacts, track: str) -> Iterator[tuple[str, list[Fact]]]:
    """Verb phrases about one person with the facts that they rest on: arms by time, waves, changes of posture."""
    yield from _arms(clip, sorted(clip.of("arm", track), key=lambda f: (f.number or 0.0, f.value))[:MOST])
    for fact in clip.of("wave_count", track):
        side, _, count = fact.value.partition(":")
        said = times(int(count))
        text = pick(
            (f"waves {said} with their {side} hand", f"waves their {side} hand {said}"), clip.clip_id, fact.fact_id
        )
        yield text, [fact]
    for fact in clip.of("posture", track):
        if fact.number is not None:
            yield f"{pick(POSTURES[fact.value], clip.clip_id, fact.fact_id)} at {seconds(fact.number)}", [fact]


def _arms(clip: ClipFacts, facts: Sequence[Fact]) -> Iterator[tuple[str, list[Fact]]]:
    told: set[str] = set()
    for fact in facts:
        if fact.fact_id in told or fact.number is None:
            continue
        side, _, deed = fact.value.partition("_")
        other = next((f for f in facts if f.fact_id not in told and _together(fact, f)), None)
        both = [fact, other] if other else [fact]
        told |= {f.fact_id for f in both}
        moment = sum(f.number or 0.0 for f in both) / len(both)
        verb = pick(ARM_VERBS[deed], clip.clip_id, fact.fact_id)
        yield f"{verb} {'both arms' if other else f'their {side} arm'} at {seconds(moment)}", both


def _together(one: Fact, other: Fact) -> bool:
    """Whether the other arm does the same at the same time."""
    (side, _, deed), (other_side, _, same) = one.value.partition("_"), other.value.partition("_")
    return side != other_side and deed == same and abs((one.number or 0.0) - (other.number or 0.0)) <= TOGETHER_S
