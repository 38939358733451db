"""One event after each commit, whatever its subscribers do."""

import sys
from typing import Any

import pytest

from facturepro.db.events import Changes
from facturepro.db.models import Client
from facturepro.services import invoices, issuing, payments, records, stock
from facturepro.services.company import OpenCompany


@pytest.fixture
def told(company: OpenCompany) -> list[Changes]:
    found: list[Changes] = []
    company.bus.subscribe(found.append)
    return found


def test_one_event_names_what_changed_and_its_transaction(company: OpenCompany, told: list[Changes]) -> None:
    made = records.create(company, "client", {"name": "A"})
    assert [(dict(event.records), event.origin, event.label) for event in told] == [
        ({"client": frozenset([made["id"]])}, "local", "Client ajouté")
    ]
    assert told[0].stamp


def test_what_follows_from_a_change_is_named_too(company: OpenCompany, told: list[Changes]) -> None:
    client = records.create(company, "client", {"name": "A"})["id"]
    product = records.create(company, "product", {"name": "Vis", "price": "10"})["id"]
    draft = invoices.create(company, {"client": client, "lines": [{"product": product, "quantity": 1}]})["id"]
    issuing.issue(company, draft)
    assert {"invoice", "client", "product", "stock_movement"} <= set(told[-1].records)
    payments.add(company, draft, "1")
    assert draft in told[-1].records["invoice"]
    assert client in told[-1].records["client"]
    stock.move(company, product, "5")
    assert told[-1].records["product"] == frozenset([product])
    other = invoices.create(company, {"client": client, "lines": []})["id"]
    records.update(company, "client", client, {"name": "B"})
    assert other in told[-1].records["invoice"]  # a draft shows its client's name
    assert draft not in told[-1].records["invoice"]


def test_nothing_is_told_of_what_was_given_up(company: OpenCompany, told: list[Changes]) -> None:
    with pytest.raises(ZeroDivisionError), company.db.write("x") as work:
        work.add(Client(name="A"))
        work.flush()
        raise ZeroDivisionError
    with company.db.write("nothing"):
        pass
    assert told == []


def test_a_subscriber_reads_what_was_committed_and_may_write(company: OpenCompany) -> None:
    seen: list[int] = []

    def react(changes: Changes) -> None:
        seen.append(records.count(company, records.ListQuery("client")))
        if "client" in changes.records and len(seen) < 3:
            records.create(company, "client", {"name": "again"})

    company.bus.subscribe(react)
    records.create(company, "client", {"name": "A"})
    assert sorted(seen) == [1, 2, 3]


def test_a_failing_subscriber_loses_nothing_and_is_reported(
    company: OpenCompany, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The use case has succeeded: it answers, the other subscribers are told, and the bug goes to the crash report."""
    reported: list[Any] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: reported.append((kind, error, trace)))
    later: list[Changes] = []

    def broken(_changes: Changes) -> None:
        raise ZeroDivisionError("page")

    company.bus.subscribe(broken)
    company.bus.subscribe(later.append)
    made = records.create(company, "client", {"name": "A"})
    assert records.get(company, "client", made["id"])["name"] == "A"
    assert len(later) == 1
    (kind, error, trace) = reported[0]
    assert kind is ZeroDivisionError
    assert str(error) == "page"
    assert trace is not None
    assert records.create(company, "client", {"name": "B"})["name"] == "B"


def test_a_subscription_ends(company: OpenCompany) -> None:
    found: list[Changes] = []
    end = company.bus.subscribe(found.append)
    end()
    end()
    records.create(company, "client", {"name": "A"})
    assert found == []
