"""What the engine does when something goes wrong on the way, on the home in memory."""

from __future__ import annotations

import copy
import gc
import json
import weakref
from dataclasses import replace
from types import SimpleNamespace

import pytest

from facturepro.db import backup, local_state
from facturepro.db.models import Client, Conflict, Invoice, Payment
from facturepro.db.replication_outbox import queued, requeue_all
from facturepro.db.replication_quarantine import quarantine, release
from facturepro.domain.clock import parse_stamp
from facturepro.domain.errors import UserError
from facturepro.sync import codec, horizon
from facturepro.sync.engine import SyncEngine, _spare_the_collector
from facturepro.sync.home import Home
from facturepro.sync.identity import open_series
from facturepro.sync.remotes.base import (
    CompanyProfile,
    Contention,
    PreconditionFailed,
    RemoteDocument,
    Write,
    WriteRejected,
)
from facturepro.sync.remotes.memory import MemoryRemote
from facturepro.sync.status import kind_of
from tests.sync.devices import memory_pair, no_wait


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


def test_a_lost_answer_is_neither_sent_twice_nor_a_conflict(world):
    cloud, a, b = world
    client = a.client("Durand")
    cloud.faults.lost_acks = 1
    report = a.sync()
    assert (report.pushed, report.pending) == (1, 0)
    version = cloud.records[("client", client)].version
    settle(a, b)
    assert cloud.records[("client", client)].version == version
    assert a.all(Conflict) == []


