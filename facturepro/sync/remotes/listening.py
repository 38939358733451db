"""When a listener opens its stream, gives it up, and tries again: decisions only, no thread, no network, no clock.

The caller (a thread, or a test) brings events and the time; this brings actions through :class:`StreamPort`. Nothing
here ends on its own: every failure leads to another attempt, to a wait for a person that is reported, or to both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from facturepro.sync.remotes.backoff import Backoff
from facturepro.sync.remotes.base import Batch, StreamState
from facturepro.sync.remotes.watching import Failure, FilterMismatch, TargetRefused, Watch


@dataclass(frozen=True, slots=True)
class ListenTiming:
    """Seconds. A stream that says nothing for ``silence`` is taken for dead; one is replaced at ``max_age``, before its
    token expires (``token_margin`` before, when it is known); one that lived ``steady`` was a success, so that the next failure starts the back-off anew."""

    silence: float = 90.0
    max_age: float = 3000.0
    token_margin: float = 120.0
    steady: float = 30.0
    idle_batch: float = 30.0
    backoff_base: float = 1.0
    backoff_cap: float = 300.0


class StreamPort(Protocol):
    def open(self, stream: int, bound: str | None, resume_token: bytes | None, is_refused: bool) -> None:
        """Starts to open a stream; its messages and its end arrive as events with this number."""
        ...

    def close(self) -> None:
        """Ends the stream in use; its later events are ignored."""
        ...


class Listening:
    """The life of one listener."""

    def __init__(
        self,
        watch: Watch,
        port: StreamPort,
        deliver: Callable[[Batch | StreamState], None],
        timing: ListenTiming,
        backoff: Backoff,
    ) -> None:
        self._watch = watch
        self._port = port
        self._deliver = deliver
        self._timing = timing
        self._backoff = backoff
        self._stream = 0
        self._is_open = False
        self._is_live = False
        self._ends_at = 0.0
        self._heard_at = 0.0
        self._live_since = 0.0
        self._batch_at = 0.0
        self._retry_at: float | None = None
        self._was_refused = False

    @property
    def deadline(self) -> float | None:
        """When :meth:`tick` is due if nothing else happens; None: only an event helps."""
        if self._is_open:
            return min(self._heard_at + self._timing.silence, self._ends_at)
        return self._retry_at

    def start(self, now: float) -> None:
        self._open(now)

    def wake(self, now: float) -> None:
        """The network is back, or a person asked: try at once, and replace a stream that was silent for a while."""
        if self._is_open and now - self._heard_at < self._timing.silence / 2:
            return
        self._backoff.reset()
        self._was_refused = False
        self._reopen(now)

    def tick(self, now: float) -> None:
        deadline = self.deadline
        if deadline is None or now < deadline:
            return
        if self._is_open and now < self._ends_at:
            self._fail(now, "nothing heard")
        else:
            self._reopen(now)

    def authorised(self, stream: int, token_seconds: float | None, now: float) -> None:
        """The token of the stream was made; it is good for so long (None: for good)."""
        if stream == self._stream and self._is_open and token_seconds is not None:
            # A service that answers tokens already at their end must not make the stream spin.
            left = max(token_seconds - self._timing.token_margin, self._timing.token_margin / 2)
            self._ends_at = min(self._ends_at, now + left)

    def message(self, stream: int, response: Any, now: float) -> None:
        if stream != self._stream or not self._is_open:
            return
        self._heard_at = now
        try:
            batch = self._watch.receive(response)
        except FilterMismatch as mismatch:
            self._watch.restart()
            self._fail(now, str(mismatch))
        except TargetRefused as refused:
            self.ended(stream, refused.failure, str(refused), now)
        else:
            if batch is not None:
                self._pass_on(batch, now)

    def ended(self, stream: int, failure: Failure, reason: str, now: float) -> None:
        if stream != self._stream or not self._is_open:
            return
        if failure is Failure.TOKEN_REFUSED and not self._was_refused:
            self._was_refused = True
            self._reopen(now)
        elif failure in (Failure.TOKEN_REFUSED, Failure.SIGNED_OUT):
            self._park("signed_out", reason)
        elif failure is Failure.DENIED:
            self._park("denied", reason)
        elif failure is Failure.EXHAUSTED:
            self._fail(now, reason, "exhausted", self._timing.backoff_cap)
        else:
            if failure is Failure.BAD_REQUEST:
                self._watch.restart()
            self._fail(now, reason)

    def broken(self, reason: str, now: float) -> None:
        """A fault of this program while it read a message: start over later, without the token."""
        self._watch.restart()
        self._fail(now, reason)

    def stop(self) -> None:
        self._shut()
        self._retry_at = None

    def _open(self, now: float) -> None:
        self._retry_at = None
        self._stream += 1
        self._is_open = True
        self._is_live = False
        self._heard_at = now
        self._ends_at = now + self._timing.max_age
        self._deliver(StreamState("connecting"))
        bound, resume_token = self._watch.begin()
        self._port.open(self._stream, bound, resume_token, self._was_refused)

    def _reopen(self, now: float) -> None:
        self._shut()
        self._open(now)

    def _shut(self) -> None:
        if self._is_open:
            self._is_open = False
            self._port.close()

    def _fail(self, now: float, reason: str, state: str = "waiting", at_least: float = 0.0) -> None:
        self._shut()
        if self._is_live and now - self._live_since >= self._timing.steady:
            self._backoff.reset()
        delay = max(self._backoff.next_delay(), at_least)
        self._retry_at = now + delay
        self._deliver(StreamState(state, reason, delay))

    def _park(self, state: str, reason: str) -> None:
        self._shut()
        self._retry_at = None
        self._deliver(StreamState(state, reason))

    def _pass_on(self, batch: Batch, now: float) -> None:
        was_live, self._is_live = self._is_live, True
        if not was_live:
            self._live_since = now
            self._was_refused = False
        is_news = bool(batch.documents or batch.removed or batch.reset)
        if is_news or not was_live or now - self._batch_at >= self._timing.idle_batch:
            self._batch_at = now
            self._deliver(batch)
        if not was_live:
            self._deliver(StreamState("live"))
