"""The conflict journal, read and acted on."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from facturepro.db import catalog
from facturepro.db.catalog import LINE_PREFIX
from facturepro.db.models import Conflict, Device


def page(session: Session, is_open: bool | None, limit: int) -> list[dict[str, Any]]:
    """Newest first; ``is_open`` None for all."""
    table = Conflict.__table__
    statement = select(table).where(table.c.deleted_at.is_(None))
    if is_open is not None:
        statement = statement.where(table.c.resolved_at.is_(None) if is_open else table.c.resolved_at.is_not(None))
    # Stamps sort by time; ids are made from a hash and do not.
    statement = statement.order_by(func.max(table.c.kept_stamp, table.c.lost_stamp).desc(), table.c.id).limit(limit)
    return [dict(row._mapping) for row in session.execute(statement)]


def count_open(session: Session) -> int:
    return int(session.execute(select(func.count()).where(Conflict.resolved_at.is_(None))).scalar_one())


def device_names(session: Session) -> dict[str, str]:
    return {row[0]: row[1] for row in session.execute(select(Device.id, Device.name))}


def raw_fields(session: Session, kind: str, record_id: str, names: Sequence[str]) -> dict[str, Any] | None:
    """Stored values of some fields; None when the record is not here."""
    found = catalog.entity(kind)
    columns = ", ".join(found.by_name[name].name for name in names)  # declared names only
    row = session.execute(text(f"SELECT {columns} FROM {found.table.name} WHERE id = :id"), {"id": record_id}).first()
    return dict(row._mapping) if row else None


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
    parameters = {name: _stored(values[name]) for name in names}
    session.execute(
        text(f"UPDATE {found.table.name} SET {assignments} WHERE id = :id_"), {**parameters, "id_": record_id}
    )


def _write_line(session: Session, found: Any, record_id: str, line_id: str, values: Mapping[str, Any] | None) -> None:
    table = found.lines.table.name
    session.execute(text(f"DELETE FROM {table} WHERE id = :id"), {"id": line_id})
    if values is None:
        return
    stored = {field.name: _stored(values[field.name]) for field in found.lines.content if field.name in values}
    stored |= {"id": line_id, found.lines.parent_field: record_id}
    names = ", ".join(stored)
    marks = ", ".join(f":{name}" for name in stored)
    session.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), stored)


def _stored(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value
