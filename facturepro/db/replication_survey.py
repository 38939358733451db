"""What this computer believes the cloud holds, in slices short enough that nobody waits for them."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from facturepro.db import catalog
from facturepro.db.database import Database
from facturepro.db.replication_digest import BUCKETS, bucket_of, document_digest
from facturepro.db.replication_records import Incoming, Key, load, raw
from facturepro.db.replication_values import record_shape
from facturepro.db.replication_view import cloud_view, digest_of, load_refused

SLICE = 250
"""Records per read transaction: some 20 ms."""
_VERSIONS = 5000


@dataclass(slots=True)
class Tally:
    """Counts and sums of digests by bucket; what cannot be told without asking.

    ``unsure``: records with unsent changes. ``unqueued``: records that the cloud lacks and that no queue holds.
    """

    counts: list[int] = field(default_factory=lambda: [0] * BUCKETS)
    sums: list[int] = field(default_factory=lambda: [0] * BUCKETS)
    unsure: list[Key] = field(default_factory=list)
    unqueued: list[Key] = field(default_factory=list)

    def add(self, record_id: str, digest: int) -> None:
        self.put(bucket_of(record_id), digest)

    def put(self, bucket: int, digest: int) -> None:
        self.counts[bucket] += 1
        self.sums[bucket] += digest

    def range(self, low: int, high: int) -> tuple[int, int]:
        """(count, sum of digests) of the buckets [low, high)."""
        return sum(self.counts[low:high]), sum(self.sums[low:high])

    @property
    def total(self) -> int:
        return sum(self.counts) + len(self.unsure)


def count_known(session: Session) -> int:
    return int(raw(session, "SELECT COUNT(*) FROM record_state").scalar_one())


def survey(database: Database, tally: Tally) -> Iterator[int]:
    """Fills the tally, a slice of records at a time; each one has its own read transaction."""
    for entity in catalog.entities():
        table, after = record_shape(entity.kind).table, ""
        while True:
            with database.read() as session:
                statement = f"SELECT id FROM {table} WHERE id > ? ORDER BY id LIMIT {SLICE}"
                ids = [row[0] for row in raw(session, statement, after)]
                _tally(session, [(entity.kind, record_id) for record_id in ids], tally)
            yield len(ids)
            if len(ids) < SLICE:
                break
            after = ids[-1]
    yield from _survey_pending(database, tally)


def _tally(session: Session, keys: list[Key], tally: Tally) -> None:
    records = load(session, keys)
    refused, ahead = load_refused(session, keys), _ahead(session, keys)
    for key, record in records.items():
        known = record.known
        if key in ahead:
            continue  # the cloud's document waits here verbatim: it is the one that counts
        if (known.dirty or known.version is None) and not record.through and not record.is_forgotten:
            tally.unqueued.append(key)
        if known.version is None:
            continue
        if known.dirty:
            tally.unsure.append(key)
        else:
            tally.add(record.id, digest_of(record, cloud_view(record, refused.get(key))))


_AHEAD = (
    "FROM pending_remote AS p LEFT JOIN record_state AS s USING (kind, record_id) "
    "WHERE (s.version IS NULL OR s.version < p.version)"
)


def _ahead(session: Session, keys: Collection[Key]) -> set[Key]:
    """Which of these wait in a newer version that could not be applied."""
    kinds = {kind for kind, _record_id in keys}
    found = {(k, row[0]) for k in kinds for row in raw(session, f"SELECT record_id {_AHEAD} AND p.kind = ?", k)}
    return found & set(keys)


def _survey_pending(database: Database, tally: Tally) -> Iterator[int]:
    after: Key = ("", "")
    while True:
        with database.read() as session:
            later = "AND (p.kind, p.record_id) > (?, ?) ORDER BY p.kind, p.record_id"
            statement = f"SELECT document {_AHEAD} {later} LIMIT {SLICE}"
            documents = [Incoming.parse(row[0]) for row in raw(session, statement, *after)]
        for document in documents:
            tally.add(document.id, document_digest(document))
        yield len(documents)
        if len(documents) < SLICE:
            return
        after = documents[-1].key


def versions(database: Database, buckets: Collection[int]) -> Iterator[dict[Key, str]]:
    """Versions of the cloud's documents that are known here, of records in these buckets, a slice at a time."""
    wanted, after = frozenset(buckets), ("", "")
    while True:
        with database.read() as session:
            statement = (
                "SELECT kind, record_id, version FROM record_state WHERE (kind, record_id) > (?, ?) "
                f"ORDER BY kind, record_id LIMIT {_VERSIONS}"
            )
            rows = raw(session, statement, *after).all()
            pending = raw(session, "SELECT kind, record_id, version FROM pending_remote").all() if not after[0] else []
        yield _inside(pending, wanted) | _inside(rows, wanted)
        if len(rows) < _VERSIONS:
            return
        after = (rows[-1][0], rows[-1][1])


def _inside(rows: Iterable[tuple[str, str, str | None]], buckets: frozenset[int]) -> dict[Key, str]:
    return {(kind, id): version for kind, id, version in rows if version and bucket_of(id) in buckets}