def test_an_answer_lost_and_the_process_gone_before_it_could_look(world, monkeypatch):
    cloud, a, b = world
    client = a.client("Durand", phone="1")
    a.sync()
    b.sync()
    a.change(Client, client, phone="2")
    cloud.faults.lost_acks = 1
    with monkeypatch.context() as patch:
        patch.setattr(MemoryRemote, "get", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            a.sync()
    a.restart()
    # Meanwhile the other computer saw the change and replaced it knowingly, and changed it once more.
    b.sync()
    for phone in ("3", "4"):
        b.change(Client, client, phone=phone)
        b.sync()
    settle(a, b)
    assert a.get(Client, client).phone == "4"
    assert a.all(Conflict) == []


def test_an_answer_lost_then_edited_again_here(world):
    cloud, a, b = world
    client = a.client("Durand", phone="1")
    settle(a, b)
    a.change(Client, client, phone="2")
    cloud.faults.lost_acks = 1
    a.engine._puller.refresh = lambda keys: (_ for _ in ()).throw(KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        a.sync()
    a.restart()
    a.change(Client, client, phone="3")
    settle(a, b)
    assert b.get(Client, client).phone == "3" and b.all(Conflict) == []


def test_a_commit_that_shows_late(world):
    cloud, a, b = world
    a.client("Durand")
    cloud.faults.late_commits = 1
    a.sync()
    assert not cloud.release()  # the second sending was there first
    settle(a, b)
    assert a.all(Conflict) == [] and len(b.all(Client)) == 1


def test_no_network_says_so_and_keeps_everything(world):
    cloud, a, b = world
    cloud.faults.is_partitioned = True
    a.client("Durand")
    with pytest.raises(UserError) as error:
        a.sync()
    assert error.value.code == "cloud_unreachable"
    assert a.scalar("SELECT COUNT(*) FROM outbox") == 1
    cloud.faults.is_partitioned = False
    settle(a, b)
    assert len(b.all(Client)) == 1


def test_a_poisoned_record_holds_back_only_what_needs_it(world):
    _cloud, a, b = world
    huge = "x" * 1_100_000
    poisoned = a.client("Poison", notes=huge)
    draft = a.draft(poisoned, "needs the client")
    others = [a.client(f"client {number}") for number in range(150)]
    report = a.sync()
    assert report.pending == 2 and f"client/{poisoned}" in report.refused[0]
    b.sync()
    assert {row.id for row in b.all(Client)} == set(others) and b.all(Invoice) == []
    with a.db.read() as session:
        [entry] = [row for row in queued(session) if row.reason]
    assert entry.id == poisoned and "1 MiB" in entry.reason
    # Mending it is enough: it goes, and what waited for it.
    a.change(Client, poisoned, notes="shorter")
    assert a.sync().pending == 0
    settle(a, b)
    assert b.get(Invoice, draft) is not None


def test_a_quarantined_record_can_be_released(world):
    _cloud, a, _b = world
    poisoned = a.client("Poison", notes="x" * 1_100_000)
    a.sync()
    with a.db.write() as work:
        release(work)
    assert [key for key in a.sync().refused if poisoned in key]


def test_a_poisoned_document_from_the_cloud_holds_back_nothing(world):
    cloud, a, b = world
    good = a.client("Good")
    a.sync()
    stamp = cloud.records[("client", good)].clock["name"]
    bad = RemoteDocument("client", "bad-type", {"name": 12}, {}, {"name": stamp})
    null = RemoteDocument("client", "bad-null", {"name": None}, {}, {"name": stamp})
    lost = RemoteDocument("invoice", "not-a-uuid", {"client_id": good}, {}, {"client_id": stamp})
    # A line id that already belongs to another document breaks a constraint of the file.
    draft = a.draft(good, "one")
    a.sync()
    line = a.lines(draft)[0].id
    stolen = RemoteDocument("invoice", "thief", {}, {line: {"description": "mine"}}, {f"line:{line}": stamp})
    MemoryRemote(cloud).commit([Write(document) for document in (bad, null, lost, stolen)])
    b.sync()
    assert [row.id for row in b.all(Client)] == [good]
    assert {row.id for row in b.all(Invoice)} >= {draft, "not-a-uuid"}
    reasons = {
        b.scalar("SELECT reason FROM pending_remote WHERE record_id = :i", i=i) for i in ("bad-type", "bad-null")
    }
    assert reasons == {"invalid client.name holds a int", "invalid client.name is null"}


def test_unknown_fields_kinds_and_keys_make_the_round_trip(world):
    cloud, a, b = world
    client = a.client("Durand")
    draft = a.draft(client, "one")
    settle(a, b)
    line = a.lines(draft)[0].id
    # A newer version of the program writes what this one does not know.
    newer = MemoryRemote(cloud)
    stamp = "01f000000000-0000-dddd"
    for key, path, values in (
        (("client", client), "loyalty", {"points": 7}),
        (("invoice", draft), "mood", "good"),
    ):
        document = copy.deepcopy(cloud.records[key])
        document.fields[path] = values
        document.clock["loyalty"] = stamp
        document.extra["seal"] = "wax"
        document.schema = 9
        mask = [f"fields.{path}", "clock.loyalty", "seal"]
        if key[0] == "invoice":
            document.lines[line]["colour"] = "red"
            mask.append(f"lines.{line}.colour")
        newer.commit([Write(document, document.version, tuple(mask))])
    newer.commit([Write(RemoteDocument("delivery", "d1", {"on": "2026-11-21"}, {}, {"on": stamp}, schema=9))])
    settle(a, b)
    # This version changes the same records...
    a.change(Client, client, phone="2")
    with a.db.write("line") as work:
        from facturepro.db.models import InvoiceLine

        work.get(InvoiceLine, line).description = "changed"
    settle(a, b)
    # ...and nothing of the newer version is gone, in the cloud and in what each computer can tell.
    stored = cloud.records[("client", client)]
    assert stored.fields["loyalty"] == {"points": 7} and stored.extra == {"seal": "wax"} and stored.schema == 9
    stored = cloud.records[("invoice", draft)]
    assert stored.lines[line] == {**stored.lines[line], "colour": "red", "description": "changed"}
    lines = [json.loads(text) for text in b.dump().splitlines()]
    assert [row["fields"] for row in lines if row["kind"] == "delivery"] == [{"on": "2026-11-21"}]
    assert [row["fields"]["loyalty"] for row in lines if row["id"] == client] == [{"points": 7}]


def test_a_company_that_asks_for_a_newer_version_is_read_only(world):
    cloud, a, b = world
    b.client("from b")
    b.sync()
    cloud.company = CompanyProfile("Essai", min_schema=99)
    a.client("from a")
    a.engine._exchange.devices.info = {"name": "Atelier"}
    report = a.sync()
    assert "aaaa" not in cloud.devices
    assert report.blocked == "update_required" and report.pending == 1
    assert {row.name for row in a.all(Client)} == {"from a", "from b"}
    assert len([key for key in cloud.records if key[0] == "client"]) == 1


@pytest.mark.parametrize(("fault", "code"), [("read_only", "cloud_read_only"), ("denied", "cloud_removed")])
def test_a_revoked_member_is_told_and_nothing_is_quarantined(world, fault, code):
    cloud, a, _b = world
    for number in range(20):
        a.client(f"{number}")
    getattr(cloud.faults, fault).add("aaaa")
    with pytest.raises(UserError) as error:
        a.sync()
    assert error.value.code == code
    assert a.scalar("SELECT COUNT(*) FROM outbox WHERE quarantined_for IS NOT NULL") == 0
    getattr(cloud.faults, fault).clear()
    assert a.sync().pushed == 20


def test_local_transactions_arrive_whole(world):
    cloud, a, _b = world
    for number in range(40):
        with a.db.write("three at once") as work:
            for part in range(3):
                work.add(Client(name=f"{number}", notes=f"{part}"))
    a.sync()
    commits: dict[str, list[str]] = {}
    for (kind, _id), record in cloud.records.items():
        if kind == "client":
            commits.setdefault(record.version or "", []).append(record.fields["name"])
    assert len(commits) == 2  # 99 and 21: a transaction is not cut
    for names in commits.values():
        assert all(names.count(name) == 3 for name in names)


def test_local_transactions_arrive_whole_whatever_their_size(world):
    """What fits a commit of its own is not cut because something large goes before it."""
    cloud, a, b = world
    a.client("large", notes="x" * 700_000)
    with a.db.write("two at once") as work:
        for part in range(2):
            work.add(Client(name="whole", notes=f"{part}" * 200_000))
    with a.db.write("too much for one") as work:
        for part in range(3):
            work.add(Client(name="cut", notes=f"{part}" * 500_000))
    a.sync()
    written = [
        (record.fields["name"], record.version) for (kind, _id), record in cloud.records.items() if kind == "client"
    ]
    assert len({version for name, version in written if name == "whole"}) == 1
    assert len({version for name, version in written if name == "cut"}) == 2
    b.sync()
    assert len(b.all(Client)) == 6


def test_a_fault_that_nobody_names_leaves_other_transactions_whole(world, monkeypatch):
    cloud, a, _b = world
    for number in range(5):
        with a.db.write("three at once") as work:
            for part in range(3):
                work.add(Client(name=f"{number}", notes="poison" if (number, part) == (4, 1) else ""))
    original = a.remote.commit

    def refuse(writes):
        if any(write.document.fields.get("notes") == "poison" for write in writes):
            raise WriteRejected(None, "cannot be stored")
        return original(writes)

    monkeypatch.setattr(a.remote, "commit", refuse)
    a.sync()
    commits = {}
    for (kind, _id), record in cloud.records.items():
        if kind == "client":
            commits.setdefault(record.fields["name"], set()).add(record.version)
    assert {name: len(versions) for name, versions in commits.items() if name != "4"} == dict.fromkeys("0123", 1)


def test_a_transaction_larger_than_a_commit_is_cut_with_what_is_named_first(world):
    _cloud, a, b = world
    with a.db.write("import") as work:
        clients = [work.add(Client(name=f"{number}")) for number in range(120)]
        work.flush()
        for client in clients:
            work.add(Invoice(client_id=client.id))
    assert a.sync().pushed == 240
    b.sync()
    assert len(b.all(Invoice)) == 120


def test_documents_wait_for_what_they_name_whatever_the_order(world):
    cloud, a, b = world
    client = a.client("Durand")
    draft = a.draft(client, "one")
    a.issue(draft, "A-1")
    a.add(Payment(invoice_id=draft, amount=3, paid_on=a.db.now().date()))
    a.sync()
    documents = sorted(cloud.records.values(), key=lambda record: record.kind, reverse=True)
    for document in documents:
        b.engine._puller.apply([copy.deepcopy(document)])
    assert b.get(Invoice, draft).amount_paid == 3
    assert b.scalar("SELECT COUNT(*) FROM pending_remote") == 0
    before = b.dump()
    for _again in range(2):
        result = b.engine._puller.apply([copy.deepcopy(document) for document in documents])
        assert result.applied == set()
    assert b.dump() == before


def test_what_waits_is_not_passed_over_for_an_older_version(world):
    """Found by the state machine's law of any order: the older one came with what the newer one waited for."""
    cloud, a, b = world
    draft = a.draft(a.client("Durand"), "one")
    a.sync()
    client, older = (
        copy.deepcopy(next(r for r in cloud.records.values() if r.kind == kind)) for kind in ("client", "invoice")
    )
    a.issue(draft, "A-1")
    a.sync()
    newer = copy.deepcopy(cloud.records[("invoice", draft)])
    b.engine._puller.apply([newer])
    b.engine._puller.apply([client, older])
    assert b.get(Invoice, draft).number == "A-1"
    assert b.scalar("SELECT COUNT(*) FROM pending_remote") == 0


def test_an_issued_document_that_arrives_different_is_refused(world):
    cloud, a, b = world
    draft = a.draft(a.client(), "one")
    a.issue(draft, "A-1")
    settle(a, b)
    forged = copy.deepcopy(cloud.records[("invoice", draft)])
    forged.fields["notes"] = "forged"
    forged.fields["internal_note"] = "fine"
    forged.clock["notes"] = forged.clock["internal_note"] = str(parse_stamp("01f000000000-0000-eeee"))
    mask = ("fields.notes", "fields.internal_note", "clock.notes", "clock.internal_note")
    MemoryRemote(cloud).commit([Write(forged, forged.version, mask)])
    report = b.sync()
    assert report.refused == (f"invoice/{draft}: frozen notes",)
    row = b.get(Invoice, draft)
    assert (row.notes, row.internal_note) == ("", "fine")
    assert b.sync().pushed == 0  # and it is not sent over the cloud's either


def test_a_clock_ahead_by_a_day_is_reported_and_locks_nobody_out(world):
    _cloud, a, b = world
    client = a.client("Durand", phone="1")
    settle(a, b)
    a.engine._exchange.server_time.answered = lambda *_: None  # a computer that never learned the cloud's time
    a.db.clock_offset_ms = 86_400_000
    a.change(Client, client, phone="from tomorrow")
    a.sync()
    assert b.sync().ahead == "aaaa"
    b.change(Client, client, phone="after it")
    now_ms = int(b.clock.at.timestamp() * 1000)
    assert b.scalar("SELECT clock_ms FROM capture_context") < now_ms + 6 * 60 * 1000
    settle(a, b)
    assert a.get(Client, client).phone == "after it" and a.all(Conflict) == []
    a.change(Client, client, phone="and again")
    settle(a, b)
    assert b.get(Client, client).phone == "and again"


def test_the_time_of_the_cloud_is_learned(world):
    _cloud, a, _b = world
    a.clock.forward(days=-2)
    a.cloud_time = None
    remote = a.remote
    a.client("Durand")
    assert abs(a.db.clock_offset_ms) < 5000
    remote._cloud._now = lambda: int(a.clock.at.timestamp() * 1e9) + 172_800 * 10**9
    a.sync()
    assert abs(a.db.clock_offset_ms - 172_800_000) < 5000
    with a.db.read() as session:
        assert local_state.get(session, "clock_offset_ms") == a.db.clock_offset_ms


def test_another_cloud_receives_everything(world, tmp_path):
    _cloud, a, _b = world
    client = a.client("Durand")
    a.draft(client, "one")
    refused = a.client("Refused by the former one")
    with a.db.write() as work:
        quarantine(work, ("client", refused), "PERMISSION_DENIED")
    a.sync()
    (tmp_path / "second").mkdir()
    cloud, c, d = memory_pair(tmp_path / "second")
    with a.db.write() as work:
        work.keep(horizon.BEYOND, "2026-01-01T00:00:00.000000000Z")
        requeue_all(work)
        assert not horizon.is_beyond(work)  # else what the new cloud lacks would be deleted here
    a.remote = MemoryRemote(cloud, "aaaa")
    a.restart()
    settle(a, d)
    assert a.all(Conflict) == [] and d.get(Client, client).name == "Durand" and d.get(Client, refused) is not None
    c.close()
    d.close()


def test_what_another_process_sent_leaves_the_queue(world):
    cloud, a, _b = world
    client = a.client("Durand")
    with a.db.read() as session:
        from facturepro.db.replication_records import load

        record = load(session, [("client", client)])[("client", client)]
    write, _entries = codec.write_of(record, "aaaa")
    MemoryRemote(cloud, "aaaa").commit([write])
    report = a.sync()
    assert report.pending == 0 and report.conflicts == 0


def test_killed_at_every_step_it_goes_on_from_the_file(tmp_path, monkeypatch):
    """Die before and after each call to the cloud and before each commit of the file, in turn, until all of it passes."""
    from facturepro.db.unit_of_work import UnitOfWork

    cloud, a, b = memory_pair(tmp_path)
    for computer in (a, b, a):
        computer.sync()
    client = a.client("Durand")
    draft = a.draft(client, "one")
    b.sync()
    settle(a, b)
    steps = 0

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

    deaths = 0
    while True:
        a.change(Client, client, phone=f"a{steps}")
        b.change(Client, client, phone=f"b{steps}", email=f"b{steps}")
        b.sync()
        a.change(Invoice, draft, notes=f"{steps}")
        left = steps
        with monkeypatch.context() as patch:
            patch.setattr(MemoryRemote, "commit", dying(MemoryRemote.commit, False))
            patch.setattr(MemoryRemote, "get", dying(MemoryRemote.get, False))
            patch.setattr(UnitOfWork, "finish", dying(UnitOfWork.finish, True))
            try:
                a.sync()
                is_through = True
            except Killed:
                is_through = False
                deaths += 1
        a.restart()
        # In the file exactly when in the queue or in the cloud.
        for record_id, group in ((client, "phone"), (draft, "notes")):
            kind = "client" if record_id == client else "invoice"
            sent = cloud.records[(kind, record_id)].clock[group]
            mine = json.loads(a.scalar("SELECT clock FROM record_state WHERE record_id = :i", i=record_id))[group]
            is_queued = a.scalar("SELECT COUNT(*) FROM outbox WHERE record_id = :i", i=record_id) > 0
            assert is_queued or sent == mine or sent > mine
        settle(a, b)
        row = a.get(Client, client)
        lost = {next(iter(conflict.lost.values())) for conflict in a.all(Conflict)}
        assert row.email == f"b{steps}" and {f"a{steps}", f"b{steps}"} <= {row.phone} | lost
        assert a.get(Invoice, draft).notes == f"{steps}"
        steps += 1
        if is_through:
            break
    assert deaths >= 6
    a.close()
    b.close()


def test_a_letter_is_claimed_under_the_name_that_the_file_has_now(world):
    """Another process noticed that the file is a copy; this one has not heard of it."""
    _cloud, a, _b = world
    claimed = []
    remote = SimpleNamespace(claim_series=lambda device, letter, _info: claimed.append((device, letter)) or letter)
    letter = backup.renew_identity(a.path, {"A"})
    with a.db.read() as session:
        device = local_state.get(session, "device_id")
    assert a.db.device_id == "aaaa" != device
    with a.db.engine.begin() as connection:
        connection.exec_driver_sql("INSERT OR REPLACE INTO local_state (key, value) VALUES ('series_stale', 'true')")
    open_series(Home(a.db), remote, {})  # type: ignore[arg-type]
    assert claimed == [(device, letter)] and a.db.device_id == device
    with a.db.read() as session:
        assert local_state.get(session, "series_stale") is False


def test_a_record_that_others_keep_writing_holds_back_nothing_else(world):
    """What waits behind it goes out; that it does not is told as what it is, and not as a network that fails."""
    cloud, a, b = world
    hot = a.client("Hot")
    settle(a, b)
    a.change(Client, hot, phone="1")
    a.client("Behind it")
    commit = a.remote.commit

    def contended(writes):
        if any(write.document.id == hot for write in writes):
            stored = cloud.records[("client", hot)]
            cloud.records[("client", hot)] = replace(stored, version=cloud.tick())
        return commit(writes)

    a.remote.commit = contended
    with pytest.raises(UserError) as caught:
        a.sync()
    assert caught.value.code == "cloud_contended" and kind_of(Contention("x")) == "waiting"
    assert {record.fields["name"] for record in cloud.records.values() if record.kind == "client"} == {
        "Hot",
        "Behind it",
    }
    del a.remote.commit
    assert a.sync().pending == 0 and cloud.records[("client", hot)].fields["phone"] == "1"


@pytest.mark.parametrize("refusal", [Contention("try again"), PreconditionFailed("something moved")])
def test_a_contended_record_that_nobody_names_holds_back_only_its_transaction(world, refusal):
    cloud, a, _b = world
    with a.db.write("together") as work:
        hot = work.add(Client(name="Hot"))
        work.add(Client(name="Friend"))
        work.flush()
        hot_id = hot.id
    for number in range(70):
        a.client(f"{number:02}")
    commit, commits = a.remote.commit, []

    def contended(writes):
        commits.append(len(writes))
        if any(write.document.id == hot_id for write in writes):
            raise refusal
        return commit(writes)

    a.remote.commit = contended
    with pytest.raises(UserError) as caught:
        a.sync()
    assert caught.value.code == "cloud_contended"
    assert len([key for key in cloud.records if key[0] == "client"]) == 70
    assert a.engine._exchange.pending()[0] == 2 and len(commits) < 45
    del a.remote.commit
    assert a.sync().pending == 0


def test_where_everything_is_contended_the_search_for_one_record_ends(world):
    _cloud, a, _b = world
    for number in range(150):
        a.client(f"{number:03}")
    commits = []

    def contended(writes):
        commits.append(len(writes))
        raise Contention("too much contention")

    a.remote.commit = contended
    with pytest.raises(UserError):
        a.sync()
    assert len(commits) < 150


def test_what_numbering_leaves_in_the_queue_goes_out_with_the_same_exchange(world):
    """An entry of the journal, a client brought back: whatever reading the record again has queued."""
    cloud, a, _b = world

    def number_waiting(_puller):
        if not a.all(Client):
            a.client("Queued meanwhile")
        return False

    engine = SyncEngine(a.db, a.remote, sleep=no_wait, number_waiting=number_waiting)
    assert engine.once(30).pending == 0
    assert [key for key in cloud.records if key[0] == "client"]


def moves(computer):
    """As ``cloud join`` of another process does."""
    with computer.db.write("moved") as work:
        requeue_all(work)
        work.keep("cloud", {"project": "elsewhere"})


def test_an_answer_that_comes_after_the_move_to_another_cloud_is_not_believed_there(world):
    cloud, a, _b = world
    client = a.client("Durand")
    commit = a.remote.commit

    def answered_late(writes):
        result = commit(writes)
        moves(a)
        return result

    a.remote.commit = answered_late
    with pytest.raises(UserError) as caught:
        a.sync()
    assert caught.value.code == "cloud_moved" and ("client", client) in cloud.records
    assert a.scalar("SELECT COUNT(*) FROM record_state WHERE version IS NOT NULL") == 0
    assert a.scalar("SELECT COUNT(*) FROM outbox WHERE record_id = :id", id=client) == 1


def test_a_page_that_comes_after_the_move_to_another_cloud_leaves_no_cursor(world):
    _cloud, a, b = world
    b.client("Durand")
    b.sync()
    read = a.remote.changes_since

    def pages(*arguments):
        for page in read(*arguments):
            moves(a)
            yield page

    a.remote.changes_since = pages
    with pytest.raises(UserError) as caught:
        a.sync()
    assert caught.value.code == "cloud_moved" and a.all(Client) == []
    assert a.scalar("SELECT COUNT(*) FROM local_state WHERE key IN ('cursor', 'reading')") == 0


def test_what_the_collector_is_spared_is_no_garbage():
    class Ring:
        pass

    ring = Ring()
    ring.itself, seen = ring, weakref.ref(ring)
    del ring
    try:
        _spare_the_collector.__wrapped__()
        assert seen() is None and gc.get_freeze_count()
    finally:
        gc.unfreeze()  # or later tests would keep everything of this one
