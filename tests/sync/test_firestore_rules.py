"""Who may do what: the rules of the cloud, asked through tokens as the people of a company would."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from facturepro.assets import asset
from facturepro.db import catalog
from facturepro.db.models import Invoice
from facturepro.db.replication_digest import bucket_of
from facturepro.sync.remotes.base import AccessDenied, Numbered, RemoteDocument, RemoteMisconfigured, SeriesHead, Write
from facturepro.sync.remotes.firestore import FirestoreRemote
from facturepro.sync.remotes.firestore_calls import add_plain_write
from facturepro.sync.remotes.firestore_connection import FirestoreTarget
from facturepro.sync.remotes.firestore_protocol import CommitRequest
from tests.sync.devices import Computer
from tests.sync.emulator import Emulator

pytestmark = pytest.mark.emulator

REFUSED = AccessDenied


@pytest.fixture
def people(connect: Callable[..., Any]) -> dict[str, Any]:
    """A company with one person of each role, a stranger, and nobody at all."""
    owner = connect("owner-uid")
    owner.provision({"name": "Atelier"}, {"uid": "owner-uid", "email": "o@x.fr", "name": "O"})
    for role in ("admin", "member", "accountant"):
        write_plain(owner, f"members/{role}-uid", {"role": role})
    named = {role: connect(f"{role}-uid") for role in ("admin", "member", "accountant", "stranger")}
    return {"owner": owner, **named}


def write_plain(
    remote: Any, path: str, values: dict[str, Any], merge: bool = False, stamped: str | None = None
) -> None:
    request = CommitRequest(database=remote._database)
    add_plain_write(request, f"{remote._company}/{path}".rstrip("/"), values, stamped, merge)
    remote._calls.commit(request)


def delete(remote: Any, path: str) -> None:
    request = CommitRequest(database=remote._database)
    request.writes.add().delete = f"{remote._company}/{path}"
    remote._calls.commit(request)


def record(kind: str = "client", id: str = "a", **fields: Any) -> RemoteDocument:
    return RemoteDocument(kind, id, fields or {"name": "x"}, {}, {"name": "1"}, "d1", "op1")


def created(remote: Any, document: RemoteDocument) -> RemoteDocument:
    document.version = remote.commit([Write(document)]).versions[0]
    return document


def update(remote: Any, document: RemoteDocument, *mask: str) -> None:
    document.version = remote.commit([Write(document, document.version, mask)]).versions[0]


@pytest.mark.parametrize("who", ["owner", "admin", "member"])
def test_who_works_there_reads_and_writes(people: dict[str, Any], who: str) -> None:
    remote = people[who]
    document = created(remote, record())
    document.fields["name"] = "y"
    update(remote, document, "fields.name")
    assert [found.fields["name"] for page in remote.changes_since(None) for found in page.documents] == ["y"]
    assert remote.claim_series("d1", None, {"name": "pc"}) == "A"
    remote.touch_device("d1", {"pushed": 1})
    assert remote.commit_numbered("FA", SeriesHead(), central(record(id="b")))[0] == 1


def test_an_accountant_reads_and_writes_nothing(people: dict[str, Any]) -> None:
    document = created(people["member"], record())
    remote = people["accountant"]
    assert len(next(remote.changes_since(None)).documents) == 1
    assert remote.profile().name == "Atelier"
    for attempt in (
        lambda: created(remote, record(id="b")),
        lambda: update(remote, document, "fields.name"),
        lambda: remote.claim_series("d9", None, {}),
        lambda: remote.touch_device("d9", {}),
        lambda: remote.commit_numbered("FA", SeriesHead(), central(record(id="c"))),
        lambda: write_plain(remote, "members/accountant-uid", {"role": "owner"}),
    ):
        with pytest.raises(REFUSED):
            attempt()


def test_a_stranger_gets_nothing(people: dict[str, Any]) -> None:
    document = created(people["member"], record())
    remote = people["stranger"]
    for attempt in (
        lambda: list(remote.changes_since(None)),
        lambda: remote.get([("client", "a")]),
        lambda: remote.profile(),
        lambda: remote.devices(),
        lambda: created(remote, record(id="b")),
        lambda: update(remote, document, "fields.name"),
        lambda: write_plain(remote, "members/stranger-uid", {"role": "owner"}),
        lambda: write_plain(remote, "members/stranger-uid", {"role": "member"}),
        lambda: remote.claim_series("d9", None, {}),
    ):
        with pytest.raises(REFUSED):
            attempt()


def test_an_owner_elsewhere_is_a_stranger_here(people: dict[str, Any], connect: Callable[..., Any]) -> None:
    elsewhere = connect("stranger-uid", "another-" + people["owner"]._company.rsplit("/", 1)[-1])
    elsewhere.provision({"name": "Another"}, {"uid": "stranger-uid"})
    with pytest.raises(REFUSED):
        list(people["stranger"].changes_since(None))


def test_a_revocation_holds_at_once(people: dict[str, Any]) -> None:
    created(people["member"], record())
    delete(people["owner"], "members/member-uid")
    with pytest.raises(REFUSED):
        list(people["member"].changes_since(None))
    with pytest.raises(REFUSED):
        created(people["member"], record(id="b"))


def test_a_company_has_a_founder_who_is_its_owner(connect: Callable[..., Any], company: str) -> None:
    founder = connect("u1")
    with pytest.raises(REFUSED):
        founder.provision({"name": "Atelier"})
    with pytest.raises(REFUSED):
        founder.provision({"name": "Atelier"}, {"uid": "somebody else"})
    assert founder.provision({"name": "Atelier"}, {"uid": "u1"}).name == "Atelier"
    with pytest.raises(REFUSED):
        connect("u2").provision({"name": "Atelier"}, {"uid": "u2"})


def test_nobody_raises_themselves(people: dict[str, Any]) -> None:
    for who, uid, role in (
        ("admin", "admin-uid", "owner"),
        ("admin", "member-uid", "owner"),
        ("admin", "new-uid", "owner"),
        ("admin", "owner-uid", "member"),
        ("member", "member-uid", "admin"),
        ("member", "new-uid", "member"),
        ("owner", "new-uid", "emperor"),
        ("owner", "owner-uid", "member"),  # nor lower: a company keeps its owner
        ("admin", "admin-uid", "member"),
    ):
        with pytest.raises(REFUSED):
            write_plain(people[who], f"members/{uid}", {"role": role})
    write_plain(people["admin"], "members/member-uid", {"role": "accountant"})
    write_plain(people["owner"], "members/admin-uid", {"role": "owner"})


def test_nothing_is_ever_deleted(people: dict[str, Any]) -> None:
    owner = people["owner"]
    created(owner, record())
    owner.claim_series("d1", None, {})
    for path in ("records/client_a", "devices/d1", "counters/series_letters", "members/owner-uid"):
        with pytest.raises(REFUSED):
            delete(owner, path)
    for who in ("admin", "member"):
        with pytest.raises(REFUSED):
            delete(people[who], "members/owner-uid")


def test_a_record_bears_the_servers_time_and_its_own_name(people: dict[str, Any]) -> None:
    owner = people["owner"]
    values = {"kind": "client", "fields": {}, "lines": {}, "clock": {}, "device": "d", "op": "o"}
    values |= {"schema": 1, "deleted": False, "digest": 1, "bucket": 255}
    past = {"__timestamp__": "2020-01-01T00:00:00.000000000Z"}
    with pytest.raises(REFUSED):
        write_plain(owner, "records/client_a", {**values, "updated_at": past})
    with pytest.raises(REFUSED):
        write_plain(owner, "records/invoice_a", values, stamped="updated_at")
    with pytest.raises(REFUSED):
        write_plain(owner, "records/client_a", {**values, "fields": "text"}, stamped="updated_at")
    types = ({"clock": "x"}, {"lines": []}, {"device": 1}, {"op": None}, {"schema": "1"}, {"deleted": 0}, {"kind": 1})
    for wrong in (*types, {"digest": "1"}, {"digest": None}, {"bucket": "1"}, {"bucket": -1}, {"bucket": 256}):
        with pytest.raises(REFUSED):
            write_plain(owner, "records/client_a", {**values, **wrong}, stamped="updated_at")
    for missing in ("digest", "bucket"):
        some = {key: value for key, value in values.items() if key != missing}
        with pytest.raises(REFUSED):
            write_plain(owner, "records/client_a", some, stamped="updated_at")
    write_plain(owner, "records/client_a", values, stamped="updated_at")


@pytest.mark.parametrize("kind", ["client", "invoice", "payment"])
def test_a_digest_follows_the_content_and_a_bucket_never_changes(
    people: dict[str, Any], connect: Callable[..., Any], kind: str
) -> None:
    member = people["member"]
    stored = created(member, record(kind, number="FA-1"))
    stored.digest, stored.bucket = 5, bucket_of(stored.id)
    update(member, stored)
    stored.bucket = (stored.bucket + 1) % 256
    with pytest.raises(REFUSED):
        update(member, stored)
    # Written past the rules by a program that knows nothing of it: both can be given, once.
    values = {"kind": kind, "fields": {"number": "FA-2"}, "lines": {}, "clock": {}, "device": "d", "op": "o"}
    write_plain(connect(), f"records/{kind}_b", {**values, "schema": 1, "deleted": False}, stamped="updated_at")
    other = member.get([(kind, "b")])[(kind, "b")]
    assert (other.digest, other.bucket) == (None, None)
    other.digest, other.bucket = 6, bucket_of("b")
    update(member, other)
    assert member.get([(kind, "b")])[(kind, "b")].bucket == bucket_of("b")


def test_every_query_of_the_program_has_its_index() -> None:
    declared = json.loads(asset("cloud", "firestore.indexes.json").read_text(encoding="utf-8"))
    (index,) = declared["indexes"]
    assert index["collectionGroup"] == "records"
    assert [field["fieldPath"] for field in index["fields"]] == ["bucket", "digest"]
    single = {override["fieldPath"]: override["indexes"] for override in declared["fieldOverrides"]}
    assert single["updated_at"] and "bucket" not in single


@pytest.mark.parametrize("kind", ["invoice", "credit_note"])
def test_an_issued_document_is_frozen(people: dict[str, Any], kind: str) -> None:
    remote = people["owner"]
    draft = record(kind, notes="n", number=None, client_id="c1")
    draft.lines = {"0193-ab": {"net": 100}}
    created(remote, draft)
    draft.fields["notes"] = "changed while a draft"
    update(remote, draft, "fields.notes")
    draft.fields["number"] = "FA-2026-00001"
    update(remote, draft, "fields.number")
    for change in (
        lambda: draft.fields.update(number="FA-2026-00002"),
        lambda: draft.fields.update(number=None),
        lambda: draft.fields.update(notes="other"),
        lambda: draft.fields.update(unknown=1),
        lambda: draft.lines.update({"0193-ab": {"net": 1}}),
        lambda: draft.lines.update({"0193-cd": {"net": 1}}),
        lambda: setattr(draft, "deleted", True),
        lambda: draft.extra.update(smuggled=1),
    ):
        before = (dict(draft.fields), dict(draft.lines))
        change()
        mask = [f"fields.{key}" for key in draft.fields] + ["lines", *draft.extra]
        with pytest.raises(REFUSED):
            update(remote, draft, *mask)
        draft.fields, draft.lines = before
        draft.deleted, draft.extra = False, {}
    draft.fields["internal_note"] = "called them"
    draft.clock["internal_note"] = "2"
    update(remote, draft, "fields.internal_note", "clock.internal_note")


@pytest.mark.parametrize("kind", ["image", "payment", "stock_movement"])
def test_what_is_append_only_never_changes(people: dict[str, Any], kind: str) -> None:
    fact = created(people["member"], record(kind, amount=100))
    for field, value in (("amount", 1), ("note", "x")):
        fact.fields[field] = value
        with pytest.raises(REFUSED):
            update(people["member"], fact, f"fields.{field}")
    fact.fields = {"amount": 100}
    fact.deleted = True
    with pytest.raises(REFUSED):
        update(people["member"], fact)


def test_a_letter_is_given_once(people: dict[str, Any]) -> None:
    member = people["member"]
    with pytest.raises(REFUSED):
        write_plain(member, "counters/series_letters", {"taken": {"A": "d1", "B": "d1"}})
    assert member.claim_series("d1", None, {}) == "A"
    assert member.claim_series("d2", None, {}) == "B"
    for path, values in (
        ("counters/series_letters", {"taken": {"A": "d1", "B": "d1"}}),
        ("counters/series_letters", {"taken": {"A": "d1"}}),
        ("counters/series_letters", {"taken": {"A": "d1", "B": "d2", "C": "d3", "D": "d3"}}),
        ("counters/series_letters", {"taken": {"A": "d1", "B": "d1", "C": "d3"}}),
        ("devices/d2", {"series": "A"}),
        ("devices/d3", {"series": "A"}),
        ("devices/d3", {"series": "C"}),
    ):
        with pytest.raises(REFUSED):
            write_plain(member, path, values, merge=path.startswith("devices"))


def central(*documents: RemoteDocument) -> Callable[[SeriesHead], Numbered]:
    return lambda _head: Numbered([Write(document) for document in documents], "2026-03-02")


def test_a_counter_moves_by_one_and_its_date_never_back(people: dict[str, Any]) -> None:
    member = people["member"]
    member.commit_numbered("FA", SeriesHead(), central(record(id="a")))
    right = {"last": 2, "last_on": "2026-03-02", "seal": ""}
    for wrong in ({"last": 1}, {"last": 3}, {"last": 0}, {"last_on": "2026-03-01"}, {"last_on": "x"}, {"seal": 1}):
        with pytest.raises(REFUSED):
            write_plain(member, "counters/FA", right | wrong, stamped="updated_at")
    with pytest.raises(REFUSED):
        write_plain(member, "counters/FA", right | {"updated_at": {"__timestamp__": "2020-01-01T00:00:00.000000000Z"}})
    write_plain(member, "counters/FA", right, stamped="updated_at")


def test_a_number_of_a_central_series_is_written_with_its_counter(people: dict[str, Any]) -> None:
    member = people["member"]

    def issued(counter: int, id: str = "a", series: str = "F/A-2026-") -> RemoteDocument:
        return record("invoice", id, number=f"{series}{counter:04d}", series=series, counter=counter)

    with pytest.raises(REFUSED):
        created(member, issued(1))
    member.commit_numbered("F/A-2026-", SeriesHead(), central(issued(1)))
    with pytest.raises(REFUSED):
        created(member, issued(2, "b"))
    draft = created(member, record("invoice", "c", number=None))
    draft.fields = issued(2).fields
    with pytest.raises(REFUSED):
        update(member, draft, "fields.number", "fields.series", "fields.counter")
    write = Write(draft, draft.version, ("fields.number", "fields.series", "fields.counter"))
    member.commit_numbered("F/A-2026-", SeriesHead(), lambda _head: Numbered([write], "2026-03-03"))
    created(member, issued(7, "d", "F/A-2026-B"))  # a computer's own series has no counter


def test_a_hundred_writes_pass_in_one_commit(people: dict[str, Any]) -> None:
    documents = [record("invoice", f"id-{index}", number="N" if index % 2 else None) for index in range(100)]
    result = people["member"].commit([Write(document) for document in documents])
    for document, version in zip(documents, result.versions, strict=True):
        document.version, document.fields["internal_note"] = version, "n"
    people["member"].commit([Write(document, document.version, ("fields.internal_note",)) for document in documents])
    stored = people["member"].get([("invoice", document.id) for document in documents]).values()
    assert [found and found.fields["internal_note"] for found in stored] == ["n"] * 100


def test_the_versions_and_the_birth_of_a_company_are_never_turned_back(
    people: dict[str, Any], connect: Callable[..., Any]
) -> None:
    """Who lowered what the company accepts would let older programs write over what they cannot read."""
    owner = people["owner"]
    write_plain(owner, "", {"schema": 3, "min_schema": 2}, merge=True)
    for who, values, stamped in (
        ("owner", {"schema": 2}, None),
        ("owner", {"min_schema": 1}, None),
        ("owner", {}, "created_at"),
        ("member", {"min_schema": 3}, None),
        ("accountant", {"name": "Mine"}, None),
        ("stranger", {"name": "Mine"}, None),
    ):
        with pytest.raises(REFUSED):
            write_plain(people[who], "", values, merge=True, stamped=stamped)
    write_plain(people["admin"], "", {"min_schema": 3}, merge=True)
    assert (owner.profile().schema, owner.profile().min_schema) == (3, 3)
    founder = connect("stranger-uid", "backdated-" + owner._company.rsplit("/", 1)[-1])
    request = CommitRequest(database=founder._database)
    past = {"__timestamp__": "2020-01-01T00:00:00.000000000Z"}
    add_plain_write(request, founder._company, {"name": "x", "schema": 1, "min_schema": 1, "created_at": past})
    add_plain_write(request, f"{founder._company}/members/stranger-uid", {"role": "owner"})
    with pytest.raises(REFUSED):
        founder._calls.commit(request)


def test_more_counters_than_one_commit_may_look_up(people: dict[str, Any], tmp_path: Path) -> None:
    """Each central series of a commit is a look-up of the rules, and a commit has twenty: a company that moves to another
    cloud, with the documents of ten years and some prefixes, arrives all the same."""
    for number in range(25):
        people["owner"].open_series(f"F{number}-2026-", SeriesHead(1, "2026-01-01", ""))
    documents = [
        record("invoice", f"x{number}", number=f"F{number}-2026-0001", series=f"F{number}-2026-", counter=1)
        for number in range(25)
    ]
    with pytest.raises(REFUSED):  # the emulator counts as Firestore does
        people["member"].commit([Write(document) for document in documents])
    computer = Computer(tmp_path / "m.db", "mmmm", people["member"])
    for number in range(25):
        draft, series = computer.draft(computer.client(f"{number}"), "one"), f"F{number}-2026-"
        computer.change(Invoice, draft, number=f"{series}0001", series=series, counter=1, hash=f"{number}")
    report = computer.sync()
    assert (report.refused, report.pending) == ((), 0)
    stored = [found for page in people["member"].changes_since(None) for found in page.documents]
    assert len([found for found in stored if found.fields.get("number")]) == 25
    computer.close()


def test_a_listener_of_a_stranger_is_denied(people: dict[str, Any]) -> None:
    import queue

    events: queue.Queue[Any] = queue.Queue()
    listener = people["stranger"].listen(None, events)
    states = [events.get(timeout=5).state for _ in range(2)]
    assert states == ["connecting", "denied"]
    listener.stop()


def test_a_token_that_is_none_is_not_the_emulators_owner(emulator: Emulator, company: str) -> None:
    """The harness itself: with the owner's token every test above would pass without any rule."""
    remote = FirestoreRemote(FirestoreTarget.emulator(emulator.host_port, emulator.project, lambda: "rubbish"), company)
    with pytest.raises(RemoteMisconfigured, match="invalid jwt"):
        remote.provision({"name": "A"}, {"uid": "u1"})
    remote.close()


def test_the_frozen_fields_are_those_of_the_entities() -> None:
    text = asset("cloud", "firestore.rules").read_text(encoding="utf-8")
    (listed,) = re.findall(
        r"fields\.diff\(resource\.data\.fields\)\.affectedKeys\(\)\s*\.hasOnly\(\[([^\]]*)\]\)", text
    )
    open_fields = {field.name for field in catalog.entity("invoice").synchronised if not field.spec.is_frozen}
    assert set(re.findall(r"'(\w+)'", listed)) == open_fields
    (kinds,) = re.findall(r"isAppendOnly\(data\) \{\s*return data\.kind in \[([^\]]*)\]", text)
    append_only = {entity.kind for entity in catalog.entities() if entity.model.is_append_only}
    assert set(re.findall(r"'(\w+)'", kinds)) == append_only
