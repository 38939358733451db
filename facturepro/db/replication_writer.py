"""Rows of several records written with one statement per table and set of columns."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from facturepro.db import catalog
from facturepro.db.replication_records import LocalRecord, insert_many, raw, raw_many
from facturepro.db.replication_values import group_fields, line_shape, parent_column, record_shape
from facturepro.domain.merge import GroupValue

Rows = list[tuple[Any, ...]]


_RowOf = Callable[[Mapping[str, Any]], tuple[Any, ...]]


@cache
def _insertion(kind: str) -> tuple[str, _RowOf]:
    shape = record_shape(kind)
    return f"INSERT INTO {shape.table} (id, {', '.join(shape.names)})", shape.row


@cache
def _line_insertion(kind: str) -> tuple[str, _RowOf]:
    shape = line_shape(kind)
    assert shape is not None
    return f"INSERT INTO {shape.table} (id, {parent_column(kind)}, {', '.join(shape.names)})", shape.row


def defer_references(session: Session) -> None:
    """Until the end of the transaction a record may be named before it is there.

    Only where it is needed: this statement makes SQLite compile all others of the connection anew.
    """
    raw(session, "PRAGMA defer_foreign_keys=ON")


class RowWriter:
    """Collects, then writes: what is new, headers first; then the lines of what was here before its headers, because the
    lines of an issued document can no longer be written. Records are to be inserted in the order of their references."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._new: dict[str, Rows] = {}
        self._new_lines: dict[str, Rows] = {}
        self._line_deletes: dict[str, Rows] = {}
        self._more_lines: dict[str, Rows] = {}
        self._line_writes: dict[str, Rows] = {}
        self._headers: dict[str, Rows] = {}

    def insert(self, kind: str, record_id: str, fields: Mapping[str, Any], lines: Mapping[str, Any]) -> None:
        statement, row = _insertion(kind)
        self._new.setdefault(statement, []).append((record_id, *row(fields)))
        if lines:
            statement, row = _line_insertion(kind)
            rows = ((line_id, record_id, *row(line)) for line_id, line in lines.items())
            self._new_lines.setdefault(statement, []).extend(rows)

    def insert_line(self, kind: str, record_id: str, line_id: str, line: Mapping[str, Any]) -> None:
        """A new line of a record that is here."""
        statement, row = _line_insertion(kind)
        self._more_lines.setdefault(statement, []).append((line_id, record_id, *row(line)))

    def update(self, record: LocalRecord, groups: Mapping[str, GroupValue]) -> None:
        """Bring the groups (and lines) that differ to these values."""
        columns: dict[str, Any] = {}
        for group, value in groups.items():
            if group.startswith(catalog.LINE_PREFIX):
                self._change_line(record, group.removeprefix(catalog.LINE_PREFIX), value)
            else:
                assert value is not None
                columns |= {name: value[name] for name in group_fields(record.kind)[group]}
        changed = {name: value for name, value in columns.items() if record.fields[name] != value}
        if changed:
            shape = record_shape(record.kind)
            statement = f"UPDATE {shape.table} SET {', '.join(f'{name} = ?' for name in changed)} WHERE id = ?"
            self._headers.setdefault(statement, []).append((*changed.values(), record.id))

    def _change_line(self, record: LocalRecord, line_id: str, value: GroupValue) -> None:
        shape = line_shape(record.kind)
        assert shape is not None
        mine = record.lines.get(line_id)
        if value is None:
            if mine is not None:
                self._line_deletes.setdefault(f"DELETE FROM {shape.table} WHERE id = ?", []).append((line_id,))
        elif mine is None:
            self.insert_line(record.kind, record.id, line_id, value)
        elif dict(value) != mine:
            statement = f"UPDATE {shape.table} SET {', '.join(f'{name} = ?' for name in shape.names)} WHERE id = ?"
            self._line_writes.setdefault(statement, []).append((*shape.row(value), line_id))

    def write(self) -> None:
        self._insert(self._new)
        self._insert(self._new_lines)
        self._run(self._line_deletes)
        self._insert(self._more_lines)
        self._run(self._line_writes)
        self._run(self._headers)

    def _insert(self, statements: Mapping[str, Rows]) -> None:
        for head, rows in statements.items():
            insert_many(self._session, head, rows)

    def _run(self, statements: Mapping[str, Rows]) -> None:
        for statement, rows in statements.items():
            raw_many(self._session, statement, rows)
