"""Work ahead in a thread: the next items are made while the present one is used."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

#: Seconds between two looks whether anybody still wants the items.
_POLL_S = 0.1


class _End:
    """Comes after the last item, with the error that ended the work, if one did."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


class Prefetch(Generic[T]):
    """An iterator whose items are made ahead by one thread.

    The thread takes at most `depth` items ahead, hands on the error that ends it, and ends itself when the iterator
    is closed or forgotten; use it as a context manager, so that nothing is left running.

    Args:
        make: Called in the thread; gives the items.
        depth: Items that may lie ready.
    """

    def __init__(self, make: Callable[[], Iterator[T]], depth: int = 2) -> None:
        self._ready: queue.Queue[T | _End] = queue.Queue(maxsize=depth)
        self._unwanted = threading.Event()
        self._thread = threading.Thread(target=self._work, args=(make,), name="prefetch", daemon=True)

    def __enter__(self) -> Prefetch[T]:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._unwanted.set()
        self._thread.join()

    def __iter__(self) -> Iterator[T]:
        """Yields the items in order.

        Raises:
            BaseException: What `make` or its iterator raised, at the place where the item would have come.
        """
        while True:
            item = self._ready.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item

    def _work(self, make: Callable[[], Iterator[T]]) -> None:
        error: BaseException | None = None
        try:
            for item in make():
                if not self._put(item):
                    return
        except BaseException as caught:  # handed on to whoever waits, also an interrupt
            error = caught
        self._put(_End(error))

    def _put(self, item: T | _End) -> bool:
        while not self._unwanted.is_set():
            try:
                self._ready.put(item, timeout=_POLL_S)
            except queue.Full:
                continue
            return True
        return False
