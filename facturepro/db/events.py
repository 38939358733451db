"""One event after each commit: what changed, and where it came from."""

import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Changes:
    """``records``: kind -> ids of the records concerned, those whose derived values moved included.

    ``origin``: local, remote, split or external (another process wrote the file). ``stamp`` names the transaction.
    """

    records: Mapping[str, frozenset[str]]
    origin: str
    stamp: str = ""
    label: str = ""


Subscriber = Callable[[Changes], None]


class ChangeBus:
    """Publishes to subscribers on the thread that committed; a window forwards to its own thread by signal."""

    def __init__(self) -> None:
        self._subscribers: list[Subscriber] = []
        self._lock = threading.Lock()

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Answers the function that ends the subscription."""
        with self._lock:
            self._subscribers.append(subscriber)

        def unsubscribe() -> None:
            with self._lock:
                if subscriber in self._subscribers:
                    self._subscribers.remove(subscriber)

        return unsubscribe

    def publish(self, changes: Changes) -> None:
        """Tell every subscriber. One that fails is a bug and is reported as such, but the change is committed: the use
        case has succeeded and the other subscribers are told."""
        with self._lock:
            subscribers = list(self._subscribers)
        for subscriber in subscribers:
            try:
                subscriber(changes)
            except Exception as error:  # noqa: BLE001  whatever it is, it is handed on
                sys.excepthook(type(error), error, error.__traceback__)  # logged, and shown by a window
