"""Taking a transaction back, from the audit trail, as a new transaction.

Entries are reversed last first. What cannot be taken back (issued, append-only, changed since) refuses as a whole.
"""

import sqlite3
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from facturepro.db import catalog
from facturepro.db.models.local import ChangeLog, ChangeTransaction
from facturepro.db.types import Instant
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.domain.errors import UserError


def undo(work: UnitOfWork, stamp: str) -> None:
    """Reverse every change of the transaction ``stamp`` inside ``work``. Redo is the undo of an undo.

    Raises:
        UserError: ``undo_blocked``; the transaction must be given up.
    """
    session = work.session
    label = session.execute(select(ChangeTransaction.label).where(ChangeTransaction.stamp == stamp)).scalar_one_or_none()
    entries = session.execute(
        select(ChangeLog.row_table, ChangeLog.row_id, ChangeLog.kind, ChangeLog.op, ChangeLog.before, ChangeLog.after)
        .where(ChangeLog.stamp == stamp, ChangeLog.origin == "local")
        .order_by(ChangeLog.seq.desc())
    ).all()
    blocked = UserError("undo_blocked", label=label or "")
    if not entries:
        raise blocked
    for entry in entries:
        rows = catalog.entity(entry.kind)
        if rows.model.is_append_only:
            raise blocked
        try:
            is_line = entry.row_table != rows.table.name
            _reverse(work, entry, is_line, blocked)
        except IntegrityError as error:
            if isinstance(error.orig, sqlite3.IntegrityError):
                raise blocked from error
            raise


def _reverse(work: UnitOfWork, entry: Any, is_line: bool, blocked: UserError) -> None:
    session, table = work.session, entry.row_table  # the table's name comes from the triggers' own text
    if entry.op == "update":
        current = session.execute(text(f"SELECT * FROM {table} WHERE id = :id"), {"id": entry.row_id}).first()
        if current is None or any(current._mapping[name] != value for name, value in entry.after.items()):
            raise blocked
        _update(work, table, entry.row_id, entry.before)
    elif entry.op == "delete":
        names = ", ".join(entry.before)
        marks = ", ".join(f":{name}" for name in entry.before)
        statement = text(f"INSERT INTO {table} (id, {names}) VALUES (:id_, {marks})")
        session.execute(statement, {**entry.before, "id_": entry.row_id})
    elif is_line:
        session.execute(text(f"DELETE FROM {table} WHERE id = :id"), {"id": entry.row_id})
    else:
        deleted_at = Instant().process_bind_param(work.now, None)  # type: ignore[arg-type]
        _update(work, table, entry.row_id, {"deleted_at": deleted_at})


def _update(work: UnitOfWork, table: str, row_id: str, values: Mapping[str, Any]) -> None:
    assignments = ", ".join(f"{name} = :{name}" for name in values)
    work.session.execute(text(f"UPDATE {table} SET {assignments} WHERE id = :id_"), {**values, "id_": row_id})
