"""A disk without room, from a given statement on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from facturepro.db.database import Database

_WRITES = ("INSERT", "UPDATE", "DELETE")


@contextmanager
def room_for(database: Database, statements: int) -> Iterator[None]:
    """The statement after so many that write finds the disk full; so do all that follow."""
    left = statements

    def refuse(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        nonlocal left
        if statement.lstrip().startswith(_WRITES):
            left -= 1
            if left < 0:
                error = sqlite3.OperationalError("database or disk is full")
                error.sqlite_errorcode = sqlite3.SQLITE_FULL
                raise error

    event.listen(database.engine, "before_cursor_execute", refuse)
    try:
        yield
    finally:
        event.remove(database.engine, "before_cursor_execute", refuse)
