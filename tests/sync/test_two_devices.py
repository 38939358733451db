"""Two computers of one company, database to database: on the home in memory and on the real Firestore emulator."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from facturepro.db.models import Client, Conflict, Invoice, InvoiceLine, Payment, Product, StockMovement
from facturepro.db.models.stock import MAIN_WAREHOUSE_ID
from facturepro.sync.remotes.memory import MemoryCloud, MemoryRemote
from tests.sync.devices import Computer


@pytest.fixture(params=["memory", pytest.param("firestore", marks=pytest.mark.emulator)])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    if request.param == "firestore":
        connect = request.getfixturevalue("connect")
    else:
        cloud = MemoryCloud()

        def connect() -> MemoryRemote:
            return MemoryRemote(cloud)

    connect().provision({"name": "Essai"})
    made: list[Computer] = []

    def build(device: str) -> Computer:
        made.append(Computer(tmp_path / f"{device}.db", device, connect()))
        return made[-1]

    yield build
    for computer in made:
        computer.close()


@pytest.fixture
def pair(make: Any) -> tuple[Computer, Computer]:
    a, b = make("aaaa"), make("bbbb")
    settle(a, b)
    return a, b


def settle(*computers: Computer) -> None:
    """Exchange until everybody has everything, and check that it is the same."""
    for _round in range(3):
        for computer in computers:
            computer.sync()
    dumps = {computer.dump() for computer in computers}
    assert len(dumps) == 1
    assert all(computer.sync().pending == 0 for computer in computers)


def tick() -> None:
    """Stamps have milliseconds; two edits of a person are never in the same one."""
    time.sleep(0.002)


def shared_client(a: Computer, b: Computer, **values: Any) -> str:
    client = a.client("Durand", **values)
    settle(a, b)
    return client


def test_everything_arrives(pair):
    a, b = pair
    client = a.client("Durand", email="d@example.fr", payment_days=45, is_archived=True)
    product = a.add(Product(name="Vis", price=12))
    draft = a.draft(client, "one", "two")
    with a.db.write("line") as work:
        work.get(InvoiceLine, a.lines(draft)[0].id).product_id = product
    a.issue(draft, "FA-1")
    a.add(Payment(invoice_id=draft, amount=7, paid_on=a.db.now().date()))
    settle(a, b)
    assert b.get(Client, client).email == "d@example.fr" and b.get(Client, client).is_archived is True
    assert [line.description for line in b.lines(draft)] == ["one", "two"]
    assert b.get(Invoice, draft).number == "FA-1" and b.get(Invoice, draft).amount_paid == 7
    # Derived values and search are made anew on the other side.
    assert b.get(Invoice, draft).client_name == "Durand"
    assert b.scalar("SELECT COUNT(*) FROM search_client WHERE words MATCH 'durand'") == 1


def test_the_same_field_edited_on_both_sides(pair):
    a, b = pair
    client = shared_client(a, b)
    a.change(Client, client, phone="111", email="a@example.fr")
    tick()
    b.change(Client, client, phone="222")
    settle(a, b)
    for computer in pair:
        row = computer.get(Client, client)
        assert (row.phone, row.email) == ("222", "a@example.fr")
        [conflict] = computer.all(Conflict)
        assert (conflict.record_id, conflict.merge_group) == (client, "phone")
        assert (conflict.kept, conflict.lost) == ({"phone": "222"}, {"phone": "111"})


def test_the_later_edit_stands_even_when_it_arrives_first(pair):
    a, b = pair
    client = shared_client(a, b)
    b.change(Client, client, phone="earlier")
    tick()
    a.change(Client, client, phone="later")
    settle(a, b)
    assert [computer.get(Client, client).phone for computer in pair] == ["later", "later"]
    assert [[c.lost for c in computer.all(Conflict)] for computer in pair] == [[{"phone": "earlier"}]] * 2


def test_what_two_people_wrote_at_length_is_journalled_although_both_together_fit_no_document(
    pair: tuple[Computer, Computer],
) -> None:
    a, b = pair
    client = a.client("Durand")
    settle(a, b)
    a.change(Client, client, notes="é" * 300_000)
    b.change(Client, client, notes="ü" * 510_000)
    a.sync()
    b.sync()
    settle(a, b)
    assert b.sync().pending == 0
    for computer in (a, b):
        [conflict] = computer.all(Conflict)
        assert computer.get(Client, client).notes == "ü" * 510_000
        assert conflict.lost == {"notes": "é" * 300_000}, "what stands is in the record: that may be cut, not this"
        assert conflict.kept["notes"].startswith("üüü")


def test_one_group_moves_together(pair):
    a, b = pair
    client = shared_client(a, b)
    a.change(Client, client, address="1 rue A", city="Lille")
    tick()
    b.change(Client, client, postcode="75001", city="Paris")
    settle(a, b)
    row = a.get(Client, client)
    assert (row.address, row.postcode, row.city) == ("", "75001", "Paris")
    assert a.all(Conflict)[0].lost == {"address": "1 rue A", "postcode": "", "city": "Lille", "country": "FR"}


def test_the_same_value_typed_twice_is_no_conflict(pair):
    a, b = pair
    client = shared_client(a, b)
    a.change(Client, client, phone="333")
    b.change(Client, client, phone="333")
    settle(a, b)
    assert a.all(Conflict) == []


def test_stock_is_the_sum_of_everybodys_movements(pair):
    a, b = pair
    product = a.add(Product(name="Vis"))
    settle(a, b)
    for computer, quantities in ((a, (10, -3)), (b, (-9, 1))):
        for quantity in quantities:
            computer.add(
                StockMovement(
                    product_id=product,
                    warehouse_id=MAIN_WAREHOUSE_ID,
                    quantity=quantity,
                    moved_on=computer.db.now().date(),
                )
            )
    settle(a, b)
    for computer in pair:
        assert computer.scalar("SELECT quantity FROM stock_level WHERE product_id = :p", p=product) == -1000
        assert computer.all(Conflict) == []


def test_a_deletion_meets_an_edit(pair):
    a, b = pair
    client = shared_client(a, b)
    a.change(Client, client, deleted_at=a.db.now())
    b.change(Client, client, phone="still needed")
    settle(a, b)
    for computer in pair:
        row = computer.get(Client, client)
        assert row.deleted_at is not None and row.phone == "still needed"
        [conflict] = computer.all(Conflict)
        assert conflict.merge_group == "deleted" and conflict.lost == {"deleted_at": None}


def test_an_edit_meets_a_deletion(pair):
    a, b = pair
    client = shared_client(a, b)
    b.change(Client, client, deleted_at=b.db.now())
    a.change(Client, client, phone="still needed")
    settle(a, b)
    assert [c.merge_group for c in b.all(Conflict)] == ["deleted"]


def test_lines_of_a_draft_edited_on_both_sides(pair):
    a, b = pair
    draft = a.draft(a.client(), "one", "two", "three")
    settle(a, b)
    one, two, three = a.lines(draft)
    with a.db.write("a") as work:
        work.get(InvoiceLine, one.id).description = "one from a"
        work.delete_row(work.get(InvoiceLine, three.id))
        work.add(InvoiceLine(invoice_id=draft, position=7, description="new from a"))
    tick()
    with b.db.write("b") as work:
        work.get(InvoiceLine, one.id).description = "one from b"
        work.get(InvoiceLine, two.id).description = "two from b"
        work.add(InvoiceLine(invoice_id=draft, position=8, description="new from b"))
    settle(a, b)
    for computer in pair:
        found = [line.description for line in computer.lines(draft)]
        assert found == ["one from b", "two from b", "new from a", "new from b"]
        [conflict] = computer.all(Conflict)
        assert conflict.merge_group == f"line:{one.id}" and conflict.lost["description"] == "one from a"


def test_a_line_deleted_here_and_edited_there(pair):
    a, b = pair
    draft = a.draft(a.client(), "one")
    settle(a, b)
    [line] = a.lines(draft)
    with b.db.write("b") as work:
        work.get(InvoiceLine, line.id).description = "edited"
    tick()
    with a.db.write("a") as work:
        work.delete_row(work.get(InvoiceLine, line.id))
    settle(a, b)
    assert a.lines(draft) == b.lines(draft) == []
    assert [c.lost["description"] for c in b.all(Conflict)] == ["edited"]


def test_the_same_draft_issued_on_both(pair):
    a, b = pair
    client = a.client()
    draft = a.draft(client, "one")
    product = a.add(Product(name="Vis"))
    settle(a, b)
    for computer, number in ((a, "A-1"), (b, "B-1")):
        with computer.db.write("issue") as work:
            invoice = work.get(Invoice, draft)
            work.add(
                StockMovement(
                    product_id=product,
                    warehouse_id=MAIN_WAREHOUSE_ID,
                    quantity=-1,
                    moved_on=computer.db.now().date(),
                    document_id=draft,
                    document_number=number,
                )
            )
            work.flush()
            invoice.number, invoice.hash, invoice.issued_by = number, f"hash {number}", computer.device
        computer.add(Payment(invoice_id=draft, amount=1, paid_on=computer.db.now().date(), note=number))
        tick()
    a.sync()
    settle(a, b)
    for computer in pair:
        issued = {row.number: row for row in computer.all(Invoice) if row.number}
        assert sorted(issued) == ["A-1", "B-1"]
        assert issued["A-1"].id == draft  # the first to reach the cloud keeps the record
        for number, row in issued.items():
            assert row.hash == f"hash {number}"
            assert [line.description for line in computer.lines(row.id)] == ["one"]
            assert row.amount_paid == 1
        assert {p.note: p.invoice_id for p in computer.all(Payment)} == {n: row.id for n, row in issued.items()}
        assert {m.document_number: m.document_id for m in computer.all(StockMovement)} == {
            n: row.id for n, row in issued.items()
        }
        [conflict] = computer.all(Conflict)
        assert (conflict.merge_group, conflict.kept["number"], conflict.lost["number"]) == ("issue", "A-1", "B-1")
        assert conflict.lost["document_id"] == issued["B-1"].id


def test_an_issue_stands_over_the_draft_that_others_went_on_with(pair):
    a, b = pair
    draft = a.draft(a.client(), "one")
    settle(a, b)
    a.issue(draft, "A-1")
    tick()
    with b.db.write("b") as work:
        work.get(Invoice, draft).notes = "typed later"
        work.add(InvoiceLine(invoice_id=draft, position=2, description="two"))
    b.sync()  # the draft's changes arrive first
    settle(a, b)
    for computer in pair:
        row = computer.get(Invoice, draft)
        assert (row.number, row.notes) == ("A-1", "")
        assert [line.description for line in computer.lines(draft)] == ["one"]
        assert sorted(c.merge_group.split(":")[0] for c in computer.all(Conflict)) == ["line", "notes"]


def test_a_draft_gives_way_to_the_issue_of_the_other(pair):
    a, b = pair
    draft = a.draft(a.client(), "one")
    settle(a, b)
    a.issue(draft, "A-1")
    tick()
    with b.db.write("b") as work:
        work.get(Invoice, draft).notes = "typed later"
        work.get(Invoice, draft).internal_note = "kept"
        work.add(InvoiceLine(invoice_id=draft, position=2, description="two"))
    a.sync()
    settle(a, b)
    for computer in pair:
        row = computer.get(Invoice, draft)
        assert (row.number, row.notes, row.internal_note) == ("A-1", "", "kept")
        assert [line.description for line in computer.lines(draft)] == ["one"]
        assert sorted(c.merge_group.split(":")[0] for c in computer.all(Conflict)) == ["line", "notes"]


def test_the_internal_note_of_an_issued_document_still_changes(pair):
    a, b = pair
    draft = a.draft(a.client(), "one")
    a.issue(draft, "A-1")
    settle(a, b)
    b.change(Invoice, draft, internal_note="ring first")
    settle(a, b)
    assert a.get(Invoice, draft).internal_note == "ring first"


def test_a_third_computer_joins_late(make, pair):
    a, b = pair
    client = a.client("Durand", phone="1")
    for number in range(30):
        a.draft(client, f"line {number}")
    b.sync()
    a.change(Client, client, phone="2")  # the client is newer in the cloud than what names it
    settle(a, b)
    c = make("cccc")
    c.client("typed before joining")
    c.sync()
    settle(a, b, c)
    assert c.get(Client, client).phone == "2"
    assert len(a.all(Client)) == 2


def test_raw_sql_in_another_program_travels(pair):
    """Whichever way a row is changed, the triggers see it: there is no way round the capture."""
    a, b = pair
    client = shared_client(a, b)
    with a.db.write("core") as work:
        work.session.execute(update(Client).where(Client.id == client).values(phone="core"))
    settle(a, b)
    assert b.get(Client, client).phone == "core"
    with a.db.write("core") as work:
        work.session.execute(insert(Client).values(id="01900000-0000-7000-8000-0000000000aa", name="inserted"))
    with closing(sqlite3.connect(a.path)) as other:
        other.execute("UPDATE client SET email = 'raw@example.fr' WHERE id = ?", (client,))
        other.execute("INSERT INTO client (id, name) VALUES ('01900000-0000-7000-8000-0000000000bb', 'raw')")
        other.commit()
    settle(a, b)
    assert b.get(Client, client).email == "raw@example.fr"
    assert {row.name for row in b.all(Client)} == {"Durand", "inserted", "raw"}


def test_nothing_is_exchanged_twice(pair):
    a, b = pair
    shared_client(a, b)
    for computer in pair:
        report = computer.sync()
        assert (report.pushed, report.pulled, report.writes) == (0, 0, 0)
        assert json.loads(computer.dump().splitlines()[0])["kind"] == "client"
