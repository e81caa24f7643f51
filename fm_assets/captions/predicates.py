"""What each rule of `rules.py` does to a scan: one handler per rule."""

from __future__ import annotations

import re

from fm_assets.captions import body_predicates, grammar, rules
from fm_assets.captions.nounphrases import Group
from fm_assets.captions.quantities import QUANTITIES
from fm_assets.captions.referring import ANY_CLASS
from fm_assets.captions.scan import Groups, Handler, Literal, Scan
from fm_assets.motion.claims import Claim


def on_track(scan: Scan, groups: Groups, words: str) -> None:
    track = scan.track(groups[0])
    if scan.mode == "exist":
        _exists(scan, track)
        return
    if not scan.listing:
        scan.subject, scan.counted, scan.named, scan.known = (), [], [], True
    scan.listing = True
    if track is None:
        scan.known = False
        scan.left_over.append("which object")
    else:
        scan.subject = (*scan.subject, track)
        scan.named.append(track)


def _exists(scan: Scan, track: str | None) -> None:
    name = scan.clip.value("class", track) if track else None
    if track is None or name is None:
        scan.left_over.append("which object")
    else:
        scan.literals.append(Literal(Claim("class", track, name)))


def on_group(scan: Scan, groups: Groups, words: str) -> None:
    position = int(groups[0] or 0)
    group = scan.groups[position]
    if scan.mode == "exist":
        _count(scan, group)
        return
    if not scan.listing:
        scan.subject, scan.counted, scan.named, scan.known = (), [], [], True
    scan.listing = True
    scan.counted.append(position)
    if group.members is None:
        scan.known = False
    else:
        scan.subject = (*scan.subject, *group.members)


def _count(scan: Scan, group: Group) -> None:
    if group.example:
        _exists(scan, group.example)
    elif group.count is None or group.colour or (group.class_name == ANY_CLASS and group.members is None):
        scan.left_over.append("how many")
    else:
        value = f"{group.class_name}:{group.count}"
        scan.literals.append(Literal(Claim("count", None, value, number=float(group.count))))


def on_they(scan: Scan, groups: Groups, words: str) -> None:
    if len(scan.subject) < 2:
        scan.known = False
        scan.left_over.append(words)


def on_it(scan: Scan, groups: Groups, words: str) -> None:
    if len(scan.subject) != 1:
        scan.known = False
        scan.left_over.append(words)


def on_exist(scan: Scan, groups: Groups, words: str) -> None:
    scan.mode = "exist"


def on_in_view(scan: Scan, groups: Groups, words: str) -> None:
    scan.listing = False
    if not scan.named and not scan.counted:
        scan.left_over.append(words)
    for position in scan.counted:
        _count(scan, scan.groups[position])
    for track in scan.named:
        _exists(scan, track)


def on_relation(scan: Scan, groups: Groups, words: str) -> None:
    side, above, below, token = groups
    if scan.mode == "move":
        scan.left_over.append(words)
        return
    value = f"{side}_of" if side else "above" if above else "below"
    scan.say_pair("relative_position", value, token or "?", when=scan.place_when())
    del below


def on_closer(scan: Scan, groups: Groups, words: str) -> None:
    how, token, each = groups
    value = "approach" if how in ("closer", "nearer") else "recede"
    if token:
        scan.say_pair("distance_change", value, token)
    else:
        scan.say_each_other(value)
    del each


def on_towards(scan: Scan, groups: Groups, words: str) -> None:
    _distance(scan, "approach", groups[-2], groups[-1])


def on_away(scan: Scan, groups: Groups, words: str) -> None:
    _distance(scan, "recede", groups[-2], groups[-1])


def _distance(scan: Scan, value: str, token: str | None, other: str | None) -> None:
    if token:
        scan.say_pair("distance_change", value, token)
    elif other in ("the camera", "the viewer"):
        scan.say("scale_change", "grows" if value == "approach" else "shrinks")
    else:
        scan.say_each_other(value)


def on_gap(scan: Scan, groups: Groups, words: str) -> None:
    first, second, they, shrinks, grows, _ = groups
    value = "approach" if shrinks else "recede" if grows else "constant"
    if they:
        scan.say_each_other(value)
        return
    a, b = scan.track(first), scan.track(second)
    if a is None or b is None:
        scan.left_over.append("which object")
    else:
        scan.subject, scan.known = (a, b), True
        scan.say_each_other(value)


def on_first_then(scan: Scan, groups: Groups, words: str) -> None:
    token = next((g for g in groups if g), "?")
    _superlative(scan, "order", "before", words)
    scan.chain = scan.track(token) or ""


