"""The cloud that an exchange was made for. Another process may leave it, or join another one, at any moment.

Whatever a cloud answered is written through :meth:`Home.write`, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from facturepro.db import local_state
from facturepro.db.database import Database
from facturepro.db.incarnation import part_from_twin
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.domain.errors import UserError

MOVED = "cloud_moved"


class Home:
    """What the file says of its cloud when this is made: before the remote is, or an answer of one may pass for the other's."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.read() as session:
            self._joined = local_state.get(session, "cloud")

    def has_moved(self) -> bool:
        """Is the file in another cloud by now, or in none? Or has another file taken its place?"""
        if not self.database.is_in_place():
            return True
        with self.database.read() as session:
            return bool(local_state.get(session, "cloud") != self._joined)

    @contextmanager
    def write(self, label: str = "", origin: str = "remote") -> Iterator[UnitOfWork]:
        """A transaction for what this cloud answered. Where the file belongs is asked within it: an acknowledgement, or a
        place to read on from, that came too late would be believed in the other cloud.

        Raises:
            UserError: ``cloud_moved``; as ``Database.write``. Nothing was changed.
        """
        with self.database.write(label, origin) as work:
            self._stay(local_state.get(work.session, "cloud"))
            yield work

    def part_from_twin(self) -> None:
        """This cloud holds changes that another file made under this computer's name. Raises UserError ``cloud_moved``."""
        part_from_twin(self.database, self._stay)

    def _stay(self, cloud: object) -> None:
        if cloud != self._joined:
            raise UserError(MOVED)
