"""Bringing a company file to this program's schema, without ever risking it.

The file is copied, the copy is migrated and checked, then it takes the original's place. A file of a newer program is
refused untouched.
"""

import contextlib
import json
import logging
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from facturepro.db.failures import told_apart
from facturepro.db.migrations import HEAD, REVISIONS
from facturepro.domain.errors import UserError

_log = logging.getLogger(__name__)
_SIDE_FILES = ("-wal", "-shm", "-journal")


def current_revision(path: Path) -> str | None:
    """Revision of a company file; None for an empty or foreign SQLite file.

    Raises:
        UserError: ``database_damaged`` when it is not a SQLite file, ``database_locked`` when it is held.
    """
    with told_apart(str(path)), contextlib.closing(sqlite3.connect(path, timeout=5)) as connection:
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "alembic_version" not in names:
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else None


def prepare(path: Path) -> None:
    """Make sure that the file can be used by this program, migrating it when it is older.

    Raises:
        UserError: newer, damaged, locked or unwritable file. It is as it was.
    """
    revision = current_revision(path)
    if revision == HEAD:
        renew_triggers(path)
        return
    if revision is None:
        raise UserError("database_damaged", path=str(path))
    if revision not in REVISIONS:
        raise UserError("database_newer", revision=revision)
    migrate_copy(path)


def renew_triggers(path: Path) -> None:
    """Make the triggers again when they are another program's, or when somebody dropped or changed some, in one
    transaction: others may have the file open. The latter is noted (``capture.GAP``)."""
    from facturepro.db import capture

    with told_apart(str(path)), contextlib.closing(sqlite3.connect(path, timeout=5)) as connection:
        connection.execute("BEGIN")  # one state of the file: another program may be renewing them
        is_ours, altered = _look_at_triggers(connection.execute)
    if is_ours and not altered:
        return
    from facturepro.db.database import make_engine

    engine = make_engine(path).execution_options(facturepro_write=True)
    try:
        with told_apart(str(path)), engine.begin() as connection:
            is_ours, altered = _look_at_triggers(connection.exec_driver_sql)  # another one may have mended them since
            if is_ours and not altered:
                return
            capture.install(connection)
            if is_ours:
                _log.warning("triggers were missing or changed: %s", ", ".join(altered))
                capture.note_gap(connection)
    finally:
        engine.dispose()


def _look_at_triggers(execute: Callable[..., Any]) -> tuple[bool, list[str]]:
    """Are they said to be this program's, and which are not as this program makes them?"""
    from facturepro.db import capture

    row = execute("SELECT value FROM local_state WHERE key = ?", (capture.FINGERPRINT,)).fetchone()
    is_ours = row is not None and json.loads(row[0]) == capture.fingerprint()
    return is_ours, capture.altered(execute(capture.STANDING).fetchall())


def create(path: Path) -> None:
    """A new, empty company file. Raises FileExistsError rather than touch an existing one."""
    path.touch(exist_ok=False)
    try:
        upgrade(path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def migrate_copy(path: Path) -> None:
    copy = path.with_name(path.name + ".migrating")
    saved = path.with_name(f"{path.stem}.before-{HEAD}{path.suffix}")
    copy.unlink(missing_ok=True)
    try:
        release(path)  # no log beside it that the migrated file would be given, nobody who writes to it meanwhile
        snapshot(path, copy)
        upgrade(copy)
        check_integrity(copy)
        shutil.copy2(path, saved)
        _carry_incarnation(path, copy)
        os.replace(copy, path)
        for suffix in _SIDE_FILES:
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    except OSError as error:
        raise UserError("file_unwritable", path=str(path), reason=error.strerror or str(error)) from error
    finally:
        copy.unlink(missing_ok=True)


def _carry_incarnation(path: Path, copy: Path) -> None:
    """The migrated file takes the original's place: it is that computer's still, not a copy of it."""
    from facturepro.db import backup

    with contextlib.closing(sqlite3.connect(copy)) as connection, connection:
        row = connection.execute("SELECT value FROM local_state WHERE key = ?", (backup.INCARNATION,)).fetchone()
        if row is not None and json.loads(row[0]) == backup.incarnation_of(path):
            here = json.dumps(backup.incarnation_of(copy))
            connection.execute("UPDATE local_state SET value = ? WHERE key = ?", (here, backup.INCARNATION))


def release(path: Path) -> None:
    """Fold the write-ahead log into a file and make sure that nobody has it open.

    Raises:
        UserError: ``database_locked`` when a window or another program uses it.
    """
    with told_apart(str(path)), contextlib.closing(sqlite3.connect(path, timeout=1)) as connection:
        mode = connection.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
    if str(mode).lower() != "delete":
        raise UserError("database_locked")


def snapshot(source: Path, target: Path) -> None:
    """A consistent copy of a file that may be in use (SQLite's backup API), complete or absent."""
    with (
        told_apart(str(source)),
        contextlib.closing(sqlite3.connect(source, timeout=5)) as old,
        contextlib.closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)
        new.execute("PRAGMA journal_mode=DELETE")


def check_integrity(path: Path) -> None:
    """Raises UserError ``database_damaged`` when SQLite finds a fault or a broken reference."""
    with told_apart(str(path)), contextlib.closing(sqlite3.connect(path)) as connection:
        result = connection.execute("PRAGMA integrity_check").fetchone()[0]
        broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    if result != "ok" or broken is not None:
        raise UserError("database_damaged", path=str(path))


def upgrade(path: Path, revision: str = HEAD) -> None:
    """Run the migrations on a file that nobody uses, then make its triggers again from the declarations."""
    from alembic import command  # 620 ms: only when a migration is due
    from alembic.config import Config
    from sqlalchemy import create_engine

    from facturepro.db import capture

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    engine = create_engine(f"sqlite:///{path}")
    try:
        with told_apart(str(path)), engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            connection.commit()
            if revision == HEAD:
                with connection.begin():
                    capture.install(connection)
    finally:
        engine.dispose()
