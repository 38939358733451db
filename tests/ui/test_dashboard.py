"""The dashboard: figures as words, what each opens, the checklist, the table twin, what is drawn again."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from PySide6.QtCore import QPointF

from facturepro.services import dashboard, invoices
from facturepro.services.company import OpenCompany
from facturepro.ui.charts.scale import ticks
from facturepro.ui.data import CompanyContext
from facturepro.ui.pages.dashboard import DashboardPage
from tests.ui.page_ground import TODAY, RecordingShell, client, invoice, product


@pytest.fixture
def shell() -> RecordingShell:
    return RecordingShell()


@pytest.fixture
def context(company: OpenCompany) -> Iterator[CompanyContext]:
    made = CompanyContext(company)
    yield made
    made.close()


def shown(qtbot, shell: RecordingShell, context: CompanyContext, **options) -> DashboardPage:
    page = DashboardPage(shell, context, **options)
    qtbot.addWidget(page)
    page.resize(1064, 744)
    page.show()
    context.changes.connect(page.on_changes)
    page.activate(None)
    qtbot.waitUntil(lambda: page._figures is not None and "…" not in page.stock.figure())
    return page


@pytest.fixture
def busy(company: OpenCompany) -> OpenCompany:
    known = client(company)
    invoice(company, known, "1000", 10, TODAY - timedelta(days=40))
    invoice(company, known, "500", 5, TODAY)
    invoices.create(company, {"client_id": known, "lines": [{"description": "Pose", "unit_price": "50"}]})
    product(company)
    return company


def test_figures_in_words(qtbot, shell, busy, context) -> None:
    page = shown(qtbot, shell, context)
    assert page.turnover.figure() == "500\u00a0€"
    assert page.receivable.figure() == "1\u202f800\u00a0€"
    assert (page.overdue.figure(), page.overdue.note()) == ("1\u202f200\u00a0€", "1 facture, jusqu’à 30 jours")
    assert page.stock.figure() == "154\u00a0€"
    assert page.stock.note() == "1 produit, 1 sous le minimum"
    assert page.ages.foot.value() == page.receivable.figure()
    assert "novembre" in page.turnover.accessibleName()
    assert [task.text for task in page.todo.tasks()] == [
        "Relancer 1 facture en retard",
        "Finir 1 brouillon de facture",
        "Réapprovisionner 1 produit sous le minimum",
    ]


def test_every_figure_opens_its_list(qtbot, shell, busy, context) -> None:
    page = shown(qtbot, shell, context)
    for figure, wanted in zip(
        page.key_figures()[1:], [("invoices", "open"), ("invoices", "overdue"), ("stock", None)], strict=True
    ):
        figure.clicked.emit()
        assert shell.opened.pop() == wanted
    page.clients.rows()[0].clicked.emit()
    assert shell.opened.pop() == ("clients", page._figures.best_clients[0].id)
    page.low.rows()[0].clicked.emit()
    assert shell.opened.pop() == ("stock", page._figures.low_stock[0].id)
    page.todo.row(1).clicked.emit()
    assert shell.opened.pop() == ("invoices", "draft")
    page.turnover.clicked.emit()
    assert shell.opened.pop() == ("invoices", "all,period:2026-11-01..2026-11-20")


@pytest.mark.parametrize(("row", "count"), [(0, 1), (1, 1), (2, 0)])
def test_an_age_opens_exactly_its_invoices(qtbot, shell, busy, context, row: int, count: int) -> None:
    from facturepro.ui.pages.invoices import InvoicesPage

    page = shown(qtbot, shell, context)
    page.ages.rows()[row].clicked.emit()
    _key, argument = shell.opened.pop()
    listed = InvoicesPage(shell, context)
    qtbot.addWidget(listed)
    listed.activate(argument)
    assert listed.model.rowCount() == count == page._figures.receivables.ages[row].count


def test_a_new_payment_changes_only_what_it_concerns(qtbot, shell, busy, context) -> None:
    from facturepro.services import payments

    page = shown(qtbot, shell, context)
    qtbot.waitUntil(lambda: page.chart.chart.chart() is not None)
    chart, month = page.chart.chart.chart(), page.turnover.figure()
    late = next(row for row in invoices.page(busy, invoices.InvoiceFilter(status="overdue")).rows)
    payments.add(busy, late["id"], "1200")
    qtbot.waitUntil(lambda: page.overdue.figure() == "0\u00a0€")
    assert page.overdue.note() == "aucune facture en retard"
    assert page.turnover.figure() == month
    assert page.chart.chart.chart() is chart, "the chart is not drawn again for a payment"


def test_chart_comes_after_the_first_paint_with_a_table_twin(qtbot, shell, busy, context) -> None:
    page = shown(qtbot, shell, context)
    qtbot.waitUntil(lambda: page.chart.chart.chart() is not None)
    assert not page.chart.is_table()
    page.chart.twin_button.click()
    assert page.chart.is_table()
    rows = page.chart.table.rows()
    assert len(rows) == 13
    assert rows[11] == ("novembre", "0\u00a0€", "500\u00a0€")
    assert "novembre : 0" in page.chart.table.accessibleDescription()
    chart = page.chart.chart.chart()
    middle = chart.mapFromScene(chart.getPlotItem().getViewBox().mapViewToScene(QPointF(10.5, 0))).x()
    assert chart.month_at(middle) == 11


def test_checklist_of_a_new_company(qtbot, shell, company, context) -> None:
    page = shown(qtbot, shell, context)
    assert not page.steps.isHidden()
    assert [task.is_done for task in page.steps.tasks()] == [False, True, False, False, False]
    page.steps.row(0).clicked.emit()
    assert shell.opened.pop() == ("settings", "print")
    page._hide_steps()
    again = shown(qtbot, shell, context)
    assert again.steps.isHidden()


def test_the_example_company_says_so(qtbot, shell, company, context) -> None:
    removed = []
    page = shown(qtbot, shell, context, remove_example=lambda: removed.append(True))
    page.banner.button.click()
    assert removed == [True]
    assert not hasattr(shown(qtbot, shell, context), "banner")


def test_ground_and_bars_follow_the_theme(qtbot, shell, busy, context, each_theme) -> None:
    page = shown(qtbot, shell, context)
    qtbot.waitUntil(lambda: page.chart.chart.chart() is not None)
    qtbot.waitUntil(lambda: page.chart.chart.chart().width() < 532)
    image = page.grab().toImage()
    assert image.pixelColor(4, 200) == each_theme.color("surface_2")
    chart = page.chart.chart.chart()
    box = chart.getPlotItem().getViewBox()
    bar = chart.mapFromScene(box.mapViewToScene(QPointF(10.7, 0.2)))  # this year's November
    at = chart.mapTo(page, bar)
    assert image.pixelColor(at) == each_theme.chart("this_year")


@pytest.mark.parametrize(
    ("highest", "wanted"),
    [("34.2", ["0", "10", "20", "30", "40"]), ("0", ["0", "1"]), ("4", ["0", "1", "2", "3", "4"]), ("9.9", None)],
)
def test_round_steps_of_an_axis(highest: str, wanted: list[str] | None) -> None:
    found = ticks(Decimal(highest))
    if wanted is not None:
        assert found == [Decimal(each) for each in wanted]
    assert found[-1] >= Decimal(highest)
    assert len(found) <= 6


def test_change_against_last_year() -> None:
    from facturepro.ui.pages.dashboard_words import change

    rise, fall = change(Decimal(1126), Decimal(1000)), change(Decimal(950), Decimal(1000))
    assert rise is not None and (rise.text, rise.color) == ("+\u00a012,6\u00a0%", "success")
    assert fall is not None and (fall.text, fall.color) == ("\u2212\u00a05,0\u00a0%", "danger")
    assert change(Decimal(5), Decimal(0)) is None
    assert dashboard.WEEKS == 5
