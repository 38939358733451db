"""Central numbering in the window: the choice, issuing while the cloud answers and while it does not, the way back."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from facturepro.services import central_numbering, cloud, invoices, records
from facturepro.services.company import OpenCompany, settings, update_settings
from facturepro.services.workspace import Workspace
from facturepro.sync.engine import SyncEngine
from facturepro.sync.remotes.memory import MemoryCloud, MemoryRemote
from facturepro.ui.data import CompanyContext
from facturepro.ui.pages.invoice_editor import issue_flow
from facturepro.ui.pages.settings_page import SettingsPage
from tests.ui.page_ground import RecordingShell
from tests.ui.sales_world import SalesWindow, client, draft, open_window, press

CONTROL = Qt.KeyboardModifier.ControlModifier


class World:
    """The company with a cloud in memory, and the engine that exchanges with it."""

    def __init__(self, company: OpenCompany) -> None:
        self.company = company
        self.memory = MemoryCloud()
        self.remote = MemoryRemote(self.memory)
        self.remote.provision({"name": "Atelier Boisvert"})
        with company.db.write() as work:
            work.keep("cloud", {"mode": "test", "project": "p", "remote_company": "c"})
        self.engine = SyncEngine(
            company.db, self.remote, number_waiting=partial(central_numbering.number_waiting, company)
        )


@pytest.fixture
def world(company: OpenCompany) -> Iterator[World]:
    made = World(company)
    yield made
    made.engine.stop()


@pytest.fixture
def sales(world: World, qapp: QApplication) -> Iterator[SalesWindow]:
    client(world.company)
    update_settings(world.company, {"numbering": "central"})
    with open_window(world.company) as made:
        yield made


def opened(sales: SalesWindow) -> Any:
    owner = records.page(sales.company, records.ListQuery("client")).rows[0]
    made = draft(sales.company, owner["id"], "100", delivery="2026-11-20")
    return sales.page("invoice_editor", made["id"])


def test_the_number_is_announced_and_comes_from_the_cloud(sales: SalesWindow, world: World, qtbot: Any) -> None:
    world.engine.start()
    page = opened(sales)
    assert "dans le cloud (à cet instant FA-2026-0001)" in page.strip.title()
    press(Qt.Key.Key_Return, CONTROL)
    assert page.strip.confirm_button.text() == "Émettre"
    press(Qt.Key.Key_Return, CONTROL)
    qtbot.waitUntil(page.is_issued, timeout=15000)
    qtbot.waitUntil(lambda: sales.window.page_bar.title.text() == "FA-2026-0001", timeout=5000)
    qtbot.waitUntil(lambda: central_numbering.take_news(sales.company) == [], timeout=5000)


def test_without_a_network_it_waits_and_can_be_taken_back(
    sales: SalesWindow, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issue_flow, "_NUMBER_SECONDS", 0.0)
    page = opened(sales)
    press(Qt.Key.Key_Return, CONTROL)
    press(Qt.Key.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: page._chip.text() == "À numéroter", timeout=15000)
    assert page.strip.title().startswith("Numéro demandé le")
    assert sales.window.page_bar.title.text() == "Facture à numéroter"
    assert page.primary_action() is None
    assert all(control.isReadOnly() for control in page.header.controls.values())
    assert invoices.counts(sales.company)["draft"] == 1
    page.issue_flow.withdraw()
    assert page._chip.text() == "Brouillon"
    assert page.primary_action().text == "Émettre"
    assert not any(control.isReadOnly() for control in page.header.controls.values())


def test_the_number_arrives_while_the_page_is_open(
    sales: SalesWindow, world: World, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issue_flow, "_NUMBER_SECONDS", 0.0)
    page = opened(sales)
    press(Qt.Key.Key_Return, CONTROL)
    press(Qt.Key.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: page._chip.text() == "À numéroter", timeout=15000)
    world.engine.start()
    qtbot.waitUntil(lambda: sales.window.page_bar.title.text() == "FA-2026-0001", timeout=15000)
    told: list[str] = []
    qtbot.waitUntil(lambda: bool(told.extend(each.text for each in central_numbering.take_news(sales.company)) or told))
    assert told == ["Facture FA-2026-0001 émise pour Studio Okapi."]


def test_a_refusal_is_said_on_the_draft(sales: SalesWindow, world: World, qtbot: Any) -> None:
    page = opened(sales)
    invoice = page.draft.invoice_id
    central_numbering.request(sales.company, invoice)
    with sales.company.db.write(origin="remote") as work:  # as another computer's change arrives
        work.session.connection().exec_driver_sql("UPDATE invoice SET notes = 'x' WHERE id = ?", (invoice,))
        work.touch()
    world.engine.once()
    words = "Pas numérotée : La facture a été modifiée"
    qtbot.waitUntil(lambda: page.strip.title().startswith(words), timeout=5000)
    assert page._chip.text() == "Brouillon"


def test_the_list_offers_what_fits_a_waiting_invoice(sales: SalesWindow) -> None:
    owner = records.page(sales.company, records.ListQuery("client")).rows[0]
    invoice = draft(sales.company, owner["id"])["id"]
    central_numbering.request(sales.company, invoice)
    page = sales.page("invoices", "draft")
    page.show_record(invoice)
    drawer = page.drawer()
    assert drawer._buttons[0].text() == "Retirer la demande"
    drawer._buttons[0].click()
    assert invoices.show(sales.company, invoice)["status"] == "draft"


def settings_page(company: OpenCompany, workspace: Workspace, qtbot: Any) -> tuple[SettingsPage, CompanyContext]:
    context = CompanyContext(company, workspace)
    made = SettingsPage(RecordingShell(), context)
    qtbot.addWidget(made)
    context.changes.connect(made.on_changes)
    made.activate("numbers")
    return made, context


def test_the_choice_is_refused_without_a_cloud(company: OpenCompany, workspace: Workspace, qtbot: Any) -> None:
    page, context = settings_page(company, workspace, qtbot)
    group: Any = page.groups["numbers"]
    assert "demande un cloud" in group.explanation.text()
    group.modes.edited.emit("central")
    qtbot.waitUntil(lambda: not group.message.isHidden(), timeout=5000)
    assert group.modes.value() == "per_device"
    assert settings(company)["numbering"] == "per_device"
    context.close()


@pytest.mark.parametrize(("role", "is_chosen"), [(None, True), ("owner", True), ("member", False), ("admin", False)])
def test_the_owner_chooses(
    world: World, workspace: Workspace, qtbot: Any, monkeypatch: pytest.MonkeyPatch, role: str | None, is_chosen: bool
) -> None:
    monkeypatch.setattr(cloud, "connect_company", lambda _company: world.remote)
    monkeypatch.setattr(world.remote, "role", lambda: role)
    page, context = settings_page(world.company, workspace, qtbot)
    group: Any = page.groups["numbers"]
    group.modes.edited.emit("central")
    qtbot.waitUntil(lambda: group.modes.isEnabled() and (is_chosen or not group.message.isHidden()), timeout=5000)
    qtbot.waitUntil(lambda: (settings(world.company)["numbering"] == "central") is is_chosen, timeout=5000)
    if is_chosen:
        qtbot.waitUntil(lambda: "FA-2026-0001" in group.following.text(), timeout=5000)
    context.close()
