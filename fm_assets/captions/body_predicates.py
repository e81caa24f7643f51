"""What the rules about people's arms and postures do to a scan, as `predicates.py` does for the others."""

from __future__ import annotations

from dataclasses import replace

from fm_assets.captions.grammar import how_many
from fm_assets.captions.scan import Groups, Handler, Scan
from fm_assets.motion.claims import EVENT_S
from fm_assets.tracks.parts import SIDES


def on_arm(scan: Scan, groups: Groups, words: str) -> None:
    """`raise their left arm`, `lower both hands at 2.0 s`; an arm without a side is whichever the facts tell of."""
    verb, every, side, limb, time = groups
    deed = "raised" if verb in ("raise", "lift") else "lowered"
    number = float(time) if time else None
    if every or (not side and (limb or "").endswith("s")):
        for each in SIDES:
            scan.say("arm", f"{each}_{deed}", number=number)
    elif side:
        scan.say("arm", f"{side.strip()}_{deed}", number=number)
    else:
        _one_arm(scan, deed, number, words)


def _one_arm(scan: Scan, deed: str, number: float | None, words: str) -> None:
    """An arm of either side: the one that the facts tell of. What they do not tell of, the other arm may have done."""
    known = [f for s in scan.subject for f in scan.clip.of("arm", s) if f.value.endswith(deed) and f.number is not None]
    if number is not None:
        known = [f for f in known if abs((f.number or 0.0) - number) <= EVENT_S[0]]
    if len(scan.subject) == 1 and known:
        scan.say("arm", known[0].value, number=number)
    else:
        scan.left_over.append(words)


def on_keep_arm(scan: Scan, groups: Groups, words: str) -> None:
    """Who keeps an arm where it is neither raises nor lowers it. (Whether it is up or down no fact says.)"""
    _denied(scan, "arm", [f"{groups[0]}_raised", f"{groups[0]}_lowered"])


def on_wave(scan: Scan, groups: Groups, words: str) -> None:
    """`wave three times with the right hand`; what is not said of side and number may be any."""
    first, early, _, second, late, _ = groups
    said = early or late or ""
    if (first and second) or (early and late):
        scan.left_over.append(words)
        return
    count = "" if not said else str(how_many(said))
    side = first or second or ""
    scan.say("wave_count", f"{side}:{count}", number=float(count) if count else None)


def on_posture(scan: Scan, groups: Groups, words: str) -> None:
    """`sit down`, `stand up at 2.0 s`."""
    down, _, time = groups
    scan.say("posture", "sits_down" if down else "stands_up", number=float(time) if time else None)


def on_keep_posture(scan: Scan, groups: Groups, words: str) -> None:
    """Who stays seated, or standing, neither sits down nor stands up."""
    _denied(scan, "posture", ["sits_down", "stands_up"])


def _denied(scan: Scan, kind: str, values: list[str]) -> None:
    """Denies values that a person shows one of where a change was seen: both together are refuted, but never proven."""
    begin = len(scan.literals)
    for value in values:
        scan.say(kind, value)
    scan.literals[begin:] = [replace(lit, negated=True) for lit in scan.literals[begin:]]


HANDLERS: dict[str, Handler] = {
    "arm": on_arm, "keep_arm": on_keep_arm, "wave": on_wave, "posture": on_posture, "keep_posture": on_keep_posture,
}  # fmt: skip
