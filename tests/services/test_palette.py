"""A few best records of each kind."""

from facturepro.services import invoices, issuing, palette, records
from facturepro.services.company import OpenCompany


def test_hits_per_kind_with_what_names_them(company: OpenCompany) -> None:
    client = records.create(company, "client", {"name": "Ali", "company_name": "Écrous & Cie", "city": "Lille"})
    product = records.create(company, "product", {"name": "Écrou", "sku": "E-8"})
    draft = invoices.create(company, {"client": client["id"], "lines": [{"product": product["id"]}]})
    found = palette.find(company, "ecrou")
    shown = {kind: [(hit.id, hit.title, hit.detail) for hit in hits] for kind, hits in found.items()}
    assert shown == {
        "client": [(client["id"], "Écrous & Cie", "Lille")],
        "product": [(product["id"], "Écrou", "E-8")],
        "invoice": [(draft["id"], "Brouillon", "Écrous & Cie")],
    }
    number = issuing.issue(company, draft["id"])["number"]
    for query in (number, number.lower(), "A0001", "fa2026a0001"):
        assert [hit.title for hit in palette.find(company, query)["invoice"]] == [number]


def test_at_most_a_few_and_none_for_nothing(company: OpenCompany) -> None:
    for number in range(palette.PER_KIND + 3):
        records.create(company, "client", {"name": f"Durand {number}"})
    assert len(palette.find(company, "dur")["client"]) == palette.PER_KIND
    for nothing in ("", "   ", "…", "introuvable"):
        assert palette.find(company, nothing) == {}


def test_deleted_and_archived_are_not_offered(company: OpenCompany) -> None:
    ids = [records.create(company, "client", {"name": "Durand"})["id"] for _ in range(2)]
    records.delete(company, "client", ids[0])
    records.update(company, "client", ids[1], {"is_archived": True})
    assert palette.find(company, "durand") == {}
