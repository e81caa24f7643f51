"""What rules about two objects, speeds, cycles, turns and kinds of things do to a scan: one handler per rule."""

from __future__ import annotations

import re

from fm_assets.captions import grammar, pairs, timing
from fm_assets.captions.nounphrases import named_class
from fm_assets.captions.scan import Groups, Handler, Literal, Scan
from fm_assets.motion.claims import Claim


def longer(scan: Scan, position: int) -> int:
    """Reads a statement about two objects that begins at a position; its end, or the position where there is none."""
    of_two = pairs.read(scan.text, position)
    if of_movements := timing.read(scan.text, position):
        first, second, said, end = of_movements
        if of_two is None or end > of_two[3]:
            _said_of_movements(scan, first, second, said)
            return end
    if of_two is None:
        return position
    told, first, second, end = of_two
    _said_of_two(scan, told, first, second)
    return end


def _said_of_two(scan: Scan, told: pairs.Told, first: str | None, second: str) -> None:
    """A statement of `pairs`: about its own subject, or about the one before."""
    if _subject(scan, first, second):
        scan.say_pair(told.kind, told.value, second)


def _said_of_movements(scan: Scan, first: str | None, second: str, said: list[frozenset[str]]) -> None:
    """A statement of `timing`: each comparison is true of some of Allen's relations."""
    if not _subject(scan, first, second):
        return
    for relations in said:
        value, *others = sorted(relations)
        scan.say_pair("movement_order", value, second, alternatives=tuple(others))


def _subject(scan: Scan, first: str | None, second: str) -> bool:
    """Makes the first object the subject; False, and left over, where it is not known which objects are meant."""
    listed, scan.listing = scan.listing, False
    if first is not None and listed:
        scan.known = False  # `A and B follow C`: not B alone
    elif first is not None:
        track = scan.track(first)
        scan.subject, scan.counted = (track,) if track else (), []
        scan.named, scan.known = [track] if track else [], track is not None
    if not scan.known or len(scan.subject) != 1 or scan.track(second) is None:
        scan.left_over.append("which object")
        return False
    return True


def on_speed(scan: Scan, groups: Groups, words: str) -> None:
    scan.say("peak_speed" if scan.at_peak else "speed", groups[0] or "", number=float(groups[0] or 0))


def on_peak_speed(scan: Scan, groups: Groups, words: str) -> None:
    scan.say("peak_speed", groups[0] or "", number=float(groups[0] or 0))


def on_at_peak(scan: Scan, groups: Groups, words: str) -> None:
    scan.at_peak = True


def on_period(scan: Scan, groups: Groups, words: str) -> None:
    said = next(g for g in groups if g)
    scan.say("repetition_period", said, number=float(said))


def on_turns(scan: Scan, groups: Groups, words: str) -> None:
    side, often, many, *sides = groups
    count = grammar.how_many(often or many or "")
    side = side or next(g for g in sides if g)
    left = side in ("left", "counterclockwise", "anticlockwise")
    scan.say("left_turns" if left else "right_turns", str(count), number=float(count))


def on_cycle_times(scan: Scan, groups: Groups, words: str) -> None:
    count = grammar.how_many(groups[0] or "")
    scan.say("repetition_count", str(count), number=float(count))


def on_length(scan: Scan, groups: Groups, words: str) -> None:
    phrase = next((g for g in groups if g), "")
    value = grammar.length_of(phrase)
    kind = _length_kind(scan, set(words.split()))
    if value is None:
        scan.left_over.append(words)
    else:
        scan.say(kind, f"{value:g}", number=value)


def _length_kind(scan: Scan, words: set[str]) -> str:
    """Net displacement or path length; who `covers` a distance on a straight way covers either."""
    if {"displacement", "displace", "net", "crow", "from", "away"} & words:
        return "displacement"
    if {"path", "total", "all"} & words:
        return "path_length"
    straight = all(scan.clip.value("trajectory_shape", t) in ("straight", "stop_and_go") for t in scan.subject)
    return "path_length" if {"cover", "travel"} & words and not straight else "displacement"


def on_be_kind(scan: Scan, groups: Groups, words: str) -> None:
    """`is a ball`, where the clip shows several."""
    group = scan.groups[int(groups[0] or 0)]
    if group.count != 1 or group.colour:
        scan.left_over.append(words)
    else:
        scan.say("class", group.class_name)


def on_be_named(scan: Scan, groups: Groups, words: str) -> None:
    """`its class is ball`: a noun that no phrase made an object of."""
    name = named_class(groups[0] or "", scan.clip)
    if name is None:
        scan.left_over.append(words)
    else:
        scan.say("class", name)


def on_counted(scan: Scan, groups: Groups, words: str) -> None:
    group, count = scan.groups[int(groups[0] or 0)], grammar.count_of(groups[1] or "")
    if group.count is not None or group.colour:
        scan.left_over.append(words)
    else:
        claim = Claim("count", None, f"{group.class_name}:{count}", number=float(count))
        scan.literals.append(Literal(claim))


def on_hidden(scan: Scan, groups: Groups, words: str) -> None:
    """Hidden at first is a beginning, hidden at the end, or from some moment on, an end."""
    first = (
        groups[0] is not None
        or scan.when == "start"
        or bool(
            re.match(
                r" (?:at first|at the (?:very )?(?:start|beginning|outset)|in the beginning|initially|to begin with)",
                scan.rest,
            )
        )
    )
    scan.say("appear" if first else "disappear", "occluded")


def on_position_changes(scan: Scan, groups: Groups, words: str) -> None:
    scan.say("moving", "moving")


QUANTITIES: dict[str, Handler] = {
    "path_length": on_length, "displacement": on_length, "speed": on_speed, "peak_speed": on_peak_speed, "peak_reach": on_peak_speed, "at_peak": on_at_peak,
    "period": on_period, "turns": on_turns, "cycle_times": on_cycle_times, "be_kind": on_be_kind, "counted": on_counted, "be_named": on_be_named,
    "hidden": on_hidden, "position_changes": on_position_changes,
}  # fmt: skip
