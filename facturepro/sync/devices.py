"""What this computer tells the company of itself, and what it knows of the others. Both are asked and said rarely."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from facturepro.db import local_state
from facturepro.sync.home import Home
from facturepro.sync.ledger import EXCHANGED
from facturepro.sync.remotes.base import Remote, RemoteError

KNOWN = "devices"
"""Key of ``local_state``: the computers of the company as they were at the last look."""
_TOLD = "devices_told"
_TELL_EVERY = timedelta(minutes=15)
_LOOK_EVERY = timedelta(hours=12)
_LOOK_AGAIN = timedelta(minutes=5)
_FIELDS = ("id", "name", "platform", "series", "app_version", "last_seen", "pushed", "pulled")
_log = logging.getLogger(__name__)


class Devices:
    """``info``: name, platform and app_version of this computer."""

    def __init__(self, home: Home, remote: Remote, info: Mapping[str, Any]) -> None:
        self._home = home
        self._db = home.database
        self._remote = remote
        self.info = dict(info)

    def tell(self, is_last: bool = False) -> None:
        """Write the counters when something was exchanged: at most every quarter of an hour, and at the end.

        A cloud that cannot be reached, or a role that may not write, is no trouble: the next time tells it all.
        """
        with self._db.read() as session:
            totals = local_state.get(session, EXCHANGED)
            told = local_state.get(session, _TOLD) or {}
        if not self.info or totals is None or totals == told.get("totals"):
            return
        if not is_last and not self._is_due(told.get("at"), _TELL_EVERY):
            return
        try:
            self._remote.touch_device(self._db.device_id, {**self.info, **totals})
        except RemoteError as error:
            _log.info("computer not announced: %s", type(error).__name__)
            return
        self._keep(_TOLD, {"at": self._db.now().isoformat(), "totals": totals})

    def look_again(self) -> None:
        """A person asked for an exchange, and may wait for a computer that has joined: every five minutes at most."""
        self.look(every=_LOOK_AGAIN)

    def look(self, is_wanted: bool = False, every: timedelta = _LOOK_EVERY) -> None:
        """Read the company's computers again, twice a day; or now, when a person asks.

        Raises:
            RemoteError: only when a person asks.
        """
        with self._db.read() as session:
            known = local_state.get(session, KNOWN) or {}
        if not is_wanted and not self._is_due(known.get("at"), every):
            return
        try:
            found = self._remote.devices()
        except RemoteError as error:
            if is_wanted:
                raise
            _log.info("computers not read: %s", type(error).__name__)
            return
        rows = [{name: device.get(name) for name in _FIELDS} for device in found]
        self._keep(KNOWN, {"at": self._db.now().isoformat(), "devices": rows})

    def _is_due(self, at: str | None, every: timedelta) -> bool:
        """A time in the future is one of a clock that was wrong."""
        return at is None or not timedelta() <= self._db.now() - datetime.fromisoformat(at) < every

    def _keep(self, key: str, value: Any) -> None:
        with self._home.write() as work:
            work.keep(key, value)
            work.tell("device", self._db.device_id)  # an open window shows it at once
