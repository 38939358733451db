"""Pages of a reading, some ahead of whoever works on them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator

from facturepro.sync.remotes.base import Page, RemoteUnavailable

PAGE = 100
"""Records of one page: few, so that the work begins when the first have come."""
AHEAD = 5
"""Pages that may wait, which bounds the memory."""
_LOOK_SECONDS = 0.2


class Prefetched:
    """The same records; while some are worked on, the next ones are read on a thread of its own."""

    def __init__(self, pages: Iterator[Page]) -> None:
        self._pages = pages
        self._found: queue.SimpleQueue[Page | BaseException] = queue.SimpleQueue()
        self._wanted = threading.Semaphore(AHEAD)
        self._error: BaseException | None = None
        self._is_given_up = False
        self._thread = threading.Thread(target=self._read, name="sync-read", daemon=True)
        self._thread.start()

    def following(self) -> Page | None:
        """All that has come, as one page. None when nothing came for a moment, so that a caller can give up while the
        network hangs.

        Raises what the reading raised, once all that came before it has been handed over.
        """
        waiting = [] if self._error is not None else self._arrived()
        if waiting:
            documents = waiting[0].documents if len(waiting) == 1 else [d for page in waiting for d in page.documents]
            return Page(documents, waiting[-1].read_time, waiting[-1].is_last)
        if self._error is not None:
            raise self._error
        return None

    def _arrived(self) -> list[Page]:
        pages: list[Page] = []
        while len(pages) < AHEAD:
            try:
                found = self._found.get_nowait() if pages else self._found.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                break
            if isinstance(found, BaseException):
                self._error = found
                break
            pages.append(found)
            self._wanted.release()
        return pages

    def close(self) -> None:
        """Read no further. A call that hangs ends by itself, or with the remote."""
        self._is_given_up = True
        self._wanted.release()

    def _read(self) -> None:
        try:
            while self._wanted.acquire() and not self._is_given_up:
                page = next(self._pages, None)
                if page is None:  # never taken for complete: the cursor would pass what did not come
                    raise RemoteUnavailable("the answer ended before its last page")
                self._found.put(page)
                if page.is_last:
                    break
        except BaseException as error:  # noqa: BLE001  handed to whoever asks for the page
            self._found.put(error)
        finally:
            if isinstance(self._pages, Generator):
                self._pages.close()


__all__ = ["PAGE", "Prefetched"]
