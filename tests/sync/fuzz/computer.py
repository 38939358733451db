"""A computer of the state machine: its office, its engine by steps, its listener's queue, and the death of its program."""

from __future__ import annotations

import queue
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from facturepro.db.events import ChangeBus
from facturepro.db.replication_dump import dump
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.services import central_numbering
from facturepro.sync import push
from facturepro.sync.engine import SyncEngine
from facturepro.sync.exchange import Exchange
from facturepro.sync.remotes.base import CURSOR_WINDOW_SECONDS, Batch, Numbered, SeriesHead, Write, WriteRejected
from facturepro.sync.remotes.instants import to_nanos
from facturepro.sync.remotes.memory import MemoryRemote
from tests.sync.devices import Clock, no_wait
from tests.sync.fuzz.office import Office

WINDOW_NANOS = CURSOR_WINDOW_SECONDS * 10**9
_CALLS = (
    *("commit", "commit_numbered", "get", "changes_since", "profile", "claim_series", "touch_device"),
    *("summary", "bucket"),
)


class Killed(BaseException):
    """The process ended here."""


class AtOnce(push._Underway):
    """A commit that is over before anything else is done: what happens in the middle of it happens on one thread, in an
    order that the seed gives."""

    def __init__(self, remote: Any, part: list[Any], asked: Any) -> None:
        self.part, self.asked = part, asked
        self._answer = Future()
        self._run(remote)


class Mortal:
    """A remote whose user can die before or after each call, and whose cloud can change its mind between two calls."""

    def __init__(self, remote: MemoryRemote) -> None:
        self._remote = remote
        self.lives: int | None = None
        self.poison: set[tuple[str, str]] = set()
        self.later: Callable[[], None] | None = None  # happens once, between two calls
        self.calls_until_later = 0
        self.rival: Callable[[], None] | None = None  # happens once, while a number is being taken
        self.called: Callable[[], None] = lambda: None  # is told of each attempt to reach the cloud
        self.line: Callable[[str | None, Any], Any] | None = None  # makes the listener of an engine that runs

    def step(self) -> None:
        if self.lives is not None:
            self.lives -= 1
            if self.lives < 0:
                raise Killed

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._remote, name)
        if name not in _CALLS:
            return found

        def call(*arguments: Any, **named: Any) -> Any:
            self.called()
            self.step()
            self._happen()
            if name == "commit":
                self._refuse_poison(*arguments)
            elif name == "commit_numbered":
                arguments = (*arguments[:2], partial(self._build, arguments[2]))
            answer = found(*arguments, **named)
            if name in ("changes_since", "bucket"):
                answer = (page for page in list(answer))  # all of them before it can die
            self.step()
            return answer

        return call

    def listen(self, cursor: str | None, events: Any, resume_token: bytes | None = None) -> Any:
        if self.line is not None:
            return self.line(cursor, events)
        return self._remote.listen(cursor, events, resume_token)

    def _happen(self) -> None:
        if self.later is not None:
            self.calls_until_later -= 1
            if self.calls_until_later < 0:
                later, self.later = self.later, None
                later()

    def _build(self, build: Callable[[SeriesHead], Numbered], head: SeriesHead) -> Numbered:
        """Between the head of the series that was read and the commit that moves it."""
        self.step()
        numbered = build(head)
        rival, self.rival = self.rival, None
        if rival is not None:
            rival()
        self._refuse_poison(numbered.writes)
        self.step()
        return numbered

    def _refuse_poison(self, writes: Sequence[Write]) -> None:
        for index, write in enumerate(writes):
            if write.document.key in self.poison:
                raise WriteRejected(index if index % 2 else None, "cannot be stored")


