"""The bin: newest first, thirty days."""

import pytest

from facturepro.domain.errors import UserError
from facturepro.services import invoices, records, recycling
from facturepro.services.company import OpenCompany
from tests.conftest import Clock


def test_newest_first_of_every_kind_with_words(company: OpenCompany, clock: Clock) -> None:
    client = records.create(company, "client", {"name": "Ali", "company_name": "ABC"})["id"]
    product = records.create(company, "product", {"name": "Vis"})["id"]
    draft = invoices.create(company, {"client": client, "lines": []})["id"]
    for kind, record in (("product", product), ("invoice", draft), ("client", client)):
        records.delete(company, kind, record)
        clock.advance(minutes=1)
    found = recycling.deleted(company)
    assert [(row["kind"], row["kind_label"], row["title"]) for row in found] == [
        ("client", "Client", "ABC"),
        ("invoice", "Facture", "Brouillon, ABC"),
        ("product", "Produit", "Vis"),
    ]
    assert recycling.deleted(company, limit=1) == found[:1]
    recycling.restore(company, "invoice", draft)
    assert [row["kind"] for row in recycling.deleted(company)] == ["client", "product"]


def test_after_thirty_days_it_is_no_longer_shown(company: OpenCompany, clock: Clock) -> None:
    made = records.create(company, "client", {"name": "A"})["id"]
    records.delete(company, "client", made)
    clock.advance(days=29, hours=23)
    assert len(recycling.deleted(company)) == 1
    clock.advance(hours=2)
    assert recycling.deleted(company) == []


def test_what_never_was_cannot_come_back(company: OpenCompany) -> None:
    with pytest.raises(UserError) as caught:
        recycling.restore(company, "client", "unknown")
    assert caught.value.code == "record_unknown"
