"""What this computer has to send: in which order, what is kept back, what was acknowledged."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from facturepro.db import catalog
from facturepro.db.models import Conflict
from facturepro.db.replication_merge import ISSUE
from facturepro.db.replication_quarantine import GIVEN_UP, dependants, release
from facturepro.db.replication_records import (
    IN_JSON,
    WITNESS,
    Key,
    LocalRecord,
    by_kind,
    forget_replaced,
    is_known,
    load_known,
    raw,
    raw_many,
    store_known,
)
from facturepro.db.replication_stamps import Raiser
from facturepro.db.replication_values import kind_rank
from facturepro.db.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Sent:
    """A record whose ``clock`` entries the cloud has in ``version``; ``through``: the last outbox stamp sent.

    ``clock_text``: the stored clock as it was read, when the cloud now has all of it; else empty.
    """

    kind: str
    id: str
    clock: dict[str, str]
    version: str
    through: str
    clock_text: str = ""

    @property
    def key(self) -> Key:
        return (self.kind, self.id)


@dataclass(frozen=True, slots=True)
class Queued:
    """A record in the queue, for people. ``since``: stamp of its first unsent change; ``reason``: why the cloud refused
    it, else empty; ``title``: what names it."""

    kind: str
    id: str
    since: str
    attempts: int = 0
    reason: str = ""
    title: str = ""

    @property
    def key(self) -> Key:
        return (self.kind, self.id)


def pending_units(session: Session) -> list[list[Key]]:
    """Records to send, oldest first, those of one local transaction together in one unit.

    Changes of one record coalesce, so transactions that share a record form one unit; an entry of the journal goes with
    the record that it is about. Quarantined records and what cannot exist in the cloud without them are left out.
    """
    rows = raw(session, "SELECT stamp, kind, record_id, quarantined_for FROM outbox ORDER BY stamp").all()
    about = dict(_found(session))
    latest = {(kind, record_id): reason for _stamp, kind, record_id, reason in rows}
    refused = {key for key, reason in latest.items() if reason is not None}
    left_out = refused | dependants(session, refused) if refused else refused
    root: dict[str | Key, str | Key] = {}

    def find(node: str | Key) -> str | Key:
        while (above := root.setdefault(node, node)) != node:
            root[node] = node = root[above]
        return node

    first: dict[Key, str] = {}
    for stamp, kind, record_id, _reason in rows:
        key = (kind, record_id)
        if key not in left_out:
            first.setdefault(key, stamp)
            root[find(key)] = find(about.get(key, stamp))
    units: dict[str | Key, list[Key]] = {}
    for key in first:  # in the order of their oldest change
        units.setdefault(find(key), []).append(key)
    for unit in units.values():
        if len(unit) > 1:
            unit.sort(key=lambda key: (key not in about, kind_rank(key[0]), first[key], key[1]))
    return list(units.values())


def _found(session: Session) -> list[tuple[Key, Key]]:
    """Entries of the journal that nobody has settled, each with the record that it is about: what lost goes out before
    the record, or with it, never after. A restored copy sends changes under its original's name: the original takes what it
    made before them for arrived, and only the entry says that it lost. One of a double issue goes with the new document."""
    statement = (
        "SELECT c.id, c.record_kind, c.record_id FROM conflict AS c WHERE c.resolved_at IS NULL AND c.merge_group <> ? "
        "AND c.id IN (SELECT record_id FROM outbox WHERE kind = 'conflict')"
    )
    return [((Conflict.kind, row[0]), (row[1], row[2])) for row in raw(session, statement, ISSUE)]


def count_pending(session: Session) -> int:
    """Records with changes that the cloud does not have."""
    statement = "SELECT COUNT(*) FROM (SELECT DISTINCT kind, record_id FROM outbox WHERE quarantined_for IS NOT ?)"
    return int(raw(session, statement, GIVEN_UP).scalar_one())


def count_quarantined(session: Session) -> int:
    statement = "SELECT COUNT(*) FROM (SELECT DISTINCT kind, record_id FROM outbox WHERE quarantined_for <> ?)"
    return int(raw(session, statement, GIVEN_UP).scalar_one())


def queued(session: Session, limit: int = 500, only_refused: bool = False) -> list[Queued]:
    """What waits to be sent, oldest first; ``only_refused``: what the cloud refused."""
    statement = (
        "SELECT o.kind, o.record_id, o.since, o.attempts, last.quarantined_for FROM (SELECT kind, record_id, "
        "MIN(stamp) AS since, MAX(stamp) AS latest, MAX(attempts) AS attempts FROM outbox GROUP BY kind, record_id) AS o "
        "JOIN outbox AS last ON last.stamp = o.latest AND last.kind = o.kind AND last.record_id = o.record_id "
        "WHERE last.quarantined_for IS NOT ? AND (? = 0 OR last.quarantined_for IS NOT NULL) ORDER BY o.since LIMIT ?"
    )
    rows = raw(session, statement, GIVEN_UP, int(only_refused), limit).all()
    named = titles(session, [(row[0], row[1]) for row in rows])
    return [
        Queued(kind, record_id, since, attempts, reason or "", named.get((kind, record_id), ""))
        for kind, record_id, since, attempts, reason in rows
    ]


_NAMED_BY = {
    "invoice": "COALESCE(NULLIF(number, ''), client_name)",
    "payment": "(SELECT number FROM invoice WHERE invoice.id = payment.invoice_id)",
    "stock_movement": "(SELECT name FROM product WHERE product.id = stock_movement.product_id)",
}
"""What has no name of its own yet, or never, is named by what it is about."""


def titles(session: Session, keys: Iterable[Key]) -> dict[Key, str]:
    """What names these records to people, with one statement per kind."""
    found: dict[Key, str] = {}
    for kind, ids in by_kind(key for key in keys if is_known(key[0])).items():
        entity = catalog.entity(kind)
        words = _NAMED_BY.get(kind, entity.model.title_field)
        statement = f"SELECT id, {words} FROM {entity.table.name} WHERE id {IN_JSON}"
        found |= {(kind, row[0]): str(row[1] or "") for row in raw(session, statement, json.dumps(ids))}
    return found


def is_waiting(session: Session, kind: str, record_id: str) -> bool:
    """Is a change of this record unsent? The chip of a document."""
    statement = "SELECT 1 FROM outbox WHERE kind = ? AND record_id = ? AND quarantined_for IS NOT ? LIMIT 1"
    return raw(session, statement, kind, record_id, GIVEN_UP).first() is not None


def is_refused(session: Session, kind: str, record_id: str) -> bool:
    """Does the cloud not take this record as it is?"""
    statement = (
        "SELECT 1 FROM outbox WHERE kind = ? AND record_id = ? AND quarantined_for IS NOT NULL AND quarantined_for <> ?"
    )
    return raw(session, statement, kind, record_id, GIVEN_UP).first() is not None


def acknowledge(work: UnitOfWork, sent: Sequence[Sent]) -> None:
    """The cloud has these: they leave the queue unless they changed again meanwhile."""
    unchanged = _unchanged(work.session, sent)
    raw_many(
        work.session,
        "UPDATE record_state SET base = clock, version = ? WHERE kind = ? AND record_id = ?",
        [(one.version, *one.key) for one in unchanged],
    )
    clear_sent(work.session, {one.key: (False, "") for one in unchanged})
    settled = {one.key for one in unchanged}
    _acknowledge_changed(work.session, [one for one in sent if one.key not in settled])
    work.touch()


def _unchanged(session: Session, sent: Sequence[Sent]) -> list[Sent]:
    """Those whose clock still reads as it was sent, all of it: nearly always all, and nothing needs to be merged."""
    now: dict[Key, tuple[str, str | None]] = {}
    for kind, ids in by_kind(one.key for one in sent if one.clock_text).items():
        # What a newer version put into a document may have been replaced by what was sent.
        statement = f"SELECT record_id, clock, version FROM record_state WHERE kind = ? AND record_id {IN_JSON} AND extra IS NULL"
        for record_id, clock, version in raw(session, statement, kind, json.dumps(ids)).all():
            now[(kind, record_id)] = (clock, version)
    found = []
    for one in sent:
        clock, version = now.get(one.key, ("", None))
        if one.clock_text and clock == one.clock_text and (version is None or version < one.version):
            found.append(one)
    return found


def _acknowledge_changed(session: Session, sent: Sequence[Sent]) -> None:
    states = load_known(session, [one.key for one in sent])
    for one in sent:
        known = states.get(one.key)
        if known is None or (known.version is not None and known.version >= one.version):
            states.pop(one.key, None)  # another process of this computer was quicker
            continue
        if known.extra:
            forget_replaced(one.kind, known.extra, one.clock)
        known.base.update(one.clock)
        known.clock.update({entry: stamp for entry, stamp in one.clock.items() if entry.startswith(WITNESS)})
        known.version = one.version
        if known.extra.absent:
            known.extra.written(one.kind, one.clock)
    store_known(session, states)
    through = {one.key: one.through for one in sent}
    clear_sent(session, {key: (known.dirty != frozenset(), through[key]) for key, known in states.items()})


def clear_sent(session: Session, records: dict[Key, tuple[bool, str]]) -> None:
    """``records``: key -> (is still dirty, stamp up to which it was sent)."""
    clean = [key for key, (is_dirty, _through) in records.items() if not is_dirty]
    raw_many(session, "DELETE FROM outbox WHERE kind = ? AND record_id = ?", clean)
    rest = [(*key, through) for key, (is_dirty, through) in records.items() if is_dirty and through]
    raw_many(session, "DELETE FROM outbox WHERE kind = ? AND record_id = ? AND stamp <= ?", rest)
    lost = [(through or "", *key) for key, (is_dirty, through) in records.items() if is_dirty]
    # A dirty record is always in the queue, whatever order things happened in.
    raw_many(
        session,
        "INSERT INTO outbox (stamp, kind, record_id) SELECT coalesce(nullif(?1, ''), '0'), ?2, ?3 "
        "WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE kind = ?2 AND record_id = ?3)",
        lost,
    )


def drop_clean(work: UnitOfWork, keys: Iterable[Key]) -> None:
    """Take out of the queue what the cloud has already (another process of this computer sent it)."""
    states = load_known(work.session, keys)
    clear_sent(work.session, {key: (False, "") for key, known in states.items() if not known.dirty and known.version})
    work.touch()


def raise_stamps(work: UnitOfWork, keys: Iterable[Key]) -> None:
    """Put unsent changes above the stamps they replace (see Raiser)."""
    raiser = Raiser(work.session)
    states = load_known(work.session, keys)
    changed = {key: known for key, known in states.items() if raiser.raise_unsent(known.clock, known.base)}
    store_known(work.session, changed)
    work.touch()


def needs_raising(record: LocalRecord) -> bool:
    base = record.known.base
    return bool(base) and any(base.get(group, "") > stamp for group, stamp in record.known.clock.items())


def requeue_all(work: UnitOfWork) -> None:
    """Forget what a former cloud had and refused, so that another one receives every record."""
    session = work.session
    raw(session, "UPDATE record_state SET base = '{}', version = NULL")
    raw(
        session,
        "INSERT OR IGNORE INTO outbox (stamp, kind, record_id) SELECT "
        "(SELECT MAX(value) FROM json_each(clock)), kind, record_id FROM record_state",
    )
    raw(session, "DELETE FROM pending_remote")
    forgotten = ("cursor", "resume_token", "reading", "reconcile_due", "beyond_horizon", "devices", "devices_told")
    raw(session, f"DELETE FROM local_state WHERE key {IN_JSON}", json.dumps(forgotten))
    release(work)
