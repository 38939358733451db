"""Pages of a reading, one ahead of whoever works on them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator

from facturepro.sync.remotes.base import Page

_LOOK_SECONDS = 0.2


class Prefetched:
    """The same pages; while one is worked on, the next one is read on a thread of its own, and no more than that one.

    ``following`` answers None when nothing has come yet, so that a caller can give up while the network hangs.
    """

    def __init__(self, pages: Iterator[Page]) -> None:
        self._pages = pages
        self._found: queue.SimpleQueue[Page | BaseException] = queue.SimpleQueue()
        self._wanted = threading.Semaphore(1)
        self._is_given_up = False
        self._thread = threading.Thread(target=self._read, name="sync-read", daemon=True)
        self._thread.start()

    def following(self) -> Page | None:
        """The next page, or None when a moment has passed without it. Raises what reading it raised."""
        try:
            found = self._found.get(timeout=_LOOK_SECONDS)
        except queue.Empty:
            return None
        if isinstance(found, BaseException):
            raise found
        self._wanted.release()
        return found

    def close(self) -> None:
        """Read no further. A call that hangs ends by itself, or with the remote."""
        self._is_given_up = True
        self._wanted.release()

    def _read(self) -> None:
        try:
            while self._wanted.acquire() and not self._is_given_up:
                page = next(self._pages)
                self._found.put(page)
                if page.is_last:
                    break
        except BaseException as error:  # noqa: BLE001  handed to whoever asks for the page
            self._found.put(error)
        finally:
            if isinstance(self._pages, Generator):
                self._pages.close()


__all__ = ["Prefetched"]
