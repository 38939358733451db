"""Computers of one company in a test: each a database file, an engine and a clock of its own."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event, text

from facturepro.db import catalog, local_state, migrate
from facturepro.db.database import Database
from facturepro.db.models import Client, Company, Invoice, InvoiceLine, Payment, Product, StockMovement, Warehouse
from facturepro.db.models.company import COMPANY_ID
from facturepro.db.models.stock import MAIN_WAREHOUSE_ID
from facturepro.db.replication_dump import dump
from facturepro.db.replication_state import forget_default_stamps
from facturepro.sync.engine import SyncEngine, SyncReport
from facturepro.sync.remotes.memory import MemoryCloud, MemoryRemote

START = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


class Clock:
    """A clock that moves when told, and a millisecond at each look."""

    def __init__(self, start: datetime = START) -> None:
        self.at = start

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at

    def forward(self, **delta: float) -> None:
        self.at += timedelta(**delta)

    def nanos(self) -> int:
        return int(self().timestamp() * 1e9)


_TEMPLATE: dict[str, bytes] = {}


def new_database(path: Path, device: str, clock: Any = None) -> Database:
    """A device's file as it is after the company was made; each device's is made once per test run, then copied."""
    if device not in _TEMPLATE:
        _fill(path, device)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        _TEMPLATE[device] = path.read_bytes()
    else:
        path.write_bytes(_TEMPLATE[device])
    return Database(path, clock) if clock else Database(path)


def _fill(path: Path, device: str) -> None:
    migrate.create(path)
    first = Database(path, Clock(START - timedelta(days=400)))  # before every test's clock, whatever the day of the run
    with first.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO capture_context (id, device, clock_ms, clock_counter, origin) VALUES (1, :d, 0, 0, 'local')"
            ),
            {"d": device},
        )
    with first.write("start") as work:
        work.add(Company(id=COMPANY_ID, name="Essai"))
        work.add(Warehouse(id=MAIN_WAREHOUSE_ID, name="Principal"))
        work.flush()
        forget_default_stamps(work.session, device, [("warehouse", MAIN_WAREHOUSE_ID), ("company", COMPANY_ID)])
        local_state.put(work.session, "device_id", device)
    with first.engine.begin() as connection:  # the file's clock starts with the test's, not with the wall's
        connection.execute(text("UPDATE capture_context SET clock_ms = 0, clock_counter = 0"))
        connection.execute(text("UPDATE outbox SET stamp = '000000000000-0000-' || :d"), {"d": device})
    first.close()


def no_wait(_seconds: float) -> None:
    """Tests do not wait between attempts."""


def unsafe_but_quick(database: Database) -> Database:
    """Leave out the waiting for the disk: a test's process dies, never the power."""
    event.listen(database.engine, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous=OFF"))
    database.engine.dispose()
    return database


class Computer:
    """``is_durable``: with the waits for the disk that the program makes; for measurements."""

    def __init__(self, path: Path, device: str, remote: Any, clock: Any = None, is_durable: bool = False) -> None:
        self.path, self.device, self.remote, self.clock = path, device, remote, clock
        self.db = new_database(path, device, clock)
        if not is_durable:
            unsafe_but_quick(self.db)
        self.engine = SyncEngine(self.db, remote, sleep=no_wait)

    def restart(self) -> None:
        """As after a crash: only the file is left."""
        self.db.close()
        self.db = unsafe_but_quick(Database(self.path, self.clock) if self.clock else Database(self.path))
        self.engine = SyncEngine(self.db, self.remote, sleep=no_wait)

    def sync(self, timeout: float = 30) -> SyncReport:
        return self.engine.once(timeout)

    def dump(self) -> str:
        with self.db.read() as session:
            return "\n".join(dump(session))

    def close(self) -> None:
        self.db.close()

    # -- what people do ----------------------------------------------------------------------------------

    def add(self, row: Any, label: str = "add") -> str:
        with self.db.write(label) as work:
            work.add(row)
            work.flush()
            return str(row.id)

    def client(self, name: str = "Durand", **values: Any) -> str:
        return self.add(Client(name=name, **values))

    def change(self, model: Any, record_id: str, label: str = "change", **values: Any) -> str:
        with self.db.write(label) as work:
            row = work.get(model, record_id)
            for name, value in values.items():
                setattr(row, name, value)
            work.flush()
            return work.stamp

    def get(self, model: Any, record_id: str) -> Any:
        with self.db.read() as session:
            return session.get(model, record_id)

    def draft(self, client_id: str, *descriptions: str) -> str:
        with self.db.write("draft") as work:
            invoice = work.add(Invoice(client_id=client_id))
            work.flush()
            for position, description in enumerate(descriptions):
                work.add(InvoiceLine(invoice_id=invoice.id, position=position, description=description))
            work.flush()
            return str(invoice.id)

    def issue(self, invoice_id: str, number: str) -> None:
        self.change(Invoice, invoice_id, "issue", number=number, issued_by=self.device, hash=f"hash of {number}")

    def lines(self, invoice_id: str) -> list[InvoiceLine]:
        with self.db.read() as session:
            query = session.query(InvoiceLine).where(InvoiceLine.invoice_id == invoice_id)
            return list(query.order_by(InvoiceLine.position, InvoiceLine.id))

    def all(self, model: Any) -> list[Any]:
        with self.db.read() as session:
            return list(session.query(model).order_by(model.id))

    def scalar(self, statement: str, **values: Any) -> Any:
        with self.db.read() as session:
            return session.execute(text(statement), values).scalar()


def memory_pair(folder: Path) -> tuple[MemoryCloud, Computer, Computer]:
    clock = Clock()
    cloud = MemoryCloud(clock.nanos)
    remotes = [MemoryRemote(cloud, name) for name in ("aaaa", "bbbb")]
    remotes[0].provision({"name": "Essai"})
    a, b = (
        Computer(folder / f"{name}.db", name, remote, clock)
        for name, remote in zip(("aaaa", "bbbb"), remotes, strict=True)
    )
    return cloud, a, b


__all__ = ["Clock", "Computer", "Payment", "Product", "StockMovement", "catalog", "memory_pair", "new_database"]
