"""The engine's thread: what it does at each event, and what it remembers between two of them."""

from __future__ import annotations

import logging
import math
from collections import deque
from contextlib import closing, suppress

from facturepro.db.database import Database
from facturepro.db.events import Changes
from facturepro.db.replication_apply import ApplyResult
from facturepro.domain.errors import UserError
from facturepro.sync import events, pause, status
from facturepro.sync.events import Arrival, Events, Port
from facturepro.sync.exchange import UPDATE_REQUIRED, Exchange
from facturepro.sync.home import MOVED
from facturepro.sync.looking import POLL_SECONDS, Looking
from facturepro.sync.membership import explained
from facturepro.sync.quota_rest import QuotaRest
from facturepro.sync.remotes.backoff import Backoff
from facturepro.sync.remotes.base import AccessDenied, Batch, Listener, QuotaExceeded, RemoteError, StreamState
from facturepro.sync.remotes.uptime import uptime
from facturepro.sync.server_time import Moment
from facturepro.sync.status import OnState, SyncState

_log = logging.getLogger(__name__)

_PROFILE_SECONDS = 6 * 3600.0
_REPAIR_SECONDS = 5.0
_PROGRESS_SECONDS = 0.25


class Loop:
    """Made for one run of the thread."""

    def __init__(
        self, database: Database, exchange: Exchange, inbox: Events, backoff: Backoff, publish: OnState
    ) -> None:
        self._db = database
        self._exchange = exchange
        self._events = inbox
        self._backoff = backoff
        self._publish = publish
        self._listener: Listener | None = None
        self._port: Port | None = None  # the listener's
        self._batches: deque[tuple[Batch, Moment]] = deque()
        self._is_live = False
        self._is_parked = False  # the listener waits for a person
        self._is_stopping = False
        self._is_far_behind = False  # as the cloud said, whatever the clock here says
        self._is_elsewhere = False  # the file was taken out of this cloud by another process
        self._is_paused = pause.is_kept(database)
        self._has_work = True
        self._is_look_wanted = False  # at the company's computers
        self._not_before = 0.0  # for anything at all: the file is busy, the disk is full
        self._call_not_before = 0.0  # for asking the remote; what it sends is taken all the same
        self._profile_at: float | None = None
        self._trouble: tuple[str, str, str] | None = None  # kind, code, reason
        self._progress: tuple[int, int] | None = None
        self._shown_at = 0.0
        self._rest = QuotaRest(database)
        self._waiting = (0, 0)  # records in the queue, of these refused

    def run(self) -> None:
        """Until it is told to stop. Whatever goes wrong is logged and shown, and it begins again."""
        unsubscribe = self._db.bus.subscribe(self._noticed)
        patience = 0.0
        try:
            while not self._is_stopping:
                try:
                    self._hear(patience)  # in here: what comes while it is broken may fail as well
                    with closing(Looking(self._db, self._exchange.server_time)) as looking:
                        self._go_on(looking)
                except Exception as error:  # noqa: BLE001  a bug, or no file to look at: a thread that ends sends nothing more
                    patience = self._broken(error)
        finally:
            unsubscribe()
            self._keep_books(is_last=True)
            self._stop_listening()

    def _go_on(self, looking: Looking) -> None:
        while not self._is_stopping:
            self._step()
            self._keep_books()
            self._drain()
            if not self._is_stopping:
                self._show()
                self._wait(looking)

    def _broken(self, error: Exception) -> float:
        """Show it. Answers after how many seconds it may begin again, if nobody says anything before."""
        _log.exception("the engine's thread failed")
        code = error.code if isinstance(error, UserError) else ""
        trouble = (status.ERROR, code, code or type(error).__name__)
        self._trouble = self._trouble or trouble  # what the stream said last holds again once this is over
        self._has_work = True
        kind, code, reason = (status.PAUSED, "", "") if self._is_paused else trouble
        waiting, refused = self._waiting
        self._publish(SyncState(kind, waiting, reason, self._exchange.ledger.last_exchange_at, refused, code))
        return max(POLL_SECONDS, self._backoff.next_delay())

    def _noticed(self, changes: Changes) -> None:
        if changes.origin != "remote":
            self._events.put(events.CHANGED)

    def _is_interrupted(self) -> bool:
        """Asked in the middle of long work: somebody stops or pauses."""
        self._drain()
        return self._is_stopping or self._heed_pause() or self._has_moved()

    def _has_moved(self) -> bool:
        self._is_elsewhere = self._exchange.has_moved()
        return self._is_elsewhere

    def _step(self) -> None:
        if self._is_paused:
            self._stop_listening()
            return
        if uptime() < self._not_before:
            return
        try:
            if self._has_moved():
                self._stop_listening()
                self._trouble = (status.ERROR, MOVED, MOVED)
                return
            with self._exchange.turn:
                self._work()
        except RemoteError as error:
            self._failed(error)
        except UserError as error:  # the file is busy or the disk is full: what was received stays in memory
            self._trouble = (status.ERROR, error.code, error.code)
            self._has_work = True
            self._not_before = uptime() + _REPAIR_SECONDS
        except Exception as error:  # noqa: BLE001  a bug must not end the exchange for the day, nor lose what was received
            _log.exception("the exchange failed")
            self._trouble = (status.ERROR, "", type(error).__name__)
            self._stop_listening()
            self._not_before = uptime() + self._backoff.next_delay()
        finally:
            self._progress = None

    def _work(self) -> None:
        self._take_batches()
        if not self._is_resting() and uptime() >= self._call_not_before and not self._is_interrupted():
            self._ask()

    def _ask(self) -> None:
        if self._is_profile_due():
            if self._exchange.check_profile():
                self._stop_listening()
            self._profile_at = uptime()
            self._has_work = True  # it may accept now what it did not before
            if self._is_parked and self._listener is not None:
                self._listener.wake()  # the company answers again
            self._exchange.devices.look()
        if self._listener is None:
            self._begin()
            return  # what it says comes with the next step
        if self._is_live and self._has_work:
            self._send()
        if self._is_live and self._is_look_wanted:
            self._is_look_wanted = False
            self._exchange.devices.look_again()
        if self._is_live:
            is_blocked = self._exchange.is_blocked
            self._trouble = (status.ERROR, "cloud_update_required", UPDATE_REQUIRED) if is_blocked else None
            self._backoff.reset()
            self._rest.end()
        if self._is_live and not self._has_work:
            checked = self._exchange.reconcile_if_due(self._breathe)
            self._has_work = self._has_work or bool(checked.pushed or checked.merged.applied)

    def _send(self) -> None:
        self._has_work = False
        try:
            self._exchange.send(self._is_sending_interrupted)
        except RemoteError:
            self._has_work = True  # whoever called may go on: a check that fails disturbs no exchange
            raise

    def _is_sending_interrupted(self) -> bool:
        """What waits grows less while it is sent, and that is shown."""
        if uptime() - self._shown_at > _PROGRESS_SECONDS:
            self._show()
        return self._is_interrupted()

    def _take_batches(self) -> None:
        while self._batches and not self._is_interrupted():
            batch, at = self._batches[0]
            if self._exchange.puller.was_away(batch):
                # The network was, under a program that ran on. With this batch the cursor would be young again, and nobody
                # would see that it comes from beyond the horizon: the company is asked first, then all is read by pages.
                self._stop_listening()
                self._profile_at, self._has_work, self._is_far_behind = None, True, True
                return
            self._did(self._exchange.take(batch, self._is_interrupted))
            if self._is_interrupted() or not self._batches:  # empty: the listener was given up meanwhile
                return
            self._batches.popleft()
            self._exchange.server_time.heard(batch.read_time, at)

    def _breathe(self) -> bool:
        """Between two steps of a long check, what people wait for goes first. True: the check has to end."""
        self._take_batches()
        if self._is_live and self._has_work and not self._is_interrupted():
            self._send()
        return self._is_interrupted() or not self._is_live

    def _keep_books(self, is_last: bool = False, is_now: bool = False) -> None:
        """What was exchanged and what it cost, by the minute; the company hears of it much more rarely."""
        if not (is_last or is_now or self._exchange.ledger.is_due()):
            return
        try:
            self._exchange.ledger.note()
            if self._is_live and not self._exchange.is_blocked:
                self._exchange.devices.tell(is_last)
        except UserError as error:  # the file is busy: the next minute has it all
            _log.info("books not kept: %s", error.code)
        except Exception:  # noqa: BLE001  a bug here must not end the exchange
            _log.exception("the books failed")

    def _is_profile_due(self) -> bool:
        """Never beside a listener that waits for the network: its attempts are enough."""
        if self._profile_at is None:
            return True
        is_old = uptime() - self._profile_at > _PROFILE_SECONDS
        return is_old and (self._listener is None or self._is_live or self._is_parked)

    def _begin(self) -> None:
        puller = self._exchange.puller
        if self._is_far_behind or puller.is_behind():
            self._did(self._exchange.receive(self._is_interrupted, self._read_so_far))
            self._is_far_behind = not puller.is_at_end
            self._keep_books(is_now=True)  # what a first reading cost is shown with its end, not a minute later
            if not puller.is_at_end:
                return  # paused in between, and perhaps resumed by now: the next step goes on where it ended
        else:
            self._did(puller.retry_pending(self._is_interrupted))
        if self._is_interrupted():
            return
        cursor, token = puller.cursor()
        self._port = Port(self._events)
        self._listener = self._exchange.remote.listen(cursor, self._port, token)
        self._drain()

    def _read_so_far(self, done: int, total: int) -> None:
        self._progress = (done, total)
        self._trouble = None
        if uptime() - self._shown_at > _PROGRESS_SECONDS:
            self._keep_books()
            self._show()

    def _did(self, result: ApplyResult) -> None:
        self._has_work = self._has_work or bool(result.applied)
        if result.ahead:
            _log.warning("the clock of computer %s is ahead", result.ahead)

    def _failed(self, error: RemoteError) -> None:
        error = explained(self._exchange.remote, error)
        self._has_work = True
        if isinstance(error, QuotaExceeded):
            self._exhausted()
        self._trouble = (status.kind_of(error), status.user_error(error).code, str(error))
        delay = max(self._backoff.next_delay(), status.patience(error))
        self._call_not_before = uptime() + delay

    def _exhausted(self) -> None:
        self._rest.refused()
        self._exchange.ledger.refused()

    def _is_resting(self) -> bool:
        """Does the day of the quota still last?"""
        if self._rest.resumes_at is not None and self._rest.is_over():
            self._try_now()
        return self._rest.resumes_at is not None

    def _stop_listening(self) -> None:
        """What it said, or says yet, and is not in the file comes again. None of it may stay: a later batch would take
        the cursor past one that is dropped."""
        if self._port is not None:
            self._port.is_closed = True
        listener, self._listener = self._listener, None
        if listener is not None:
            with suppress(RemoteError):
                listener.stop()
        self._is_live = False
        self._batches.clear()

    def _wait(self, looking: Looking) -> None:
        """Until something happens; at most until the next look."""
        self._hear(min(POLL_SECONDS, self._due_at() - uptime()))
        self._drain()
        if looking.is_due():
            self._look(looking)

    def _look(self, looking: Looking) -> None:
        with suppress(UserError):  # busy, or not at hand: at the next look
            if looking.has_file_changed():
                self._has_work = True
                self._heed_pause()
                self._db.publish_external()  # an open window is told as well
        if looking.have_clocks_parted():
            _log.info("the clocks parted: connecting anew")
            self._stop_listening()
            self._try_now()

    def _due_at(self) -> float:
        """When the next step has something to do, if nothing happens before."""
        if self._is_paused or self._is_elsewhere:
            return math.inf
        gates = [self._not_before] if self._batches else []
        if not self._is_resting() and (self._listener is None or (self._is_live and self._has_work)):
            gates.append(max(self._not_before, self._call_not_before))
        return min(gates, default=math.inf)

    def _try_now(self) -> None:
        self._has_work = True
        self._not_before = self._call_not_before = 0.0
        self._rest.end()
        self._backoff.reset()
        if self._listener is not None:
            self._listener.wake()

    def _hear(self, seconds: float) -> None:
        """The next thing that comes, if it comes in time."""
        arrival = self._events.get(seconds)
        if arrival is not None:
            self._receive(arrival)

    def _drain(self) -> None:
        while (arrival := self._events.get(0)) is not None:
            self._receive(arrival)

    def _receive(self, arrival: Arrival) -> None:
        event = arrival.event
        if arrival.is_void:
            return
        if isinstance(event, Batch):
            self._batches.append((event, arrival.at))
        elif isinstance(event, StreamState):
            self._stream(event)
        elif event == events.STOP:
            self._is_stopping = True
        elif event == events.PAUSE:
            self._is_paused = True
        elif event == events.WAKE:
            self._is_paused = self._is_paused and self._is_pause_kept()
            self._is_look_wanted = True
            if self._is_live:
                self._profile_at = None  # what the company asks for may have changed: the person may know why
            self._try_now()
        else:
            self._has_work = True

    def _heed_pause(self) -> bool:
        """Is it paused, here or by another process? One small read of the file."""
        was_paused, self._is_paused = self._is_paused, pause.is_kept(self._db)
        if was_paused and not self._is_paused:
            self._try_now()
        return self._is_paused

    def _is_pause_kept(self) -> bool:
        try:
            return pause.is_kept(self._db)
        except UserError:  # the file is not at hand: nothing could be exchanged either
            return True

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
            self._exhausted()
            if self._rest.resumes_at is not None:
                self._stop_listening()
        elif event.state == "signed_out":
            self._trouble = (status.SIGN_IN, "cloud_signin", event.reason)
        elif event.state == "denied":
            self._trouble = None  # whatever it was before, also when asking for the reason fails
            self._failed(AccessDenied(event.reason))

    def _place_of_pause(self) -> tuple[int, int] | None:
        """How far the reading had come that is paused."""
        try:
            reading = self._exchange.puller.reading()
        except UserError:  # the file is not at hand: the figures stay
            return self._progress
        return None if reading is None else (reading.done, reading.total)

    def _show(self) -> None:
        self._shown_at = uptime()
        try:
            self._waiting = self._exchange.pending()
        except UserError as error:  # the last figures stay
            _log.info("queue not counted: %s", error.code)
        pending, quarantined = self._waiting
        kind, code, reason = (status.WAITING if pending or self._progress else status.UP_TO_DATE), "", ""
        resumes_at = self._rest.resumes_at if self._is_resting() else None
        if self._is_paused:
            kind = status.PAUSED
            self._progress = self._place_of_pause()
        elif resumes_at is not None:
            kind, code = status.ERROR, "cloud_quota"
        elif self._trouble is not None:
            kind, code, reason = self._trouble
        ledger = self._exchange.ledger
        self._publish(
            SyncState(
                kind,
                pending,
                reason,
                ledger.last_exchange_at,
                quarantined,
                code,
                progress=self._progress,
                budget=ledger.budget().level,
                resumes_at=resumes_at,
            )
        )
