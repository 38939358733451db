"""From the cloud into the database: long readings that can be interrupted, batches of a listener, single records."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

from facturepro import __version__
from facturepro.db import local_state
from facturepro.db.database import Database
from facturepro.db.incarnation import has_twin
from facturepro.db.replication_apply import TRIED_BY, ApplyResult, apply, retriable, retry_pending
from facturepro.db.replication_missing import settle_missing
from facturepro.db.replication_records import load_known
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.i18n import N_
from facturepro.sync import codec, horizon
from facturepro.sync.home import Home
from facturepro.sync.portions import Portions
from facturepro.sync.prefetch import PAGE, Prefetched
from facturepro.sync.remotes.base import CURSOR_WINDOW_SECONDS, Batch, Key, Page, Position, Remote, RemoteDocument
from facturepro.sync.remotes.instants import shifted, to_nanos
from facturepro.sync.remotes.uptime import uptime

CURSOR, TOKEN, READING = "cursor", "resume_token", "reading"
SUSPECT = "reconcile_due"
"""Local state: the stream lost its place, and something older than its window may have been missed."""
LABEL = N_("Reçu d’un autre ordinateur")
_PART_SECONDS = 1200.0
"""One query is read for so long, then the next one goes on: Firestore answers for a moment of the last hour only."""
_AWAY_NANOS = 86_400 * 1_000_000_000
"""A stream that was silent for longer may come from beyond the company's horizon."""
_BEHIND_MS = 30 * 60 * 1000
"""A cursor older than this is brought up by pages, not by a listener that would hand over all of it at once."""

IsOver = Callable[[], bool]
OnProgress = Callable[[int, int], None]


def never() -> bool:
    return False


def unseen(_done: int, _total: int) -> None:
    """Nobody watches the progress."""


@dataclass(slots=True)
class Reading:
    """A reading that has not come to its end, kept in the file with each portion that it brought.

    ``after``: the last record that was applied. ``read_time``: the state of the remote in which it was found. ``since``:
    the cursor it began from. ``done``, ``total``: records, for a progress bar (total 0: unknown).
    """

    after: Position | None = None
    read_time: str | None = None
    since: str | None = None
    done: int = 0
    total: int = 0

    def start(self) -> tuple[str | None, Position | None]:
        """(read time, record) to go on behind: exactly where it ended, as far as that is safe.

        What became visible after ``read_time`` bears a stamp of the window before it, at the earliest. So nothing is
        missed behind a record that is older than this window, and what is younger is read from the window on.
        """
        if self.after is None or self.read_time is None:
            return self.read_time, None
        is_settled = self.after[0] <= shifted(self.read_time, -CURSOR_WINDOW_SECONDS)
        return (None, self.after) if is_settled else (self.read_time, None)


