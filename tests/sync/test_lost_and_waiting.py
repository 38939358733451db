"""Records that cannot simply be written where they are: a row that was lost, a bad document that waits for a good one."""

from __future__ import annotations

from facturepro.db.models import Invoice, InvoiceLine, Product
from facturepro.db.replication_apply import apply
from facturepro.sync import codec
from tests.sync.test_reconcile import check, damage, later, settle, shop, world

__all__ = ["world"]  # the fixture


def lose(computer, invoice: str) -> None:
    damage(
        computer,
        "DELETE FROM payment WHERE invoice_id = :i",
        "DELETE FROM invoice_line WHERE invoice_id = :i",
        "DELETE FROM invoice WHERE id = :i",
        i=invoice,
    )


def pending(computer) -> list[tuple[str, str]]:
    with computer.db.read() as session:
        return session.connection().exec_driver_sql("SELECT kind, reason FROM pending_remote").all()


def test_an_issued_invoice_whose_row_was_lost_comes_back(world):
    """Its state still stands, so its lines counted as those of a frozen document."""
    _cloud, a, b = world
    invoice = shop(a)["invoice"]
    settle(a, b)
    later(a, b)
    before = b.dump()
    lose(b, invoice)
    check(b)
    assert pending(b) == [] and len(b.lines(invoice)) == 2
    assert b.dump() == before


def test_a_newer_version_brings_back_the_row_that_was_lost(world):
    _cloud, a, b = world
    invoice = shop(a)["invoice"]
    settle(a, b)
    lose(b, invoice)
    a.change(Invoice, invoice, internal_note="x")
    a.sync()
    b.sync()
    assert b.get(Invoice, invoice).internal_note == "x" and len(b.lines(invoice)) == 2


def test_a_bad_document_that_waits_does_not_hold_back_what_it_waits_for(world):
    cloud, a, b = world
    client = a.client("Durand")
    first = a.draft(client, "one")
    settle(a, b)
    invoices = []
    with a.db.write("two invoices of one product") as work:
        product = work.add(Product(name="Vis"))
        work.flush()
        for name in ("bad", "good"):
            invoice = work.add(Invoice(client_id=client))
            work.flush()
            work.add(InvoiceLine(invoice_id=invoice.id, position=0, description=name, product_id=product.id))
            invoices.append(invoice.id)
        product_id = product.id
    a.sync()
    bad, good = invoices
    taken = a.lines(first)[0].id  # another program gave the id of a line twice
    document = cloud.records[("invoice", bad)]
    document.lines[taken] = dict(next(iter(document.lines.values())))
    document.clock[f"line:{taken}"] = max(document.clock.values())
    for key in (("invoice", bad), ("product", product_id), ("invoice", good)):  # one by one, as a listener may
        with b.db.write(origin="remote") as work:
            apply(work, [codec.incoming(cloud.records[key])])
    b.sync()
    assert b.get(Product, product_id) is not None and b.get(Invoice, good) is not None
    assert b.get(Invoice, bad) is None
    assert [kind for kind, _reason in pending(b)] == ["invoice"]
