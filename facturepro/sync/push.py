"""From the outbox to the cloud: whole local transactions, never over another computer's change."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from itertools import groupby

from facturepro.db import replication_outbox as outbox
from facturepro.db import replication_quarantine as refusals
from facturepro.db.database import Database
from facturepro.db.replication_apply import ApplyResult, missing_key
from facturepro.db.replication_records import Key, LocalRecord, load
from facturepro.db.replication_view import load_refused
from facturepro.sync import codec
from facturepro.sync.membership import cause_of
from facturepro.sync.portions import Portions
from facturepro.sync.pull import IsOver, Puller, never
from facturepro.sync.remotes.base import (
    MAX_COMMIT_BYTES,
    MAX_DOCUMENT_BYTES,
    MAX_WRITES,
    AccessDenied,
    CommitAmbiguous,
    CommitResult,
    Contention,
    PreconditionFailed,
    Remote,
    RemoteError,
    Write,
    WriteRejected,
)
from facturepro.sync.server_time import Moment, ServerTime

ATTEMPTS = 8
"""How often a commit meets another computer's change before the rest of the queue goes first."""
_HALVINGS = 20
"""So often in one push a commit is halved to find what others write: where everything is contended, that ends soon."""
_REFERENCE_LEVELS = 4
"""A line names a product, a payment an invoice, an invoice a client: so deep can what is missing lie."""


@dataclass(slots=True)
class PushResult:
    """``contention``: others kept changing some records; all else was sent."""

    pushed: int = 0
    merged: ApplyResult = field(default_factory=ApplyResult)
    refused: dict[Key, str] = field(default_factory=dict)
    contention: Contention | None = None

    def add(self, other: PushResult) -> None:
        self.pushed += other.pushed
        self.merged.add(other.merged)
        self.refused |= other.refused
        self.contention = other.contention or self.contention


@dataclass(slots=True)
class _Prepared:
    record: LocalRecord
    write: Write
    entries: dict[str, str]
    size: int

    @property
    def key(self) -> Key:
        return self.record.key


class _Underway:
    """A commit on a thread of its own, which keeps nobody from leaving the program."""

    def __init__(self, remote: Remote, part: list[_Prepared], asked: Moment) -> None:
        self.part, self.asked = part, asked
        self._answer: Future[CommitResult] = Future()
        threading.Thread(target=self._run, args=(remote,), name="sync-commit", daemon=True).start()

    def result(self) -> CommitResult:
        """Waits. Raises what the commit raised."""
        return self._answer.result()

    def wait(self) -> None:
        wait([self._answer])

    def _run(self, remote: Remote) -> None:
        try:
            self._answer.set_result(remote.commit([one.write for one in self.part]))
        except BaseException as error:  # noqa: BLE001  raised again where the result is asked for
            self._answer.set_exception(error)


