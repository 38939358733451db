"""A company, its cloud in memory, and the computers around it, with what goes wrong and what was promised to whom."""

from __future__ import annotations

import copy
import itertools
import queue
import shutil
import sqlite3
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from facturepro.db import base, catalog, migrate
from facturepro.db.backup import renew_identity
from facturepro.db.events import ChangeBus
from facturepro.db.replication_dump import dump
from facturepro.db.replication_quarantine import release
from facturepro.db.replication_values import json_text
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.domain.errors import UserError
from facturepro.services import cloud as cloud_service
from facturepro.services.workspace import Workspace
from facturepro.sync import push
from facturepro.sync.engine import SyncEngine
from facturepro.sync.exchange import Exchange
from facturepro.sync.remotes.base import CURSOR_WINDOW_SECONDS, Batch, RemoteDocument, Write, WriteRejected
from facturepro.sync.remotes.instants import to_nanos
from facturepro.sync.remotes.memory import MemoryCloud, MemoryRemote
from tests.conftest import COMPANY
from tests.sync.devices import Clock, new_file, no_wait
from tests.sync.fuzz import audit
from tests.sync.fuzz.ledger import Ledger, accepted
from tests.sync.fuzz.office import Office, checkpoint

WINDOW_NANOS = CURSOR_WINDOW_SECONDS * 10**9
KNOWN_KINDS = frozenset(entity.kind for entity in catalog.entities())
_CALLS = ("commit", "get", "changes_since", "profile", "claim_series", "touch_device")


class Killed(BaseException):
    """The process ended here."""


class Mortal:
    """A remote whose user can die before or after each call, and whose cloud can change its mind between two calls."""

    def __init__(self, remote: MemoryRemote) -> None:
        self._remote = remote
        self.lives: int | None = None
        self.poison: set[tuple[str, str]] = set()
        self.later: Callable[[], None] | None = None  # happens once, between two calls
        self.calls_until_later = 0

    def step(self) -> None:
        if self.lives is not None:
            self.lives -= 1
            if self.lives < 0:
                raise Killed

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._remote, name)
        if name not in _CALLS:
            return found

        def call(*arguments: Any) -> Any:
            self.step()
            self._happen()
            if name == "commit":
                self._refuse_poison(*arguments)
            answer = found(*arguments)
            if name == "changes_since":
                answer = iter(list(answer))
            self.step()
            return answer

        return call

    def _happen(self) -> None:
        if self.later is not None:
            self.calls_until_later -= 1
            if self.calls_until_later < 0:
                later, self.later = self.later, None
                later()

    def _refuse_poison(self, writes: list[Write]) -> None:
        for index, write in enumerate(writes):
            if write.document.key in self.poison:
                raise WriteRejected(index if index % 2 else None, "cannot be stored")


class Computer:
    """An office with its engine, its listener's queue, and what was observed of it so far."""

    def __init__(self, folder: Path, name: str, remote: Mortal, clock: Clock) -> None:
        self.name, self.remote, self.clock = name, remote, clock
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
        self.engine = SyncEngine(database, self.remote, draw=lambda: 0.5, sleep=no_wait)
        self.exchange = Exchange(database, self.remote, lambda: 0.5, no_wait)  # what a running engine does by steps
        self.puller = self.exchange.puller

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
            at = 0
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


class Ids:
    """UUIDv7 out of a counter, so that a run with the same seed is the same run."""

    def __init__(self, clock: Clock, salt: int = 0) -> None:
        self._clock, self._numbers = clock, itertools.count(salt + 1)

    def __call__(self) -> UUID:
        milliseconds = int(self._clock.at.timestamp() * 1000)
        number = next(self._numbers)
        mixed = number * 0x9E3779B97F4A7C15 % (1 << 62)  # the last digits are device ids: spread them
        return UUID(int=milliseconds << 80 | 7 << 76 | (number % 4096) << 64 | 2 << 62 | mixed)


_TEMPLATES: dict[str, Any] = {}
NAMES = ("a", "b", "c")


