"""Stock is the sum of its movements, and is worth what they say."""

import json
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from facturepro.db.queries import stock as queries
from facturepro.domain.errors import UserError
from facturepro.services import invoices, issuing, records, stock
from facturepro.services.catalog import MAIN_WAREHOUSE_ID
from facturepro.services.company import OpenCompany


def good(company: OpenCompany, **values: Any) -> dict[str, Any]:
    return records.create(company, "product", {"name": "Vis", "sku": "V", "price": "10", **values})


def worth(company: OpenCompany, product: dict[str, Any], method: str, on: date | None = None) -> tuple[D, D, D]:
    found = stock.product_valuation(company, product, method, on)
    return found["quantity"], found["unit_cost"], found["value"]


def test_cump_and_fifo_by_hand(company: OpenCompany) -> None:
    """10 at 2.00, 10 at 3.00, 12 sold, 8 at 4.00, 5 sold."""
    product = good(company)["id"]
    for quantity, cost, day in (("10", "2", 1), ("10", "3", 2), ("-12", None, 3), ("8", "4", 4), ("-5", None, 5)):
        stock.move(company, product, quantity, "receipt" if cost else "sale", unit_cost=cost, on=date(2026, 1, day))
    record = records.get(company, "product", product)
    # CUMP: 20 at 2.50; 8 left = 20.00; with 8 at 4.00: 52.00 / 16 = 3.25; 11 left = 35.75
    assert worth(company, record, "cump") == (D(11), D("3.2500"), D("35.75"))
    # FIFO: 8 at 3.00 left after 12; 5 more sold: 3 at 3.00 and 8 at 4.00
    assert worth(company, record, "fifo") == (D(11), D("3.7273"), D("41.00"))
    assert worth(company, record, "cump", date(2026, 1, 3)) == (D(8), D("2.5000"), D("20.00"))
    assert worth(company, record, "fifo", date(2026, 1, 3)) == (D(8), D("3.0000"), D("24.00"))
    assert [row["value"] for row in stock.all_valuations(company, "fifo")] == [D("41.00")]


def test_a_transfer_changes_places_not_worth(company: OpenCompany) -> None:
    product = good(company)["id"]
    other = records.create(company, "warehouse", {"name": "Dépôt"})["id"]
    stock.move(company, product, "10", unit_cost="1", on=date(2026, 1, 1))
    stock.move(company, product, "10", unit_cost="2", on=date(2026, 1, 2))
    record = records.get(company, "product", product)
    before = [worth(company, record, method) for method in ("cump", "fifo")]
    stock.transfer(company, product, "10", MAIN_WAREHOUSE_ID, other)
    assert [worth(company, record, method) for method in ("cump", "fifo")] == before
    assert stock.levels(company, [product]) == {product: {MAIN_WAREHOUSE_ID: D(10), other: D(10)}}
    assert stock.total(company, product) == D(20)
    stock.move(company, product, "-10", "sale")
    assert worth(company, record, "fifo")[2] == D("20.00")  # the oldest left, wherever they lay


def test_a_return_is_worth_what_the_stock_is_worth(company: OpenCompany) -> None:
    product = good(company, cost="9")["id"]
    stock.move(company, product, "10", unit_cost="2")
    stock.move(company, product, "-4", "sale")
    stock.move(company, product, "1", "return")
    stock.move(company, product, "1", "count")
    assert worth(company, records.get(company, "product", product), "cump") == (D(8), D("2.0000"), D("16.00"))
    received = stock.move(company, product, "2")
    assert received["unit_cost"] == D(9)  # a receipt without a price is at the product's cost


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"quantity": "0"}, "quantity_negative"),
        ({"quantity": "1000000"}, "quantity_absurd"),
        ({"quantity": "-1000000"}, "quantity_absurd"),
        ({"quantity": "douze"}, "amount_invalid"),
        ({"reason": "theft"}, "value_invalid"),
        ({"unit_cost": "x"}, "amount_invalid"),
        ({"product_id": "unknown"}, "record_unknown"),
        ({"warehouse_id": "unknown"}, "record_unknown"),
    ],
)
def test_impossible_movements(company: OpenCompany, wrong: dict[str, Any], code: str) -> None:
    given = {"product_id": good(company)["id"], "quantity": "1", **wrong}
    with pytest.raises(UserError) as caught:
        stock.move(company, **given)
    assert caught.value.code == code
    assert stock.movements(company) == []


