"""What was exchanged and what it cost, kept in the file by the minute."""

from __future__ import annotations

from facturepro.db import local_state
from facturepro.db.database import Database
from facturepro.sync.budget import QUOTA, USAGE, Budget, budget_of
from facturepro.sync.remotes.base import Remote
from facturepro.sync.remotes.uptime import uptime
from facturepro.sync.usage import quota_day

EXCHANGED = "exchanged"
"""Key of ``local_state``: records that this computer has sent and received in all."""
_NOTE_SECONDS = 60.0


class Ledger:
    """Sums of one engine. Several processes may keep the same file's: each adds what it has seen itself."""

    def __init__(self, database: Database, remote: Remote) -> None:
        self._db = database
        self._remote = remote
        self._noted = dict.fromkeys(QUOTA, 0)
        self._exchanged = {"pushed": 0, "pulled": 0}
        self._is_refused = False
        self._noted_at = uptime()
        self._kept = self._read()

    def exchanged(self, pushed: int = 0, pulled: int = 0) -> None:
        self._exchanged["pushed"] += pushed
        self._exchanged["pulled"] += pulled

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
            work.keep("last_exchange_at", now.isoformat())
            totals = local_state.get(work.session, EXCHANGED) or {}
            work.keep(EXCHANGED, {name: int(totals.get(name, 0)) + more for name, more in self._exchanged.items()})
        self._noted = spent
        self._exchanged = dict.fromkeys(self._exchanged, 0)
        self._is_refused = False

    def _read(self) -> dict[str, object] | None:
        with self._db.read() as session:
            kept: dict[str, object] | None = local_state.get(session, USAGE)
            return kept
