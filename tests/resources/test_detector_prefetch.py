"""Working ahead: order, errors, and no thread left behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from fm_resources.detector.prefetch import Prefetch


def threads() -> int:
    return sum(t.name == "prefetch" for t in threading.enumerate())


def test_items_come_in_order() -> None:
    with Prefetch(lambda: iter(range(100))) as ahead:
        assert list(ahead) == list(range(100))
    assert threads() == 0


def test_an_error_comes_where_the_item_would_have() -> None:
    def three() -> Iterator[int]:
        yield from range(3)
        raise OSError("the disk is gone")

    with Prefetch(three) as ahead:
        items = iter(ahead)
        assert [next(items) for _ in range(3)] == [0, 1, 2]
        with pytest.raises(OSError, match="the disk is gone"):
            next(items)


def test_who_leaves_early_leaves_no_thread() -> None:
    made = []

    def endless() -> Iterator[int]:
        for i in range(10**9):
            made.append(i)
            yield i

    with Prefetch(endless, depth=2) as ahead:
        assert next(iter(ahead)) == 0
    assert threads() == 0
    assert len(made) <= 5, "it works ahead by its depth, not more"


def test_work_ahead_overlaps_use() -> None:
    def slow() -> Iterator[int]:
        for i in range(10):
            time.sleep(0.02)
            yield i

    began = time.perf_counter()
    with Prefetch(slow) as ahead:
        for _ in ahead:
            time.sleep(0.02)
    assert time.perf_counter() - began < 0.38, "one after the other it would be 0.4 s"
