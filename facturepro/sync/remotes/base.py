"""What every home of the records (a cloud, a server, the memory of a test) can do: the one interface the engine knows.

Only plain values here and no network library, so that importing it costs nothing.

Versions, cursors and read times are RFC 3339 strings in UTC with exactly nine decimals
(``2026-11-21T04:07:00.123456789Z``), so that they compare as text in the order of time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

MAX_WRITES = 100
"""Most writes the engine puts in one commit."""
MAX_COMMIT_BYTES = 1_048_576
"""Most bytes the engine puts in one commit."""
MAX_DOCUMENT_BYTES = 1_048_576 - 4
"""Largest document a remote accepts (Firestore: 1 MiB - 4 bytes)."""
CURSOR_WINDOW_SECONDS = 300
"""A write is stamped when it arrives and seen later: every reading starts this long before its cursor."""

Key = tuple[str, str]
"""(kind, id) of a record."""
Position = tuple[str, Key]
"""``updated_at`` and key of a record: a place in the order in which changes are read."""


@dataclass(slots=True)
class RemoteDocument:
    """One record (an aggregate with its lines) as it is stored away from this computer.

    ``fields``, ``lines`` and ``extra`` hold JSON-like values (str, int, bool, None, list, dict). A value of a type this
    program never writes is kept as a dict with one reserved key, for instance ``{"__timestamp__": "..."}`` (see
    ``values.py``). A line is None when it was removed. ``clock`` maps a merge group to its stamp. ``extra`` holds the
    top-level keys this version doesn't know. ``version`` and ``updated_at`` are given by the remote, ignored in writes.
    ``digest`` and ``bucket`` are what reconciliation compares by (``db/replication_digest.py``), of the document as it
    stands after the write. None in a write: a created document gets its own, an update leaves what is stored.
    """

    kind: str
    id: str
    fields: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    clock: dict[str, str] = field(default_factory=dict)
    device: str = ""
    op: str = ""
    schema: int = 1
    deleted: bool = False
    extra: dict[str, Any] = field(default_factory=dict)
    version: str | None = None
    updated_at: str | None = None
    digest: int | None = None
    bucket: int | None = None

    @property
    def key(self) -> Key:
        return (self.kind, self.id)


@dataclass(slots=True)
class Write:
    """One document to store.

    ``expected`` None: the document must not exist, and all of it is written. Otherwise ``expected`` is the version this
    device saw, and only the paths of ``mask`` are written: ``fields.phone``, ``clock.contact``, ``lines.<id>``,
    ``lines.<id>.quantity``, or the name of a key of ``extra``. A path that the document doesn't hold is erased there.
    ``device``, ``op``, ``schema``, ``deleted``, ``digest``, ``bucket`` and ``updated_at`` (the remote's own time) are
    always written.
    Make paths with :func:`field_path` when a segment can hold a dot; dashes need no care.

    ``encoded`` is the remote's own: what its ``encode`` left for its ``commit``. Nothing else changes after it.
    """

    document: RemoteDocument
    expected: str | None = None
    mask: tuple[str, ...] = ()
    encoded: Any = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class CommitResult:
    """``versions[i]`` is the version of ``writes[i]`` after the commit."""

    versions: list[str]
    commit_time: str


@dataclass(frozen=True, slots=True)
class SeriesHead:
    """Where a central series stands: its last number, the date (ISO) and the seal of the document that bears it."""

    number: int = 0
    on: str = ""
    seal: str = ""


@dataclass(frozen=True, slots=True)
class Numbered:
    """What a number is taken for: the writes that bear it, and the date (ISO) and seal that become the series' last."""

    writes: Sequence[Write]
    on: str
    seal: str = ""


@dataclass(slots=True)
class Page:
    """A part of the answer of :meth:`Remote.changes_since` or :meth:`Remote.bucket`; ``read_time`` is the same on all
    pages of one answer."""

    documents: list[RemoteDocument]
    read_time: str
    is_last: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """How many records a range of buckets holds and the sum of their digests, at ``read_time``.

    Records without both (another program wrote them) are not counted.
    """

    count: int
    digest: int
    read_time: str = field(default="", compare=False)


@dataclass(slots=True)
class Batch:
    """What a listener saw change between two consistent states of the remote.

    Apply it, and store ``read_time`` (the next cursor) and ``resume_token``, in one transaction. ``documents`` may be
    empty: the cursor moved. ``reset`` says that the remote could not continue from where the listener was: what
    changed since the cursor's window is in this batch, and anything older deserves a reconciliation.
    """

    documents: list[RemoteDocument]
    removed: list[Key]
    read_time: str
    resume_token: bytes | None = None
    reset: bool = False


@dataclass(frozen=True, slots=True)
class StreamState:
    """How a listener is doing.

    ``state``: "connecting", "live" (a consistent state was received), "waiting" (tries again in ``retry_in`` seconds),
    "exhausted" (the same, because the remote's quota is used up), "signed_out", "denied" (both wait for
    :meth:`Listener.wake`), "stopped". ``reason`` is technical, for the log.
    """

    state: str
    reason: str = ""
    retry_in: float | None = None


StreamEvent = Batch | StreamState


class EventQueue(Protocol):
    """Where a listener puts what it sees (``queue.Queue`` and ``queue.SimpleQueue`` both fit)."""

    def put(self, item: StreamEvent, /) -> None: ...


class Listener(Protocol):
    def stop(self) -> None:
        """Ends it; returns within a second or so. Only a thread that the network holds may put something on the queue
        afterwards, which who reads it does not take for the next listener's."""
        ...

    def wake(self) -> None:
        """Tries at once, whatever the back-off says: the network is back, or a person asked."""
        ...


@dataclass(frozen=True, slots=True)
class CompanyProfile:
    """The company document. ``horizon`` is in days: a device away for longer re-reads everything.

    ``read_time``: the remote's own time when it answered.
    """

    name: str
    schema: int = 1
    min_schema: int = 1
    horizon: int = 180
    plan: str = ""
    created_at: str | None = None
    read_time: str | None = field(default=None, compare=False)


@dataclass(slots=True)
class Usage:
    """What this client was charged for, as far as a client can know (not what the cloud's rules look up)."""

    reads: int = 0
    writes: int = 0
    deletes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def add(self, reads: int = 0, writes: int = 0, deletes: int = 0) -> None:
        with self._lock:
            self.reads += reads
            self.writes += writes
            self.deletes += deletes

    def take(self) -> tuple[int, int, int]:
        """(reads, writes, deletes) since the last call, for a daily sum kept elsewhere."""
        with self._lock:
            taken = (self.reads, self.writes, self.deletes)
            self.reads = self.writes = self.deletes = 0
        return taken


class RemoteError(Exception):
    """Anything a remote answers instead of a result."""


class RemoteUnavailable(RemoteError):  # noqa: N818 - a condition, told to a person as such
    """Not reached, and nothing was changed there: try again later."""


class QuotaExceeded(RemoteUnavailable):
    """The remote is refusing work for now (daily quota, too many requests)."""


class Contention(RemoteUnavailable):
    """Others are writing the same documents at this moment; nothing was applied."""


class CommitAmbiguous(RemoteUnavailable):
    """A commit was sent and no answer came: it is applied or not. Re-read and look for the own ``op``."""


class PreconditionFailed(RemoteError):  # noqa: N818 - a condition, told to a person as such
    """A document is not in the expected version; nothing of the commit was applied.

    ``indexes``: the positions of the writes at fault when the remote says, else empty.
    """

    def __init__(self, message: str = "", indexes: Sequence[int] = ()) -> None:
        super().__init__(message)
        self.indexes = tuple(indexes)


class NotSignedIn(RemoteError):  # noqa: N818 - a condition, told to a person as such
    """The remote doesn't know who is asking, even with a fresh token: sign in again."""


class AccessDenied(RemoteError):  # noqa: N818 - a condition, told to a person as such
    """The rules refuse: role, revoked membership, frozen content."""


class NotAMember(AccessDenied):
    """The company is there, and who asks is not (or no longer) one of its members."""


class ReadOnlyRole(AccessDenied):
    """The role of who asks reads and does not write."""


class WriteRejected(RemoteError):  # noqa: N818 - a condition, told to a person as such
    """A write can never be accepted as it is; nothing of the commit was applied. ``index`` None: unknown which."""

    def __init__(self, index: int | None, reason: str) -> None:
        super().__init__(reason)
        self.index = index
        self.reason = reason


class DateGoesBack(RemoteError):  # noqa: N818 - a condition, told to a person as such
    """A number was asked for a day before that of the last number of its series; ``head`` is where it stands."""

    def __init__(self, head: SeriesHead, on: str) -> None:
        super().__init__(f"{on} is before {head.on}")
        self.head = head


class SeriesBehind(RemoteError):  # noqa: N818 - a condition, told to a person as such
    """The remote's counter is behind a number that this computer has: it would be given a second time."""


class RemoteMisconfigured(RemoteError):  # noqa: N818 - a condition, told to a person as such
    """The project, database or index is not there: a person has to mend the set-up."""


class CompanyMissing(RemoteError):  # noqa: N818 - a condition, told to a person as such
    """The company document doesn't exist (yet) on this remote."""


class Remote(Protocol):
    """All methods may be called from any thread. Each one has its own deadline and raises a :class:`RemoteError`."""

    usage: Usage

    def provision(self, profile: dict[str, Any], owner: dict[str, Any] | None = None) -> CompanyProfile:
        """Creates the company if it is missing, and answers the one that stands.

        Args:
            profile: name, schema, min_schema, horizon, plan (what is missing takes the defaults of CompanyProfile).
            owner: uid, email, name of the person who becomes owner of a company that is created.
        """
        ...

    def profile(self) -> CompanyProfile:
        """Raises CompanyMissing when there is none."""
        ...

    def role(self) -> str | None:
        """What the member document of who asks says now (owner, admin, member, accountant); None: no rule binds them.

        Raises:
            NotAMember: they were removed, or never were one. CompanyMissing: there is no company any more.
        """
        ...

    def claim_series(self, device_id: str, preferred: str | None, info: dict[str, Any]) -> str:
        """The series letter of this device (A..Z, AA..), given once, never the same to two devices."""
        ...

    def devices(self) -> list[dict[str, Any]]:
        """The device documents, each with its ``id``."""
        ...

    def touch_device(self, device_id: str, info: dict[str, Any]) -> None:
        """Merges ``info`` into the device document and stamps its ``last_seen``."""
        ...

    def encode(self, writes: Sequence[Write]) -> None:
        """Does beforehand what ``commit`` would do on its own before it sends these; what can't be stored is left to it."""
        ...

    def commit(self, writes: Sequence[Write]) -> CommitResult:
        """Stores all of the writes or none. Never repeated by itself."""
        ...

    def get(self, keys: Sequence[Key]) -> dict[Key, RemoteDocument | None]: ...

    def changes_since(
        self, read_time: str | None, page_size: int = 500, after: Position | None = None
    ) -> Iterator[Page]:
        """What changed since the window before ``read_time`` (None: everything), oldest change first.

        There is always at least one page; the last one has ``is_last``. Keep the last page's read time as cursor once
        all pages are applied, not before. ``after``: what stands behind this record instead, to the nanosecond.
        """
        ...

    def summary(self, low: int, high: int) -> Summary:
        """Count and sum of digests of the records whose bucket is in [low, high), buckets 0..255, as they are now.

        Costs one read per 1,000 records, and at least one.
        """
        ...

    def bucket(self, low: int, high: int, page_size: int = 500) -> Iterator[Page]:
        """The records whose bucket is in [low, high), by bucket and id; pages as of :meth:`changes_since`."""
        ...

    def listen(self, cursor: str | None, queue: EventQueue, resume_token: bytes | None = None) -> Listener:
        """Starts to put :class:`Batch` and :class:`StreamState` on ``queue``, from the window before ``cursor`` on."""
        ...

    def commit_numbered(
        self, series: str, known: SeriesHead, build: Callable[[SeriesHead], Numbered]
    ) -> tuple[int, CommitResult]:
        """Takes the next number of a central series in the very commit that stores what bears it.

        ``build(head)`` makes the writes for the number after ``head`` and may be called again with another head. What it
        raises ends the attempt. ``known`` is the last document of the series on this computer: a series that the remote
        does not have goes on behind it.

        Raises:
            DateGoesBack: the document is dated before the last one of the series. No number was taken.
            SeriesBehind: the remote's counter is behind ``known``.
            PreconditionFailed: a record of the writes is not in the expected version. No number was taken.
            CommitAmbiguous: all of it was applied, or nothing.
        """
        ...

    def series_head(self, series: str) -> SeriesHead | None:
        """Where a central series stands; None when it does not exist. Another device may take the next number first."""
        ...

    def open_series(self, series: str, head: SeriesHead) -> None:
        """Makes the counter of a series whose documents come from elsewhere (another cloud); one that stands is left."""
        ...

    def close(self) -> None: ...
