"""The cloud's clock, learned from its answers. A computer that slept, or whose clock was set, must not learn nonsense."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from facturepro.db.database import Database
from facturepro.sync.remotes.instants import to_nanos

OFFSET = "clock_offset_ms"
_STEP_MS = 2000
"""Answers take a while: smaller differences are noise."""
_LONGEST_MS = 2000
"""An answer that took longer says too little about now."""
_APART_MS = 5000


class Moment(NamedTuple):
    """Milliseconds since 1970 by this computer's clock, and seconds of the clock that nobody sets."""

    wall_ms: int
    monotonic: float


class ServerTime:
    """Keeps ``Database.clock_offset_ms``, the cloud's time less this computer's, and the same in the file."""

    def __init__(self, database: Database, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._db = database
        self._monotonic = monotonic
        self._doubted: tuple[int, int] | None = None  # (server's milliseconds, offset) that one stream message claimed

    def moment(self) -> Moment:
        return Moment(int(self._db.now().timestamp() * 1000), self._monotonic())

    def answered(self, server_time: str, asked: Moment) -> None:
        """An answer just came to what was asked then; its time lies between the two."""
        now = self.moment()
        waited = now.wall_ms - asked.wall_ms
        if not 0 <= waited <= _LONGEST_MS or abs(waited - (now.monotonic - asked.monotonic) * 1000) > _STEP_MS:
            return  # asleep, or set, in between
        self._doubted = None
        self._keep(_milliseconds(server_time) - now.wall_ms)

    def heard(self, server_time: str, at: Moment) -> None:
        """A stream said this. A message that lay in a buffer while the computer slept claims nonsense, so only what a
        later one confirms is believed."""
        told = _milliseconds(server_time)
        offset = told - at.wall_ms
        if abs(offset - self._db.clock_offset_ms) <= _STEP_MS:
            self._doubted = None
            return
        doubted, self._doubted = self._doubted, (told, offset)
        if doubted is not None and told - doubted[0] >= _APART_MS and abs(offset - doubted[1]) <= _STEP_MS:
            self._doubted = None
            self._keep(offset)

    def _keep(self, offset: int) -> None:
        if abs(offset - self._db.clock_offset_ms) > _STEP_MS:
            with self._db.write(origin="remote") as work:
                work.keep(OFFSET, offset)
            self._db.clock_offset_ms = offset


def _milliseconds(server_time: str) -> int:
    return to_nanos(server_time) // 1_000_000
