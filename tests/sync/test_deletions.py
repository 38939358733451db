"""A deletion on one computer while another one uses the record on a document: archived, never deleted."""

from __future__ import annotations

from typing import Any

import pytest

from facturepro.db.models import Client, Conflict, Invoice, InvoiceLine, Product, StockMovement
from facturepro.db.models.stock import MAIN_WAREHOUSE_ID
from tests.sync.devices import Computer, memory_pair


@pytest.fixture
def pair(tmp_path: Any) -> Any:
    _cloud, a, b = memory_pair(tmp_path)
    settle(a, b)
    yield a, b
    a.close(), b.close()


def settle(*computers: Computer) -> None:
    for _round in range(4):
        for computer in computers:
            computer.sync()
    assert len({computer.dump() for computer in computers}) == 1
    assert [computer.sync().pushed for computer in computers] == [0] * len(computers)


@pytest.mark.parametrize("deletes_first", [True, False])
def test_a_client_deleted_while_another_computer_issues_for_it(pair, deletes_first):
    a, b = pair
    client = a.client("Durand")
    draft = b_draft = a.draft(client, "one")
    settle(a, b)
    deleted_at = a.db.now()
    a.change(Client, client, deleted_at=deleted_at)
    b.issue(b_draft, "FA-1")
    for computer in (a, b) if deletes_first else (b, a):
        computer.sync()
    settle(a, b)
    for computer in pair:
        row = computer.get(Client, client)
        assert row.deleted_at is None and row.is_archived is True
        assert computer.get(Invoice, draft).number == "FA-1" and computer.get(Invoice, draft).client_name == "Durand"
        [conflict] = computer.all(Conflict)
        assert (conflict.record_id, conflict.merge_group, conflict.kept) == (client, "deleted", {"deleted_at": None})
        assert conflict.lost["deleted_at"].startswith("2026-11-21") and conflict.lost_stamp[18:] == "aaaa"


@pytest.mark.parametrize("deletes_first", [True, False])
def test_a_product_deleted_while_another_computer_sells_it(pair, deletes_first):
    a, b = pair
    product = a.add(Product(name="Vis"))
    draft = a.draft(a.client("Durand"), "one")
    with a.db.write("line") as work:
        work.get(InvoiceLine, a.lines(draft)[0].id).product_id = product
    settle(a, b)
    a.change(Product, product, deleted_at=a.db.now())
    b.issue(draft, "FA-1")
    day = b.db.now().date()
    b.add(StockMovement(product_id=product, warehouse_id=MAIN_WAREHOUSE_ID, quantity=-1, moved_on=day))
    for computer in (a, b) if deletes_first else (b, a):
        computer.sync()
    settle(a, b)
    assert [(c.get(Product, product).deleted_at, c.get(Product, product).is_archived) for c in pair] == [
        (None, True)
    ] * 2
    assert [conflict.merge_group for conflict in a.all(Conflict)] == ["deleted"]


def test_what_only_drafts_name_stays_deleted(pair):
    a, b = pair
    client = a.client("Durand")
    draft = a.draft(client, "one")
    settle(a, b)
    a.change(Client, client, deleted_at=a.db.now())
    b.change(Invoice, draft, notes="still a draft")
    settle(a, b)
    assert a.get(Client, client).deleted_at is not None and a.all(Conflict) == []
