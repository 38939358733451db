"""The letter of this computer's numbers: a copy of a file opens its own before it may issue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from facturepro.db import local_state
from facturepro.db.models import Device
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
