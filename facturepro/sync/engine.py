"""The exchange between the company file and its cloud: once for a script, or all the time on a thread of its own."""

from __future__ import annotations

import logging
import queue
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from facturepro.db import catalog, replication_outbox
from facturepro.db.database import Database
from facturepro.db.events import Changes
from facturepro.db.replication_apply import ApplyResult
from facturepro.domain.errors import UserError
from facturepro.sync import status
from facturepro.sync.pull import Puller
from facturepro.sync.push import Pusher, PushResult
from facturepro.sync.remotes.backoff import Backoff
from facturepro.sync.remotes.base import Batch, Listener, Remote, RemoteError, StreamState
from facturepro.sync.status import OnState, SyncReport, SyncState

_log = logging.getLogger(__name__)

UPDATE_REQUIRED = "update_required"
_POLL_SECONDS = 1.0
_PROFILE_SECONDS = 6 * 3600.0
_REPAIR_SECONDS = 5.0


class SyncEngine:
    """Brings a company file and a remote together. Everything it needs to go on after a crash lies in the file.

    Args:
        on_state: called on the engine's thread whenever the state changes; forward it, do not work in it.
        draw, sleep: jitter between attempts; tests replace them.
    """

    def __init__(
        self,
        database: Database,
        remote: Remote,
        on_state: OnState | None = None,
        draw: Callable[[], float] = random.random,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._db = database
        self._remote = remote
        self._on_state = on_state
        self._puller = Puller(database, remote)
        self._pusher = Pusher(database, remote, self._puller, draw, sleep)
        self._exchange = threading.Lock()
        self._state = SyncState(status.DISABLED)
        self._queue: queue.SimpleQueue[Batch | StreamState | str] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._profile_at: float | None = None
        self._is_blocked = False
        self._backoff = Backoff(draw=draw)

    @property
    def state(self) -> SyncState:
        return self._state

    @property
    def remote(self) -> Remote:
        """The caller closes it after ``stop``."""
        return self._remote

    def once(self, timeout: float = 60.0) -> SyncReport:
        """Pull, push, until nothing is left to do or the time is over.

        Raises:
            UserError: the cloud is not reached or refuses. What was exchanged before that is kept on both sides.
        """
        ends = time.monotonic() + timeout
        usage = self._remote.usage
        reads, writes = usage.reads, usage.writes
        try:
            with self._exchange:
                self._check_profile()
                pulled = self._puller.retry_pending()
                pulled.add(self._puller.pull(lambda: time.monotonic() > ends))
                pushed = self._push(lambda: time.monotonic() > ends)
        except RemoteError as error:
            raise status.user_error(error) from error
        merged = pushed.merged
        refused = pulled.refused | merged.refused | pushed.refused
        return SyncReport(
            pushed=pushed.pushed,
            pulled=len(pulled.applied | merged.applied),
            pending=self._pending()[0],
            conflicts=pulled.conflicts + merged.conflicts,
            reads=usage.reads - reads,
            writes=usage.writes - writes,
            blocked=UPDATE_REQUIRED if self._is_blocked else "",
            refused=tuple(f"{kind}/{record_id}: {reason}" for (kind, record_id), reason in sorted(refused.items())),
            ahead=pulled.ahead or merged.ahead or "",
        )

    def start(self) -> None:
        """Begin on a thread of its own. Returns at once, whatever the network does."""
        if self._thread is not None:
            return
        self._queue = queue.SimpleQueue()
        self._thread = threading.Thread(target=_Loop(self).run, name="sync", daemon=True)
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """End the thread. A change that is on its way is finished or repeated later; nothing is lost."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._queue.put("stop")
        thread.join(timeout)
        self._publish(SyncState(status.DISABLED, last_exchange_at=self._state.last_exchange_at))

    def wake(self) -> None:
        """Try at once: a person asked, or the computer woke up."""
        self._queue.put("wake")

    def _push(self, is_over: Callable[[], bool] = lambda: False) -> PushResult:
        return PushResult() if self._is_blocked else self._pusher.push(is_over)

    def _check_profile(self) -> None:
        """A version that the company no longer accepts reads but does not write."""
        self._is_blocked = self._remote.profile().min_schema > catalog.SCHEMA
        self._profile_at = time.monotonic()

    def _pending(self) -> tuple[int, int]:
        with self._db.read() as session:
            return replication_outbox.count_pending(session), replication_outbox.count_quarantined(session)

    def _publish(self, state: SyncState) -> None:
        if state != self._state:
            self._state = state
            if self._on_state is not None:
                self._on_state(state)


class _Loop:
    """What the thread remembers between two events."""

    def __init__(self, engine: SyncEngine) -> None:
        self._engine = engine
        self._db = engine._db
        self._listener: Listener | None = None
        self._batches: deque[Batch] = deque()
        self._is_live = False
        self._is_stopping = False
        self._has_work = True
        self._not_before = 0.0
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
            self._engine._queue.put("changed")

    def _step(self) -> None:
        if time.monotonic() < self._not_before:
            return
        try:
            with self._engine._exchange:
                self._work()
        except RemoteError as error:
            self._failed(error)
        except UserError as error:  # the file is busy or the disk is full: what was received stays in memory
            self._trouble = (status.ERROR, error.code, error.code)
            self._not_before = time.monotonic() + _REPAIR_SECONDS
        except Exception as error:  # noqa: BLE001  a bug must not end the exchange for the day, nor lose what was received
            _log.exception("the exchange failed")
            self._trouble = (status.ERROR, "", type(error).__name__)
            self._stop_listening()
            self._not_before = time.monotonic() + self._engine._backoff.next_delay()

    def _work(self) -> None:
        engine = self._engine
        if engine._profile_at is None or time.monotonic() - engine._profile_at > _PROFILE_SECONDS:
            engine._check_profile()
        if self._listener is None:
            self._begin()
        while self._batches:
            self._did(engine._puller.take(self._batches[0]))
            self._batches.popleft()
        if self._is_live and self._has_work:
            self._has_work = False
            pushed = engine._push()
            if pushed.pushed or pushed.merged.applied:
                self._last_exchange = self._db.now()
        if self._is_live:
            self._trouble = (status.ERROR, "cloud_update_required", UPDATE_REQUIRED) if engine._is_blocked else None
            engine._backoff.reset()

    def _begin(self) -> None:
        puller = self._engine._puller
        self._did(puller.retry_pending())
        if puller.cursor()[0] is None:  # a first reading comes in pages, not in one batch
            self._did(puller.pull(lambda: self._is_stopping))
        cursor, token = puller.cursor()
        self._listener = self._engine._remote.listen(cursor, self._engine._queue, token)
        self._drain()

    def _did(self, result: ApplyResult) -> None:
        if result.applied:
            self._last_exchange = self._db.now()
        self._has_work = self._has_work or bool(result.applied)
        if result.ahead:
            _log.warning("the clock of computer %s is ahead", result.ahead)

    def _failed(self, error: RemoteError) -> None:
        _log.info("exchange interrupted: %s", type(error).__name__)
        self._has_work = True
        self._trouble = (status.kind_of(error), status.user_error(error).code, str(error))
        delay = self._engine._backoff.next_delay()
        self._not_before = time.monotonic() + (max(delay, 300.0) if status.needs_a_person(error) else delay)

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
        if self._not_before > time.monotonic() and (self._has_work or self._batches or self._listener is None):
            pause = min(pause, self._not_before - time.monotonic())
        try:
            self._receive(self._engine._queue.get(timeout=max(pause, 0.001)))
        except queue.Empty:
            version = int(watcher.execute("PRAGMA data_version").fetchone()[0])  # type: ignore[attr-defined]
            if self._seen_version not in (None, version):
                self._has_work = True
            self._seen_version = version
        self._drain()

    def _drain(self) -> None:
        with suppress(queue.Empty):
            while True:
                self._receive(self._engine._queue.get_nowait())

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
                self._not_before = 0.0
                self._engine._backoff.reset()
                if self._listener is not None:
                    self._listener.wake()

    def _stream(self, event: StreamState) -> None:
        self._is_live = event.state == "live"
        if event.state == "live":
            self._trouble = None
            self._has_work = True
            self._not_before = 0.0
        elif event.state == "waiting":
            self._trouble = (status.OFFLINE, "cloud_unreachable", event.reason)
        elif event.state == "signed_out":
            self._trouble = (status.SIGN_IN, "cloud_signin", event.reason)
        elif event.state == "denied":
            self._trouble = (status.ERROR, "cloud_denied", event.reason)

    def _show(self) -> None:
        try:
            pending, quarantined = self._engine._pending()
        except UserError:
            pending, quarantined = self._engine._state.pending, self._engine._state.quarantined
        if self._trouble is not None:
            kind, code, reason = self._trouble
        else:
            kind, code, reason = (status.WAITING if pending else status.UP_TO_DATE), "", ""
        state = SyncState(kind, pending, reason, self._last_exchange, quarantined, code)
        self._engine._publish(state)
