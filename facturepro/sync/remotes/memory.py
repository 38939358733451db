"""A home of the records in this process: for tests that need thousands of runs, and faults on demand.

It keeps to what the real ones promise (checked by the same contract tests): atomic commits at strictly increasing
times, versions, masks, ``updated_at`` by its own clock, consistent readings.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from facturepro.sync.remotes.base import (
    CURSOR_WINDOW_SECONDS,
    MAX_DOCUMENT_BYTES,
    AccessDenied,
    CommitAmbiguous,
    CommitResult,
    CompanyMissing,
    CompanyProfile,
    EventQueue,
    Key,
    NotAMember,
    Numbered,
    Page,
    Position,
    PreconditionFailed,
    RemoteDocument,
    RemoteUnavailable,
    SeriesHead,
    StreamState,
    Summary,
    Usage,
    Write,
    WriteRejected,
)
from facturepro.sync.remotes.instants import shifted
from facturepro.sync.remotes.memory_cloud import Faults, MemoryCloud, MemoryListener, Number, document_tree
from facturepro.sync.remotes.paths import outermost
from facturepro.sync.remotes.sealing import SEAL
from facturepro.sync.remotes.series import following_head, free_letter, head_of
from facturepro.sync.remotes.sizes import TOO_LARGE, document_bytes
from facturepro.sync.remotes.values import UnstorableValue, check_storable

__all__ = ["Faults", "MemoryCloud", "MemoryRemote"]

_KNOWN = frozenset({"kind", "fields", "lines", "clock", "updated_at", "device", "op", "schema", "deleted", *SEAL})


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
            return replace(self._cloud.company, read_time=self._cloud.tick())

    def role(self) -> str | None:
        with self._cloud.lock:
            self.usage.add(reads=1)
            if self._cloud.company is None:
                raise CompanyMissing("no company here")
            if self._name in self._cloud.faults.denied:
                raise NotAMember(self._name)
            self._reach()
            return "accountant" if self._name in self._cloud.faults.read_only else "member"

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

    def encode(self, writes: Sequence[Write]) -> None:
        """Nothing is encoded."""

    def commit(self, writes: Sequence[Write]) -> CommitResult:
        if not writes:
            raise ValueError("nothing to commit")
        return self._commit(writes, None)

    def get(self, keys: Sequence[Key]) -> dict[Key, RemoteDocument | None]:
        with self._cloud.lock:
            self._reach()
            self.usage.add(reads=len(keys))
            return {key: copy.deepcopy(self._cloud.records.get(key)) for key in keys}

    def changes_since(
        self, read_time: str | None, page_size: int = 500, after: Position | None = None
    ) -> Iterator[Page]:
        bound = shifted(read_time, -CURSOR_WINDOW_SECONDS) if read_time is not None and after is None else None
        with self._cloud.lock:
            self._reach()
            found = self._cloud.since(bound, after)  # what is stored is replaced, never changed: this is a snapshot
            at = self._cloud.tick()
        yield from self._pages(found, at, page_size)

    def summary(self, low: int, high: int) -> Summary:
        with self._cloud.lock:
            self._reach()
            found = [record.digest for record in self._cloud.in_buckets(low, high) if record.digest is not None]
            self.usage.add(reads=max(1, -(-len(found) // 1000)))
            return Summary(len(found), sum(found), self._cloud.tick())

    def bucket(self, low: int, high: int, page_size: int = 500) -> Iterator[Page]:
        with self._cloud.lock:
            self._reach()
            found = self._cloud.in_buckets(low, high)
            at = self._cloud.tick()
        yield from self._pages(found, at, page_size)

    def _pages(self, found: list[RemoteDocument], at: str, page_size: int) -> Iterator[Page]:
        """What is stored is replaced, never changed, so ``found`` is a snapshot. Each page is charged when it is sent."""
        self.usage.add(reads=0 if found else 1)
        starts = range(0, max(len(found), 1), page_size)
        for start in starts:
            page = copy.deepcopy(found[start : start + page_size])
            self.usage.add(reads=len(page))
            yield Page(page, at, start == starts[-1])

    def listen(self, cursor: str | None, queue: EventQueue, resume_token: bytes | None = None) -> MemoryListener:
        with self._cloud.lock:
            self._reach()
            listener = MemoryListener(self._cloud, self._name, queue, cursor, self.usage, self._is_held)
            self._cloud.attach(listener)
            self._listeners.append(listener)
            queue.put(StreamState("connecting"))
            listener.restart(is_reset=False)
            queue.put(StreamState("live"))
            return listener

    def commit_numbered(
        self, series: str, known: SeriesHead, build: Callable[[SeriesHead], Numbered]
    ) -> tuple[int, CommitResult]:
        while True:
            seen = self.series_head(series)
            head = head_of(series, seen, known)
            numbered = build(head)
            following = following_head(head, numbered)
            try:
                return following.number, self._commit(numbered.writes, (series, seen, following))
            except PreconditionFailed:
                if self._cloud.counters.get(series) == seen:
                    raise  # the number is still free: a record stands in the way

    def series_head(self, series: str) -> SeriesHead | None:
        with self._cloud.lock:
            self._reach()
            self.usage.add(reads=1)
            return self._cloud.counters.get(series)

    def open_series(self, series: str, head: SeriesHead) -> None:
        with self._cloud.lock:
            self._reach(is_write=True)
            self.usage.add(writes=1)
            self._cloud.counters.setdefault(series, head)

    def close(self) -> None:
        for listener in self._listeners:
            listener.stop()
        self._listeners.clear()
        self._is_closed = True

    def _commit(self, writes: Sequence[Write], number: Number | None) -> CommitResult:
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
                self._cloud.delay(writes, number)
                raise CommitAmbiguous("no answer in time")
            result = self._cloud.apply(writes, number)
            if faults.lost_acks > 0:
                faults.lost_acks -= 1
                raise CommitAmbiguous("the answer was lost")
            self.usage.add(writes=len(writes) + (number is not None))
            return result

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
        check_storable(document_tree(document))
        outermost(write.mask)
    except ValueError as error:
        raise WriteRejected(index, str(error)) from error
    if document_bytes(document) > MAX_DOCUMENT_BYTES:
        raise WriteRejected(index, TOO_LARGE)
