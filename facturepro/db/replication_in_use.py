"""A deletion that meets an issued document elsewhere: what legal documents name is archived, never deleted."""

import json
from collections.abc import Iterable

from facturepro.db import catalog, references
from facturepro.db.replication_conflicts import Finding
from facturepro.db.replication_merge import DELETED
from facturepro.db.replication_records import Key, by_kind, load_known, raw
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.domain.merge import Loser

_KINDS = frozenset({"client", "product", "warehouse"})


def archive_used(work: UnitOfWork, keys: Iterable[Key]) -> list[Finding]:
    """Take those of these records out of the bin that an issued document, a payment or a movement names, and archive
    them. That is a change of this computer like any other; two that make it at once make the same one. The findings
    tell who deleted what is in use."""
    found: list[Finding] = []
    for kind, ids in by_kind(key for key in keys if key[0] in _KINDS).items():
        table = catalog.entity(kind).table.name
        deleted = f"SELECT id FROM {table} WHERE deleted_at IS NOT NULL AND id IN (SELECT value FROM json_each(?))"
        rows = raw(work.session, deleted, json.dumps(sorted(set(ids)))).all()
        used = [row[0] for row in rows if references.is_used_by_issued(work.session, kind, row[0])]
        found += [_archive(work, kind, record_id) for record_id in used]
    return found


def _archive(work: UnitOfWork, kind: str, record_id: str) -> Finding:
    stamp = load_known(work.session, [(kind, record_id)])[(kind, record_id)].clock.get(DELETED, work.stamp)
    table = catalog.entity(kind).table.name
    [(deleted_at,)] = raw(work.session, f"SELECT deleted_at FROM {table} WHERE id = ?", record_id).all()
    work.as_origin("local")
    raw(work.session, f"UPDATE {table} SET deleted_at = NULL, is_archived = 1 WHERE id = ?", record_id)
    work.as_origin("remote")
    loser = Loser(DELETED, {"deleted_at": None}, {"deleted_at": deleted_at}, work.stamp, stamp)
    return Finding(kind, record_id, loser)
