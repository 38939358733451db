"""How much one transaction takes: a person who saves meanwhile must not notice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

WORK_SECONDS = 0.05
"""Of this thread's processor for one transaction: how long others wait for it on a computer with nothing else to do."""
LONGEST_SECONDS = 0.2
"""Of the clock on the wall, where the disk is slow or others have the processor."""
_OWN_SECONDS = 0.004
"""Of a transaction whatever is in it. Without it the few records at the end of a page would seem heavy."""
_SMALLEST, _LARGEST = 5, 500


class Portions:
    """Cuts long work into transactions that others can wait for, by what the last one took.

    Fitted to the work rather than to the clock: small ones cost more work in all, which a busy computer has least time for.

    Between two of them ``let_others_in`` leaves the file to whoever waits for it (a window, another program).
    """

    def __init__(self, let_others_in: Callable[[], None], size: int = 100) -> None:
        self._let_others_in = let_others_in
        self.size = size

    def cut(self, items: Sequence[T]) -> Iterator[tuple[Sequence[T], bool]]:
        """(portion, is it the last); an empty sequence is one empty portion."""
        start = 0
        while True:
            portion = items[start : start + self.size]
            start += len(portion)
            is_last = start >= len(items)
            yield portion, is_last
            if is_last:
                return
            self._let_others_in()

    @contextmanager
    def timed(self, count: int) -> Iterator[Callable[[], None]]:
        """Around a transaction over so many items; gives what to call once it has its turn, when the time begins."""
        began = _moment()

        def begin() -> None:
            nonlocal began
            began = _moment()

        yield begin
        ended = _moment()
        if count >= _SMALLEST:  # fewer: mostly the cost of any transaction
            self._fit(count, ended[0] - began[0], ended[1] - began[1])

    def _fit(self, count: int, worked: float, passed: float) -> None:
        """The size that would have taken ``WORK_SECONDS``, or ``LONGEST_SECONDS`` of the clock when that is less."""
        share = max(_share(worked, WORK_SECONDS), _share(passed, LONGEST_SECONDS), 1e-6)
        self.size = max(_SMALLEST, min(int(count / share), 2 * self.size, _LARGEST))


def _share(taken: float, most: float) -> float:
    return (taken - _OWN_SECONDS) / (most - _OWN_SECONDS)


def _moment() -> tuple[float, float]:
    """(seconds of this thread's processor, seconds of the clock)."""
    return time.thread_time(), time.perf_counter()
