"""The weekly look at whether this computer and the cloud hold the same, and the repair of what differs (decision 0009).

The cloud adds up the digests of ranges of buckets (one read per 1,000 records); only buckets whose sum differs from what
this computer would expect are read and compared record by record. Every repair is a transaction of its own and decided on
what stands at that moment, so the check may be stopped or killed anywhere and other changes may go on meanwhile.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from typing import Any, cast

from facturepro.db import local_state
from facturepro.db.capture import GAP
from facturepro.db.database import Database
from facturepro.db.replication_digest import BUCKETS
from facturepro.db.replication_missing import requeue_unqueued, settle_missing
from facturepro.db.replication_records import load_known
from facturepro.db.replication_repair import Repair, differing, mend, recount_stock
from facturepro.db.replication_survey import Tally, count_known, survey, versions
from facturepro.db.replication_values import kind_rank
from facturepro.i18n import N_
from facturepro.sync import codec, horizon
from facturepro.sync.pull import SUSPECT, IsOver, OnProgress, Puller, never, unseen
from facturepro.sync.remotes.base import Key, Page, Remote, RemoteDocument, Summary
from facturepro.sync.remotes.instants import from_nanos, to_nanos
from facturepro.sync.reseal import Resealer

EVERY_NANOS = 7 * 86_400 * 1_000_000_000
RECONCILED, LAST = "reconciled_at", "reconciliation"
"""Local state: the cloud's time from which the week counts, and what the last complete check found."""
LABEL = N_("Vérifié avec le cloud")
_REASONS = (SUSPECT, horizon.BEYOND, GAP)
"""Local state that makes a check due before the week is over."""
_PAGE = 250
_ASKED = 100
_MENDED_AT_ONCE = 100
_FEW = 16
"""A range with so few records is read rather than halved again."""
_ASKED_BY_NAME = 1000
"""More missing documents than this are not asked for one by one (a read each)."""

Range = tuple[int, int]


@dataclass(slots=True)
class Report:
    """``at``: the cloud's time. ``is_clean``: nothing is left that differs. ``is_complete``: not stopped on the way.

    ``repaired`` counts records: ``fetched`` from the cloud, ``restored`` to the cloud's content, ``requeued`` to be sent,
    ``removed`` here because they were deleted there, ``resealed`` (their digest in the cloud was missing or wrong).
    ``blocked``: why nothing was sent (as in ``SyncReport``), else empty.
    """

    at: str = ""
    compared: int = 0
    repaired: int = 0
    is_clean: bool = False
    is_complete: bool = False
    fetched: int = 0
    restored: int = 0
    requeued: int = 0
    removed: int = 0
    resealed: int = 0
    conflicts: int = 0
    reads: int = 0
    writes: int = 0
    blocked: str = ""


class _Stopped(Exception):  # noqa: N818 - not an error
    pass


class Reconciler:
    def __init__(self, database: Database, remote: Remote, puller: Puller) -> None:
        self._db = database
        self._remote = remote
        self._puller = puller

    def is_due(self) -> bool:
        """A week has passed, the stream lost its place, this computer was away beyond the horizon, or something may have
        changed here that was not captured."""
        with self._db.read() as session:
            if any(local_state.get(session, key) for key in _REASONS):
                return True
            since = local_state.get(session, RECONCILED)
        # By the cloud's clock, as far as this computer has learned it.
        now = int(self._db.now().timestamp() * 1000 + self._db.clock_offset_ms) * 1_000_000
        if since is None:
            with self._db.write(origin="remote") as work:
                work.keep(RECONCILED, from_nanos(now))
            return False
        return now - to_nanos(since) >= EVERY_NANOS

    def run(self, breathe: IsOver = never, on_progress: OnProgress = unseen, may_write: bool = True) -> Report:
        """Compare and repair. What has to be sent is queued; the caller pushes.

        Args:
            breathe: called between two steps, outside any transaction: does what cannot wait, and answers whether to
                stop.
            on_progress: (records compared, records in all).
            may_write: False where the company asks for a newer version: digests are not mended.

        Raises:
            RemoteError: not reached, not allowed. What was repaired before stays repaired.
        """
        with self._db.read() as session:
            reasons = {key: local_state.get(session, key) for key in _REASONS}
        usage = self._remote.usage
        reads, writes = usage.reads, usage.writes
        check = _Check(self._db, self._remote, self._puller, breathe, on_progress, may_write)
        with suppress(_Stopped):
            check.run()
        report = check.report
        report.reads, report.writes = usage.reads - reads, usage.writes - writes
        if report.is_complete:
            self._remember(report, reasons)
        return report

    def _remember(self, report: Report, reasons: dict[str, Any]) -> None:
        with self._puller.home.write() as work:
            work.keep(RECONCILED, report.at)
            work.keep(LAST, asdict(report))
            for key, value in reasons.items():
                if local_state.get(work.session, key) == value:  # else it happened again meanwhile
                    local_state.remove(work.session, key)


