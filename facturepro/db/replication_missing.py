"""Records that the cloud once had and has no longer: sent again, or deleted here as they were there.

Nothing here talks to the cloud: the caller has asked it.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from facturepro.db import catalog, references
from facturepro.db.models import Conflict
from facturepro.db.replication_conflicts import Finding, write_findings
from facturepro.db.replication_decode import is_append_only
from facturepro.db.replication_merge import DELETED, is_issued, split_groups
from facturepro.db.replication_outbox import clear_sent
from facturepro.db.replication_records import Key, LocalRecord, by_kind, load, raw, raw_many, store_known
from facturepro.db.replication_repair import Repair, Versions, unqueue
from facturepro.db.replication_values import record_shape, tables_of
from facturepro.db.types import Instant
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.domain.clock import default_stamp, is_default
from facturepro.domain.merge import Loser


def settle_missing(work: UnitOfWork, missing: Versions, is_beyond: bool) -> Repair:
    """Records that the cloud once had and has no longer.

    They are sent again (the project was restored, or somebody deleted the document by hand), unless this computer was
    away beyond the horizon: then they were deleted there, and are deleted here, with unsent changes in the journal.
    What can never be deleted (issued, appended, referred to by those) is sent again in any case. A record that is
    deleted here is forgotten, and so is what waited to be applied.

    Args:
        missing: the versions known here before the cloud was asked; a record that moved since is left alone.
    """
    session, repair = work.session, Repair()
    raw_many(session, "DELETE FROM pending_remote WHERE kind = ? AND record_id = ? AND version = ?", _rows(missing))
    found = load(session, list(missing))
    here = {key: record for key, record in found.items() if record.known.version == missing[key]}
    alive = {key: record for key, record in here.items() if not record.is_deleted}
    dead = {key: record for key, record in alive.items() if is_beyond and not _is_for_good(session, record)}
    named = _still_named(session, dead)
    repair.requeued, repair.removed = alive.keys() - dead.keys(), set(dead)
    _forget(session, {key: record for key, record in here.items() if key not in alive})
    _requeue(work, {key: alive[key] for key in repair.requeued})
    repair.conflicts = _delete(work, dead)
    _requeue(work, load(session, list(named)))
    orphans = [(*key, version) for key, version in missing.items() if key not in found]
    raw_many(session, "DELETE FROM record_state WHERE kind = ? AND record_id = ? AND version = ?", orphans)
    work.touch()
    return repair


def _rows(versions: Versions) -> list[tuple[Any, ...]]:
    return [(*key, version) for key, version in versions.items()]


def requeue_unqueued(work: UnitOfWork, keys: Sequence[Key]) -> Repair:
    """Records that the cloud lacks and that are in no queue, if that is still so."""
    records = {
        key: record
        for key, record in load(work.session, keys).items()
        if not record.through and (record.known.dirty or record.known.version is None)
    }
    whole = {key: record for key, record in records.items() if record.known.version is None}
    _requeue(work, whole)
    clear_sent(work.session, dict.fromkeys(records.keys() - whole.keys(), (True, "")))
    work.touch()
    return Repair(requeued=set(records))


def _is_for_good(session: Session, record: LocalRecord) -> bool:
    if is_append_only(record.kind) or is_issued(record) or catalog.entity(record.kind).model.is_singleton:
        return True
    return references.is_used_by_issued(session, record.kind, record.id)


def _forget(session: Session, records: Mapping[Key, LocalRecord]) -> None:
    """Gone there and deleted here: nothing is left to send. Restoring such a record sends it whole."""
    for record in records.values():
        record.known.base, record.known.version = dict(record.known.clock), None
    store_known(session, {key: record.known for key, record in records.items()})
    unqueue(session, records)


def _requeue(work: UnitOfWork, records: Mapping[Key, LocalRecord]) -> None:
    """The cloud has nothing of these: each is created whole."""
    for record in records.values():
        groups = split_groups(record.kind, record.fields, record.lines)
        record.known.clock = dict.fromkeys(groups, work.stamp) | record.known.clock
        record.known.base, record.known.version = {}, None
    store_known(work.session, {key: record.known for key, record in records.items()})
    rows = [(max(record.known.clock.values()), *key) for key, record in records.items()]
    raw_many(work.session, "INSERT OR IGNORE INTO outbox (stamp, kind, record_id) VALUES (?, ?, ?)", rows)


def _delete(work: UnitOfWork, records: Mapping[Key, LocalRecord]) -> int:
    """Mark these deleted without telling the cloud, which knows. Answers how many entries went into the journal."""
    findings: list[Finding] = []
    for record in records.values():
        if record.kind != Conflict.kind:
            findings += _unsent(work, record)
    for kind, ids in by_kind(records).items():
        model = catalog.entity(kind).model
        for record_id in ids:
            row = work.get(model, record_id)
            assert row is not None
            row.deleted_at = work.now
    work.flush()
    for record in records.values():
        # Nobody typed this deletion: who brings the record back, before or after, knows better.
        record.known.clock[DELETED] = default_stamp(work.device)
    _forget(work.session, records)
    return write_findings(work, findings)


def _unsent(work: UnitOfWork, record: LocalRecord) -> list[Finding]:
    groups = sorted(group for group in record.known.dirty if not is_default(record.known.clock[group]))
    if not groups:
        return []
    values, clock = split_groups(record.kind, record.fields, record.lines), record.known.clock
    losers = [Loser(g, {} if values.get(g) else None, values.get(g), work.stamp, clock[g]) for g in groups]
    edited = max(clock[group] for group in groups)
    now = Instant().process_bind_param(work.now, work.session.get_bind().dialect)
    losers.append(Loser(DELETED, {"deleted_at": now}, {"deleted_at": None}, work.stamp, edited))
    return [Finding(record.kind, record.id, loser) for loser in losers]


def _still_named(session: Session, dead: Collection[Key]) -> set[Key]:
    """Of these, the ones that a living record names: the cloud needs them as deleted records, or it could not arrive."""
    edges = [edge for entity in catalog.entities() for edge in _edges(session, entity.kind, dead)] if dead else []
    needed: set[Key] = set()
    while more := {target for owner, target in edges if owner not in dead or owner in needed} - needed:
        needed |= more
    return needed


def _edges(session: Session, kind: str, targets: Iterable[Key]) -> list[tuple[Key, Key]]:
    """(record of this kind that is not deleted, record it names)."""
    shape = record_shape(kind)
    found, ids = [], by_kind(targets)
    for source, owner in tables_of(kind):
        for reference in source.references:
            statement = (
                f"SELECT {owner}, {reference.field} FROM {source.table} "
                f"WHERE {reference.field} IN (SELECT value FROM json_each(?)) "
                f"AND {owner} IN (SELECT id FROM {shape.table} WHERE deleted_at IS NULL)"
            )
            rows = raw(session, statement, json.dumps(ids.get(reference.kind, [])))
            found += [((kind, row[0]), (reference.kind, row[1])) for row in rows]
    return found
