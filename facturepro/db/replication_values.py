"""Raw stored values and the values of cloud documents, field by field, from the declarations.

Integers, ISO dates and texts are the same on both sides; 0/1 of a bool field is a bool in the cloud, the text of a
JSON field an object.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from operator import itemgetter
from typing import Any

from facturepro.db import catalog
from facturepro.db.catalog import Field

_INTEGERS = frozenset({"money", "unit_price", "quantity", "rate", "integer"})
_LARGEST = 10**15
"""Far above what can be typed; thousands of such values can still be summed in SQLite."""


class InvalidDocument(ValueError):  # noqa: N818 - a condition, kept as the reason of a refusal
    """A cloud document whose values this program could not store without breaking its own database."""


json_text = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
"""Canonical JSON: the same text for the same value, as the column type Json writes it."""


def _default(field: Field) -> Any:
    """What SQLite would put for a missing value."""
    server = field.column.server_default
    if server is None:
        return None
    text = str(server.arg)  # type: ignore[attr-defined]
    return int(text) if field.spec.type in _INTEGERS or field.spec.type == "bool" else text


@dataclass(frozen=True)
class Reference:
    """A foreign key: ``field`` names a record of ``kind``."""

    field: str
    kind: str


@dataclass(frozen=True)
class Shape:
    """How the rows of one table travel. ``names`` are the synchronised columns without the id (and a line's parent).

    ``telling``: those whose default says something (is not null, false, 0 or empty).
    ``plain``: (name, types that are stored as they come, default). ``row``: the values of a mapping in the order of
    ``names``.
    """

    table: str
    names: tuple[str, ...]
    defaults: dict[str, Any]
    types: dict[str, str]
    nullable: frozenset[str]
    references: tuple[Reference, ...]
    bools: tuple[str, ...]
    jsons: tuple[str, ...]
    telling: tuple[str, ...]
    plain: tuple[tuple[str, frozenset[type], Any], ...]
    row: Callable[[Mapping[str, Any]], tuple[Any, ...]]

    def to_cloud(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        values = dict(raw)
        for name in self.bools:
            if (value := values.get(name)) is not None:
                values[name] = bool(value)
        for name in self.jsons:
            if (value := values.get(name)) is not None:
                values[name] = json.loads(value)
        return values

    def to_raw(self, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """(known raw values, missing ones with their default; unknown values as they came).

        Raises:
            InvalidDocument: a value of a type that the column cannot hold.
        """
        known: dict[str, Any] = {}
        for name, stored, default in self.plain:
            value = values.get(name, default)
            known[name] = value if type(value) in stored or name not in values else self.raw_of(name, value)
        if len(values) <= len(known) and values.keys() <= known.keys():
            return known, {}
        return known, {name: value for name, value in values.items() if name not in known}

    def raw_of(self, name: str, value: Any) -> Any:
        """The stored form of a cloud value. Raises InvalidDocument."""
        kind = self.types[name]
        if kind == "json":
            return None if value is None else json_text(value)
        if value is None or (value == "" and kind == "reference"):  # an empty name of a record is none
            if name in self.nullable:
                return None
            raise InvalidDocument(f"{self.table}.{name} is null")
        if kind == "bool":
            if isinstance(value, bool):
                return int(value)
        elif kind in _INTEGERS:
            if isinstance(value, int) and not isinstance(value, bool):
                if -_LARGEST <= value <= _LARGEST:
                    return value
                raise InvalidDocument(f"{self.table}.{name} is out of range")
        elif isinstance(value, str):
            if kind in _TIMES and not _TIMES[kind](value):
                raise InvalidDocument(f"{self.table}.{name} is no {kind}")
            return value
        raise InvalidDocument(f"{self.table}.{name} holds a {type(value).__name__}")


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_instant(value: str) -> bool:
    """Between bounds that every system can show in local time."""
    try:
        return datetime.fromisoformat(value).tzinfo is not None and "1970-01-02" <= value < "9999-12-31"
    except ValueError:
        return False


_TIMES = {"date": _is_day, "instant": _is_instant}


def _shape(table: str, fields: Iterable[Field]) -> Shape:
    fields = tuple(fields)
    defaults = {field.name: _default(field) for field in fields}
    return Shape(
        table=table,
        names=tuple(field.name for field in fields),
        defaults=defaults,
        types={field.name: field.spec.type for field in fields},
        nullable=frozenset(field.name for field in fields if field.column.nullable),
        references=tuple(Reference(f.name, f.spec.reference) for f in fields if f.column.foreign_keys),
        bools=tuple(field.name for field in fields if field.spec.type == "bool"),
        jsons=tuple(field.name for field in fields if field.spec.type == "json"),
        telling=tuple(name for name, value in defaults.items() if value),
        plain=tuple((field.name, _stored(field), _default(field)) for field in fields),
        row=_row_of(tuple(field.name for field in fields)),
    )


def _stored(field: Field) -> frozenset[type]:
    """Types of cloud values that need no look and no change; the others go through ``Shape.raw_of``."""
    is_text = field.spec.type not in _INTEGERS and field.spec.type not in {"json", "bool", "reference", *_TIMES}
    nothing = {type(None)} if field.column.nullable else set()
    return frozenset({str} | nothing if is_text else nothing)


def _row_of(names: tuple[str, ...]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    if len(names) == 1:
        return lambda values: (values[names[0]],)
    return itemgetter(*names)


@cache
def record_shape(kind: str) -> Shape:
    """Raises KeyError for a kind that this version doesn't know."""
    found = catalog.entity(kind)
    return _shape(found.table.name, found.synchronised)


@cache
def line_shape(kind: str) -> Shape | None:
    lines = catalog.entity(kind).lines
    return _shape(lines.table.name, lines.content) if lines else None


@cache
def parent_column(kind: str) -> str:
    lines = catalog.entity(kind).lines
    assert lines is not None
    return lines.parent_field


@cache
def tables_of(kind: str) -> tuple[tuple[Shape, str], ...]:
    """The tables of a record, each with the column that holds the record's id."""
    lines = line_shape(kind)
    return ((record_shape(kind), "id"), *([(lines, parent_column(kind))] if lines else []))


@cache
def group_fields(kind: str) -> dict[str, tuple[str, ...]]:
    """Merge group -> its columns."""
    return {group: tuple(f.name for f in fields) for group, fields in catalog.entity(kind).groups.items()}


@cache
def frozen_groups(kind: str) -> frozenset[str]:
    """Groups that may not change once the document has a number; empty for kinds without numbers."""
    found = catalog.entity(kind)
    if "number" not in found.by_name:
        return frozenset()
    return frozenset(group for group, fields in found.groups.items() if any(f.spec.is_frozen for f in fields))


@cache
def kind_rank(kind: str) -> int:
    """Position in the order in which records can be applied: references first."""
    for rank, found in enumerate(catalog.entities()):
        if found.kind == kind:
            return rank
    return len(catalog.entities())
