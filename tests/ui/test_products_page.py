"""Products: rows, creation, editing in place, archive, bin."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from PySide6.QtTest import QAbstractItemModelTester

from facturepro.services import records
from facturepro.services.company import OpenCompany
from facturepro.ui.data import CompanyContext
from facturepro.ui.pages.products import ProductsPage
from tests.ui.page_ground import RecordingShell, product


@pytest.fixture
def shell() -> RecordingShell:
    return RecordingShell()


@pytest.fixture
def page(qtbot, shell: RecordingShell, company: OpenCompany) -> Iterator[ProductsPage]:
    context = CompanyContext(company)
    made = ProductsPage(shell, context)
    qtbot.addWidget(made)
    made.resize(1064, 744)
    made.show()
    context.changes.connect(made.on_changes)
    QAbstractItemModelTester(made.model, QAbstractItemModelTester.FailureReportingMode.Fatal, made)
    yield made
    context.close()


def row(page: ProductsPage, product_id: str):
    return page.model.record(page.model.row_of(product_id))


def test_rows_say_price_stock_and_state(qtbot, page, company) -> None:
    low = product(company, "Huile dure", 4, 8)
    service = records.create(company, "product", {"name": "Pose", "type": "service", "price": "52"})["id"]
    qtbot.waitUntil(lambda: page.model.rowCount() == 2)
    assert row(page, low)["price"].value == "64,90\u00a0€"
    assert (row(page, low)["stock"].value, row(page, low)["state"].value) == ("4", "4 sous min.")
    assert (row(page, service)["stock"].value, row(page, service)["state"].value) == (None, "Service")
    page.model.sort_by("price", True)
    assert page.model.id_at(0) == low


def test_an_empty_page_invites(page) -> None:
    assert page._ground.currentIndex() == 1


def test_a_new_product_from_the_drawer(qtbot, page, shell, company) -> None:
    page.activate("new")
    form = shell.drawer.form
    shell.drawer.save()
    assert form.fields["name"].message() == "Le champ « Désignation » est obligatoire."
    form.control("name").setText("Vis zinguées")
    form.control("price").setText("5,2O")
    form.control("price").editingFinished.emit()
    assert form.fields["price"].message()
    form.control("price").setText("5,20")
    shell.drawer.save()
    made = records.find(company, "product", "Vis zinguées")
    assert (made["price"], made["vat"], made["type"]) == (Decimal("5.2"), Decimal(20), "goods")
    assert page.drawer() is not None


def test_fields_are_edited_in_place(qtbot, page, company) -> None:
    low = product(company)
    qtbot.waitUntil(lambda: page.model.row_of(low) >= 0)
    page.show_record(low)
    field = page.drawer().fields.rows["price"]
    field.edit()
    field.editor().set_value(Decimal("70"))
    field._accept(True)
    assert records.get(company, "product", low)["price"] == Decimal("70")
    qtbot.waitUntil(lambda: row(page, low)["price"].value == "70,00\u00a0€")
    code = page.drawer().fields.rows["barcode"]
    code.edit()
    code.editor().set_value("123")
    code._accept(True)
    assert code.error()
    assert records.get(company, "product", low)["barcode"] == ""


def test_archive_and_bin(qtbot, page, shell, company) -> None:
    fresh = records.create(company, "product", {"name": "Ancien vernis"})["id"]
    kept = product(company)
    qtbot.waitUntil(lambda: page.model.rowCount() == 2)
    page.model.set_checked([kept], True)
    page._archive(True)
    assert records.get(company, "product", kept)["is_archived"]
    qtbot.waitUntil(lambda: page.model.row_of(kept) < 0)
    page.filter_bar.set_values({"archived": "with"})
    assert row(page, kept)["state"].value == "Archivé"
    page.delete_record(fresh)
    assert shell.toasts[-1] == "Produit Ancien vernis supprimé"
    assert records.get(company, "product", fresh)["deleted_at"] is not None
    qtbot.waitUntil(lambda: page.model.row_of(fresh) < 0)
    shell.undo()
    assert records.get(company, "product", fresh)["deleted_at"] is None
