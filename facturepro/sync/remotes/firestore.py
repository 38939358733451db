"""Firestore as the home of the records of one company.

Importing this module loads grpc and google-cloud-firestore (about half a second): do it on the sync thread.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Final

from facturepro.sync.remotes.base import (
    CURSOR_WINDOW_SECONDS,
    AccessDenied,
    CommitResult,
    CompanyMissing,
    CompanyProfile,
    Contention,
    EventQueue,
    Key,
    NotAMember,
    Numbered,
    Page,
    Position,
    PreconditionFailed,
    RemoteDocument,
    SeriesHead,
    Summary,
    Usage,
    Write,
    WriteRejected,
)
from facturepro.sync.remotes.firestore_calls import FirestoreCalls, Seen, add_plain_write, expect_seen
from facturepro.sync.remotes.firestore_codec import decode_foreign, decode_plain, decode_record, encode_write, record_id
from facturepro.sync.remotes.firestore_connection import Connection, FirestoreTarget
from facturepro.sync.remotes.firestore_listener import FirestoreListener
from facturepro.sync.remotes.firestore_protocol import CommitRequest, WriteMessage
from facturepro.sync.remotes.firestore_queries import bucket_query, changes_query, collection_query, summary_query
from facturepro.sync.remotes.instants import shifted
from facturepro.sync.remotes.listening import ListenTiming
from facturepro.sync.remotes.series import counter_id, following_head, free_letter, head_of

_ROUNDS: Final = 12


class FirestoreRemote:
    """A :class:`~.base.Remote` on Firestore; safe to call from several threads."""

    def __init__(self, target: FirestoreTarget, company: str, timing: ListenTiming | None = None) -> None:
        self.usage = Usage()
        self._connection = Connection(target)
        self._calls = FirestoreCalls(self._connection, self.usage)
        self._database = target.database_path
        self._company = f"{self._database}/documents/companies/{company}"
        self._timing = timing or ListenTiming()
        self._listeners: list[FirestoreListener] = []
        self._patience = threading.Event()

    # --- the company and its devices

    def provision(self, profile: dict[str, Any], owner: dict[str, Any] | None = None) -> CompanyProfile:
        try:
            return self.profile()
        except CompanyMissing:
            pass
        wanted = CompanyProfile(**profile)
        request = self._commit_request()
        values = {"name": wanted.name, "plan": wanted.plan, "schema": wanted.schema}
        values |= {"min_schema": wanted.min_schema, "horizon": wanted.horizon}
        write = add_plain_write(request, self._company, values, stamped="created_at")
        write.current_document.exists = False
        if owner is not None:
            member = f"{self._company}/members/{owner['uid']}"
            values = {"role": "owner", "email": owner.get("email", ""), "name": owner.get("name", "")}
            add_plain_write(request, member, values)
        with suppress(PreconditionFailed):  # another device was faster: its company stands
            self._calls.commit(request)
        return self.profile()

    def profile(self) -> CompanyProfile:
        found, read_time = self._calls.get_plain_at(self._company)
        if found is None:
            raise CompanyMissing(self._company)
        values, _version = found
        # By hand in the console anything can be written: a value of another type counts as absent.
        types = {"schema": int, "min_schema": int, "horizon": int}
        known: dict[str, Any] = {
            key: value
            for key in CompanyProfile.__slots__
            if isinstance(value := values.get(key), types.get(key, str)) and not isinstance(value, bool)
        }
        return CompanyProfile(**{"name": "", **known, "read_time": read_time})

    def role(self) -> str | None:
        uid = self._connection.uid()
        if uid is None:
            return None
        (member,) = self._calls.get_plain([f"{self._company}/members/{uid}"])
        if member is not None:
            return str(member[0].get("role", ""))
        try:
            self.profile()
        except CompanyMissing:
            raise
        except AccessDenied as error:
            raise NotAMember(uid) from error
        raise NotAMember(uid)  # admitted again between the two questions: the next attempt passes

    def claim_series(self, device_id: str, preferred: str | None, info: dict[str, Any]) -> str:
        names = [f"{self._company}/devices/{device_id}", f"{self._company}/counters/series_letters"]
        for attempt in range(_ROUNDS):
            device, letters = self._calls.get_plain(names)
            if device is not None and device[0].get("series"):
                return str(device[0]["series"])
            taken = dict(letters[0].get("taken", {})) if letters else {}
            own = [letter for letter, holder in taken.items() if holder == device_id]
            letter = own[0] if own else free_letter(taken, preferred)
            request = self._commit_request()
            device_write = add_plain_write(
                request, names[0], {**info, "series": letter}, stamped="last_seen", merge=True
            )
            expect_seen(device_write, device)
            letters_write = add_plain_write(request, names[1], {"taken": {**taken, letter: device_id}}, merge=True)
            expect_seen(letters_write, letters)
            try:
                self._calls.commit(request)
            except (PreconditionFailed, Contention):
                self._pause(attempt)
                continue
            return letter
        raise Contention("too many devices ask for a series letter at this moment")

    def devices(self) -> list[dict[str, Any]]:
        found = self._calls.collection(collection_query(self._company, "devices"))
        return [{**decode_plain(document), "id": document.name.rsplit("/", 1)[-1]} for document in found]

    def touch_device(self, device_id: str, info: dict[str, Any]) -> None:
        name = f"{self._company}/devices/{device_id}"
        request = self._commit_request()
        kept = {key: value for key, value in info.items() if key not in ("series", "id")}
        add_plain_write(request, name, kept, stamped="last_seen", merge=True)
        self._calls.commit(request)

    # --- records

    def encode(self, writes: Sequence[Write]) -> None:
        for index, write in enumerate(writes):
            with suppress(WriteRejected):  # commit says so, in its turn
                encoded = WriteMessage()
                encode_write(encoded, write, self._record_name(write.document.kind, write.document.id), index)
                write.encoded = encoded

    def commit(self, writes: Sequence[Write]) -> CommitResult:
        request = self._commit_request()
        self._encode(request, writes)
        return self._calls.commit(request)

    def get(self, keys: Sequence[Key]) -> dict[Key, RemoteDocument | None]:
        found: dict[Key, RemoteDocument | None] = dict.fromkeys(keys)
        names = {self._record_name(*key): key for key in found}
        for document in self._calls.get(list(names)):
            key = names[document.name]
            found[key] = decode_record(document) or decode_foreign(document, key)
        return found

    def changes_since(
        self, read_time: str | None, page_size: int = 500, after: Position | None = None
    ) -> Iterator[Page]:
        bound = shifted(read_time, -CURSOR_WINDOW_SECONDS) if read_time is not None and after is None else None
        behind = (after[0], self._record_name(*after[1])) if after is not None else None
        found = self._calls.records(
            lambda last, at: changes_query(self._company, bound, last or behind, at), lambda record: record.updated_at
        )
        return _pages(found, page_size)

    def summary(self, low: int, high: int) -> Summary:
        return self._calls.summary(summary_query(self._company, low, high))

    def bucket(self, low: int, high: int, page_size: int = 500) -> Iterator[Page]:
        found = self._calls.records(
            lambda after, at: bucket_query(self._company, low, high, after, at), lambda record: record.bucket
        )
        return _pages(found, page_size)

    def listen(self, cursor: str | None, queue: EventQueue, resume_token: bytes | None = None) -> FirestoreListener:
        listener = FirestoreListener(
            self._connection, self._company, queue, cursor, resume_token, timing=self._timing, usage=self.usage
        )
        listener.start()
        self._listeners = [*(one for one in self._listeners if one.is_running), listener]
        return listener

    # --- central numbering

    def commit_numbered(
        self, series: str, known: SeriesHead, build: Callable[[SeriesHead], Numbered]
    ) -> tuple[int, CommitResult]:
        name = self._counter_name(series)
        for attempt in range(_ROUNDS):
            (counter,) = self._calls.get_plain([name])
            head = head_of(series, _head(counter), known)
            numbered = build(head)
            following = following_head(head, numbered)
            request = self._commit_request()
            self._count(request, name, following, counter)
            self._encode(request, numbered.writes)
            try:
                return following.number, self._calls.commit(request, own=1)
            except (PreconditionFailed, Contention) as error:
                (now,) = self._calls.get_plain([name])
                if isinstance(error, PreconditionFailed) and (now and now[1]) == (counter and counter[1]):
                    raise  # the number is still free: a record stands in the way
                self._pause(attempt)
        raise Contention("too many devices take a number at this moment")

    def series_head(self, series: str) -> SeriesHead | None:
        (counter,) = self._calls.get_plain([self._counter_name(series)])
        return _head(counter)

    def open_series(self, series: str, head: SeriesHead) -> None:
        request = self._commit_request()
        self._count(request, self._counter_name(series), head, None)
        with suppress(PreconditionFailed):  # it stands already
            self._calls.commit(request)

    def _count(self, request: Any, name: str, head: SeriesHead, seen: Seen | None) -> None:
        values = {"last": head.number, "last_on": head.on, "seal": head.seal}
        expect_seen(add_plain_write(request, name, values, stamped="updated_at", merge=True), seen)

    def _counter_name(self, series: str) -> str:
        return f"{self._company}/counters/{counter_id(series)}"

    def close(self) -> None:
        for listener in self._listeners:
            listener.stop()
        self._listeners.clear()
        self._patience.set()
        self._connection.close()

    # --- how

    def _record_name(self, kind: str, id: str) -> str:
        return f"{self._company}/records/{record_id(kind, id)}"

    def _commit_request(self) -> Any:
        return CommitRequest(database=self._database)

    def _encode(self, request: Any, writes: Sequence[Write]) -> None:
        for index, write in enumerate(writes):
            if write.encoded is not None:
                request.writes.append(write.encoded)
                continue
            name = self._record_name(write.document.kind, write.document.id)
            encode_write(request.writes.add(), write, name, index)

    def _pause(self, attempt: int) -> None:
        """Lets the others finish: random, growing to two seconds, and cut short by ``close``."""
        self._patience.wait(random.uniform(0.01, min(2.0, 0.05 * 2**attempt)))  # noqa: S311 - jitter


def _head(counter: Seen | None) -> SeriesHead | None:
    if counter is None:
        return None
    values, _version = counter
    return SeriesHead(int(values["last"]), str(values.get("last_on", "")), str(values.get("seal", "")))


def _pages(found: Iterable[tuple[str, RemoteDocument | None]], page_size: int) -> Iterator[Page]:
    documents: list[RemoteDocument] = []
    at = ""
    for answered_at, record in found:
        at = at or answered_at
        if record is None:
            continue
        if len(documents) == page_size:
            yield Page(documents, at, False)
            documents = []
        documents.append(record)
    yield Page(documents, at, True)
