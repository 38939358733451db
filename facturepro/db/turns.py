"""Whose turn it is to write: in the order of asking, in this process and as far as SQLite allows beside others."""

import contextlib
import sqlite3
import threading
import time
from collections import deque
from pathlib import Path

_LOOK_SECONDS = 0.002
_GAP_SECONDS = 0.004
_LONGEST_SECONDS = 0.5
_STALE_SECONDS = 1.0


class Turns:
    """A lock that is handed on in the order of asking: whoever writes a long series of transactions lets others in.

    A thread that has it must not ask again.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._owner: int | None = None

    def __enter__(self) -> None:
        me = threading.get_ident()
        with self._guard:
            if self._owner == me:
                raise RuntimeError("units of work do not nest: one use case, one transaction")
            if self._owner is None:
                self._owner = me
                return
            ticket = threading.Lock()
            ticket.acquire()
            self._waiting.append(ticket)
        try:
            ticket.acquire()
        except BaseException:  # interrupted while waiting: the turn must not come to nobody
            with self._guard:
                if ticket in self._waiting:
                    self._waiting.remove(ticket)
                else:
                    self._hand_on()
            raise
        self._owner = me

    def __exit__(self, *_error: object) -> None:
        with self._guard:
            self._hand_on()

    def _hand_on(self) -> None:
        self._owner = None
        if self._waiting:
            self._owner = -1  # of the one that wakes up
            self._waiting.popleft().release()


class Gate:
    """Between processes: who waits for the file says so by a small file beside it, and long work lets it pass.

    SQLite has no queue. Its own waiting sleeps up to 100 ms between two looks, and on a busy computer a process that writes
    one transaction after the other would be met at work each time.
    """

    def __init__(self, path: Path) -> None:
        self._sign = path.with_name(path.name + "-waiting")

    def begin_immediate(self, connection: sqlite3.Connection, patience_ms: int) -> None:
        """Begin to write, waiting for other processes at most so long.

        Raises:
            sqlite3.OperationalError: still busy.
        """
        ends = time.monotonic() + patience_ms / 1000
        has_waited = False
        connection.execute("PRAGMA busy_timeout=0")
        try:
            while True:
                try:
                    connection.execute("BEGIN IMMEDIATE")
                    return
                except sqlite3.OperationalError as error:
                    if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > ends:
                        raise
                has_waited = True
                with contextlib.suppress(OSError):  # without the sign it takes longer, that is all
                    self._sign.touch()
                time.sleep(_LOOK_SECONDS)
        finally:
            if has_waited:
                with contextlib.suppress(OSError):
                    self._sign.unlink(missing_ok=True)
            connection.execute(f"PRAGMA busy_timeout={patience_ms}")

    def let_others_in(self) -> None:
        """Between two transactions of long work."""
        time.sleep(_GAP_SECONDS)
        ends = time.monotonic() + _LONGEST_SECONDS
        while self._is_somebody_waiting() and time.monotonic() < ends:
            time.sleep(_LOOK_SECONDS)

    def _is_somebody_waiting(self) -> bool:
        """A sign that nobody renews was left by a process that died."""
        try:
            return abs(time.time() - self._sign.stat().st_mtime) < _STALE_SECONDS
        except OSError:
            return False
