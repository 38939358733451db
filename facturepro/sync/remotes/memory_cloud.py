"""The server side of the home in memory: what is stored, who listens, and what goes wrong on demand."""

from __future__ import annotations

import copy
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from facturepro.sync.remotes.base import (
    CURSOR_WINDOW_SECONDS,
    Batch,
    CommitResult,
    CompanyProfile,
    EventQueue,
    Key,
    Position,
    PreconditionFailed,
    RemoteDocument,
    SeriesHead,
    StreamState,
    Usage,
    Write,
)
from facturepro.sync.remotes.instants import from_nanos, shifted
from facturepro.sync.remotes.paths import outermost, put_at, value_at
from facturepro.sync.remotes.sealing import SEAL, seal_of

_UNMASKED = ("device", "op", "schema", "deleted", "kind", "updated_at", *SEAL)


@dataclass(slots=True)
class Faults:
    """What goes wrong, counted down: 2 means the next two times.

    ``unavailable``: a call is not reached. ``lost_acks``: a commit is applied and its answer lost. ``lost_commits``: a
    commit is lost on its way, with the same answer. ``late_commits``: a commit is stamped now, its answer lost, and it
    becomes visible only with :meth:`MemoryCloud.release`. ``denied``: devices (names given to :class:`MemoryRemote`)
    whose membership was revoked; ``read_only``: those of an accountant. ``duplicates``: a batch is delivered twice, the
    second time after the next one. ``is_partitioned``: nobody reaches anything, listeners hear nothing.
    """

    unavailable: int = 0
    lost_acks: int = 0
    lost_commits: int = 0
    late_commits: int = 0
    duplicates: int = 0
    is_partitioned: bool = False
    denied: set[str] = field(default_factory=set)
    read_only: set[str] = field(default_factory=set)


Number = tuple[str, SeriesHead | None, SeriesHead]
"""(series, its head as it was seen, its next head) of a number that a commit takes along with its documents."""


@dataclass(slots=True)
class _Late:
    writes: list[Write]
    stamped: str
    number: Number | None


