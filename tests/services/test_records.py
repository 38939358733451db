"""The generic verbs where they are particular; what holds for every kind stands in tests/entities."""

from decimal import Decimal as D

import pytest

from facturepro.domain.errors import UserError
from facturepro.services import invoices, records
from facturepro.services.company import OpenCompany
from facturepro.services.records import ListQuery


def test_found_by_id_number_sku_or_exact_name(company: OpenCompany) -> None:
    product = records.create(company, "product", {"name": "Vis", "sku": "V-1"})
    client = records.create(company, "client", {"name": "Ali", "company_name": "ABC"})
    for kind, text, expected in (
        ("product", product["id"], product),
        ("product", " V-1 ", product),
        ("product", "Vis", product),
        ("client", "Ali", client),
        ("client", "ABC", client),
    ):
        assert records.find(company, kind, text)["id"] == expected["id"]
    for kind, text in (("product", ""), ("product", "V"), ("client", "nobody"), ("payment", "x")):
        with pytest.raises(UserError) as caught:
            records.find(company, kind, text)
        assert caught.value.code == "record_unknown"
    records.create(company, "product", {"name": "Vis"})
    with pytest.raises(UserError) as caught:
        records.find(company, "product", "Vis")
    assert caught.value.code == "record_ambiguous"


def test_many_in_the_order_asked(company: OpenCompany) -> None:
    ids = [records.create(company, "client", {"name": name})["id"] for name in "abc"]
    wanted = [ids[2], "unknown", ids[0]]
    assert [row["id"] for row in records.get_many(company, "client", wanted)] == [ids[2], ids[0]]


def test_archived_cards_leave_lists_and_stay_found(company: OpenCompany) -> None:
    made = records.create(company, "client", {"name": "A"})["id"]
    records.update(company, "client", made, {"is_archived": True})
    assert records.count(company, ListQuery("client")) == 0
    assert records.count(company, ListQuery("client", with_archived=True)) == 1
    assert records.find(company, "client", "A")["id"] == made


def test_a_title_is_never_empty(company: OpenCompany) -> None:
    assert records.title("client", records.create(company, "client", {"name": "Ali", "company_name": "ABC"})) == "ABC"
    assert records.title("invoice", invoices.create(company, {"lines": []})) == "sans nom"


def test_a_line_named_twice_is_a_copy(company: OpenCompany) -> None:
    made = invoices.create(company, {"lines": [{"description": "x", "unit_price": "1"}]})
    line = {"id": made["lines"][0]["id"], "description": "x", "unit_price": "1"}
    saved = invoices.save(company, made["id"], {"lines": [line, {**line, "description": "y"}]})
    assert [row["description"] for row in saved["lines"]] == ["x", "y"]
    assert saved["total_net"] == D(2)


def test_a_deleted_draft_is_not_counted(company: OpenCompany) -> None:
    kept, gone = (
        invoices.create(company, {"lines": [{"description": "x", "unit_price": "5"}]})["id"] for _ in range(2)
    )
    records.delete(company, "invoice", gone)
    assert invoices.counts(company) == {"all": 1, "draft": 1, "open": 0, "overdue": 0, "paid": 0}
    assert invoices.sums(company, invoices.InvoiceFilter()) == (1, D(6), D(0))
    assert [row["id"] for row in invoices.page(company, invoices.InvoiceFilter()).rows] == [kept]
    for change in (invoices.save, lambda *args: records.update(*args)):
        with pytest.raises(UserError) as caught:
            change(company, gone, {"notes": "x"}) if change is invoices.save else change(company, "invoice", gone, {})
        assert caught.value.code == "record_unknown"


def test_a_delay_of_payment_is_not_negative(company: OpenCompany) -> None:
    with pytest.raises(UserError) as caught:
        records.create(company, "client", {"name": "A", "payment_days": "-30"})
    assert caught.value.code == "value_invalid"