class Computer:
    """An office with its engine, its listener's queue, and what was observed of it so far."""

    def __init__(self, folder: Path, name: str, remote: Mortal, clock: Clock, uptime: Callable[[], float]) -> None:
        self.name, self.remote, self.clock, self._uptime = name, remote, clock, uptime
        self.folder = folder
        self.events: deque[Batch] | None = None  # what its listener received and the engine has not taken
        self.is_reordered = False
        self._listener: Any = None
        self.issued: dict[str, tuple[Any, ...]] = {}
        self.seen_seq = 0
        self.seen_stamp = ""
        self._open()
        self.seen_seq = self.trail()  # what the file began with was nobody's edit

    def _open(self) -> None:
        self.office = Office(self.folder, self.clock, is_durable=True)  # in memory: no disk to wait for
        database = self.office.company.db
        number = partial(central_numbering.number_waiting, self.office.company)
        self.engine = SyncEngine(database, self.remote, draw=lambda: 0.5, sleep=no_wait, number_waiting=number)
        self.exchange = Exchange(
            database, self.remote, lambda: 0.5, no_wait, number
        )  # what a running engine does by steps
        self.puller = self.exchange.puller
        self.engine._exchange.server_time._monotonic = self._uptime

    @property
    def device(self) -> str:
        return self.office.device

    @property
    def reader(self) -> sqlite3.Connection:
        return self.office.reader

    def restart(self) -> None:
        """As after a crash: only the file is left."""
        self.stop_listening()
        self.office.close()
        self._open()

    def sync(self) -> Any:
        return self.engine.once()

    def listen(self) -> None:
        self.stop_listening()
        cursor, token = self.puller.cursor()
        self.events, self._received = deque(), queue.SimpleQueue()
        self._listener = self.remote.listen(cursor, self._received, token)

    def receive(self) -> None:
        """Look at what the listener put on the queue."""
        if self.events is None:
            return
        with suppress(queue.Empty):
            while True:
                event = self._received.get_nowait()
                if isinstance(event, Batch):
                    self.events.append(event)
                elif event.state in ("denied", "stopped"):
                    self.events = None
                    return

    def take(self, at: int) -> None:
        """Apply one batch: not always the oldest, but never past what the cursor's window covers."""
        self.receive()
        if not self.events:
            return
        at %= len(self.events)
        reach = to_nanos(self.events[at].read_time) - WINDOW_NANOS // 2
        passed = [document for index, batch in enumerate(self.events) if index != at for document in batch.documents]
        if any(to_nanos(document.updated_at or "") < reach for document in passed):
            at = min(range(len(self.events)), key=lambda index: self.events[index].read_time)  # type: ignore[index]
        self.is_reordered = self.is_reordered or at > 0
        self.puller.take(self.events[at])
        del self.events[at]

    def stop_listening(self) -> None:
        if self._listener is not None:
            self._listener.stop()
        self._listener, self.events = None, None

    def dump(self) -> list[str]:
        with self.office.company.db.read() as session:
            return list(dump(session))

    def trail(self) -> int:
        return int(self.reader.execute("SELECT COALESCE(MAX(seq), 0) FROM change_log").fetchone()[0])

    def received(self) -> int:
        """How many changes of other computers this file has taken in."""
        return int(self.reader.execute("SELECT COUNT(*) FROM change_log WHERE origin = 'remote'").fetchone()[0])

    def close(self) -> None:
        self.stop_listening()
        self.office.close()

    @contextmanager
    def mortal(self, lives: int) -> Iterator[None]:
        """Dies at the ``lives``-th boundary: around each call to the remote, before and after each commit of the file."""
        finish, publish, remote = UnitOfWork.finish, ChangeBus.publish, self.remote

        def mortal_finish(work: UnitOfWork) -> Any:
            remote.step()
            changes = finish(work)
            remote.step()
            return changes

        def mortal_publish(bus: ChangeBus, changes: Any) -> None:
            remote.step()
            publish(bus, changes)

        remote.lives = lives
        UnitOfWork.finish, ChangeBus.publish = mortal_finish, mortal_publish  # type: ignore[method-assign]
        try:
            yield
        except Killed:
            pass
        finally:
            UnitOfWork.finish, ChangeBus.publish = finish, publish  # type: ignore[method-assign]
            remote.lives = None
