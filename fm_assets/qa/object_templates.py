"""Questions about which object does something, and in which order objects come."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from fm_assets.captions.language import pick, seconds
from fm_assets.qa.deeds import DEEDS, TOLD, Deed, does
from fm_assets.qa.maker import Candidate, Maker


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
        right = ", then ".join(texts)
        yield m.make("order_of_three", "action order", "what", questions, right, m.mixed(wrong, *chain), chain)


def two_arrivals(m: Maker) -> Iterator[Candidate]:
    """Four stories of how two objects come into view, each of which may be the true one."""
    for x, y in itertools.combinations(m.untold(), 2):
        first, second = m.clip.value("appear", x), m.clip.value("appear", y)
        if first is None or second is None or "entered" not in (first, second):
            continue
        a, b = m.mixed([x, y], "arrivals")
        stories = {
            f"{how} {who}": text.format(m.name(p), m.name(q))
            for who, p, q in (("first", a, b), ("second", b, a))
            for how, text in (
                ("present", "{0} is there from the start, {1} enters later"),
                ("entered", "{0} enters first, {1} enters later"),
            )
        }
        if first == second:
            found = m.clip.between("order", x, y)
            leader, how = (x if found and found[0].value == "before" else y), "entered"
        else:
            leader, how = (x if first == "present" else y), "present"
        value = f"{how} {'first' if leader == a else 'second'}"
        question = f"How do {m.name(a)} and {m.name(b)} come into view?"
        yield from m.among("two_arrivals", "action order", "what", (question,), value, stories, [x, y], a, b)


def first_of_four(m: Maker) -> Iterator[Candidate]:
    for chain in _chain(m, 4):
        texts = [m.name(t) for t in chain]
        last = pick((False, True), m.clip.clip_id, *chain)
        right = texts[-1] if last else texts[0]
        question = f"Which of these objects appears {'last' if last else 'first'}?"
        wrong = [t for t in texts if t != right]
        yield m.make("first_of_four", "action order", "what", (question,), right, wrong, chain)


def entry_time(m: Maker) -> Iterator[Candidate]:
    for track in m.tracks:
        for kind, value, verb in (("appear", "entered", "enter"), ("disappear", "exited", "leave")):
            fact = m.clip.main(kind, track)
            if fact is None or fact.value != value or fact.number is None:
                continue
            found = m.other_moments(f"{kind}_time", fact)
            if found is None:
                continue
            asked, moments = found
            question = f"When does {m.name(track)} {verb} the frame?"
            wrong = [f"at {seconds(moment)}" for moment in moments]
            right = f"at {seconds(fact.number)}"
            yield m.make(f"{kind}_time", "action order", "what", (question,), right, wrong, [track], asked=asked)


def _deeds(m: Maker) -> Sequence[Deed]:
    """All that may be asked about, in an order that the clip decides; not what a name of some object tells."""
    told = any(m.told(t) for t in m.tracks)
    return m.mixed(DEEDS if told else (*DEEDS, *TOLD), "deeds")


def object_of_four(m: Maker) -> Iterator[Candidate]:
    """Which one of four objects does what the three others do not do."""
    if len(m.tracks) < 4:
        return
    for deed in _deeds(m):
        held = {t: does(m.clip, t, deed) for t in m.tracks}
        others = [t for t, holds in held.items() if holds is False]
        for doer in [t for t, holds in held.items() if holds] if len(others) >= 3 else ():
            questions = (f"Which of these objects {deed.phrase}?", f"Which object {deed.phrase}?")
            wrong = [m.name(t) for t in m.mixed(others, doer, deed.phrase)]
            yield m.make(
                "object_of_four", "motion-related object", "what", questions, m.name(doer), wrong, [doer]
            )  # fmt: skip


def fastest_of_four(m: Maker) -> Iterator[Candidate]:
    for group in itertools.combinations(m.moving[:6], 4):
        for best in group:
            wrong = [t for t in group if t != best]
            if all(any(f.value == "faster" for f in m.clip.between("speed_order", best, t)) for t in wrong):
                question = "Which of these objects moves the fastest?"
                texts = [m.name(t) for t in wrong]
                yield m.make(
                    "object_of_four", "motion-related object", "what", (question,), m.name(best), texts, list(group)
                )  # fmt: skip


def object_of_two(m: Maker) -> Iterator[Candidate]:
    """Whether one of two objects, both or neither does something."""
    for deed, (x, y) in itertools.product(_deeds(m), m.pairs()):
        a, b = m.mixed([x, y], deed.phrase)
        first, second = does(m.clip, a, deed), does(m.clip, b, deed)
        if first is None or second is None:
            continue
        answers = {
            "first": f"only {m.name(a)}", "second": f"only {m.name(b)}", "both": "both of them", "neither": "neither of them",
        }  # fmt: skip
        value = ("both" if second else "first") if first else ("second" if second else "neither")
        form = f"two: {deed.kind} {deed.value}"
        question = f"Which of the two {deed.phrase}, {m.name(a)} or {m.name(b)}?"
        yield from m.among(
            "object_of_two",
            "motion-related object",
            "what",
            (question,),
            value,
            answers,
            [x, y],
            a,
            b,
            unknown=False,
            form=form,
        )
