"""What the cloud holds of a record, or will hold once its unsent groups are written, as far as this computer can tell.

It differs from the record itself where a document arrived incomplete (``Extra.absent``) and where content of a frozen or
append-only document was refused (``pending_remote``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from facturepro.db import catalog
from facturepro.db.replication_apply import FROZEN, PUT_ASIDE
from facturepro.db.replication_decode import to_cloud
from facturepro.db.replication_digest import record_digest
from facturepro.db.replication_merge import DELETED, is_line
from facturepro.db.replication_records import Incoming, Key, LocalRecord, by_kind, raw
from facturepro.db.replication_values import group_fields


@dataclass(frozen=True, slots=True)
class Refused:
    """The cloud's document, and the groups in which ours stays different."""

    document: Incoming
    groups: frozenset[str]


@dataclass(slots=True)
class View:
    fields: dict[str, Any]
    lines: dict[str, dict[str, Any]]
    clock: dict[str, str]
    is_deleted: bool


def load_refused(session: Session, keys: Iterable[Key]) -> dict[Key, Refused]:
    """What was refused of these records; hardly ever anything."""
    wanted = set(keys)
    found: dict[Key, Refused] = {}
    for kind in by_kind(wanted):
        statement = (
            "SELECT record_id, reason, document FROM pending_remote WHERE kind = ?1 "
            "AND (substr(reason, 1, length(?2)) = ?2 OR substr(reason, 1, length(?3)) = ?3)"
        )
        for record_id, reason, document in raw(session, statement, kind, FROZEN, PUT_ASIDE):
            if (kind, record_id) in wanted:
                groups = frozenset(reason.removeprefix(FROZEN).removeprefix(PUT_ASIDE).split(", "))
                found[(kind, record_id)] = Refused(Incoming.parse(document), groups)
    return found


def cloud_view(record: LocalRecord, refused: Refused | None = None) -> View:
    """The document at ``known.version`` with the dirty groups; all of the record when the cloud never had it."""
    known = record.known
    fields, lines = to_cloud(record.kind, record.fields, record.lines, known.extra)
    if known.version is None:
        return View(fields, lines, known.clock, record.is_deleted)
    dirty = known.dirty
    clock = known.base | {group: known.clock[group] for group in dirty} if dirty else known.base
    view = View(fields, lines, clock, record.is_deleted)
    if known.extra.absent:
        _leave_out(record.kind, known.extra.absent, dirty, view)
    if refused is not None:
        _overlay(record.kind, refused, view)
    return view


def digest_of(record: LocalRecord, view: View) -> int:
    unknown = record.known.extra.keys
    return record_digest(record.kind, record.id, view.fields, view.lines, view.clock, view.is_deleted, unknown)


def _leave_out(kind: str, absent: Mapping[str, list[str]], dirty: frozenset[str], view: View) -> None:
    by_name = catalog.entity(kind).by_name
    for owner, names in absent.items():
        if owner and catalog.line_group(owner) in dirty:
            continue
        values = view.lines.get(owner, {}) if owner else view.fields
        for name in names:
            if owner or by_name[name].group not in dirty:
                values.pop(name, None)


def _overlay(kind: str, refused: Refused, view: View) -> None:
    document = refused.document
    view.clock = dict(view.clock)
    for group in refused.groups:
        if is_line(group):
            line_id = group.removeprefix(catalog.LINE_PREFIX)
            view.lines.pop(line_id, None)
            if (line := document.lines.get(line_id)) is not None:
                view.lines[line_id] = line
        for name in group_fields(kind).get(group, ()):
            view.fields.pop(name, None)
            if name in document.fields:
                view.fields[name] = document.fields[name]
        view.clock.pop(group, None)
        if group in document.clock:
            view.clock[group] = document.clock[group]
        if group == DELETED:
            view.is_deleted = document.deleted
