"""Everything the synchronisation page shows, read at once in a worker."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from facturepro.services import cloud, conflicts, quarantine, reconciliation
from facturepro.services.cloud import Budget
from facturepro.services.company import OpenCompany
from facturepro.services.conflicts import Inbox

_QUEUE = 50


@dataclass(frozen=True)
class Wanted:
    """Which part of the conflict journal is read."""

    is_journal: bool = False
    kind: str = ""
    device: str = ""


@dataclass(frozen=True)
class Snapshot:
    """``refused``, ``devices``, ``queue``: see services.quarantine and services.cloud."""

    wanted: Wanted
    status: dict[str, Any]
    inbox: Inbox
    resolved: int
    refused: list[dict[str, Any]]
    devices: list[dict[str, Any]]
    queue: list[dict[str, Any]]
    budget: Budget
    check: dict[str, Any] | None

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
        cloud.devices(company),
        [change for change in cloud.queue(company, _QUEUE) if not change["quarantined_for"]],
        cloud.budget(company),
        reconciliation.last(company),
    )
