"""The exchange between the company file and its cloud: once for a script, or all the time on a thread of its own."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

from facturepro.db.database import Database
from facturepro.sync import status
from facturepro.sync.exchange import Exchange
from facturepro.sync.loop import UPDATE_REQUIRED, Events, Loop
from facturepro.sync.membership import explained
from facturepro.sync.pull import Puller
from facturepro.sync.push import Pusher
from facturepro.sync.remotes.backoff import Backoff
from facturepro.sync.remotes.base import Remote, RemoteError
from facturepro.sync.status import OnState, SyncReport, SyncState


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
        self._exchange = Exchange(database, remote, self._puller, Pusher(database, remote, self._puller, draw, sleep))
        self._state = SyncState(status.DISABLED)
        self._events: Events = Events()
        self._thread: threading.Thread | None = None
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
            with self._exchange.turn:
                self._exchange.check_profile()
                pulled = self._exchange.receive(lambda: time.monotonic() > ends)
                pushed = self._exchange.send(lambda: time.monotonic() > ends)
        except RemoteError as error:
            raise status.user_error(explained(self._remote, error)) from error
        merged = pushed.merged
        refused = pulled.refused | merged.refused | pushed.refused
        return SyncReport(
            pushed=pushed.pushed,
            pulled=len(pulled.applied | merged.applied),
            pending=self._exchange.pending()[0],
            conflicts=pulled.conflicts + merged.conflicts,
            reads=usage.reads - reads,
            writes=usage.writes - writes,
            blocked=UPDATE_REQUIRED if self._exchange.is_blocked else "",
            refused=tuple(f"{kind}/{record_id}: {reason}" for (kind, record_id), reason in sorted(refused.items())),
            ahead=pulled.ahead or merged.ahead or "",
        )

    def start(self) -> None:
        """Begin on a thread of its own. Returns at once, whatever the network does."""
        if self._thread is not None:
            return
        self._events = Events()
        loop = Loop(self._db, self._remote, self._exchange, self._puller, self._events, self._backoff, self._publish)
        self._thread = threading.Thread(target=loop.run, name="sync", daemon=True)
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """End the thread. A change that is on its way is finished or repeated later; nothing is lost."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._events.put("stop")
        thread.join(timeout)
        self._publish(SyncState(status.DISABLED, last_exchange_at=self._state.last_exchange_at))

    def wake(self) -> None:
        """Try at once: a person asked, or the computer woke up."""
        self._events.put("wake")

    def _publish(self, state: SyncState) -> None:
        if state != self._state:
            self._state = state
            if self._on_state is not None:
                self._on_state(state)
