"""SQLite's complaints, told apart: what a person can mend becomes a ``UserError``, the rest stays a bug."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from facturepro.domain.errors import UserError

_BY_CODE = {
    sqlite3.SQLITE_BUSY: "database_locked",
    sqlite3.SQLITE_LOCKED: "database_locked",
    sqlite3.SQLITE_READONLY: "database_read_only",
    sqlite3.SQLITE_PERM: "database_read_only",
    sqlite3.SQLITE_CANTOPEN: "database_read_only",
    sqlite3.SQLITE_FULL: "disk_full",
    sqlite3.SQLITE_IOERR: "disk_failed",
    sqlite3.SQLITE_CORRUPT: "database_damaged",
    sqlite3.SQLITE_NOTADB: "database_damaged",
}
CODES = frozenset(_BY_CODE.values())
"""Codes of errors that speak of the file, not of what was asked of it."""
_ABOUT_CONTENT = {
    sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_TOOBIG,
    sqlite3.SQLITE_MISMATCH,
    sqlite3.SQLITE_RANGE,
    sqlite3.SQLITE_ERROR,  # a sum that overflows, text that should be JSON
}
_PRIMARY = 0xFF  # the rest of a result code tells the variant
_BY_TRIGGER = ("invoice_frozen", "invoice_waiting", "record_append_only")


def user_error(error: sqlite3.Error, path: str) -> UserError | None:
    result = getattr(error, "sqlite_errorcode", None)  # absent when the module itself complains
    if result is None:
        return None
    if result & _PRIMARY == sqlite3.SQLITE_CONSTRAINT:
        code = next((code for code in _BY_TRIGGER if code in str(error)), None)
    elif result == sqlite3.SQLITE_IOERR_SHMSIZE:  # the shared index of the log could not grow
        code = "disk_full"
    else:
        code = _BY_CODE.get(result & _PRIMARY)
    return UserError(code, path=path) if code else None


def is_about_the_file(error: BaseException) -> bool:
    """Busy, full, damaged, read-only, out of memory...: nothing that another content would change."""
    orig = error.orig if isinstance(error, DBAPIError) else error
    result = getattr(orig, "sqlite_errorcode", None) if isinstance(orig, sqlite3.Error) else None
    return result is not None and result & _PRIMARY not in _ABOUT_CONTENT


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
