"""Computers that were away for longer than the cloud keeps traces of deleted records."""

from __future__ import annotations

import logging

from facturepro.db import local_state
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.sync.home import Home
from facturepro.sync.remotes.base import CompanyProfile
from facturepro.sync.remotes.instants import to_nanos

BEYOND = "beyond_horizon"
"""Local state: the cursor that was too old. While it stands, what the cloud lacks was deleted there."""
_DAY = 86_400 * 1_000_000_000
_log = logging.getLogger(__name__)


def leave_if_beyond(home: Home, profile: CompanyProfile) -> bool:
    """Forget cursor, token and unfinished reading when they are older than the company's horizon, so that everything is read again.

    Both ends are the cloud's own time (the cursor is a read time): what this computer's clock says does not matter.

    Raises UserError ``cloud_moved``.
    """
    with home.database.read() as session:
        reading = local_state.get(session, "reading") or {}  # one that was interrupted
        seen = [at for at in (local_state.get(session, "cursor"), reading.get("read_time")) if at]
    if not seen or profile.read_time is None:
        return False
    oldest = min(seen)
    if to_nanos(profile.read_time) - to_nanos(oldest) <= profile.horizon * _DAY:
        return False
    _log.info("away beyond the horizon of %s days: everything is read again", profile.horizon)
    with home.write() as work:
        work.keep(BEYOND, oldest)
        for key in ("cursor", "resume_token", "reading"):
            local_state.remove(work.session, key)
    return True


def is_beyond(work: UnitOfWork) -> bool:
    return local_state.get(work.session, BEYOND) is not None
