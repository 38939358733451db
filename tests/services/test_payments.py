"""Payments add up to what is due, and a wrong one is taken back by its negative."""

from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from facturepro.domain.errors import UserError
from facturepro.services import clients, invoices, issuing, payments, records
from facturepro.services.company import OpenCompany


def issued(company: OpenCompany, amount: str = "100") -> dict[str, Any]:
    client = records.create(company, "client", {"name": "A"})["id"]
    lines = [{"description": "x", "unit_price": amount, "vat_rate": "20"}]
    return issuing.issue(company, invoices.create(company, {"client": client, "lines": lines})["id"])


def test_status_and_due_follow_every_payment(company: OpenCompany) -> None:
    invoice = issued(company)
    seen = []
    for amount in ("0,01", "19,99", "100"):
        payments.add(company, invoice["id"], amount)
        shown = invoices.show(company, invoice["id"])
        seen.append((shown["amount_paid"], shown["amount_due"], shown["status"]))
    assert seen == [
        (D("0.01"), D("119.99"), "partially_paid"),
        (D("20.00"), D("100.00"), "partially_paid"),
        (D("120.00"), D("0.00"), "paid"),
    ]
    assert payments.totals(company) == (3, D("120.00"))
    assert clients.balances(company, [invoice["client_id"]]) == {}


def test_reversal_keeps_both_and_opens_the_invoice_again(company: OpenCompany) -> None:
    invoice = issued(company)
    first = payments.add(company, invoice["id"], "120", "check", note="n° 42")
    reversal = payments.reverse(company, first["id"], date(2026, 11, 25))
    assert (reversal["amount"], reversal["reverses_id"], reversal["method"]) == (D("-120.00"), first["id"], "check")
    assert reversal["paid_on"] == date(2026, 11, 25)
    assert invoices.show(company, invoice["id"])["status"] == "issued"
    assert [row["amount"] for row in payments.for_invoice(company, invoice["id"])] == [D(120), D(-120)]
    assert payments.totals(company) == (2, D(0))
    for wrong in (first["id"], reversal["id"]):
        with pytest.raises(UserError) as caught:
            payments.reverse(company, wrong)
        assert caught.value.code == "payment_already_reversed"
    with pytest.raises(UserError) as caught:
        payments.reverse(company, "unknown")
    assert caught.value.code == "record_unknown"
    assert payments.add(company, invoice["id"], "120")["amount"] == D(120)


def test_a_chain_links_every_payment(company: OpenCompany) -> None:
    invoice = issued(company)
    made = [payments.add(company, invoice["id"], amount) for amount in ("1", "2", "3")]
    made.append(payments.reverse(company, made[0]["id"]))
    assert [row["chain_position"] for row in made] == [1, 2, 3, 4]
    assert [row["previous_hash"] for row in made] == ["", *(row["hash"] for row in made[:3])]
    for row in made:
        assert row["hash"] == payments.seal_hash(row["previous_hash"], row)


def test_pages_join(company: OpenCompany) -> None:
    invoice = issued(company)
    for number in range(7):
        payments.add(company, invoice["id"], "1", on=date(2026, 11, 20) + timedelta(days=number // 3))
    seen: list[str] = []
    cursor = None
    while True:
        page = payments.page(company, cursor, limit=2)
        seen += [row["id"] for row in page.rows]
        cursor = page.next
        if cursor is None:
            break
    assert seen == [row["id"] for row in payments.page(company, limit=100).rows]
    assert len(set(seen)) == 7
    assert {row["invoice_number"] for row in payments.by_ids(company, seen[:2])} == {invoice["number"]}


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"amount": "0,001"}, "amount_not_positive"),
        ({"amount": "120,01"}, "payment_too_large"),
        ({"amount": "1", "method": "gold"}, "value_invalid"),
        ({"amount": "1", "on": "31/11/2026"}, "date_invalid"),
        ({"amount": ""}, "amount_not_positive"),
    ],
)
def test_impossible_payments_are_refused(company: OpenCompany, values: dict[str, Any], code: str) -> None:
    invoice = issued(company)
    with pytest.raises(UserError) as caught:
        payments.add(company, invoice["id"], **values)
    assert caught.value.code == code
    assert payments.totals(company) == (0, D(0))
