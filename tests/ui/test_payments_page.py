"""The payments page: newest first, each with its invoice; a wrong one is reversed and both stay."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication

from facturepro.services import payments
from facturepro.services.company import OpenCompany
from tests.ui.sales_world import SalesWindow, client, issued, open_window


@pytest.fixture
def sales(company: OpenCompany, qapp: QApplication) -> Iterator[SalesWindow]:
    owner = client(company)
    invoice = issued(company, owner["id"], "1000", date(2026, 11, 1))
    payments.add(company, invoice["id"], "300", "transfer", date(2026, 11, 6))
    payments.add(company, invoice["id"], "200", "cash", date(2026, 11, 9))
    with open_window(company) as made:
        yield made


def column(page: Any, key: str) -> list[str]:
    at = page.model.column_of(key)
    return [page.model.index(row, at).data() for row in range(page.model.rowCount())]


def test_newest_first_with_invoice_and_method(sales: SalesWindow) -> None:
    page = sales.page("payments")
    tester = QAbstractItemModelTester(page.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    assert column(page, "amount") == ["200,00\u00a0€", "300,00\u00a0€"]
    assert column(page, "method") == ["Espèces", "Virement"]
    assert set(column(page, "invoice")) == {"FA-2026-A0001"}
    tester.deleteLater()


def test_foot_shows_the_sum(sales: SalesWindow, qtbot: Any) -> None:
    page = sales.page("payments")
    qtbot.waitUntil(lambda: page.foot.words() == "2 paiements Encaissé 500,00\u00a0€")


def test_reversing_explains_and_adds_the_negative(sales: SalesWindow, qtbot: Any) -> None:
    page = sales.page("payments")
    page.show_record(page.model.id_at(0))
    QTest.mouseClick(page.drawer().line.link, Qt.MouseButton.LeftButton)
    QTest.mouseClick(page.drawer().line.accept_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: column(page, "amount") == ["\u2212200,00\u00a0€", "200,00\u00a0€", "300,00\u00a0€"])
    assert column(page, "note")[1] == "annulé ensuite"
    assert page.model.cell(1, page.model.column_of("amount")).muted


def test_a_reversed_payment_is_not_reversed_again(sales: SalesWindow) -> None:
    payments.reverse(sales.company, sales.page("payments").model.id_at(0))
    QApplication.processEvents()
    page = sales.page("payments")
    page.show_record(page.model.id_at(1))
    assert page.drawer().payment["is_reversed"]
    assert not page.drawer().line.isVisible()


def test_invoice_link_opens_the_invoice(sales: SalesWindow) -> None:
    from facturepro.ui.widgets.keyvalue import KeyValueRow

    page = sales.page("payments")
    page.show_record(page.model.id_at(0))
    row = next(row for row in page.drawer().findChildren(KeyValueRow) if row.text() == "FA-2026-A0001")
    QTest.mouseClick(row.view, Qt.MouseButton.LeftButton)
    assert sales.window.host.key() == "invoices"


def test_without_payments_it_leads_to_the_invoices(company: OpenCompany, qapp: QApplication) -> None:
    with open_window(company) as sales:
        page = sales.page("payments")
        assert page._ground.currentIndex() == 1
        page.primary_action().callback()
        assert sales.window.host.page().tab() == "open"
