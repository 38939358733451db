"""Drafts, issuing, freezing, numbers, payments and the stock that follows."""

import sqlite3
from contextlib import closing
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from facturepro.db import catalog
from facturepro.domain.errors import UserError
from facturepro.services import document_store, invoices, issuing, payments, records, stock
from facturepro.services.company import DATABASE_NAME, OpenCompany, update_settings
from facturepro.services.invoices import InvoiceFilter
from tests.conftest import Clock


@pytest.fixture
def client(company: OpenCompany) -> dict[str, Any]:
    values = {"name": "Ali Benali", "company_name": "ABC SARL", "email": "ali@abc.com", "phone": "0600000000"}
    return records.create(company, "client", values)


@pytest.fixture
def product(company: OpenCompany) -> dict[str, Any]:
    made = records.create(company, "product", {"name": "Vis", "sku": "V1", "price": "12,50", "vat": "20"})
    stock.move(company, made["id"], "40", "receipt", unit_cost="4,20")
    return made


def draft(company: OpenCompany, client: dict[str, Any], product: dict[str, Any], **extra: Any) -> dict[str, Any]:
    lines = [
        {"product": product["id"], "quantity": "2", "discount": "5"},
        {"description": "Pose", "quantity": "1", "unit_price": "450"},
        {"description": "Livre", "quantity": "1", "unit_price": "10", "vat_rate": "5.5"},
    ]
    return invoices.create(company, {"client": client["id"], "lines": lines, **extra})


def test_a_draft_has_totals_and_no_number(company: OpenCompany, client: Any, product: Any) -> None:
    made = draft(company, client, product)
    assert (made["total_net"], made["total_vat"], made["total_gross"]) == (D("483.75"), D("95.30"), D("579.05"))
    assert (made["number"], made["status"], made["amount_due"]) == (None, "draft", D(0))
    assert [line["net"] for line in made["lines"]] == [D("23.75"), D("450.00"), D("10.00")]
    assert made["client_name"] == "ABC SARL"


def test_saving_keeps_known_lines_and_their_order(company: OpenCompany, client: Any, product: Any) -> None:
    made = draft(company, client, product)
    first, second, third = made["lines"]
    kept = {key: third[key] for key in ("id", "description", "quantity", "unit_price", "vat_rate")}
    saved = invoices.save(company, made["id"], {"lines": [kept, {**kept, "id": second["id"], "description": "Repose"}]})
    assert [line["id"] for line in saved["lines"]] == [third["id"], second["id"]]
    assert saved["lines"][1]["description"] == "Repose"
    assert first["id"] not in {line["id"] for line in saved["lines"]}
    assert saved["total_net"] == D("20.00")


def test_issuing_numbers_freezes_seals_and_moves_the_stock(company: OpenCompany, client: Any, product: Any) -> None:
    issued = issuing.issue(company, draft(company, client, product)["id"])
    assert issued["number"] == "FA-2026-A0001"
    assert issued["status"] == "issued"
    assert issued["amount_due"] == D("579.05")
    assert len(issued["hash"]) == 64
    assert issued["issued_on"] == date(2026, 11, 20)
    assert issued["due_on"] == date(2026, 12, 20)
    assert stock.total(company, product["id"]) == D(38)
    movement = stock.movements(company, product["id"])[0]
    assert (movement["reason"], movement["document_number"]) == ("sale", "FA-2026-A0001")
    with pytest.raises(UserError) as caught:
        invoices.save(company, issued["id"], {"notes": "changed"})
    assert caught.value.code == "invoice_frozen"
    with pytest.raises(UserError) as caught:
        issuing.issue(company, issued["id"])
    assert caught.value.code == "invoice_already_issued"
    assert invoices.save(company, issued["id"], {"internal_note": "à relancer"})["internal_note"] == "à relancer"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE invoice SET notes = 'x'",
        "UPDATE invoice SET number = 'FA-2026-A0009'",
        "UPDATE invoice SET deleted_at = '2026-11-20T00:00:00.000Z'",
        "UPDATE invoice_line SET quantity = 1",
        "DELETE FROM invoice_line",
        "DELETE FROM invoice",
        "INSERT INTO invoice_line (id, invoice_id, description) SELECT 'x', id, 'y' FROM invoice",
        "UPDATE payment SET amount = 1",
        "DELETE FROM payment",
        "UPDATE stock_movement SET quantity = 1",
        "DELETE FROM stock_movement",
    ],
)
def test_raw_sql_cannot_change_what_is_issued(company: OpenCompany, client: Any, product: Any, statement: str) -> None:
    issued = issuing.issue(company, draft(company, client, product)["id"])
    payments.add(company, issued["id"], "100")
    with closing(sqlite3.connect(company.folder / DATABASE_NAME)) as raw, pytest.raises(sqlite3.IntegrityError):
        raw.execute(statement)


