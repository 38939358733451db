"""The wait for the next day of the quota, once this one's is used up."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from facturepro.db.database import Database
from facturepro.sync.usage import quota_reset

_REFUSALS = 3
"""Refused so often in a row for too much use, it is the quota of the day and not the load of a moment."""
_log = logging.getLogger(__name__)


class QuotaRest:
    """By the cloud's time, so that a sleep of the computer counts."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._refusals = 0
        self.resumes_at: datetime | None = None

    def refused(self) -> None:
        self._refusals += 1
        if self._refusals >= _REFUSALS:
            self.resumes_at = quota_reset(self._now())
            _log.info("the quota is used up: going on at %s", self.resumes_at.isoformat())

    def end(self) -> None:
        """It works again, or a person asked: three more refusals are needed."""
        self._refusals = 0
        self.resumes_at = None

    def is_over(self) -> bool:
        """Has the day ended that was waited for? True when nothing is waited for."""
        return self.resumes_at is None or self._now() >= self.resumes_at

    def _now(self) -> datetime:
        return self._db.now() + timedelta(milliseconds=self._db.clock_offset_ms)
