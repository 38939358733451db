"""The letter of this computer's numbers: a copy of a file opens its own before it may issue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from facturepro.db import local_state
from facturepro.db.database import Database
from facturepro.db.incarnation import part_from_twin
from facturepro.db.models import Device
from facturepro.db.replication_digest import BUCKETS
from facturepro.i18n import N_
from facturepro.sync.home import Home
from facturepro.sync.remotes.base import Remote

STALE = "series_stale"
"""Key of ``local_state``: the letter is not claimed in the cloud by this computer, nothing may be issued."""
_LABEL = N_("Série ouverte")


def open_series(home: Home, remote: Remote, info: Mapping[str, Any]) -> None:
    """Claim a letter for a file that was copied or restored; nothing when its letter is its own.

    Raises RemoteError; UserError ``cloud_moved``, and the letter stays claimed where nobody uses it.
    """
    with home.database.read() as session:
        if not local_state.get(session, STALE, False):
            return
        letter = local_state.get(session, "series", "A")
        # as the file has it: another process may have noticed that it is a copy, and the former name is the original's
        device = local_state.get(session, "device_id", "")
    claimed = remote.claim_series(device, letter, dict(info))
    with home.write(_LABEL, origin="local") as work:
        if work.device != device:
            return  # it was given another name meanwhile: the next exchange claims for that one
        own = work.get(Device, device)
        if own is not None and own.series != claimed:
            own.series = claimed
        work.keep("series", claimed)
        work.keep(STALE, False)


def is_untouched(database: Database, remote: Remote) -> bool:
    """Was this company created there by a joining of this file that never came to its end? Raises RemoteError."""
    with database.read() as session:
        own = {database.device_id, *(device.id for device in session.query(Device))}
    return {str(device["id"]) for device in remote.devices()} <= own and remote.summary(0, BUCKETS).count == 0


def part_if_twin(database: Database, remote: Remote) -> None:
    """For a file that has never been in this cloud: where a computer of its name is known, a copy of the file came first.
    Two of one name would issue one number twice. Raises RemoteError."""
    if any(device["id"] == database.device_id for device in remote.devices()):
        part_from_twin(database, lambda _cloud: None)


def keep_letters(database: Database, remote: Remote) -> None:
    """In a new cloud: nobody who joins later may be given the letter of a computer that has numbered for this company.
    Raises RemoteError."""
    with database.read() as session:
        others = [device for device in session.query(Device) if device.series and device.id != database.device_id]
    for device in others:
        info = {"name": device.name, "platform": device.platform, "app_version": device.app_version}
        remote.claim_series(device.id, device.series, info)