def _make_templates() -> None:
    """Three computers that have joined a cloud and hold a few records, made once by the product itself, then copied."""
    folder = Path(tempfile.mkdtemp(prefix="facturepro-fuzz-template-"))
    clock = Clock()
    cloud, offices = MemoryCloud(clock.nanos), list[Office]()
    new_file(folder / "empty.db")
    create, migrate.create = migrate.create, new_file  # the migrations run once
    connect, cloud_service.connect = cloud_service.connect, lambda _target, _secret: MemoryRemote(cloud)
    uuid7, base.uuid7 = base.uuid7, Ids(clock, 1 << 40)
    target = cloud_service.emulator_target("memory", "fuzz", "company")
    try:
        for name in NAMES:
            workspace = Workspace(folder / name, clock)
            company = workspace.create(COMPANY) if name == "a" else None
            if company is None:
                company = cloud_service.join_new(workspace, target)
            else:
                cloud_service.join(company, target)
            company.close()
            offices.append(Office(company.folder, clock))
        for action, a in (("add", 0), ("add", 1), ("add", 0), ("draft", 0), ("draft", 1)):
            offices[0].act(action, a, 1, f"begun {action}")
        for office in offices * 2:  # each knows of the others
            SyncEngine(office.company.db, MemoryRemote(cloud)).once()
        for name, office in zip(NAMES, offices, strict=True):
            office.close()
            _TEMPLATES[name] = checkpoint(office.folder / "company.db")
        _TEMPLATES["cloud"], _TEMPLATES["at"] = cloud, clock.at
    finally:
        migrate.create, cloud_service.connect, base.uuid7 = create, connect, uuid7
        shutil.rmtree(folder)


