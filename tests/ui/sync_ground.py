"""A synchronisation page with conflicts, refusals and an exchange that remembers what it was asked."""

from typing import Any

from PySide6.QtCore import QObject, Signal

from facturepro.db.models import Conflict
from facturepro.domain.clock import Stamp
from facturepro.services.company import OpenCompany
from facturepro.ui.pages.sync_page import SyncPage
from facturepro.ui.shell.ports import SyncState

TARGET = {"mode": "emulator", "host": "127.0.0.1:1", "project": "atelier", "remote_company": "boisvert"}
OTHER = "abcdef012345"


class Sync(QObject):
    """What exchanges beside the window."""

    state_changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.state = SyncState("local")
        self.asked: list[str] = []

    def show(self, state: SyncState) -> None:
        self.state = state
        self.state_changed.emit(state)

    def sync_now(self) -> None:
        self.asked.append("now")

    def pause(self) -> None:
        self.asked.append("pause")

    def resume(self) -> None:
        self.asked.append("resume")

    def restart(self) -> None:
        self.asked.append("restart")

    def stop(self) -> None:
        self.asked.append("stop")


def joined(company: OpenCompany) -> None:
    with company.db.write("x") as work:
        work.keep("cloud", TARGET)


def conflict(
    company: OpenCompany, record_id: str, group: str, kept: Any, lost: Any, kind: str = "client", seconds: int = 1
) -> str:
    """A conflict that this computer won ``seconds`` ago; answers its id."""
    now = int(company.now().timestamp() * 1000)
    with company.db.write("x") as work:
        made = Conflict(
            record_kind=kind,
            record_id=record_id,
            merge_group=group,
            kept=kept,
            lost=lost,
            kept_stamp=str(Stamp(now - 1000 * seconds, 0, company.db.device_id)),
            lost_stamp=str(Stamp(now - 1000 * seconds - 60_000, 0, OTHER)),
        )
        work.add(made)
        work.flush()
        return str(made.id)


def phone(company: OpenCompany, client_id: str, seconds: int = 1) -> str:
    return conflict(company, client_id, "phone", {"phone": ""}, {"phone": "0611111111"}, seconds=seconds)


def address(company: OpenCompany, client_id: str) -> str:
    kept = {"address": "3 place du Concert", "postcode": "59000", "city": "Lille", "country": "FR"}
    return conflict(company, client_id, "address", kept, {**kept, "address": "3 bis place du Concert"})


def opened(qtbot: Any, page: SyncPage, argument: str | None = None) -> None:
    page.activate(argument)
    settled(qtbot, page)


def settled(qtbot: Any, page: SyncPage) -> None:
    """Until what was asked of the database is on screen."""
    qtbot.waitUntil(
        lambda: page._shown is not None and not page._job.is_busy() and not page._settle.isActive(), timeout=10_000
    )
