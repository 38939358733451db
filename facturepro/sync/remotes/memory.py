"""A home of the records in this process: for tests that need thousands of runs, and faults on demand.

It keeps to what the real ones promise (checked by the same contract tests): atomic commits at strictly increasing
times, versions, masks, ``updated_at`` by its own clock, consistent readings.
"""

from __future__ import annotations

import copy
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from facturepro.sync.remotes.base import (
    CURSOR_WINDOW_SECONDS,
    MAX_DOCUMENT_BYTES,
    AccessDenied,
    Batch,
    CommitAmbiguous,
    CommitResult,
    CompanyMissing,
    CompanyProfile,
    EventQueue,
    Key,
    Page,
    PreconditionFailed,
    RemoteDocument,
    RemoteUnavailable,
    StreamState,
    Usage,
    Write,
    WriteRejected,
)
from facturepro.sync.remotes.instants import from_nanos, shifted
from facturepro.sync.remotes.paths import outermost, put_at, value_at
from facturepro.sync.remotes.series import free_letter
from facturepro.sync.remotes.values import UnstorableValue, check_storable

_ALWAYS = ("device", "op", "schema", "deleted", "kind", "updated_at")
_KNOWN = frozenset({"kind", "fields", "lines", "clock", *_ALWAYS})


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