def test_numbers_follow_each_other_without_gaps(company: OpenCompany, client: Any, product: Any, clock: Clock) -> None:
    numbers = [issuing.issue(company, draft(company, client, product)["id"])["number"] for _ in range(3)]
    assert numbers == ["FA-2026-A0001", "FA-2026-A0002", "FA-2026-A0003"]
    clock.advance(days=60)
    assert issuing.issue(company, draft(company, client, product)["id"])["number"] == "FA-2027-A0001"


def test_a_failed_issue_takes_no_number(
    company: OpenCompany, client: Any, product: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = draft(company, client, product)

    def full(*_args: Any) -> None:
        raise UserError("disk_full")

    with monkeypatch.context() as patched:
        patched.setattr(document_store, "write_file", full)
        with pytest.raises(UserError, match="disque est plein"):
            issuing.issue(company, made["id"])
    assert invoices.show(company, made["id"])["number"] is None
    assert stock.total(company, product["id"]) == D(40)
    assert issuing.issue(company, made["id"])["number"] == "FA-2026-A0001"


def test_dates_of_a_series_never_go_back(company: OpenCompany, client: Any, product: Any) -> None:
    issuing.issue(company, draft(company, client, product)["id"], date(2026, 11, 20))
    with pytest.raises(UserError, match="chronologique") as caught:
        issuing.issue(company, draft(company, client, product)["id"], date(2026, 11, 19))
    assert caught.value.code == "date_before_last"


def test_what_is_missing_is_named(company: OpenCompany, client: Any) -> None:
    empty = invoices.create(company, {"client": client["id"], "lines": []})
    with pytest.raises(UserError) as caught:
        issuing.issue(company, empty["id"])
    assert caught.value.code == "invoice_empty"
    nobody = invoices.create(company, {"lines": [{"description": "x", "unit_price": "1"}]})
    with pytest.raises(UserError) as caught:
        issuing.issue(company, nobody["id"])
    assert caught.value.code == "invoice_no_client"
    update_settings(company, {"siren": ""})
    named = invoices.create(company, {"client": client["id"], "lines": [{"description": "x", "unit_price": "1"}]})
    with pytest.raises(UserError, match="SIREN"):
        issuing.issue(company, named["id"])
    fields = {mention.field for mention in issuing.missing_mentions(company, named)}
    assert {"seller.siren", "client.siren", "client.address", "delivered_on"} <= fields


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ({"description": "x", "quantity": "0"}, "line_invalid"),
        ({"description": "x", "quantity": "-1"}, "line_invalid"),
        ({"description": "x", "quantity": "5000000"}, "line_invalid"),
        ({"description": "x", "quantity": "1,2,3"}, "line_invalid"),
        ({"description": "x", "unit_price": "-5"}, "line_invalid"),
        ({"description": "x", "vat_rate": "19.6"}, "line_invalid"),
        ({"description": "x", "discount": "101"}, "line_invalid"),
        ({"description": ""}, "line_invalid"),
        ({"product": "unknown"}, "line_invalid"),
        ({"description": "x", "colour": "red"}, "line_invalid"),
    ],
)
def test_impossible_lines_are_refused_and_nothing_is_written(
    company: OpenCompany, client: Any, line: dict[str, Any], code: str
) -> None:
    with pytest.raises(UserError) as caught:
        invoices.create(company, {"client": client["id"], "lines": [line]})
    assert caught.value.code == code
    assert invoices.counts(company)["all"] == 0


def test_payments_move_the_status_and_can_be_reversed(company: OpenCompany, client: Any, product: Any) -> None:
    issued = issuing.issue(company, draft(company, client, product)["id"])
    payments.add(company, issued["id"], "79,05", "card")
    assert invoices.show(company, issued["id"])["status"] == "partially_paid"
    assert invoices.show(company, issued["id"])["amount_due"] == D("500.00")
    with pytest.raises(UserError) as caught:
        payments.add(company, issued["id"], "500,01")
    assert caught.value.code == "payment_too_large"
    rest = payments.add(company, issued["id"], "500")
    assert invoices.show(company, issued["id"])["status"] == "paid"
    payments.reverse(company, rest["id"])
    assert invoices.show(company, issued["id"])["amount_due"] == D("500.00")
    with pytest.raises(UserError) as caught:
        payments.reverse(company, rest["id"])
    assert caught.value.code == "payment_already_reversed"
    assert [row["is_reversed"] for row in payments.page(company).rows] == [0, 1, 0]


@pytest.mark.parametrize("amount", ["0", "-5", "abc"])
def test_impossible_payments(company: OpenCompany, client: Any, product: Any, amount: str) -> None:
    issued = issuing.issue(company, draft(company, client, product)["id"])
    with pytest.raises(UserError):
        payments.add(company, issued["id"], amount)
    assert payments.totals(company)[0] == 0


def test_a_draft_takes_no_payment(company: OpenCompany, client: Any, product: Any) -> None:
    with pytest.raises(UserError) as caught:
        payments.add(company, draft(company, client, product)["id"], "1")
    assert caught.value.code == "invoice_not_issued"


