"""What the state machine and the killed processes found, each as a small story of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from facturepro.db import migrate
from facturepro.db.backup import renew_identity
from facturepro.db.models import Conflict, Invoice, Payment, Product, StockMovement
from facturepro.db.models.stock import MAIN_WAREHOUSE_ID
from facturepro.db.queries.payments import for_invoice, reversal_of, totals
from facturepro.db.replication_records import load
from facturepro.db.replication_stamps import device_of
from facturepro.sync import codec
from facturepro.sync.pull import Puller
from facturepro.sync.remotes.base import RemoteDocument
from facturepro.sync.remotes.memory import MemoryCloud, MemoryRemote
from tests.sync.devices import START, Clock, Computer


def computers(folder: Path, number: int = 3) -> list[Computer]:
    clock = Clock()
    cloud = MemoryCloud(clock.nanos)
    made = []
    for name in ("aaaa", "bbbb", "cccc")[:number]:
        remote = MemoryRemote(cloud, name)
        if not made:
            remote.provision({"name": "Essai"})
        made.append(Computer(folder / f"{name}.db", name, remote, clock))
    return made


def test_a_draft_issued_on_three_computers_is_explained_for_each_of_them(tmp_path: Path) -> None:
    """The journal's entry bore the stamp of the issue that stands instead of the one that lost: the second entry had the
    first one's id and was dropped, and both named the wrong computer."""
    made = computers(tmp_path)
    draft = made[0].draft(made[0].client(), "Vis")
    for one in made:
        one.sync()
    for number, one in enumerate(made):
        one.issue(draft, f"N{number}")
    for one in made + made:
        one.sync()
    for one in made:
        found = {row.lost["number"]: device_of(row.lost_stamp) for row in one.all(Conflict)}
        assert found == {"N1": "bbbb", "N2": "cccc"}
        assert {row.number for row in one.all(Invoice)} == {"N0", "N1", "N2"}
        one.close()


@pytest.mark.parametrize("learns", [False, True])
def test_a_restored_copy_and_its_original_set_the_same_document_aside_once(tmp_path: Path, learns: bool) -> None:
    """Both moved the document that was issued twice to the same new id. The second to arrive took the first for one more
    double issue and moved it again: one number stood on two documents. When the copy had received the new document
    before it met the double issue, it could not make it again and kept the cloud's document aside for ever."""
    a, b = computers(tmp_path, 2)
    draft = a.draft(a.client(), "Vis")
    a.sync()
    b.sync()
    a.issue(draft, "A1")
    b.issue(draft, "B1")
    a.sync()
    path = tmp_path / "copy.db"
    migrate.snapshot(b.path, path)
    renew_identity(path, {"A", "B"})
    copied = Computer(tmp_path / "other.db", "cccc", b.remote, b.clock)
    copied.path = path
    copied.restart()
    b.sync()
    if learns:
        puller = Puller(copied.db, copied.remote)
        puller.refresh([(record.kind, record.id) for record in b.all(Invoice) if record.id != draft])
    for one in (copied, b, a, copied):
        one.sync()
    for one in (a, b, copied):
        assert sorted(row.number for row in one.all(Invoice)) == ["A1", "B1"]
        assert one.dump() == a.dump()
        assert one.scalar("SELECT COUNT(*) FROM pending_remote") == 0
        one.close()


def test_what_a_restored_copy_sent_of_the_rest_does_not_hide_a_double_issue(tmp_path: Path) -> None:
    """The copy set the issue aside and sent the note, which bore the original's stamp. "A later stamp of mine is there, so
    my issue is": the original refused the cloud's document, and its number stood on two of its own."""
    a, b = computers(tmp_path, 2)
    draft = a.draft(a.client(), "Vis")
    a.sync()
    b.sync()
    a.issue(draft, "A1")
    a.change(Invoice, draft, internal_note="call back")
    path = tmp_path / "copy.db"
    migrate.snapshot(a.path, path)
    renew_identity(path, {"A", "B"}, a.clock)
    copied = Computer(tmp_path / "other.db", "cccc", a.remote, a.clock)
    copied.path = path
    copied.restart()
    b.issue(draft, "B1")
    for one in (b, copied, a, b, copied):
        one.sync()
    for one in (a, b, copied):
        assert sorted(row.number for row in one.all(Invoice)) == ["A1", "B1"]
        assert one.dump() == a.dump()
        one.close()


