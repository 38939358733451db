"""What reaches the engine's thread, with the moment at which it came."""

from __future__ import annotations

import queue
from collections.abc import Callable
from dataclasses import dataclass

from facturepro.sync.remotes.base import StreamEvent
from facturepro.sync.server_time import Moment

CHANGED, WAKE, PAUSE, STOP = "changed", "wake", "pause", "stop"

Event = StreamEvent | str


@dataclass(frozen=True, slots=True)
class Arrival:
    """``port``: through which it came, when a listener said it."""

    event: Event
    at: Moment
    port: Port | None = None

    @property
    def is_void(self) -> bool:
        """Said by a listener that was given up, before or after: a thread of its own may outlive it."""
        return self.port is not None and self.port.is_closed


class Port:
    """The way of one listener to the engine, which closes it."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self.is_closed = False

    def put(self, item: StreamEvent, /) -> None:
        self._events.put(item, self)


class Events:
    """A queue that notes when something was put on it: a batch may wait there while another one is worked on."""

    def __init__(self, moment: Callable[[], Moment]) -> None:
        self._moment = moment
        self._queue: queue.SimpleQueue[Arrival] = queue.SimpleQueue()

    def put(self, item: Event, port: Port | None = None, /) -> None:
        self._queue.put(Arrival(item, self._moment(), port))

    def get(self, timeout: float) -> Arrival | None:
        """The next one; None when nothing comes in so many seconds (0: at once)."""
        try:
            return self._queue.get(timeout=timeout) if timeout > 0 else self._queue.get_nowait()
        except queue.Empty:
            return None
