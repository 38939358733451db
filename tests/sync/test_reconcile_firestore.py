"""The check with the cloud on the official emulator: the same repairs through real sums, buckets and rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from facturepro.db.models import Client, Invoice
from facturepro.db.replication_digest import document_digest
from facturepro.sync.remotes.base import RemoteDocument
from facturepro.sync.remotes.firestore_calls import add_plain_write
from facturepro.sync.remotes.firestore_protocol import CommitRequest
from tests.sync.devices import Computer
from tests.sync.test_reconcile import check, damage, journal, settle, shop

pytestmark = [pytest.mark.emulator, pytest.mark.timeout(120)]


@pytest.fixture
def world(connect: Callable[..., Any], tmp_path: Any) -> Iterator[tuple[Computer, Computer]]:
    """Two members of a company, whom the rules bind."""
    remotes = [connect("owner-uid"), connect("member-uid")]
    remotes[0].provision({"name": "Essai"}, {"uid": "owner-uid"})
    plain(remotes[0], "members/member-uid", {"role": "member"})
    a, b = (Computer(tmp_path / f"{n}.db", n, r) for n, r in zip(("aaaa", "bbbb"), remotes, strict=True))
    settle(a, b)
    yield a, b
    a.close()
    b.close()


def plain(remote: Any, path: str, values: dict[str, Any], stamped: str | None = None) -> None:
    request = CommitRequest(database=remote._database)
    add_plain_write(request, f"{remote._company}/{path}", values, stamped)
    remote._calls.commit(request)


def delete(remote: Any, kind: str, record_id: str) -> None:
    request = CommitRequest(database=remote._database)
    request.writes.add().delete = f"{remote._company}/records/{kind}_{record_id}"
    remote._calls.commit(request)


def everything(remote: Any) -> list[RemoteDocument]:
    return [document for page in remote.changes_since(None) for document in page.documents]


def test_damage_here_and_there_is_repaired_within_the_rules(world: Any, connect: Callable[..., Any]) -> None:
    a, b = world
    ids = shop(a)
    settle(a, b)
    outside = connect()  # a service account: past the rules
    damage(b, "UPDATE client SET phone = 'rotten' WHERE id = :i", i=ids["client"])
    damage(b, "UPDATE invoice SET notes = 'forged' WHERE id = :i", i=ids["invoice"])
    delete(outside, "payment", ids["payment"])
    foreign = {"kind": "client", "fields": {"name": "Made outside"}, "lines": {}, "device": "x", "op": "x", "schema": 1}
    foreign |= {"clock": {"name": "019aa1b2c3d4-0000-eeee"}, "deleted": False}
    plain(outside, "records/client_outside", foreign, stamped="updated_at")
    report = check(b)
    assert (report.restored, report.requeued, report.resealed, report.is_clean) == (2, 1, 1, True)
    assert b.get(Client, ids["client"]).phone == "1" and b.get(Invoice, ids["invoice"]).notes == ""
    assert {entry[2] for entry in journal(b)} == {"rotten", "forged"}
    settle(a, b)
    for document in everything(outside):
        assert document.digest == document_digest(document), document
    for computer in (a, b):
        report = check(computer)
        assert (report.repaired, report.is_clean, report.reads, report.writes) == (0, True, 1, 0)


def test_a_frozen_document_without_a_digest_can_be_given_one(world: Any, connect: Callable[..., Any]) -> None:
    a, b = world
    ids = shop(a)
    settle(a, b)
    outside = connect()
    (stored,) = outside.get([("invoice", ids["invoice"])]).values()
    fields, lines, clock = stored.fields, stored.lines, stored.clock
    values = {"kind": "invoice", "fields": fields, "lines": lines, "clock": clock, "device": "x", "op": "x"}
    path = f"records/invoice_{ids['invoice']}"
    plain(outside, path, {**values, "schema": stored.schema, "deleted": False}, stamped="updated_at")
    report = check(b)
    assert (report.resealed, report.repaired, report.is_clean) == (1, 1, True)
    (stored,) = outside.get([("invoice", ids["invoice"])]).values()
    assert stored.digest == document_digest(stored) and stored.bucket is not None
    settle(a, b)
    assert check(a).repaired == 0
