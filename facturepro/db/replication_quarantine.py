"""Records that the cloud refused: put aside with the reason, so that they hold back only what cannot exist without them."""

import json
from collections.abc import Iterable

from sqlalchemy.orm import Session

from facturepro.db import catalog
from facturepro.db.replication_merge import ISSUE
from facturepro.db.replication_records import IN_JSON, Key, by_kind, load_known, raw, raw_many
from facturepro.db.replication_values import tables_of
from facturepro.db.unit_of_work import UnitOfWork

GIVEN_UP = "given up"
"""Reason of a record that the cloud never had and that a person gave up: it stays in the bin here, and is not sent."""
DOCUMENT = "document_id"
"""Field that names the document for which something was done, although it is no reference."""
UNREADABLE = "unreadable "
"""Begins the reason of a record whose version in the cloud cannot be applied here: ours must not be written over it."""


def quarantine(work: UnitOfWork, key: Key, reason: str) -> None:
    """The cloud cannot take this record as it is. It is tried again once it is changed, or released."""
    raw(
        work.session,
        "UPDATE outbox SET quarantined_for = ?, attempts = attempts + 1 WHERE kind = ? AND record_id = ?",
        reason,
        *key,
    )
    work.tell(*key)  # refused again for the same reason, nothing else says that the attempt is over


def release(work: UnitOfWork, key: Key | None = None) -> None:
    """Try a record again that was quarantined; without a key, all of them."""
    kind, record_id = key or (None, None)
    statement = "UPDATE outbox SET quarantined_for = NULL WHERE quarantined_for <> ?1 AND (?2 IS NULL OR (kind = ?2 AND record_id = ?3))"
    raw(work.session, statement, GIVEN_UP, kind, record_id)
    work.touch()


def readable_again(session: Session, keys: Iterable[Key]) -> None:
    """The cloud's version of these was applied: what was put aside because of it may go."""
    statement = "UPDATE outbox SET quarantined_for = NULL WHERE kind = ? AND record_id = ? AND substr(quarantined_for, 1, 11) = 'unreadable '"
    raw_many(session, statement, list(keys))


def dependants(session: Session, held: Iterable[Key]) -> set[Key]:
    """Records that name, directly or not, one of these that the cloud has never had; or a document whose issue it has not:
    sent before that, a payment would stay with what somebody else issues from the same draft."""
    states = load_known(session, held)
    found: set[Key] = set()
    front = {key for key in held if key not in states or states[key].version is None or ISSUE in states[key].dirty}
    while front:
        following: set[Key] = set()
        wanted = by_kind(front)
        for entity in catalog.entities():
            for table, owner in tables_of(entity.kind):
                named = [(reference.field, reference.kind) for reference in table.references]
                named += [(DOCUMENT, "invoice")] if DOCUMENT in table.names else []
                for field, kind in named:
                    if ids := wanted.get(kind):
                        statement = f"SELECT {owner} FROM {table.table} WHERE {field} {IN_JSON}"
                        following |= {(entity.kind, row[0]) for row in raw(session, statement, json.dumps(ids))}
        front = following - found
        found |= front
    return found
