"""What two objects do with each other, as sentences of the embedded writer."""

from __future__ import annotations

from collections.abc import Iterator

from fm_assets.captions.clipfacts import ClipFacts, Fact
from fm_assets.captions.language import pick

#: Kind -> value -> sentences; {0} and {1} are subject and object of the fact.
SENTENCES: dict[str, dict[str, tuple[str, ...]]] = {
    "follow": {
        "follows": ("{0} follows {1}", "{0} moves along behind {1}", "{1} is followed by {0}"),
        "leads": ("{1} follows {0}", "{0} leads {1}", "{0} is followed by {1}"),
    },
    "pass": {
        "passes": ("{0} passes {1}", "{0} overtakes {1}"),
        "passed_by": ("{1} passes {0}", "{0} is overtaken by {1}"),
    },
    "cross": {"crosses": ("{0} and {1} cross paths", "{0} crosses the path of {1}")},
    "contact": {"touching": ("{0} touches {1}", "{0} and {1} are in contact")},
    "co_movement": {
        "together": ("{0} and {1} move together", "{0} moves together with {1}"),
        "opposite": ("{0} and {1} move in opposite directions",),
    },
    "movement_order": {
        "before": ("{0} stops moving before {1} starts moving",),
        "after": ("{0} starts moving after {1} has stopped",),
        "overlaps": ("{0} starts moving before {1}",),
        "overlapped_by": ("{0} starts moving after {1}",),
        "contains": ("{0} starts moving before {1}",),
        "during": ("{0} starts moving after {1}",),
    },
}
#: Section of the caption that a kind belongs to.
SECTION = dict.fromkeys(SENTENCES, "spatial relations") | {
    "movement_order": "temporal order", "co_movement": "motion", "contact": "object-action association",
}  # fmt: skip


def said_of(clip: ClipFacts, first: str, second: str) -> Iterator[tuple[str, str, Fact]]:
    """(section, sentence with {0} and {1} for the two, fact) of a pair, in order of kinds.

    That both follow or pass each other includes that they move alike, and is told alone.
    """
    told: set[str] = set()
    for kind, values in SENTENCES.items():
        facts = [f for f in clip.between(kind, first, second) if f.value in values]
        if not facts or (kind == "co_movement" and {"follow", "pass", "cross"} & told):
            continue
        told.add(kind)
        yield SECTION[kind], pick(values[facts[0].value], clip.clip_id, facts[0].fact_id), facts[0]
