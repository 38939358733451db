"""After an upgrade: what older versions kept of a newer one moves to where this version declares it, and the other way.

A file remembers which fields it was last opened with (``local_state``), so that a start costs one comparison. When they
differ, everything is gone through in slices of one transaction each; the place is kept in the same transaction, so that
a program killed at any moment goes on from there, and doing a slice again changes nothing. Nothing gets a new stamp and
nothing is sent again: these values are the cloud's.
"""

import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from facturepro.db import catalog, local_state, search
from facturepro.db.database import Database
from facturepro.db.replication_apply import retry_pending
from facturepro.db.replication_decode import existing
from facturepro.db.replication_isolation import isolating
from facturepro.db.replication_records import (
    Extra,
    Key,
    Known,
    is_known,
    load_known,
    raw,
    raw_many,
    store_known,
)
from facturepro.db.replication_values import InvalidDocument, Shape, line_shape, parent_column, record_shape
from facturepro.db.unit_of_work import UnitOfWork
from facturepro.domain.clock import is_default
from facturepro.i18n import N_

_log = logging.getLogger(__name__)

LABEL = N_("Mise à jour du programme")
DECLARED, PROGRESS, UNREADABLE = "declared_fields", "declaring", "unreadable_fields"
SLICE = 500
_KEPT_REPORTS = 200
_START = ("", "")

Declared = dict[str, dict[str, Any]]
"""Kind -> ``fields`` and ``lines`` (name -> type) and ``searchable`` (names)."""
Step = Callable[["CatchingUp", UnitOfWork, Key], Key | None]
"""Does one slice after a key and answers the last key it came to; None: there is nothing after it."""


@dataclass(slots=True)
class Report:
    """``moved``: values that went into columns. ``retired``: values that left them. ``invalid``: (kind, id, field) of
    values that fit no column and stay where they are."""

    moved: int = 0
    retired: int = 0
    invalid: list[tuple[str, str, str]] = field(default_factory=list)


@cache
def declared() -> Declared:
    found: Declared = {}
    for entity in catalog.entities():
        lines = line_shape(entity.kind)
        found[entity.kind] = {
            "fields": dict(sorted(record_shape(entity.kind).types.items())),
            "lines": dict(sorted(lines.types.items())) if lines else {},
            "searchable": sorted(one.name for one in entity.searchable),
        }
    return found


def catch_up(database: Database) -> Report | None:
    """Bring a file to what this program declares; None when it is there already, which is one comparison."""
    with database.read() as session:
        before = local_state.get(session, DECLARED)
        progress = local_state.get(session, PROGRESS)
    if before == declared():
        return None
    work_ahead = CatchingUp(before or {})
    step, after = 0, _START
    if progress and progress["to"] == declared():
        step, after = progress["step"], tuple(progress["after"])
    while step < len(_STEPS):
        with database.write(LABEL, origin="remote") as work:
            last = _STEPS[step](work_ahead, work, after)
            step, after = (step, last) if last is not None else (step + 1, _START)
            work.keep(PROGRESS, {"to": declared(), "step": step, "after": list(after)})
    report = work_ahead.report
    with database.write(LABEL, origin="remote") as work:
        work.keep(UNREADABLE, [list(one) for one in report.invalid[:_KEPT_REPORTS]])
        work.keep(DECLARED, declared())
        local_state.remove(work.session, PROGRESS)
    _log.info("fields declared: %d values moved, %d retired", report.moved, report.retired)
    if report.invalid:
        _log.warning("%d values kept from a newer version fit no column", len(report.invalid))
    return report


def unreadable(session: Session) -> dict[Key, str]:
    """Records with values of a newer version that did not fit their columns -> names of the fields."""
    reported = local_state.get(session, UNREADABLE) or []
    states = load_known(session, {(kind, record_id) for kind, record_id, _name in reported})
    found: dict[Key, list[str]] = {}
    for kind, record_id, name in reported:
        known = states.get((kind, record_id))
        there = known is not None and any(name in part for part in (known.extra.fields, *known.extra.lines.values()))
        if there or (known is not None and not name):
            found.setdefault((kind, record_id), []).append(name)
    return {key: ", ".join(names) for key, names in found.items()}