def test_a_movement_that_arrives_with_the_double_issue_of_its_document_is_seen_as_it_was_moved(tmp_path: Path) -> None:
    """The batch compared it with what it was before its document was set aside, found it equal, and left the moved one
    standing under the cloud's stamp: this computer differed from all others for ever."""
    a, b = computers(tmp_path, 2)
    product = a.add(Product(name="Vis"))
    draft = a.draft(a.client(), "Vis")
    a.sync()
    b.sync()
    a.issue(draft, "A1")
    b.issue(draft, "B1")
    movement = b.add(
        StockMovement(
            product_id=product, warehouse_id=MAIN_WAREHOUSE_ID, quantity=-1, moved_on=START.date(), document_id=draft
        )
    )
    with b.db.read() as session:  # a restored copy of this computer was quicker with this one
        record = load(session, [("stock_movement", movement)])["stock_movement", movement]
    b.remote.commit([codec.write_of(record, "cccc")[0]])
    for one in (a, b, a, b):
        one.sync()
    assert a.dump() == b.dump()
    assert len(a.all(Invoice)) == 2


@pytest.mark.parametrize("is_known", [True, False], ids=["missing reference", "unknown kind"])
def test_an_older_version_delivered_again_does_not_replace_a_newer_one_that_waits(
    tmp_path: Path, is_known: bool
) -> None:
    """What could not be applied yet was kept in the order of its arrival, and forgotten when an older version of it was
    applied: that computer then stood behind the cloud for ever."""
    (one,) = computers(tmp_path, 1)
    puller = Puller(one.db, one.remote)
    first, second = (f"2026-11-21T08:00:0{n}.000000000Z" for n in (1, 2))
    kind, stamp = ("invoice" if is_known else "mood"), "0000000{}-0000-bbbb".format

    def version(text: str, at: str, client: str | None = None) -> RemoteDocument:
        fields = {"notes": text, "client_id": client} if is_known else {"notes": text}
        clock = {"notes": stamp(f"0000{at[18]}"), "client_id": stamp(f"0000{at[18]}")}
        return RemoteDocument(kind, "r1", fields, clock=clock, version=at, updated_at=at)

    client = RemoteDocument("client", "c1", {"name": "Durand"}, clock={"name": stamp("00001")}, version=first)
    older, newer = version("old", first), version("new", second, "c1")
    for documents in ([newer], [older], [client], [older]):
        puller.apply(documents)
    assert '"notes":"new"' in one.dump()
    assert '"notes":"old"' not in one.dump()
    one.close()


def test_a_payment_that_two_computers_reversed_is_a_reversed_payment(tmp_path: Path) -> None:
    """Both reversals stand, as nothing appended goes away; whoever asked again got an error of the program. It is undone
    once: with both of them counted, the customer owed more than the invoice."""
    a, b = computers(tmp_path, 2)
    invoice = a.draft(a.client(), "Vis")
    a.issue(invoice, "A1")
    day = START.date()
    payment = a.add(Payment(invoice_id=invoice, amount=3, paid_on=day))
    for one in (a, b):
        one.sync()
    made = [one.add(Payment(invoice_id=invoice, amount=-3, paid_on=day, reverses_id=payment)) for one in (a, b)]
    for one in (a, b, a):
        one.sync()
    for one in (a, b):
        assert one.get(Invoice, invoice).amount_paid == 0
        with one.db.read() as session:
            assert reversal_of(session, payment) == min(made)
            assert totals(session) == (3, 0)
            shown = {row["id"]: row["is_reversed"] for row in for_invoice(session, invoice)}
        assert shown == {payment: True, min(made): False, max(made): True}, "each once"
        one.close()
