"""The story of a record in words."""

import sqlite3
from contextlib import closing

from facturepro.services import invoices, issuing, payments, records, timeline
from facturepro.services.company import DATABASE_NAME, OpenCompany
from tests.conftest import Clock


def words(company: OpenCompany, kind: str, record: str) -> list[str]:
    return [entry.text for entry in timeline.for_record(company, kind, record)]


def test_one_entry_per_transaction_newest_first(company: OpenCompany, clock: Clock) -> None:
    made = records.create(company, "client", {"name": "A"})["id"]
    clock.advance(hours=1)
    records.update(company, "client", made, {"phone": "06", "city": "Lille"})
    records.update(company, "client", made, {"phone": "1", "city": "a", "name": "b", "notes": "c"})
    records.delete(company, "client", made)
    records.restore(company, "client", made)
    assert words(company, "client", made) == [
        "Rétabli",
        "Supprimé",
        "Fiche modifiée",
        "Modifié : Téléphone, Ville",
        "Créé",
    ]
    entries = timeline.for_record(company, "client", made)
    assert [entry.at for entry in entries] == sorted((entry.at for entry in entries), reverse=True)
    assert entries[-1].tone == "info"
    assert len(timeline.for_record(company, "client", made, limit=2)) == 2


def test_a_change_by_another_program_has_its_time(company: OpenCompany) -> None:
    made = records.create(company, "client", {"name": "A"})["id"]
    with closing(sqlite3.connect(company.folder / DATABASE_NAME)) as raw, raw:
        raw.execute("UPDATE client SET city = 'Lille'")
    entry = timeline.for_record(company, "client", made)[0]
    assert entry.text == "Modifié : Ville"
    assert entry.at.tzinfo is not None


def test_an_invoice_from_draft_to_paid(company: OpenCompany, clock: Clock) -> None:
    client = records.create(company, "client", {"name": "A"})["id"]
    made = invoices.create(company, {"client": client, "lines": [{"description": "x", "unit_price": "100"}]})
    invoices.save(company, made["id"], {"lines": [{"description": "y", "unit_price": "100"}]})
    assert [entry.text for entry in timeline.for_invoice(company, made["id"])] == ["Lignes modifiées", "Créé"]
    issuing.issue(company, made["id"])
    planned = timeline.for_invoice(company, made["id"])
    assert [(entry.text.split(" ")[0], entry.is_planned) for entry in planned] == [("Échéance", True), ("Émise", False)]
    first = payments.add(company, made["id"], "20", "card")
    payments.reverse(company, first["id"])
    clock.advance(days=40)
    texts = [entry.text for entry in timeline.for_invoice(company, made["id"])]
    assert "Échéance dépassée" in texts
    assert any(text.startswith("Carte reçu, 20,00") for text in texts)
    assert any(text.startswith("Paiement annulé, 20,00") for text in texts)
    payments.add(company, made["id"], "120")
    assert not any("Échéance" in entry.text for entry in timeline.for_invoice(company, made["id"]))
