"""Capture: whatever changes a row, the stamps, the queue and the audit trail agree, and stamps only grow."""

import json
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy import update as core_update

from facturepro.db.models import Client, Invoice, InvoiceLine, Product
from facturepro.domain.errors import UserError
from facturepro.services import invoices, records
from facturepro.services.company import DATABASE_NAME, OpenCompany
from facturepro.services.undoing import UndoHistory
from facturepro.services.workspace import Workspace
from tests.conftest import COMPANY, Clock


def agreement(path: Path) -> None:
    """The queue holds exactly the records with a group that the cloud has not, and every stamp is in the audit trail."""
    with closing(sqlite3.connect(path)) as raw:
        states = raw.execute("SELECT kind, record_id, clock, base FROM record_state").fetchall()
        dirty = {(k, r) for k, r, c, b in states if any(json.loads(b).get(g) != s for g, s in json.loads(c).items())}
        queued = set(raw.execute("SELECT kind, record_id FROM outbox"))
        assert dirty == queued
        logged = {row[0] for row in raw.execute("SELECT stamp FROM change_log")}
        for _kind, _record, stamps, _base in states:
            assert set(json.loads(stamps).values()) - logged <= {
                s for s in json.loads(stamps).values() if s[:12] == "0" * 12
            }
        for table in ("client", "product", "invoice", "warehouse", "company"):
            rows = {row[0] for row in raw.execute(f"SELECT id FROM {table}")}
            assert rows == {r for k, r, _c, _b in states if k == table}


def stamps(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as raw:
        return [row[0] for row in raw.execute("SELECT stamp FROM change_log ORDER BY seq")]


WAYS = (
    "service",
    "mapper",
    "core",
    "raw",
    "raw lines",
    "draft",
    "delete",
    "undo",
    "redo",
    "rollback",
    "reopen",
    "yesterday",
    "acknowledge",
)
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
STEPS = st.lists(st.tuples(st.sampled_from(WAYS), st.integers(0, 3), WORDS), max_size=25)


class Hand:
    """Changes a company in every way there is."""

    def __init__(self, workspace: Workspace, clock: Clock) -> None:
        self.workspace, self.clock = workspace, clock
        self._open()
        self.clients = [records.create(self.company, "client", {"name": f"N{n}"})["id"] for n in range(4)]
        lines = [{"description": "x", "unit_price": "1"}, {"description": "y", "unit_price": "2"}]
        self.draft_id = invoices.create(self.company, {"client": self.clients[0], "lines": lines})["id"]

    def _open(self) -> None:
        self.company = self.workspace.open()
        self.history = UndoHistory(self.company)

    @property
    def path(self) -> Path:
        return self.company.folder / DATABASE_NAME

    def do(self, way: str, number: int, word: str) -> None:
        with suppress(UserError):  # undo of what changed since: refused as a whole
            getattr(self, way.replace(" ", "_"))(self.clients[number], word)

    def service(self, client: str, word: str) -> None:
        records.update(self.company, "client", client, {"notes": word, "city": word[:2]})

    def mapper(self, client: str, word: str) -> None:
        with self.company.db.write("x") as work:
            found = work.get(Client, client)
            assert found is not None
            found.phone = word
            work.flush()
            found.phone = word + "!"
            work.add(Product(name=word or "-"))

    def core(self, _client: str, word: str) -> None:
        with self.company.db.write("x") as work:
            work.session.execute(core_update(Client).values(city=word))

    def raw(self, client: str, word: str) -> None:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute("UPDATE client SET notes = ? WHERE id >= ?", (word, client))

    def raw_lines(self, _client: str, word: str) -> None:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute("UPDATE invoice_line SET description = ?", (word,))
            connection.execute("DELETE FROM invoice_line WHERE position = 1")
            connection.execute(
                "INSERT INTO invoice_line (id, invoice_id, position) SELECT hex(randomblob(8)), id, 1 FROM invoice"
            )

    def draft(self, client: str, word: str) -> None:
        invoices.save(self.company, self.draft_id, {"client": client, "lines": [{"description": word or "z"}] * 2})

    def delete(self, client: str, _word: str) -> None:
        if records.get(self.company, "client", client)["deleted_at"] is None:
            records.delete(self.company, "client", client)
        else:
            records.restore(self.company, "client", client)

    def undo(self, _client: str, _word: str) -> None:
        self.history.undo()

    def redo(self, _client: str, _word: str) -> None:
        self.history.redo()

    def rollback(self, client: str, word: str) -> None:
        with suppress(ZeroDivisionError), self.company.db.write("x") as work:
            found = work.get(Client, client)
            assert found is not None
            found.phone = word + "?"
            work.flush()
            raise ZeroDivisionError

    def reopen(self, _client: str, _word: str) -> None:
        self.history.close()
        self.company.close()
        self._open()

    def yesterday(self, _client: str, _word: str) -> None:
        self.clock.advance(days=-1)

    def acknowledge(self, client: str, _word: str) -> None:
        """As the cloud would: what stands becomes the base, and the record leaves the queue."""
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute("UPDATE record_state SET base = clock WHERE record_id = ?", (client,))
            connection.execute("DELETE FROM outbox WHERE record_id = ?", (client,))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS)
