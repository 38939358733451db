"""Copies of a company file, and what a restored copy must be given before it may be used."""

import contextlib
import json
import platform
import re
import socket
import sqlite3
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from facturepro import __version__
from facturepro.db.base import new_id
from facturepro.db.database import Database, system_now
from facturepro.db.failures import told_apart
from facturepro.db.migrate import release as release
from facturepro.db.models import Device
from facturepro.i18n import _

INCARNATION = "incarnation"
"""Key of ``local_state``: which file of the disk this is, so that a copy is noticed."""
_LETTER = re.compile(r"[A-Z]{1,3}")


def series_letters(path: Path) -> set[str]:
    """Letters that a file knows of: its computers', and those of the numbers in it."""
    with told_apart(str(path)), contextlib.closing(sqlite3.connect(path, timeout=5)) as connection:
        devices = {row[0] for row in connection.execute("SELECT series FROM device")}
        series = {row[0].rpartition("-")[2] for row in connection.execute("SELECT DISTINCT series FROM invoice")}
        own = connection.execute("SELECT value FROM local_state WHERE key = 'series'").fetchone()
    own_letter = {str(json.loads(own[0]))} if own else set()
    return {letter for letter in devices | series | own_letter if _LETTER.fullmatch(letter)}


def incarnation_of(path: Path) -> str:
    """The number of the file on its disk: it stays when the file is moved there, a copy has another one."""
    return str(path.stat().st_ino)


def next_letter(used: Iterable[str]) -> str:
    """The letter after the last one in use: A ... Z, AA, AB ..."""
    last = max(used, key=lambda letter: (len(letter), letter), default="")
    letters = list(last)
    at = len(letters) - 1
    while at >= 0 and letters[at] == "Z":
        letters[at] = "A"
        at -= 1
    if at < 0:
        return "A" * (len(letters) + 1)
    letters[at] = chr(ord(letters[at]) + 1)
    return "".join(letters)


def _anywhere(_cloud: object) -> None:
    """The file is nobody else's yet."""


def renew_identity(
    path: Path,
    used: Iterable[str],
    now: Callable[[], datetime] = system_now,
    stay: Callable[[object], None] = _anywhere,
) -> str:
    """Make a copied file a computer of its own: new device, new series of numbers. Answers the letter.

    The old identity stays with the file it was copied from, so no number, stamp or link of a chain is made twice. When
    the company is joined to a cloud, ``series_stale`` asks that the letter be claimed there before anything is issued.

    ``stay`` is given the cloud of the file (None: none) within the transaction, and ends it by raising.
    """
    letter = next_letter(used)
    device = new_id().replace("-", "")[-12:]
    with told_apart(str(path)), contextlib.closing(sqlite3.connect(path, timeout=5)) as connection, connection:
        connection.execute("UPDATE capture_context SET device = ?, stamp = NULL, origin = 'local'", (device,))
        renewed: dict[str, object] = {"device_id": device, INCARNATION: incarnation_of(path)}
        found = connection.execute("SELECT value FROM local_state WHERE key = 'cloud' AND value IS NOT NULL").fetchone()
        stay(json.loads(found[0]) if found else None)
        if found:
            renewed["series_stale"] = True  # with the new name, so that nothing is issued in between
        rows = [(key, json.dumps(value)) for key, value in renewed.items()]
        connection.executemany("INSERT OR REPLACE INTO local_state (key, value) VALUES (?, ?)", rows)
    database = Database(path, now)
    try:
        with database.write(_("Copie du fichier")) as work:
            work.add(
                Device(
                    id=device,
                    name=socket.gethostname()[:60] or _("Ordinateur"),
                    platform=f"{platform.system()} {platform.release()}"[:60],
                    app_version=__version__,
                    series=letter,
                )
            )
            work.keep("series", letter)
    finally:
        database.close()
    return letter