class World:
    """``skews``: days by which each computer's clock is wrong."""

    def __init__(self, skews: list[int]) -> None:
        if not _TEMPLATES:
            _make_templates()
        shm = Path("/dev/shm")
        self.folder = Path(tempfile.mkdtemp(prefix="facturepro-fuzz-", dir=shm if shm.is_dir() else None))
        self.time = Clock(_TEMPLATES["at"])
        self.cloud = MemoryCloud(self.time.nanos)
        template: MemoryCloud = _TEMPLATES["cloud"]
        for name in ("records", "company", "devices", "letters"):
            setattr(self.cloud, name, copy.deepcopy(getattr(template, name)))
        self.ledger = Ledger()
        self.computers: list[Computer] = []
        self.late_since: Any = None
        self.foreign: dict[tuple[str, ...], Any] = {}  # place in the cloud -> what a newer version wrote there last
        self._uuid7, base.uuid7 = base.uuid7, Ids(self.time)
        self._writes, push.MAX_WRITES = push.MAX_WRITES, 5  # several commits in each exchange
        for name, skew in zip(NAMES, skews, strict=False):
            self._add(name, _TEMPLATES[name], skew)

    def _add(self, name: str, content: bytes, skew: int) -> Computer:
        folder = self.folder / name
        folder.mkdir()
        (folder / "company.db").write_bytes(content)
        clock = Clock(self.time.at + timedelta(days=skew))
        computer = Computer(folder, name, Mortal(MemoryRemote(self.cloud, name)), clock)
        self.computers.append(computer)
        self.observe(computer)
        return computer

    def clone(self, source: Computer) -> None:
        """A backup of one computer restored on another: a computer of its own, which must not issue before it has
        claimed a letter."""
        path = self.folder / "copy.db"
        with sqlite3.connect(path) as target:
            source.reader.backup(target)
        target.close()
        with sqlite3.connect(path) as connection:
            known = {row[0] for row in connection.execute("SELECT series FROM device WHERE series <> ''")}
        connection.close()
        renew_identity(path, known | set(self.cloud.letters))
        content = checkpoint(path)
        path.unlink()
        copied = self._add(f"{source.name}{len(self.computers)}", content, 0)
        copied.clock.at = source.clock.at

    # -- what is observed after each step ------------------------------------------------------------------------

    def observe(self, computer: Computer) -> None:
        """Everything that must hold in a file at any moment, and what its person was promised since the last look."""
        reader = computer.reader
        changes, computer.seen_seq = accepted(reader, computer.seen_seq)
        own = [change for change in changes if change.stamp.endswith(computer.device)]
        self.ledger.add(own)
        stamp = audit.last_stamp(reader)
        assert stamp >= computer.seen_stamp, "the clock went back"
        for change in own:
            assert computer.seen_stamp == "" or change.stamp[:17] > computer.seen_stamp, "a stamp was given twice"
        computer.seen_stamp = stamp
        audit.check_queue(reader)
        audit.check_trail(reader)
        audit.check_stock(reader)
        content = audit.issued(reader)
        assert not audit.same_or_new(computer.issued, content), "an issued document changed"
        assert computer.issued.keys() <= content.keys(), "an issued document vanished"
        computer.issued = content
        audit.check_series(reader, only_of=computer.device)
        self._check_cursor(computer)

    def _check_cursor(self, computer: Computer) -> None:
        """The cursor never passes a commit that was not applied (out of order, never further than the window)."""
        cursor = audit.cursor(computer.reader)
        if not cursor:
            return
        if computer.is_reordered:
            cursor_nanos = to_nanos(cursor) - WINDOW_NANOS
        else:
            cursor_nanos = to_nanos(cursor)
        applied = audit.versions(computer.reader)
        for key, record in self.cloud.records.items():
            if record.version is not None and to_nanos(record.version) <= cursor_nanos:
                assert applied.get(key, "") >= record.version, f"{computer.name} passed {key}"

    # -- time, rights, late commits -------------------------------------------------------------------------------

    def pass_time(self, seconds: int) -> None:
        """A commit becomes visible within the window, whatever happens: that is what the cursor relies on."""
        left = seconds
        while left > 0:
            part = min(left, CURSOR_WINDOW_SECONDS // 2)
            self.time.at += timedelta(seconds=part)
            for computer in self.computers:
                computer.clock.at += timedelta(seconds=part)
            self.release_late()
            left -= part

    def release_late(self) -> None:
        while self.cloud._late:
            self.cloud.release()

    def quiesce(self) -> None:
        """Everything that went wrong is mended, and everybody exchanges until nobody has anything to say."""
        faults = self.cloud.faults
        faults.lost_acks = faults.lost_commits = faults.late_commits = faults.unavailable = 0
        faults.is_partitioned = False
        faults.denied.clear()
        faults.read_only.clear()
        self.release_late()
        for computer in self.computers:
            computer.remote.poison.clear()
            computer.remote.later = None
            computer.stop_listening()
            computer.is_reordered = False
            with computer.office.company.db.write() as work:
                release(work)
        for _round in range(10):
            reports = [computer.sync() for computer in self.computers]
            if not any(report.pushed or report.pulled for report in reports):
                break
        assert not any(report.pushed or report.pulled or report.pending for report in reports), f"no rest: {reports}"

    # -- what must hold at rest --------------------------------------------------------------------------------------

    def check(self) -> None:
        expected = self.cloud_dump()
        for computer in self.computers:
            self.observe(computer)  # all of them first: one may have answered to another in the last exchange
        for computer in self.computers:
            assert computer.dump() == expected, f"{computer.name} differs from the cloud"
            self._check_at_rest(computer)
        self._check_foreign()
        self._check_redelivery()

    def _check_at_rest(self, computer: Computer) -> None:
        reader = computer.reader
        assert reader.execute("SELECT COUNT(*) FROM outbox").fetchone()[0] == 0
        assert not audit.unexpected_pending(reader, KNOWN_KINDS)
        audit.check_intact(reader)
        audit.check_series(reader)
        audit.check_sales(reader)
        assert computer.issued.keys() == self.computers[0].issued.keys()
        lost = list(self.ledger.lost(reader))
        assert not lost, f"lost on {computer.name}: {len(lost)} values: {lost[:6]}"

    def cloud_dump(self) -> list[str]:
        return [cloud_line(record) for _key, record in sorted(self.cloud.records.items())]

    def _check_foreign(self) -> None:
        for (kind, record_id, *path), value in self.foreign.items():
            record = self.cloud.records[kind, record_id]
            found: Any = {"fields": record.fields, "lines": record.lines, **record.extra}
            if path[0] == "lines" and self._was_removed(path[1]):
                continue  # by somebody, at some time, and with it all that was in it
            for part in path:
                found = found[part]
            assert found == value, f"a newer version's {kind} {path} became {found}"

    def _was_removed(self, line: str) -> bool:
        statement = "SELECT 1 FROM change_log WHERE row_id = ? AND op = 'delete'"
        return any(computer.reader.execute(statement, (line,)).fetchone() for computer in self.computers)

    def _check_redelivery(self) -> None:
        """All that the cloud has, once more and backwards: nothing moves."""
        documents = [copy.deepcopy(record) for record in reversed(self.cloud.records.values())]
        for computer in self.computers:
            before, trail = computer.dump(), computer.trail()
            computer.puller.apply(documents)
            computer.puller.apply(documents[::-1])
            assert (computer.dump(), computer.trail()) == (before, trail), "delivered again, something changed"

    def close(self) -> None:
        base.uuid7, push.MAX_WRITES = self._uuid7, self._writes
        for computer in self.computers:
            computer.close()
        shutil.rmtree(self.folder)


def cloud_line(record: RemoteDocument) -> str:
    """A record of the cloud as ``dump`` prints it."""
    values = {
        "kind": record.kind,
        "id": record.id,
        "fields": record.fields,
        "lines": {key: line for key, line in record.lines.items() if line is not None},
        "clock": {group: stamp for group, stamp in record.clock.items() if group[0] != "@"},
        "deleted": record.deleted,
    }
    return json_text(record.extra | values)


__all__ = ["Computer", "Killed", "UserError", "World"]