def test_the_queue_is_what_is_dirty_however_it_was_changed(
    steps: list[tuple[str, int, str]], template: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("company") / "data"
    shutil.copytree(template, folder)
    clock = Clock(datetime(2026, 11, 20, 9, 0, tzinfo=UTC))
    hand = Hand(Workspace(folder, clock), clock)
    try:
        for step in steps:
            hand.do(*step)
            agreement(hand.path)
        found = stamps(hand.path)
        assert found == sorted(found)
        assert all(stamp.endswith(hand.company.db.device_id) for stamp in found)
    finally:
        hand.history.close()
        hand.company.close()
        shutil.rmtree(folder)


def test_stamps_grow_over_reopening_with_a_clock_that_goes_back(workspace: Workspace, clock: Clock) -> None:
    company = workspace.create(COMPANY)
    for _ in range(3):
        records.create(company, "client", {"name": "A"})
        clock.advance(days=-1)
        company.close()
        company = workspace.open()
    found = list(dict.fromkeys(stamps(company.folder / DATABASE_NAME)))
    company.close()
    assert found == sorted(found)
    assert len(found) == 4


def test_seventy_thousand_raw_statements_within_a_millisecond(company: OpenCompany) -> None:
    """The counter has 65,536 places: then the clock runs ahead rather than give a stamp twice."""
    client = records.create(company, "client", {"name": "A"})["id"]
    path = company.folder / DATABASE_NAME
    future_ms = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp() * 1000)  # later than SQLite's clock: it never ticks
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("UPDATE capture_context SET clock_ms = ?, clock_counter = 0", (future_ms,))
        before = len(stamps(path))
        raw.execute("BEGIN")
        raw.executemany("UPDATE client SET notes = ? WHERE id = ?", ((str(n), client) for n in range(70_000)))
        raw.execute("COMMIT")
    found = stamps(path)[before:]
    assert len(found) == len(set(found)) == 70_000
    assert found == sorted(found)
    assert found[-1].startswith(f"{future_ms + 1:012x}-")
    records.update(company, "client", client, {"notes": "end"})
    assert stamps(path)[-1] > found[-1]


def test_units_of_work_do_not_nest_and_nothing_of_either_is_kept(company: OpenCompany) -> None:
    before = stamps(company.folder / DATABASE_NAME)
    with pytest.raises(RuntimeError, match="nest"), company.db.write("outer") as work:
        work.add(Product(name="A"))
        records.create(company, "client", {"name": "B"})
    assert stamps(company.folder / DATABASE_NAME) == before
    assert records.create(company, "client", {"name": "C"})["name"] == "C"  # the next one works


def test_a_failure_leaves_nothing(company: OpenCompany) -> None:
    path = company.folder / DATABASE_NAME

    def picture() -> list[Any]:
        with closing(sqlite3.connect(path)) as raw:
            tables = ("change_log", "change_transaction", "outbox", "record_state", "client", "capture_context")
            found = [raw.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in tables]
            return [*found, raw.execute("SELECT rowid, words FROM search_client ORDER BY 1").fetchall()]

    client = records.create(company, "client", {"name": "A"})["id"]
    before = picture()
    with pytest.raises(ZeroDivisionError), company.db.write("x") as work:
        work.add(Client(name="B"))
        found = work.get(Client, client)
        assert found is not None
        found.name = "C"
        work.flush()
        work.keep("series", "Q")
        raise ZeroDivisionError
    assert picture() == before


def test_a_transaction_has_one_stamp_and_its_words(company: OpenCompany) -> None:
    with company.db.write("Deux fiches") as work:
        work.add_all([Client(name="A"), Product(name="B")])
        stamp = work.stamp
    with company.db.read() as session:
        marks = session.execute(text("SELECT DISTINCT stamp FROM change_log ORDER BY seq DESC LIMIT 2")).scalars().all()
        label = session.execute(
            text("SELECT label FROM change_transaction WHERE stamp = :s"), {"s": stamp}
        ).scalar_one()
    assert marks[0] == stamp
    assert label == "Deux fiches"