class CatchingUp:
    """The steps, each over the whole file."""

    def __init__(self, before: Declared) -> None:
        self._before = before
        self.report = Report()

    # -- what is no longer declared --------------------------------------------------------------------------

    def keep_retired(self, work: UnitOfWork, after: Key) -> Key | None:
        """Columns that lost their declaration: their values go on with the record, as unknown ones do."""
        for kind in sorted(kind for kind in self._before if kind >= after[0] and is_known(kind)):
            fields = self._retired(work.session, kind, "fields")
            lines = self._retired(work.session, kind, "lines")
            if fields or lines:
                last = self._keep_slice(work, kind, after[1] if kind == after[0] else "", fields, lines)
                if last is not None:
                    return (kind, last)
        return None

    def _retired(self, session: Session, kind: str, part: str) -> dict[str, str]:
        """Name -> type of what was declared, is not, and still stands in the table."""
        shape = record_shape(kind) if part == "fields" else line_shape(kind)
        if shape is None:
            return {}
        gone = {name: type_ for name, type_ in self._before[kind].get(part, {}).items() if name not in shape.types}
        columns = {row[1] for row in raw(session, f"PRAGMA table_info({shape.table})")} if gone else set()
        return {name: type_ for name, type_ in gone.items() if name in columns}

    def _keep_slice(
        self, work: UnitOfWork, kind: str, after: str, fields: dict[str, str], lines: dict[str, str]
    ) -> str | None:
        names = "".join(f", {name}" for name in fields)
        statement = f"SELECT id{names} FROM {record_shape(kind).table} WHERE id > ? ORDER BY id LIMIT {SLICE}"
        rows = raw(work.session, statement, after).all()
        states = load_known(work.session, [(kind, row[0]) for row in rows])
        for record_id, *values in rows:
            if (known := states.get((kind, record_id))) is not None:
                self._keep(known.extra.fields, fields, values)
        self._keep_lines(work.session, kind, lines, states)
        store_known(work.session, states)
        return rows[-1][0] if len(rows) == SLICE else None

    def _keep_lines(self, session: Session, kind: str, lines: dict[str, str], states: dict[Key, Known]) -> None:
        shape = line_shape(kind)
        if shape is None or not lines:
            return
        parent, ids = parent_column(kind), json.dumps([record_id for _kind, record_id in states])
        statement = f"SELECT {parent}, id, {', '.join(lines)} FROM {shape.table} WHERE {parent} IN (SELECT value FROM json_each(?))"
        for record_id, line_id, *values in raw(session, statement, ids):
            self._keep(states[(kind, record_id)].extra.lines.setdefault(line_id, {}), lines, values)

    def _keep(self, extra: dict[str, Any], types: dict[str, str], values: Iterable[Any]) -> None:
        for (name, type_), value in zip(types.items(), values, strict=True):
            if name not in extra:
                extra[name] = _cloud_value(type_, value)
                self.report.retired += 1

    # -- what is declared now --------------------------------------------------------------------------------

    def stamp_moved(self, work: UnitOfWork, _after: Key) -> Key | None:
        """An unsent change of a field that moved counts in its new group as well, as if it were made now."""
        moved = [(entity.kind, _moves(entity.kind)) for entity in catalog.entities() if _moves(entity.kind)]
        for kind, groups in moved:
            rows = raw(work.session, "SELECT DISTINCT record_id FROM outbox WHERE kind = ?", kind).all()
            states = load_known(work.session, [(kind, row[0]) for row in rows])
            for known in states.values():
                for group, formers in groups.items():
                    unsent = [known.clock[f] for f in formers & known.dirty if not is_default(known.clock[f])]
                    known.clock[group] = max([*unsent, known.clock.get(group, "")])
                    if not known.clock[group]:
                        del known.clock[group]
            store_known(work.session, states)
        return None

    def apply_waiting(self, work: UnitOfWork, after: Key) -> Key | None:
        """Documents that could not be applied: whole kinds that are known now among them."""
        statement = "SELECT kind, record_id FROM pending_remote WHERE (kind, record_id) > (?, ?) ORDER BY kind, record_id LIMIT ?"
        keys = [(row[0], row[1]) for row in raw(work.session, statement, *after, SLICE)]
        retry_pending(work, keys)
        return keys[-1] if len(keys) == SLICE else None

    def fill_columns(self, work: UnitOfWork, after: Key) -> Key | None:
        """Values kept in ``extra`` whose field is declared now go into its column."""
        statement = (
            "SELECT kind, record_id FROM record_state WHERE extra IS NOT NULL AND (kind, record_id) > (?, ?) "
            "ORDER BY kind, record_id LIMIT ?"
        )
        keys = [(row[0], row[1]) for row in raw(work.session, statement, *after, SLICE)]
        work.as_origin("upgrade")
        isolating(work, [key for key in keys if is_known(key[0])], lambda part: self._fill(work, part), self._refuse)
        work.as_origin("remote")
        return keys[-1] if len(keys) == SLICE else None

    def _refuse(self, key: Key, _reason: str) -> None:
        self.report.invalid.append((*key, ""))

    def _fill(self, work: UnitOfWork, keys: list[Key]) -> None:
        states = load_known(work.session, keys)
        moved, invalid = 0, []
        updates: dict[str, list[tuple[Any, str]]] = {}
        for (kind, record_id), known in states.items():
            found = _Movable(work.session, kind, known)
            for statement, value, row_id in found.updates(record_id):
                updates.setdefault(statement, []).append((value, row_id))
                moved += 1
            invalid += [(kind, record_id, name) for name in found.invalid]
        for statement, rows in updates.items():
            raw_many(work.session, statement, rows)
        store_known(work.session, states)
        work.touch()
        work.settle()
        self.report.moved += moved
        self.report.invalid += invalid

    def index_searchable(self, work: UnitOfWork, _after: Key) -> Key | None:
        """Kinds of which other fields are searched now are indexed again."""
        kinds = [
            kind
            for kind, now in declared().items()
            if kind in self._before and self._before[kind].get("searchable") != now["searchable"]
        ]
        search.rebuild(work.session, kinds)
        return None


