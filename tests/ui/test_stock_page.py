"""Stock levels, movements and warehouses: columns, tabs, the drawer, the short forms."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from PySide6.QtTest import QAbstractItemModelTester

from facturepro.services import records, stock
from facturepro.services.catalog import MAIN_WAREHOUSE_ID
from facturepro.services.company import OpenCompany
from facturepro.ui.data import CompanyContext
from facturepro.ui.pages.stock import StockPage
from facturepro.ui.pages.stock_movements import MovementsPage
from facturepro.ui.pages.stock_rows import stock_chip
from facturepro.ui.pages.warehouses import WarehousesPage
from tests.ui.page_ground import RecordingShell, product


@pytest.fixture
def shell() -> RecordingShell:
    return RecordingShell()


@pytest.fixture
def depot(company: OpenCompany) -> str:
    return str(records.create(company, "warehouse", {"name": "Dépôt"})["id"])


@pytest.fixture
def context(company: OpenCompany, depot: str) -> Iterator[CompanyContext]:
    made = CompanyContext(company)
    yield made
    made.close()


def shown(qtbot, kind, shell, context):
    page = kind(shell, context)
    qtbot.addWidget(page)
    page.resize(1064, 744)
    page.show()
    context.changes.connect(page.on_changes)
    QAbstractItemModelTester(page.model, QAbstractItemModelTester.FailureReportingMode.Fatal, page)
    page.activate(None)
    return page


def test_a_column_per_warehouse_and_the_state(qtbot, shell, company, depot, context) -> None:
    low = product(company, "Huile dure", 4, 8)
    stock.transfer(company, low, "1", MAIN_WAREHOUSE_ID, depot)
    page = shown(qtbot, StockPage, shell, context)
    row = page.model.record(page.model.row_of(low))
    assert row[f"at:{MAIN_WAREHOUSE_ID}"].value == 3
    assert row[f"at:{depot}"].value == 1
    assert (row["available"].value, row["available"].second) == ("4", "8")
    assert (row["state"].value, row["state"].chip) == ("4 sous min.", "warning")
    assert stock_chip(Decimal(-1), Decimal(0)) == ("Stock négatif", "danger", "status.negative_stock")
    assert stock_chip(Decimal(8), Decimal(8)) is None


def test_tabs_count_and_restrict(qtbot, shell, company, context) -> None:
    low, fine = product(company, "Huile dure", 4, 8), product(company, "Vis", 9, 2)
    negative = product(company, "Équerre", -3, 0)
    unmoved = product(company, "Colle", 0, 0)
    page = shown(qtbot, StockPage, shell, context)
    qtbot.waitUntil(lambda: page._counts != {})
    assert page._counts == {"all": 4, "low": 2, "negative": 1, "unmoved": 1}
    wanted = {
        "low": {low, negative},
        "negative": {negative},
        "unmoved": {unmoved},
        "all": {low, fine, negative, unmoved},
    }
    for tab, ids in wanted.items():
        page.activate(tab)
        assert {page.model.id_at(row) for row in range(page.model.rowCount())} == ids
    qtbot.waitUntil(lambda: "CUMP" in page.foot.words())


def test_a_movement_in_the_drawer_refreshes_the_row(qtbot, shell, company, context) -> None:
    low = product(company, "Huile dure", 4, 8)
    page = shown(qtbot, StockPage, shell, context)
    page.show_record(low)
    parts = page.drawer().parts
    page.primary_action().callback()
    form = parts.form
    form.save()
    assert form.fields["quantity"].message() == "Indiquez la quantité."
    form.quantity.setText("12")
    form.save()
    assert shell.toasts == ["Mouvement enregistré"]
    assert stock.total(company, low) == 16
    qtbot.waitUntil(lambda: page.model.record(page.model.row_of(low))["available"].value == "16")
    assert page.model.record(page.model.row_of(low))["state"].value is None
    assert parts.form is None
    qtbot.waitUntil(lambda: parts.product["total"] == 16)


def test_a_transfer_between_two_places(qtbot, shell, company, depot, context) -> None:
    low = product(company, "Huile dure", 4, 8)
    page = shown(qtbot, StockPage, shell, context)
    page.show_record(low)
    parts = page.drawer().parts
    parts.open_form("transfer")
    form = parts.form
    form.quantity.setText("3")
    form.target.set_value(MAIN_WAREHOUSE_ID)
    form.save()
    assert form.fields["target"].message() == "Choisissez un autre entrepôt."
    form.target.set_value(depot)
    form.save()
    assert stock.levels(company, [low])[low] == {MAIN_WAREHOUSE_ID: Decimal(1), depot: Decimal(3)}


def test_chart_and_cost_come_from_a_worker(qtbot, shell, company, context) -> None:
    low = product(company, "Huile dure", 4, 8)
    page = shown(qtbot, StockPage, shell, context)
    page.show_record(low)
    parts = page.drawer().parts
    qtbot.waitUntil(lambda: parts.chart.chart() is not None and parts._points is not None)
    assert parts._points[-1][1] == 4
    assert parts.chart.accessibleDescription()


def test_a_new_warehouse_is_a_new_column(qtbot, shell, company, context) -> None:
    product(company)
    page = shown(qtbot, StockPage, shell, context)
    made = records.create(company, "warehouse", {"name": "Camion"})["id"]
    qtbot.waitUntil(lambda: f"at:{made}" in [spec.key for spec in page.model.specs()])


def test_movements_are_listed_and_filtered(qtbot, shell, company, depot, context) -> None:
    first, second = product(company, "Huile dure"), product(company, "Vis")
    page = shown(qtbot, MovementsPage, shell, context)
    assert page.model.rowCount() == 2
    page.activate(f"product:{first}")
    assert page.model.rowCount() == 1
    assert page.model.record(0)["record"]["product_id"] == first
    page.filter_bar.set_values({"warehouse": depot})
    assert page.model.rowCount() == 0
    page.filter_bar.set_values({})
    stock.move(company, second, "-2", reason="loss")
    qtbot.waitUntil(lambda: page.model.rowCount() == 3)
    assert page.model.record(0)["quantity"].value == "\u22122"


def test_a_movement_of_a_product_that_is_found_by_name(qtbot, shell, company, context) -> None:
    low = product(company, "Huile dure")
    page = shown(qtbot, MovementsPage, shell, context)
    page.activate("new")
    form = shell.drawer.form
    form.product.setText("hui")
    form.product._look("hui")
    form.quantity.setText("1")
    form.save()
    assert form.fields["product"].message() == "Choisissez un produit dans la liste."
    form.product.setText("Huile dure · HUI")
    form.save()
    assert stock.total(company, low) == 5


def test_warehouses_are_made_and_the_first_one_stays(qtbot, shell, company, context) -> None:
    page = shown(qtbot, WarehousesPage, shell, context)
    page.primary_action().callback()
    drawer = shell.drawer
    drawer.save()
    assert drawer.form.fields["name"].message()
    drawer.form.control("name").setText("Camion")
    drawer.save()
    assert "Camion" in {row["name"] for row in stock.warehouses(company)}
    page.delete_record(MAIN_WAREHOUSE_ID)
    assert MAIN_WAREHOUSE_ID in {row["id"] for row in stock.warehouses(company)}
