"""How much one transaction takes: a person who saves meanwhile must not notice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

TARGET_SECONDS = 0.05
_SMALLEST, _LARGEST = 5, 500


class Portions:
    """Cuts long work into transactions of about ``TARGET_SECONDS``, by what the last ones took.

    Between two of them ``let_others_in`` leaves the file to whoever waits for it (a window, another program).
    """

    def __init__(self, let_others_in: Callable[[], None], size: int = 25) -> None:
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
        began = time.perf_counter()

        def begin() -> None:
            nonlocal began
            began = time.perf_counter()

        yield begin
        taken = time.perf_counter() - began
        if count < _SMALLEST:
            return  # mostly the cost of any transaction
        fitting = int(count * TARGET_SECONDS / max(taken, 1e-6))
        self.size = max(_SMALLEST, min(fitting, 2 * self.size, _LARGEST))
