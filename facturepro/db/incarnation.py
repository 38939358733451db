"""Which file this is: a copy must not go on as the computer that it was copied from.

Two files with one identity would give one number twice and stamp two changes alike. A copy is noticed where it lies
(another file of the disk), and, when the whole disk was copied, by changes of "this" computer in the cloud that it never made.
"""

import contextlib
import json
import logging
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from facturepro.db import backup, local_state
from facturepro.db.database import Database
from facturepro.db.failures import told_apart
from facturepro.db.replication_records import WITNESS, Incoming, load_known, raw
from facturepro.db.replication_stamps import is_stamp, writer_of

KEY = backup.INCARNATION
_log = logging.getLogger(__name__)


def check(path: Path) -> bool:
    """Before a file is opened: make it a computer of its own when it is the copy of a joined one. True: it was.

    A file that is moved on its disk keeps its number there, a copy has another one.
    """
    here = backup.incarnation_of(path)
    with told_apart(str(path)), contextlib.closing(sqlite3.connect(path, timeout=5)) as connection:
        rows = connection.execute("SELECT key, value FROM local_state WHERE key IN (?, 'cloud')", (KEY,))
        known = {key: json.loads(value) for key, value in rows if value is not None}
    if known.get(KEY) == here:
        return False
    is_copy = KEY in known and known.get("cloud") is not None
    if is_copy:
        _log.warning("this company file is a copy: it opens a series of its own")
        backup.renew_identity(path, backup.series_letters(path))
    with told_apart(str(path)), contextlib.closing(sqlite3.connect(path, timeout=5)) as connection, connection:
        connection.execute("INSERT OR REPLACE INTO local_state (key, value) VALUES (?, ?)", (KEY, json.dumps(here)))
    return is_copy


def has_twin(database: Database, documents: Sequence[Incoming]) -> bool:
    """Do these documents hold changes that bear this computer's name and that it never made?"""
    bears_name = "-" + database.device_id
    own = [  # nearly none; the stamps of the others are not looked at one by one
        document
        for document in documents
        if bears_name in "".join(set(map(str, document.clock.values()))) and _stamps(document, database.device_id)
    ]
    if not own:
        return False
    with database.read() as session:
        known = load_known(session, [document.key for document in own])
        strange = {
            stamp
            for document in own
            for group, stamp in _stamps(document, database.device_id)
            if document.key not in known or stamp > known[document.key].clock.get(group, "")
        }
        # A reserved stamp (that of a central number) is in no log, its transaction is.
        made = "SELECT 1 FROM change_log WHERE stamp = ?1 UNION ALL SELECT 1 FROM change_transaction WHERE stamp = ?1 LIMIT 1"
        return any(raw(session, made, stamp).first() is None for stamp in strange)


def part_from_twin(database: Database, stay: Callable[[object], None]) -> None:
    """Make an open file a computer of its own: two files go by its name. ``stay``: as of ``renew_identity``."""
    backup.renew_identity(database.path, backup.series_letters(database.path), stay=stay)
    _log.warning("another file goes by this computer's name: it opens a series of its own")
    with database.read() as session:
        database.device_id = local_state.get(session, "device_id", "")


def _stamps(document: Incoming, device: str) -> Iterable[tuple[str, str]]:
    """(group, stamp) of what this computer changed, but for defaults that nobody typed (stamped at zero) and for stamps
    that were raised on the way (they are in no log)."""
    return [
        (group, stamp)
        for group, stamp in document.clock.items()
        if not group.startswith(WITNESS)
        and is_stamp(stamp)
        and writer_of(stamp) == device
        and not stamp.startswith("0" * 12)
    ]
