"""The steps of an exchange, as one command and the engine's thread both take them."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from facturepro.db import catalog, replication_outbox
from facturepro.db.database import Database
from facturepro.db.replication_apply import ApplyResult
from facturepro.sync.devices import Devices
from facturepro.sync.identity import open_series
from facturepro.sync.ledger import Ledger
from facturepro.sync.pull import IsOver, OnProgress, Puller, never, unseen
from facturepro.sync.push import Pusher, PushResult
from facturepro.sync.remotes.base import AccessDenied, Batch, Remote
from facturepro.sync.server_time import ServerTime

_log = logging.getLogger(__name__)


class Exchange:
    """Attributes:
    turn: held while something is exchanged; one thread at a time.
    is_blocked: the company asks for a newer version of this program: it reads and does not write.
    """

    def __init__(
        self,
        database: Database,
        remote: Remote,
        draw: Callable[[], float] = random.random,
        sleep: Callable[[float], None] = time.sleep,
        number_waiting: Callable[[Remote], bool] | None = None,
        info: Mapping[str, Any] | None = None,
    ) -> None:
        self.turn = threading.Lock()
        self.is_blocked = False
        self.server_time = ServerTime(database)
        self.puller = Puller(database, remote)
        self.remote = remote
        self.ledger = Ledger(database, remote)
        self.devices = Devices(database, remote, info or {})
        self._db = database
        self._pusher = Pusher(database, remote, self.puller, self.server_time, draw, sleep)
        self._number_waiting = number_waiting

    def check_profile(self) -> None:
        """Ask the company what it accepts. Raises RemoteError."""
        self.is_blocked = self.remote.profile().min_schema > catalog.SCHEMA

    def receive(self, is_over: IsOver = never, on_progress: OnProgress = unseen) -> ApplyResult:
        """Everything since the cursor, and what an older version of this program could not apply.

        Raises RemoteError; what was applied before stays, and is not read again.
        """
        received = self.puller.retry_pending(is_over)
        received.add(self.puller.pull(is_over, on_progress))
        self.ledger.exchanged(pulled=len(received.applied))
        return received

    def take(self, batch: Batch, is_over: IsOver = never) -> ApplyResult:
        """What a listener saw."""
        taken = self.puller.take(batch, is_over)
        self.ledger.exchanged(pulled=len(taken.applied))
        return taken

    def send(self, is_over: IsOver = never) -> PushResult:
        """What the queue holds. Raises RemoteError; what was acknowledged before stays acknowledged."""
        if self.is_blocked:
            return PushResult()
        try:
            open_series(self._db, self.remote, self.devices.info)
        except AccessDenied as error:  # who only reads issues nothing; who has something to send learns why it stays
            _log.info("no series opened: %s", error)
        sent = self._pusher.push(is_over)
        if self._number_waiting is not None and not is_over() and self._number_waiting(self.remote):
            sent.add(self._pusher.push(is_over))
        self.ledger.exchanged(sent.pushed, len(sent.merged.applied))
        return sent

    def pending(self) -> tuple[int, int]:
        """(records that the cloud does not have, of these the ones that it refused)"""
        with self._db.read() as session:
            return replication_outbox.count_pending(session), replication_outbox.count_quarantined(session)
