"""Every sum of the dashboard against plain Python over the records."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from facturepro.db.queries.listing import ListQuery
from facturepro.services import dashboard, invoices, issuing, payments, records, stock
from facturepro.services.company import OpenCompany, update_settings

TODAY = date(2026, 11, 20)
# (issued on, net, days to pay, client)
ISSUED = [
    (date(2025, 10, 1), "1000", 30, 0),
    (date(2025, 11, 10), "400", 30, 1),
    (date(2025, 11, 20), "100", 30, 1),
    (date(2025, 11, 21), "7000", 365, 2),
    (date(2026, 1, 5), "250.55", 30, 0),
    (date(2026, 7, 1), "80", 4, 1),
    (date(2026, 8, 25), "640", 10, 0),
    (date(2026, 9, 30), "90", 15, 0),
    (date(2026, 10, 21), "120", 30, 1),
    (date(2026, 11, 2), "300", 10, 1),
    (date(2026, 11, 19), "1200", 3, 2),
    (date(2026, 11, 20), "60", 12, 2),
]


@pytest.fixture
def clients(company: OpenCompany) -> list[str]:
    made = []
    for name in ("Hôtel Beaurepaire", "Menuiserie Le Goff", "Studio Okapi"):
        values = {"company_name": name, "name": name, "address": "1 rue", "postcode": "59000", "city": "Lille"}
        made.append(records.create(company, "client", values)["id"])
    return made


def draft(company: OpenCompany, client: str, net: str, issued: date | None = None, days: int = 30) -> str:
    values: dict[str, Any] = {"client_id": client, "lines": [{"description": "Pose", "unit_price": net}]}
    if issued:
        values |= {"issued_on": issued, "due_on": issued + timedelta(days=days), "delivered_on": issued}
    return str(invoices.create(company, values)["id"])


@pytest.fixture
def busy(company: OpenCompany, clients: list[str]) -> OpenCompany:
    for issued, net, days, client in ISSUED:
        invoice = draft(company, clients[client], net, issued, days)
        issuing.issue(company, invoice, issued)
    paid = [row for row in all_invoices(company) if row["issued_on"] in (date(2025, 10, 1), date(2026, 11, 2))]
    payments.add(company, paid[0]["id"], paid[0]["amount_due"])
    payments.add(company, paid[1]["id"], "100")
    draft(company, clients[0], "999")
    return company


def all_invoices(company: OpenCompany) -> list[dict[str, Any]]:
    return records.page(company, ListQuery("invoice"), limit=1000).rows


def issued_rows(company: OpenCompany) -> list[dict[str, Any]]:
    return [row for row in all_invoices(company) if row["number"]]


def test_an_empty_company_has_only_zeros(company: OpenCompany) -> None:
    found = dashboard.figures(company)
    assert found.turnover.to_date == found.receivables.total.total == found.drafts.total == 0
    assert len(found.turnover.months) == 12
    assert len(found.weeks) == dashboard.WEEKS
    assert found.best_clients == found.low_stock == ()
    assert dashboard.StockValue(company).total() == 0


def test_turnover_is_the_sum_of_issued_invoices(busy: OpenCompany) -> None:
    rows = issued_rows(busy)
    turnover = dashboard.figures(busy).turnover
    for month in turnover.months:
        for year, value in ((2026, month.this_year), (2025, month.last_year)):
            wanted = [
                r["total_net"] for r in rows if (r["issued_on"].year, r["issued_on"].month) == (year, month.month)
            ]
            assert value == sum(wanted, Decimal(0))
    assert turnover.months[10].last_year == Decimal(7500)
    assert turnover.month == Decimal(1560)
    assert turnover.month_before == Decimal(500), "the 21st of last year's November is not in the same period"
    assert turnover.to_date == sum((r["total_net"] for r in rows if r["issued_on"].year == 2026), Decimal(0))
    assert turnover.to_date_before == Decimal(1500)


def test_receivables_and_their_ages(busy: OpenCompany) -> None:
    rows = [row for row in issued_rows(busy) if row["status"] in ("issued", "partially_paid")]
    found = dashboard.figures(busy).receivables
    assert found.total.total == sum(row["amount_due"] for row in rows)
    assert found.total.count == len(rows) == 11
    late = {row["id"]: (TODAY - row["due_on"]).days for row in rows}
    ranges = [(-9999, 0), (1, 30), (31, 60), (61, 90), (91, 9999)]
    for (low, high), age in zip(ranges, found.ages, strict=True):
        inside = [row for row in rows if low <= late[row["id"]] <= high]
        assert (age.total, age.count) == (sum(row["amount_due"] for row in inside), len(inside))
        assert inside, "every age has a row in this data"
    assert found.overdue.count == sum(1 for days in late.values() if days > 0)
    assert found.overdue.total == sum(row["amount_due"] for row in rows if late[row["id"]] > 0)
    assert found.oldest == max(late.values())
    assert sum(age.total for age in found.ages) == found.total.total


def test_each_age_opens_the_invoices_it_counts(busy: OpenCompany) -> None:
    rows = [row for row in issued_rows(busy) if row["status"] in ("issued", "partially_paid")]
    for age in dashboard.figures(busy).receivables.ages:
        opens = age.opens
        inside = [
            row
            for row in rows
            if (opens.due_start is None or row["due_on"] >= opens.due_start)
            and (opens.due_end is None or row["due_on"] <= opens.due_end)
        ]
        assert (sum(row["amount_due"] for row in inside), len(inside)) == (age.total, age.count)


def test_weeks_run_from_today_and_hold_what_falls_due(busy: OpenCompany) -> None:
    weeks = dashboard.figures(busy).weeks
    assert (weeks[0].start, weeks[0].end) == (TODAY, date(2026, 11, 22))
    assert (weeks[1].start, weeks[1].end) == (date(2026, 11, 23), date(2026, 11, 29))
    rows = [row for row in issued_rows(busy) if row["status"] in ("issued", "partially_paid")]
    for week in weeks:
        inside = [row["amount_due"] for row in rows if week.start <= row["due_on"] <= week.end]
        assert (week.amount.total, week.amount.count) == (sum(inside, Decimal(0)), len(inside))
    assert weeks[0].amount.count == 3
    assert weeks[2].amount.total == Decimal(72)


def test_best_clients_over_twelve_months(busy: OpenCompany, clients: list[str]) -> None:
    found = dashboard.figures(busy).best_clients
    since = date(2025, 11, 21)
    wanted: dict[str, Decimal] = {}
    for row in issued_rows(busy):
        if row["issued_on"] >= since:
            wanted[row["client_id"]] = wanted.get(row["client_id"], Decimal(0)) + row["total_net"]
    assert [(client.id, client.net) for client in found] == sorted(wanted.items(), key=lambda item: -item[1])
    assert found[0].name == "Studio Okapi"
    assert found[0].opens == dashboard.Opens("clients", record_id=clients[2])


def test_drafts_to_finish_leave_deleted_ones_out(busy: OpenCompany, clients: list[str]) -> None:
    gone = draft(busy, clients[1], "5")
    records.delete(busy, "invoice", gone)
    found = dashboard.figures(busy).drafts
    assert (found.count, found.total) == (1, Decimal("1198.80"))
    assert found.opens.state == "draft"


def test_low_stock_and_value(company: OpenCompany) -> None:
    made = []
    for name, minimum, cost in (("Huile", "8", "38.46"), ("Vis", "30", "0.12"), ("Colle", "0", "9")):
        values = {"name": name, "min_stock": minimum, "cost": cost}
        made.append(records.create(company, "product", values))
    records.create(company, "product", {"name": "Pose", "type": "service"})
    stock.move(company, made[0]["id"], "5", unit_cost="30", on=date(2026, 11, 1))
    stock.move(company, made[0]["id"], "5", unit_cost="41.37", on=date(2026, 11, 3))
    stock.move(company, made[0]["id"], "-6", reason="sale", on=date(2026, 11, 4))
    stock.move(company, made[1]["id"], "31")
    for quantity, cost in (("-4", None), ("3", "9.3333"), ("7", "8.01"), ("-2", None), ("1", None)):
        stock.move(company, made[2]["id"], quantity, unit_cost=cost, on=date(2026, 11, 5))
    found = dashboard.figures(company)
    assert (found.low_count, found.goods_count) == (1, 3)
    assert [(low.name, low.available, low.minimum) for low in found.low_stock] == [("Huile", Decimal(4), Decimal(8))]
    value = dashboard.StockValue(company)
    assert value.total() == sum(row["value"] for row in stock.all_valuations(company))
    assert value.total() == Decimal("146.46") + stock.product_valuation(company, made[2])["value"]


def test_stock_value_reads_again_only_what_changed(company: OpenCompany, monkeypatch: Any) -> None:
    product = records.create(company, "product", {"name": "Huile", "cost": "10"})
    value = dashboard.StockValue(company)
    stock.move(company, product["id"], "2")
    assert value.total() == Decimal(20)
    stock.move(company, product["id"], "1")
    asked = []
    monkeypatch.setattr(dashboard.queries, "entries_of", lambda _session, ids: asked.append(list(ids)) or ())
    assert dashboard.StockValue.total(value) == 0, "the changed product is read again"
    assert value.total() == 0
    assert asked == [[product["id"]], []]
    monkeypatch.undo()
    value.forget([product["id"]])
    assert value.total() == Decimal(30)
    records.update(company, "product", product["id"], {"is_archived": True})
    assert value.total() == 0


def test_checklist(company: OpenCompany, clients: list[str]) -> None:
    steps = {step.key: step.is_done for step in dashboard.setup_steps(company)}
    assert steps == {"logo": False, "iban": True, "client": True, "invoice": False, "cloud": False}
    update_settings(company, {"iban": ""})
    issuing.issue(company, draft(company, clients[0], "10", TODAY), TODAY)
    steps = {step.key: step.is_done for step in dashboard.setup_steps(company, is_in_cloud=True)}
    assert steps == {"logo": False, "iban": False, "client": True, "invoice": True, "cloud": True}


@pytest.mark.parametrize(
    ("today", "before"),
    [(date(2028, 2, 29), date(2027, 2, 28)), (date(2026, 11, 20), date(2025, 11, 20))],
)
def test_same_day_a_year_before(today: date, before: date) -> None:
    assert dashboard._a_year_before(today) == before


def test_twelve_months_back(company: OpenCompany) -> None:
    assert dashboard._months_before(date(2026, 11, 20), 12) == date(2025, 11, 21)
    assert dashboard._months_before(date(2026, 3, 31), 1) == date(2026, 3, 1)
    assert dashboard._months_before(date(2026, 1, 31), 12) == date(2025, 2, 1)
