"""Records as the synchronisation sees them: raw values, lines, stamps and what the cloud last had."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from typing import Any

from sqlalchemy.orm import Session

from facturepro.db import catalog
from facturepro.db.replication_values import group_fields, json_text, line_shape, parent_column, record_shape
from facturepro.domain.merge import dirty_groups

Key = tuple[str, str]
"""(kind, id) of a record."""
WITNESS = "@"
"""Prefix of clock entries that are no groups: ``@<device>`` is its highest stamp ever in the document."""


@dataclass(slots=True)
class Extra:
    """What a newer version put into a document, kept verbatim: fields, fields of lines by line id, top-level keys.

    ``absent``: known fields that the document lacks although their default says something (another program wrote it);
    by line id, and under "" the record's own.
    """

    fields: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)
    absent: dict[str, list[str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.fields or self.lines or self.keys or self.absent)

    def text(self) -> str | None:
        if not self:
            return None
        return json_text({"fields": self.fields, "lines": self.lines, "keys": self.keys, "absent": self.absent})

    def written(self, kind: str, groups: Iterable[str]) -> None:
        """These groups stand whole in the cloud now."""
        by_name = catalog.entity(kind).by_name
        done = set(groups)
        for owner, names in list(self.absent.items()):
            group = catalog.line_group(owner)
            left = [name for name in names if (group if owner else by_name[name].group) not in done]
            self.absent[owner] = left
            if not left:
                del self.absent[owner]

    @classmethod
    def parse(cls, text: str | None) -> "Extra":
        if text is None or text == "null":
            return cls()
        found = json.loads(text)
        return cls(found.get("fields", {}), found.get("lines", {}), found.get("keys", {}), found.get("absent", {}))


@dataclass(slots=True)
class Incoming:
    """A document of the cloud; ``fields`` and ``lines`` hold cloud values (bools, objects), a removed line is None."""

    kind: str
    id: str
    fields: dict[str, Any]
    lines: dict[str, dict[str, Any] | None]
    clock: dict[str, str]
    version: str
    schema: int = 1
    device: str = ""
    op: str = ""
    deleted: bool = False
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        return (self.kind, self.id)

    def text(self) -> str:
        return json_text({name: getattr(self, name) for name in self.__slots__})

    @classmethod
    def parse(cls, text: str) -> "Incoming":
        return cls(**json.loads(text))


@dataclass(slots=True)
class Known:
    """The row of ``record_state``: stamps here (``clock``), stamps in the cloud (``base``), its version there.

    ``clock_text``: the stored clock when it was read, by which is seen whether it changed since.
    """

    clock: dict[str, str]
    base: dict[str, str]
    extra: Extra
    schema: int
    version: str | None
    clock_text: str = field(default="", compare=False, repr=False)

    @property
    def dirty(self) -> frozenset[str]:
        return dirty_groups(self.clock, self.base)


@dataclass(slots=True)
class LocalRecord:
    """A record of this computer with raw stored values. ``through``: its latest outbox stamp when it was loaded."""

    kind: str
    id: str
    fields: dict[str, Any]
    lines: dict[str, dict[str, Any]]
    known: Known
    through: str = ""

    @property
    def key(self) -> Key:
        return (self.kind, self.id)

    @property
    def is_deleted(self) -> bool:
        return self.fields.get("deleted_at") is not None

    @property
    def is_forgotten(self) -> bool:
        """Deleted, and purged from the cloud: only the bin of this computer still has it."""
        return self.is_deleted and self.known.version is None and bool(self.known.base) and not self.known.dirty


def by_kind(keys: Iterable[Key]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for kind, record_id in keys:
        found.setdefault(kind, []).append(record_id)
    return found


def raw(session: Session, statement: str, *parameters: Any) -> Any:
    """A plain SQLite statement in the session's transaction: values as they are stored."""
    return session.connection().exec_driver_sql(statement, parameters)


