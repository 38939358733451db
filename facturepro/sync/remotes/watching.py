"""What a Firestore listen stream says, turned into batches that each lead from one consistent state to the next.

The protocol: changes of documents arrive one by one; ``CURRENT`` says that the answer was complete once; after that
each ``NO_CHANGE`` for all targets, with a read time, says that everything up to that time has arrived. ``RESET`` says
that all of the answer will be sent once more: whoever knows what was in it learns exactly what changed (the emulator
does so after every commit). Only when this isn't known, or when the counts differ, does a batch ask to reconcile.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum, auto
from typing import Any, Final

from facturepro.sync.remotes.base import CURSOR_WINDOW_SECONDS, Batch, Key, RemoteDocument, Usage
from facturepro.sync.remotes.firestore_codec import decode_key, decode_record
from facturepro.sync.remotes.firestore_protocol import CURRENT, NO_CHANGE, REMOVE, RESET
from facturepro.sync.remotes.firestore_queries import TARGET_ID
from facturepro.sync.remotes.instants import shifted, to_nanos
from facturepro.sync.remotes.values import decode_timestamp

_LONGEST_SPAN: Final = 6 * 3600 * 1_000_000_000
"""A stream is continued by its token for so long; then a new one with a later bound costs less."""
_TOKEN_SECONDS: Final = 1500.0
"""After 30 minutes away Firestore charges a continued query like a new one, so a new one with a later bound costs less."""


class Failure(Enum):
    """Why a stream ended, as far as it matters."""

    TOKEN_REFUSED = auto()
    SIGNED_OUT = auto()
    DENIED = auto()
    BAD_REQUEST = auto()
    EXHAUSTED = auto()
    OTHER = auto()


_FAILURES = {3: Failure.BAD_REQUEST, 7: Failure.DENIED, 8: Failure.EXHAUSTED, 16: Failure.TOKEN_REFUSED}


class FilterMismatch(Exception):  # noqa: N818 - a condition of the protocol
    """The server counts other documents than have arrived here."""


class TargetRefused(Exception):  # noqa: N818 - a condition of the protocol
    """The server took the query off the stream."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.failure = _FAILURES.get(code, Failure.OTHER)


