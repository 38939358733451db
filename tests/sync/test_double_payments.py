"""The same invoice paid on several computers that could not see each other."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from facturepro.db.models import Conflict, Invoice, InvoiceLine
from facturepro.sync.remotes.memory import MemoryCloud, MemoryRemote
from tests.sync.devices import Clock, Computer, Payment

NAMES = ("aaaa", "bbbb", "cccc")


@pytest.fixture
def three(tmp_path: Any) -> Any:
    clock = Clock()
    cloud = MemoryCloud(clock.nanos)
    computers = []
    for name in NAMES:
        remote = MemoryRemote(cloud, name)
        if not computers:
            remote.provision({"name": "Essai"})
        computers.append(Computer(tmp_path / f"{name}.db", name, remote, clock))
    yield computers
    for computer in computers:
        computer.close()


def issued(computer: Computer, *others: Computer) -> str:
    """An invoice of 100."""
    draft = computer.draft(computer.client("Durand"), "one")
    with computer.db.write("price") as work:
        line = work.get(InvoiceLine, computer.lines(draft)[0].id)
        line.unit_price, line.vat_rate = 100, 0
    computer.issue(draft, "FA-1")
    settle(computer, *others)
    return draft


def pay(computer: Computer, invoice: str, amount: int = 100, **values: Any) -> str:
    day = computer.db.now().date()
    return computer.add(
        Payment(invoice_id=invoice, amount=amount, paid_on=day, recorded_by=computer.device, **values), "payment"
    )


def settle(*computers: Computer) -> None:
    for _round in range(4):
        for computer in computers:
            computer.sync()
    assert len({computer.dump() for computer in computers}) == 1


def journal(computer: Computer) -> list[tuple[str, str]]:
    """(kept, lost) payments."""
    rows = [row for row in computer.all(Conflict) if row.merge_group == "double_payment"]
    return sorted((row.kept["payment_id"], row.lost["payment_id"]) for row in rows)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_both_stay_and_the_later_one_is_journalled_once(three, order):
    a, b, c = three
    invoice = issued(a, b, c)
    first, second = pay(a, invoice, method="card"), pay(b, invoice)
    for index in order:
        three[index].sync()
    settle(a, b, c)
    assert [journal(computer) for computer in three] == [[(first, second)]] * 3
    [row] = a.all(Conflict)
    assert (row.record_kind, row.record_id) == ("invoice", invoice)
    assert row.kept == {
        "payment_id": first, "amount": 10000, "method": "card", "paid_on": "2026-11-21", "recorded_by": "aaaa",
    }  # fmt: skip
    assert row.lost["recorded_by"] == "bbbb" and row.lost_stamp > row.kept_stamp
    assert c.get(Invoice, invoice).amount_due == -100


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_three_computers_in_any_order(three, order):
    invoice = issued(*three)
    payments = [pay(computer, invoice) for computer in three]
    for index in order:
        three[index].sync()
    settle(*three)
    first, second, third = payments
    lost = {pair[1] for pair in journal(three[0])}
    assert lost == {second, third} and len(journal(three[0])) == 2
    assert all(kept in (first, second) for kept, _lost in journal(three[0]))


def test_an_overpayment_made_knowingly_is_none(three):
    a, b, c = three
    invoice = issued(a, b, c)
    pay(a, invoice)
    settle(a, b, c)
    pay(b, invoice, 20)
    settle(a, b, c)
    assert journal(a) == journal(c) == [] and a.get(Invoice, invoice).amount_due == -20


def test_parts_that_fit_are_none(three):
    a, b, _c = three
    invoice = issued(a, b)
    pay(a, invoice, 40), pay(b, invoice, 60)
    settle(a, b)
    assert journal(a) == [] and a.get(Invoice, invoice).status == "paid"


def test_parts_that_do_not_fit_name_the_one_that_is_too_much(three):
    a, b, _c = three
    invoice = issued(a, b)
    first, second, small = pay(b, invoice, 60), pay(a, invoice, 60), pay(a, invoice, 30)
    settle(a, b)
    assert journal(a) == [(first, second)] and small not in dict(journal(a))


def test_after_a_reversal_there_is_nothing_to_say(three):
    a, b, c = three
    invoice = issued(a, b, c)
    pay(a, invoice)
    wrong = pay(b, invoice)
    pay(b, invoice, -100, reverses_id=wrong)
    settle(a, b, c)
    assert journal(a) == journal(c) == [] and a.get(Invoice, invoice).status == "paid"


def test_what_was_settled_is_not_opened_again_by_a_computer_that_finds_it_later(three):
    a, b, c = three
    invoice = issued(a, b, c)
    pay(a, invoice), pay(b, invoice)
    c.change(Invoice, invoice, internal_note="c is away")
    a.sync(), b.sync(), a.sync()
    [conflict] = a.all(Conflict)
    a.change(Conflict, conflict.id, resolved_at=a.db.now())
    c.clock.forward(hours=2)
    payments = list(a.remote.get([("payment", row.id) for row in a.all(Payment)]).values())
    c.engine._puller.apply(payments)  # before it hears of the journal
    assert journal(c)
    settle(a, b, c)
    assert [computer.get(Conflict, conflict.id).resolved_at is not None for computer in three] == [True] * 3


def test_delivered_again_nothing_is_added(three):
    a, b, _c = three
    invoice = issued(a, b)
    pay(a, invoice), pay(b, invoice)
    settle(a, b)
    before = a.dump()
    payments = list(a.remote.get([("payment", row.id) for row in a.all(Payment)]).values())
    a.engine._puller.apply([document for document in payments if document is not None])
    assert a.dump() == before and a.sync().pushed == 0
