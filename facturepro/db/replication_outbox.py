"""What this computer has to send: in which order, what is kept back, what was acknowledged."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from facturepro.db import catalog
from facturepro.db.replication_records import WITNESS, Key, LocalRecord, load_known, raw, raw_many, store_known
from facturepro.db.replication_stamps import Raiser
from facturepro.db.replication_values import kind_rank, line_shape, parent_column, record_shape
from facturepro.db.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Sent:
    """A record whose ``clock`` entries the cloud has in ``version``; ``through``: the last outbox stamp sent."""

    kind: str
    id: str
    clock: dict[str, str]
    version: str
    through: str

    @property
    def key(self) -> Key:
        return (self.kind, self.id)


@dataclass(frozen=True, slots=True)
class Queued:
    """A record in the queue, for the page that shows it. ``reason``: why the cloud refused it, else empty."""

    kind: str
    id: str
    since: str
    reason: str = ""


def pending_units(session: Session) -> list[list[Key]]:
    """Records to send, oldest first, those of one local transaction together in one unit.

    Changes of one record coalesce, so transactions that share a record form one unit. Quarantined records and what
    cannot exist in the cloud without them are left out.
    """
    rows = raw(session, "SELECT stamp, kind, record_id, quarantined_for FROM outbox ORDER BY stamp").all()
    latest = {(kind, record_id): reason for _stamp, kind, record_id, reason in rows}
    refused = {key for key, reason in latest.items() if reason is not None}
    left_out = refused | _dependants(session, refused) if refused else refused
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
            root[find(key)] = find(stamp)
    units: dict[str | Key, list[Key]] = {}
    for key in first:  # in the order of their oldest change
        units.setdefault(find(key), []).append(key)
    for unit in units.values():
        if len(unit) > 1:
            unit.sort(key=lambda key: (kind_rank(key[0]), first[key], key[1]))
    return list(units.values())


def _dependants(session: Session, refused: Iterable[Key]) -> set[Key]:
    """Records that name, directly or not, a refused record that the cloud has never had."""
    states = load_known(session, refused)
    found: set[Key] = set()
    front = {key for key in refused if key not in states or states[key].version is None}
    while front:
        following: set[Key] = set()
        for entity in catalog.entities():
            shape, lines = record_shape(entity.kind), line_shape(entity.kind)
            for table, owner, references in ((shape, "id", shape.references),) + (
                ((lines, parent_column(entity.kind), lines.references),) if lines else ()
            ):
                for reference in references:
                    ids = json.dumps([record_id for kind, record_id in front if kind == reference.kind])
                    statement = (
                        f"SELECT {owner} FROM {table.table} WHERE {reference.field} IN (SELECT value FROM json_each(?))"
                    )
                    following |= {(entity.kind, row[0]) for row in raw(session, statement, ids)}
        front = following - found
        found |= front
    return found


def count_pending(session: Session) -> int:
    """Records with changes that the cloud does not have."""
    return int(raw(session, "SELECT COUNT(*) FROM (SELECT DISTINCT kind, record_id FROM outbox)").scalar_one())


def count_quarantined(session: Session) -> int:
    statement = "SELECT COUNT(*) FROM (SELECT DISTINCT kind, record_id FROM outbox WHERE quarantined_for IS NOT NULL)"
    return int(raw(session, statement).scalar_one())


def queued(session: Session, limit: int = 500) -> list[Queued]:
    statement = (
        "SELECT kind, record_id, MIN(stamp), MAX(stamp), quarantined_for FROM outbox GROUP BY kind, record_id "
        "ORDER BY 3 LIMIT ?"
    )  # with MAX(), SQLite takes the bare column from the row of the latest stamp
    return [Queued(row[0], row[1], row[2], row[4] or "") for row in raw(session, statement, limit)]


def unsent_kinds(session: Session, keys: Iterable[Key]) -> set[Key]:
    """Which of these records wait to be sent: the chip of a document."""
    found: set[Key] = set()
    for kind, record_id in keys:
        if raw(session, "SELECT 1 FROM outbox WHERE kind = ? AND record_id = ? LIMIT 1", kind, record_id).first():
            found.add((kind, record_id))
    return found


def acknowledge(work: UnitOfWork, sent: Sequence[Sent]) -> None:
    """The cloud has these: they leave the queue unless they changed again meanwhile."""
    session = work.session
    states = load_known(session, [one.key for one in sent])
    for one in sent:
        known = states.get(one.key)
        if known is None or (known.version is not None and known.version >= one.version):
            states.pop(one.key, None)  # another process of this computer was quicker
            continue
        known.base.update(one.clock)
        known.clock.update({entry: stamp for entry, stamp in one.clock.items() if entry.startswith(WITNESS)})
        known.version = one.version
    store_known(session, states)
    through = {one.key: one.through for one in sent}
    clear_sent(session, {key: (known.dirty != frozenset(), through[key]) for key, known in states.items()})
    work.touch()


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
    return any(record.known.base.get(group, "") > stamp for group, stamp in record.known.clock.items())


def quarantine(work: UnitOfWork, key: Key, reason: str) -> None:
    """The cloud cannot take this record as it is. It is tried again once it is changed, or released."""
    raw(
        work.session,
        "UPDATE outbox SET quarantined_for = ?, attempts = attempts + 1 WHERE kind = ? AND record_id = ?",
        reason,
        *key,
    )
    work.touch()


def release(work: UnitOfWork) -> None:
    """Try everything again that was quarantined."""
    raw(work.session, "UPDATE outbox SET quarantined_for = NULL WHERE quarantined_for IS NOT NULL")
    work.touch()


def requeue_all(work: UnitOfWork) -> None:
    """Forget what a former cloud had, so that another one receives every record."""
    session = work.session
    raw(session, "UPDATE record_state SET base = '{}', version = NULL")
    raw(
        session,
        "INSERT OR IGNORE INTO outbox (stamp, kind, record_id) SELECT "
        "(SELECT MAX(value) FROM json_each(clock)), kind, record_id FROM record_state",
    )
    raw(session, "DELETE FROM pending_remote")
    raw(session, "DELETE FROM local_state WHERE key IN ('cursor', 'resume_token')")
    work.touch()
