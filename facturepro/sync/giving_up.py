"""Somebody who gives up does not wait for a network that says nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from facturepro.sync.remotes.base import Remote

_LOOK_SECONDS = 0.1


@contextmanager
def closed_when(is_given_up: Callable[[], bool], remote: Remote, grace: float = 0.0) -> Iterator[None]:
    """Within a moment of ``is_given_up`` answering true the remote is closed: every call on it, also one that waits for an
    answer, ends as unreachable.

    Args:
        grace: seconds for whoever asks ``is_given_up`` himself between two calls and would rather end in good order.
    """
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(_LOOK_SECONDS):
            if is_given_up():
                if not is_over.wait(grace):
                    remote.close()
                return

    if not grace and is_given_up():
        remote.close()
    threading.Thread(target=watch, name="giving-up", daemon=True).start()
    try:
        yield
    finally:
        is_over.set()
