"""What was exchanged and what it cost, kept in the file by the minute."""

from __future__ import annotations

from datetime import datetime, timedelta

from facturepro.db import local_state
from facturepro.db.database import Database
from facturepro.sync.budget import QUOTA, USAGE, Budget, budget_of
from facturepro.sync.remotes.base import Remote
from facturepro.sync.remotes.uptime import uptime
from facturepro.sync.usage import quota_day

EXCHANGED = "exchanged"
"""Key of ``local_state``: records that this computer has sent and received in all."""
LAST_EXCHANGE = "last_exchange_at"
"""Key of ``local_state``: ISO instant, up to a minute behind ``Ledger.last_exchange_at``."""
_NOTE_SECONDS = 60.0
_HEARD = timedelta(minutes=1)


class Ledger:
    """Sums of one engine. Several processes may keep the same file's: each adds what it has seen itself."""

    def __init__(self, database: Database, remote: Remote) -> None:
        self._db = database
        self._remote = remote
        self._noted = dict.fromkeys(QUOTA, 0)
        self._exchanged = {"pushed": 0, "pulled": 0}
        self._is_refused = False
        self._noted_at = uptime()
        with database.read() as session:
            self._kept: dict[str, object] | None = local_state.get(session, USAGE)
            last = local_state.get(session, LAST_EXCHANGE)
        self.last_exchange_at = datetime.fromisoformat(last) if last else None
        """When this computer and the cloud last had a word, by this engine as far as it is newer than the file's."""

    def exchanged(self, pushed: int = 0, pulled: int = 0) -> None:
        """The cloud answered, and so many records went either way."""
        self._exchanged["pushed"] += pushed
        self._exchanged["pulled"] += pulled
        now, last = self._db.now(), self.last_exchange_at
        # A stream says every few seconds that it is there: the minute is enough for people.
        if pushed or pulled or last is None or not timedelta() <= now - last < _HEARD:
            self.last_exchange_at = now

    def refused(self) -> None:
        """The cloud says that the day's quota is used up."""
        self._is_refused = True

    def budget(self) -> Budget:
        """As last noted, at most a minute ago."""
        return budget_of(self._kept, self._db.now())

    def is_due(self) -> bool:
        return uptime() - self._noted_at >= _NOTE_SECONDS

    def note(self) -> None:
        """Add what came since the last note; commits only when something did."""
        self._noted_at = uptime()
        usage = self._remote.usage
        spent = {"reads": usage.reads, "writes": usage.writes, "deletes": usage.deletes}
        if spent == self._noted and not any(self._exchanged.values()) and not self._is_refused:
            return
        now = self._db.now()
        with self._db.write(origin="remote") as work:
            known = local_state.get(work.session, USAGE) or {}
            today = known if known.get("day") == quota_day(now) else {"day": quota_day(now)}
            sums = {name: int(today.get(name, 0)) + spent[name] - self._noted[name] for name in QUOTA}
            refused = {"refused": True} if self._is_refused or today.get("refused") else {}
            self._kept = {"day": today["day"], **sums, **refused}
            work.keep(USAGE, self._kept)
            work.keep(LAST_EXCHANGE, (self.last_exchange_at or now).isoformat())
            totals = local_state.get(work.session, EXCHANGED) or {}
            work.keep(EXCHANGED, {name: int(totals.get(name, 0)) + more for name, more in self._exchanged.items()})
        self._noted = spent
        self._exchanged = dict.fromkeys(self._exchanged, 0)
        self._is_refused = False
