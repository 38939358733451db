"""Taking a transaction back, from the audit trail: a new change that restores what stood before.

Generic for every kind. What others changed since, what is issued and what is append-only is not touched: the whole
undo is refused and nothing changes. To redo is to undo the undo.
"""

import json
from typing import Any

from facturepro.db import catalog
from facturepro.db.catalog import EntityType, RowType
from facturepro.db.replication_records import raw
from facturepro.db.types import instant_text
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.domain.errors import UserError


def undo(work: UnitOfWork, stamp: str) -> None:
    """Restore what stood before the transaction ``stamp``; begin ``work`` with ``undoes=stamp``.

    Raises:
        UserError: ``undo_empty`` when there is nothing, ``undo_blocked`` when something changed since, is issued or is
            append-only.
    """
    work.flush()
    session = work.session
    label = raw(session, "SELECT label FROM change_transaction WHERE stamp = ?", stamp).scalar()
    entries = raw(
        session,
        "SELECT row_table, row_id, kind, record_id, op, before, after, seq FROM change_log WHERE stamp = ? AND origin = 'local' "
        "ORDER BY seq DESC",
        stamp,
    ).all()
    if not entries:
        raise UserError("undo_empty")
    backwards = _Backwards(work, label or "")
    inserted = {row_id for _t, row_id, _k, _r, op, *_ in entries if op == "insert"}
    for table, row_id, kind, record_id, op, before, after, seq in entries:
        backwards.check(kind, record_id)
        row_type = _row_type(table)
        if op == "insert":
            backwards.refuse_touched(row_type, row_id, record_id, seq)
            backwards.remove(row_type, row_id, kind)
        elif op == "delete":
            backwards.restore_line(row_type, row_id, json.loads(before))
        elif row_id not in inserted:  # what was changed after it was made goes with it
            backwards.change(row_type, row_id, json.loads(before), json.loads(after))
    work.session.expire_all()


class _Backwards:
    def __init__(self, work: UnitOfWork, label: str) -> None:
        self._session = work.session
        self._label = label
        self._now = instant_text(work.now)

    def check(self, kind: str, record_id: str) -> None:
        found = catalog.entity(kind)
        if found.model.is_append_only:
            raise self._blocked()
        if "number" in found.by_name and self._value(found, record_id, "number") is not None:
            raise self._blocked()

    def refuse_touched(self, row_type: RowType, row_id: str, record_id: str, since: int) -> None:
        """What another computer put into it meanwhile would go with it, and nobody would ever see it."""
        whole = isinstance(row_type, EntityType)
        statement = (
            "SELECT 1 FROM change_log WHERE record_id = ?1 AND seq > ?2 AND origin = 'remote' "
            "AND (?3 OR (row_table = ?4 AND row_id = ?5)) LIMIT 1"
        )
        table = row_type.table.name
        if raw(self._session, statement, record_id, since, whole, table, row_id).first() is not None:
            raise self._blocked()

    def remove(self, row_type: RowType, row_id: str, kind: str) -> None:
        table = row_type.table.name
        if not isinstance(row_type, EntityType):
            raw(self._session, f"DELETE FROM {table} WHERE id = ?", row_id)
            return
        if self._value(row_type, row_id, "deleted_at") is not None:
            raise self._blocked()
        if self._is_named(kind, row_id):
            raise self._blocked()
        raw(self._session, f"UPDATE {table} SET deleted_at = ? WHERE id = ?", self._now, row_id)

    def restore_line(self, row_type: RowType, row_id: str, values: dict[str, Any]) -> None:
        if raw(self._session, f"SELECT 1 FROM {row_type.table.name} WHERE id = ?", row_id).first() is not None:
            raise self._blocked()  # another computer changed it meanwhile, and its line stands
        names = [name for name in values if name in row_type.by_name]
        marks = ", ".join("?" * (len(names) + 1))
        raw(
            self._session,
            f"INSERT INTO {row_type.table.name} (id, {', '.join(names)}) VALUES ({marks})",
            row_id,
            *(values[name] for name in names),
        )

    def change(self, row_type: RowType, row_id: str, before: dict[str, Any], after: dict[str, Any]) -> None:
        table = row_type.table.name
        current = raw(self._session, f"SELECT {', '.join(after)} FROM {table} WHERE id = ?", row_id).one_or_none()
        if current is None or tuple(current) != tuple(after.values()):
            raise self._blocked()
        assignments = ", ".join(f"{name} = ?" for name in before)
        raw(self._session, f"UPDATE {table} SET {assignments} WHERE id = ?", *before.values(), row_id)

    def _is_named(self, kind: str, row_id: str) -> bool:
        """Does another living record refer to it?"""
        for found in catalog.row_types():
            alive = " AND deleted_at IS NULL" if isinstance(found, EntityType) else ""
            for field in found.fields:
                if field.spec.reference == kind and field.column.foreign_keys:
                    if not isinstance(found, EntityType) and found.model.parent_kind == kind:
                        continue
                    statement = f"SELECT 1 FROM {found.table.name} WHERE {field.name} = ?{alive} LIMIT 1"
                    if raw(self._session, statement, row_id).first() is not None:
                        return True
        return False

    def _value(self, row_type: RowType, row_id: str, name: str) -> Any:
        return raw(self._session, f"SELECT {name} FROM {row_type.table.name} WHERE id = ?", row_id).scalar()

    def _blocked(self) -> UserError:
        return UserError("undo_blocked", label=self._label)


def _row_type(table: str) -> RowType:
    for found in catalog.row_types():
        if found.table.name == table:
            return found
    raise KeyError(table)
