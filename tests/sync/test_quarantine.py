"""Ways out for what was refused: ours by the cloud, and the cloud's here."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from facturepro.db import replication_quarantine as refusals
from facturepro.db.models import Client, Conflict, Image, Invoice, InvoiceLine, Product
from facturepro.db.replication_outbox import is_waiting, requeue_all
from facturepro.db.replication_records import Incoming
from facturepro.domain.errors import UserError
from facturepro.services import quarantine
from facturepro.sync import codec
from facturepro.sync.remotes.base import RemoteDocument
from tests.sync.devices import Computer, Payment, memory_pair

HUGE = "x" * 1_100_000


@pytest.fixture
def world(tmp_path: Any) -> Any:
    cloud, a, b = memory_pair(tmp_path)
    a.sync(), b.sync()
    yield cloud, a, b
    a.close(), b.close()


def refused(computer: Computer) -> list[dict[str, Any]]:
    return quarantine.list_refused(company(computer))


def company(computer: Computer) -> Any:
    return SimpleNamespace(db=computer.db)


def fetching(computer: Computer) -> Any:
    def fetch(kind: str, record_id: str) -> Incoming | None:
        found = computer.remote.get([(kind, record_id)])[(kind, record_id)]
        return None if found is None else codec.incoming(found)

    return fetch


def discard(computer: Computer, kind: str, record_id: str) -> None:
    quarantine.discard(company(computer), kind, record_id, fetching(computer))


def settled(a: Computer, b: Computer) -> None:
    for computer in (a, b, a, b):
        computer.sync()
    assert a.dump() == b.dump()
    assert a.sync().pending == b.sync().pending == 0


def test_giving_up_takes_the_clouds_version_and_journals_ours(world):
    _cloud, a, b = world
    client = a.client("Durand", phone="1")
    settled(a, b)
    a.change(Client, client, notes=HUGE, phone="2")
    b.change(Client, client, city="Lille")
    b.sync()
    assert a.sync().refused
    [entry] = refused(a)
    assert (entry["kind"], entry["record_id"], entry["title"]) == ("client", client, "Durand")
    assert "(1\u202f076 Ko)" in entry["reason_text"] and "1 Mo" in entry["reason_text"] and entry["can_discard"]
    assert entry["reason"].startswith("larger than 1 MiB (1100")
    assert entry["attempts"] == 1 and entry["since"].startswith("2026-11-21T08") and entry["direction"] == "out"
    discard(a, "client", client)
    row = a.get(Client, client)
    assert (row.phone, row.notes, row.city) == ("1", "", "Lille") and refused(a) == []
    settled(a, b)
    lost = {conflict.merge_group: conflict.lost for conflict in b.all(Conflict)}
    assert lost["phone"] == {"phone": "2"}
    assert (
        lost["notes"]["notes"].startswith("xxx") and len(lost["notes"]["notes"]) < 50_000
    )  # the whole is in the audit
    assert a.scalar("SELECT MAX(length(before)) FROM change_log WHERE record_id = :id", id=client) > len(HUGE)


def test_a_record_that_the_cloud_never_had_stays_in_the_bin_and_can_come_back(world):
    _cloud, a, b = world
    client = a.client("Poison", notes=HUGE)
    draft = a.draft(client, "needs the client")
    a.sync()
    [entry] = refused(a)
    assert [(one["kind"], one["record_id"], one["title"]) for one in entry["waiting"]] == [("invoice", draft, "Poison")]
    with pytest.raises(UserError) as caught:
        discard(a, "client", client)
    assert caught.value.code == "refused_needed"
    a.change(Invoice, draft, client_id=None)
    discard(a, "client", client)
    assert a.get(Client, client).deleted_at is not None and refused(a) == []
    settled(a, b)  # it is no part of what the computers have in common
    assert b.all(Client) == [] and b.get(Invoice, draft) is not None
    a.change(Client, client, deleted_at=None, notes="short")
    settled(a, b)
    assert [row.id for row in b.all(Client)] == [client]


@pytest.mark.parametrize(
    "record",
    [
        lambda: Client(name="Durand", notes=HUGE),
        lambda: Product(name="Chaise", description=HUGE),
        lambda: Image(media_type="image/png", data=HUGE),
    ],
    ids=["client", "product", "image"],
)
def test_whatever_is_too_large_is_put_aside_with_its_size(world, record):
    _cloud, a, _b = world
    kept = a.add(record())
    other = a.client("Other")
    report = a.sync()
    assert len(report.refused) == 1 and kept in report.refused[0] and report.pending == 1
    [entry] = refused(a)
    assert entry["record_id"] == kept and "Trop volumineux (1\u202f07" in entry["reason_text"]
    assert a.sync().refused == () and ("client", other) in _cloud.records


def test_what_arrived_while_it_was_given_up_is_not_put_into_the_bin(world):
    """The engine sends at the moment between the question to the cloud and the giving up."""
    cloud, a, b = world
    client = a.client("Poison", notes=HUGE)
    a.sync()

    def fetch(_kind: str, _record_id: str) -> None:
        a.change(Client, client, notes="short")
        a.sync()

    with pytest.raises(UserError) as caught:
        quarantine.discard(company(a), "client", client, fetch)
    assert caught.value.code == "refused_moved" and a.get(Client, client).deleted_at is None
    settled(a, b)
    assert ("client", client) in cloud.records and refused(a) == []


def test_what_the_former_cloud_has_is_not_taken_when_the_file_moved_meanwhile(world):
    _cloud, a, b = world
    client = a.client("Durand")
    settled(a, b)
    a.change(Client, client, phone="1")
    with a.db.write(origin="remote") as work:
        refusals.quarantine(work, ("client", client), "refused")

    def fetch(kind: str, record_id: str) -> Incoming | None:
        found = fetching(a)(kind, record_id)
        with a.db.write() as work:
            work.keep("cloud", {"project": "elsewhere"})
            requeue_all(work)
        return found

    with pytest.raises(UserError) as caught:
        quarantine.discard(company(a), "client", client, fetch)
    assert caught.value.code == "cloud_moved" and a.get(Client, client).phone == "1"
    assert a.scalar("SELECT version FROM record_state WHERE record_id = :id", id=client) is None
    with a.db.read() as session:
        assert is_waiting(session, "client", client)


def test_issued_documents_and_payments_are_never_given_up(world):
    cloud, a, b = world
    client = a.client("Durand")
    draft, paid = a.draft(client, "one"), a.draft(client, "two")
    settled(a, b)
    with a.db.write("long line") as work:
        work.get(InvoiceLine, a.lines(draft)[0].id).description = HUGE
    a.issue(draft, "FA-1")
    a.issue(paid, "FA-2")
    payment = a.add(Payment(invoice_id=paid, amount=1, paid_on=a.db.now().date(), note=HUGE))
    a.sync()
    assert {(entry["kind"], entry["can_discard"]) for entry in refused(a)} == {("invoice", False), ("payment", False)}
    for key in (("invoice", draft), ("payment", payment)):
        with pytest.raises(UserError) as caught:
            discard(a, *key)
        assert caught.value.code == "refused_kept"
    quarantine.retry_all(company(a))
    assert refused(a) == []
    a.sync()
    assert len(refused(a)) == 2 and cloud.records[("invoice", draft)].fields["number"] is None


def test_what_cannot_be_read_here_is_listed_and_blocks_nothing(world):
    cloud, a, b = world
    client = a.client("Durand")
    settled(a, b)
    document = cloud.records[("client", client)]
    bad = {**document.fields, "payment_days": "soon"}
    clock = {**document.clock, "payment_days": "01b0ffffffff-0000-zzzz"}
    put(cloud, RemoteDocument("client", client, bad, {}, clock))
    a.change(Client, client, phone="mine")
    other = a.client("Other")
    report = a.sync()
    assert [one for one in report.refused if client in one] and ("client", other) in cloud.records
    entries = {entry["direction"]: entry for entry in refused(a)}
    assert "version que ce programme ne sait pas lire" in entries["out"]["reason_text"]
    assert "impossible ici" in entries["in"]["reason_text"] and entries["in"]["title"] == "Durand"
    with pytest.raises(UserError) as caught:
        discard(a, "client", client)
    assert caught.value.code == "refused_unreadable" and a.get(Client, client).phone == "mine"
    # Once it is mended there, ours goes out by itself.
    put(cloud, RemoteDocument("client", client, {**bad, "payment_days": 30}, {}, clock))
    a.sync()
    settled(a, b)
    assert refused(a) == [] and b.get(Client, client).phone == "mine" and b.get(Client, client).payment_days == 30


@pytest.mark.parametrize("where", ["client", "line"])
def test_what_the_clouds_version_names_and_is_not_here_yet_is_waited_for(world, where):
    cloud, a, b = world
    draft = a.draft(a.client("Durand"), "one")
    settled(a, b)
    a.change(Invoice, draft, internal_note="mine")
    with a.db.write(origin="remote") as work:
        refusals.quarantine(work, ("invoice", draft), "cannot")
    stored = cloud.records[("invoice", draft)]
    lines = {line: {**values, "product_id": "not-here"} for line, values in stored.lines.items()}
    fields = {**stored.fields, "client_id": "not-here"}
    put(cloud, replace(stored, fields=fields) if where == "client" else replace(stored, lines=lines))
    with pytest.raises(UserError) as caught:
        discard(a, "invoice", draft)
    assert caught.value.code == "refused_early" and a.get(Invoice, draft).internal_note == "mine"


def put(cloud: Any, document: RemoteDocument) -> None:
    document.version = document.updated_at = cloud.tick()
    cloud.records[document.key] = document


def test_other_content_for_an_issued_document_is_listed_and_can_be_put_aside(world):
    cloud, a, b = world
    draft = a.draft(a.client("Durand"), "one")
    a.issue(draft, "FA-1")
    settled(a, b)
    stored = cloud.records[("invoice", draft)]
    clock = {**stored.clock, "notes": "01b0ffffffff-0000-zzzz"}
    put(cloud, RemoteDocument("invoice", draft, {**stored.fields, "notes": "forged"}, dict(stored.lines), clock))
    b.sync()
    [entry] = refused(b)
    assert entry["reason"] == "frozen notes" and "émis" in entry["reason_text"] and entry["can_discard"]
    assert b.get(Invoice, draft).notes == ""
    discard(b, "invoice", draft)
    assert refused(b) == []
    [conflict] = b.all(Conflict)
    assert conflict.lost == {"notes": "forged"} and conflict.kept == {"notes": ""}
    # A later version of the document with the same content in it is nothing new, other content is.
    stored = cloud.records[("invoice", draft)]
    later = {**stored.clock, "internal_note": "01b0ffffffff-0001-zzzz"}
    put(cloud, RemoteDocument("invoice", draft, {**stored.fields, "internal_note": "seen"}, dict(stored.lines), later))
    assert b.sync().refused == () and refused(b) == [] and b.get(Invoice, draft).internal_note == "seen"
    assert b.engine.check().is_clean and b.engine.check().repaired == 0 and refused(b) == []
    worse = {**later, "notes": "01b0ffffffff-0002-zzzz"}
    stored = cloud.records[("invoice", draft)]
    put(cloud, RemoteDocument("invoice", draft, {**stored.fields, "notes": "worse"}, dict(stored.lines), worse))
    b.sync()
    assert [entry["reason"] for entry in refused(b)] == ["frozen notes"]


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("INVALID_ARGUMENT: Document cannot be written because its size exceeds the maximum allowed size", "1 Mo"),
        ("PERMISSION_DENIED: false for 'update' @ L40", "règles"),
        ("not a record id: 'client' 'a/b'", "identifiant"),
        ("INVALID_ARGUMENT: something", "valeurs"),
        ("unreadable invalid client.name is null", "ne sait pas lire"),
        ("never heard of", "Le cloud refuse"),
    ],
)
def test_a_technical_reason_in_words(reason, words):
    assert words in quarantine.reason_text(reason)


def test_a_second_refusal_is_told_although_the_figures_are_the_same(world):
    """A window that showed "tried again" would show it until something else happens."""
    _cloud, a, _b = world
    client = a.client("Poison", notes=HUGE)
    a.sync()
    quarantine.retry(company(a), "client", client)
    told = []
    unsubscribe = a.db.bus.subscribe(lambda changes: told.append(changes.records))
    a.sync()
    unsubscribe()
    assert {"client": frozenset({client})} in told


def test_nothing_refused_under_this_id(world):
    with pytest.raises(UserError) as caught:
        discard(world[1], "client", "nobody")
    assert caught.value.code == "refused_unknown"