class _Check:
    """One look, from the first slice to the last repair."""

    def __init__(
        self,
        database: Database,
        remote: Remote,
        puller: Puller,
        breathe: IsOver,
        on_progress: OnProgress,
        may_write: bool,
    ) -> None:
        self._db = database
        self._remote = remote
        self._puller = puller
        self._breathe = breathe
        self._on_progress = on_progress
        self._resealer = Resealer(puller.home, remote, may_write)
        self._tally = Tally()
        self._repair = Repair()
        self.report = Report()

    def run(self) -> None:
        self._survey()
        self._ask_unsure()
        total = self._remote.summary(0, BUCKETS)
        self.report.at = total.read_time
        ranges = list(self._search(0, BUCKETS, total))
        if ranges:
            self._examine(_joined(ranges))
        if self._tally.unqueued:
            with self._puller.home.write(LABEL) as work:
                self._repair.add(requeue_unqueued(work, self._tally.unqueued))
        with self._puller.home.write(LABEL) as work:
            recount_stock(work)
        self._conclude()

    def _survey(self) -> None:
        with self._db.read() as session:
            known = count_known(session)
        done = 0
        for count in survey(self._db, self._tally):
            done += count
            self._on_progress(done, max(known, done))
            self._pause()
        self.report.compared = self._tally.total

    def _ask_unsure(self) -> None:
        """Unsent changes are no fault: such a record counts as the cloud has it, which costs a read each."""
        for keys in _chunks(self._tally.unsure):
            with self._db.read() as session:
                known = {key: state.version for key, state in load_known(session, keys).items() if state.version}
            for document in self._asked(keys, known):
                if document.bucket is not None and document.digest is not None:
                    self._tally.put(document.bucket % BUCKETS, document.digest)
            self._pause()

    def _search(self, low: int, high: int, cloud: Summary) -> Iterator[Range]:
        """The ranges of buckets that hold a difference. Only left halves are asked for: the rest is what is left."""
        count, digest = self._tally.range(low, high)
        if (cloud.count, cloud.digest) == (count, digest):
            return
        if high - low == 1 or max(cloud.count, count) <= _FEW:
            yield (low, high)
            return
        self._pause()
        middle = (low + high) // 2
        left = self._remote.summary(low, middle)
        yield from self._search(low, middle, left)
        yield from self._search(middle, high, Summary(cloud.count - left.count, cloud.digest - left.digest))

    def _examine(self, ranges: Sequence[Range]) -> None:
        buckets = {bucket for low, high in ranges for bucket in range(low, high)}
        known: dict[Key, str] = {}  # before the cloud is asked, so that what it has older is older indeed
        for part in versions(self._db, buckets):
            known |= part
            self._pause()
        unseen = set(known)
        for low, high in ranges:
            found = cast(Generator[Page, None, None], self._remote.bucket(low, high, _PAGE))
            with closing(found) as pages:
                for page in pages:
                    self._compare(page.documents, known)
                    unseen -= {document.key for document in page.documents}
                    self._pause()
        self._look_for(unseen, known)

    def _look_for(self, unseen: set[Key], known: dict[Key, str]) -> None:
        """What is in none of these buckets: asked for by name, for another program can have left out the bucket."""
        with self._db.read() as session:
            is_sure = len(unseen) > _ASKED_BY_NAME and not local_state.get(session, horizon.BEYOND)
        # What names others goes first, so that these are no longer named when their turn comes.
        for keys in _chunks(sorted(unseen, key=lambda key: (-kind_rank(key[0]), key))):
            if is_sure:  # a restored project: each is created anew, and a document that is there after all stops that
                self._settle({key: known[key] for key in keys})
            else:
                self._compare(self._asked(keys, known), known)
            self._pause()

    def _asked(self, keys: Sequence[Key], known: dict[Key, str]) -> list[RemoteDocument]:
        """The documents of these names, applied if they are news. What the cloud has no longer is settled."""
        found = self._remote.get(keys)
        documents = [document for document in found.values() if document is not None]
        self._repair.conflicts += self._puller.apply(documents).conflicts
        self._settle({key: known[key] for key in keys if found[key] is None and key in known})
        return documents

    def _settle(self, gone: dict[Key, str]) -> None:
        if gone:
            with self._puller.home.write(LABEL) as work:
                self._repair.add(settle_missing(work, gone, horizon.is_beyond(work)))

    def _compare(self, documents: Sequence[RemoteDocument], known: dict[Key, str]) -> None:
        incoming = [codec.incoming(document) for document in documents]
        with self._db.read() as session:
            suspects = differing(session, incoming)
        for start in range(0, len(suspects), _MENDED_AT_ONCE):
            with self._puller.home.write(LABEL) as work:
                self._repair.add(mend(work, suspects[start : start + _MENDED_AT_ONCE], known))
            self._pause()
        # What is sent again gets its digest with that.
        self._resealer.look([document for document in documents if document.key not in self._repair.requeued])

    def _conclude(self) -> None:
        repair, report = self._repair, self.report
        report.fetched, report.restored = len(repair.fetched), len(repair.restored)
        report.requeued, report.removed = len(repair.requeued), len(repair.removed)
        report.resealed, report.conflicts = len(self._resealer.done), repair.conflicts
        report.repaired = len(repair.keys | self._resealer.done)
        report.is_clean = not (repair.left or self._resealer.left)
        report.is_complete = True
        self._on_progress(report.compared, report.compared)

    def _pause(self) -> None:
        if self._breathe():
            raise _Stopped


def _chunks(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    return (keys[start : start + _ASKED] for start in range(0, len(keys), _ASKED))


def _joined(ranges: Sequence[Range]) -> list[Range]:
    """Neighbours as one."""
    joined: list[Range] = []
    for low, high in ranges:
        if joined and joined[-1][1] == low:
            joined[-1] = (joined[-1][0], high)
        else:
            joined.append((low, high))
    return joined
