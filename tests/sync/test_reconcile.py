"""The check with the cloud: what it finds, how it repairs it, what it costs; stopped and killed on the way."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from facturepro.db import local_state
from facturepro.db.models import Client, Conflict, Invoice, Payment, Product, StockMovement
from facturepro.db.models.stock import MAIN_WAREHOUSE_ID
from facturepro.db.replication_digest import bucket_of, document_digest
from facturepro.db.replication_missing import settle_missing
from facturepro.services import quarantine
from facturepro.sync import reconcile
from facturepro.sync.pull import CURSOR
from facturepro.sync.remotes.base import CompanyProfile, RemoteDocument, Write
from facturepro.sync.remotes.instants import shifted
from facturepro.sync.remotes.memory import MemoryRemote
from tests.sync.devices import Computer, memory_pair

STAMP = "019aa1b2c3d4-0000-eeee"


@pytest.fixture
def world(tmp_path):
    cloud, a, b = memory_pair(tmp_path)
    for computer in (a, b, a):
        computer.sync()
    yield cloud, a, b
    a.close()
    b.close()


def settle(*computers):
    for _round in range(3):
        for computer in computers:
            computer.sync()
    assert len({computer.dump() for computer in computers}) == 1


def check(computer: Computer, **how) -> reconcile.Report:
    return computer.engine.check(lambda: False, **how)


def assert_clean(cloud, *computers):
    """Everybody agrees, and a look costs what a summary costs."""
    settle(*computers)
    for record in cloud.records.values():
        assert (record.digest, record.bucket) == (document_digest(record), bucket_of(record.id)), record
    for computer in computers:
        report = check(computer)
        assert (report.is_clean, report.repaired, report.reads, report.writes) == (True, 0, 1, 0), report


def damage(computer: Computer, *statements: str, **values) -> None:
    """Changes rows as a failing disk or another tool would: past every trigger."""
    with computer.db.engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        triggers = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
        for name, _sql in triggers:
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        for statement in statements:
            assert connection.execute(text(statement), values).rowcount, statement
        for _name, sql in triggers:
            connection.exec_driver_sql(sql)


def journal(computer: Computer) -> list[tuple[str, str, object]]:
    found = []
    for entry in computer.all(Conflict):
        values = (entry.lost or {}).values()
        found.append((entry.record_kind, entry.merge_group, *values))
    return found


def later(*computers: Computer) -> None:
    """Long enough after the last change that no ordinary exchange reads it again."""
    settle(*computers)
    computers[0].clock.forward(hours=1)
    settle(*computers)


def shop(computer: Computer) -> dict[str, str]:
    """A client, an issued invoice with two lines, its payment, a product and a movement."""
    client = computer.client("Durand", phone="1", city="Lyon")
    invoice = computer.draft(client, "one", "two")
    computer.issue(invoice, f"{computer.device}-1")
    payment = computer.add(Payment(invoice_id=invoice, amount=3, paid_on=computer.db.now().date()))
    product = computer.add(Product(name="Vis"))
    today = computer.db.now().date()
    movement = computer.add(
        StockMovement(product_id=product, warehouse_id=MAIN_WAREHOUSE_ID, quantity=5, moved_on=today)
    )
    found = {"client": client, "invoice": invoice, "payment": payment, "product": product}
    return {**found, "stock_movement": movement}


# -- nothing wrong -------------------------------------------------------------------------------------------


def test_where_all_is_well_a_look_costs_one_read_per_thousand_records(world):
    cloud, a, b = world
    shop(a)
    settle(a, b)
    seen = []
    report = check(b, on_progress=lambda done, total: seen.append((done, total)))
    assert (report.reads, report.writes, report.repaired, report.is_clean) == (1, 0, 0, True)
    assert report.compared == len(cloud.records) and seen[-1] == (report.compared, report.compared)
    with a.db.write("many") as work:
        work.add_all([Client(name=f"{number}") for number in range(2100)])
    settle(a, b)
    assert check(b).reads == 3


def test_an_empty_company_is_clean(tmp_path):
    cloud, a, b = memory_pair(tmp_path)
    cloud.records.clear()
    b.sync()
    assert check(b).is_clean
    a.close()
    b.close()


def test_unsent_and_refused_changes_are_no_fault(world):
    _cloud, a, b = world
    client = shop(a)["client"]
    settle(a, b)
    b.change(Client, client, notes="x" * 1_100_000)  # larger than a document may be: set aside
    b.client("Too large from the start", notes="x" * 1_100_000)
    b.sync()
    report = check(b)
    assert (report.repaired, report.is_clean) == (0, True)
    assert report.reads == 2, "the refused record is asked for by name, once"
    a.change(Client, client, phone="9")
    a.sync()
    assert check(b).is_clean and b.get(Client, client).phone == "9"


# -- damage here ---------------------------------------------------------------------------------------------


def test_values_changed_behind_its_back_are_put_right_and_what_stood_there_is_journalled(world):
    cloud, a, b = world
    ids = shop(a)
    settle(a, b)
    before = b.dump()
    line = b.lines(ids["invoice"])[0].id
    damage(b, "UPDATE client SET phone = 'rotten', city = 'Nice' WHERE id = :i", i=ids["client"])
    damage(b, "UPDATE invoice SET notes = 'forged' WHERE id = :i", i=ids["invoice"])
    damage(b, "UPDATE invoice_line SET quantity = 99000 WHERE id = :i", i=line)
    damage(b, "UPDATE payment SET amount = 999900 WHERE id = :i", i=ids["payment"])
    damage(b, "UPDATE stock_movement SET quantity = 7000 WHERE id = :i", i=ids["stock_movement"])
    report = check(b)
    assert (report.restored, report.repaired, report.is_clean, report.conflicts) == (4, 4, True, 6)
    row = b.get(Invoice, ids["invoice"])
    assert (row.notes, row.amount_paid) == ("", 3) and b.get(Client, ids["client"]).phone == "1"
    assert before == "\n".join(text for text in b.dump().split("\n") if '"kind":"conflict"' not in text)
    lost = journal(b)
    assert {("client", "phone", "rotten"), ("invoice", "notes", "forged")} <= {entry[:3] for entry in lost}
    assert 999900 in [value for entry in lost if entry[0] == "payment" for value in entry]
    assert_clean(cloud, a, b)
    assert sorted(journal(a)) == sorted(lost), "the journal reaches the others"


def test_rows_that_vanished_come_back_and_stock_is_counted_once(world):
    cloud, a, b = world
    ids = shop(a)
    later(a, b)
    before = b.dump()
    damage(
        b,
        "DELETE FROM stock_movement WHERE id = :m",
        "DELETE FROM payment WHERE id = :p",
        "DELETE FROM invoice_line WHERE invoice_id = :i AND position = 1",
        m=ids["stock_movement"],
        p=ids["payment"],
        i=ids["invoice"],
    )
    report = check(b)
    assert report.repaired == 3 and report.is_clean
    assert b.scalar("SELECT quantity FROM stock_level WHERE product_id = :i", i=ids["product"]) == 5000
    assert b.get(Invoice, ids["invoice"]).amount_paid == 3
    assert before == "\n".join(text for text in b.dump().split("\n") if '"kind":"conflict"' not in text)
    assert_clean(cloud, a, b)


def test_what_is_known_of_a_record_is_put_right(world):
    cloud, a, b = world
    ids = shop(a)
    settle(a, b)
    before = b.dump()
    for kind, statement in (
        ("client", "UPDATE record_state SET clock = '{}', base = '{}' WHERE record_id = :i"),
        ("invoice", "DELETE FROM record_state WHERE record_id = :i"),
        ("payment", "UPDATE record_state SET version = '2020-01-01T00:00:00.000000000Z' WHERE record_id = :i"),
        (
            "product",
            "UPDATE record_state SET extra = json_object('fields', json_object('odd', 1)) WHERE record_id = :i",
        ),
    ):
        damage(b, statement, i=ids[kind])
    assert check(b).is_clean
    assert b.dump() == before and journal(b) == []
    assert_clean(cloud, a, b)


def test_a_change_that_no_queue_holds_is_queued_again(world):
    cloud, a, b = world
    client = a.client("Durand", phone="1")
    settle(a, b)
    b.change(Client, client, phone="2")
    fresh = b.client("Never sent")
    damage(b, "DELETE FROM outbox")
    b.sync()
    assert cloud.records[("client", client)].fields["phone"] == "1"
    report = check(b)
    assert report.requeued == 2
    settle(a, b)
    assert a.get(Client, client).phone == "2" and a.get(Client, fresh).name == "Never sent"
    assert_clean(cloud, a, b)


# -- what was missed -----------------------------------------------------------------------------------------


def test_what_a_wrong_cursor_has_missed_is_fetched(world):
    _cloud, a, b = world
    old = a.client("Old", phone="1")
    settle(a, b)
    with b.db.write() as work:
        work.keep(CURSOR, shifted(next(b.remote.changes_since(None)).read_time, 30 * 86400))
    ids = shop(a)
    a.change(Client, old, phone="2")
    a.sync()
    a.clock.forward(hours=1)
    assert b.sync().pulled == 0 and b.get(Client, ids["client"]) is None
    report = check(b)
    assert (report.fetched, report.is_clean) == (6, True)
    assert b.get(Client, old).phone == "2" and b.get(Invoice, ids["invoice"]).amount_paid == 3
    assert a.dump() == b.dump()


def test_many_records_cost_few_reads_when_one_differs(world):
    cloud, a, b = world
    with a.db.write("many") as work:
        rows = [work.add(Client(name=f"{number}")) for number in range(3000)]
    settle(a, b)
    damage(b, "UPDATE client SET phone = 'rotten' WHERE id = :i", i=rows[1234].id)
    report = check(b)
    assert report.restored == 1 and report.is_clean
    inside = len(cloud.in_buckets(bucket_of(rows[1234].id), bucket_of(rows[1234].id) + 1))
    # 4 for the whole; left halves of 1,500, 750, 375 ... records; then the one bucket (or a few) that differs.
    assert inside <= report.reads - 4 - 2 - 6 <= inside + 16


# -- damage there --------------------------------------------------------------------------------------------


def test_a_document_that_somebody_deleted_by_hand_is_sent_again(world):
    cloud, a, b = world
    ids = shop(a)
    settle(a, b)
    for kind in ("client", "payment"):
        del cloud.records[(kind, ids[kind])]
    assert check(b).requeued == 2
    assert {("client", ids["client"]), ("payment", ids["payment"])} <= cloud.records.keys()
    assert_clean(cloud, a, b)
    assert journal(a) == []


def test_a_record_that_moved_since_the_cloud_was_asked_is_left_alone(world):
    """It is there again by now: settled as missing, a document that exists would be created, or a living record deleted."""
    _cloud, a, _b = world
    client = a.client("Durand")
    a.sync()
    before = a.scalar("SELECT version FROM record_state WHERE record_id = :id", id=client)
    a.change(Client, client, phone="1")
    a.sync()
    dump = a.dump()
    for is_beyond in (False, True):
        with a.db.write(origin="remote") as work:
            repair = settle_missing(work, {("client", client): before}, is_beyond)
        assert (repair.requeued, repair.removed, a.dump(), a.sync().pushed) == (set(), set(), dump, 0)


def test_a_changed_record_whose_document_is_gone_is_sent_whole(world):
    cloud, a, b = world
    client = shop(a)["client"]
    settle(a, b)
    del cloud.records[("client", client)]
    b.change(Client, client, phone="2")
    report = b.sync()
    assert (report.pushed, report.pending) == (1, 0)
    assert cloud.records[("client", client)].fields["city"] == "Lyon"
    settle(a, b)
    assert a.get(Client, client).phone == "2"
    assert_clean(cloud, a, b)


def test_a_deletion_of_what_is_gone_there_too_needs_no_sending(world):
    cloud, a, b = world
    client = a.client("Durand")
    settle(a, b)
    del cloud.records[("client", client)]
    b.change(Client, client, deleted_at=b.db.now())
    assert b.sync().pending == 0
    assert ("client", client) not in cloud.records
    report = check(b)
    assert (report.repaired, report.is_clean) == (0, True)
    b.change(Client, client, deleted_at=None)  # taken back from the bin, it is sent whole
    settle(a, b)
    assert_clean(cloud, a, b)


def test_purged_tombstones_do_not_come_back(world):
    cloud, a, b = world
    client = a.client("Durand")
    a.change(Client, client, deleted_at=a.db.now())
    settle(a, b)
    del cloud.records[("client", client)]
    for computer in (a, b):
        assert check(computer).requeued == 0
        assert computer.get(Client, client).deleted_at is not None
    assert ("client", client) not in cloud.records
    assert_clean(cloud, a, b)


def test_a_project_restored_from_a_backup_gets_back_what_it_had(world):
    cloud, a, b = world
    ids = shop(a)
    draft = a.draft(ids["client"], "draft")
    settle(a, b)
    backup = copy.deepcopy(cloud.records)
    a.change(Client, ids["client"], phone="2")
    a.change(Invoice, ids["invoice"], internal_note="called")
    a.issue(draft, "aaaa-2")
    late = a.client("After the backup")
    settle(a, b)
    before = a.dump()
    cloud.records = backup
    report = check(b)
    assert (report.requeued, report.is_clean) == (4, True)
    assert cloud.records[("client", ids["client"])].fields["phone"] == "2"
    assert cloud.records[("invoice", draft)].fields["number"] == "aaaa-2"
    assert ("client", late) in cloud.records
    check(a)
    settle(a, b)
    assert a.dump() == before and journal(a) == []
    assert_clean(cloud, a, b)


def test_an_empty_project_is_filled_from_the_computer_that_holds_it_all(world, monkeypatch):
    cloud, a, b = world
    shop(a)
    settle(a, b)
    before = a.dump()
    cloud.records.clear()
    monkeypatch.setattr(reconcile, "_ASKED_BY_NAME", 3)
    report = check(b)
    assert report.requeued == len(cloud.records) and report.is_clean
    settle(a, b)
    assert a.dump() == b.dump() == before
    assert_clean(cloud, a, b)


def foreign(cloud, document: RemoteDocument, **values) -> None:
    """Another program writes fields and nothing else: no stamp, no digest, no bucket on what it creates."""
    document = copy.deepcopy(document)
    document.fields |= values
    document.version = document.updated_at = cloud.tick()
    cloud.records[document.key] = document


def test_another_programs_writings_are_taken_and_given_their_digest(world):
    cloud, a, b = world
    ids = shop(a)
    settle(a, b)
    foreign(cloud, cloud.records[("client", ids["client"])], phone="from outside")
    made = RemoteDocument("client", "made-outside", {"name": "Made outside"}, {}, {"name": STAMP}, "x", "x")
    foreign(cloud, made)
    line = a.lines(ids["invoice"])[0].id
    strange = RemoteDocument("invoice", "made-too", {}, {"l1": {"description": "d"}}, {"line:l1": STAMP}, "x", "x")
    foreign(cloud, strange)
    settle(a, b)
    assert b.get(Client, "made-outside").country == "FR" and line
    report = check(b)
    assert (report.resealed, report.restored, report.is_clean) == (3, 1, True)
    assert b.get(Client, ids["client"]).phone == "from outside"
    assert journal(b) == [("client", "phone", "1")]
    assert cloud.records[("client", "made-outside")].fields == {"name": "Made outside"}, "only its digest was written"
    check(a)
    assert_clean(cloud, a, b)
    # What it left out is written with the group, and the digest follows.
    b.change(Client, "made-outside", city="Lyon", phone="3")
    b.sync()
    stored = cloud.records[("client", "made-outside")]
    assert stored.fields["country"] == "FR" and stored.digest == document_digest(stored)
    assert_clean(cloud, a, b)


def test_a_wrong_digest_alone_is_written_again_and_nothing_else(world):
    cloud, a, b = world
    client = shop(a)["client"]
    settle(a, b)
    record = cloud.records[("client", client)]
    content = (copy.deepcopy(record.fields), dict(record.clock), record.device, record.op)
    record.digest = 7
    report = check(b)
    assert (report.resealed, report.repaired, report.writes, report.is_clean) == (1, 1, 1, True)
    record = cloud.records[("client", client)]
    assert (record.fields, record.clock, record.device, record.op) == content
    a.change(Client, client, phone="2")
    assert_clean(cloud, a, b)


def test_who_may_not_write_reports_it_and_repairs_the_own_file(world):
    cloud, a, b = world
    ids = shop(a)
    settle(a, b)
    for kind in ("client", "product"):
        cloud.records[(kind, ids[kind])].digest = 7
    damage(b, "UPDATE client SET phone = 'rotten' WHERE id = :i", i=ids["client"])
    with b.db.write() as work:
        work.keep(reconcile.RECONCILED, "2026-01-01T00:00:00.000000000Z")
    cloud.faults.read_only.add("bbbb")
    b.sync()
    with b.db.read() as session:
        last = local_state.get(session, reconcile.LAST)
    assert (last["restored"], last["resealed"], last["is_clean"]) == (1, 0, False)
    assert b.get(Client, ids["client"]).phone == "1"


def test_refused_content_counts_as_the_cloud_has_it(world):
    cloud, a, b = world
    ids = shop(a)
    settle(a, b)
    key = ("invoice", ids["invoice"])
    forged = copy.deepcopy(cloud.records[key])
    forged.fields["notes"] = "forged"
    forged.clock["notes"] = "01f000000000-0000-eeee"
    forged.digest = document_digest(forged)
    MemoryRemote(cloud).commit([Write(forged, forged.version, ("fields.notes", "clock.notes"))])
    b.sync()
    assert check(b).is_clean and b.get(Invoice, ids["invoice"]).notes == ""
    b.change(Invoice, ids["invoice"], internal_note="seen")
    b.sync()
    stored = cloud.records[key]
    assert stored.fields["internal_note"] == "seen" and stored.digest == document_digest(stored)
    report = check(b)
    assert (report.reads, report.repaired, report.is_clean) == (1, 0, True)


def _forge_line(document: RemoteDocument, stamp: str) -> None:
    first = min(document.lines)
    document.lines[first]["description"] = "forged"
    document.clock[f"line:{first}"] = stamp or document.clock[f"line:{first}"]


def _add_line(document: RemoteDocument, stamp: str) -> None:
    document.lines["more"] = dict(document.lines[min(document.lines)])
    if stamp:
        document.clock["line:more"] = stamp


def _remove_line(document: RemoteDocument, stamp: str) -> None:
    first = min(document.lines)
    document.lines[first] = None
    document.clock[f"line:{first}"] = stamp or document.clock[f"line:{first}"]


def _forge_notes(document: RemoteDocument, stamp: str) -> None:
    document.fields["notes"] = "forged"
    document.clock["notes"] = stamp or document.clock["notes"]


def _forge_amount(document: RemoteDocument, stamp: str) -> None:
    document.fields["amount"] = 1
    document.clock = {group: stamp or old for group, old in document.clock.items()}


FORGED = {
    "a line": ("invoice", _forge_line),
    "a line more": ("invoice", _add_line),
    "a line less": ("invoice", _remove_line),
    "notes": ("invoice", _forge_notes),
    "a payment": ("payment", _forge_amount),
}


def forged_past_the_rules(cloud, key: tuple[str, str], change, stamp: str = "") -> None:
    """What a service account or the console can do; the digest is right, so nothing is to be mended there."""
    document = copy.deepcopy(cloud.records[key])
    change(document, stamp)
    document.digest = document_digest(document)
    document.version = document.updated_at = cloud.tick()
    cloud.records[key] = document


def content(computer: Computer, record_id: str) -> list[object]:
    found = (json.loads(line) for line in computer.dump().splitlines())
    return [(one["fields"], one["lines"], one["deleted"]) for one in found if one["id"] == record_id]


@pytest.mark.parametrize("stamp", ["", "01f000000000-0000-eeee"], ids=["same stamp", "newer stamp"])
@pytest.mark.parametrize("what", FORGED)
def test_no_check_writes_forged_content_into_what_was_issued(world, what, stamp):
    cloud, a, b = world
    ids = shop(a)
    later(a, b)
    kind, change = FORGED[what]
    before = content(b, ids[kind])
    forged_past_the_rules(cloud, (kind, ids[kind]), change, stamp)
    for _time in range(2):
        b.sync()
        report = check(b)
        assert (report.restored, report.is_clean) == (0, True)
        assert content(b, ids[kind]) == before
    [entry] = quarantine.list_refused(SimpleNamespace(db=b.db))
    assert entry["record_id"] == ids[kind] and entry["reason"].startswith("frozen ")


@pytest.mark.parametrize("what", ["a line", "a line more", "notes"])
def test_a_draft_forged_while_it_was_issued_here_does_not_change_the_issued_document(world, what):
    cloud, a, b = world
    draft = a.draft(a.client("Durand"), "one")
    later(a, b)
    a.issue(draft, "FA-1")
    before = a.lines(draft), a.get(Invoice, draft).notes
    forged_past_the_rules(cloud, ("invoice", draft), FORGED[what][1])
    settle(a, b)
    check(a)
    lines, notes = a.lines(draft), a.get(Invoice, draft).notes
    assert [line.description for line in lines] == [line.description for line in before[0]] and notes == before[1]
    assert_clean(cloud, a, b)


@pytest.mark.parametrize("what", ["a line", "a line more", "notes"])
def test_an_issued_document_that_arrives_over_a_draft_stands_whole_at_once(world, what):
    cloud, a, b = world
    draft = a.draft(a.client("Durand"), "one")
    later(a, b)
    a.issue(draft, "FA-1")
    a.sync()
    forged_past_the_rules(cloud, ("invoice", draft), FORGED[what][1])
    b.sync()
    arrived = b.dump()
    assert (check(b).repaired, b.dump()) == (0, arrived)


def test_refused_content_that_was_put_aside_stays_put_aside(world):
    cloud, a, b = world
    ids = shop(a)
    settle(a, b)
    key = ("invoice", ids["invoice"])
    forged = copy.deepcopy(cloud.records[key])
    forged.fields["notes"] = "forged"
    forged.clock["notes"] = "01f000000000-0000-eeee"
    forged.digest = document_digest(forged)
    MemoryRemote(cloud).commit([Write(forged, forged.version, ("fields.notes", "clock.notes"))])
    b.sync()
    company = SimpleNamespace(db=b.db)
    assert [entry["record_id"] for entry in quarantine.list_refused(company)] == [ids["invoice"]]
    quarantine.discard(company, *key)
    b.sync()
    b.change(Invoice, ids["invoice"], internal_note="seen")
    b.sync()
    assert cloud.records[key].digest == document_digest(cloud.records[key])
    report = check(b)
    assert (report.reads, report.repaired, report.is_clean) == (1, 0, True)
    quarantine.retry_all(company)
    assert quarantine.list_refused(company) == [] and b.get(Invoice, ids["invoice"]).notes == ""


def test_what_this_version_cannot_read_counts_as_well(world):
    cloud, a, b = world
    newer = MemoryRemote(cloud)
    document = RemoteDocument("delivery", "d1", {"on": "2026-11-21"}, {}, {"on": STAMP}, schema=9)
    wrong = RemoteDocument("client", "bad", {"name": 12}, {}, {"name": STAMP})
    newer.commit([Write(document), Write(wrong)])
    settle(a, b)
    report = check(b)
    assert (report.repaired, report.reads, report.is_clean) == (0, 1, True)
    del cloud.records[("delivery", "d1")]
    assert check(b).is_clean
    assert b.scalar("SELECT COUNT(*) FROM pending_remote WHERE kind = 'delivery'") == 0
    assert check(b).reads == 1
    newer.commit([Write(document)])
    with b.db.write() as work:
        work.keep(CURSOR, shifted(cloud.tick(), 86400))
    assert check(b).fetched == 1


# -- when ----------------------------------------------------------------------------------------------------


def last(computer):
    with computer.db.read() as session:
        return local_state.get(session, reconcile.LAST), local_state.get(session, reconcile.RECONCILED)


def test_it_is_due_after_a_week_by_the_clouds_clock(world):
    cloud, _a, b = world
    b.sync()
    assert last(b)[0] is None and last(b)[1] is not None
    b.clock.forward(days=6)
    b.sync()
    assert last(b)[0] is None
    b.clock.forward(days=2)
    b.sync()
    first = last(b)
    assert (first[0]["is_clean"], first[0]["reads"]) == (True, 1) and first[1] > shifted(cloud.tick(), -60)
    b.sync()
    assert last(b) == first


def test_a_wrong_clock_of_this_computer_makes_it_neither_early_nor_late(world):
    _cloud, a, b = world
    b.sync()
    start = last(b)[1]
    b.clock = b.db.now = lambda: a.clock() + timedelta(days=400)  # this computer's alone
    b.client("Durand")
    b.sync()
    assert b.db.clock_offset_ms < 0 and last(b) == (None, start)


def test_it_does_not_begin_when_no_time_is_left_or_work_waits(world):
    cloud, _a, b = world
    b.sync()
    b.clock.forward(days=8)
    b.sync(timeout=0)
    assert last(b)[0] is None
    b.client("Durand")
    cloud.company = CompanyProfile("Essai", min_schema=99)  # cannot be sent: not idle
    b.sync()
    assert last(b)[0] is None
    cloud.company = CompanyProfile("Essai")
    b.sync()
    assert last(b)[0]["is_clean"]


def test_what_a_refused_record_holds_back_does_not_put_it_off(world):
    _cloud, _a, b = world
    b.sync()
    b.draft(b.client("Too large", notes="x" * 1_100_000), "one")
    b.clock.forward(days=8)
    assert b.sync().pending == 2
    assert last(b)[0]["is_clean"]


def test_a_summary_that_fails_disturbs_no_exchange(world, monkeypatch):
    from facturepro.sync.remotes.base import RemoteMisconfigured

    cloud, _a, b = world
    b.sync()
    b.clock.forward(days=8)
    client = b.client("Durand")

    def no_index(*_arguments):
        raise RemoteMisconfigured("no index")

    with monkeypatch.context() as patch:
        patch.setattr(MemoryRemote, "summary", no_index)
        assert b.sync().pushed == 1
        assert last(b)[0] is None and ("client", client) in cloud.records
    b.restart()
    b.sync()
    assert last(b)[0]["is_clean"]


def test_a_stream_that_lost_its_place_is_followed_by_a_check(world):
    cloud, a, b = world
    ids = shop(a)
    settle(a, b)
    damage(b, "UPDATE client SET phone = 'rotten' WHERE id = :i", i=ids["client"])
    b.engine.start()
    try:
        wait_until(lambda: b.engine.state.kind == "up_to_date")
        cloud.reset_streams()
        wait_until(lambda: last(b)[0] is not None)
    finally:
        b.engine.stop()
    assert b.get(Client, ids["client"]).phone == "1" and last(b)[0]["restored"] == 1
    with b.db.read() as session:
        assert local_state.get(session, reconcile.SUSPECT) is None


def wait_until(is_so, seconds: float = 20.0) -> None:
    import time

    ends = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.01)


# -- beyond the horizon --------------------------------------------------------------------------------------


def purge(cloud, *keys) -> None:
    """What a purge of old tombstones does."""
    for key in keys:
        assert cloud.records[key].deleted
        del cloud.records[key]


def test_nothing_deleted_comes_back_from_beyond_the_horizon(world):
    cloud, a, b = world
    gone, edited, drafted, kept = (a.client(name) for name in ("Gone", "Edited", "Drafted", "Kept"))
    draft = a.draft(edited, "one")
    ids = shop(a)
    later(a, b)
    # b is away; a deletes, and the traces of it are purged in time.
    for client in (gone, edited, drafted):
        a.change(Client, client, deleted_at=a.db.now())
    a.change(Invoice, draft, deleted_at=a.db.now())
    a.change(Client, kept, city="Paris")
    a.sync()
    a.clock.forward(days=200)
    a.sync()
    purge(cloud, ("client", gone), ("client", edited), ("client", drafted), ("invoice", draft))
    # What b did meanwhile.
    b.change(Client, edited, phone="2", email="e")
    b.change(Client, kept, phone="3")
    b.change(Client, ids["client"], phone="4")
    new_draft = b.draft(drafted, "made while away")
    fresh = b.client("Fresh")
    report = b.sync()
    assert report.pending == 0 and last(b)[0]["is_clean"]
    a.sync()
    assert check(a).is_clean  # and forgets what was purged
    settle(a, b)
    assert ("client", gone) not in cloud.records
    # It was settled while a draft still named it: then its deletion is what the cloud gets.
    assert ("client", edited) not in cloud.records or cloud.records[("client", edited)].deleted
    for client in (gone, edited):
        assert b.get(Client, client).deleted_at is not None
    assert ("invoice", draft) not in cloud.records and b.get(Invoice, draft).deleted_at is not None
    # Its own pending changes are on top.
    assert (a.get(Client, kept).city, a.get(Client, kept).phone) == ("Paris", "3")
    assert a.get(Client, ids["client"]).phone == "4" and a.get(Client, fresh).name == "Fresh"
    # A draft that was made for a client who is gone arrives, and the client stays deleted.
    assert a.get(Invoice, new_draft).client_id == drafted
    assert cloud.records[("client", drafted)].deleted and a.get(Client, drafted).deleted_at is not None
    # What was typed in vain can be read and put back.
    lost = journal(a)
    assert ("client", "phone", "2") in lost and ("client", "email", "e") in lost and ("client", "deleted", None) in lost
    with b.db.read() as session:
        assert local_state.get(session, "beyond_horizon") is None
    assert_clean(cloud, a, b)


def test_what_is_brought_back_from_a_bin_stands_over_a_deletion_that_nobody_typed(world):
    """Found by seed 4002: the deletion by the computer that came back bore its clock, and beat a change of before."""
    cloud, a, b = world
    client = a.client("Gone")
    later(a, b)
    a.change(Client, client, deleted_at=a.db.now())
    a.sync()
    a.clock.forward(days=200)
    a.sync()
    purge(cloud, ("client", client))
    a.change(Client, client, deleted_at=None)  # not sent yet
    b.clock.forward(days=1)
    b.sync()
    assert b.get(Client, client).deleted_at is not None
    a.sync()
    settle(a, b)
    assert not cloud.records[("client", client)].deleted
    assert a.get(Client, client).deleted_at is None and b.get(Client, client).deleted_at is None
    assert_clean(cloud, a, b)


def test_what_can_never_be_deleted_is_sent_again_even_from_beyond(world):
    cloud, a, b = world
    ids = shop(a)
    later(a, b)
    a.clock.forward(days=200)
    for kind in ("client", "invoice", "payment", "stock_movement"):
        del cloud.records[(kind, ids[kind])]  # no purge does this: the project was restored
    b.sync()
    assert {(kind, ids[kind]) for kind in ("client", "invoice", "payment", "stock_movement")} <= cloud.records.keys()
    assert not any(record.deleted for record in cloud.records.values())
    assert_clean(cloud, a, b)


def test_killed_beyond_the_horizon_it_remembers_that_it_was_there(world, monkeypatch):
    cloud, a, b = world
    gone = a.client("Gone")
    later(a, b)
    a.change(Client, gone, deleted_at=a.db.now())
    a.sync()
    a.clock.forward(days=200)
    a.sync()
    purge(cloud, ("client", gone))
    with monkeypatch.context() as patch:
        patch.setattr(MemoryRemote, "summary", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            b.sync()
    b.restart()
    b.change(Client, gone, phone="edited between two attempts")
    b.sync()
    assert ("client", gone) not in cloud.records and b.get(Client, gone).deleted_at is not None
    a.sync()
    check(a)
    assert_clean(cloud, a, b)


def test_a_wrong_clock_alone_puts_nobody_beyond_the_horizon(world):
    cloud, a, b = world
    client = a.client("Durand")
    later(a, b)
    b.clock = b.db.now = lambda: a.clock() + timedelta(days=400)
    del cloud.records[("client", client)]
    b.sync()
    check(b)
    assert ("client", client) in cloud.records and b.get(Client, client).deleted_at is None


def test_the_horizon_is_the_companys(world):
    cloud, a, b = world
    a.client("Durand")
    later(a, b)
    cursor = b.engine._exchange.puller.cursor()[0]
    for days, is_beyond in ((2, False), (4, True)):
        cloud.company = CompanyProfile("Essai", horizon=3)
        with b.db.write() as work:
            work.keep(CURSOR, cursor)
        a.clock.forward(days=days)
        report = b.sync()
        assert (report.reads > len(cloud.records)) is is_beyond


# -- stopped and killed on the way ---------------------------------------------------------------------------


def broken_world(cloud, a, b) -> str:
    """A bit of everything to repair on b; answers the dump it must come to, without the journal."""
    ids = shop(a)
    extra = [a.client(f"{number}") for number in range(30)]
    later(a, b)
    before = b.dump()
    damage(b, "UPDATE client SET phone = 'rotten' WHERE id = :i", i=ids["client"])
    damage(b, "UPDATE payment SET amount = 999900 WHERE id = :i", i=ids["payment"])
    damage(b, "DELETE FROM client WHERE id = :i", i=extra[3])
    damage(b, "UPDATE record_state SET clock = '{}', base = '{}' WHERE record_id = :i", i=extra[4])
    del cloud.records[("client", extra[5])]
    cloud.records[("client", extra[6])].digest = None
    cloud.records[("client", extra[7])].bucket = None
    return before


def without_journal(dump: str) -> str:
    return "\n".join(line for line in dump.split("\n") if '"kind":"conflict"' not in line)


def test_stopped_between_any_two_steps_it_is_no_worse_and_the_next_one_ends_it(world):
    cloud, a, b = world
    before = broken_world(cloud, a, b)
    for steps in range(1000):
        left = iter(range(steps))
        report = b.engine._exchange.reconcile(lambda left=left: next(left, None) is None)[0]
        if report.is_complete:
            break
        assert last(b)[0] is None
    assert steps > 5 and check(b).is_clean
    assert without_journal(b.dump()) == before
    assert_clean(cloud, a, b)
    values = sorted(str(entry[2]) for entry in journal(b) if entry[0] == "client")
    assert values == ["rotten"], "journalled once"


def test_killed_at_any_moment_it_goes_on_from_the_file(world, monkeypatch):
    from facturepro.db.unit_of_work import UnitOfWork

    class Killed(BaseException):
        pass

    def dying(call, is_after):
        def step(*arguments):
            nonlocal left
            left -= 1
            if left < 0 and not is_after:
                raise Killed
            answer = call(*arguments)
            left -= 1
            if left < 0:
                raise Killed
            return answer

        return step

    cloud, a, b = world
    before = broken_world(cloud, a, b)
    deaths = 0
    for steps in range(400):
        left = steps
        with monkeypatch.context() as patch:
            for name in ("commit", "get", "summary"):
                patch.setattr(MemoryRemote, name, dying(getattr(MemoryRemote, name), False))
            patch.setattr(UnitOfWork, "finish", dying(UnitOfWork.finish, True))
            try:
                report = check(b)
                break
            except Killed:
                deaths += 1
        b.restart()
    assert deaths > 8 and report.is_complete
    assert check(b).is_clean and without_journal(b.dump()) == before
    assert_clean(cloud, a, b)


def test_the_network_lost_on_the_way_is_an_error_and_the_next_one_ends_it(world):
    from facturepro.domain.errors import UserError

    cloud, a, b = world
    before = broken_world(cloud, a, b)
    asked = []

    def lose() -> bool:
        asked.append(1)
        cloud.faults.is_partitioned = len(asked) >= 8
        return False

    with pytest.raises(UserError, match="cloud"):
        b.engine.check(lose)
    cloud.faults.is_partitioned = False
    assert check(b).is_clean and without_journal(b.dump()) == before
    assert_clean(cloud, a, b)


def test_other_changes_go_on_during_a_check(world):
    """Edits here and there between any two steps: nothing of them is taken for a fault."""
    cloud, a, b = world
    clients = [a.client(f"{number}") for number in range(40)]
    later(a, b)
    turn = iter(range(1_000_000))

    def meanwhile() -> bool:
        number = next(turn)
        if number > 40:
            return False
        b.change(Client, clients[number % 40], phone=f"b{number}")
        a.change(Client, clients[(number + 7) % 40], email=f"a{number}")
        a.sync()
        return False

    b.engine._exchange.reconcile(meanwhile)
    settle(a, b)
    done = min(next(turn), 41)
    assert done > 4 and journal(a) == []
    for number in range(min(done, 40)):
        assert a.get(Client, clients[number]).phone.startswith("b")
        assert a.get(Client, clients[(number + 7) % 40]).email.startswith("a")
    assert_clean(cloud, a, b)