def on_then_track(scan: Scan, groups: Groups, words: str) -> None:
    track = scan.track(groups[0])
    earlier = scan.chain or (scan.subject[0] if scan.known and len(scan.subject) == 1 and not scan.literals else "")
    if not earlier or track is None:
        scan.left_over.append(words)
        return
    scan.listing = False
    scan.literals.append(Literal(Claim("order", earlier, "before", object=track)))
    scan.chain = track


def on_appear_before(scan: Scan, groups: Groups, words: str) -> None:
    value = "before" if groups[0] in ("before", "earlier than") else "after"
    scan.say_pair("order", value, groups[1] or "?")


def on_enter_before(scan: Scan, groups: Groups, words: str) -> None:
    scan.say("appear", "entered")
    scan.say_pair("order", groups[0] or "before", groups[1] or "?")


def on_extreme_order(scan: Scan, groups: Groups, words: str) -> None:
    _superlative(scan, "order", "before" if "first" in groups else "after", words)


def on_fastest(scan: Scan, groups: Groups, words: str) -> None:
    _superlative(scan, "speed_order", "faster" if groups[0] or groups[2] else "slower", words)


def _superlative(scan: Scan, kind: str, value: str, words: str) -> None:
    others = [t for t in scan.domain if t not in scan.subject]
    if not others or len(scan.subject) != 1:
        scan.left_over.append(words)
    for other in others:
        scan.say(kind, value, object=other)


def on_same_time(scan: Scan, groups: Groups, words: str) -> None:
    scan.listing = False
    if not scan.known or len(scan.subject) != 2:
        scan.left_over.append(words)
        return
    a, b = scan.subject
    scan.literals += [Literal(Claim("order", a, value, object=b), negated=True) for value in ("before", "after")]


def on_faster(scan: Scan, groups: Groups, words: str) -> None:
    value = "slower" if "slow" in (groups[0] or "") else "faster"
    scan.say_pair("speed_order", value, groups[1] or "?")


def on_from_to(scan: Scan, groups: Groups, words: str) -> None:
    start, end = (
        grammar.region_of(groups[0] or "", bool(groups[1])),
        grammar.region_of(groups[2] or "", bool(groups[3])),
    )
    straight = {
        ("left", "right"): "right",
        ("right", "left"): "left",
        ("upper", "lower"): "down",
        ("lower", "upper"): "up",
    }
    if start and end and "" in start and "" in end:
        value = straight.get(("".join(start), "".join(end)))
        if value:
            scan.say("direction", value)
            return
    if start is None or end is None or not scan.known or not scan.subject:
        scan.left_over.append(words)
        return
    scan.listing = False
    for subject in scan.subject:
        scan.say_region(subject, start, "start")
        scan.say_region(subject, end, "end")


def on_stay_in_view(scan: Scan, groups: Groups, words: str) -> None:
    scan.say("disappear", "present")


def on_from_start(scan: Scan, groups: Groups, words: str) -> None:
    scan.say("appear", "present")


def on_whole_time(scan: Scan, groups: Groups, words: str) -> None:
    scan.say("appear", "present")
    scan.say("disappear", "present")


def on_enter(scan: Scan, groups: Groups, words: str) -> None:
    side, time = groups
    scan.say("appear", "entered", number=float(time) if time else None)
    if side:
        scan.say_from_side(side)


def on_leave(scan: Scan, groups: Groups, words: str) -> None:
    side, time = groups
    scan.say("disappear", "exited", number=float(time) if time else None)
    if side:
        scan.left_over.append(f"to the {side}")


def on_halt(scan: Scan, groups: Groups, words: str) -> None:
    scan.say("acceleration", "decelerating")
    scan.left_over.append(words)


def on_back_and_forth(scan: Scan, groups: Groups, words: str) -> None:
    said, _ = groups
    if said:
        _repeat(scan, said)
    else:
        _shape(scan, "back_and_forth")


def on_cycles(scan: Scan, groups: Groups, words: str) -> None:
    _repeat(scan, groups[0] or "")


def _repeat(scan: Scan, said: str) -> None:
    count = grammar.how_many(said)
    scan.say("repetition_count", str(count), number=float(count))


def _shape(scan: Scan, value: str) -> None:
    scan.say("trajectory_shape", value)


def on_turn(scan: Scan, groups: Groups, words: str) -> None:
    side = next((g for g in groups[:4] if g), "left")
    side = {"clockwise": "right"}.get(side, "left" if side.endswith("clockwise") else side)
    scan.say("turn", side, number=float(groups[4]) if groups[4] else None)


