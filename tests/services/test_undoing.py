"""Undo where it must refuse, and across documents with lines."""

from collections.abc import Iterator
from typing import Any

import pytest

from facturepro.domain.errors import UserError
from facturepro.services import invoices, issuing, records, stock
from facturepro.services.company import OpenCompany
from facturepro.services.undoing import UndoHistory


@pytest.fixture
def history(company: OpenCompany) -> Iterator[UndoHistory]:
    found = UndoHistory(company)
    yield found
    found.close()


def test_labels_follow_what_was_done(company: OpenCompany, history: UndoHistory) -> None:
    assert (history.can_undo(), history.can_redo()) == (None, None)
    made = records.create(company, "client", {"name": "A"})["id"]
    records.update(company, "client", made, {"phone": "06"})
    assert (history.can_undo(), history.can_redo()) == ("Client modifié", None)
    history.undo()
    assert (history.can_undo(), history.can_redo()) == ("Client ajouté", "Client modifié")
    records.create(company, "client", {"name": "B"})
    assert history.can_redo() is None  # something new was done since
    history.redo()
    assert records.count(company, records.ListQuery("client")) == 2


def shown(company: OpenCompany, invoice_id: str) -> dict[str, Any]:
    """Without the lines' local row numbers: a line that comes back takes another."""
    found = invoices.show(company, invoice_id)
    lines = [{name: value for name, value in line.items() if name != "seq"} for line in found["lines"]]
    return {**found, "lines": lines}


def test_a_document_with_its_lines_there_and_back(company: OpenCompany, history: UndoHistory) -> None:
    made = invoices.create(company, {"lines": [{"description": "x", "unit_price": "1"}, {"description": "y"}]})
    before = shown(company, made["id"])
    lines = [{"id": made["lines"][1]["id"], "description": "Y"}, {"description": "z", "unit_price": "3"}]
    invoices.save(company, made["id"], {"lines": lines, "notes": "n"})
    changed = shown(company, made["id"])
    for _round in range(2):
        history.undo()
        assert shown(company, made["id"]) == before
        history.redo()
        assert shown(company, made["id"]) == changed
    history.undo()
    history.undo()
    assert shown(company, made["id"])["lines"] == []
    assert invoices.counts(company)["all"] == 0
    history.redo()
    assert shown(company, made["id"]) == before


def test_what_changed_since_is_left_as_it_is(company: OpenCompany, history: UndoHistory) -> None:
    made = records.create(company, "client", {"name": "A", "phone": "1", "city": "Lille"})["id"]
    seen: list[str] = []
    company.bus.subscribe(lambda changes: seen.append(changes.stamp))
    records.update(company, "client", made, {"phone": "2", "city": "Lyon"})
    first = seen[-1]
    records.update(company, "client", made, {"phone": "3"})
    before = records.get(company, "client", made)
    with pytest.raises(UserError) as caught:
        history.undo_stamp(first)
    assert caught.value.code == "undo_blocked"
    assert "Client modifié" in caught.value.message
    assert records.get(company, "client", made) == before
    history.undo()  # the later one still can
    assert records.get(company, "client", made)["phone"] == "2"


def test_what_is_issued_or_moved_cannot_be_taken_back(company: OpenCompany, history: UndoHistory) -> None:
    client = records.create(company, "client", {"name": "A"})["id"]
    product = records.create(company, "product", {"name": "Vis", "price": "1"})["id"]
    draft = invoices.create(company, {"client": client, "lines": [{"product": product, "quantity": 1}]})["id"]
    issued = issuing.issue(company, draft)
    stock.move(company, product, "5")
    for _step in range(5):  # movement, issue, draft, product, client: all of them named by the issued document
        with pytest.raises(UserError) as caught:
            history.undo()
        assert caught.value.code == "undo_blocked"
    assert history.can_undo() is None
    history.undo()
    assert invoices.show(company, draft) == issued
    assert stock.total(company, product) == 4
    assert {
        records.get(company, kind, one)["deleted_at"] for kind, one in (("client", client), ("product", product))
    } == {None}


def test_the_button_of_a_toast(company: OpenCompany, history: UndoHistory) -> None:
    made = records.create(company, "client", {"name": "A"})["id"]
    stamp = records.delete(company, "client", made)
    records.create(company, "client", {"name": "B"})
    history.undo_stamp(stamp)
    assert records.get(company, "client", made)["deleted_at"] is None
    assert history.can_undo() == "Client ajouté"
