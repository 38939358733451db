"""The queue and the application of documents, at the level of the database."""

from __future__ import annotations

import pytest

from facturepro.db import catalog
from facturepro.db import replication_outbox as outbox
from facturepro.db import replication_quarantine as refusals
from facturepro.db.models import Client, Invoice, InvoiceLine
from facturepro.db.replication_apply import apply
from facturepro.db.replication_dump import digest_of, dump
from facturepro.db.replication_merge import RemoteState, reconcile
from facturepro.db.replication_outbox import Sent
from facturepro.db.replication_records import Extra, Incoming, Known, LocalRecord, load
from facturepro.db.replication_split import derived_id
from facturepro.db.replication_stamps import Raiser, has_arrived, witnesses
from facturepro.db.replication_values import InvalidDocument, _shape, json_text, record_shape
from tests.sync.devices import new_database

VERSION = "2026-11-21T08:00:00.000000001Z"
LATER = "2026-11-21T08:00:00.000000002Z"
STAMP = "019aa1b2c3d4-0000-bbbb"


@pytest.fixture
def db(tmp_path):
    database = new_database(tmp_path / "c.db", "aaaa")
    with database.write(origin="remote") as work:
        units = outbox.pending_units(work.session)
        acknowledge_all(work, [key for unit in units for key in unit])
    yield database
    database.close()


def acknowledge_all(work, keys, version=VERSION):
    records = load(work.session, keys)
    outbox.acknowledge(
        work, [Sent(kind, i, dict(r.known.clock), version, r.through) for (kind, i), r in records.items()]
    )


def units(db):
    with db.read() as session:
        return outbox.pending_units(session)


def client(db, name="a", **values) -> str:
    with db.write(name) as work:
        row = work.add(Client(name=name, **values))
        work.flush()
        return row.id


def test_changes_of_one_record_coalesce_and_transactions_stay_whole(db):
    one = client(db, "one")
    two = client(db, "two")
    assert units(db) == [[("client", one)], [("client", two)]]
    with db.write("both") as work:
        work.get(Client, one).phone = "1"
        draft = work.add(Invoice(client_id=two))
        work.flush()
        work.add(InvoiceLine(invoice_id=draft.id))
    alone = client(db, "alone")
    # ``one`` and the draft share a transaction; what is named comes first.
    assert units(db) == [[("client", one), ("invoice", draft.id)], [("client", two)], [("client", alone)]]


def test_acknowledged_while_it_changed_again(db):
    one = client(db, "one")
    with db.read() as session:
        [record] = load(session, [("client", one)]).values()
    with db.write("meanwhile") as work:
        work.get(Client, one).phone = "2"
    with db.write(origin="remote") as work:
        outbox.acknowledge(work, [Sent("client", one, record.known.clock, VERSION, record.through)])
    assert units(db) == [[("client", one)]]
    with db.read() as session:
        [record] = load(session, [("client", one)]).values()
    assert record.known.dirty == {"phone"} and record.known.version == VERSION
    with db.write(origin="remote") as work:
        acknowledge_all(work, [("client", one)], LATER)
    assert units(db) == []


def test_an_old_acknowledgement_changes_nothing(db):
    one = client(db, "one")
    with db.write(origin="remote") as work:
        acknowledge_all(work, [("client", one)], LATER)
    with db.write("change") as work:
        work.get(Client, one).phone = "2"
    with db.write(origin="remote") as work:
        acknowledge_all(work, [("client", one)], VERSION)
    assert units(db) == [[("client", one)]]


def test_quarantine_holds_back_what_cannot_exist_without_it(db):
    one = client(db, "one")
    known = client(db, "known")
    with db.write(origin="remote") as work:
        acknowledge_all(work, [("client", known)])
    drafts = []
    for owner in (one, known):
        with db.write("draft") as work:
            drafts.append(work.add(Invoice(client_id=owner)))
            work.flush()
    with db.write("change") as work:
        work.get(Client, known).phone = "2"
    with db.write(origin="remote") as work:
        for record in (one, known):
            refusals.quarantine(work, ("client", record), "too large")
    # The known client's document needs nothing new; the other one's client was never there.
    assert units(db) == [[("invoice", drafts[1].id)]]
    with db.read() as session:
        assert outbox.count_pending(session) == 4 and outbox.count_quarantined(session) == 2
        assert {entry.reason for entry in outbox.queued(session)} == {"", "too large"}
    with db.write("mended") as work:
        work.get(Client, one).phone = "3"
    assert len(units(db)) == 3
    with db.write(origin="remote") as work:
        refusals.release(work)
    assert len(units(db)) == 4


def document(record_id="c1", version=VERSION, stamp=STAMP, **fields) -> Incoming:
    groups = dict.fromkeys(fields, stamp)
    return Incoming("client", record_id, fields, {}, groups, version)


def applied(db, *documents):
    with db.write(origin="remote") as work:
        return apply(work, documents)


