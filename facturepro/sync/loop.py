"""The engine's thread: what it does at each event, and what it remembers between two of them."""

from __future__ import annotations

import logging
import queue
from collections import deque
from contextlib import suppress
from datetime import datetime

from facturepro.db.database import Database
from facturepro.db.events import Changes
from facturepro.db.replication_apply import ApplyResult
from facturepro.domain.errors import UserError
from facturepro.sync import status
from facturepro.sync.exchange import Exchange
from facturepro.sync.membership import explained
from facturepro.sync.pull import Puller
from facturepro.sync.remotes.backoff import Backoff
from facturepro.sync.remotes.base import AccessDenied, Batch, Listener, Remote, RemoteError, StreamState
from facturepro.sync.remotes.uptime import uptime
from facturepro.sync.status import OnState, SyncState

_log = logging.getLogger(__name__)

UPDATE_REQUIRED = "update_required"
_POLL_SECONDS = 1.0
_PROFILE_SECONDS = 6 * 3600.0
_REPAIR_SECONDS = 5.0
_LASTING_SECONDS = 300.0

Events = queue.SimpleQueue[Batch | StreamState | str]
"""What the listener saw, and the words ``changed``, ``wake`` and ``stop``."""


class Loop:
    """Made for one run of the thread."""

    def __init__(
        self,
        database: Database,
        remote: Remote,
        exchange: Exchange,
        puller: Puller,
        events: Events,
        backoff: Backoff,
        publish: OnState,
    ) -> None:
        self._db = database
        self._remote = remote
        self._exchange = exchange
        self._puller = puller
        self._events = events
        self._backoff = backoff
        self._publish = publish
        self._profile_at: float | None = None
        self._waiting = (0, 0)  # records in the queue, of these refused
        self._listener: Listener | None = None
        self._batches: deque[Batch] = deque()
        self._is_live = False
        self._is_parked = False  # the listener waits for a person
        self._is_stopping = False
        self._has_work = True
        self._not_before = 0.0  # for anything at all: the file is busy, the disk is full
        self._call_not_before = 0.0  # for asking the remote; what it sends is taken all the same
        self._trouble: tuple[str, str, str] | None = None  # kind, code, reason
        self._last_exchange: datetime | None = None
        self._seen_version: int | None = None

    def run(self) -> None:
        unsubscribe = self._db.bus.subscribe(self._noticed)
        watcher = self._db.engine.raw_connection()  # data_version compares within one connection only
        try:
            while not self._is_stopping:
                self._step()
                self._show()
                if not self._is_stopping:
                    self._wait(watcher)
        finally:
            unsubscribe()
            watcher.close()
            self._stop_listening()

    def _noticed(self, changes: Changes) -> None:
        if changes.origin != "remote":
            self._events.put("changed")

    def _step(self) -> None:
        if uptime() < self._not_before:
            return
        try:
            with self._exchange.turn:
                self._work()
        except RemoteError as error:
            self._failed(error)
        except UserError as error:  # the file is busy or the disk is full: what was received stays in memory
            self._trouble = (status.ERROR, error.code, error.code)
            self._not_before = uptime() + _REPAIR_SECONDS
        except Exception as error:  # noqa: BLE001  a bug must not end the exchange for the day, nor lose what was received
            _log.exception("the exchange failed")
            self._trouble = (status.ERROR, "", type(error).__name__)
            self._stop_listening()
            self._not_before = uptime() + self._backoff.next_delay()

    def _work(self) -> None:
        while self._batches:
            self._did(self._puller.take(self._batches[0]))
            self._batches.popleft()
        if uptime() >= self._call_not_before:
            self._ask()

    def _ask(self) -> None:
        if self._profile_at is None or uptime() - self._profile_at > _PROFILE_SECONDS:
            self._exchange.check_profile()
            self._profile_at = uptime()
            if self._is_parked and self._listener is not None:
                self._listener.wake()  # the company answers again
        if self._listener is None:
            self._begin()
        if self._is_live and self._has_work:
            self._has_work = False
            pushed = self._exchange.send()
            if pushed.pushed or pushed.merged.applied:
                self._last_exchange = self._db.now()
        if self._is_live:
            self._trouble = (
                (status.ERROR, "cloud_update_required", UPDATE_REQUIRED) if self._exchange.is_blocked else None
            )
            self._backoff.reset()

    def _begin(self) -> None:
        puller = self._puller
        self._did(puller.retry_pending())
        if puller.cursor()[0] is None:  # a first reading comes in pages, not in one batch
            self._did(puller.pull(lambda: self._is_stopping))
        cursor, token = puller.cursor()
        self._listener = self._remote.listen(cursor, self._events, token)
        self._drain()

    def _did(self, result: ApplyResult) -> None:
        if result.applied:
            self._last_exchange = self._db.now()
        self._has_work = self._has_work or bool(result.applied)
        if result.ahead:
            _log.warning("the clock of computer %s is ahead", result.ahead)

    def _failed(self, error: RemoteError) -> None:
        error = explained(self._remote, error)
        _log.info("exchange interrupted: %s", type(error).__name__)
        self._has_work = True
        self._trouble = (status.kind_of(error), status.user_error(error).code, str(error))
        delay = self._backoff.next_delay()
        delay = max(delay, _LASTING_SECONDS) if status.is_lasting(error) else delay
        self._call_not_before = uptime() + delay

    def _stop_listening(self) -> None:
        listener, self._listener = self._listener, None
        self._is_live = False
        self._batches.clear()  # the cursor did not pass them: they come again
        if listener is not None:
            with suppress(RemoteError):
                listener.stop()

    def _wait(self, watcher: object) -> None:
        """Until something happens; at most until the next look at the file."""
        pause = _POLL_SECONDS
        gates = [self._not_before] if self._batches else []
        if self._has_work or self._listener is None:
            gates.append(max(self._not_before, self._call_not_before))
        for gate in gates:
            if gate > uptime():
                pause = min(pause, gate - uptime())
        try:
            self._receive(self._events.get(timeout=max(pause, 0.001)))
        except queue.Empty:
            version = int(watcher.execute("PRAGMA data_version").fetchone()[0])  # type: ignore[attr-defined]
            if self._seen_version not in (None, version):
                self._has_work = True
            self._seen_version = version
        self._drain()

    def _drain(self) -> None:
        with suppress(queue.Empty):
            while True:
                self._receive(self._events.get_nowait())

    def _receive(self, event: Batch | StreamState | str) -> None:
        if isinstance(event, Batch):
            self._batches.append(event)
        elif isinstance(event, StreamState):
            self._stream(event)
        elif event == "stop":
            self._is_stopping = True
        else:
            self._has_work = True
            if event == "wake":
                self._not_before = self._call_not_before = 0.0
                self._backoff.reset()
                if self._listener is not None:
                    self._listener.wake()

    def _stream(self, event: StreamState) -> None:
        self._is_live = event.state == "live"
        self._is_parked = event.state in ("signed_out", "denied")
        if event.state == "live":
            self._trouble = None
            self._has_work = True
            self._call_not_before = 0.0
        elif event.state == "waiting":
            self._trouble = (status.OFFLINE, "cloud_unreachable", event.reason)
        elif event.state == "exhausted":
            self._trouble = (status.ERROR, "cloud_quota", event.reason)
        elif event.state == "signed_out":
            self._trouble = (status.SIGN_IN, "cloud_signin", event.reason)
        elif event.state == "denied":
            self._failed(AccessDenied(event.reason))

    def _show(self) -> None:
        try:
            self._waiting = self._exchange.pending()
        except UserError as error:  # the last figures stay
            _log.info("queue not counted: %s", error.code)
        pending, quarantined = self._waiting
        if self._trouble is not None:
            kind, code, reason = self._trouble
        else:
            kind, code, reason = (status.WAITING if pending else status.UP_TO_DATE), "", ""
        state = SyncState(kind, pending, reason, self._last_exchange, quarantined, code)
        self._publish(state)