@dataclass(slots=True)
class _Late:
    writes: list[Write]
    stamped: str


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
        self.counters: dict[str, int] = {}
        self._now = now
        self._last = 0
        self._late: deque[_Late] = deque()
        self._listeners: list[MemoryListener] = []

    def tick(self) -> str:
        """A new commit time, in whole microseconds as Firestore's."""
        self._last = max(self._now() // 1000 * 1000, self._last + 1000)
        return from_nanos(self._last)

    def apply(self, writes: Sequence[Write], stamped: str | None = None) -> CommitResult:
        """Stores all of the writes or none, and tells the listeners."""
        failed = [index for index, write in enumerate(writes) if not self._is_expected(write)]
        if failed:
            raise PreconditionFailed("not in the expected version", failed)
        commit_time = self.tick()
        for write in writes:
            stored = self._stored(write)
            stored.version = commit_time
            stored.updated_at = stamped or commit_time
            self.records[stored.key] = stored
        for listener in list(self._listeners):
            listener.notice([self.records[write.document.key] for write in writes], commit_time)
        return CommitResult([commit_time] * len(writes), commit_time)

    def delay(self, writes: Sequence[Write]) -> None:
        """Stamps a commit now that :meth:`release` makes visible."""
        self._late.append(_Late([copy.deepcopy(write) for write in writes], self.tick()))

    def release(self) -> bool:
        """Makes the oldest delayed commit visible; False when there is none, or when it no longer fits."""
        with self.lock:
            if not self._late:
                return False
            late = self._late.popleft()
            try:
                self.apply(late.writes, late.stamped)
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

    def since(self, bound: str | None) -> list[RemoteDocument]:
        found = [record for record in self.records.values() if bound is None or (record.updated_at or "") > bound]
        return sorted(found, key=lambda record: (record.updated_at or "", record.key))

    def _is_expected(self, write: Write) -> bool:
        stored = self.records.get(write.document.key)
        return stored is None if write.expected is None else stored is not None and stored.version == write.expected

    def _stored(self, write: Write) -> RemoteDocument:
        given = copy.deepcopy(write.document)
        if write.expected is None:
            return given
        stored = copy.deepcopy(self.records[given.key])
        ours, theirs = _tree(given), _tree(stored)
        for path in outermost(write.mask):
            if path[0] not in _ALWAYS:
                put_at(theirs, path, value_at(ours, path))
        stored.fields, stored.lines, stored.clock = (theirs.pop(part, {}) for part in ("fields", "lines", "clock"))
        stored.extra = theirs
        stored.device, stored.op, stored.schema, stored.deleted = given.device, given.op, given.schema, given.deleted
        return stored


class MemoryListener:
    def __init__(self, cloud: MemoryCloud, queue: EventQueue, cursor: str | None, usage: Usage, is_held: bool) -> None:
        self._cloud = cloud
        self._queue = queue
        self._cursor = cursor
        self._usage = usage
        self._is_held = is_held
        self._held: deque[Batch] = deque()
        self._again: Batch | None = None
        self._missed = False
        self._seen: dict[Key, str | None] = {}

    def restart(self, is_reset: bool = True) -> None:
        bound = shifted(self._cursor, -CURSOR_WINDOW_SECONDS) if self._cursor else None
        fresh = [record for record in self._cloud.since(bound) if self._seen.get(record.key) != record.version]
        self._missed = False
        self._usage.add(reads=max(1, len(fresh)))
        self._emit(fresh, self._cloud.tick(), is_reset)

    def notice(self, records: list[RemoteDocument], read_time: str) -> None:
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


class MemoryRemote:
    """A :class:`~.base.Remote` on a MemoryCloud.

    Args:
        name: who asks, for ``Faults.denied`` and ``Faults.read_only``.
        is_held: listeners keep their batches until ``MemoryCloud.deliver``, so that a test decides when they arrive.
    """

    def __init__(self, cloud: MemoryCloud, name: str = "", is_held: bool = False) -> None:
        self.usage = Usage()
        self._cloud = cloud
        self._name = name
        self._is_held = is_held
        self._listeners: list[MemoryListener] = []
        self._is_closed = False

    def provision(self, profile: dict[str, Any], owner: dict[str, Any] | None = None) -> CompanyProfile:
        with self._cloud.lock:
            self._reach(is_write=True)
            if self._cloud.company is None:
                self._cloud.company = CompanyProfile(**{**profile, "created_at": self._cloud.tick()})
                if owner is not None:
                    self._cloud.members[str(owner["uid"])] = {**owner, "role": "owner"}
                self.usage.add(writes=1 if owner is None else 2)
            return self._cloud.company

    def profile(self) -> CompanyProfile:
        with self._cloud.lock:
            self._reach()
            self.usage.add(reads=1)
            if self._cloud.company is None:
                raise CompanyMissing("no company here")
            return self._cloud.company

    def claim_series(self, device_id: str, preferred: str | None, info: dict[str, Any]) -> str:
        with self._cloud.lock:
            self._reach(is_write=True)
            self.usage.add(reads=2)
            device = self._cloud.devices.get(device_id, {})
            if "series" in device:
                return str(device["series"])
            letter = free_letter(self._cloud.letters, preferred)
            self._cloud.letters[letter] = device_id
            self._cloud.devices[device_id] = {**device, **info, "series": letter, "last_seen": self._cloud.tick()}
            self.usage.add(writes=2)
            return letter

    def devices(self) -> list[dict[str, Any]]:
        with self._cloud.lock:
            self._reach()
            self.usage.add(reads=max(1, len(self._cloud.devices)))
            return [{**copy.deepcopy(values), "id": id} for id, values in self._cloud.devices.items()]

    def touch_device(self, device_id: str, info: dict[str, Any]) -> None:
        with self._cloud.lock:
            self._reach(is_write=True)
            kept = {key: value for key, value in info.items() if key not in ("series", "id")}
            stored = self._cloud.devices.setdefault(device_id, {})
            stored.update(copy.deepcopy(kept), last_seen=self._cloud.tick())
            self.usage.add(writes=1)

    def commit(self, writes: Sequence[Write]) -> CommitResult:
        if not writes:
            raise ValueError("nothing to commit")
        for index, write in enumerate(writes):
            _check(write, index)
        with self._cloud.lock:
            self._reach(is_write=True)
            faults = self._cloud.faults
            if faults.lost_commits > 0:
                faults.lost_commits -= 1
                raise CommitAmbiguous("the request was lost")
            if faults.late_commits > 0:
                faults.late_commits -= 1
                self._cloud.delay(writes)
                raise CommitAmbiguous("no answer in time")
            result = self._cloud.apply(writes)
            self.usage.add(writes=len(writes))
            if faults.lost_acks > 0:
                faults.lost_acks -= 1
                raise CommitAmbiguous("the answer was lost")
            return result

    def get(self, keys: Sequence[Key]) -> dict[Key, RemoteDocument | None]:
        with self._cloud.lock:
            self._reach()
            self.usage.add(reads=len(keys))
            return {key: copy.deepcopy(self._cloud.records.get(key)) for key in keys}

    def changes_since(self, read_time: str | None, page_size: int = 500) -> Iterator[Page]:
        bound = shifted(read_time, -CURSOR_WINDOW_SECONDS) if read_time is not None else None
        with self._cloud.lock:
            self._reach()
            found = copy.deepcopy(self._cloud.since(bound))
            at = self._cloud.tick()
            self.usage.add(reads=max(1, len(found)))
        starts = range(0, max(len(found), 1), page_size)
        for start in starts:
            yield Page(found[start : start + page_size], at, start == starts[-1])

    def listen(self, cursor: str | None, queue: EventQueue, resume_token: bytes | None = None) -> MemoryListener:
        with self._cloud.lock:
            self._reach()
            listener = MemoryListener(self._cloud, queue, cursor, self.usage, self._is_held)
            self._cloud.attach(listener)
            self._listeners.append(listener)
            queue.put(StreamState("connecting"))
            listener.restart(is_reset=False)
            queue.put(StreamState("live"))
            return listener

    def commit_numbered(
        self, series: str, start: int, build: Callable[[int], Sequence[Write]]
    ) -> tuple[int, CommitResult]:
        with self._cloud.lock:
            number = self._cloud.counters.get(series, start - 1) + 1
            try:
                result = self.commit(build(number))
            except CommitAmbiguous:
                raise
            self._cloud.counters[series] = number
            self.usage.add(reads=1, writes=1)
            return number, result

    def next_number(self, series: str, start: int = 1) -> int:
        with self._cloud.lock:
            self._reach()
            self.usage.add(reads=1)
            return self._cloud.counters.get(series, start - 1) + 1

    def close(self) -> None:
        for listener in self._listeners:
            listener.stop()
        self._listeners.clear()
        self._is_closed = True

    def _reach(self, is_write: bool = False) -> None:
        faults = self._cloud.faults
        if self._is_closed:
            raise RemoteUnavailable("this remote was closed")
        if faults.is_partitioned:
            raise RemoteUnavailable("no network")
        if faults.unavailable > 0:
            faults.unavailable -= 1
            raise RemoteUnavailable("not reached")
        if self._name in faults.denied or (is_write and self._name in faults.read_only):
            raise AccessDenied("refused")


def _check(write: Write, index: int) -> None:
    """Refuses what Firestore would refuse."""
    document = write.document
    if not document.kind or not document.id or "/" in document.kind + document.id:
        raise WriteRejected(index, f"not a record id: {document.kind!r} {document.id!r}")
    try:
        if not _KNOWN.isdisjoint(document.extra):
            raise UnstorableValue("a known key among the unknown ones")
        tree = _tree(document)
        check_storable(tree)
        outermost(write.mask)
    except ValueError as error:
        raise WriteRejected(index, str(error)) from error
    if len(json.dumps(tree, ensure_ascii=False).encode("utf-8", "surrogatepass")) > MAX_DOCUMENT_BYTES:
        raise WriteRejected(index, "larger than 1 MiB")


def _tree(document: RemoteDocument) -> dict[str, Any]:
    return {"fields": document.fields, "lines": document.lines, "clock": document.clock, **document.extra}
