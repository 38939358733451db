"""The bin: what was deleted, one or many back."""

from datetime import timedelta

import pytest
from PySide6.QtTest import QAbstractItemModelTester

from facturepro.services import records
from facturepro.ui.data import CompanyContext
from facturepro.ui.pages.bin_page import BinPage
from tests.ui.page_ground import RecordingShell, client


@pytest.fixture
def shell() -> RecordingShell:
    return RecordingShell()


def shown(qtbot, shell, company) -> BinPage:
    context = CompanyContext(company)
    page = BinPage(shell, context)
    qtbot.addWidget(page)
    page.show()
    context.changes.connect(page.on_changes)
    page.held = context
    assert page.model.rowCount() == 0, "nothing is read in the Qt thread"
    settled(qtbot, page)
    QAbstractItemModelTester(page.model, QAbstractItemModelTester.FailureReportingMode.Fatal, page)
    return page


def settled(qtbot, page: BinPage) -> None:
    qtbot.waitUntil(lambda: not page._counting.is_busy())


def test_empty(qtbot, shell, company) -> None:
    page = shown(qtbot, shell, company)
    assert page._ground.currentIndex() == 1


def test_deleted_records_with_what_and_when(qtbot, shell, company, clock) -> None:
    first, second = client(company, "Doublon SARL"), client(company, "Autre")
    records.delete(company, "client", first)
    page = shown(qtbot, shell, company)
    assert page.model.rowCount() == 1
    row = page.model.record(0)
    assert (row["title"], row["kind"].value, row["left"].value) == ("Doublon SARL", "Client", "30 jours")
    records.delete(company, "client", second)
    qtbot.waitUntil(lambda: page.model.rowCount() == 2)
    clock.advance(days=29)
    page.refresh_figures()
    settled(qtbot, page)
    assert page.model.record(0)["left"].value == "1 jour"
    clock.at += timedelta(days=2)
    page.refresh_figures()
    settled(qtbot, page)
    assert page.model.rowCount() == 0
    assert page._ground.currentIndex() == 1


def test_one_and_many_come_back(qtbot, shell, company) -> None:
    ids = [client(company, name) for name in ("Un", "Deux", "Trois")]
    for each in ids:
        records.delete(company, "client", each)
    page = shown(qtbot, shell, company)
    page.open_record(ids[0])
    assert shell.toasts == ["« Un » rétabli"]
    shell.undo()
    assert shell.opened == [("clients", ids[0])]
    settled(qtbot, page)
    page.model.check_all()
    qtbot.waitUntil(lambda: bool(page.foot.bulk_buttons()))
    page.foot.bulk_buttons()[0].click()
    assert shell.toasts[-1] == "2 fiches rétablies"
    assert all(records.get(company, "client", each)["deleted_at"] is None for each in ids)
    settled(qtbot, page)
    assert page.model.rowCount() == 0
