"""The invoices page: what it lists, how it follows changes, and what one does from it."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication

from facturepro.services import invoices, payments, records
from facturepro.services.company import OpenCompany
from facturepro.ui.pages.invoices_rows import period_bounds, status_chip
from facturepro.ui.pages.record_list_filters import FilterBar
from facturepro.ui.widgets.buttons import Button
from facturepro.ui.widgets.menu import MenuRow
from tests.ui.sales_world import SalesWindow, client, draft, issued, open_window, press, write

TODAY = date(2026, 11, 20)


@pytest.fixture
def sales(company: OpenCompany, qapp: QApplication) -> Iterator[SalesWindow]:
    okapi, roux = client(company), client(company, "Agencement Roux")
    issued(company, roux["id"], "3126.50", date(2026, 10, 29), "2026-11-08")
    issued(company, okapi["id"], "500", date(2026, 11, 10))
    paid = issued(company, okapi["id"], "80", date(2026, 11, 12))
    payments.add(company, paid["id"], paid["total_gross"])
    draft(company, okapi["id"], "1000")
    with open_window(company) as made:
        yield made


def texts(page: Any, key: str) -> list[str]:
    column = page.model.column_of(key)
    return [page.model.index(row, column).data() for row in range(page.model.rowCount())]


def click(button: Any) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    QApplication.processEvents()


def button(widget: Any, text: str) -> Button:
    return next(each for each in widget.findChildren(Button) if each.text() == text and each.isVisible())


def test_rows_say_what_they_are(sales: SalesWindow) -> None:
    page = sales.page("invoices")
    assert texts(page, "status") == ["Brouillon", "Payée", "À encaisser", "En retard de 12 j"]
    assert texts(page, "number") == ["sans numéro", "FA-2026-A0003", "FA-2026-A0002", "FA-2026-A0001"]
    late = page.model.cell(3, page.model.column_of("due"))
    assert late.late and late.value == "8 nov."


def test_item_model_keeps_its_promises(sales: SalesWindow) -> None:
    page = sales.page("invoices")
    tester = QAbstractItemModelTester(page.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    page.model.refresh_ids([page.model.id_at(0)])
    records.delete(sales.company, "invoice", page.model.id_at(0))
    QApplication.processEvents()
    assert page.model.rowCount() == 3
    tester.deleteLater()


def test_tabs_count_and_restrict(sales: SalesWindow, qtbot: Any) -> None:
    page = sales.page("invoices")
    qtbot.waitUntil(lambda: page.tab_bar._tabs[0].count == 4)
    assert [tab.count for tab in page.tab_bar._tabs] == [4, 1, 2, 1, 1]
    QTest.mouseClick(page.tab_bar, Qt.MouseButton.LeftButton, pos=page.tab_bar.tab_rect(3).center().toPoint())
    assert texts(page, "number") == ["FA-2026-A0001"]
    qtbot.waitUntil(lambda: page.filter_bar.count.text() == "1 facture")


def test_foot_shows_totals_of_what_is_shown(sales: SalesWindow, qtbot: Any) -> None:
    page = sales.page("invoices", "open")
    qtbot.waitUntil(lambda: "4" in page.foot.words() and "Reste dû" in page.foot.words())
    total = Decimal("3126.50") * Decimal("1.2") + Decimal(600)
    assert f"{total:.2f}".replace(".", ",") in page.foot.words().replace("\u202f", "")


def test_filter_is_added_from_the_menu_and_removed_with_its_cross(sales: SalesWindow, qtbot: Any) -> None:
    page = sales.page("invoices")
    bar: FilterBar = page.filter_bar
    click(bar.add_button)
    click(next(row for row in sales.window.findChildren(MenuRow) if row.text() == "Statut"))
    click(next(row for row in sales.window.findChildren(MenuRow) if row.text() == "Brouillon"))
    assert texts(page, "status") == ["Brouillon"]
    chip = bar._chips["status"]
    assert chip.accessibleName() == "Filtre Statut : Brouillon"
    cross = QPoint(chip.width() - 14, chip.height() // 2)
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton, pos=cross)
    assert page.model.rowCount() == 4


def test_amount_filter_is_typed(sales: SalesWindow) -> None:
    page = sales.page("invoices")
    click(page.filter_bar.add_button)
    click(next(row for row in sales.window.findChildren(MenuRow) if row.text() == "Montant"))
    write(QApplication.focusWidget(), "601")
    press(Qt.Key.Key_Return)
    assert sorted(texts(page, "total")) == ["1\u202f200,00\u00a0€", "3\u202f751,80\u00a0€"]


@pytest.mark.parametrize(
    ("value", "start", "end"),
    [
        ("month", date(2026, 11, 1), None),
        ("last_month", date(2026, 10, 1), date(2026, 10, 31)),
        ("quarter", date(2026, 10, 1), None),
        ("year", date(2026, 1, 1), None),
        ("last_year", date(2025, 1, 1), date(2025, 12, 31)),
        ("12_months", date(2025, 11, 21), None),
    ],
)
def test_periods(value: str, start: date, end: date | None) -> None:
    assert period_bounds(value, TODAY) == (start, end)


def test_twelve_months_on_a_leap_day() -> None:
    assert period_bounds("12_months", date(2028, 2, 29))[0] == date(2027, 3, 1)


def test_chip_of_a_partly_paid_invoice() -> None:
    row = {"status": "partially_paid", "due_on": date(2026, 12, 1), "amount_due": Decimal(120)}
    assert status_chip(row, TODAY) == ("Reste 120,00\u00a0€", "warning", "status.partial")
    assert status_chip({**row, "due_on": date(2026, 11, 19)}, TODAY)[0] == "En retard de 1 j"


def test_a_payment_made_elsewhere_appears_without_a_click(sales: SalesWindow, qtbot: Any) -> None:
    page = sales.page("invoices")
    resets: list[int] = []
    page.model.modelReset.connect(lambda: resets.append(1))
    invoice = page.model.record(2)["record"]
    payments.add(sales.company, invoice["id"], "100")
    qtbot.waitUntil(lambda: texts(page, "status")[2] == "Reste 500,00\u00a0€", timeout=1000)
    assert resets == []


def test_a_new_invoice_from_elsewhere_comes_in(sales: SalesWindow, qtbot: Any) -> None:
    page = sales.page("invoices")
    owner = page.model.record(0)["record"]["client_id"]
    draft(sales.company, owner, "7")
    qtbot.waitUntil(lambda: page.model.rowCount() == 5, timeout=1000)


def test_payment_is_recorded_in_the_drawer_with_enter(sales: SalesWindow, qtbot: Any) -> None:
    page = sales.page("invoices")
    late = page.model.record(3)["record"]
    page.show_record(late["id"])
    QApplication.processEvents()
    click(button(page.drawer(), "Enregistrer un paiement"))
    assert page.drawer().payment_form.amount.value() == Decimal("3751.80")
    write(QApplication.focusWidget(), "1500")
    press(Qt.Key.Key_Return)
    assert records.get(sales.company, "invoice", late["id"])["amount_due"] == Decimal("2251.80")
    assert "1\u202f500,00" in sales.toast().text
    qtbot.waitUntil(lambda: page.drawer().payment_form is None)


def test_too_large_a_payment_is_refused_beside_the_field(sales: SalesWindow) -> None:
    page = sales.page("invoices")
    late = page.model.record(3)["record"]
    page.show_record(late["id"])
    page.drawer().start_payment()
    form = page.drawer().payment_form
    form.amount.setText("9999")
    form.submit()
    assert "dépasse le reste à payer" in form._fields["amount"].message()
    assert records.get(sales.company, "invoice", late["id"])["amount_paid"] == 0


def test_payment_is_reversed_with_an_explanation(sales: SalesWindow) -> None:
    from facturepro.ui.pages.payments_form import PaymentLine

    page = sales.page("invoices", "paid")
    paid = page.model.record(0)["record"]
    page.show_record(paid["id"])
    line = page.drawer().findChild(PaymentLine)
    line.ask()
    assert line.accept_button.text() == "Ajouter l’écriture inverse"
    click(line.accept_button)
    assert records.get(sales.company, "invoice", paid["id"])["status"] == "issued"
    assert len(payments.for_invoice(sales.company, paid["id"])) == 2


def test_internal_note_is_edited_in_place(sales: SalesWindow) -> None:
    page = sales.page("invoices")
    page.show_record(page.model.id_at(3))
    row = page.drawer().note_row
    row.edit()
    write(row.editor(), "Rappeler lundi")
    press(Qt.Key.Key_Return)
    assert records.get(sales.company, "invoice", page.model.id_at(3))["internal_note"] == "Rappeler lundi"


def test_delete_puts_the_draft_in_the_bin_and_back(sales: SalesWindow, qtbot: Any) -> None:
    page = sales.page("invoices")
    page.list.setFocus()
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Delete)
    assert sales.toast().text == "Brouillon pour Studio Okapi supprimé"
    qtbot.waitUntil(lambda: page.model.rowCount() == 3)
    sales.toast().action_button.click()
    qtbot.waitUntil(lambda: page.model.rowCount() == 4)


def test_an_issued_invoice_is_not_deleted(sales: SalesWindow) -> None:
    page = sales.page("invoices")
    page.delete_record(page.model.id_at(3))
    assert "ne s’efface pas" in sales.toast().text
    assert page.model.rowCount() == 4


def test_enter_opens_a_draft_in_the_editor(sales: SalesWindow) -> None:
    page = sales.page("invoices")
    page.list.setFocus()
    press(Qt.Key.Key_Down)
    identifier = page.list.current_id()
    press(Qt.Key.Key_Return)
    editor = sales.window.host.page()
    assert editor.key == "invoice_editor" and editor.draft.invoice_id == identifier


def test_checked_rows_make_the_bulk_bar(sales: SalesWindow) -> None:
    page = sales.page("invoices")
    page.model.set_checked([page.model.id_at(2), page.model.id_at(3)], True)
    assert page.foot.is_bulk()
    assert page.foot.words().replace("\u202f", "") == "2 sélectionnées reste dû 4351,80\u00a0€"
    assert [each.text() for each in page.foot.bulk_buttons()] == ["Payées", "PDF"]


def test_bulk_payment_records_the_rest_of_each(sales: SalesWindow, qtbot: Any) -> None:
    page = sales.page("invoices")
    page.model.check_all()
    click(page.foot.bulk_buttons()[0])
    click(button(sales.window, "Enregistrer les paiements"))
    qtbot.waitUntil(lambda: invoices.counts(sales.company)["paid"] == 3, timeout=5000)
    qtbot.waitUntil(lambda: sales.toast() is not None and sales.toast().text == "2 paiements enregistrés")


def test_bulk_issue_says_that_it_is_for_good(sales: SalesWindow, qtbot: Any) -> None:
    page = sales.page("invoices", "draft")
    page.model.check_all()
    click(page.foot.bulk_buttons()[0])
    click([each for each in sales.window.findChildren(Button) if each.text() == "Émettre"][-1])
    qtbot.waitUntil(lambda: invoices.counts(sales.company)["draft"] == 0, timeout=10000)


def test_pdf_export_writes_a_file_per_invoice(sales: SalesWindow, qtbot: Any, tmp_path: Path) -> None:
    page = sales.page("invoices", "open")
    page.model.check_all()
    page.paper.export_to(page.selected_ids(), 2, tmp_path)
    qtbot.waitUntil(lambda: sales.toast() is not None and "2 PDF" in sales.toast().text, timeout=15000)
    assert sorted(path.name for path in tmp_path.glob("*.pdf")) == ["FA-2026-A0001.pdf", "FA-2026-A0002.pdf"]
    assert (tmp_path / "FA-2026-A0001.pdf").read_bytes().startswith(b"%PDF")


def test_cancelled_export_leaves_no_file(sales: SalesWindow, tmp_path: Path) -> None:
    from facturepro.ui.pages.invoices_paper import _write_all
    from facturepro.ui.widgets.task import TaskCancelled, TaskControl

    page = sales.page("invoices", "open")
    page.model.check_all()
    control = TaskControl()
    plain_report = control.report
    control.report = lambda *args: (plain_report(*args), control.cancel())  # type: ignore[method-assign]
    folder = tmp_path / "export"
    with pytest.raises(TaskCancelled):
        _write_all(sales.company, page.selected_ids()(), folder, control)
    assert list(folder.iterdir()) == []


def test_empty_company_invites(company: OpenCompany, qapp: QApplication) -> None:
    with open_window(company) as sales:
        page = sales.page("invoices")
        assert page._ground.currentIndex() == 1
        click(button(page, "Nouvelle facture"))
        assert sales.window.host.key() == "invoice_editor"


def test_nothing_found_offers_to_clear_the_filters(sales: SalesWindow) -> None:
    page = sales.page("invoices")
    page.search("introuvable")
    assert page.model.rowCount() == 0
    click(button(page, "Effacer les filtres"))
    assert page.model.rowCount() == 4


def test_every_control_has_a_name(sales: SalesWindow) -> None:
    from PySide6.QtWidgets import QAbstractButton, QLineEdit

    page = sales.page("invoices")
    page.show_record(page.model.id_at(3))
    page.drawer().start_payment()
    controls = [*sales.window.findChildren(QAbstractButton), *sales.window.findChildren(QLineEdit)]
    nameless = [control for control in controls if control.isVisible() and not control.accessibleName()]
    assert nameless == []


def test_pages_open_it_filtered(sales: SalesWindow) -> None:
    page = sales.page("invoices", "open,due:2026-11-01..2026-11-30")
    assert texts(page, "number") == ["FA-2026-A0001"]
    assert page.filter_bar._chips["due"].value() == "01/11/2026 – 30/11/2026"
    page = sales.page("invoices", "all")
    assert page.model.rowCount() == 4
