"""Everything the synchronisation page shows, read at once in a worker."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from facturepro.services import cloud, conflicts, quarantine, records
from facturepro.services.company import OpenCompany
from facturepro.services.conflicts import Inbox
from facturepro.services.records import ListQuery

_QUEUE = 50


@dataclass(frozen=True)
class Wanted:
    """Which part of the conflict journal is read."""

    is_journal: bool = False
    kind: str = ""
    device: str = ""


@dataclass(frozen=True)
class Snapshot:
    """``check``: the last verification (see services.reconciliation.last), None before the first."""

    wanted: Wanted
    status: dict[str, Any]
    inbox: Inbox
    resolved: int
    refused: list[dict[str, Any]]
    devices: list[dict[str, Any]]
    queue: list[dict[str, Any]]
    usage: dict[str, int]

    @property
    def is_joined(self) -> bool:
        return bool(self.status["joined"])

    @property
    def last_exchange(self) -> datetime | None:
        last = self.status["last_exchange_at"]
        return last if last is None or isinstance(last, datetime) else datetime.fromisoformat(str(last))


def read(company: OpenCompany, wanted: Wanted) -> Snapshot:
    return Snapshot(
        wanted,
        cloud.status(company),
        conflicts.inbox(company, not wanted.is_journal, wanted.kind, wanted.device),
        conflicts.count_resolved(company),
        quarantine.list_refused(company),
        records.page(company, ListQuery("device"), limit=100).rows,
        [change for change in cloud.queue(company, _QUEUE) if not change["quarantined_for"]],
        cloud.usage_today(company),
    )
