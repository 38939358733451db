"""A running engine in simulated seconds: the product's own loop, back-off and listener's decisions; no thread, no sleep.

What the engine waits for comes at once, with the clocks of all computers moved. Each attempt to reach the cloud and each
turn of the loop is counted, so that "offline costs nothing" (invariant 14) is something that can be asserted.
"""

from __future__ import annotations

import math
import queue
from collections.abc import Callable
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any
from unittest import mock

from facturepro.sync import engine, events, looking, loop
from facturepro.sync.events import Arrival, Events
from facturepro.sync.remotes.backoff import Backoff
from facturepro.sync.remotes.base import AccessDenied, Batch, RemoteError, StreamState
from facturepro.sync.remotes.listening import Listening, ListenTiming
from facturepro.sync.remotes.watching import Failure
from tests.sync.fuzz.computer import Computer
from tests.sync.fuzz.world import World

_MOST_LOOKS = 5000
"""At the queue without any time passing: more of them is a loop that spins."""

Happening = tuple[float, Callable[[], None]]


class EngineRun:
    """``computer``'s engine at work for some seconds.

    Args:
        happenings: (after how many seconds, what): people work, the network fails.
        jitter: 0..1, what each draw of the back-off gives.
        poll: seconds between two looks of the loop at what nobody tells it.

    Attributes:
        attempts: seconds from the start at which the cloud was asked for something.
        turns: how often the loop waited.
    """

    def __init__(
        self,
        world: World,
        computer: Computer,
        seconds: float,
        happenings: list[Happening],
        jitter: float = 0.5,
        poll: float = 5.0,
    ) -> None:
        self._world, self._computer, self._jitter, self._poll = world, computer, jitter, poll
        self._began = world.seconds
        ends = [*happenings, (seconds, self._stop)]
        self._happenings = sorted(((self._began + at, what) for at, what in ends), key=lambda happening: happening[0])
        self._line: _Line | None = None
        self._looks = 0
        self._events: Events | None = None
        self.attempts: list[float] = []
        self.turns = 0

    @property
    def now(self) -> float:
        return self._world.seconds

    def go(self) -> None:
        """Raises what the loop would only have logged."""
        self._world.release_late()
        self._computer.stop_listening()
        computer_engine = self._computer.engine
        computer_engine._backoff = Backoff(draw=lambda: self._jitter)
        with ExitStack() as patches:
            for owner, name, value in (
                (engine, "Events", self._new_events),
                (engine, "threading", SimpleNamespace(Thread=_Inline)),
                (loop, "POLL_SECONDS", self._poll),
                (looking, "POLL_SECONDS", self._poll),
                (loop._log, "exception", _raise_it),
                (self._computer.remote, "called", self.attempted),
                (self._computer.remote, "line", self._new_line),
            ):
                patches.enter_context(mock.patch.object(owner, name, value))
            computer_engine.start()
            computer_engine.stop()

    def attempted(self) -> None:
        self.attempts.append(self.now - self._began)

    def _new_events(self, moment: Any) -> Events:
        self._events = _Events(moment, self)
        return self._events

    def _new_line(self, cursor: str | None, inbox: Any) -> Any:
        self._line = _Line(self, self._computer.remote._remote, cursor, inbox, self._jitter)
        self._line.begin()
        return self._line

    def _stop(self) -> None:
        assert self._events is not None
        self._events.put(events.STOP)

    def looked(self) -> None:
        self._looks += 1
        assert self._looks < _MOST_LOOKS, "the loop spins"

    def wait(self, take: Callable[[], Arrival | None], seconds: float) -> Arrival | None:
        """Let that much time pass, or less when something arrives."""
        self.turns += 1
        self._looks = 0
        until = self._world.seconds + seconds
        while True:
            self._world.move_clocks_to(min(until, self._next()))
            while self._happenings and self._happenings[0][0] <= self._world.seconds:
                self._happenings.pop(0)[1]()
            if self._line is not None:
                self._line.tick(self._world.seconds)
            if (found := take()) is not None:
                return found
            if self._world.seconds >= until:
                return None
            self.looked()

    def _next(self) -> float:
        dues = [self._happenings[0][0]] if self._happenings else []
        if self._line is not None and self._line.deadline is not None:
            dues.append(self._line.deadline)
        return min(dues, default=math.inf)


class _Events(Events):
    def __init__(self, moment: Any, run: EngineRun) -> None:
        super().__init__(moment)
        self._run = run

    def get(self, timeout: float) -> Arrival | None:
        found = super().get(0)
        if found is None and timeout > 0:
            return self._run.wait(lambda: super(_Events, self).get(0), timeout)
        self._run.looked()
        return found


class _Inline:
    """A thread that runs where it is started."""

    def __init__(self, target: Callable[[], None], **_named: Any) -> None:
        self._target = target

    def start(self) -> None:
        self._target()

    def join(self, _timeout: float) -> None:
        pass


class _Line:
    """The product's listener (its decisions, timing and back-off) on streams of the cloud in memory."""

    def __init__(self, run: EngineRun, remote: Any, cursor: str | None, inbox: Any, jitter: float) -> None:
        self._run, self._remote = run, remote
        self._watch = _Watch(cursor)
        self._stream: Any = None
        self._number = 0
        self._said: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._failure: Failure | None = None
        backoff = Backoff(draw=lambda: jitter)
        self._listening = Listening(self._watch, self, inbox.put, ListenTiming(), backoff)  # type: ignore[arg-type]

    def begin(self) -> None:
        self._listening.start(self._run.now)
        self._hear()

    @property
    def deadline(self) -> float | None:
        return self._listening.deadline

    def tick(self, now: float) -> None:
        self._hear()
        self._listening.tick(now)
        self._hear()

    def wake(self) -> None:
        self._listening.wake(self._run.now)
        self._hear()

    def stop(self) -> None:
        self._listening.stop()

    def open(self, stream: int, bound: str | None, resume_token: bytes | None, is_refused: bool) -> None:
        self._run.attempted()
        self._number = stream
        try:
            self._stream = self._remote.listen(bound, self._said)
        except AccessDenied:
            self._failure = Failure.DENIED
        except RemoteError:
            self._failure = Failure.OTHER

    def close(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.stop()
        self._said = queue.SimpleQueue()

    def _hear(self) -> None:
        while True:
            if self._failure is not None:
                failure, self._failure = self._failure, None
                self._listening.ended(self._number, failure, "no stream", self._run.now)
                return
            try:
                said = self._said.get_nowait()
            except queue.Empty:
                return
            if isinstance(said, Batch):
                self._listening.message(self._number, said, self._run.now)
            elif isinstance(said, StreamState) and said.state == "denied":
                self._failure = Failure.DENIED


class _Watch:
    """A stream in memory says whole batches."""

    def __init__(self, cursor: str | None) -> None:
        self._cursor = cursor

    def begin(self) -> tuple[str | None, bytes | None]:
        return self._cursor, None

    def restart(self) -> None:
        pass

    def receive(self, batch: Batch) -> Batch:
        self._cursor = batch.read_time
        return batch


def _raise_it(*_arguments: Any) -> None:
    raise
