"""A cloud document read with the declarations: raw values, what is unknown, what it refers to."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from facturepro.db import catalog
from facturepro.db.replication_merge import RemoteState
from facturepro.db.replication_records import Extra, Incoming, Key, by_kind, raw
from facturepro.db.replication_stamps import is_stamp
from facturepro.db.replication_values import InvalidDocument, line_shape, record_shape


def decode(document: Incoming) -> RemoteState:
    """Raises InvalidDocument when a value does not fit its column."""
    _check_outline(document)
    own = record_shape(document.kind)
    fields, unknown = own.to_raw(document.fields)
    extra = Extra(unknown, {}, document.extra)
    if absent := [name for name in own.telling if name not in document.fields]:
        extra.absent[""] = absent
    lines: dict[str, dict[str, Any]] = {}
    shape = line_shape(document.kind)
    for line_id, line in document.lines.items():
        if line is None:
            continue
        if shape is None:
            raise InvalidDocument(f"{document.kind} has no lines in this version")
        lines[line_id], unknown = shape.to_raw(line)
        if unknown:
            extra.lines[line_id] = unknown
        if absent := [name for name in shape.telling if name not in line]:
            extra.absent[line_id] = absent
    return RemoteState(fields, lines, document.clock, extra)


_ODD = re.compile(r"[\x00-\x1f\"\\]")
"""Characters of an id that the paths of SQLite's JSON functions cannot name: its lines could never be changed."""


def _check_outline(document: Incoming) -> None:
    """What the merge relies on before it looks at values. Raises InvalidDocument."""
    if not document.id or len(document.id) > 1500:
        raise InvalidDocument("an id of an impossible length")
    stamps = document.clock.values()
    if set(map(type, stamps)) - {str} or not all(map(is_stamp, set(stamps))):  # many groups share one
        raise InvalidDocument("a stamp that is none")
    if _ODD.search("".join(document.clock)):
        raise InvalidDocument("a group name that cannot be used")
    for line_id, line in document.lines.items():
        if not line_id or _ODD.search(line_id) or not (line is None or isinstance(line, dict)):
            raise InvalidDocument("a line that is none")


def references(kind: str, remote: RemoteState) -> set[Key]:
    """The records that must be there before this one."""
    shape, lines = record_shape(kind), line_shape(kind)
    named = {(r.kind, remote.fields[r.field]) for r in shape.references if remote.fields[r.field]}
    if lines is not None and lines.references:
        named |= {(r.kind, line[r.field]) for r in lines.references for line in remote.lines.values() if line[r.field]}
    return named


def existing(session: Session, keys: Iterable[Key]) -> set[Key]:
    found: set[Key] = set()
    for kind, ids in by_kind(keys).items():
        table = catalog.entity(kind).table.name
        statement = f"SELECT id FROM {table} WHERE id IN (SELECT value FROM json_each(?))"
        found |= {(kind, row[0]) for row in raw(session, statement, json.dumps(ids))}
    return found


def is_append_only(kind: str) -> bool:
    return catalog.entity(kind).model.is_append_only


def to_cloud(
    kind: str, fields: Mapping[str, Any], lines: Mapping[str, Mapping[str, Any]], extra: Extra
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Fields and lines as the cloud has them, with what this version does not know."""
    shape, found = line_shape(kind), {}
    for line_id, line in lines.items():
        assert shape is not None
        found[line_id] = shape.to_cloud(line) | extra.lines.get(line_id, {})
    return record_shape(kind).to_cloud(fields) | extra.fields, found
