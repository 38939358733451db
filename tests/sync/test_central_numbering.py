"""Central numbering on two computers and a cloud in memory: one series, no gap, no double, whatever fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from facturepro.db import local_state
from facturepro.db.replication_digest import document_digest
from facturepro.db.replication_outbox import requeue_all
from facturepro.db.replication_records import load_known
from facturepro.domain.errors import UserError
from facturepro.services import (
    central_numbering,
    demo,
    document_store,
    invoices,
    issuing,
    payments,
    records,
    stock,
    timeline,
    undoing,
)
from facturepro.services.company import settings, update_settings
from facturepro.services.invoices import InvoiceFilter
from facturepro.services.workspace import Workspace
from facturepro.sync.remotes.base import PreconditionFailed, RemoteUnavailable, SeriesHead, WriteRejected
from facturepro.sync.remotes.memory import MemoryCloud, MemoryRemote
from tests.sync.central import Desk, client, desks, state

SERIES = "FA-2026-"


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[MemoryCloud, Desk, Desk]]:
    memory = MemoryCloud()
    a, b = desks(tmp_path, [MemoryRemote(memory, name) for name in ("a", "b")])
    yield memory, a, b
    a.close()
    b.close()


def refused(code: str, call: Callable[[], Any]) -> UserError:
    with pytest.raises(UserError) as caught:
        call()
    assert caught.value.code == code
    return caught.value


def converge(*all_desks: Desk) -> None:
    for desk in (*all_desks, *all_desks):
        desk.sync()
    assert len({tuple(desk.dump()) for desk in all_desks}) == 1
    for desk in all_desks:
        assert desk.problems() == []


def test_a_number_is_taken_in_the_cloud_with_stock_seal_and_paper(pair: tuple[MemoryCloud, Desk, Desk]) -> None:
    memory, a, b = pair
    product = records.create(a.company, "product", {"name": "Vis", "price": "2"})["id"]
    stock.move(a.company, product, "10")
    invoice = a.draft(client(a), quantity=3, product=product)
    asked = a.ask(invoice)
    assert (asked["status"], asked["number"], asked["requested_by"]) == ("to_number", None, a.company.db.device_id)
    a.sync()
    issued = a.show(invoice)
    assert (issued["number"], issued["series"], issued["counter"], issued["status"]) == (
        "FA-2026-0001",
        SERIES,
        1,
        "issued",
    )
    assert (issued["requested_at"], issued["requested_by"], issued["issued_by"]) == (None, "", a.company.db.device_id)
    assert a.company.db.device_id == asked["requested_by"]  # what it made in the cloud is not taken for a twin's
    assert memory.counters[SERIES] == SeriesHead(1, issued["issued_on"].isoformat(), issued["hash"])
    for stored in memory.records.values():  # so that a reconciliation finds nothing to repair
        assert stored.digest == document_digest(stored)
    kept = list(a.company.documents_dir.rglob("*.pdf"))
    assert [path.read_bytes() for path in kept] == [document_store.pdf(a.company, invoice)]
    b.sync()
    assert b.show(invoice)["hash"] == issued["hash"]
    for desk in (a, b):
        assert stock.total(desk.company, product) == 7
    assert [(one.number, one.is_elsewhere) for one in a.news()] == [("FA-2026-0001", False)]
    assert a.news() == b.news() == []
    converge(a, b)


def test_computers_share_one_series_and_one_chain(pair: tuple[MemoryCloud, Desk, Desk]) -> None:
    memory, a, b = pair
    buyer = client(a)
    converge(a, b)
    for turn in range(3):
        for desk in (a, b):
            desk.ask(desk.draft(buyer))
            desk.sync()
        assert memory.counters[SERIES].number == 2 * turn + 2
    converge(a, b)
    assert a.numbers() == [f"FA-2026-{counter:04d}" for counter in range(1, 7)]
    with a.company.db.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER invoice_frozen")
        connection.exec_driver_sql("UPDATE invoice SET previous_hash = 'x' WHERE number = 'FA-2026-0004'")
    assert {(row["code"], row.get("number")) for row in a.problems()} >= {("chain_broken", "FA-2026-0004")}


def test_without_a_network_documents_wait_and_are_numbered_in_the_order_of_their_requests(
    pair: tuple[MemoryCloud, Desk, Desk],
) -> None:
    memory, a, b = pair
    buyer = client(a)
    first, second, third = (a.draft(buyer) for _ in range(3))
    memory.faults.is_partitioned = True
    for each in (third, first, second):
        assert a.ask(each)["status"] == "to_number"
    refused("cloud_unreachable", a.sync)
    counts = invoices.counts(a.company)
    assert (counts["draft"], counts["all"], counts["open"]) == (3, 3, 0)
    assert len(invoices.page(a.company, InvoiceFilter(status="to_number")).rows) == 3
    assert len(invoices.page(a.company, InvoiceFilter(status="draft")).rows) == 3
    assert invoices.sums(a.company, InvoiceFilter(status="draft"))[0] == 3
    memory.faults.is_partitioned = False
    a.sync()
    assert [a.show(each)["number"] for each in (third, first, second)] == [f"FA-2026-000{n}" for n in (1, 2, 3)]
    converge(a, b)


def test_what_waits_is_locked_until_the_request_is_withdrawn(pair: tuple[MemoryCloud, Desk, Desk]) -> None:
    memory, a, _b = pair
    invoice = a.draft(client(a))
    memory.faults.is_partitioned = True
    a.ask(invoice)
    line = {"description": "Autre", "quantity": "2"}
    for change in ({"notes": "x"}, {"lines": [line]}, {"lines": []}, {"date": "2026-12-01"}):
        refused("invoice_waiting", lambda change=change: invoices.save(a.company, invoice, change))
    refused("invoice_waiting", lambda: records.delete(a.company, "invoice", invoice))
    refused("invoice_not_issued", lambda: payments.add(a.company, invoice, "1"))
    refused("invoice_not_issued", lambda: document_store.xml(a.company, invoice))
    assert document_store.pdf(a.company, invoice).startswith(b"%PDF")  # the preview of a draft
    assert invoices.save(a.company, invoice, {"internal_note": "vu"})["internal_note"] == "vu"
    assert invoices.duplicate(a.company, invoice)["status"] == "draft"
    assert a.ask(invoice)["status"] == "to_number"  # asking again changes nothing
    assert central_numbering.withdraw(a.company, invoice)["status"] == "draft"
    told = [entry.text for entry in timeline.for_invoice(a.company, invoice)]
    assert told[0] == "Demande de numéro retirée"
    assert "Numéro demandé" in told
    assert invoices.save(a.company, invoice, {"notes": "x"})["notes"] == "x"
    refused("invoice_not_waiting", lambda: central_numbering.withdraw(a.company, invoice))
    memory.faults.is_partitioned = False
    a.sync()
    assert memory.counters == {}
    assert a.news() == []


def test_undoing_a_request_withdraws_it_and_what_was_typed_before_stays_locked(
    pair: tuple[MemoryCloud, Desk, Desk],
) -> None:
    _memory, a, _b = pair
    invoice = a.draft(client(a))
    done = undoing.UndoHistory(a.company)
    invoices.save(a.company, invoice, {"notes": "x"})
    typed = done._done[-1].stamp
    a.ask(invoice)
    refused("invoice_waiting", lambda: done.undo_stamp(typed))
    done.undo()
    assert a.show(invoice)["status"] == "draft"
    done.redo()
    assert a.show(invoice)["status"] == "to_number"
    done.close()
    a.sync()
    assert a.show(invoice)["number"] == "FA-2026-0001"


@pytest.mark.parametrize("fault", ["lost_acks", "lost_commits", "late_commits"])
def test_no_second_number_when_the_answer_is_lost(pair: tuple[MemoryCloud, Desk, Desk], fault: str) -> None:
    memory, a, b = pair
    invoice = a.draft(client(a))
    a.ask(invoice)
    taken = a.remote.commit_numbered

    def failing(*arguments: Any) -> Any:
        setattr(memory.faults, fault, 1)
        a.remote.commit_numbered = taken
        return taken(*arguments)

    a.remote.commit_numbered = failing
    a.sync()
    memory.release()  # what was late no longer fits: the same document was stored behind it
    converge(a, b)
    assert a.numbers() == b.numbers() == ["FA-2026-0001"]
    assert memory.counters[SERIES].number == 1
    assert [one.number for one in a.news()] == ["FA-2026-0001"]


def test_a_crash_after_the_commit_is_mended_by_the_pull(pair: tuple[MemoryCloud, Desk, Desk]) -> None:
    memory, a, b = pair
    product = records.create(a.company, "product", {"name": "Vis", "price": "2"})["id"]
    invoice = a.draft(client(a), quantity=3, product=product)
    a.ask(invoice)
    get = a.remote.get

    def dead(keys: Any) -> Any:
        if memory.counters:
            raise RemoteUnavailable("killed here")
        return get(keys)

    a.remote.get = dead
    refused("cloud_unreachable", a.sync)
    assert memory.counters[SERIES].number == 1
    assert a.show(invoice)["status"] == "to_number"
    assert list(a.company.documents_dir.rglob("*.pdf")) == []
    del a.remote.get
    a.restart()
    other = a.draft(client(a, "Petit"))
    a.ask(other)
    a.sync()
    issued = a.show(invoice)
    assert (issued["number"], issued["status"], issued["amount_due"]) == (
        "FA-2026-0001",
        "issued",
        issued["total_gross"],
    )
    assert a.show(other)["number"] == "FA-2026-0002"
    assert stock.total(a.company, product) == -3
    assert document_store.pdf(a.company, invoice) == document_store.pdf(a.company, invoice)
    assert [one.number for one in a.news()] == ["FA-2026-0001", "FA-2026-0002"]
    converge(a, b)


def test_nothing_is_locked_while_the_cloud_is_asked(pair: tuple[MemoryCloud, Desk, Desk]) -> None:
    memory, a, _b = pair
    invoice = a.draft(client(a))
    a.ask(invoice)
    apply = memory.apply

    def slow(writes: Any, number: Any = None, stamped: Any = None) -> Any:
        if number is not None:  # within the commit somebody works on: units of work do not nest
            client(a, "Pendant")
        return apply(writes, number, stamped)

    memory.apply = slow  # type: ignore[method-assign]
    a.sync()
    assert a.show(invoice)["number"] == "FA-2026-0001"
    assert len(records.page(a.company, records.ListQuery("client")).rows) == 2


def test_the_stamp_of_a_rehearsal_is_never_given_again(pair: tuple[MemoryCloud, Desk, Desk]) -> None:
    memory, a, _b = pair
    invoice = a.draft(client(a))
    a.ask(invoice)
    a.clock.advance(milliseconds=-5000)  # the clock of changes no longer follows the clock on the wall
    memory.faults.lost_commits = 0
    a.sync()
    stamps = set(memory.records[("invoice", invoice)].clock.values())
    client(a, "Après")
    with a.company.db.read() as session:
        rows = session.connection().exec_driver_sql("SELECT DISTINCT stamp FROM change_log WHERE kind = 'client'")
        assert stamps.isdisjoint({row[0] for row in rows})


def test_the_same_draft_issued_on_two_computers_has_one_number(pair: tuple[MemoryCloud, Desk, Desk]) -> None:
    memory, a, b = pair
    invoice = a.draft(client(a))
    converge(a, b)
    a.ask(invoice)
    b.ask(invoice)
    a.sync()
    b.sync()
    assert a.show(invoice)["number"] == b.show(invoice)["number"] == "FA-2026-0001"
    assert memory.counters[SERIES].number == 1
    (told,) = b.news()
    assert (told.number, told.is_elsewhere) == ("FA-2026-0001", True)
    assert "autre ordinateur" in told.text
    converge(a, b)
    assert records.page(a.company, records.ListQuery("conflict")).rows == []


def test_a_request_is_left_to_the_computer_that_made_it(pair: tuple[MemoryCloud, Desk, Desk]) -> None:
    _memory, a, b = pair
    invoice = a.draft(client(a))
    converge(a, b)
    a.remote.commit_numbered = None  # not yet
    a.ask(invoice)
    with pytest.raises(TypeError):
        a.sync()
    b.sync()
    assert b.show(invoice)["status"] == "to_number"
    refused("invoice_waiting_elsewhere", lambda: b.ask(invoice))
    refused("invoice_waiting", lambda: invoices.save(b.company, invoice, {"notes": "x"}))
    central_numbering.withdraw(b.company, invoice)
    b.ask(invoice)
    b.sync()
    assert b.show(invoice)["number"] == "FA-2026-0001"
    del a.remote.commit_numbered
    a.sync()
    assert [one.is_elsewhere for one in a.news()] == [True]
    converge(a, b)


def test_a_document_that_changed_elsewhere_meanwhile_is_refused(pair: tuple[MemoryCloud, Desk, Desk]) -> None:
    memory, a, b = pair
    invoice = a.draft(client(a))
    converge(a, b)
    invoices.save(b.company, invoice, {"notes": "changé"})
    a.ask(invoice)
    b.sync()
    a.sync()
    shown = a.show(invoice)
    assert (shown["status"], shown["notes"]) == ("draft", "changé")
    assert (invoices.refusal(shown) or UserError("undo_empty")).code == "invoice_changed_elsewhere"
    (told,) = a.news()
    assert told.refused is not None
    assert "de nouveau un brouillon" in told.text
    assert memory.counters == {}
    a.ask(invoice)
    a.sync()
    assert (a.show(invoice)["number"], a.show(invoice)["refused_for"]) == ("FA-2026-0001", "")
    converge(a, b)


def test_a_change_that_arrives_at_the_last_moment_is_seen(pair: tuple[MemoryCloud, Desk, Desk]) -> None:
    memory, a, b = pair
    invoice = a.draft(client(a))
    converge(a, b)
    a.ask(invoice)
    take = a.remote.commit_numbered

    def meanwhile(*arguments: Any) -> Any:
        a.remote.commit_numbered = take
        b.sync()
        with b.company.db.write(origin="remote") as work:  # an older version knows of no lock
            work.as_origin("split")
            work.session.connection().exec_driver_sql("UPDATE invoice SET notes = 'vite' WHERE id = ?", (invoice,))
        with b.company.db.write() as work:
            work.session.connection().exec_driver_sql(
                "UPDATE record_state SET clock = json_set(clock, '$.notes', ?) WHERE record_id = ?",
                (work.stamp, invoice),
            )
            work.session.connection().exec_driver_sql(
                "INSERT INTO outbox (stamp, kind, record_id) VALUES (?, 'invoice', ?)", (work.stamp, invoice)
            )
            work.touch()
        b.sync()
        return take(*arguments)

    a.remote.commit_numbered = meanwhile
    a.sync()
    assert (a.show(invoice)["status"], a.show(invoice)["notes"]) == ("draft", "vite")
    assert memory.counters == {}
    converge(a, b)


def test_dates_never_go_back_in_the_series(pair: tuple[MemoryCloud, Desk, Desk]) -> None:
    memory, a, b = pair
    buyer = client(a)
    converge(a, b)
    early, late = b.draft(buyer), a.draft(buyer)
    b.ask(early, date(2026, 11, 18))
    a.ask(late, date(2026, 11, 19))
    a.sync()
    b.sync()
    shown = b.show(early)
    assert shown["status"] == "draft"
    reason = invoices.refusal(shown)
    assert reason is not None
    assert (reason.code, reason.params["last"], reason.params["number"]) == (
        "date_before_last",
        "19/11/2026",
        "FA-2026-0001",
    )
    assert memory.counters[SERIES].number == 1
    refused("date_before_last", lambda: b.ask(early, date(2026, 11, 18)))  # now it is known here as well
    b.ask(early)  # without a date: that of the day it is numbered
    b.clock.advance(days=3)
    b.sync()
    assert b.show(early)["issued_on"] == b.company.today()
    converge(a, b)


def test_a_client_deleted_elsewhere(pair: tuple[MemoryCloud, Desk, Desk]) -> None:
    _memory, a, b = pair
    first, second = client(a, "Premier"), client(a, "Second")
    converge(a, b)
    records.delete(b.company, "client", first)
    records.delete(b.company, "client", second)
    b.sync()
    invoice = a.draft(first)  # here the deletion is not known yet
    a.ask(invoice)
    a.sync()
    reason = invoices.refusal(a.show(invoice))
    assert reason is not None
    assert reason.code == "invoice_no_client"
    third = client(a, "Troisième")
    converge(a, b)
    issued = a.draft(third)
    a.ask(issued)
    records.delete(b.company, "client", third)
    a.sync()
    b.sync()  # numbered first, deleted elsewhere meanwhile: the paper's name stays
    converge(a, b)
    for desk in (a, b):
        assert (desk.show(issued)["number"], desk.show(issued)["client_name"]) == ("FA-2026-0001", "Troisième")


def test_changing_the_mode_in_the_middle_of_a_year_breaks_no_series(pair: tuple[MemoryCloud, Desk, Desk]) -> None:
    _memory, a, b = pair
    buyer = client(a)
    converge(a, b)

    def both() -> None:
        for desk in (a, b):
            desk.ask(desk.draft(buyer))
            desk.sync()

    both()
    update_settings(a.company, {"numbering": "per_device"})
    a.sync()  # b has not heard of it: it numbers centrally once more
    both()
    converge(a, b)
    both()
    update_settings(b.company, {"numbering": "central"})
    converge(a, b)
    both()
    converge(a, b)
    assert a.numbers() == [
        *(f"FA-2026-000{n}" for n in (1, 2, 3, 4, 5)),
        "FA-2026-A0001",
        "FA-2026-A0002",
        "FA-2026-B0001",
    ]


def test_a_document_that_may_have_its_number_is_not_numbered_here(pair: tuple[MemoryCloud, Desk, Desk]) -> None:
    memory, a, b = pair
    invoice = a.draft(client(a))
    a.ask(invoice)
    take = a.remote.commit_numbered

    def cut(*arguments: Any) -> Any:
        memory.faults.late_commits = 1
        try:
            return take(*arguments)
        finally:
            memory.faults.is_partitioned = True

    a.remote.commit_numbered = cut
    refused("cloud_unreachable", a.sync)
    update_settings(a.company, {"numbering": "per_device"})
    refused("invoice_being_numbered", lambda: a.ask(invoice))
    central_numbering.withdraw(a.company, invoice)
    refused("invoice_being_numbered", lambda: a.ask(invoice))
    memory.faults.is_partitioned = False
    a.remote.commit_numbered = take
    assert memory.release()
    a.sync()
    assert a.show(invoice)["number"] == "FA-2026-0001"
    converge(a, b)


def test_a_document_that_has_its_number_there_is_not_numbered_here(pair: tuple[MemoryCloud, Desk, Desk]) -> None:
    memory, a, b = pair
    invoice = a.draft(client(a))
    a.ask(invoice)
    take = a.remote.commit_numbered

    def cut(*arguments: Any) -> Any:
        try:
            return take(*arguments)
        finally:
            memory.faults.is_partitioned = True  # numbered, and not read back

    a.remote.commit_numbered = cut
    refused("cloud_unreachable", a.sync)
    assert memory.counters[SERIES].number == 1
    update_settings(a.company, {"numbering": "per_device"})
    refused("invoice_being_numbered", lambda: a.ask(invoice))
    memory.faults.is_partitioned = False
    a.sync()
    assert a.show(invoice)["number"] == "FA-2026-0001"
    converge(a, b)


def test_a_withdrawn_document_can_be_numbered_here_once_the_cloud_knows(pair: tuple[MemoryCloud, Desk, Desk]) -> None:
    memory, a, b = pair
    invoice = a.draft(client(a))
    a.ask(invoice)
    memory.faults.is_partitioned = True
    refused("cloud_unreachable", a.sync)
    memory.faults.is_partitioned = False
    update_settings(a.company, {"numbering": "per_device"})
    central_numbering.withdraw(a.company, invoice)
    a.sync()
    assert a.ask(invoice)["number"] == "FA-2026-A0001"
    converge(a, b)


def test_a_prefix_with_a_slash_and_a_new_year(pair: tuple[MemoryCloud, Desk, Desk]) -> None:
    memory, a, b = pair
    update_settings(a.company, {"number_prefix": "F/A"})
    buyer = client(a)
    a.ask(a.draft(buyer))
    a.sync()
    a.clock.advance(days=60)
    b.clock.advance(days=60)
    a.ask(a.draft(buyer))
    a.sync()
    assert a.numbers() == ["F/A-2026-0001", "F/A-2027-0001"]
    assert sorted(memory.counters) == ["F/A-2026-", "F/A-2027-"]
    converge(a, b)


def test_a_counter_that_was_set_back_gives_no_number_twice(pair: tuple[MemoryCloud, Desk, Desk]) -> None:
    memory, a, _b = pair
    buyer = client(a)
    for _ in range(2):
        a.ask(a.draft(buyer))
        a.sync()
    memory.counters[SERIES] = SeriesHead(1, "2026-11-20", "x")
    invoice = a.draft(buyer)
    a.ask(invoice)
    a.sync()
    reason = invoices.refusal(a.show(invoice))
    assert reason is not None
    assert reason.code == "series_behind"
    assert a.numbers() == ["FA-2026-0001", "FA-2026-0002"]


def test_without_a_cloud_the_mode_is_refused_and_a_company_that_left_numbers_by_itself(
    workspace: Workspace, pair: tuple[MemoryCloud, Desk, Desk]
) -> None:
    alone = workspace.create({"name": "Seul"})
    refused("numbering_needs_cloud", lambda: update_settings(alone, {"numbering": "central"}))
    assert settings(alone)["numbering"] == "per_device"
    alone.close()
    _memory, a, _b = pair
    waiting, other = (a.draft(client(a)) for _ in range(2))
    a.ask(waiting)
    with a.company.db.write() as work:
        local_state.remove(work.session, "cloud")
        work.touch()
    assert a.ask(other)["number"] == "FA-2026-A0001"
    assert a.ask(waiting)["number"] == "FA-2026-A0002"  # nobody else will: it never reached the cloud


def test_what_cannot_be_sent_keeps_its_document_waiting(pair: tuple[MemoryCloud, Desk, Desk]) -> None:
    memory, a, _b = pair
    buyer = records.create(a.company, "client", {"name": "Durand", "notes": "x" * 4000})["id"]
    with a.company.db.write() as work:  # larger than any record may be
        work.session.connection().exec_driver_sql("UPDATE client SET notes = ? WHERE id = ?", ("x" * 1_200_000, buyer))
        work.touch()
    invoice = a.draft(buyer)
    a.ask(invoice)
    a.sync()
    assert a.show(invoice)["status"] == "to_number"
    assert memory.counters == {}


def test_an_issued_document_is_refused_as_before(pair: tuple[MemoryCloud, Desk, Desk]) -> None:
    _memory, a, _b = pair
    invoice = a.draft(client(a))
    a.ask(invoice)
    a.sync()
    refused("invoice_already_issued", lambda: issuing.issue(a.company, invoice))
    refused("invoice_already_issued", lambda: central_numbering.withdraw(a.company, invoice))
    assert state(a, "numbering_asked") == []


def test_example_data_do_not_mix_with_a_shared_series(pair: tuple[MemoryCloud, Desk, Desk]) -> None:
    _memory, a, _b = pair
    refused("demo_shared", lambda: demo.fill(a.company))
    assert invoices.counts(a.company)["all"] == 0


def test_a_movement_that_the_cloud_has_already_is_no_contention(pair: tuple[MemoryCloud, Desk, Desk]) -> None:
    """A part of the cloud was restored from an older copy: the draft is back there, the movement stayed."""
    memory, a, b = pair
    product = records.create(a.company, "product", {"name": "Vis", "sku": "V", "price": "10"})["id"]
    invoice = a.draft(client(a), 3, product)
    a.sync()
    before, counters = memory.records[("invoice", invoice)], dict(memory.counters)
    b.sync()
    a.ask(invoice)
    a.sync()
    [key] = [key for key in memory.records if key[0] == "stock_movement"]
    memory.records[("invoice", invoice)] = replace(before, version=memory.tick())
    memory.counters = counters
    with a.company.db.read() as session:
        assert session.connection().exec_driver_sql("SELECT COUNT(*) FROM stock_movement").scalar() == 1
    b.ask(invoice)
    assert key not in known_movements(b)
    b.sync()
    assert b.show(invoice)["number"] == "FA-2026-0001"
    b.sync()
    assert known_movements(b) == {key} and b.problems() == []


def known_movements(desk: Desk) -> set[tuple[str, str]]:
    with desk.company.db.read() as session:
        rows = session.connection().exec_driver_sql("SELECT id FROM stock_movement").all()
    return {("stock_movement", row[0]) for row in rows}


@pytest.mark.parametrize("fault", ["lost_acks", "lost_commits"])
def test_attempts_whose_outcome_is_known_are_forgotten(pair: tuple[MemoryCloud, Desk, Desk], fault: str) -> None:
    memory, a, _b = pair
    buyer = client(a)
    a.sync()
    for _time in range(2):
        invoice = a.draft(buyer)
        a.sync()
        a.ask(invoice)
        a.engine.remote.get([("invoice", invoice)])
        commit = a.remote.commit_numbered

        def loses(*arguments: Any, commit: Any = commit) -> Any:
            a.remote.commit_numbered = commit
            setattr(memory.faults, fault, 1)
            return commit(*arguments)

        a.remote.commit_numbered = loses
        a.sync()
        a.sync()
        assert a.show(invoice)["number"]
    assert state(a, "numbering_open") == {}


@pytest.mark.parametrize("answer", [None, PreconditionFailed("", (0,)), WriteRejected(0, "frozen"), "after"], ids=repr)
def test_what_the_former_cloud_answers_is_not_believed_in_the_next(
    pair: tuple[MemoryCloud, Desk, Desk], answer: Any
) -> None:
    """Another process moves the file while a number is asked for: before it is taken (None), after, or it is refused."""
    memory, a, _b = pair
    buyer = client(a)
    a.sync()
    invoice = a.draft(buyer)
    a.ask(invoice)
    commit = a.remote.commit_numbered

    def moving(*arguments: Any) -> Any:
        _series, known, build = arguments
        taken = commit(*arguments) if answer == "after" else None
        if isinstance(answer, Exception):
            build(known)
        with a.company.db.write() as work:
            work.keep("cloud", {"mode": "test", "project": "p", "remote_company": "other"})
            requeue_all(work)
        if isinstance(answer, Exception):
            raise answer
        return taken or commit(*arguments)

    a.remote.commit_numbered = moving
    refused("cloud_moved", a.sync)
    shown = a.show(invoice)
    assert shown["number"] is None and shown["requested_at"] is not None and a.news() == []
    with a.company.db.read() as session:
        assert load_known(session, [("invoice", invoice)])[("invoice", invoice)].version is None
    assert bool(memory.counters) == (answer == "after")
