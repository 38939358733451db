"""SQLite's complaints, told apart: what a person can mend becomes a ``UserError``, the rest stays a bug."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from facturepro.domain.errors import UserError

_BY_TEXT = (
    ("database is locked", "database_locked"),
    ("database table is locked", "database_locked"),
    ("readonly database", "database_read_only"),
    ("unable to open database", "database_read_only"),
    ("disk is full", "disk_full"),
    ("malformed", "database_damaged"),
    ("not a database", "database_damaged"),
    ("invoice_frozen", "invoice_frozen"),
    ("record_append_only", "record_append_only"),
)


def user_error(error: sqlite3.Error, path: str) -> UserError | None:
    text = str(error)
    for part, code in _BY_TEXT:
        if part in text:
            return UserError(code, path=path)
    return None


@contextmanager
def told_apart(path: str) -> Iterator[None]:
    """Raises UserError for what a person can mend (busy, full, read-only, damaged file; frozen document)."""
    try:
        yield
    except DBAPIError as error:
        known = user_error(error.orig, path) if isinstance(error.orig, sqlite3.Error) else None
        if known is None:
            raise
        raise known from error
    except sqlite3.Error as error:
        known = user_error(error, path)
        if known is None:
            raise
        raise known from error
