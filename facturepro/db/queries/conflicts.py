"""The conflict journal, read and acted on. Each reading is one statement, whatever the number of conflicts."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Select, func, or_, select, text
from sqlalchemy.orm import Session

from facturepro.db import catalog
from facturepro.db.catalog import LINE_PREFIX
from facturepro.db.models import Conflict, Device
from facturepro.db.models.local import RecordState

_WIDE = 4000
"""Longer texts (the frozen content of an issued document) are not read: no conflict shows them."""


def page(session: Session, is_open: bool | None, limit: int, kind: str = "", device: str = "") -> list[dict[str, Any]]:
    """Newest first; ``is_open`` None for all. ``device``: it wrote one of the two values."""
    table = Conflict.__table__
    statement = _restricted(select(table), is_open)
    if kind:
        statement = statement.where(table.c.record_kind == kind)
    if device:
        statement = statement.where(or_(_writer(table.c.kept_stamp) == device, _writer(table.c.lost_stamp) == device))
    # Stamps sort by time; ids are made from a hash and do not.
    statement = statement.order_by(func.max(table.c.kept_stamp, table.c.lost_stamp).desc(), table.c.id).limit(limit)
    return [dict(row._mapping) for row in session.execute(statement)]


def _restricted(statement: Select[Any], is_open: bool | None) -> Select[Any]:
    table = Conflict.__table__
    statement = statement.where(table.c.deleted_at.is_(None))
    if is_open is None:
        return statement
    return statement.where(table.c.resolved_at.is_(None) if is_open else table.c.resolved_at.is_not(None))


def _writer(stamp: Any) -> Any:
    """The computer in a stamp, without the mark of a raised one (see replication_stamps)."""
    return func.rtrim(func.substr(stamp, 19), "+")


def count(session: Session, is_open: bool) -> int:
    statement = _restricted(select(func.count()).select_from(Conflict.__table__), is_open)
    return int(session.execute(statement).scalar_one())


def is_disputed(session: Session, kind: str, record_id: str) -> bool:
    table = Conflict.__table__
    statement = _restricted(select(table.c.id), True)
    statement = statement.where(table.c.record_kind == kind, table.c.record_id == record_id).limit(1)
    return session.execute(statement).first() is not None


def sides(session: Session, is_open: bool) -> list[tuple[str, str, str, str]]:
    """(kind, record, computer of the kept value, computer of the lost one) of each conflict, for counting."""
    table = Conflict.__table__
    columns = (table.c.record_kind, table.c.record_id, _writer(table.c.kept_stamp), _writer(table.c.lost_stamp))
    return [(row[0], row[1], row[2], row[3]) for row in session.execute(_restricted(select(*columns), is_open))]


def device_names(session: Session) -> dict[str, str]:
    return {row[0]: row[1] for row in session.execute(select(Device.id, Device.name))}


def raw_rows(session: Session, found: catalog.RowType, ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """Stored values of rows by id, as the journal holds them."""
    names = {"id", *(field.name for field in found.fields if field.spec.maximum_length <= _WIDE)}
    if isinstance(found, catalog.EntityType):
        names.add(found.title_column.name)
    statement = (
        f"SELECT {', '.join(sorted(names))} FROM {found.table.name} WHERE id IN (SELECT value FROM json_each(:ids))"
    )
    rows = session.execute(text(statement), {"ids": json.dumps(sorted(ids))})  # declared names only
    return {row.id: dict(row._mapping) for row in rows}


def clocks(session: Session, kind: str, ids: Collection[str]) -> dict[str, dict[str, str]]:
    """Record -> stamp of each merge group as it stands here."""
    statement = select(RecordState.record_id, RecordState.clock).where(
        RecordState.kind == kind, RecordState.record_id.in_(list(ids))
    )
    return {row[0]: dict(row[1]) for row in session.execute(statement)}


def write_group(session: Session, kind: str, record_id: str, group: str, values: Mapping[str, Any] | None) -> None:
    """Put stored values of a merge group back; a line group is a line (None: it was removed)."""
    found = catalog.entity(kind)
    if group.startswith(LINE_PREFIX):
        _write_line(session, found, record_id, group.removeprefix(LINE_PREFIX), values)
        return
    names = [field.name for field in found.groups.get(group, ()) if values is not None and field.name in values]
    if not names or values is None:
        return
    assignments = ", ".join(f"{name} = :{name}" for name in names)
    parameters = {name: stored(values[name]) for name in names}
    session.execute(
        text(f"UPDATE {found.table.name} SET {assignments} WHERE id = :id_"), {**parameters, "id_": record_id}
    )


def _write_line(session: Session, found: Any, record_id: str, line_id: str, values: Mapping[str, Any] | None) -> None:
    table = found.lines.table.name
    session.execute(text(f"DELETE FROM {table} WHERE id = :id"), {"id": line_id})
    if values is None:
        return
    line = {field.name: stored(values[field.name]) for field in found.lines.content if field.name in values}
    line |= {"id": line_id, found.lines.parent_field: record_id}
    names = ", ".join(line)
    marks = ", ".join(f":{name}" for name in line)
    session.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), line)


def stored(value: Any) -> Any:
    """A value of the journal as its column holds it."""
    return int(value) if isinstance(value, bool) else value
