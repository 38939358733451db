"""The invoice editor, driven by keyboard: what is typed is saved, shown and issued as it stands."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication

from facturepro.services import invoices, issuing, records, stock
from facturepro.services.company import OpenCompany
from facturepro.services.invoices import InvoiceFilter
from facturepro.ui.pages.invoice_editor.lines_model import (
    DESCRIPTION,
    DISCOUNT,
    PRICE,
    QUANTITY,
    VAT,
    Line,
    LinesModel,
    parse_table,
)
from facturepro.ui.pages.invoice_editor.lines_view import _is_number
from facturepro.ui.pages.invoice_editor.preview import draw_pages
from tests.ui.sales_world import SalesWindow, client, draft, open_window, press, product, write

NONE = Qt.KeyboardModifier.NoModifier
ALT, CONTROL, SHIFT = (
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)


@pytest.fixture
def sales(company: OpenCompany, qapp: QApplication) -> Iterator[SalesWindow]:
    client(company)
    oak = product(company, "Plan de travail", "385", sku="PLA-38", unit="pièce")
    product(company, "Coulisses 500", "24.90", sku="COU-500")
    stock.move(company, oak["id"], 9)
    with open_window(company) as made:
        yield made


def saved_drafts(company: OpenCompany) -> list[dict[str, Any]]:
    return invoices.page(company, InvoiceFilter(status="draft")).rows


def focus() -> Any:
    return QApplication.focusWidget()


def choose_client(text: str = "stu") -> None:
    write(focus(), text)
    press(Qt.Key.Key_Return)


def filled(sales: SalesWindow) -> Any:
    """A draft in the editor with a client and one line."""
    owner = records.page(sales.company, records.ListQuery("client")).rows[0]
    made = draft(sales.company, owner["id"], "100", delivery="2026-11-20")
    return sales.page("invoice_editor", made["id"])


def flush(page: Any) -> dict[str, Any]:
    assert page._flush()
    return invoices.show(page.company, page.draft.invoice_id)


# ---------------------------------------------------------------------- typing an invoice


def test_an_invoice_is_typed_with_the_keyboard_alone(sales: SalesWindow) -> None:
    page = sales.page("invoice_editor")
    choose_client()
    write(focus(), "plan")
    press(Qt.Key.Key_Return)
    write(focus(), "3")
    press(Qt.Key.Key_Return)
    write(focus(), "Livraison à l’étage")
    press(Qt.Key.Key_Return)
    press(Qt.Key.Key_Return)
    write(focus(), "45,50")
    press(Qt.Key.Key_Return)
    saved = flush(page)
    assert saved["client_name"] == "Studio Okapi"
    assert [(line["description"], line["quantity"], line["unit_price"]) for line in saved["lines"]] == [
        ("Plan de travail", Decimal(3), Decimal(385)),
        ("Livraison à l’étage", Decimal(1), Decimal("45.50")),
    ]
    assert saved["total_gross"] == Decimal("1440.60")
    assert page.lines.totals.gross == "1\u202f440,60\u00a0€"


def test_it_is_saved_by_itself_a_moment_after_typing(sales: SalesWindow, qtbot: Any) -> None:
    page = sales.page("invoice_editor")
    choose_client()
    assert saved_drafts(sales.company) == []
    qtbot.waitUntil(lambda: len(saved_drafts(sales.company)) == 1, timeout=3000)
    qtbot.waitUntil(lambda: page._saved_label.text() == "enregistré à " + f"{sales.company.now().astimezone():%H:%M}")


def test_nothing_typed_makes_no_draft(sales: SalesWindow) -> None:
    sales.page("invoice_editor")
    sales.page("invoices")
    assert saved_drafts(sales.company) == []


def test_typing_while_a_save_is_under_way_is_saved_too(sales: SalesWindow) -> None:
    page = filled(sales)
    page.header.controls["client_reference"].setText("Première")
    page._edited()
    page.draft._start()
    page.header.controls["client_reference"].setText("Seconde")
    page._edited()
    assert flush(page)["client_reference"] == "Seconde"
    assert len(saved_drafts(sales.company)) == 1


def test_lines_keep_their_identity_from_save_to_save(sales: SalesWindow) -> None:
    page = filled(sales)
    before = flush(page)["lines"][0]["id"]
    page.lines.model.insert_texts(0, [{"description": "Avant", "unit_price": "5"}])
    lines = flush(page)["lines"]
    assert [line["description"] for line in lines] == ["Avant", "Pose"]
    assert lines[1]["id"] == before
    page.lines.model.setData(page.lines.model.index(0, QUANTITY), "2")
    assert [line["id"] for line in flush(page)["lines"]] == [line["id"] for line in lines]


def test_a_client_is_made_on_the_spot(sales: SalesWindow) -> None:
    page = sales.page("invoice_editor")
    write(focus(), "Nouvelle Maison")
    press(Qt.Key.Key_Return, SHIFT)
    assert records.get(sales.company, "client", page.header.client.value())["name"] == "Nouvelle Maison"
    assert [row for row in page.strip.rows if row.startswith("client")] == ["client.address"]


def test_a_product_is_made_on_the_spot(sales: SalesWindow) -> None:
    page = sales.page("invoice_editor")
    page.lines.focus()
    write(focus(), "Vernis mat")
    press(Qt.Key.Key_Return, SHIFT)
    assert page.lines.view.currentIndex().column() == PRICE
    found = records.page(sales.company, records.ListQuery("product", text="vernis")).rows
    assert [row["name"] for row in found] == ["Vernis mat"]
    assert page.lines.model.lines[0].product_id == found[0]["id"]


def test_product_list_shows_price_and_stock(sales: SalesWindow) -> None:
    page = sales.page("invoice_editor")
    page.lines.focus()
    write(focus(), "plan")
    row = page.lines.panel().rows[0]
    assert (row.title, row.second, row.right, row.right_second) == (
        "Plan de travail",
        "PLA-38",
        "385,00\u00a0€",
        "9 dispo",
    )
    press(Qt.Key.Key_Escape)
    assert page.lines.panel().isHidden()
    assert page.lines.view.open_editor() is not None


@pytest.mark.parametrize("key", [Qt.Key.Key_Tab, Qt.Key.Key_Backtab])
def test_tab_leaves_the_lines_where_no_cell_follows(sales: SalesWindow, monkeypatch, key: Qt.Key) -> None:
    """The view must not answer its own Tab with another one: that ended the program."""
    view = sales.page("invoice_editor").lines.view
    view.setFocus()
    QTest.qWait(50)
    monkeypatch.setattr(view, "step", lambda *_given: False)
    view.setCurrentIndex(view.model().index(0, 1))
    QTest.keyClick(view, key)
    assert not view.hasFocus()


def test_tab_keeps_the_text_as_typed(sales: SalesWindow) -> None:
    page = sales.page("invoice_editor")
    page.lines.focus()
    write(focus(), "plan")
    press(Qt.Key.Key_Tab)
    line = page.lines.model.lines[0]
    assert (line.description, line.product_id) == ("plan", None)
    assert page.lines.view.currentIndex().column() == QUANTITY


def test_alt_arrows_move_and_delete_removes(sales: SalesWindow) -> None:
    page = filled(sales)
    page.lines.model.insert_texts(1, [{"description": "B"}, {"description": "C"}])
    view = page.lines.view
    view.setFocus()
    view.setCurrentIndex(page.lines.model.index(2, DESCRIPTION))
    press(Qt.Key.Key_Up, ALT)
    assert [line.description for line in page.lines.model.lines] == ["Pose", "C", "B"]
    press(Qt.Key.Key_Delete)
    assert [line["description"] for line in flush(page)["lines"]] == ["Pose", "B"]


def test_a_table_is_pasted_from_a_spreadsheet(sales: SalesWindow) -> None:
    page = filled(sales)
    QGuiApplication.clipboard().setText("Article\tQté\tPrix\nChêne\t2\t1 250,50\nHêtre\t4\t80\n")
    page.lines.focus()
    press(Qt.Key.Key_V, CONTROL)
    lines = flush(page)["lines"]
    assert [(line["description"], line["quantity"], line["unit_price"]) for line in lines[1:]] == [
        ("Chêne", Decimal(2), Decimal("1250.50")),
        ("Hêtre", Decimal(4), Decimal(80)),
    ]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (
            "A\t1\tpièce\t5\t10\t20",
            [
                {
                    "description": "A",
                    "quantity": "1",
                    "unit": "pièce",
                    "unit_price": "5",
                    "discount": "10",
                    "vat_rate": "20",
                }
            ],
        ),
        ("A\t1\t5\t20", [{"description": "A", "quantity": "1", "unit_price": "5", "vat_rate": "20"}]),
        ("A\nB", [{"description": "A"}, {"description": "B"}]),
        ("Nom\tQté\r\nA\t3\r\n\r\n", [{"description": "A", "quantity": "3"}]),
        ("\t\n", []),
    ],
)
def test_tables_of_different_shapes(text: str, rows: list[dict[str, str]]) -> None:
    assert parse_table(text, _is_number) == rows


def test_handle_drags_a_line(sales: SalesWindow) -> None:
    page = filled(sales)
    page.lines.model.insert_texts(1, [{"description": "B"}])
    view = page.lines.view
    start, end = (QPoint(10, view.rowViewportPosition(row) + 18) for row in (0, 1))
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(view.viewport(), end)
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=end)
    assert [line.description for line in page.lines.model.lines] == ["B", "Pose"]


# ---------------------------------------------------------------------- what cannot be taken


def test_a_rate_that_does_not_exist_stays_typed_and_says_why(sales: SalesWindow) -> None:
    page = filled(sales)
    model = page.lines.model
    model.setData(model.index(0, VAT), "19,6")
    assert model.index(0, VAT).data() == "19,6"
    assert "19,6 % n’existe pas" in model.index(0, VAT).data(Qt.ItemDataRole.ToolTipRole)
    assert model.lines[0].vat_rate == Decimal(20)
    assert page.lines.problem.text().startswith("Ligne 1 : Le taux de TVA 19,6")
    page.issue()
    assert "n’existe pas" in sales.toast().text
    assert page.lines.view.currentIndex() == model.index(0, VAT)
    model.setData(model.index(0, VAT), "5,5")
    assert model.errors() == []


def test_item_model_keeps_its_promises() -> None:
    model = LinesModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.setData(model.index(0, DESCRIPTION), "A")
    model.insert_texts(0, [{"description": "B", "quantity": "2"}, {"description": "C"}])
    model.move(0, 2)
    model.duplicate(1)
    model.remove(0)
    model.setData(model.index(0, DISCOUNT), "10")
    model.set_lines([Line(description="D")])
    model.set_locked(True)
    assert model.rowCount(QModelIndex()) == 1
    tester.deleteLater()


def test_discount_counts_in_line_and_totals(sales: SalesWindow) -> None:
    page = filled(sales)
    model = page.lines.model
    model.setData(model.index(0, DISCOUNT), "5")
    assert model.index(0, 7).data() == "95,00"
    assert page.lines.totals.rows == [
        ("Total HT", "95,00\u00a0€"),
        ("TVA 20\u00a0% sur 95,00\u00a0€", "19,00\u00a0€"),
    ]
    assert flush(page)["total_gross"] == Decimal("114.00")


def test_due_date_before_the_invoice_is_said_beside_it(sales: SalesWindow) -> None:
    page = filled(sales)
    page.header.controls["due_on"].setText("01/11/2026")
    page.header._edited("due_on")
    assert page.header.fields["due_on"].message() == "Avant la date de la facture."


def test_usual_due_date_follows_the_client(sales: SalesWindow) -> None:
    quick = client(sales.company, "Client pressé", payment_days="10")
    page = sales.page("invoice_editor")
    page.header.client._choose(quick["id"])
    assert page.header.controls["due_on"].value() == date(2026, 11, 30)
    assert flush(page)["due_on"] is None


# ---------------------------------------------------------------------- mentions and issuing


def test_strip_lists_what_is_missing_and_each_link_goes_there(sales: SalesWindow) -> None:
    page = sales.page("invoice_editor")
    assert list(page.strip.rows)[:2] == ["client", "lines"]
    page.strip.rows["lines"].links[0].clicked.emit()
    assert page.lines.view.open_editor() is not None
    page.strip.rows["client"].links[0].clicked.emit()
    assert page.header.client.search.hasFocus()


def test_issuing_with_something_blocking_goes_to_the_field(sales: SalesWindow) -> None:
    page = sales.page("invoice_editor")
    page.lines.view.setFocus()
    press(Qt.Key.Key_Return, CONTROL)
    assert page.header.client.search.hasFocus()
    assert not page.strip.is_confirming


def test_missing_client_mention_is_completed_in_the_strip(sales: SalesWindow) -> None:
    firm = client(sales.company, "Claire Martin", company_name="Okapi SAS")
    made = draft(sales.company, firm["id"])
    page = sales.page("invoice_editor", made["id"])
    assert page.header.client._warning == "SIREN manquant"
    page.strip.rows["client.siren"].links[0].clicked.emit()
    write(focus(), "123 456 789")
    press(Qt.Key.Key_Return)
    assert "n’est pas valable" in page.strip.rows["client.siren"]._error.text()
    focus().clear()
    write(focus(), "732829320")
    press(Qt.Key.Key_Return)
    assert records.get(sales.company, "client", firm["id"])["siren"] == "732829320"
    assert "client.siren" not in page.strip.rows


def test_today_fills_the_delivery_date(sales: SalesWindow) -> None:
    owner = records.page(sales.company, records.ListQuery("client")).rows[0]
    page = sales.page("invoice_editor", draft(sales.company, owner["id"])["id"])
    page.strip.rows["delivered_on"].links[0].clicked.emit()
    assert flush(page)["delivered_on"] == date(2026, 11, 20)
    assert page.strip.title() == "Prête. Émettre attribue le n° FA-2026-A0001 et ne se défait pas."


def test_first_press_says_what_will_happen_and_escape_gives_up(sales: SalesWindow) -> None:
    page = filled(sales)
    press(Qt.Key.Key_Return, CONTROL)
    assert page.strip.title() == "Émettre attribue le n° FA-2026-A0001 et ne se défait pas."
    press(Qt.Key.Key_Escape)
    assert not page.strip.is_confirming
    assert invoices.counts(sales.company)["draft"] == 1


def test_second_press_issues_and_the_page_shows_the_issued_state(sales: SalesWindow, qtbot: Any) -> None:
    page = filled(sales)
    press(Qt.Key.Key_Return, CONTROL)
    press(Qt.Key.Key_Return, CONTROL)
    qtbot.waitUntil(page.is_issued, timeout=15000)
    assert sales.window.page_bar.title.text() == "FA-2026-A0001"
    assert page._chip.text() == "À encaisser"
    assert page.lines.model.rowCount() == 1
    assert page.lines.model.flags(page.lines.model.index(0, PRICE)) & Qt.ItemFlag.ItemIsEditable == Qt.ItemFlag(0)
    assert all(control.isReadOnly() for control in page.header.controls.values())
    assert [action.text for action in page.secondary_actions()] == ["Ouvrir", "Enregistrer", "Imprimer"]
    assert page.primary_action().text == "Enregistrer un paiement"


def test_payment_from_the_issued_page(sales: SalesWindow, qtbot: Any) -> None:
    made = filled(sales).draft.invoice_id
    issuing.issue(sales.company, made)
    page = sales.page("invoice_editor", made)
    qtbot.waitUntil(page.is_issued, timeout=2000)
    page.start_payment()
    press(Qt.Key.Key_Return)
    assert invoices.show(sales.company, made)["status"] == "paid"
    qtbot.waitUntil(lambda: page._chip.text() == "Payée", timeout=1000)


# ---------------------------------------------------------------------- changes from elsewhere


def test_a_change_from_another_computer_is_shown(sales: SalesWindow, qtbot: Any) -> None:
    page = filled(sales)
    invoices.save(sales.company, page.draft.invoice_id, {"client_reference": "D’ailleurs"})
    control = page.header.controls["client_reference"]
    qtbot.waitUntil(lambda: control.text() == "D’ailleurs", timeout=1000)


def test_undo_takes_a_typed_change_back(sales: SalesWindow, qtbot: Any) -> None:
    page = filled(sales)
    page.lines.model.setData(page.lines.model.index(0, QUANTITY), "7")
    flush(page)
    qtbot.waitUntil(lambda: sales.undo.can_undo() is not None)
    sales.window.undo()
    qtbot.waitUntil(lambda: page.lines.model.lines[0].quantity == Decimal(1), timeout=1000)


def test_a_deleted_draft_leads_back_to_the_list(sales: SalesWindow, qtbot: Any) -> None:
    page = filled(sales)
    records.delete(sales.company, "invoice", page.draft.invoice_id)
    qtbot.waitUntil(lambda: sales.window.host.key() == "invoices", timeout=1000)


# ---------------------------------------------------------------------- paper


def test_preview_shows_the_page(sales: SalesWindow, qtbot: Any) -> None:
    page = filled(sales)
    qtbot.waitUntil(lambda: page.preview.page_count() == 1, timeout=15000)
    before = page.preview.zoom()
    QTest.mouseClick(page.preview.in_button, Qt.MouseButton.LeftButton)
    assert page.preview.zoom() > before


def test_layout_is_chosen_and_saved(sales: SalesWindow) -> None:
    page = filled(sales)
    page.preview.layout_chosen.emit("dense")
    assert flush(page)["layout"] == "dense"
    assert page.preview.layout_button.text() == "Dense"


def test_pages_are_drawn_at_the_asked_width(sales: SalesWindow) -> None:
    from facturepro.services import document_store

    data = document_store.pdf(sales.company, filled(sales).draft.invoice_id)
    images = draw_pages(data, 300, 2.0)
    assert [image.width() for image in images] == [600]
    assert images[0].deviceIndependentSize().width() == 300


def test_printing_draws_every_page(sales: SalesWindow, tmp_path: Any) -> None:
    from PySide6.QtPrintSupport import QPrinter

    from facturepro.services import document_store
    from facturepro.ui.pages.invoices_paper import print_pages

    printer = QPrinter()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "papier.pdf"))
    assert print_pages(document_store.pdf(sales.company, filled(sales).draft.invoice_id), printer) == 1
    assert (tmp_path / "papier.pdf").stat().st_size > 1000


def test_every_control_has_a_name(sales: SalesWindow) -> None:
    from PySide6.QtWidgets import QAbstractButton, QLineEdit

    page = filled(sales)
    page.lines.focus()
    controls = [*sales.window.findChildren(QAbstractButton), *sales.window.findChildren(QLineEdit)]
    assert [each for each in controls if each.isVisible() and not each.accessibleName()] == []
    assert page.lines.view.accessibleName() == "Lignes de la facture"


def test_an_unreadable_date_keeps_the_invoice_from_being_issued(sales: SalesWindow) -> None:
    page = filled(sales)
    page.header.controls["issued_on"].setText("32/13/2026")
    page.issue()
    assert not page.strip.is_confirming
    assert "n’est pas une date" in page.header.fields["issued_on"].message()


def test_leaving_with_something_unsaved_says_so_once(sales: SalesWindow) -> None:
    page = filled(sales)
    page.header.controls["issued_on"].setText("20/11/2026")
    page.header.controls["due_on"].setText("01/11/2026")
    page.header._edited("due_on")
    sales.window.open_page("invoices")
    assert sales.window.host.key() == "invoice_editor"
    assert sales.toast().text.startswith("Pas enregistré : L’échéance 01/11/2026 précède la date")
    sales.window.open_page("invoices")
    assert sales.window.host.key() == "invoices"


def test_a_second_new_invoice_keeps_the_first(sales: SalesWindow) -> None:
    page = sales.page("invoice_editor")
    choose_client()
    QTest.keyClick(sales.window, Qt.Key.Key_N, CONTROL)
    assert page.draft.invoice_id is None and page.header.client.value() is None
    assert [row["client_name"] for row in saved_drafts(sales.company)] == ["Studio Okapi"]
