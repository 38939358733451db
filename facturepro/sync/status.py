"""How the synchronisation is doing, in words that the window and the command line can show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from facturepro.domain.errors import UserError
from facturepro.sync.remotes.base import (
    AccessDenied,
    CompanyMissing,
    NotSignedIn,
    QuotaExceeded,
    RemoteError,
    RemoteMisconfigured,
    RemoteUnavailable,
)

UP_TO_DATE, WAITING, OFFLINE, SIGN_IN, ERROR, DISABLED = (
    "up_to_date",
    "waiting",
    "offline",
    "sign_in",
    "error",
    "disabled",
)


@dataclass(frozen=True, slots=True)
class SyncState:
    """``kind``: up_to_date, waiting, offline, sign_in, error or disabled.

    ``pending``: records that the cloud does not have; ``quarantined``: of these, the ones that it refused.
    ``code``: the UserError code behind an error, else empty; ``reason`` is technical.
    """

    kind: str
    pending: int = 0
    reason: str = ""
    last_exchange_at: datetime | None = None
    quarantined: int = 0
    code: str = ""


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What one exchange did. ``blocked``: why nothing was sent (``update_required``), else empty.

    ``refused``: records of which something could not be sent or applied, with the reason. ``ahead``: id of a computer
    whose clock is more than five minutes ahead of the cloud's.
    """

    pushed: int
    pulled: int
    pending: int
    conflicts: int
    reads: int
    writes: int
    blocked: str = ""
    refused: tuple[str, ...] = ()
    ahead: str = ""


OnState = Callable[[SyncState], None]


def user_error(error: RemoteError) -> UserError:
    """The same in words for a person."""
    reason = str(error) or type(error).__name__
    if isinstance(error, QuotaExceeded):
        return UserError("cloud_quota", reason=reason)
    if isinstance(error, RemoteUnavailable):
        return UserError("cloud_unreachable", reason=reason)
    if isinstance(error, NotSignedIn):
        return UserError("cloud_signin", reason=reason)
    return UserError("cloud_denied", reason=reason)


def kind_of(error: RemoteError) -> str:
    if isinstance(error, QuotaExceeded):
        return ERROR
    if isinstance(error, RemoteUnavailable):
        return OFFLINE
    return SIGN_IN if isinstance(error, NotSignedIn) else ERROR


def needs_a_person(error: RemoteError) -> bool:
    """Trying again by itself will not help soon."""
    return isinstance(error, (NotSignedIn, AccessDenied, CompanyMissing, RemoteMisconfigured))
