"""Every synchronised record as one line of canonical JSON: computers that have converged print the same bytes."""

import hashlib
from collections.abc import Iterator

from sqlalchemy.orm import Session

from facturepro.db import catalog
from facturepro.db.replication_decode import to_cloud
from facturepro.db.replication_quarantine import GIVEN_UP
from facturepro.db.replication_records import WITNESS, Incoming, LocalRecord, load, raw
from facturepro.db.replication_values import json_text, record_shape

_PAGE = 1000
_GIVEN_UP = "SELECT record_id FROM outbox WHERE kind = ? AND quarantined_for = ?"
"""Never sent, and not to be: no part of what computers have in common."""


def dump(session: Session) -> Iterator[str]:
    """Lines sorted by kind and id, without what was deleted and purged from the cloud. Records of a kind that this version does not know stand as they were received."""
    known = {entity.kind for entity in catalog.entities()}
    received = {row[0] for row in raw(session, "SELECT DISTINCT kind FROM pending_remote")}
    for kind in sorted(known | received):
        yield from (_known_kind if kind in known else _unknown_kind)(session, kind)


def _known_kind(session: Session, kind: str) -> Iterator[str]:
    table, after = record_shape(kind).table, ""
    while True:
        statement = f"SELECT id FROM {table} WHERE id > ? AND id NOT IN ({_GIVEN_UP}) ORDER BY id LIMIT {_PAGE}"
        ids = [row[0] for row in raw(session, statement, after, kind, GIVEN_UP)]
        records = load(session, [(kind, record_id) for record_id in ids])
        found = (records[(kind, record_id)] for record_id in ids)
        yield from (_line(record) for record in found if not record.is_forgotten)
        if len(ids) < _PAGE:
            return
        after = ids[-1]


def _line(record: LocalRecord) -> str:
    extra = record.known.extra
    fields, lines = to_cloud(record.kind, record.fields, record.lines, extra)
    return json_text(
        extra.keys
        | {
            "kind": record.kind,
            "id": record.id,
            "fields": fields,
            "lines": lines,
            "clock": _groups(record.known.clock),
            "deleted": record.is_deleted,
        }
    )


def _unknown_kind(session: Session, kind: str) -> Iterator[str]:
    for (text,) in raw(session, "SELECT document FROM pending_remote WHERE kind = ? ORDER BY record_id", kind):
        document = Incoming.parse(text)
        values = {name: getattr(document, name) for name in ("kind", "id", "fields", "deleted")}
        lines = {line_id: line for line_id, line in document.lines.items() if line is not None}
        yield json_text(document.extra | values | {"lines": lines, "clock": _groups(document.clock)})


def _groups(clock: dict[str, str]) -> dict[str, str]:
    return {group: stamp for group, stamp in clock.items() if not group.startswith(WITNESS)}


def digest_of(lines: Iterator[str]) -> str:
    """SHA-256 of a dump: a short answer to whether two computers hold the same."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()
