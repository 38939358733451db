"""How the synchronisation is doing, in words that the window and the command line can show."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from facturepro.domain.errors import UserError
from facturepro.sync.causes import cause_words
from facturepro.sync.remotes.base import (
    AccessDenied,
    CompanyMissing,
    Contention,
    NotAMember,
    NotSignedIn,
    QuotaExceeded,
    ReadOnlyRole,
    RemoteError,
    RemoteMisconfigured,
    RemoteUnavailable,
)

_log = logging.getLogger(__name__)

UP_TO_DATE, WAITING, OFFLINE, SIGN_IN, ERROR, DISABLED, PAUSED = (
    "up_to_date",
    "waiting",
    "offline",
    "sign_in",
    "error",
    "disabled",
    "paused",
)


@dataclass(frozen=True, slots=True)
class SyncState:
    """``kind``: up_to_date, waiting, offline, sign_in, error, paused (by a person) or disabled.

    ``pending``: records that the cloud does not have; ``quarantined``: of these, the ones that it refused.
    ``code``: the UserError code behind an error, else empty; ``reason`` is technical. ``progress``: (records read, all
    of them or 0 when unknown) while a reading by pages is under way. ``budget``: ok, near or over, the day's quota by
    what this computer has used. ``resumes_at``: the quota is used up, and then it goes on by itself.
    """

    kind: str
    pending: int = 0
    reason: str = ""
    last_exchange_at: datetime | None = None
    quarantined: int = 0
    code: str = ""
    progress: tuple[int, int] | None = None
    budget: str = "ok"
    resumes_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What one exchange did. ``blocked``: why nothing was sent (``update_required``), else empty.

    ``refused``: records of which something could not be sent or applied, with the reason. ``ahead``: id of a computer
    whose clock is more than five minutes ahead of the cloud's. ``is_complete``: everything that the cloud has was read.
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
    is_complete: bool = True


OnState = Callable[[SyncState], None]


CODES: tuple[tuple[type[RemoteError], str], ...] = (
    (QuotaExceeded, "cloud_quota"),
    (Contention, "cloud_contended"),
    (RemoteUnavailable, "cloud_unreachable"),
    (NotSignedIn, "cloud_signin"),
    (NotAMember, "cloud_removed"),
    (ReadOnlyRole, "cloud_read_only"),
    (CompanyMissing, "cloud_company_gone"),
)


def user_error(error: RemoteError) -> UserError:
    """The same in words for a person."""
    reason = str(error) or type(error).__name__
    code = next((code for kind, code in CODES if isinstance(error, kind)), "cloud_denied")
    _log.info("%s: %s", code, reason)
    return UserError(code, reason=reason, cause=cause_words(code, reason))


def described(code: str, reason: str) -> UserError:
    """What ``SyncState.code`` and ``reason`` mean; also errors of the company file, which is named nowhere here."""
    return UserError(code, reason=reason, cause=cause_words(code, reason), path="")


def kind_of(error: RemoteError) -> str:
    if isinstance(error, QuotaExceeded):
        return ERROR
    if isinstance(error, Contention):
        return WAITING  # the network is fine
    if isinstance(error, RemoteUnavailable):
        return OFFLINE
    return SIGN_IN if isinstance(error, NotSignedIn) else ERROR


def patience(error: RemoteError) -> float:
    """Seconds to wait at least before asking again: what only a person can mend is not asked for all day, each time at
    the price of a read."""
    if isinstance(error, (AccessDenied, CompanyMissing, RemoteMisconfigured)):
        return 3600.0
    return 300.0 if isinstance(error, (NotSignedIn, QuotaExceeded)) else 0.0