def test_the_kept_paper_is_the_same_each_time(company: OpenCompany, client: Any, product: Any) -> None:
    issued = issuing.issue(company, draft(company, client, product)["id"])
    first = document_store.pdf(company, issued["id"])
    assert first.startswith(b"%PDF-")
    records.update(company, "client", client["id"], {"company_name": "Autre nom"})
    update_settings(company, {"name": "Nouvelle enseigne"})
    assert document_store.pdf(company, issued["id"]) == first
    for kept in company.documents_dir.rglob("*.pdf"):
        kept.unlink()
    assert document_store.pdf(company, issued["id"]) == first  # rendered again from the frozen content
    assert invoices.show(company, issued["id"])["client_name"] == "ABC SARL"


def test_filters_counts_and_search(company: OpenCompany, client: Any, product: Any, clock: Clock) -> None:
    late = issuing.issue(company, draft(company, client, product, due="2026-11-21")["id"])
    open_ = issuing.issue(company, draft(company, client, product)["id"])
    draft(company, client, product)
    payments.add(company, open_["id"], open_["amount_due"])
    clock.advance(days=3)
    assert invoices.counts(company) == {"all": 3, "draft": 1, "open": 1, "overdue": 1, "paid": 1}
    assert [row["id"] for row in invoices.page(company, InvoiceFilter(status="overdue")).rows] == [late["id"]]
    assert len(invoices.page(company, InvoiceFilter(text="abc sàrl")).rows) == 3
    assert [row["id"] for row in invoices.page(company, InvoiceFilter(text="a0002")).rows] == [open_["id"]]
    assert invoices.page(company, InvoiceFilter(minimum=D(600))).rows == []
    assert invoices.sums(company, InvoiceFilter(status="open")) == (1, D("579.05"), D("579.05"))


@pytest.mark.parametrize("sort", ["sort_on", "number", "client_name", "due_on", "total_gross", "status"])
@pytest.mark.parametrize("descending", [True, False])
def test_pages_join_without_gap_or_double(
    company: OpenCompany, client: Any, product: Any, sort: str, descending: bool
) -> None:
    for index in range(7):
        made = draft(company, client, product)
        if index % 2:
            issuing.issue(company, made["id"])
    seen: list[str] = []
    cursor = None
    while True:
        page = invoices.page(company, InvoiceFilter(), sort, descending, cursor, limit=2)
        seen += [row["id"] for row in page.rows]
        if page.next is None:
            break
        cursor = page.next
    whole = [row["id"] for row in invoices.page(company, InvoiceFilter(), sort, descending, limit=100).rows]
    assert seen == whole
    assert len(set(seen)) == 7


def test_franchise_shows_no_vat(company: OpenCompany, client: Any, product: Any) -> None:
    update_settings(company, {"vat_regime": "franchise"})
    issued = issuing.issue(company, draft(company, client, product)["id"])
    assert issued["total_vat"] == D(0)
    assert issued["total_gross"] == issued["total_net"]
    assert "293 B" in issued["snapshot"]


def test_a_used_client_is_archived_not_deleted(company: OpenCompany, client: Any, product: Any) -> None:
    issuing.issue(company, draft(company, client, product)["id"])
    for kind, record in (("client", client), ("product", product)):
        with pytest.raises(UserError) as caught:
            records.delete(company, kind, record["id"])
        assert caught.value.code == "record_in_use"
        assert records.update(company, kind, record["id"], {"is_archived": True})["is_archived"] is True


def test_the_paper_is_french_whatever_the_window_speaks(company: OpenCompany, client: Any, product: Any) -> None:
    from facturepro import i18n

    i18n.set_language("en")
    try:
        snapshot = issuing.issue(company, draft(company, client, product)["id"])["snapshot"]
    finally:
        i18n.set_language("fr")
    assert '"language":"fr"' in snapshot
    assert "Règlement à 30 jours" in snapshot
    assert "20\u202f000" in snapshot


def test_a_year_typed_wrong_is_refused(company: OpenCompany, client: Any, product: Any) -> None:
    made = draft(company, client, product)
    with pytest.raises(UserError) as caught:
        issuing.issue(company, made["id"], date(2062, 11, 20))
    assert caught.value.code == "date_too_far"
    assert invoices.show(company, made["id"])["number"] is None


def test_what_an_issued_document_names_is_archived_when_it_was_deleted_meanwhile(
    company: OpenCompany, client: Any, product: Any
) -> None:
    made = draft(company, client, product)

    def deleted_elsewhere(kind: str, record_id: str) -> None:
        with company.db.write(origin="remote") as work:
            work.get(catalog.entity(kind).model, record_id).deleted_at = work.now

    deleted_elsewhere("client", client["id"])
    with pytest.raises(UserError) as caught:  # for whom, has to be said again
        issuing.issue(company, made["id"])
    assert caught.value.code == "invoice_no_client"
    records.restore(company, "client", client["id"])
    deleted_elsewhere("product", product["id"])
    assert issuing.issue(company, made["id"])["number"] == "FA-2026-A0001"
    found = records.get(company, "product", product["id"])
    assert found["deleted_at"] is None and found["is_archived"] is True