def test_applied_once_however_often_and_in_whatever_order(db):
    older, newer = document(phone="1"), document(version=LATER, stamp="019aa1b2c3d5-0000-bbbb", phone="2")
    assert applied(db, newer, older).applied == {("client", "c1")}
    with db.read() as session:
        before = digest_of(dump(session))
    for again in ([older], [newer], [older, newer, older]):
        result = applied(db, *again)
        assert result.applied == set() and result.skipped
    with db.read() as session:
        assert digest_of(dump(session)) == before
        assert session.get(Client, "c1").phone == "2"
    assert units(db) == []


def test_missing_fields_take_the_defaults_of_the_file(db):
    applied(db, document(name="only a name"))
    with db.read() as session:
        row = session.get(Client, "c1")
        assert (row.country, row.is_archived, row.payment_days, row.phone) == ("FR", False, None, "")


def test_values_go_to_the_cloud_and_back_unchanged():
    for kind, raw in (
        ("client", {"is_archived": 1, "name": "é’", "payment_days": None}),
        ("conflict", {"kept": json_text({"b": 1, "a": "x"}), "lost": None, "is_restored": 0}),
    ):
        shape = record_shape(kind)
        whole = shape.defaults | raw
        cloud = shape.to_cloud(whole)
        assert all(type(cloud[name]) is bool for name in shape.bools)
        assert shape.to_raw(cloud | {"newer": 1}) == (whole, {"newer": 1})


@pytest.mark.parametrize("value", [1.5, [], {"__double__": "1.5"}, True, "12"])
def test_a_number_is_a_whole_number(value):
    with pytest.raises(InvalidDocument):
        record_shape("product").to_raw({"price": value})


def test_the_same_split_has_the_same_id_and_keeps_its_time():
    original = "019aa1b2-c3d4-7000-8000-000000000001"
    one = derived_id(original, "FA-1")
    assert one == derived_id(original, "FA-1") != derived_id(original, "FA-2")
    assert one[:14] == original[:14] and one[14] == "7"


def test_a_witness_stands_only_where_nothing_else_tells():
    base = {"a": "000000000001-0000-b", "c": "000000000002-0000-b"}
    clock = {"a": "000000000005-0000-own", "c": "000000000002-0000-b"}
    assert witnesses(clock, base, "own") == {}  # the stamp that is left proves the older one
    clock["c"] = "000000000005-0000-own"
    assert witnesses(clock, base, "own") == {"@b": "000000000002-0000-b"}
    assert has_arrived({"@b": "000000000002-0000-b"}, "000000000001-0000-b")
    assert not has_arrived({"@b": "000000000002-0000-b"}, "000000000003-0000-b")
    # Raised stamps run ahead of the natural ones of the same computer: they prove nothing about them.
    assert not has_arrived({"g": "0fffffffffff-0000-b+"}, "000000000003-0000-b")


def test_raised_stamps_grow_and_stay_above_what_they_replace(db):
    with db.write() as work:
        raiser = Raiser(work.session)
        future = "0fffffffffff-ffff-cccc"
        first, second = raiser.above(future), raiser.above(STAMP)
        assert future < first < second
        assert Raiser(work.session).above(future) > second
        clock = {"a": STAMP, "b": STAMP}
        assert raiser.raise_unsent(clock, {"a": future, "b": STAMP})
        assert clock["a"] > future and clock["b"] == STAMP


def test_an_own_earlier_change_in_the_cloud_is_no_conflict(db):
    shape = record_shape("client")
    mine = dict(shape.defaults, phone="3")
    first, second = "019aa1b2c3d4-0000-aaaa", "019aa1b2c3d5-0000-aaaa"
    local = LocalRecord("client", "c1", mine, {}, Known({"phone": second}, {}, Extra(), 1, None))
    remote = RemoteState(dict(shape.defaults, phone="2"), {}, {"phone": first}, Extra())
    with db.write() as work:
        outcome = reconcile(local, remote, Raiser(work.session))
    assert outcome.losers == [] and outcome.groups == {} and outcome.is_dirty


ODD = (
    None,
    "",
    "x",
    "0",
    0,
    1,
    10**16,
    1.5,
    True,
    False,
    {},
    {"x": 1},
    [],
    "2026-02-30",
    "2026-02-28",
    "2026-02-28T10:00:00+00:00",
)


def _or_refused(call):
    try:
        return call()
    except InvalidDocument as error:
        return str(error)


@pytest.mark.parametrize("row_type", catalog.row_types(), ids=lambda found: found.table.name)
def test_what_needs_no_look_is_what_a_look_leaves_alone(row_type):
    shape = _shape(row_type.table.name, row_type.synchronised)
    for name in shape.names:
        for value in ODD:
            looked = _or_refused(lambda name=name, value=value: shape.raw_of(name, value))
            got = _or_refused(lambda name=name, value=value: shape.to_raw({name: value})[0][name])
            assert (type(got), got) == (type(looked), looked), (name, value)
    assert shape.to_raw({}) == (shape.defaults, {})
    assert shape.row(shape.defaults) == tuple(shape.defaults.values())
