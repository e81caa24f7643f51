"""Questions about which object does something, and in which order objects come."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from fm_assets.captions.language import (
    DIRECTION_PHRASES,
    REGION_PHRASES,
    pick,
    seconds,
    seed,
    shuffled,
)
from fm_assets.captions.referring import entry_side
from fm_assets.motion.vocabulary import DIRECTIONS
from fm_assets.qa.maker import Candidate, Maker
from fm_assets.qa.phrases import (
    EXCLUDED_SHAPES,
    SCALE_PHRASES,
    SHAPE_PHRASES,
    TREND_PHRASES,
)


def _chain(m: Maker, size: int) -> Iterator[list[str]]:
    for group in itertools.combinations(m.untold(), size):
        if all(any(f.value == "before" for f in m.clip.between("order", x, y)) for x, y in itertools.pairwise(group)):
            yield list(group)


def order_of_three(m: Maker) -> Iterator[Candidate]:
    for chain in _chain(m, 3):
        texts = [m.name(t) for t in chain]
        listed = m.mixed(texts, "order", *chain)
        wrong = [", then ".join(p) for p in itertools.permutations(texts) if list(p) != texts]
        questions = (
            f"In what order do {listed[0]}, {listed[1]} and {listed[2]} appear?",
            f"In which order do {listed[0]}, {listed[1]} and {listed[2]} come into view?",
        )
        yield m.make(
            "order_of_three",
            "action order",
            "what",
            questions,
            ", then ".join(texts),
            m.mixed(wrong, *chain),
            chain,
        )


def two_arrivals(m: Maker) -> Iterator[Candidate]:
    """Four stories of how two objects come into view, each of which may be the true one."""
    for x, y in itertools.combinations(m.untold(), 2):
        first, second = m.clip.value("appear", x), m.clip.value("appear", y)
        if first is None or second is None or "entered" not in (first, second):
            continue
        a, b = m.mixed([x, y], "arrivals")
        stories = {
            (p, q, who_first): text.format(m.name(p), m.name(q))
            for p, q in ((a, b), (b, a))
            for who_first, text in (
                ("present", "{0} is there from the start, {1} enters later"),
                ("entered", "{0} enters first, {1} enters later"),
            )
        }
        if first == second:
            found = m.clip.between("order", x, y)
            true = (x, y, "entered") if found and found[0].value == "before" else (y, x, "entered")
        else:
            true = (x, y, "present") if first == "present" else (y, x, "present")
        question = f"How do {m.name(a)} and {m.name(b)} come into view?"
        wrong = [text for key, text in stories.items() if key != true]
        yield m.make("two_arrivals", "action order", "what", (question,), stories[true], wrong, [x, y])


def first_of_four(m: Maker) -> Iterator[Candidate]:
    for chain in _chain(m, 4):
        texts = [m.name(t) for t in chain]
        last = pick((False, True), m.clip.clip_id, *chain)
        right = texts[-1] if last else texts[0]
        question = f"Which of these objects appears {'last' if last else 'first'}?"
        yield m.make(
            "first_of_four", "action order", "what", (question,), right, [t for t in texts if t != right], chain
        )


def entry_time(m: Maker) -> Iterator[Candidate]:
    for track in m.tracks:
        for kind, value, verb in (("appear", "entered", "enter"), ("disappear", "exited", "leave")):
            fact = m.clip.main(kind, track)
            if fact is None or fact.value != value or fact.number is None:
                continue
            moments = m.other_moments(fact)
            if not moments:
                continue
            question = f"When does {m.name(track)} {verb} the frame?"
            wrong = [f"at {seconds(m)}" for m in moments]
            yield m.make(
                f"{kind}_time", "action order", "what", (question,), f"at {seconds(fact.number)}", wrong, [track]
            )


def _deeds(m: Maker, track: str) -> Iterator[tuple[str, list[str]]]:
    """What an object does, as a verb phrase, and the objects that clearly do otherwise."""
    others = [t for t in m.tracks if t != track]
    plain = not any(m.told(t) for t in m.tracks)
    shape = m.clip.value("trajectory_shape", track)
    heading = m.clip.value("direction", track)
    if heading:
        away = [t for t in others if _turned_away(m, t, heading)]
        yield f"moves {DIRECTION_PHRASES[heading]}", away
    if shape in EXCLUDED_SHAPES and shape != "stationary":
        yield (
            SHAPE_PHRASES[shape],
            [t for t in others if m.clip.value("trajectory_shape", t) in EXCLUDED_SHAPES[shape]],
        )
    if m.clip.value("moving", track) == "stationary":
        yield "stays still", others
    if plain and m.clip.value("appear", track) == "entered":
        side = entry_side(m.clip, track)
        yield f"enters the frame{f' from the {side}' if side else ''}", others
    if m.clip.value("disappear", track) == "exited":
        yield "leaves the frame", others
    for kind, phrases in (("acceleration", TREND_PHRASES), ("scale_change", SCALE_PHRASES)):
        value = m.clip.value(kind, track)
        if value in phrases and value != "constant":
            yield phrases[value], others
    end = m.clip.region_at(track, "end")
    if end and plain:
        yield f"ends up {REGION_PHRASES[end.value]}", others
    if m.clip.between("speed_order", track, others[0]) if others else ():
        yield "moves the fastest", others


def _turned_away(m: Maker, track: str, heading: str) -> bool:
    if m.clip.value("moving", track) == "stationary":
        return True
    other = m.clip.value("direction", track)
    if other is None:
        return False
    apart = abs(DIRECTIONS.index(other) - DIRECTIONS.index(heading))
    return min(apart, 8 - apart) >= 2


def object_of_four(m: Maker) -> Iterator[Candidate]:
    if len(m.tracks) < 4:
        return
    deeds = [(track, deed, others) for track in m.tracks for deed, others in _deeds(m, track)]
    for track, deed, others in _spread(m, deeds):
        if len(others) >= 3:
            questions = (f"Which of these objects {deed}?", f"Which object {deed}?")
            wrong = [m.name(t) for t in shuffled(others, m.clip.clip_id, track, deed)]
            yield m.make(
                "object_of_four",
                "motion-related object",
                "what",
                questions[: 1 if "fastest" in deed else 2],
                m.name(track),
                wrong,
                [track],
            )


def _spread(m: Maker, deeds: Sequence[tuple[str, str, list[str]]]) -> list[tuple[str, str, list[str]]]:
    """Each kind of deed once before any comes twice, in an order that the clip decides."""
    mixed = shuffled(deeds, m.clip.clip_id, "deeds")
    seen: dict[str, int] = {}
    ranked: list[tuple[int, int, tuple[str, str, list[str]]]] = []
    for deed in mixed:
        kind = deed[1].split()[0] + deed[1].split()[-1]
        seen[kind] = seen.get(kind, 0) + 1
        ranked.append((seen[kind], len(ranked), deed))
    return [deed for _, _, deed in sorted(ranked, key=lambda r: r[:2])]


def object_of_two(m: Maker) -> Iterator[Candidate]:
    if len(m.tracks) >= 4:
        return
    deeds = [(track, deed, others) for track in m.tracks for deed, others in _deeds(m, track) if "fastest" not in deed]
    for track, deed, _ in _spread(m, deeds):
        x, y = _pair_for(m, track, deed)
        if not x:
            continue
        a, b = m.mixed([m.name(x), m.name(y)], deed)
        right = _who_does(m, x, y, deed)
        answers = [f"only {a}", f"only {b}", "both of them", "neither of them"]
        if right in answers:
            wrong = [o for o in answers if o != right]
            yield m.make(
                "object_of_two",
                "motion-related object",
                "what",
                (f"Which of the two {deed}, {a} or {b}?",),
                right,
                wrong,
                [x, y],
            )


def _pair_for(m: Maker, track: str, deed: str) -> tuple[str, str]:
    """The doer and another object, or two others, so that `neither` is right now and then."""
    others = shuffled([t for t in m.tracks if t != track], m.clip.clip_id, deed)
    if len(others) >= 2 and seed(m.clip.clip_id, deed, "neither") % 4 == 0:
        return others[0], others[1]
    return (track, others[0]) if others else ("", "")


def _who_does(m: Maker, x: str, y: str, deed: str) -> str:
    held = [any(d == deed for d, _ in _deeds(m, t)) for t in (x, y)]
    clear = [
        h or any(d == deed and t in away for u in m.tracks for d, away in _deeds(m, u))
        for h, t in zip(held, (x, y), strict=True)
    ]
    if not all(clear):
        return ""
    if held == [True, True]:
        return "both of them"
    return "neither of them" if not any(held) else f"only {m.name(x if held[0] else y)}"