class _Movable:
    """The values of one record's ``extra`` that this version declares; they leave it as they are asked for."""

    def __init__(self, session: Session, kind: str, known: Known) -> None:
        self._session, self._kind, self._known = session, kind, known
        self.invalid: list[str] = []

    def updates(self, record_id: str) -> list[tuple[str, Any, str]]:
        """(statement, value, row id)."""
        extra: Extra = self._known.extra
        found = self._of(record_shape(self._kind), extra.fields, record_id)
        shape = line_shape(self._kind)
        for line_id in list(extra.lines) if shape is not None else []:
            assert shape is not None
            found += self._of(shape, extra.lines[line_id], line_id)
            if not extra.lines[line_id]:
                del extra.lines[line_id]
        return found

    def _of(self, shape: Shape, values: dict[str, Any], row_id: str) -> list[tuple[str, Any, str]]:
        found = []
        for name in [name for name in values if name in shape.types]:
            try:
                stored = shape.raw_of(name, values[name])
            except InvalidDocument:
                self.invalid.append(name)
                continue
            if not self._is_there(shape, name, stored):
                self.invalid.append(name)
                continue
            del values[name]
            found.append((f"UPDATE {shape.table} SET {name} = ? WHERE id = ?", stored, row_id))
        return found

    def _is_there(self, shape: Shape, name: str, stored: Any) -> bool:
        """A reference can only stand in its column when what it names is here."""
        wanted = {(one.kind, stored) for one in shape.references if one.field == name and stored}
        return not wanted - existing(self._session, wanted)


def _cloud_value(type_: str, stored: Any) -> Any:
    if stored is None:
        return None
    if type_ == "bool":
        return bool(stored)
    return json.loads(stored) if type_ == "json" else stored


@cache
def _moves(kind: str) -> dict[str, frozenset[str]]:
    """Group -> former groups of its fields."""
    found: dict[str, frozenset[str]] = {}
    for one in catalog.entity(kind).synchronised:
        if one.spec.former_groups:
            found[one.group] = found.get(one.group, frozenset()) | frozenset(one.spec.former_groups)
    return found


_STEPS: tuple[Step, ...] = (
    CatchingUp.keep_retired,
    CatchingUp.stamp_moved,
    CatchingUp.apply_waiting,
    CatchingUp.fill_columns,
    CatchingUp.index_searchable,
)
