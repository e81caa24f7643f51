"""Which seconds of a video are looked at."""

from __future__ import annotations

import hashlib

from fm_assets.settings import ClipsSettings


def choose_window(video_id: str, duration_s: float, settings: ClipsSettings) -> tuple[float, float]:
    """Start and end of a video's clip, in seconds to the millisecond.

    The paper's rule (section 3.1): a video of at most `min_s` is kept whole; of a longer one a window of
    `t_s ~ U(min_s, min(max_s, t_v))` is taken that starts at `max(0, min(t_v - t_s, t_mid + eps))`, where
    `t_mid = (t_v - t_s) / 2` and `eps ~ U(-jitter * t_v, jitter * t_v)`. Both draws come from the sha256 of the
    video's id, so that a video has the same window wherever and whenever it is computed.

    Args:
        video_id: The video.
        duration_s: Its duration `t_v`.
        settings: Section `clips`.
    """
    if duration_s <= settings.min_s:
        return 0.0, round(duration_s, 3)
    length_draw, shift_draw = _draws(video_id)
    length = settings.min_s + length_draw * (min(settings.max_s, duration_s) - settings.min_s)
    shift = (2.0 * shift_draw - 1.0) * settings.jitter * duration_s
    start = max(0.0, min(duration_s - length, (duration_s - length) / 2.0 + shift))
    return round(start, 3), round(min(start + length, duration_s), 3)


def _draws(video_id: str) -> tuple[float, float]:
    """Two numbers of [0, 1) from an id."""
    digest = hashlib.sha256(video_id.encode()).digest()
    first, second = (int.from_bytes(digest[i : i + 8], "big") >> 11 for i in (0, 8))
    return first / 2**53, second / 2**53
