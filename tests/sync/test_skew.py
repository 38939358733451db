"""Older and newer versions at one company, the fine cases: what an upgrade moves, keeps and never loses. The whole story, with
real processes of two versions, is tests/e2e/test_two_versions.py."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from types import SimpleNamespace
from typing import Any

import pytest

from facturepro.db import capture, local_state, migrate, replication_skew
from facturepro.db.models import Client, Conflict, Invoice, InvoiceLine
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.domain.errors import UserError
from facturepro.services import cloud as cloud_service
from facturepro.services import quarantine
from facturepro.sync.remotes.base import CompanyProfile, RemoteDocument
from tests.sync.devices import Computer, memory_pair


@pytest.fixture
def world(tmp_path: Any) -> Any:
    cloud, a, b = memory_pair(tmp_path)
    settle(a, b)
    for computer in (a, b):
        assert replication_skew.catch_up(computer.db) is not None
    yield cloud, a, b
    a.close(), b.close()


def settle(a: Computer, b: Computer) -> None:
    for computer in (a, b, a, b):
        computer.sync()
    assert a.dump() == b.dump()
    assert a.sync().pushed == b.sync().pushed == 0


def written(computer: Computer, statement: str, *values: Any) -> None:
    with computer.db.write(origin="remote") as work:
        work.session.connection().exec_driver_sql(statement, values)
        work.touch()


def aged(computer: Computer, record_id: str, extra: dict[str, Any], kind: str = "client") -> None:
    """As an older version left it: these values are not in their columns, which it did not have."""
    statement = "UPDATE record_state SET extra = ? WHERE kind = ? AND record_id = ?"
    written(computer, statement, json.dumps({"fields": {}, "lines": {}, "keys": {}} | extra), kind, record_id)
    forget(computer)


def forget(computer: Computer, **declared: Any) -> None:
    """The file was last opened by a version that declared other fields."""
    before = {kind: dict(parts) for kind, parts in replication_skew.declared().items()} | declared
    with computer.db.write(origin="remote") as work:
        work.keep(replication_skew.DECLARED, before | {"nothing": {"fields": {}, "lines": {}, "searchable": []}})


def extra_of(computer: Computer, record_id: str) -> Any:
    return json.loads(computer.scalar("SELECT extra FROM record_state WHERE record_id = :id", id=record_id) or "{}")


def test_the_second_opening_costs_one_comparison(world):
    _cloud, a, _b = world
    before = a.db.data_version(), a.scalar("SELECT COUNT(*) FROM change_transaction")
    assert replication_skew.catch_up(a.db) is None
    assert (a.db.data_version(), a.scalar("SELECT COUNT(*) FROM change_transaction")) == before


def test_values_move_into_columns_without_a_stamp_and_are_found(world):
    cloud, a, b = world
    client = a.client("Durand")
    settle(a, b)
    stored = cloud.records[("client", client)]
    stored.fields |= {"company_name": "Zébulon SARL", "newer": [1]}
    aged(a, client, {"fields": {"company_name": "Zébulon SARL", "newer": [1]}})
    before = a.dump()
    report = replication_skew.catch_up(a.db)
    assert report is not None and (report.moved, report.invalid) == (1, [])
    assert a.get(Client, client).company_name == "Zébulon SARL" and extra_of(a, client)["fields"] == {"newer": [1]}
    assert a.dump() == before and a.scalar("SELECT COUNT(*) FROM outbox") == 0
    assert a.scalar("SELECT COUNT(*) FROM search_client WHERE words MATCH 'zebulon'") == 1
    assert a.sync().pushed == 0


def test_lines_and_headers_of_an_issued_document_are_filled_too(world):
    _cloud, a, b = world
    draft = a.draft(a.client("Durand"), "one")
    line = a.lines(draft)[0].id
    a.issue(draft, "FA-1")
    settle(a, b)
    aged(a, draft, {"fields": {"client_reference": "PO-7"}, "lines": {line: {"unit": "h", "x": 1}}}, "invoice")
    replication_skew.catch_up(a.db)
    assert a.get(Invoice, draft).client_reference == "PO-7" and a.lines(draft)[0].unit == "h"
    assert extra_of(a, draft)["lines"] == {line: {"x": 1}} and a.scalar("SELECT COUNT(*) FROM outbox") == 0
    with pytest.raises(UserError):
        a.change(Invoice, draft, client_reference="typed")  # as frozen as ever


def test_what_fits_no_column_stays_goes_back_and_is_told(world):
    cloud, a, b = world
    client = a.client("Durand")
    settle(a, b)
    cloud.records[("client", client)].fields["payment_days"] = "soon"
    aged(a, client, {"fields": {"payment_days": "soon"}})
    report = replication_skew.catch_up(a.db)
    assert report is not None and report.invalid == [("client", client, "payment_days")]
    [told] = quarantine.list_refused(SimpleNamespace(db=a.db))  # type: ignore[arg-type]
    assert (told["record_id"], told["direction"], told["reason"]) == (client, "in", "invalid payment_days")
    a.change(Client, client, phone="1")
    a.sync()
    assert cloud.records[("client", client)].fields["payment_days"] == "soon"
    a.change(Client, client, payment_days=30)  # typed here: that stands
    a.sync()
    assert cloud.records[("client", client)].fields["payment_days"] == 30
    assert "payment_days" not in extra_of(a, client).get("fields", {})
    assert quarantine.list_refused(SimpleNamespace(db=a.db)) == []  # type: ignore[arg-type]


class Killed(BaseException):
    pass


def test_killed_at_any_slice_it_goes_on_from_there(world, monkeypatch):
    _cloud, a, b = world
    clients = [a.client(f"c{number}") for number in range(7)]
    settle(a, b)
    for number, client in enumerate(clients):
        aged(a, client, {"fields": {"phone": f"0{number}", "newer": number}})
    monkeypatch.setattr(replication_skew, "SLICE", 2)
    finish, lives = UnitOfWork.finish, 0

    def mortal(work: UnitOfWork) -> Any:
        nonlocal lives
        lives -= 1
        if lives < 0:
            raise Killed
        return finish(work)

    monkeypatch.setattr(UnitOfWork, "finish", mortal)
    deaths = 0
    while True:
        lives = 2  # one slice, or two, then the end
        try:
            if replication_skew.catch_up(a.db) is None:
                break
        except Killed:
            deaths += 1
            with a.db.read() as session:
                assert local_state.get(session, replication_skew.PROGRESS) is not None
    monkeypatch.setattr(UnitOfWork, "finish", finish)
    assert deaths >= 3
    assert [a.get(Client, client).phone for client in clients] == [f"0{number}" for number in range(7)]
    filled = "SELECT COUNT(*) FROM change_log WHERE kind = 'client' AND origin = 'upgrade'"
    assert a.scalar(filled) == 7 and a.scalar("SELECT COUNT(*) FROM outbox") == 0


def retired(computer: Computer, *records: tuple[str, str]) -> None:
    """``client.fax`` was declared once: its column still stands, with these values."""
    written(computer, "ALTER TABLE client ADD COLUMN fax TEXT NOT NULL DEFAULT ''")
    for record_id, value in records:
        written(computer, "UPDATE client SET fax = ? WHERE id = ?", value, record_id)
    parts = replication_skew.declared()["client"]
    forget(computer, client={**parts, "fields": {**parts["fields"], "fax": "text"}})


def test_a_retired_field_is_kept_and_sent_back(world):
    cloud, a, b = world
    client, other = a.client("Durand"), a.client("Other")
    settle(a, b)
    retired(a, (client, "0123"))
    report = replication_skew.catch_up(a.db)
    assert report is not None and report.retired == len(a.all(Client))
    assert extra_of(a, client)["fields"] == {"fax": "0123"} and extra_of(a, other)["fields"] == {"fax": ""}
    a.change(Client, client, phone="1")
    a.sync()
    assert cloud.records[("client", client)].fields["fax"] == "0123"


def test_an_unsent_change_of_a_retired_field_goes_out_or_into_the_journal(world):
    cloud, a, b = world
    clients = [a.client("Durand"), a.client("Martin")]
    settle(a, b)
    retired(a, (clients[0], "mine"), (clients[1], "mine"))
    replication_skew.catch_up(a.db)
    for client in clients:
        clock = "UPDATE record_state SET clock = json_set(clock, '$.fax', ?) WHERE record_id = ?"
        written(a, clock, "01a1fe000001-0000-aaaa", client)
        written(a, "INSERT INTO outbox (stamp, kind, record_id) VALUES ('1', 'client', ?)", client)
    theirs = cloud.records[("client", clients[1])]
    theirs.fields["fax"], theirs.clock["fax"] = "theirs", "01a1fe000002-0000-bbbb"
    theirs.version = theirs.updated_at = cloud.tick()
    settle(a, b)
    first, second = (cloud.records[("client", client)] for client in clients)
    assert (first.fields["fax"], first.clock["fax"]) == ("mine", "01a1fe000001-0000-aaaa")
    assert (second.fields["fax"], second.clock["fax"]) == ("theirs", "01a1fe000002-0000-bbbb")
    [conflict] = a.all(Conflict)
    assert (conflict.merge_group, conflict.lost, conflict.kept) == ("fax", {"fax": "mine"}, {"fax": "theirs"})


def put(cloud: Any, document: RemoteDocument) -> None:
    document.version = document.updated_at = cloud.tick()
    cloud.records[document.key] = document


def test_a_new_field_in_a_group_survives_an_edit_of_the_group_by_an_older_version(world):
    cloud, a, b = world
    client = a.client("Durand", city="Lille")
    draft = a.draft(client, "one")
    settle(a, b)
    line = a.lines(draft)[0].id
    for kind, record_id, change in (
        ("client", client, lambda found: found.fields.update(address_more="Bât. B")),
        ("invoice", draft, lambda found: found.lines[line].update(lot="L-1")),
    ):
        stored = cloud.records[(kind, record_id)]
        change(stored)
        stored.version = stored.updated_at = cloud.tick()
    a.sync(), b.sync()
    a.change(Client, client, city="Roubaix")
    b.change(Client, client, phone="1")
    with a.db.write("line") as work:
        work.get(InvoiceLine, line).description = "reworded"
    settle(a, b)
    assert cloud.records[("client", client)].fields["address_more"] == "Bât. B"
    assert cloud.records[("client", client)].fields["city"] == "Roubaix"
    assert cloud.records[("invoice", draft)].lines[line]["lot"] == "L-1"
    assert cloud.records[("invoice", draft)].lines[line]["description"] == "reworded"


def test_unknown_fields_go_along_when_a_document_is_issued_twice(world):
    cloud, a, b = world
    draft = a.draft(a.client("Durand"), "one")
    settle(a, b)
    stored = cloud.records[("invoice", draft)]
    stored.fields["newer"], stored.lines[a.lines(draft)[0].id]["lot"] = "kept", "L-1"
    stored.version = stored.updated_at = cloud.tick()
    a.sync(), b.sync()
    a.issue(draft, "A-1"), b.issue(draft, "B-1")
    settle(a, b)
    issued = [record for key, record in cloud.records.items() if key[0] == "invoice"]
    assert sorted(record.fields["number"] for record in issued) == ["A-1", "B-1"]
    assert [record.fields.get("newer") for record in issued] == ["kept", "kept"]
    assert [next(iter(line for line in record.lines.values() if line))["lot"] for record in issued] == ["L-1", "L-1"]


def test_a_kind_that_is_known_after_the_upgrade_is_applied(world):
    _cloud, a, _b = world
    document = {
        "kind": "client", "id": "waiting", "fields": {"name": "Waiting"}, "lines": {}, "clock": {}, "version": "1",
        "schema": 1, "device": "", "op": "", "deleted": False, "extra": {},
    }  # fmt: skip
    written(a, "INSERT INTO pending_remote VALUES ('client', 'waiting', ?, 'kind', '1')", json.dumps(document))
    forget(a)
    replication_skew.catch_up(a.db)
    assert a.get(Client, "waiting").name == "Waiting" and a.scalar("SELECT COUNT(*) FROM pending_remote") == 0


# -- triggers of another program -----------------------------------------------------------------------------


def triggers(computer: Computer) -> dict[str, str]:
    with computer.db.read() as session:
        rows = session.connection().exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
    return {row[0]: row[1] for row in rows}


def test_triggers_of_another_program_are_made_again_at_the_opening(world):
    _cloud, a, _b = world
    before = triggers(a)
    with a.db.write(origin="remote") as work:
        work.session.connection().exec_driver_sql("DROP TRIGGER client_updated")
        work.keep(capture.FINGERPRINT, "another program's")
    with closing(sqlite3.connect(a.path)) as other:  # somebody has it open and reads
        other.execute("BEGIN")
        assert other.execute("SELECT COUNT(*) FROM client").fetchone() == (0,)
        migrate.prepare(a.path)
    assert triggers(a) == before
    client = a.client("Durand")
    a.change(Client, client, phone="1")
    assert a.scalar("SELECT COUNT(*) FROM change_log WHERE record_id = :id", id=client) == 2


def test_the_same_triggers_are_left_alone(world):
    _cloud, a, _b = world
    a.db.close()
    before = a.path.read_bytes()
    migrate.prepare(a.path)
    assert a.path.read_bytes() == before


def test_a_file_somebody_is_writing_to_is_left_as_it_is(world, monkeypatch):
    _cloud, a, _b = world
    with a.db.write(origin="remote") as work:
        work.keep(capture.FINGERPRINT, "another program's")
    before = triggers(a)
    from facturepro.db import database

    made = database.make_engine
    monkeypatch.setattr(database, "make_engine", lambda path: made(path, busy_timeout_ms=50))
    with closing(sqlite3.connect(a.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(UserError) as caught:
            migrate.prepare(a.path)
    assert caught.value.code == "database_locked" and triggers(a) == before


WITHOUT = {
    "a value": "UPDATE client SET phone = '999'",
    "a record more": "INSERT INTO client (id, seq, name) VALUES ('by-hand', 77, 'Hand')",
    "a record less": "DELETE FROM client WHERE name = 'Unused'",
    "a line": "UPDATE invoice_line SET description = 'by hand' WHERE invoice_id = (SELECT id FROM invoice WHERE number IS NULL)",
    "an issued line": "UPDATE invoice_line SET description = 'by hand' WHERE invoice_id = (SELECT id FROM invoice WHERE number IS NOT NULL)",
    "an issued document": "UPDATE invoice SET notes = 'by hand' WHERE number IS NOT NULL",
    "a line less": "DELETE FROM invoice_line",
}


@pytest.mark.parametrize("name", WITHOUT)
def test_what_changed_while_triggers_were_missing_is_found_with_the_next_exchange(world, name):
    """The cloud's content stands again and what was written by hand is in the journal; what the cloud lacks is sent."""
    _cloud, a, b = world
    client = a.client("Durand", phone="1")
    a.client("Unused")
    issued = a.draft(client, "one")
    a.draft(client, "two")
    a.issue(issued, "FA-1")
    for computer in (a, b, a):
        computer.sync()
    before = b.dump()
    a.db.close()
    with closing(sqlite3.connect(a.path)) as other, other:
        for trigger in triggers(a):
            other.execute(f'DROP TRIGGER "{trigger}"')
        other.execute(WITHOUT[name])
    migrate.prepare(a.path)
    a.restart()
    assert a.scalar("SELECT COUNT(*) FROM local_state WHERE key = 'capture_gap'") == 1
    for computer in (a, b, a):
        assert computer.sync().pending == 0
    assert a.dump() == b.dump()
    assert a.scalar("SELECT COUNT(*) FROM local_state WHERE key = 'capture_gap'") == 0
    stands = [line for line in b.dump().splitlines() if '"kind":"conflict"' not in line]
    if name == "a record more":
        assert b.get(Client, "by-hand").name == "Hand"
    else:
        assert stands == before.splitlines()
    lost = [str(conflict.lost) for conflict in b.all(Conflict)]
    expected = {"a value": "999", "a line": "by hand", "an issued line": "by hand", "an issued document": "by hand"}
    assert not lost if name.startswith("a record") else any(expected.get(name, "None") in each for each in lost), lost


# -- a version that the company no longer accepts ------------------------------------------------------------


def test_below_the_accepted_version_it_reads_says_so_and_does_not_write(world, monkeypatch):
    cloud, a, _b = world
    cloud.company = CompanyProfile("Essai", min_schema=99)
    put(cloud, RemoteDocument("client", "theirs", {"name": "Theirs"}, {}, {"name": "01a1fd000001-0000-bbbb"}))
    mine = a.client("Mine")
    monkeypatch.setattr(cloud_service, "make_engine", lambda _company: a.engine)
    with pytest.raises(UserError) as caught:
        cloud_service.sync_once(SimpleNamespace(db=a.db, now=a.db.now))  # type: ignore[arg-type]
    assert caught.value.code == "cloud_update_required"
    assert "mettez le programme à jour" in caught.value.message
    assert a.get(Client, "theirs").name == "Theirs" and ("client", mine) not in cloud.records
    assert a.scalar("SELECT COUNT(*) FROM outbox") == 1
