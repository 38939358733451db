"""One company's SQLite file: opening, pragmas, reading and the unit of work."""

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session

from facturepro.db import local_state
from facturepro.db.events import ChangeBus, Changes
from facturepro.db.failures import told_apart
from facturepro.db.turns import Gate, Turns
from facturepro.db.unit_of_work import UnitOfWork, external_changes
from facturepro.domain.errors import UserError

PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # legal documents: 0.18 ms a commit, measured
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
    "PRAGMA cache_size=-32768",  # per connection; the system caches the file as well
    "PRAGMA temp_store=MEMORY",
    "PRAGMA wal_autocheckpoint=4000",  # 16 MB: pages written again and again while much arrives are copied once
    "PRAGMA fullfsync=ON",  # macOS only; ignored elsewhere
    "PRAGMA recursive_triggers=OFF",
)


def system_now() -> datetime:
    return datetime.now(UTC)


def make_engine(path: Path, busy_timeout_ms: int = 5000) -> Engine:
    gate = Gate(path)
    engine = create_engine(
        f"sqlite:///{path}",
        connect_args={"check_same_thread": False},
        pool_size=8,
        max_overflow=8,
        pool_use_lifo=True,  # the connection used last has the warmest cache; the others stay small
        hide_parameters=True,  # an error in the log must not name clients or amounts
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, not guessed by the driver
        for pragma in PRAGMAS:
            connection.execute(pragma)
        connection.execute(f"PRAGMA busy_timeout={busy_timeout_ms}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        if connection.get_execution_options().get("facturepro_write", False):
            gate.begin_immediate(connection.connection.dbapi_connection, busy_timeout_ms)
        else:
            connection.exec_driver_sql("BEGIN")

    return engine


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file of the disk lies there."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return (found.st_dev, found.st_ino)


class Database:
    """An open company file.

    Attributes:
        path: the SQLite file.
        bus: publishes one event after each commit.
        device_id: this computer in change stamps.
        now: the clock (injected; aware UTC).
    """

    def __init__(self, path: Path, now: Callable[[], datetime] = system_now, busy_timeout_ms: int = 5000) -> None:
        self.path = path
        self.now = now
        self.bus = ChangeBus()
        self.engine = make_engine(path, busy_timeout_ms)
        self._file = _identity(path)
        # The pool opens connections when it needs them: some would be to this file, some to one that took its place.
        event.listen(self.engine, "connect", lambda _connection, _record: self._refuse_another_file())
        self._write_engine = self.engine.execution_options(facturepro_write=True)
        self._turns = Turns()
        self.let_others_in = Gate(path).let_others_in  # between two transactions of long work
        self._looking = threading.Lock()
        self._is_closed = False
        self._own_stamps: deque[str] = deque(maxlen=4096)
        try:
            with self.read() as session:
                self.device_id: str = local_state.get(session, "device_id", "")
                self.clock_offset_ms: int = local_state.get(session, "clock_offset_ms", 0)
            self._seen_seq = self.data_version()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session over one consistent snapshot; nothing it changes is kept."""
        with told_apart(str(self.path)), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self, label: str = "", origin: str = "local", undoes: str | None = None) -> Iterator[UnitOfWork]:
        """One transaction: all of it is kept with its audit and outbox entries, or nothing.

        ``label`` is what undo shows. Subscribers are told after the commit. Writers of this process take turns.

        Raises:
            UserError: busy, full, read-only or damaged file; ``company_closed`` when it was closed, moved away or replaced;
                frozen or append-only record. Nothing was changed.
        """
        if self._is_closed:
            raise UserError("company_closed")
        changes: Changes | None = None
        with (
            self._turns,
            told_apart(str(self.path)),
            Session(self._write_engine, expire_on_commit=False) as session,
        ):
            session.connection()  # its turn, and SQLite's lock
            self._refuse_another_file()
            work = UnitOfWork(session, self.now, self.clock_offset_ms)
            work.begin(label, origin, undoes)
            self.device_id = work.device  # another process may have made this file a computer of its own
            yield work
            changes = work.finish()
            if changes is None:
                session.rollback()
            else:
                self._own_stamps.append(changes.stamp)  # first, or a poll could take it for another process
                session.commit()
        if changes is not None:
            self.bus.publish(changes)

    def is_in_place(self) -> bool:
        """False: a restored backup lies in the place of this file, or nothing does."""
        return self._file == _identity(self.path)

    def _refuse_another_file(self) -> None:
        if not self.is_in_place():
            raise UserError("company_closed")

    def data_version(self) -> int:
        """A number that moves with every change of a record, whichever process made it."""
        with told_apart(str(self.path)), self.engine.connect() as connection:
            return int(connection.exec_driver_sql("SELECT COALESCE(MAX(seq), 0) FROM change_log").scalar_one())

    def publish_external(self) -> bool:
        """Tell subscribers of what other processes changed since the last call; True when there was something.

        Cheap enough to be called twice a second, by the window and by the engine: each change is told once. This
        process's own commits have been told already.
        """
        with self._looking:
            last = self.data_version()
            if last == self._seen_seq:
                return False
            with self.read() as session:
                touched, last = external_changes(session, self._seen_seq, self._own_stamps)
            self._seen_seq = last
        if touched:
            self.bus.publish(Changes({kind: frozenset(ids) for kind, ids in touched.items()}, "external"))
        return bool(touched)

    def close(self) -> None:
        """For good: a thread that still waits for the network must not write into the file that takes this one's place."""
        self._is_closed = True
        self.engine.dispose()