def test_a_line_stays_in_its_document(company: OpenCompany) -> None:
    """Else it could be slipped into an issued one, or leave a draft unseen."""
    first = invoices.create(company, {"lines": [{"description": "x"}]})
    second = invoices.create(company, {"lines": [{"description": "y"}]})
    with closing(sqlite3.connect(company.folder / DATABASE_NAME)) as raw:
        for change in (f"invoice_id = '{second['id']}'", "id = 'other'"):
            with pytest.raises(sqlite3.IntegrityError, match="stays in its document"):
                raw.execute(f"UPDATE invoice_line SET {change} WHERE invoice_id = '{first['id']}'")


def test_each_changed_line_is_its_own_group(company: OpenCompany) -> None:
    made = invoices.create(company, {"lines": [{"description": "x"}, {"description": "y"}, {"description": "z"}]})
    kept = [{"id": line["id"], "description": line["description"]} for line in made["lines"]]
    kept[1]["description"] = "Y"
    invoices.save(company, made["id"], {"lines": kept[:2]})
    with company.db.read() as session:
        rows = session.execute(
            text(
                "SELECT op, row_id FROM change_log WHERE record_id = :id AND stamp = (SELECT MAX(stamp) FROM change_log)"
            ),
            {"id": made["id"]},
        ).all()
    assert sorted(tuple(row) for row in rows) == [
        ("delete", made["lines"][2]["id"]),
        ("update", made["lines"][1]["id"]),
    ]


def test_a_foreign_record_does_not_stop_later_changes(company: OpenCompany) -> None:
    """Another program's ids, dates and snapshots may be anything."""
    with closing(sqlite3.connect(company.folder / DATABASE_NAME)) as raw, raw:
        for identity in ("x", "ffffffff-ffff-4fff-bfff-ffffffffffff", "019aa1b2-c3d4-7000-8000-000000000001"):
            raw.execute("INSERT INTO invoice (id) VALUES (?)", (identity,))
        raw.execute("INSERT INTO invoice (id, number, snapshot) VALUES ('y', 'FA-1', 'not json')")
    assert records.create(company, "client", {"name": "A"})["name"] == "A"
    days = {row["id"]: row["sort_on"] for row in invoices.page(company, invoices.InvoiceFilter()).rows}
    assert days["019aa1b2-c3d4-7000-8000-000000000001"].startswith("2025-11-")
    assert days["x"] == days["ffffffff-ffff-4fff-bfff-ffffffffffff"] < "2000"


def test_writers_of_one_process_take_turns(company: OpenCompany) -> None:
    failures: list[BaseException] = []

    def write(name: str) -> None:
        try:
            for number in range(15):
                records.create(company, "client", {"name": f"{name}{number}"})
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert records.count(company, records.ListQuery("client")) == 60
    agreement(company.folder / DATABASE_NAME)


def test_totals_follow_raw_changes_of_lines(company: OpenCompany) -> None:
    made = invoices.create(company, {"lines": [{"description": "x", "unit_price": "10"}]})
    with closing(sqlite3.connect(company.folder / DATABASE_NAME)) as raw, raw:
        raw.execute("UPDATE invoice_line SET quantity = 3000")
    records.create(company, "client", {"name": "anything"})
    shown = invoices.show(company, made["id"])
    assert (str(shown["total_net"]), str(shown["total_gross"]), str(shown["lines"][0]["net"])) == (
        "30.00",
        "36.00",
        "30.00",
    )


@pytest.fixture
def issued_like(company: OpenCompany) -> Iterator[str]:
    made = invoices.create(company, {"lines": [{"description": "x", "unit_price": "10"}]})
    with company.db.write("x") as work:
        found = work.get(Invoice, made["id"])
        assert found is not None
        found.number = "FA-2026-A0001"
    yield made["id"]


@pytest.mark.parametrize("way", ["mapper", "core", "line"])
def test_the_frozen_is_refused_in_words_by_every_way(company: OpenCompany, issued_like: str, way: str) -> None:
    with pytest.raises(UserError) as caught, company.db.write("x") as work:
        if way == "mapper":
            found = work.get(Invoice, issued_like)
            assert found is not None
            found.notes = "x"
        elif way == "core":
            work.session.execute(core_update(Invoice).values(notes="x"))
        else:
            work.add(InvoiceLine(invoice_id=issued_like, description="y"))
    assert caught.value.code == "invoice_frozen"
