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
from facturepro.sync import horizon
from facturepro.sync.devices import Devices
from facturepro.sync.identity import open_series
from facturepro.sync.ledger import Ledger
from facturepro.sync.pull import IsOver, OnProgress, Puller, never, unseen
from facturepro.sync.push import Pusher, PushResult
from facturepro.sync.reconcile import Reconciler, Report
from facturepro.sync.remotes.base import AccessDenied, Batch, Remote, RemoteError
from facturepro.sync.remotes.uptime import uptime
from facturepro.sync.server_time import ServerTime

_log = logging.getLogger(__name__)
_CHECK_AGAIN_SECONDS = 3600.0
UPDATE_REQUIRED = "update_required"


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
        number_waiting: Callable[[Puller], bool] | None = None,
        info: Mapping[str, Any] | None = None,
    ) -> None:
        self.turn = threading.Lock()
        self.is_blocked = False
        self.server_time = ServerTime(database)
        self.puller = Puller(database, remote)
        self.remote = remote
        self.ledger = Ledger(database, remote)
        self.devices = Devices(self.puller.home, remote, info or {})
        self._db = database
        self._pusher = Pusher(database, remote, self.puller, self.server_time, draw, sleep)
        self._number_waiting = number_waiting
        self._reconciler = Reconciler(database, remote, self.puller)
        self._no_check_before = 0.0

    @property
    def blocked(self) -> str:
        """Why nothing is sent: ``update_required``, else empty."""
        return UPDATE_REQUIRED if self.is_blocked else ""

    def has_moved(self) -> bool:
        """Another process left this cloud, or joined another one: what is sent or acknowledged here would be wrong there."""
        return self.puller.home.has_moved()

    def check_profile(self) -> bool:
        """Ask the company what it accepts. True: this computer was away for too long, everything is to be read again.

        Raises RemoteError.
        """
        profile = self.remote.profile()
        self.is_blocked = profile.min_schema > catalog.SCHEMA
        return horizon.leave_if_beyond(self.puller.home, profile)

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
        """What the queue holds, then the numbers that wait.

        Raises RemoteError; what was acknowledged before stays acknowledged. Contention comes at the very end: a record
        that others keep writing holds back nothing else.
        """
        if self.is_blocked:
            return PushResult()
        try:
            open_series(self.puller.home, self.remote, self.devices.info)
        except AccessDenied as error:  # who only reads issues nothing; who has something to send learns why it stays
            _log.info("no series opened: %s", error)
        sent = self._push(is_over)
        if (
            self._number_waiting is not None
            and not is_over()
            and (self._number_waiting(self.puller) or (sent.contention is None and self._can_send()))
        ):
            sent.add(self._push(is_over))
        if sent.contention is not None and self._can_send():
            raise sent.contention
        return sent

    def _push(self, is_over: IsOver) -> PushResult:
        """What went through counts however it ends. Raises RemoteError."""
        try:
            return self._pusher.push(is_over)
        finally:
            sent = self._pusher.result
            if sent.pushed or sent.merged.applied:
                self.ledger.exchanged(sent.pushed, len(sent.merged.applied))

    def reconcile_if_due(self, breathe: IsOver) -> PushResult:
        """The weekly check, once everything that can be sent was sent. Its failure disturbs no exchange."""
        if uptime() < self._no_check_before or not self._reconciler.is_due() or self._can_send() or breathe():
            return PushResult()
        try:
            return self.reconcile(breathe)[1]
        except RemoteError as error:
            _log.warning("the check with the cloud failed: %s", error)
            self._no_check_before = uptime() + _CHECK_AGAIN_SECONDS
            return PushResult()

    def reconcile(self, breathe: IsOver = never, progress: OnProgress = unseen) -> tuple[Report, PushResult]:
        """Compare with the cloud, repair, and send what that has queued. Raises RemoteError."""
        report = self._reconciler.run(breathe, progress, may_write=not self.is_blocked)
        report.blocked = self.blocked
        return report, self.send(breathe)

    def introduce(self) -> None:
        """Tell the company what this computer exchanged, and look at the others, when that is due."""
        self.ledger.note()
        if not self.is_blocked:
            self.devices.tell()
        self.devices.look()

    def _can_send(self) -> bool:
        with self._db.read() as session:
            return bool(replication_outbox.pending_units(session))

    def pending(self) -> tuple[int, int]:
        """(records that the cloud does not have, of these the ones that it refused)"""
        with self._db.read() as session:
            return replication_outbox.count_pending(session), replication_outbox.count_quarantined(session)
