"""A person's pause. It is kept in the file: it holds over a restart, and for every process that exchanges this file."""

from __future__ import annotations

from facturepro.db import local_state
from facturepro.db.database import Database

PAUSED = "sync_paused"


def is_kept(database: Database) -> bool:
    """Raises UserError: the file is not at hand."""
    with database.read() as session:
        return bool(local_state.get(session, PAUSED, False))


def keep(database: Database, is_paused: bool) -> None:
    """Raises UserError: the file is busy, the disk is full."""
    with database.write(origin="remote") as work:
        if is_paused:
            work.keep(PAUSED, True)
        else:
            local_state.remove(work.session, PAUSED)
            work.touch()
