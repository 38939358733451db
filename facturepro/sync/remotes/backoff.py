"""How long to wait before trying again: random and growing at first, then rarely and for good."""

from __future__ import annotations

import random
from collections.abc import Callable


class Backoff:
    """Full jitter between one second and a ceiling that doubles; once at the cap, never sooner than the cap.

    The second rule keeps a computer that is offline for days at 12 attempts an hour at most.
    """

    def __init__(
        self,
        base: float = 1.0,
        cap: float = 300.0,
        draw: Callable[[], float] = random.random,  # jitter needs no cryptography
    ) -> None:
        self._base = base
        self._cap = cap
        self._draw = draw
        self.failures = 0

    def next_delay(self) -> float:
        """Seconds to wait after one more failure."""
        self.failures += 1
        ceiling = self._base * 2.0 ** min(self.failures, 60)
        if ceiling >= self._cap:
            return self._cap * (1.0 + 0.25 * self._draw())
        return self._base + self._draw() * (ceiling - self._base)

    def reset(self) -> None:
        self.failures = 0
