"""What hands touch, from the column `contacts` of their tracks: it rests on more than the boxes of two tracks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from fm_assets.motion.encounters import CONTACT_S, CONTACT_SOFT_S
from fm_assets.motion.series import Track
from fm_assets.motion.statement import Statement, capped


def knows(a: Track, b: Track) -> bool:
    """Whether one of the two is a hand whose contacts were looked for."""
    return a.row.get("contacts") is not None or b.row.get("contacts") is not None


def contacts(tracks: Sequence[Track]) -> Iterator[tuple[Track, Track, Statement]]:
    """Hand, what it touches, and the statement, for all tracks of a clip.

    Margin: (seconds - 0.3) / 0.1, where a contact of n samples lasts n sampling steps. A contact that was too short
    for that is stated with margin 0.
    """
    by_id = {t.id: t for t in tracks}
    for hand in tracks:
        for touch in hand.row.get("contacts") or ():
            other = by_id.get(touch["track_id"])
            if other is None:
                continue
            ends = [float(touch[side]) for side in ("start_s", "end_s")]
            at = [int(hand.frame[np.abs(hand.t - end).argmin()]) for end in ends]
            seconds = touch["samples"] * hand.step
            margin = capped((seconds - CONTACT_S) / CONTACT_SOFT_S)
            yield hand, other, Statement("touching", margin, (ends[0], ends[1]), (at[0], at[1]), seconds)