class Watch:
    """The state of one listener across its streams: where it is, and what it has passed on already.

    Args:
        wall: seconds since 1970; a wrong clock costs reads, never a document.
    """

    def __init__(
        self,
        cursor: str | None,
        resume_token: bytes | None,
        usage: Usage,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._usage = usage
        self._wall = wall
        self._cursor = cursor
        self._bound: str | None = None
        self._token: bytes | None = None
        self._seen: dict[str, str] = {}
        self._members: set[str] = set()
        self._are_members_known = True
        self._before_reset: set[str] = set()
        self._pending: dict[str, tuple[str, RemoteDocument | None] | None] = {}
        self._is_current = False
        self._was_reset = False
        self._is_token_vain = False
        self._cost = 0
        unpacked = _unpacked(resume_token) if cursor is not None else None
        if unpacked is not None:
            self._bound, self._token = unpacked
            self._are_members_known = False

    def begin(self) -> tuple[str | None, bytes | None]:
        """(bound, resume token) to open the next stream with; what arrived since the last batch is forgotten."""
        self._pending.clear()
        self._before_reset = set()
        self._is_current = False
        self._cost = 0
        if self._token is None or self._is_token_vain or self._has_grown() or self._was_away():
            self._token = None
            self._is_token_vain = False
            self._bound = shifted(self._cursor, -CURSOR_WINDOW_SECONDS) if self._cursor is not None else None
            self._members = set()
            self._are_members_known = True
            if self._bound is not None:
                bound = self._bound
                self._seen = {name: version for name, version in self._seen.items() if version > bound}
        return self._bound, self._token

    def restart(self) -> None:
        """The next stream starts without the token, and its first batch says so."""
        self._token = None
        self._was_reset = True

    def receive(self, response: Any) -> Batch | None:
        """Takes one ``ListenResponse``; answers a batch when a consistent state is reached.

        Raises:
            FilterMismatch, TargetRefused: this stream is of no more use.
        """
        which = response.WhichOneof("response_type")
        if which == "document_change":
            self._change(response.document_change)
        elif which == "target_change":
            return self._target_change(response.target_change)
        elif which == "document_delete":
            self._pending[response.document_delete.document] = None
        elif which == "document_remove":
            self._pending[response.document_remove.document] = None
        elif which == "filter":
            self._check(response.filter.count)
        return None

    def _change(self, change: Any) -> None:
        document = change.document
        if TARGET_ID in change.target_ids:
            version = decode_timestamp(document.update_time)
            is_seen = self._seen.get(document.name) == version
            self._pending[document.name] = (version, None if is_seen else decode_record(document))
            self._cost += 1
            self._usage.add(reads=1)
        elif TARGET_ID in change.removed_target_ids:
            self._pending[document.name] = None

    def _target_change(self, change: Any) -> Batch | None:
        kind = change.target_change_type
        if kind == REMOVE:
            raise TargetRefused(change.cause.code, change.cause.message)
        if kind == CURRENT:
            self._is_current = True
        elif kind == RESET:
            # Whoever sends all of the answer again for a token is asked with a later bound next time: that costs less.
            self._is_token_vain |= self._token is not None and not self._is_current
            self._was_reset |= not self._are_members_known
            self._before_reset |= self._members
            self._members = set()
            self._are_members_known = True
            self._pending.clear()
            self._is_current = False
        elif kind == NO_CHANGE and not change.target_ids and change.HasField("read_time") and self._is_current:
            return self._batch(decode_timestamp(change.read_time), change.resume_token)
        return None

    def _check(self, count: int) -> None:
        arrived = {name for name, change in self._pending.items() if change is not None}
        gone = self._pending.keys() - arrived
        known = len((self._members | arrived) - gone)
        if not self._are_members_known or known != count:
            raise FilterMismatch(f"{count} documents there, {known} here")

    def _batch(self, read_time: str, token: bytes) -> Batch:
        documents: list[RemoteDocument] = []
        removed: list[Key] = []
        for name, change in self._pending.items():
            if change is None:
                self._members.discard(name)
                self._forget(name, removed)
                continue
            self._members.add(name)
            version, record = change
            if record is not None:
                self._seen[name] = version
                documents.append(record)
        for name in self._before_reset - self._members:
            self._forget(name, removed)
        if self._token is None and self._cost == 0:
            self._usage.add(reads=1)  # a query that answers nothing costs one read
        self._cost = 1
        documents.sort(key=lambda record: record.updated_at or "")
        self._pending.clear()
        self._before_reset = set()
        self._token = bytes(token) or None
        self._cursor = read_time if self._cursor is None else max(self._cursor, read_time)
        was_reset, self._was_reset = self._was_reset, False
        return Batch(documents, removed, self._cursor, _packed(self._bound, self._token), was_reset)

    def _forget(self, name: str, removed: list[Key]) -> None:
        self._seen.pop(name, None)
        key = decode_key(name)
        if key is not None:
            removed.append(key)

    def _was_away(self) -> bool:
        return self._cursor is None or abs(self._wall() - to_nanos(self._cursor) / 1e9) > _TOKEN_SECONDS

    def _has_grown(self) -> bool:
        if self._bound is None or self._cursor is None:
            return True
        return to_nanos(self._cursor) - to_nanos(self._bound) > _LONGEST_SPAN


def _packed(bound: str | None, token: bytes | None) -> bytes | None:
    """A token is only good for the very query it came from, so it travels with the bound of that query."""
    return None if token is None or bound is None else b"1 " + bound.encode("ascii") + b" " + token


def _unpacked(packed: bytes | None) -> tuple[str, bytes] | None:
    if packed is None:
        return None
    form, _space, rest = packed.partition(b" ")
    bound, _space, token = rest.partition(b" ")
    try:
        to_nanos(bound.decode("ascii"))
    except ValueError:
        return None
    return (bound.decode("ascii"), token) if form == b"1" and token else None
