"""What nobody tells the engine, so that it has to look: another process wrote the file, the computer slept."""

from __future__ import annotations

from facturepro.db.database import Database
from facturepro.db.failures import told_apart
from facturepro.sync.remotes.uptime import uptime
from facturepro.sync.server_time import Moment, ServerTime

POLL_SECONDS = 1.0
_JUMP_SECONDS = 30.0


class Looking:
    """A connection of its own: SQLite's ``data_version`` compares within one connection only."""

    def __init__(self, database: Database, server_time: ServerTime) -> None:
        self._path = str(database.path)
        self._server_time = server_time
        self._connection = database.engine.raw_connection()
        self._version: int | None = None
        self._moment: Moment | None = None
        self._looked_at = uptime()

    def close(self) -> None:
        self._connection.close()

    def is_due(self) -> bool:
        if uptime() - self._looked_at < POLL_SECONDS:
            return False
        self._looked_at = uptime()
        return True

    def has_file_changed(self) -> bool:
        """True the first time: who wrote between the start and the first look would be missed. Raises UserError."""
        with told_apart(self._path):
            found = self._connection.cursor().execute("PRAGMA data_version").fetchone()[0]
        before, self._version = self._version, found
        return bool(before != found)

    def have_clocks_parted(self) -> bool:
        """The two clocks of a computer part when it sleeps, or when somebody sets one: what was open then is dead."""
        before, self._moment = self._moment, self._server_time.moment()
        if before is None:
            return False
        wall = (self._moment.wall_ms - before.wall_ms) / 1000
        return abs(wall - (self._moment.monotonic - before.monotonic)) > _JUMP_SECONDS