def test_impossible_transfers(company: OpenCompany) -> None:
    product = good(company)["id"]
    service = good(company, kind="service")["id"]
    other = records.create(company, "warehouse", {"name": "Dépôt"})["id"]
    for arguments, code in (
        ((product, "1", MAIN_WAREHOUSE_ID, MAIN_WAREHOUSE_ID), "transfer_same_place"),
        ((product, "-1", MAIN_WAREHOUSE_ID, other), "quantity_negative"),
        ((product, "0", MAIN_WAREHOUSE_ID, other), "quantity_negative"),
        ((product, "1", MAIN_WAREHOUSE_ID, "unknown"), "record_unknown"),
        (("unknown", "1", MAIN_WAREHOUSE_ID, other), "record_unknown"),
        ((service, "1", MAIN_WAREHOUSE_ID, other), "value_invalid"),
    ):
        with pytest.raises(UserError) as caught:
            stock.transfer(company, *arguments)
        assert caught.value.code == code
    assert stock.movements(company) == []


def test_states_are_counted_and_listed_alike(company: OpenCompany) -> None:
    low = good(company, name="Bas", min_stock="5")["id"]
    exact = good(company, name="Juste", min_stock="5")["id"]
    negative = good(company, name="Négatif")["id"]
    unmoved = good(company, name="Neuf")["id"]
    good(company, name="Conseil", kind="service", min_stock="5")
    stock.move(company, low, "4.999")
    stock.move(company, exact, "5")
    stock.move(company, negative, "-1", "sale")
    expected = {
        "": {low, exact, negative, unmoved},
        "low": {low, negative},
        "negative": {negative},
        "unmoved": {unmoved},
    }
    for state, ids in expected.items():
        assert {row["id"] for row in stock.page(company, state).rows} == ids
        assert stock.counts(company)[state or "all"] == len(ids)
    records.update(company, "product", low, {"is_archived": True})
    assert stock.counts(company)["low"] == 1
    with company.db.read() as session:
        assert [row["id"] for row in queries.low_stock(session, 5)] == [negative]
        assert queries.recomputed_levels(session) == []


def test_pages_and_history(company: OpenCompany) -> None:
    ids = [good(company, name=f"Vis {number % 2}")["id"] for number in range(5)]
    seen: list[str] = []
    cursor = None
    while True:
        page = stock.page(company, after=cursor, limit=2)
        seen += [row["id"] for row in page.rows]
        cursor = page.next
        if cursor is None:
            break
    assert sorted(seen) == sorted(ids)
    for quantity, day in (("3", 2), ("-1", 2), ("4", 1), ("-2.5", 5)):
        stock.move(company, ids[0], quantity, on=date(2026, 1, day))
    assert stock.history(company, ids[0]) == [
        (date(2026, 1, 1), D(4)),
        (date(2026, 1, 2), D(6)),
        (date(2026, 1, 5), D("3.5")),
    ]
    assert [row["quantity"] for row in stock.movements(company, ids[0])] == [D("-2.5"), D(-1), D(3), D(4)]


def test_the_main_warehouse_stays(company: OpenCompany) -> None:
    with pytest.raises(UserError) as caught:
        records.delete(company, "warehouse", MAIN_WAREHOUSE_ID)
    assert caught.value.code == "record_needed"


def test_a_client_in_the_bin_gets_no_paper(company: OpenCompany) -> None:
    client = records.create(company, "client", {"name": "A"})["id"]
    made = invoices.create(company, {"client": client, "lines": [{"description": "x", "unit_price": "1"}]})
    records.delete(company, "client", client)
    with pytest.raises(UserError) as caught:
        issuing.issue(company, made["id"])
    assert caught.value.code == "invoice_no_client"
    records.restore(company, "client", client)
    assert issuing.issue(company, made["id"])["number"]


def test_a_draft_made_before_the_exemption_is_issued_without_vat(company: OpenCompany) -> None:
    """What stands in the rows is what the paper shows."""
    from facturepro.services.company import update_settings

    client = records.create(company, "client", {"name": "A"})["id"]
    made = invoices.create(company, {"client": client, "lines": [{"description": "x", "unit_price": "100"}]})
    assert made["total_vat"] == D(20)
    update_settings(company, {"vat_regime": "franchise"})
    issued = issuing.issue(company, made["id"])
    assert (issued["total_vat"], issued["total_gross"], issued["amount_due"]) == (D(0), D(100), D(100))
    assert json.loads(issued["snapshot"])["totals"]["gross"] == "100"
