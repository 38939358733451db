"""What people were told is kept, read from the audit trail after each commit, and whether all of it is still there.

A value is *alive* until somebody who saw it replaced it. Values that are alive at the end must be the current ones, or
stand in the journal of conflicts, or have gone with a document that was issued twice to the document's own new id.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from facturepro.db import catalog
from facturepro.db.replication_split import derived_id
from facturepro.domain.numbering import is_central

PRESENCE = "*"
"""The field of a line that says whether it is there."""
GONE = "*gone"
"""What the fields of a removed line hold: nothing that could be lost, its presence says it."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one row: raw values before and after. ``table`` names the row's table, ``kind`` its record's."""

    stamp: str
    kind: str
    record_id: str
    table: str
    row_id: str
    name: str
    before: Any
    after: Any

    @property
    def place(self) -> tuple[str, str, str, str]:
        return (self.kind, self.record_id, self.row_id, self.name)

    def text(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def parse(cls, text: str) -> Change:
        return cls(**json.loads(text))


def accepted(connection: sqlite3.Connection, after_seq: int) -> tuple[list[Change], int]:
    """What was changed on this computer itself since ``after_seq`` of its audit trail, and the trail's end."""
    found: list[Change] = []
    rows = connection.execute(
        "SELECT seq, stamp, kind, record_id, row_table, row_id, op, before, after, origin FROM change_log "
        "WHERE seq > ? ORDER BY seq",
        (after_seq,),
    ).fetchall()
    for seq, stamp, kind, record_id, table, row_id, op, before, after, origin in rows:
        after_seq = seq
        if origin != "local" or kind == "conflict":
            continue
        asked = _requested(kind)
        old, new = json.loads(before or "{}"), json.loads(after or "{}")
        if op == "insert":
            new = _row(connection, table, row_id)
            if new is None:  # and removed again by the same transaction
                continue
        is_line = _is_line(kind, table)
        if op == "delete":
            new = dict.fromkeys(old, GONE)
        if is_line and op != "update":
            old, new = old | {PRESENCE: op == "delete"}, new | {PRESENCE: op == "insert"}
        for name in (old.keys() | new.keys()) - ({_parent(kind)} if is_line else asked):
            found.append(Change(stamp, kind, record_id, table, row_id, name, old.get(name), new.get(name)))
    return found, after_seq


def _row(connection: sqlite3.Connection, table: str, row_id: str) -> dict[str, Any] | None:
    names = [field.name for field in _row_type(table).synchronised]
    row = connection.execute(f"SELECT {', '.join(names)} FROM {table} WHERE id = ?", (row_id,)).fetchone()
    return None if row is None else dict(zip(names, row, strict=True))


def _row_type(table: str) -> Any:
    return next(found for found in catalog.row_types() if found.table.name == table)


@dataclass
class Ledger:
    """``alive``: place -> values that nobody replaced knowingly. ``replaced``: place -> value -> when it last was."""

    alive: dict[tuple[str, str, str, str], dict[str, Any]] = field(default_factory=dict)
    replaced: dict[tuple[str, str, str, str], dict[str, str]] = field(default_factory=dict)
    tables: dict[tuple[str, str, str, str], str] = field(default_factory=dict)
    conflicts: set[str] = field(default_factory=set)

    def add(self, changes: Iterable[Change]) -> None:
        """In the order in which people made them.

        Two people may say the same at a place. Who replaced it later by the stamps has seen it, whoever said it.
        """
        for change in changes:
            alive, replaced = self.alive.setdefault(change.place, {}), self.replaced.setdefault(change.place, {})
            before, after = json.dumps(change.before), json.dumps(change.after)
            alive.pop(before, None)
            replaced[before] = max(replaced.get(before, ""), change.stamp)
            if change.after != GONE and replaced.get(after, "") <= change.stamp:
                alive[after] = change.after
            self.tables[change.place] = change.table

    def forget(self, key: tuple[str, str], unsent: Mapping[tuple[str, str, str], list[Any]]) -> None:
        """It was deleted, and its trace was purged in time. ``unsent``: (record, row, field) -> what somebody who was away
        put there meanwhile; what those put there who deleted it is gone."""
        for place in [place for place in self.alive if place[:2] == key]:
            kept = unsent.get(place[1:], []) if place[3] != "deleted_at" else []
            self.alive[place] = {text: value for text, value in self.alive[place].items() if value in kept}

    def add_unordered(self, changes: Iterable[Change]) -> None:
        """For computers whose changes were not observed in one order: a value that anybody replaced is not alive."""
        changes = list(changes)
        replaced = {(change.place, json.dumps(change.before)) for change in changes}
        for change in changes:
            self.tables[change.place] = change.table
            if (change.place, json.dumps(change.after)) not in replaced and change.after != GONE:
                self.alive.setdefault(change.place, {})[json.dumps(change.after)] = change.after

    def lost(self, connection: sqlite3.Connection) -> Iterator[str]:
        """What is neither current nor in the journal of this file, in words."""
        return (text for _key, text in self.missing(connection))

    def missing(self, connection: sqlite3.Connection) -> Iterator[tuple[tuple[str, str], str]]:
        """The same, each with its record."""
        journal = _Journal(connection)
        rows: dict[tuple[str, str], dict[str, Any] | None] = {}
        for place, alive in self.alive.items():
            kind, record_id, row_id, name = place
            table = self.tables[place]
            if (table, row_id) not in rows:
                rows[table, row_id] = _row(connection, table, row_id)
            for value in alive.values():
                if not self._stands(connection, journal, table, place, rows[table, row_id], value):
                    yield (
                        (kind, record_id),
                        f"{kind} {record_id} {'' if row_id == record_id else row_id} {name} = {str(value)[:80]!r}",
                    )

    def _stands(
        self,
        connection: sqlite3.Connection,
        journal: _Journal,
        table: str,
        place: tuple[str, str, str, str],
        row: dict[str, Any] | None,
        value: Any,
    ) -> bool:
        kind, record_id, row_id, name = place
        if name == PRESENCE:
            if (row is not None) == value:
                return True
        elif row is not None and (row[name] == value or row[name] in journal.moved.get(value, ())):
            return True
        if row is not None and name in row and value in (None, "", 0) and is_central(str(row.get("series", ""))):
            return True  # the number was taken in the cloud, and with it what the document still lacked
        group = _group(kind, table, row_id, name)
        if journal.has(kind, record_id, group, name, value):
            return True
        for new_id, number in journal.issued_twice.get(record_id, ()):
            new_row = new_id if row_id == record_id else derived_id(row_id, number)
            found = _row(connection, table, new_row)
            if name == PRESENCE and (found is not None) == value:
                return True
            if found is not None and name != PRESENCE and (found[name] == value or found[name] == new_id):
                return True
        return False


def _is_line(kind: str, table: str) -> bool:
    return bool(catalog.entity(kind).table.name != table)


def _parent(kind: str) -> str:
    lines = catalog.entity(kind).lines
    assert lines is not None
    return str(lines.parent_field)


def _requested(kind: str) -> frozenset[str]:
    """Who asked for a number and when: two who ask for the same one have lost nothing, and it is no entry (decision 0011)."""
    fields = catalog.entity(kind).groups.get("request", ()) if kind == "invoice" else ()
    return frozenset(field.name for field in fields)


def _group(kind: str, table: str, row_id: str, name: str) -> str:
    found = catalog.entity(kind)
    if _is_line(kind, table):
        return catalog.line_group(row_id)
    return next(group for group, fields in found.groups.items() if any(f.name == name for f in fields))


class _Journal:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._lost: dict[tuple[str, str, str], list[Any]] = {}
        self.issued_twice: dict[str, list[tuple[str, str]]] = {}
        self.moved: dict[Any, set[str]] = {}
        for kind, record_id, group, lost in connection.execute(
            "SELECT record_kind, record_id, merge_group, lost FROM conflict"
        ):
            value = json.loads(lost) if lost is not None else None
            self._lost.setdefault((kind, record_id, group), []).append(value)
            if group == "issue" and value and "document_id" in value:
                self.issued_twice.setdefault(record_id, []).append((value["document_id"], value["number"]))
                self.moved.setdefault(record_id, set()).add(value["document_id"])

    def has(self, kind: str, record_id: str, group: str, name: str, value: Any) -> bool:
        for lost in self._lost.get((kind, record_id, group), ()):
            if name == PRESENCE:
                if (lost is not None) == value:
                    return True
            elif lost is not None and name in lost and lost[name] == value:
                return True
        return False