def on_colour(scan: Scan, groups: Groups, words: str) -> None:
    scan.say("colour", groups[0] or "")


def on_be_track(scan: Scan, groups: Groups, words: str) -> None:
    """`the red object is a ball`, where the ball is one of the clip's: another one only if the classes differ."""
    track = scan.track(groups[0])
    name = scan.clip.value("class", track) if track else None
    if name is None or (scan.subject != (track,) and name in [scan.clip.value("class", t) for t in scan.subject]):
        scan.left_over.append(words)
    else:
        scan.say("class", name)


def on_rise(scan: Scan, groups: Groups, words: str) -> None:
    scan.say("direction", "up")


def on_fall(scan: Scan, groups: Groups, words: str) -> None:
    scan.say("direction", "down")


def on_move(scan: Scan, groups: Groups, words: str) -> None:
    scan.listing = False
    scan.mode, scan.place = "move", ""
    scan.move_from = len(scan.literals)
    verb = (groups[0] or "").split()[0]
    if re.fullmatch(grammar.MANNER, verb):
        scan.left_over.append(verb)


def on_direction(scan: Scan, groups: Groups, words: str) -> None:
    value = grammar.direction_of(groups[0] or "")
    if scan.mode != "move" or value is None:
        scan.left_over.append(words)
    else:
        scan.say("direction", value)


def on_when(scan: Scan, groups: Groups, words: str) -> None:
    said = next((g for g in groups if g), "start")
    late = ("end", "last", "finally", "eventually")
    scan.when = "end" if said in late else "middle" if said.startswith(("mid", "halfway")) else "start"


def on_region(scan: Scan, groups: Groups, words: str) -> None:
    spot = ("middle", groups[2]) if groups[2] else grammar.region_of(groups[0] or "", bool(groups[1]))
    if spot is None or scan.mode == "move" or not scan.known or not scan.subject:
        scan.left_over.append(words)
        return
    scan.listing = False
    if "" not in spot:
        value = "centre" if spot == ("middle", "centre") else " ".join(spot)
        scan.say("region", value, when=scan.place_when())
        return
    for subject in scan.subject:
        scan.say_region(subject, spot, scan.place_when())


def on_place(scan: Scan, groups: Groups, words: str) -> None:
    scan.listing = False
    scan.mode, scan.place = "place", groups[0] or ""


def on_veto(scan: Scan, groups: Groups, words: str) -> None:
    scan.vetoed = True
    scan.left_over.append(words)


def on_sequence(scan: Scan, groups: Groups, words: str) -> None:
    scan.in_sequence = True
    if words not in ("then", "first", "next", "last"):
        scan.left_over.append(words)


def on_negation(scan: Scan, groups: Groups, words: str) -> None:
    scan.negating = True


def on_separator(scan: Scan, groups: Groups, words: str) -> None:
    if not scan.listing:
        scan.end_clause()


def on_nothing(scan: Scan, groups: Groups, words: str) -> None:
    """Words that claim nothing."""


def _says(kind: str, value: str) -> Handler:
    return lambda scan, groups, words: scan.say(kind, value)


_SIMPLE = {
    "still": ("moving", "stationary"), "stop_and_go": ("trajectory_shape", "stop_and_go"),
    "straight": ("trajectory_shape", "straight"), "curve": ("trajectory_shape", "curved"),
    "circle": ("trajectory_shape", "circular"), "zigzag": ("trajectory_shape", "zigzag"),
    "speed_up": ("acceleration", "accelerating"), "slow_down": ("acceleration", "decelerating"),
    "steady": ("acceleration", "constant"), "grow": ("scale_change", "grows"),
    "shrink": ("scale_change", "shrinks"), "same_size": ("scale_change", "constant"), "irregular": ("trajectory_shape", "irregular"),
}  # fmt: skip
_SHARED = {
    "there": "on_exist", "shows": "on_exist", "approach": "on_towards", "recede": "on_away", "repeats": "on_cycles",
    "whole": "on_nothing", "filler": "on_nothing",
}  # fmt: skip


def _handlers() -> dict[str, Handler]:
    table = dict(body_predicates.HANDLERS)
    for rule in rules.RULES:
        if rule.name in table:
            continue
        if rule.name in QUANTITIES:
            table[rule.name] = QUANTITIES[rule.name]
        elif rule.name in _SIMPLE:
            table[rule.name] = _says(*_SIMPLE[rule.name])
        else:
            table[rule.name] = globals()[_SHARED.get(rule.name, f"on_{rule.name}")]
    return table


HANDLERS = _handlers()
