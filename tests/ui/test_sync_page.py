"""The synchronisation page: not joined, joined, conflicts with both values, queue and cost."""

from typing import Any

import pytest
from PySide6.QtCore import QObject, Signal

from facturepro.db.models import Conflict
from facturepro.domain.clock import Stamp
from facturepro.domain.errors import UserError
from facturepro.services import cloud, conflicts, records
from facturepro.services.company import OpenCompany
from facturepro.ui.data import CompanyContext
from facturepro.ui.pages.sync_page import SyncPage
from facturepro.ui.pages.sync_page_parts import ValueCard
from facturepro.ui.shell.ports import SyncState
from tests.ui.page_ground import RecordingShell, client

TARGET = {"mode": "emulator", "host": "127.0.0.1:1", "project": "atelier", "remote_company": "boisvert"}


class Sync(QObject):
    """What exchanges beside the window, remembering what it was asked."""

    state_changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.state = SyncState("local")
        self.asked: list[str] = []

    def sync_now(self) -> None:
        self.asked.append("now")

    def restart(self) -> None:
        self.asked.append("restart")

    def stop(self) -> None:
        self.asked.append("stop")


@pytest.fixture
def shell() -> RecordingShell:
    return RecordingShell()


@pytest.fixture
def page(qtbot, shell: RecordingShell, company: OpenCompany):
    context = CompanyContext(company)
    context.sync = Sync()
    made = SyncPage(shell, context)
    qtbot.addWidget(made)
    made.resize(1064, 744)
    made.show()
    context.changes.connect(made.on_changes)
    yield made
    context.close()


def joined(company: OpenCompany) -> None:
    with company.db.write("x") as work:
        work.keep("cloud", TARGET)


def conflict(company: OpenCompany, client_id: str) -> str:
    now = int(company.now().timestamp() * 1000)
    kept = {"address": "3 place du Concert", "postcode": "59000", "city": "Lille", "country": "FR"}
    made = Conflict(
        record_kind="client",
        record_id=client_id,
        merge_group="address",
        kept=kept,
        lost={**kept, "address": "3 bis place du Concert"},
        kept_stamp=str(Stamp(now - 1000, 0, company.db.device_id)),
        lost_stamp=str(Stamp(now - 2000, 0, "abcdef012345")),
    )
    with company.db.write("x") as work:
        work.add(made)
        work.flush()
        return made.id


def opened(qtbot, page: SyncPage) -> None:
    page.activate(None)
    qtbot.waitUntil(lambda: page._shown is not None and not page._job.is_busy())


def test_without_a_cloud_it_explains_and_asks(qtbot, page, shell, monkeypatch) -> None:
    opened(qtbot, page)
    assert page.primary_action() is None
    form = page.join_form
    assert not form.warning.isHidden(), "the key bypasses the rules: said before it is chosen"
    form.submit()
    assert form.fields["key"].message() == "Remplissez ce champ."
    assert form.fields["remote"].control.value() == "atelier-boisvert"
    form.mode.set_value("emulator")
    form._show_mode()
    assert form.warning.isHidden()
    asked: list[Any] = []
    monkeypatch.setattr(cloud, "join", lambda *given: asked.append(given))
    form.submit()
    assert asked[0][1] == {
        "mode": "emulator",
        "host": "127.0.0.1:8080",
        "project": "facturepro-demo",
        "remote_company": "atelier-boisvert",
    }
    assert shell.toasts == ["Cette entreprise est reliée au cloud"]
    assert page.context.sync.asked == ["restart"]


def test_a_refused_cloud_is_said_in_words(qtbot, page, shell, monkeypatch) -> None:
    opened(qtbot, page)

    def refuse(*_given: Any) -> None:
        raise UserError("cloud_unreachable", reason="injoignable")

    monkeypatch.setattr(cloud, "join", refuse)
    page._join(TARGET, None)
    assert isinstance(shell.errors[0], UserError)
    assert page.context.sync.asked == []


def test_state_devices_queue_and_cost(qtbot, page, company) -> None:
    joined(company)
    client(company)
    opened(qtbot, page)
    page.primary_action().callback()
    assert page.context.sync.asked == ["now"]
    assert "en attente" in page.state.text()
    assert page.devices.rows.count() == 1
    assert int(page.queue.note.text()) == cloud.status(company)["pending"] > 0
    assert page.cost.rows.count() == 4
    page.context.sync.state = SyncState("offline")
    page.context.sync.state_changed.emit(page.context.sync.state)
    qtbot.waitUntil(lambda: page.state.text().startswith("Hors ligne"))


def test_a_conflict_shows_both_values_and_can_be_turned(qtbot, page, company) -> None:
    joined(company)
    known = client(company)
    made = conflict(company, known)
    opened(qtbot, page)
    assert page.conflict_count.text() == "1"
    kept, lost = page._detail.itemAt(0).widget().findChildren(ValueCard)
    assert "3 place du Concert" in kept.accessibleName()
    assert "3 bis place du Concert" in lost.accessibleName()
    lost.button.click()
    assert records.get(company, "client", known)["address"] == "3 bis place du Concert"
    assert conflicts.groups(company) == ()
    assert conflicts.groups(company, is_open=False)[0].entries[0].id == made
    qtbot.waitUntil(lambda: page.conflict_count.text() == "0")
    assert page.resolved.text() == "1 conflit réglé"


def test_keeping_and_settling_many(qtbot, page, company) -> None:
    joined(company)
    first, second = client(company, "Un"), client(company, "Deux")
    conflict(company, first)
    conflict(company, second)
    opened(qtbot, page)
    assert not page.many_button.isHidden()
    page._settle_all(restore=False)
    qtbot.waitUntil(lambda: page.conflict_count.text() == "0")
    assert records.get(company, "client", first)["address"] == "3 place du Concert"


def test_leaving(qtbot, page, company) -> None:
    joined(company)
    opened(qtbot, page)
    page._leave()
    qtbot.waitUntil(lambda: page._stack.currentIndex() == 1)
    assert page.context.sync.asked == ["stop", "restart"]
    assert not cloud.is_joined(company)
