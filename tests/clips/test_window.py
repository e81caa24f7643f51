"""The seconds that are looked at: the paper's rule, drawn from the video's id."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fm_assets.clips.window import choose_window
from fm_assets.settings import ClipsSettings

PAPER = ClipsSettings()


@given(st.text(min_size=1), st.floats(0.2, 20000), st.floats(1, 10), st.floats(0, 20), st.floats(0, 0.5))
def test_window_lies_in_the_video(video_id: str, duration: float, least: float, more: float, jitter: float) -> None:
    chosen = ClipsSettings(min_s=least, max_s=least + more, jitter=jitter)
    start, end = choose_window(video_id, duration, chosen)
    assert 0 <= start < end <= duration + 0.0005
    if duration <= least:
        assert (start, end) == (0.0, round(duration, 3))
    else:
        assert least - 0.0011 <= end - start <= least + more + 0.0011
        assert abs((start + end) / 2 - duration / 2) <= jitter * duration + 0.0011
    assert (start, end) == choose_window(video_id, duration, chosen)


def test_windows_are_spread_as_the_paper_says() -> None:
    windows = np.array([choose_window(f"video-{k}", 60.0, PAPER) for k in range(4000)])
    length, shift = windows[:, 1] - windows[:, 0], windows.mean(axis=1) - 30.0
    for values, low, high in ((length, 5, 10), (shift, -12, 12)):
        counts, _ = np.histogram(values, bins=10, range=(low, high))
        assert counts.sum() == 4000
        assert np.abs(counts - 400).max() < 100
    assert abs(np.corrcoef(length, shift)[0, 1]) < 0.05


def test_window_of_a_video_of_seven_seconds_is_at_most_all_of_it() -> None:
    windows = [choose_window(f"v{k}", 7.0, PAPER) for k in range(200)]
    assert all(5.0 <= round(b - a, 3) <= 7.0 for a, b in windows)
    assert {a for a, _ in windows} != {0.0}


def test_window_never_changes() -> None:
    assert choose_window("pour-tea-3fa92c1e", 31.4, PAPER) == pytest.approx(
        choose_window("pour-tea-3fa92c1e", 31.4, PAPER)
    )
    assert choose_window("pour-tea-3fa92c1e", 31.4, PAPER) != choose_window("pour-tea-3fa92c1f", 31.4, PAPER)
