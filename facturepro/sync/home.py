"""The cloud that an exchange was made for. Another process may leave it, or join another one, at any moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from facturepro.db import local_state
from facturepro.db.database import Database
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.domain.errors import UserError

MOVED = "cloud_moved"


class Home:
    """What the file says of its cloud when this is made."""

    def __init__(self, database: Database) -> None:
        self._db = database
        with database.read() as session:
            self._joined = local_state.get(session, "cloud")

    def has_moved(self) -> bool:
        """Is the file in another cloud by now, or in none?"""
        with self._db.read() as session:
            return bool(local_state.get(session, "cloud") != self._joined)

    def check(self, work: UnitOfWork) -> None:
        """Raises UserError ``cloud_moved``. Within ``work``, so that nobody moves the file before it ends."""
        if local_state.get(work.session, "cloud") != self._joined:
            raise UserError(MOVED)

    @contextmanager
    def write(self, label: str = "") -> Iterator[UnitOfWork]:
        """A transaction for what this cloud answered. Where the file belongs is asked within it: an acknowledgement, or a
        place to read on from, that came too late would be believed in the other cloud.

        Raises:
            UserError: ``cloud_moved``; as ``Database.write``. Nothing was changed.
        """
        with self._db.write(label, origin="remote") as work:
            self.check(work)
            yield work
