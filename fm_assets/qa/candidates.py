"""Candidate questions: what could be asked of a clip, with options by preference. The verifier decides what may be.

A candidate's right option is what a fact says; its wrong options are typed: the opposite, a neighbour at
least 90 degrees away, another object's value, another count, another time. Options of one question have
one form, so that neither length nor wording tells the right one; what would be guessed without looking is asked
about less often (`balance.py`).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence

from fm_assets.captions.clipfacts import ClipFacts
from fm_assets.captions.language import shuffled
from fm_assets.qa import body_templates, halves, movement_templates, object_templates, pair_templates, place_templates
from fm_assets.qa.balance import Chooser, choose
from fm_assets.qa.maker import Candidate, Maker

Template = Callable[[Maker], Iterator[Candidate]]

#: Templates per category.
_TEMPLATES: dict[str, tuple[Template, ...]] = {
    "motion recognition": (
        movement_templates.shape,
        movement_templates.entry,
        pair_templates.shapes_of_two,
        body_templates.arm,
        body_templates.posture,
    ),
    "action order": (
        object_templates.order_of_three,
        object_templates.two_arrivals,
        object_templates.first_of_four,
        object_templates.entry_time,
        pair_templates.movement_order,
        body_templates.moment,
    ),
    "motion-related object": (
        object_templates.object_of_four,
        object_templates.fastest_of_four,
        object_templates.object_of_two,
    ),
    "location": (
        place_templates.start_place,
        place_templates.middle_place,
        place_templates.end_place,
    ),
    "repetition count": (
        movement_templates.repetitions,
        movement_templates.turns,
        movement_templates.period,
        body_templates.waves,
    ),
    "motion attributes": (
        movement_templates.direction,
        movement_templates.distance,
        movement_templates.path_length,
        movement_templates.speed,
        movement_templates.peak_speed,
        pair_templates.directions_of_two,
        halves.both,
        pair_templates.speed_ranking,
    ),
    "spatial relations": (
        place_templates.relation_change,
        place_templates.relation_and_gap,
        pair_templates.speed_and_side,
        pair_templates.follower,
    ),
}
#: Templates with an option that is never right come after all others of their category.
_LAST: dict[str, Template] = {"motion attributes": movement_templates.trend, "spatial relations": place_templates.gap}


def candidates(clip: ClipFacts, chooser: Chooser = choose) -> dict[str, Iterator[Candidate]]:
    """Candidates per category, the most telling objects first, templates in turn.

    Templates with an option that is never right (`trend`, `gap`) come after all others of their category.
    """
    maker = Maker(clip, chooser)
    found: dict[str, Iterator[Candidate]] = {}
    for category, makers in _TEMPLATES.items():
        turns = _in_turn([make(maker) for make in shuffled(makers, clip.clip_id, category)])
        found[category] = itertools.chain(turns, _LAST[category](maker) if category in _LAST else ())
    return found


def _in_turn(streams: Sequence[Iterator[Candidate]]) -> Iterator[Candidate]:
    """One from each stream before any gives a second."""
    for row in itertools.zip_longest(*streams):
        yield from (c for c in row if c is not None)