class Pusher:
    def __init__(
        self,
        database: Database,
        remote: Remote,
        puller: Puller,
        server_time: ServerTime,
        draw: Callable[[], float] = random.random,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._db = database
        self._remote = remote
        self._puller = puller
        self._server_time = server_time
        self._portions = Portions(database.let_others_in, MAX_WRITES)
        self._draw = draw
        self._sleep = sleep
        self.result = PushResult()
        """Of the last ``push``, also when that was broken off."""
        self._is_plan_old = False  # a record was put aside: what needs it may stand in the plan
        self._units: dict[Key, int] = {}  # which of the plan's units a record is of
        self._contended: set[Key] = set()  # others write these at this moment: the rest goes first
        self._halvings = 0
        self._is_over: IsOver = never

    def push(self, is_over: IsOver = never) -> PushResult:
        """Send until nothing is left that can be sent, or ``is_over``.

        Raises:
            RemoteError: not reached, not allowed. What was acknowledged before stays acknowledged.
        """
        self.result, self._contended, self._halvings = PushResult(), set(), 0
        self._is_over = is_over
        while not is_over():
            with self._db.read() as session:
                held = self._contended | refusals.dependants(session, self._contended)
                units = [unit for unit in outbox.pending_units(session) if held.isdisjoint(unit)]
            before, self._is_plan_old = self.result.pushed, False
            self._units = {key: number for number, unit in enumerate(units) for key in unit}
            self._stream(self._planned(units, is_over))
            if not units or (self.result.pushed == before and not self._is_plan_old):
                break
        if self._contended:
            self.result.contention = Contention("others are changing the same records")
        return self.result

    def _planned(self, units: Sequence[Sequence[Key]], is_over: IsOver) -> Iterator[list[_Prepared]]:
        for chunk in chunks(units):
            if is_over() or self._is_plan_old:
                return
            for part in parts(self._prepare(chunk), self._unit_of):
                self._remote.encode([one.write for one in part])  # a commit is under way: there is time now
                yield part

    def _unit_of(self, one: _Prepared) -> int | Key:
        return self._units.get(one.key, one.key)

    def _stream(self, planned: Iterator[list[_Prepared]]) -> None:
        """One commit after the other, never two at once: while one is under way, the one before it is acknowledged in
        the file and the one after it prepared."""
        underway = self._begin(next(planned, None))
        try:
            while underway is not None:
                following = next(planned, None)
                try:
                    result = underway.result()
                except RemoteError as error:
                    self._failed(underway.part, error, 0)
                    self._is_plan_old = True  # what was prepared meanwhile may have been changed by what was met
                    return
                self._server_time.answered(result.commit_time, underway.asked)
                done, underway = underway, self._begin(following)
                self._acknowledge(done.part, result.versions)
        finally:
            if underway is not None:
                underway.wait()

    def _begin(self, part: list[_Prepared] | None) -> _Underway | None:
        return _Underway(self._remote, part, self._server_time.moment()) if part else None

    def _send(self, keys: Sequence[Key], attempt: int) -> None:
        """Send these records, in as many commits as their size asks for; each is prepared when its turn comes, for what
        the one before it met may have changed the next."""
        left = list(keys)
        while left and not self._is_plan_old and not self._is_over():
            part = next(parts(self._prepare(left), self._unit_of), None)
            if part is None:
                return
            self._commit(part, attempt)
            left = left[left.index(part[-1].key) + 1 :]

    def _prepare(self, keys: Sequence[Key]) -> list[_Prepared]:
        with self._db.read() as session:
            records = load(session, keys)
        raised = [key for key, record in records.items() if outbox.needs_raising(record)]
        if raised:
            with self._puller.home.write() as work:
                outbox.raise_stamps(work, raised)
            with self._db.read() as session:
                records = load(session, keys)
        with self._db.read() as session:
            refused = load_refused(session, records)
        prepared = []
        for key in keys:
            record = records.get(key)
            if record is not None and record.through and (record.known.version is None or record.known.dirty):
                write, entries = codec.write_of(record, self._db.device_id, refused.get(key))
                prepared.append(_Prepared(record, write, entries, codec.size_of(write)))
        if len(prepared) < len(keys):
            with self._puller.home.write() as work:
                outbox.drop_clean(work, set(keys) - {one.key for one in prepared})
        return prepared

    def _commit(self, part: list[_Prepared], attempt: int) -> None:
        asked = self._server_time.moment()
        try:
            result = self._remote.commit([one.write for one in part])
        except RemoteError as error:
            self._failed(part, error, attempt)
        else:
            self._server_time.answered(result.commit_time, asked)
            self._acknowledge(part, result.versions)

    def _failed(self, part: list[_Prepared], error: RemoteError, attempt: int) -> None:
        match error:
            case PreconditionFailed():
                self._overtaken(part, error, attempt)
            case CommitAmbiguous():
                # It was applied or not, and may still be: only the remote knows. Every write names the version it
                # replaces, so sending again can at worst meet our own change.
                met = self._meet([one.key for one in part])
                self._remote.usage.add(writes=len(met.cleaned))  # they were written after all
                self._again(part, attempt, error)
            case Contention():
                self._again(part, attempt, error)
            case WriteRejected():
                self._isolate(part, error, attempt)
            case AccessDenied():
                self._refused(part, error, attempt)
            case _:
                raise error

    def _overtaken(self, part: list[_Prepared], error: PreconditionFailed, attempt: int) -> None:
        """Bring in what others wrote. A remote may name one of many, or none: then what it has newer was at fault."""
        keys = [one.key for one in part]
        named = [keys[index] for index in error.indexes]
        # A commit that arrived twice would be met record by record: all are read, once.
        met = self._meet(keys if attempt == 1 or not named else named)
        self._again(part, attempt, error, named or [key for key in keys if key in met.applied])

    def _acknowledge(self, part: list[_Prepared], versions: Sequence[str]) -> None:
        sent = [codec.sent(one.record, one.entries, v) for one, v in zip(part, versions, strict=True)]
        for portion, _is_last in self._portions.cut(sent):
            with self._portions.timed(len(portion)) as begin, self._puller.home.write() as work:
                begin()
                outbox.acknowledge(work, portion)
            self.result.pushed += len(portion)

    def _meet(self, keys: list[Key]) -> ApplyResult:
        met = self._puller.refresh(keys)
        for _level in range(_REFERENCE_LEVELS):
            missing = {key for reason in met.pending.values() if (key := missing_key(reason)) is not None}
            if not missing - met.applied:
                break
            met.add(self._puller.refresh(sorted(missing - met.applied)))
        self.result.pushed += len(met.cleaned)
        self.result.merged.add(met)
        self._put_aside({key: met.pending[key] for key in keys if key in met.pending and key not in met.applied})
        return met

    def _put_aside(self, unreadable: dict[Key, str]) -> None:
        """What the cloud has of these cannot be brought in here, so ours may not go over it; the others go on."""
        if not unreadable:
            return
        with self._puller.home.write() as work:
            for key, reason in unreadable.items():
                refusals.quarantine(work, key, refusals.UNREADABLE + reason)
        self.result.refused |= unreadable
        self._is_plan_old = True

    def _again(self, part: list[_Prepared], attempt: int, error: RemoteError, at_fault: Sequence[Key] = ()) -> None:
        keys = [one.key for one in part]
        if attempt + 1 < ATTEMPTS:
            self._sleep(self._draw() * min(2.0, 0.02 * 2**attempt))
            self._send(keys, attempt + 1)
        elif isinstance(error, CommitAmbiguous):
            raise error  # the line is bad, nobody writes
        elif halves := [] if at_fault else self._halves(keys):
            for half in halves:
                self._send(half, ATTEMPTS // 2)
        else:
            self._contended |= set(at_fault or keys)
            self._is_plan_old = True

    def _halves(self, keys: Sequence[Key]) -> list[list[Key]]:
        """Nobody says which of these others write: two commits to look for it. Local transactions stay whole; empty when
        it is a single one."""
        self._halvings += 1
        wanted = set(keys)
        with self._db.read() as session:
            units = [unit for unit in outbox.pending_units(session) if not wanted.isdisjoint(unit)]
        if len(units) < 2 or self._halvings > _HALVINGS:
            return []
        middle = len(units) // 2
        return [[key for unit in half for key in unit if key in wanted] for half in (units[:middle], units[middle:])]

    def _refused(self, part: list[_Prepared], error: AccessDenied, attempt: int) -> None:
        """The account that may not write any more is told; else the rules refuse the content of a record."""
        cause = cause_of(self._remote, error)
        if cause is not None:
            raise cause
        if len(part) == 1:  # the rules judge before the version is compared: perhaps it was issued elsewhere meanwhile
            met = self._meet([part[0].key])
            if part[0].key in met.applied | met.cleaned:
                self._again(part, attempt, error)
                return
        self._isolate(part, WriteRejected(None, str(error)), attempt)

    def _isolate(self, part: list[_Prepared], error: WriteRejected, attempt: int) -> None:
        """Find the record that can never be accepted and put it aside with the reason; the others go without it."""
        if error.index is not None or len(part) == 1:
            poison = part[error.index or 0]
            reason = self._with_size(poison, error.reason)
            with self._puller.home.write() as work:
                refusals.quarantine(work, poison.key, reason)
            self.result.refused[poison.key] = reason
            self._is_plan_old = True
            return
        middle = self._middle(part)
        self._commit(part[:middle], attempt)
        self._send([one.key for one in part[middle:]], attempt)

    def _middle(self, part: list[_Prepared]) -> int:
        """Between two local transactions, where there are several: those without fault still arrive whole."""
        units = [self._unit_of(one) for one in part]
        borders = [at for at in range(1, len(part)) if units[at - 1] != units[at]]
        return min(borders or [len(part) // 2], key=lambda at: abs(2 * at - len(part)))

    def _with_size(self, poison: _Prepared, reason: str) -> str:
        size = codec.bytes_in_cloud(poison.record, self._db.device_id)
        return f"{reason} ({size} bytes)" if size > MAX_DOCUMENT_BYTES else reason


def chunks(units: Sequence[Sequence[Key]]) -> Iterator[list[Key]]:
    """Whole units, as many as fit a commit; only a unit that is larger than a commit is cut."""
    chunk: list[Key] = []
    for unit in units:
        if chunk and len(chunk) + len(unit) > MAX_WRITES:
            yield chunk
            chunk = []
        chunk += unit
        while len(chunk) > MAX_WRITES:
            yield chunk[:MAX_WRITES]
            chunk = chunk[MAX_WRITES:]
    if chunk:
        yield chunk


def parts(prepared: Sequence[_Prepared], unit_of: Callable[[_Prepared], object]) -> Iterator[list[_Prepared]]:
    """As many commits as their size asks for, of whole units; only one that is larger than a commit is cut."""
    part: list[_Prepared] = []
    size = 0
    for _unit, members in groupby(prepared, unit_of):
        unit = list(members)
        if part and size + sum(one.size for one in unit) > MAX_COMMIT_BYTES:
            yield part
            part, size = [], 0
        for one in unit:
            if part and size + one.size > MAX_COMMIT_BYTES:
                yield part
                part, size = [], 0
            part.append(one)
            size += one.size
    if part:
        yield part
