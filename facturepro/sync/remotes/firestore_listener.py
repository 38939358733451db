"""A listener on Firestore: one thread that decides (see ``listening``), one per stream that reads."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from typing import Any, Final

import grpc

from facturepro.sync.remotes.backoff import Backoff
from facturepro.sync.remotes.base import Batch, EventQueue, NotSignedIn, RemoteError, StreamState, Usage
from facturepro.sync.remotes.firestore_connection import Connection
from facturepro.sync.remotes.firestore_errors import status_of
from facturepro.sync.remotes.firestore_queries import listen_request
from facturepro.sync.remotes.listening import Listening, ListenTiming
from facturepro.sync.remotes.uptime import uptime
from facturepro.sync.remotes.watching import Failure, Watch

_log = logging.getLogger(__name__)

_STREAM_SECONDS: Final = 7200.0
_STOP_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 5.0
"""Waiting stands still while the computer sleeps, the clock does not: it is looked at so often."""

_FAILURES = {
    grpc.StatusCode.UNAUTHENTICATED: Failure.TOKEN_REFUSED,
    grpc.StatusCode.PERMISSION_DENIED: Failure.DENIED,
    grpc.StatusCode.INVALID_ARGUMENT: Failure.BAD_REQUEST,
    grpc.StatusCode.RESOURCE_EXHAUSTED: Failure.EXHAUSTED,
}

_Event = Callable[[Listening, float], None]


class FirestoreListener:
    """Puts :class:`Batch` and :class:`StreamState` objects on a queue until it is stopped."""

    def __init__(
        self,
        connection: Connection,
        company: str,
        queue: EventQueue,
        cursor: str | None,
        resume_token: bytes | None,
        *,
        usage: Usage,
        timing: ListenTiming,
        clock: Callable[[], float] = uptime,
    ) -> None:
        self._connection = connection
        self._company = company
        self._queue = queue
        self._clock = clock
        self._inbox: SimpleQueue[_Event | None] = SimpleQueue()
        self._stream: _Stream | None = None
        self._listening = Listening(
            Watch(cursor, resume_token, usage),
            self,
            self._deliver,
            timing,
            Backoff(timing.backoff_base, timing.backoff_cap),
        )
        self._thread = threading.Thread(target=self._run, name="firestore-listener", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    def wake(self) -> None:
        self._inbox.put(Listening.wake)

    def stop(self) -> None:
        self._inbox.put(None)
        if threading.current_thread() is not self._thread:
            self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        event: _Event | None = Listening.start
        while event is not None:
            try:
                event(self._listening, self._clock())
            except Exception as error:  # noqa: BLE001
                # A fault of ours must not end the listening unseen: it is logged, reported, and tried again later.
                _log.exception("the listener failed on what it received")
                self._listening.broken(f"{type(error).__name__}", self._clock())
            event = self._next_event()
        self._listening.stop()
        self._deliver(StreamState("stopped"))

    def _next_event(self) -> _Event | None:
        deadline = self._listening.deadline
        try:
            wait = None if deadline is None else min(max(0.0, deadline - self._clock()), _LOOK_SECONDS)
            return self._inbox.get(timeout=wait)
        except Empty:
            return Listening.tick

    def _deliver(self, event: Batch | StreamState) -> None:
        self._queue.put(event)

    # --- StreamPort

    def open(self, stream: int, bound: str | None, resume_token: bytes | None, is_refused: bool) -> None:
        database = self._connection.target.database_path
        request = listen_request(database, self._company, bound, resume_token)
        self._stream = _Stream(self._connection, stream, request, is_refused, self._inbox.put)
        self._stream.start()

    def close(self) -> None:
        if self._stream is not None:
            self._stream.cancel()
            self._stream = None


class _Stream:
    """One stream on a channel of its own, read on a thread of its own."""

    def __init__(
        self, connection: Connection, number: int, request: Any, is_refused: bool, emit: Callable[[_Event], None]
    ) -> None:
        self._connection = connection
        self._number = number
        self._request = request
        self._is_refused = is_refused
        self._emit = emit
        self._done = threading.Event()
        self._lock = threading.Lock()
        self._call: Any = None
        self._thread = threading.Thread(target=self._run, name=f"firestore-stream-{number}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def cancel(self) -> None:
        with self._lock:
            self._done.set()
            if self._call is not None:
                self._call.cancel()

    def _run(self) -> None:
        line = None
        try:
            metadata = self._connection.metadata(self._is_refused)
            self._emit(_authorised(self._number, self._connection.token_seconds()))
            line = self._connection.own_line()
            if not self._opened(line.listen(self._requests(), _STREAM_SECONDS, metadata)):
                return
            for response in self._call:
                self._emit(_message(self._number, response))
            self._emit(_ended(self._number, Failure.OTHER, "the server ended the stream"))
        except grpc.RpcError as error:
            code, details = status_of(error)
            self._emit(_ended(self._number, _FAILURES.get(code, Failure.OTHER), f"{code.name}: {details}"))
        except NotSignedIn as error:
            self._emit(_ended(self._number, Failure.SIGNED_OUT, str(error)))
        except RemoteError as error:
            self._emit(_ended(self._number, Failure.OTHER, str(error)))
        except Exception as error:  # noqa: BLE001 - logged, reported, tried again
            _log.exception("a listen stream failed")
            self._emit(_ended(self._number, Failure.OTHER, type(error).__name__))
        finally:
            self._done.set()
            if line is not None:
                line.channel.close()

    def _opened(self, call: Any) -> bool:
        with self._lock:
            self._call = call
            if self._done.is_set():
                call.cancel()
                return False
        return True

    def _requests(self) -> Iterator[Any]:
        """The one request; the stream stays open until it is done."""
        yield self._request
        self._done.wait()


def _authorised(number: int, seconds: float | None) -> _Event:
    return lambda listening, now: listening.authorised(number, seconds, now)


def _message(number: int, response: Any) -> _Event:
    return lambda listening, now: listening.message(number, response, now)


def _ended(number: int, failure: Failure, reason: str) -> _Event:
    return lambda listening, now: listening.ended(number, failure, reason, now)
