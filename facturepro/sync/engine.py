"""The exchange between the company file and its cloud: once for a script, or all the time on a thread of its own."""

from __future__ import annotations

import gc
import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from facturepro.db.database import Database
from facturepro.sync import events, pause, status
from facturepro.sync.events import Events
from facturepro.sync.exchange import Exchange
from facturepro.sync.loop import Loop
from facturepro.sync.membership import explained
from facturepro.sync.pull import IsOver, OnProgress, Puller, never, unseen
from facturepro.sync.reconcile import Report
from facturepro.sync.remotes.backoff import Backoff
from facturepro.sync.remotes.base import Contention, QuotaExceeded, Remote, RemoteError
from facturepro.sync.status import OnState, SyncReport, SyncState

_log = logging.getLogger(__name__)


@cache
def _spare_the_collector() -> None:
    """What is loaded by now stays until the program ends: full collections need not look at it again and again.

    One cost 62 ms, and every second reading of 2,000 records met one, with the lock of Python held.
    """
    if gc.isenabled():  # else whoever disabled it does not want one on this thread
        gc.collect(1)  # or what is garbage by now would stay as well; a full collection would be the 62 ms
    gc.freeze()


class SyncEngine:
    """Brings a company file and a remote together. Everything it needs to go on after a crash lies in the file.

    Args:
        on_state: called on the engine's thread whenever the state changes; forward it, do not work in it.
        draw, sleep: jitter between attempts; tests replace them.
        number_waiting: takes the numbers of documents that wait for one (central numbering), once the queue is sent;
            True when that left something else to send.
        info: name, platform and app_version, for the list of the company's computers; without it nothing is told.
    """

    def __init__(
        self,
        database: Database,
        remote: Remote,
        on_state: OnState | None = None,
        draw: Callable[[], float] = random.random,
        sleep: Callable[[float], None] = time.sleep,
        number_waiting: Callable[[Puller], bool] | None = None,
        info: Mapping[str, Any] | None = None,
    ) -> None:
        self._db = database
        self._remote = remote
        self._on_state = on_state
        self._exchange = Exchange(database, remote, draw, sleep, number_waiting, info)
        self._puller = self._exchange.puller
        self._state = SyncState(status.DISABLED)
        self._events = Events(self._exchange.server_time.moment)
        self._thread: threading.Thread | None = None
        self._backoff = Backoff(draw=draw)
        _spare_the_collector()

    @property
    def state(self) -> SyncState:
        return self._state

    @property
    def remote(self) -> Remote:
        """The caller closes it after ``stop``."""
        return self._remote

    def once(self, timeout: float = 60.0, is_cancelled: IsOver = never, on_progress: OnProgress = unseen) -> SyncReport:
        """Pull, push, until nothing is left to do, the time is over or somebody cancels. A pause does not hold it back.

        Args:
            on_progress: called with (records read, all of them or 0 when unknown) during a reading.

        Raises:
            UserError: the cloud is not reached or refuses. What was exchanged before that is kept on both sides.
        """
        ends = time.monotonic() + timeout
        usage = self._remote.usage
        reads, writes = usage.reads, usage.writes

        def is_over() -> bool:
            return time.monotonic() > ends or is_cancelled()

        with self._exchanging():
            pulled = self._exchange.receive(is_over, on_progress)
            try:
                pushed = self._exchange.send(is_over)
            except Contention:  # all else went through
                self._exchange.introduce()
                raise
            pushed.add(self._exchange.reconcile_if_due(is_over))
            self._exchange.introduce()
        merged = pushed.merged
        refused = pulled.refused | merged.refused | pushed.refused
        return SyncReport(
            pushed=pushed.pushed,
            pulled=len(pulled.applied | merged.applied),
            pending=self._exchange.pending()[0],
            conflicts=pulled.conflicts + merged.conflicts,
            reads=usage.reads - reads,
            writes=usage.writes - writes,
            blocked=self._exchange.blocked,
            refused=tuple(f"{kind}/{record_id}: {reason}" for (kind, record_id), reason in sorted(refused.items())),
            ahead=pulled.ahead or merged.ahead or "",
            is_complete=self._puller.is_at_end,
        )

    def check(self, is_over: IsOver = never, on_progress: OnProgress = unseen) -> Report:
        """Exchange, then compare everything with the cloud and repair what differs, due or not.

        Raises:
            UserError: the cloud is not reached or refuses. What was repaired before that stays repaired.
        """
        with self._exchanging():
            self._exchange.receive(is_over)
            self._exchange.send(is_over)
            return self._exchange.reconcile(is_over, on_progress)[0]

    @contextmanager
    def _exchanging(self) -> Iterator[None]:
        """One exchange by this thread, accounted for however it ends. Raises UserError."""
        try:
            with self._exchange.turn:
                self._exchange.check_profile()
                yield
        except RemoteError as error:
            if isinstance(error, QuotaExceeded):
                self._exchange.ledger.refused()
            raise status.user_error(explained(self._remote, error)) from error
        finally:
            self._exchange.ledger.note()

    def start(self) -> None:
        """Begin on a thread of its own. Returns at once, whatever the network does."""
        if self._thread is not None:
            return
        self._events = Events(self._exchange.server_time.moment)
        inbox = self._events

        def publish(state: SyncState) -> None:
            if self._events is inbox and self._thread is not None:  # a thread that was left behind says nothing more
                self._publish(state)

        loop = Loop(self._db, self._exchange, inbox, self._backoff, publish)
        self._thread = threading.Thread(target=loop.run, name="sync", daemon=True)
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """End the thread. A change that is on its way is finished or repeated later; nothing is lost."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._events.put(events.STOP)
        thread.join(timeout)
        self._publish(SyncState(status.DISABLED, last_exchange_at=self._state.last_exchange_at))

    def wake(self) -> None:
        """Try at once: a person asked, or the computer woke up."""
        self._events.put(events.WAKE)

    def pause(self) -> None:
        """Exchange nothing until ``resume``, also after the program was closed. What is under way ends where it can."""
        pause.keep(self._db, True)
        self._events.put(events.PAUSE)

    def resume(self) -> None:
        """Go on where the pause began."""
        pause.keep(self._db, False)
        self.wake()

    def _publish(self, state: SyncState) -> None:
        if state != self._state:
            self._state = state
            if self._on_state is not None:
                try:
                    self._on_state(state)
                except Exception:  # noqa: BLE001  whoever shows it must not end the exchange
                    _log.exception("a state could not be shown")
