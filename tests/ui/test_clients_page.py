"""The clients page: what they owe, edited in place, made, archived, deleted and taken back."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication

from facturepro.services import payments, records
from facturepro.services.company import OpenCompany
from tests.ui.sales_world import SalesWindow, client, issued, open_window, press, write


@pytest.fixture
def sales(company: OpenCompany, qapp: QApplication) -> Iterator[SalesWindow]:
    roux = client(company, "Claire Martin", company_name="Agencement Roux", email="claire@roux.example")
    client(company, "Sophie Lemaire")
    issued(company, roux["id"], "1000", date(2026, 11, 1), "2026-11-08")
    with open_window(company) as made:
        yield made


def names(page: Any) -> list[str]:
    column = page.model.column_of("name")
    return [page.model.index(row, column).data() for row in range(page.model.rowCount())]


def row_of(page: Any, name: str) -> str:
    return str(page.model.id_at(names(page).index(name)))


def test_rows_show_what_is_owed(sales: SalesWindow) -> None:
    page = sales.page("clients")
    tester = QAbstractItemModelTester(page.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    assert names(page) == ["Agencement Roux", "Sophie Lemaire"]
    assert page.model.cell(0, page.model.column_of("balance")).value == Decimal("1200.00")
    assert page.model.cell(0, page.model.column_of("contact")).value == "Claire Martin"
    tester.deleteLater()


def test_a_payment_changes_the_balance_of_the_open_list(sales: SalesWindow, qtbot: Any) -> None:
    page = sales.page("clients")
    found = records.page(sales.company, records.ListQuery("invoice", sort="sort_on")).rows[0]
    payments.add(sales.company, found["id"], "200")
    column = page.model.column_of("balance")
    qtbot.waitUntil(lambda: page.model.cell(0, column).value == Decimal("1000.00"), timeout=1000)


def test_fields_are_edited_in_the_drawer(sales: SalesWindow, qtbot: Any) -> None:
    page = sales.page("clients")
    identifier = row_of(page, "Sophie Lemaire")
    page.show_record(identifier)
    row = page.drawer().rows["phone"]
    row.edit()
    write(row.editor(), "03 20 11 22 33")
    press(Qt.Key.Key_Return)
    assert records.get(sales.company, "client", identifier)["phone"] == "03 20 11 22 33"
    column = page.model.column_of("phone")
    qtbot.waitUntil(lambda: page.model.cell(1, column).value == "03 20 11 22 33", timeout=1000)


def test_a_wrong_identifier_is_said_in_the_row(sales: SalesWindow) -> None:
    page = sales.page("clients")
    identifier = row_of(page, "Sophie Lemaire")
    page.show_record(identifier)
    row = page.drawer().rows["siren"]
    row.edit()
    write(row.editor(), "123456789")
    press(Qt.Key.Key_Return)
    assert "n’est pas valable" in row.error()
    assert records.get(sales.company, "client", identifier)["siren"] == ""


def test_drawer_shows_figures_and_invoices(sales: SalesWindow) -> None:
    from facturepro.ui.widgets.keyvalue import LinkRow

    page = sales.page("clients")
    page.show_record(row_of(page, "Agencement Roux"))
    links = page.drawer().findChildren(LinkRow)
    assert [link.accessibleName().split(",")[0] for link in links] == ["FA-2026-A0001"]
    QTest.mouseClick(links[0], Qt.MouseButton.LeftButton)
    assert sales.window.host.key() == "invoices"
    assert sales.window.host.page().drawer().title() == "FA-2026-A0001"


def test_new_client_from_the_keyboard(sales: SalesWindow, qtbot: Any) -> None:
    page = sales.page("clients")
    QTest.keyClick(sales.window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    QApplication.processEvents()
    write(QApplication.focusWidget(), "Julien Carpentier")
    press(Qt.Key.Key_Return)
    assert "Julien Carpentier" in [row["name"] for row in records.page(sales.company, records.ListQuery("client")).rows]
    assert page.drawer().title() == "Julien Carpentier"
    qtbot.waitUntil(lambda: "Julien Carpentier" in names(page))


def test_new_client_without_a_name_says_so(sales: SalesWindow) -> None:
    page = sales.page("clients", "new")
    page.drawer().form.submit()
    assert page.drawer().form.form_fields["name"].message() == "Le champ « Nom » est obligatoire."
    assert page.model.rowCount() == 2


def test_delete_and_undo(sales: SalesWindow, qtbot: Any) -> None:
    page = sales.page("clients")
    page.list.setFocus()
    page.list.set_current_id(row_of(page, "Sophie Lemaire"))
    page.list.setFocus()
    press(Qt.Key.Key_Delete)
    assert sales.toast().text == "Client Sophie Lemaire supprimé"
    qtbot.waitUntil(lambda: names(page) == ["Agencement Roux"], timeout=1000)
    sales.toast().action_button.click()
    qtbot.waitUntil(lambda: len(names(page)) == 2, timeout=1000)


def test_client_of_an_issued_invoice_stays(sales: SalesWindow) -> None:
    page = sales.page("clients")
    page.delete_record(row_of(page, "Agencement Roux"))
    assert "archivez cette fiche" in sales.toast().text
    assert len(names(page)) == 2


def test_archived_clients_are_shown_on_demand(sales: SalesWindow, qtbot: Any) -> None:
    page = sales.page("clients")
    page._archive(row_of(page, "Sophie Lemaire"), True)
    qtbot.waitUntil(lambda: names(page) == ["Agencement Roux"], timeout=1000)
    page.filter_bar.set_value("archived", True)
    assert names(page) == ["Agencement Roux", "Sophie Lemaire"]
    assert page.model.cell(1, page.model.column_of("name")).muted


def test_new_invoice_for_the_client(sales: SalesWindow) -> None:
    page = sales.page("clients")
    identifier = row_of(page, "Sophie Lemaire")
    page.show_record(identifier)
    page.drawer().invoice_wanted.emit(identifier)
    editor = sales.window.host.page()
    assert editor.key == "invoice_editor" and editor.header.client.value() == identifier
