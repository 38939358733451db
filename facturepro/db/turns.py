"""Whose turn it is to write: in the order of asking, in this process and as far as SQLite allows beside others."""

import sqlite3
import threading
import time
from collections import deque

_LOOK_SECONDS = 0.002


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


def begin_immediate(connection: sqlite3.Connection, patience_ms: int) -> None:
    """Begin to write, waiting for other processes at most so long.

    SQLite's own waiting sleeps up to 100 ms between two looks, and would miss the short gaps that a process leaves which
    writes one transaction after the other.

    Raises:
        sqlite3.OperationalError: still busy.
    """
    ends = time.monotonic() + patience_ms / 1000
    connection.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > ends:
                    raise
            time.sleep(_LOOK_SECONDS)
    finally:
        connection.execute(f"PRAGMA busy_timeout={patience_ms}")