class MemoryCloud:
    """One company as its server holds it. ``now``: nanoseconds since 1970; commit times increase whatever it says."""

    def __init__(self, now: Callable[[], int] = time.time_ns) -> None:
        self.lock = threading.RLock()
        self.faults = Faults()
        self.records: dict[Key, RemoteDocument] = {}
        self.company: CompanyProfile | None = None
        self.devices: dict[str, dict[str, Any]] = {}
        self.members: dict[str, dict[str, Any]] = {}
        self.letters: dict[str, str] = {}
        self.counters: dict[str, SeriesHead] = {}
        self._now = now
        self._last = 0
        self._late: deque[_Late] = deque()
        self._listeners: list[MemoryListener] = []

    def tick(self) -> str:
        """A new commit time, in whole microseconds as Firestore's."""
        self._last = max(self._now() // 1000 * 1000, self._last + 1000)
        return from_nanos(self._last)

    def apply(self, writes: Sequence[Write], number: Number | None = None, stamped: str | None = None) -> CommitResult:
        """Stores all of the writes or none, and tells the listeners."""
        failed = [index for index, write in enumerate(writes) if not self._is_expected(write)]
        if failed:
            raise PreconditionFailed("not in the expected version", failed)
        if number is not None:
            series, seen, following = number
            if self.counters.get(series) != seen:
                raise PreconditionFailed("the number is taken")
            self.counters[series] = following
        commit_time = self.tick()
        for write in writes:
            stored = self._stored(write)
            stored.version = commit_time
            stored.updated_at = stamped or commit_time
            self.records[stored.key] = stored
        for listener in list(self._listeners):
            listener.notice([self.records[write.document.key] for write in writes], commit_time)
        return CommitResult([commit_time] * len(writes), commit_time)

    def delay(self, writes: Sequence[Write], number: Number | None = None) -> None:
        """Stamps a commit now that :meth:`release` makes visible."""
        self._late.append(_Late([copy.deepcopy(write) for write in writes], self.tick(), number))

    def release(self) -> bool:
        """Makes the oldest delayed commit visible; False when there is none, or when it no longer fits."""
        with self.lock:
            if not self._late:
                return False
            late = self._late.popleft()
            try:
                self.apply(late.writes, late.number, late.stamped)
            except PreconditionFailed:
                return False
            return True

    def deliver(self, reverse: bool = False) -> None:
        """Hands out what listeners made with ``is_held`` hold back, newest first if asked."""
        with self.lock:
            for listener in list(self._listeners):
                listener.flush(reverse)

    def reset_streams(self) -> None:
        """What a server does that lost its place: all since the window once more, flagged."""
        with self.lock:
            for listener in list(self._listeners):
                listener.restart()

    def attach(self, listener: MemoryListener) -> None:
        self._listeners.append(listener)

    def detach(self, listener: MemoryListener) -> None:
        if listener in self._listeners:
            self._listeners.remove(listener)

    def since(self, bound: str | None, after: Position | None = None) -> list[RemoteDocument]:
        found = [record for record in self.records.values() if bound is None or (record.updated_at or "") > bound]
        found.sort(key=_position)
        return found if after is None else [record for record in found if _position(record) > after]

    def in_buckets(self, low: int, high: int) -> list[RemoteDocument]:
        """By bucket and name. What has no bucket is in none."""
        found = [
            record for record in self.records.values() if record.bucket is not None and low <= record.bucket < high
        ]
        return sorted(found, key=lambda record: (record.bucket, f"{record.kind}_{record.id}"))

    def _is_expected(self, write: Write) -> bool:
        stored = self.records.get(write.document.key)
        return stored is None if write.expected is None else stored is not None and stored.version == write.expected

    def _stored(self, write: Write) -> RemoteDocument:
        given, seal = copy.deepcopy(write.document), seal_of(write)
        if write.expected is None:
            given.digest, given.bucket = seal["digest"], seal["bucket"]
            return given
        stored = copy.deepcopy(self.records[given.key])
        ours, theirs = document_tree(given), document_tree(stored)
        for path in outermost(write.mask):
            if path[0] not in _UNMASKED:
                put_at(theirs, path, value_at(ours, path))
        stored.fields, stored.lines, stored.clock = (theirs.pop(part, {}) for part in ("fields", "lines", "clock"))
        stored.extra = theirs
        stored.device, stored.op, stored.schema, stored.deleted = given.device, given.op, given.schema, given.deleted
        stored.digest, stored.bucket = seal.get("digest", stored.digest), seal.get("bucket", stored.bucket)
        return stored


def _position(record: RemoteDocument) -> Position:
    return (record.updated_at or "", record.key)


class MemoryListener:
    """Hands out each commit as it becomes visible. Needs no thread: whoever commits also delivers."""

    def __init__(
        self, cloud: MemoryCloud, name: str, queue: EventQueue, cursor: str | None, usage: Usage, is_held: bool
    ) -> None:
        self._cloud = cloud
        self._name = name
        self._queue = queue
        self._cursor = cursor
        self._usage = usage
        self._is_held = is_held
        self._held: deque[Batch] = deque()
        self._again: Batch | None = None
        self._missed = self._is_denied = False
        self._seen: dict[Key, str | None] = {}

    def restart(self, is_reset: bool = True) -> None:
        bound = shifted(self._cursor, -CURSOR_WINDOW_SECONDS) if self._cursor else None
        fresh = [record for record in self._cloud.since(bound) if self._seen.get(record.key) != record.version]
        self._missed = False
        self._usage.add(reads=max(1, len(fresh)))
        self._emit(fresh, self._cloud.tick(), is_reset)

    def notice(self, records: list[RemoteDocument], read_time: str) -> None:
        if self._name in self._cloud.faults.denied:
            self._cloud.detach(self)
            self._is_denied = True
            self._queue.put(StreamState("denied", "refused"))
            return
        if self._cloud.faults.is_partitioned:
            self._missed = True
            return
        if self._missed:
            self.restart(is_reset=False)
            return
        self._usage.add(reads=len(records))
        self._emit(records, read_time, False)

    def flush(self, reverse: bool) -> None:
        if reverse:
            self._held.reverse()
        while self._held:
            self._queue.put(self._held.popleft())

    def wake(self) -> None:
        with self._cloud.lock:
            if self._is_denied and self._name not in self._cloud.faults.denied:
                self._is_denied, self._missed = False, True
                self._cloud.attach(self)
                self._queue.put(StreamState("live"))
            if self._missed and not self._cloud.faults.is_partitioned:
                self.restart(is_reset=False)

    def stop(self) -> None:
        with self._cloud.lock:
            self._cloud.detach(self)
            self._held.clear()
            self._queue.put(StreamState("stopped"))

    def _emit(self, records: list[RemoteDocument], read_time: str, is_reset: bool) -> None:
        for record in records:
            self._seen[record.key] = record.version
        self._cursor = read_time
        batch = Batch([copy.deepcopy(record) for record in records], [], read_time, read_time.encode("ascii"), is_reset)
        self._put(batch)
        again, self._again = self._again, None
        if again is not None:
            self._put(again)
        if self._cloud.faults.duplicates > 0:
            self._cloud.faults.duplicates -= 1
            self._again = copy.deepcopy(batch)

    def _put(self, batch: Batch) -> None:
        if self._is_held:
            self._held.append(batch)
        else:
            self._queue.put(batch)


def document_tree(document: RemoteDocument) -> dict[str, Any]:
    """What masks point into."""
    return {"fields": document.fields, "lines": document.lines, "clock": document.clock, **document.extra}
