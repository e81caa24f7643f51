"""What only seems to move: an object at rest that another one covers or uncovers.

Its box shrinks or grows from one side, and the centre of what is left moves. Told by two signs together: another
track's box lies over it for a part of its life, and along the way of its centre one of its edges stays where it is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fm_assets.motion.series import Track, shared_frames

#: Share of a box that another one must cover, and of the boxes of a track of which it must.
COVERED, OFTEN = 0.1, 0.15
#: An edge stays where it is if it moves less than this part of the other one's way.
ANCHORED = 0.4
REASON = "may only be covered or uncovered by another"


def seems_to_move(track: Track, others: Sequence[Track]) -> bool:
    """Whether what a track shows of motion may come from others that pass in front of an object at rest.

    Args:
        track: The track.
        others: The clip's other tracks; parts of it (a person's hands) do not count.
    """
    if not anchored(track):
        return False
    rivals = [o for o in others if o is not track and track.id not in (o.id, o.row["parent_track_id"])]
    return any(_covers(other, track) for other in rivals if other.id != track.row["parent_track_id"])


def anchored(track: Track) -> bool:
    """Whether along the axis on which the box's centre moves most one of its two edges hardly moves."""
    low, high = track.corners
    ways = [np.ptp(edge, axis=0).tolist() for edge in (low, high, low + high)]
    axis = int(ways[2][1] > ways[2][0])
    first, second = ways[0][axis], ways[1][axis]
    return bool(min(first, second) <= ANCHORED * max(first, second))


def _covers(other: Track, track: Track) -> bool:
    mine, its = shared_frames(track.frame, other.frame)
    (low, high), (other_low, other_high) = track.corners, other.corners
    sides = np.minimum(high[mine], other_high[its]) - np.maximum(low[mine], other_low[its])
    shared = np.prod(np.clip(sides, 0.0, None), axis=1)
    covered = shared > COVERED * np.maximum(track.area[mine], 1e-12)
    return bool(covered.sum() > OFTEN * len(track.t))