def raw_many(session: Session, statement: str, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        session.connection().exec_driver_sql(statement, rows)


_AT_ONCE = (64, 8)
"""Rows of one INSERT. SQLite works through them without coming back to Python, which meanwhile reads what comes next; the
few sizes keep the number of statements to compile small."""


def insert_many(session: Session, head: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """``head``: the statement as far as ``VALUES``. A third less time than row by row, more beside another thread."""
    start = 0
    for size in _AT_ONCE:
        while len(rows) - start >= size:
            part = rows[start : start + size]
            raw(session, _insertion_of(head, len(part[0]), size), *chain.from_iterable(part))
            start += size
    if start < len(rows):
        raw_many(session, _insertion_of(head, len(rows[start]), 1), list(rows[start:]))


@cache
def _insertion_of(head: str, width: int, count: int) -> str:
    row = f"({', '.join('?' * width)})"
    return f"{head} VALUES {', '.join([row] * count)}"


IN_JSON = "IN (SELECT value FROM json_each(?))"


_parsed = json.JSONDecoder().decode


def _stamps(clock: str, base: str) -> tuple[dict[str, str], dict[str, str]]:
    """``clock`` and ``base``; nearly always the cloud has all of them or none, which saves reading the same twice."""
    stamps = _parsed(clock)
    return stamps, dict(stamps) if base == clock else _parsed(base) if base != "{}" else {}


def load_known(session: Session, keys: Iterable[Key]) -> dict[Key, Known]:
    found: dict[Key, Known] = {}
    for kind, ids in by_kind(keys).items():
        statement = f"SELECT record_id, clock, base, extra, schema, version FROM record_state WHERE kind = ? AND record_id {IN_JSON}"
        for record_id, clock, base, extra, schema, version in raw(session, statement, kind, json.dumps(ids)).all():
            found[(kind, record_id)] = Known(*_stamps(clock, base), Extra.parse(extra), schema, version, clock)
    return found


def load(session: Session, keys: Iterable[Key]) -> dict[Key, LocalRecord]:
    """The records that are there, of known kinds, with one statement per table."""
    keys = [key for key in keys if is_known(key[0])]
    states = load_known(session, keys)
    found: dict[Key, LocalRecord] = {}
    for kind, ids in by_kind(keys).items():
        shape, wanted = record_shape(kind), json.dumps(ids)
        columns = ", ".join(shape.names)
        for row in raw(session, f"SELECT id, {columns} FROM {shape.table} WHERE id {IN_JSON}", wanted).all():
            known = states.get((kind, row[0])) or Known({}, {}, Extra(), 1, None)
            if known.extra:
                forget_replaced(kind, known.extra, known.dirty)
            values = dict(zip(shape.names, row[1:], strict=True))
            found[(kind, row[0])] = LocalRecord(kind, row[0], values, {}, known)
        _load_lines(session, kind, wanted, found)
        statement = (
            f"SELECT record_id, MAX(stamp) FROM outbox WHERE kind = ? AND record_id {IN_JSON} GROUP BY record_id"
        )
        for record_id, stamp in raw(session, statement, kind, wanted).all():
            if (kind, record_id) in found:
                found[(kind, record_id)].through = stamp
    return found


def _load_lines(session: Session, kind: str, wanted: str, found: Mapping[Key, LocalRecord]) -> None:
    lines = line_shape(kind)
    if lines is None:
        return
    parent, columns = parent_column(kind), ", ".join(lines.names)
    for row in raw(
        session, f"SELECT {parent}, id, {columns} FROM {lines.table} WHERE {parent} {IN_JSON}", wanted
    ).all():
        if (kind, row[0]) in found:
            found[(kind, row[0])].lines[row[1]] = dict(zip(lines.names, row[2:], strict=True))


def forget_replaced(kind: str, extra: Extra, groups: Iterable[str]) -> None:
    """Take what is declared out of ``extra`` where its group was changed here: a value that did not fit its column when
    an upgrade declared it stands in there until then, and goes back as it came."""
    shape, lines = record_shape(kind), line_shape(kind)
    for group in groups:
        if group.startswith(catalog.LINE_PREFIX):
            values = extra.lines.get(group.removeprefix(catalog.LINE_PREFIX), {})
            for name in (name for name in list(values) if lines is not None and name in lines.names):
                del values[name]
        else:
            for name in group_fields(kind).get(group, ()):
                if name in shape.names:
                    extra.fields.pop(name, None)


def is_known(kind: str) -> bool:
    try:
        catalog.entity(kind)
    except KeyError:
        return False
    return True


def store_known(session: Session, states: Mapping[Key, Known]) -> None:
    rows = []
    for (kind, record_id), known in states.items():
        clock = json_text(known.clock)
        base = clock if known.base == known.clock else json_text(known.base)
        rows.append((kind, record_id, clock, base, known.extra.text(), known.schema, known.version))
    insert_many(
        session,
        "INSERT OR REPLACE INTO record_state (kind, record_id, clock, base, extra, schema, version)",
        rows,
    )