class Puller:
    """Applies what the remote has, in transactions short enough to work beside; each keeps the place it leads to."""

    def __init__(self, database: Database, remote: Remote) -> None:
        self._db = database
        self.remote = remote
        self.home = Home(database)
        self._portions = Portions(database.let_others_in)
        self.is_at_end = False
        """Was the last ``pull`` taken to its end? False also when it was over before anything had been read."""

    def cursor(self) -> tuple[str | None, bytes | None]:
        with self._db.read() as session:
            token = local_state.get(session, TOKEN)
            return local_state.get(session, CURSOR), base64.b64decode(token) if token else None

    def reading(self) -> Reading | None:
        """The reading that was interrupted, if one was. It goes with its cursor: another one begins another reading."""
        with self._db.read() as session:
            kept, cursor = local_state.get(session, READING), local_state.get(session, CURSOR)
        if kept is None or kept["since"] != cursor:
            return None
        updated_at, kind, record_id = kept["after"]
        return Reading((updated_at, (kind, record_id)), kept["read_time"], cursor, kept["done"], kept["total"])

    def is_behind(self) -> bool:
        """Has this computer perhaps so much to read that it should come by pages?"""
        cursor, _token = self.cursor()
        if cursor is None or self.reading() is not None:
            return True
        now_ms = int(self._db.now().timestamp() * 1000) + self._db.clock_offset_ms
        return now_ms - to_nanos(cursor) // 1_000_000 > _BEHIND_MS

    def was_away(self, batch: Batch) -> bool:
        """Was nothing heard for so long before this batch that the company has to be asked first what it still remembers?"""
        cursor, _token = self.cursor()
        return cursor is not None and to_nanos(batch.read_time) - to_nanos(cursor) > _AWAY_NANOS

    def pull(self, is_over: IsOver = never, on_progress: OnProgress = unseen) -> ApplyResult:
        """Everything since the cursor, or since the place where the last reading was interrupted.

        Stopping early loses nothing: the next call goes on where this one ended.
        """
        result = ApplyResult()
        self.is_at_end = False
        while not self.is_at_end and not is_over():
            self.is_at_end = self._read_part(result, is_over, on_progress)
        return self._with_the_rest(result, is_over)

    def _read_part(self, result: ApplyResult, is_over: IsOver, on_progress: OnProgress) -> bool:
        """Read one answer of the remote; True when it was taken to its end."""
        reading = self.reading() or self._new_reading()
        read_time, after = reading.start()
        on_progress(reading.done, reading.total)
        ends = uptime() + _PART_SECONDS
        with closing(Prefetched(self.remote.changes_since(read_time, PAGE, after))) as pages:
            while not is_over() and uptime() < ends:
                page = pages.following()
                if page is None:
                    on_progress(reading.done, reading.total)
                elif self._take_page(page, reading, result, is_over, on_progress):
                    return True
        return False

    def _new_reading(self) -> Reading:
        cursor, _token = self.cursor()
        return Reading(None, cursor, cursor, 0, self.remote.summary(0, 256).count if cursor is None else 0)

    def _take_page(
        self, page: Page, reading: Reading, result: ApplyResult, is_over: IsOver, on_progress: OnProgress
    ) -> bool:
        """Apply a page; True when it was the last one and everything of it is in."""
        for portion, is_end in self._portions.cut(page.documents):
            reading.done += len(portion)
            with self._applied(portion, result) as work:
                if is_end and page.is_last:
                    _keep_cursor(work, page.read_time, None)
                elif portion:
                    reading.after = (portion[-1].updated_at or "", portion[-1].key)
                    reading.read_time = page.read_time
                    _keep_reading(work, reading)
            on_progress(reading.done, reading.total)
            if is_over():
                return is_end and page.is_last
        return page.is_last

    def take(self, batch: Batch, is_over: IsOver = never) -> ApplyResult:
        """What a listener saw. The cursor moves with the last portion: given up before, the batch comes again."""
        return self.apply(batch.documents, batch.read_time, batch.resume_token, is_over, batch.reset)

    def refresh(self, keys: Sequence[Key]) -> ApplyResult:
        """Read these records and bring them in; those that the cloud has no longer are settled. The cursor stays."""
        with self._db.read() as session:
            known = load_known(session, keys)
        found = self.remote.get(keys)
        result = self.apply([document for document in found.values() if document is not None])
        gone = {key: version for key, state in known.items() if found[key] is None and (version := state.version)}
        if gone:
            with self.home.write(LABEL) as work:
                result.conflicts += settle_missing(work, gone, horizon.is_beyond(work)).conflicts
        return result

    def apply(
        self,
        documents: Sequence[RemoteDocument],
        cursor: str | None = None,
        token: bytes | None = None,
        is_over: IsOver = never,
        is_reset: bool = False,
    ) -> ApplyResult:
        result = ApplyResult()
        if not documents and cursor is None:
            return result
        for portion, is_end in self._portions.cut(documents):
            with self._applied(portion, result) as work:
                if is_end and cursor is not None:
                    _keep_cursor(work, cursor, token)
                    if is_reset:
                        work.keep(SUSPECT, cursor)
            if is_over():
                break
        return self._with_the_rest(result, is_over)

    def _with_the_rest(self, result: ApplyResult, is_over: IsOver) -> ApplyResult:
        """Much waited for one record: what did not fit its transaction comes in others."""
        if result.left:
            result.add(self.retry_pending(is_over))
        return result

    def retry_pending(self, is_over: IsOver = never) -> ApplyResult:
        """What could not be applied when it came and may be now."""
        result = ApplyResult()
        with self._db.read() as session:
            keys = retriable(session, __version__)
        for portion, is_last in self._portions.cut(keys):
            if not portion or is_over():
                break
            with self._portions.timed(len(portion)) as begin, self.home.write(LABEL) as work:
                begin()
                result.add(retry_pending(work, portion))
                if is_last:
                    work.keep(TRIED_BY, __version__)
        return result

    @contextmanager
    def _applied(self, documents: Sequence[RemoteDocument], result: ApplyResult) -> Iterator[UnitOfWork]:
        """One transaction with these documents in it, for the caller to add the place they lead to."""
        incoming = [codec.incoming(document) for document in documents]
        if has_twin(self._db, incoming):
            self.home.part_from_twin()
        with self._portions.timed(len(incoming)) as begin, self.home.write(LABEL) as work:
            begin()
            result.add(apply(work, incoming))
            yield work


def _keep_cursor(work: UnitOfWork, cursor: str, token: bytes | None) -> None:
    work.keep(CURSOR, cursor)
    work.keep(TOKEN, base64.b64encode(token).decode("ascii") if token else None)
    local_state.remove(work.session, READING)


def _keep_reading(work: UnitOfWork, reading: Reading) -> None:
    assert reading.after is not None
    updated_at, key = reading.after
    work.keep(
        READING,
        {
            "after": [updated_at, *key],
            "read_time": reading.read_time,
            "since": reading.since,
            "done": reading.done,
            "total": reading.total,
        },
    )


__all__ = ["CURSOR", "LABEL", "READING", "TOKEN", "Puller", "Reading"]
